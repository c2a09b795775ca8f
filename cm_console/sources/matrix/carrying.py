"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.matrix import decisions, words
from cm_console.sources.matrix.closing import also_close
from cm_console.sources.matrix.server import Server


async def carry_out(server: Server, action: Action) -> Receipt:
    """Do what an action says; a decision about something reported closes the reports too."""
    match action.verb:
        case Verb.REPLY:
            return await words.reply(server, action)
        case Verb.PUBLISH:
            return await words.publish(server, action)
        case Verb.MESSAGE:
            return await words.write_to(server, action)
        case Verb.EDIT:
            return await words.edit(server, action)
        case Verb.SCHEDULE:
            return await words.schedule(server, action)
        case Verb.UNSCHEDULE:
            return await words.unschedule(server, action)
        case Verb.WARN:
            return await also_close(server, action, await words.warn(server, action))
        case Verb.REMOVE:
            return await decisions.remove(server, action)
        case Verb.KEEP | Verb.IGNORE:
            return await decisions.decide(server, action)
        case Verb.KICK | Verb.BAN | Verb.UNBAN:
            return await decisions.bar(server, action)
        case Verb.SILENCE | Verb.UNSILENCE:
            return await decisions.suspend(server, action)
    raise Refused(f"Matrix knows no {action.verb}")
