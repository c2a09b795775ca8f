"""Verbs that move and flag: to Junk, to Trash, back to the inbox; a thread done or open again."""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, Refused
from cm_console.model.records import Kind, Post, PostState, Record
from cm_console.sources.email.account import Account
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.finding import fill, find_message
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Role
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.records import records_of, thread_of
from cm_console.sources.email.texts import read

_TO = {Verb.SPAM: Role.JUNK, Verb.REMOVE: Role.TRASH, Verb.RESTORE: Role.INBOX}
_FROM = {
    Verb.SPAM: (Role.INBOX, Role.TRASH, Role.ARCHIVE),
    Verb.REMOVE: (Role.INBOX, Role.JUNK, Role.SENT, Role.ARCHIVE),
    Verb.RESTORE: (Role.JUNK, Role.TRASH),
}
KEYWORD = b"$CMDone"


async def move(account: Account, action: Action) -> Receipt:
    """Move a message to where the verb says; one that is there already stays.

    Raises:
        Gone: it is in none of the folders it could be in.
        Refused: there is no such folder.
    """
    if action.target is None or action.target.kind is not Kind.POST:
        raise Refused(f"{action.verb} is about one mail")
    id, aim = action.target.id, _TO[action.verb]
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        to = folders.need(aim)
        imap.selected = None
        for role in _FROM[action.verb]:
            name = folders.get(role)
            if not name or name == to:
                continue
            await imap.open(name, write=True)
            if found := await find_message(imap, role, name, id, account.ours):
                await imap.move([head.uid for head in found], to)
        await imap.open(to)
        if not await find_message(imap, aim, to, id, account.ours):
            raise Gone("this mail is in none of our folders any more")
        return Receipt(id, tuple(await _now(account, imap, folders, aim, action)))


async def _now(account: Account, imap: Imap, folders: Folders, role: Role, action: Action) -> list[Record]:
    """The message where it is now, as a post."""
    assert action.target is not None
    known = Conversations(account.ours)
    found = await find_message(imap, role, folders.get(role), action.target.id, account.ours)
    roots = [head.oldest or head.id for head in found]
    await fill(imap, folders, known, roots, since=0, roles=(Role.INBOX, Role.SENT))
    await imap.open(folders.get(role))
    texts = await read(imap, (head.uid for head in found[:1]))
    state = PostState.VISIBLE if role is Role.INBOX else PostState.DELETED
    records = records_of([(head, texts[head.uid]) for head in found[:1] if head.uid in texts], known, [])
    return [replace(record, state=state) if isinstance(record, Post) else record for record in records]


async def close(account: Account, action: Action) -> Receipt:
    """Mark all messages of a thread in the inbox as done, or take that mark away.

    Raises:
        Gone: none of them is in the inbox.
        Refused: the server keeps no marks of ours.
    """
    root = action.target.id if action.target else ""
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        inbox = folders.get(Role.INBOX)
        state = await imap.open(inbox, write=True)
        known = Conversations(account.ours)
        await fill(imap, folders, known, [root], since=0, roles=(Role.INBOX, Role.SENT))
        heads = [head for head in known.thread(root) if head.role is Role.INBOX]
        if not heads:
            raise Gone("no mail of this thread is in the inbox any more")
        if not state.keeps_keywords:
            raise Refused(f"{inbox} keeps no marks of ours ($CMDone): it cannot be closed there")
        await imap.enter(inbox, write=True)
        done = action.verb is Verb.CLOSE
        await imap.flag([head.uid for head in heads], KEYWORD, on=done)
        known = Conversations(account.ours)
        await fill(imap, folders, known, [root], since=0, roles=(Role.INBOX, Role.SENT))
    thread = thread_of(root, known)
    return Receipt(root, () if thread is None else (thread,))
