"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.github import blocking, decisions, words
from cm_console.sources.github.site import Site

_DO = {
    Verb.REPLY: words.reply,
    Verb.PUBLISH: words.publish,
    Verb.EDIT: words.edit,
    Verb.REMOVE: decisions.remove,
    **dict.fromkeys((Verb.HIDE, Verb.SPAM, Verb.RESTORE), decisions.hide),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN, Verb.LOCK, Verb.UNLOCK), decisions.set_thread),
    **dict.fromkeys((Verb.ASSIGN, Verb.UNASSIGN), decisions.assign),
    **dict.fromkeys((Verb.SOLVE, Verb.UNSOLVE), decisions.solve),
    **dict.fromkeys((Verb.BAN, Verb.UNBAN), blocking.set_member),
}


async def carry_out(site: Site, action: Action) -> Receipt:
    """Do what an action says."""
    do = _DO.get(action.verb)
    if do is None:
        raise Refused(f"GitHub has nothing like {action.verb}")
    return await do(site, action)
