"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.discourse import decisions, messages, words
from cm_console.sources.discourse.review import also_decide, decide, item_of
from cm_console.sources.discourse.site import Site

_IN_QUEUE = frozenset({Verb.KEEP, Verb.IGNORE, Verb.APPROVE, Verb.REJECT, Verb.REMOVE, Verb.HIDE, Verb.SPAM})
_WORDS = {
    Verb.REPLY: words.reply,
    Verb.PUBLISH: words.publish,
    Verb.MESSAGE: messages.message,
    Verb.EDIT: words.edit,
    Verb.UNSCHEDULE: words.unschedule,
    Verb.RESCHEDULE: words.reschedule,
}
_STATES = {
    **dict.fromkeys((Verb.REMOVE, Verb.HIDE, Verb.SPAM, Verb.RESTORE), decisions.set_post),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN), decisions.set_topic),
    **dict.fromkeys((Verb.UNSILENCE, Verb.UNBAN), decisions.set_member),
    **dict.fromkeys((Verb.ASSIGN, Verb.UNASSIGN), decisions.assign),
    **dict.fromkeys((Verb.SOLVE, Verb.UNSOLVE), decisions.solve),
}


async def carry_out(site: Site, action: Action, drafts: str) -> Receipt:
    """Do what an action says; with a report at hand, through the review queue, so that the report is closed too."""
    item = item_of(action)
    if item is not None and action.verb in _IN_QUEUE:
        return await decide(site, action, item)
    if action.verb is Verb.SCHEDULE:
        return await words.schedule(site, action, drafts)
    if action.verb in (Verb.SILENCE, Verb.BAN):
        return await also_decide(site, action, await decisions.set_member(site, action))
    if action.verb is Verb.WARN:
        return await also_decide(site, action, await messages.warn(site, action))
    do = _WORDS.get(action.verb) or _STATES.get(action.verb)
    if do is None:
        raise Refused(f"{action.verb} needs a report in the review queue")
    return await do(site, action)
