"""Verbs that move and flag: to Junk, to Trash, back to the inbox; a thread done or open again.

A whole thread is moved as far as others wrote it: what we wrote ourselves stays in Sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, Malformed, Refused, Unreachable
from cm_console.model.records import Kind, Post, PostState, Record
from cm_console.sources.email.account import Account
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.finding import fill, find_message, searchable
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
WHOLE = 100
"""Most messages of a thread that one verb moves."""


@asynccontextmanager
async def _acting(account: Account) -> AsyncIterator[Imap]:
    """A session to change something; what breaks once a change was asked for may have landed."""
    async with account.session("act") as imap:
        imap.changing = False
        try:
            yield imap
        except (Unreachable, Malformed) as error:
            error.landed = None if imap.changing else error.landed
            raise


async def move(account: Account, action: Action) -> Receipt:
    """Move a message, or all that others wrote in a thread, to where the verb says; what is there already stays.

    Raises:
        Gone: it is in none of the folders it could be in.
        Refused: there is no such folder.
    """
    if action.target is None or action.target.kind not in (Kind.POST, Kind.THREAD):
        raise Refused(f"{action.verb} is about a mail or a thread")
    aim = _TO[action.verb]
    async with _acting(account) as imap:
        folders = await account.folders(imap)
        folders.need(aim)
        imap.selected = None
        whole = action.target.kind is Kind.THREAD
        ids = await _thread_ids(account, imap, folders, action) if whole else [action.target.id]
        moved = [id for id in ids if await _moved(account, imap, folders, action.verb, id)]
        if not moved:
            raise Gone(f"this {'thread' if whole else 'mail'} is in none of our folders any more")
        made = [record for id in moved for record in await _now(account, imap, folders, aim, id)]
        return Receipt(action.target.id, tuple(made))


async def _thread_ids(account: Account, imap: Imap, folders: Folders, action: Action) -> list[str]:
    """What others wrote in a thread, wherever the verb would take it from or has put it already."""
    assert action.target is not None
    if not searchable(action.target.id):
        return [action.target.id]  # nothing can name a mail that has no id
    known = Conversations(account.ours)
    roles = (_TO[action.verb], *(role for role in _FROM[action.verb] if role is not Role.SENT))
    await fill(imap, folders, known, [action.target.id], since=0, roles=roles)
    heads = known.thread(action.target.id)
    return list(dict.fromkeys(head.id for head in heads if head.author.address not in account.ours))[:WHOLE]


async def _moved(account: Account, imap: Imap, folders: Folders, verb: Verb, id: str) -> bool:
    """Move one message; is it where it belongs now?"""
    aim = _TO[verb]
    to = folders.need(aim)
    for role in _FROM[verb]:
        name = folders.get(role)
        if not name or name == to:
            continue
        await imap.open(name, write=True)
        if found := await find_message(imap, role, name, id, account.ours):
            await imap.move([head.uid for head in found], to)
    await imap.open(to)
    return bool(await find_message(imap, aim, to, id, account.ours))


async def _now(account: Account, imap: Imap, folders: Folders, role: Role, id: str) -> list[Record]:
    """The message where it is now, as a post."""
    known = Conversations(account.ours)
    found = await find_message(imap, role, folders.get(role), id, account.ours)
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
    async with _acting(account) as imap:
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
