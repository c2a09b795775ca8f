"""Which part of the source carries out which verb, and what a server cannot be told at all."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.mastodon import messages, moderation, statuses
from cm_console.sources.mastodon.flavours import lacks
from cm_console.sources.mastodon.server import Server

_DO = {
    Verb.REPLY: statuses.reply,
    Verb.MESSAGE: messages.message,
    Verb.EDIT: statuses.edit,
    Verb.REMOVE: statuses.remove,
    Verb.UNSCHEDULE: statuses.unschedule,
    Verb.RESCHEDULE: statuses.reschedule,
    **dict.fromkeys((Verb.KEEP, Verb.IGNORE), moderation.resolve),
    **dict.fromkeys((Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN), moderation.set_report),
    **dict.fromkeys((Verb.APPROVE, Verb.REJECT), moderation.decide_sign_up),
    **dict.fromkeys((Verb.WARN, Verb.SILENCE, Verb.BAN), moderation.punish),
    **dict.fromkeys((Verb.UNSILENCE, Verb.UNBAN), moderation.pardon),
}


async def carry_out(server: Server, action: Action, visibility: str) -> Receipt:
    """Do what an action says, unless the server is known not to offer it."""
    if why := lacks((await server.facts()).flavour, action.verb):
        raise Refused(why)
    if action.verb is Verb.PUBLISH:
        return await statuses.publish(server, action, visibility)
    if action.verb is Verb.SCHEDULE:
        return await statuses.schedule(server, action, visibility)
    do = _DO.get(action.verb)
    if do is None:
        raise Refused(f"Mastodon knows no {action.verb}")
    return await do(server, action)
