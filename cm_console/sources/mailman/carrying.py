"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.mailman import ids, messages, standing, writing
from cm_console.sources.mailman.queue import REJECT, WORDS, decide, settle, waiting_of
from cm_console.sources.mailman.site import Site


async def carry_out(site: Site, action: Action) -> Receipt:
    """Do what an action says. Whoever only waits to join is not thrown out, but not let in."""
    core, archive, verb = site.core, site.archive, action.verb
    if verb in WORDS:
        return await decide(core, archive, action)
    waiting = waiting_of(action)
    if verb is Verb.KICK and waiting is not None and waiting.kind == ids.JOINING:
        return await settle(core, archive, action, waiting, REJECT)
    match verb:
        case Verb.REPLY:
            return await writing.reply(site, action)
        case Verb.PUBLISH:
            return await writing.publish(site, action)
        case Verb.MESSAGE:
            return await messages.message(site, action)
        case Verb.BAN:
            return await standing.ban(core, archive, action, site.bans)
        case Verb.UNBAN:
            return await standing.unban(core, action, site.bans)
        case Verb.SILENCE:
            return await standing.silence(core, archive, action)
        case Verb.UNSILENCE:
            return await standing.unsilence(core, action)
        case Verb.KICK:
            return await standing.kick(core, archive, action)
    raise Refused(f"Mailman cannot {verb}")
