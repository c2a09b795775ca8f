"""Whose mailbox it is, and what can be done in it: both servers, the folders, the flags that are kept."""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.errors import Refused
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.email.account import Account
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Role
from cm_console.sources.email.imap import Imap, State

NEEDED_BY = {Role.SENT: Verb.REPLY, Role.JUNK: Verb.SPAM, Role.TRASH: Verb.REMOVE}


async def identity(account: Account, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """What `source check` tells of a mailbox.

    Raises:
        SourceError: the mailbox cannot be read at all, or the server for outgoing mail cannot be reached.
    """
    async with account.session("act") as imap:
        folders = await account.folders(imap, fresh=True)
        if not await _is_there(imap, folders, Role.INBOX):
            raise Refused(f"there is no folder {_named(folders, Role.INBOX)}: correct the setting `folder`")
        astray = [role for role in NEEDED_BY if not await _is_there(imap, folders, role)]
        inbox = await imap.open(folders.get(Role.INBOX), write=True)
        version = await imap.who()
        account.files_itself(imap)
    missing = _missing(account, folders, inbox)
    for role in astray:
        missing.setdefault(NEEDED_BY[role], f"the setting `{role}` to name a folder: none is {_named(folders, role)}")
    if Verb.REPLY in missing:
        missing |= dict.fromkeys((Verb.PUBLISH, Verb.MESSAGE), missing[Verb.REPLY])
    else:
        smtp = await account.smtp()
        smtp.close()
    named = {str(verb): words for verb, words in missing.items()}
    able, some = verbs - set(missing), {Verb.MESSAGE: "*@*"}
    return Identity(account.address, account.address, version, feeds, able, named, some=some)


async def _is_there(imap: Imap, folders: Folders, role: Role) -> bool:
    """Is there such a folder? What the server does not list, as it may with shared ones, is asked for."""
    name = folders.get(role)
    if not name or name in folders.there or name.upper() == "INBOX":
        return True
    try:
        await imap.status(name)
    except Refused:
        return False
    return True


def _named(folders: Folders, role: Role) -> str:
    there = clean_line(", ".join(folders.there), 200) or "none"
    return f"called {clean_line(folders.get(role), 60)!r} (there are: {there})"


def _missing(account: Account, folders: Folders, inbox: State) -> dict[Verb, str]:
    """What cannot be done, and what would make it possible."""
    missing: dict[Verb, str] = {}
    if not account.settings.smtp.strip():
        missing[Verb.REPLY] = "a server for outgoing mail: set smtp"
    elif not folders.get(Role.SENT):
        missing[Verb.REPLY] = "a folder for sent mail: create one, or set sent"
    if not folders.get(Role.JUNK):
        missing[Verb.SPAM] = "a folder for spam: create one, or set junk"
    if not folders.get(Role.TRASH):
        missing[Verb.REMOVE] = "a folder for removed mail: create one, or set trash"
    if len(missing.keys() & {Verb.SPAM, Verb.REMOVE}) == 2:
        missing[Verb.RESTORE] = "a folder to bring mail back from"
    if not inbox.keeps_keywords:
        missing |= dict.fromkeys((Verb.CLOSE, Verb.REOPEN), "a server that keeps flags of one's own ($CMDone)")
    if not inbox.writable:
        missing |= dict.fromkeys((Verb.SPAM, Verb.REMOVE, Verb.RESTORE, Verb.CLOSE, Verb.REOPEN), "the right to write")
    return missing
