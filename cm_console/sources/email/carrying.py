"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.sources.email.account import Account
from cm_console.sources.email.filing import close, move
from cm_console.sources.email.replying import reply
from cm_console.sources.email.writing import message, publish

_VERBS = {
    Verb.REPLY: reply,
    Verb.PUBLISH: publish,
    Verb.MESSAGE: message,
    **dict.fromkeys((Verb.SPAM, Verb.REMOVE, Verb.RESTORE), move),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN), close),
}


async def carry_out(account: Account, action: Action) -> Receipt:
    """Do what an action says."""
    do = _VERBS.get(action.verb)
    if do is None:
        raise Refused(f"a mailbox cannot be told to {action.verb}")
    return await do(account, action)
