"""Answering: the copy in Sent first, then SMTP, then the mark on the copy goes. Never twice is decided here."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Gone, Refused, SourceError
from cm_console.model.records import Kind
from cm_console.sources.email.account import Account
from cm_console.sources.email.composing import Letter, compose, message_id, recipient_of
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.finding import fill, find_message
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Head, Role, head_of
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_parse import Atom, Value
from cm_console.sources.email.looking import Traces, receipt, sent_records, traces
from cm_console.sources.email.nature import Nature
from cm_console.sources.email.texts import read
from cm_console.sources.mail.bodies import text_of
from cm_console.sources.mail.smtp import Smtp

MARKED, PLAIN = b"\\Seen \\Draft", b"\\Draft"


async def reply(account: Account, action: Action) -> Receipt:
    """Send an answer; a repeat of one that went out sends nothing.

    Raises:
        SourceError: `landed` is None only if the connection broke after the last byte.
    """
    if not action.text.strip():
        raise Refused("an empty answer says nothing")
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        await imap.open(folders.need(Role.SENT), write=True)
        before = await traces(account, imap, folders, action, doubt=False)
        if before.sent is not None and (done := await receipt(account, imap, action, before.sent)):
            return done
        answered, thread = await _answered(account, imap, folders, action)
        letter = await _letter(account, imap, folders, action, answered, thread)
        smtp = await account.smtp()
        try:
            await smtp.envelope(letter.sender, everyone(account, letter), len(letter.data))
            await deliver(account, imap, folders, smtp, letter, before)
        finally:
            smtp.close()
        note = await afterwards(account, imap, folders, letter, answered)
    facts: dict[str, Value] = {"BODY[HEADER.FIELDS]": letter.data, "FLAGS": [Atom("\\Seen")]}
    copy = head_of(Role.SENT, 0, facts, account.ours)
    return Receipt(letter.id, tuple(sent_records(account, action, copy, letter.data)), note)


async def _answered(account: Account, imap: Imap, folders: Folders, action: Action) -> tuple[Head, list[Head]]:
    """The message to answer - the one asked for, else the newest of others - and the whole thread.

    Raises:
        Gone: nothing of the thread is left.
    """
    root = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread or ""
    known = Conversations(account.ours)
    for roles in ((Role.INBOX, Role.SENT), (Role.ARCHIVE,)):
        known.looked.clear()
        await fill(imap, folders, known, [root], since=0, roles=roles)
        heads = known.thread(root)
        theirs = [head for head in heads if head.role is not Role.SENT and head.author.address not in account.ours]
        people = [head for head in theirs if head.nature in (Nature.PERSON, Nature.LIST)]
        asked = [head for head in heads if head.id == action.reply_to]
        if asked or theirs:
            return (asked or people or theirs)[-1], heads
    if heads:
        return heads[-1], heads
    raise Gone("this mail is neither in the inbox nor in the archive any more")


async def _letter(
    account: Account, imap: Imap, folders: Folders, action: Action, answered: Head, thread: list[Head]
) -> Letter:
    sender = account.sender
    id, recipient = message_id(action, sender), recipient_of(answered, account.ours)
    quote = await _text(imap, folders, answered) if account.settings.quote else ""
    parents = _parents(answered, thread)
    name = account.settings.name
    at = account.clock.now()
    data = compose(action.text, answered, parents, quote, id=id, sender=sender, name=name, recipient=recipient, at=at)
    return Letter(id, sender, recipient, data)


def _parents(answered: Head, thread: list[Head]) -> list[str]:
    """The ids an answer names: the thread's beginning, what was answered on the way, what is answered."""
    by_id = {head.id: head for head in thread}
    chain, head = [answered.id], answered
    while head.parent and head.parent not in chain and len(chain) < 60:
        chain.append(head.parent)
        head = by_id.get(head.parent, head)
    chain += [answered.oldest] if answered.oldest and answered.oldest not in chain else []
    return [id for id in reversed(chain) if not id.startswith("hash:")]


async def _text(imap: Imap, folders: Folders, head: Head) -> str:
    await imap.enter(folders.get(head.role))
    return text_of((await read(imap, [head.uid])).get(head.uid, b""))


def everyone(account: Account, letter: Letter) -> list[str]:
    """Whom the envelope names."""
    both = [letter.recipient, *([letter.sender] if account.settings.self_copy else [])]
    return list(dict.fromkeys(both))


async def deliver(account: Account, imap: Imap, folders: Folders, smtp: Smtp, letter: Letter, before: Traces) -> None:
    """The marked copy, then the message; a refusal takes the copy away again."""
    ours = not account.files_itself(imap)
    if ours and not before.copies:
        await imap.append(folders.need(Role.SENT), MARKED, letter.data)
    try:
        await smtp.data(letter.data)
    except SourceError as error:
        if ours and error.landed is False:
            await _take_back(imap, folders, letter)
        raise


async def _take_back(imap: Imap, folders: Folders, letter: Letter) -> None:
    try:
        await imap.open(folders.need(Role.SENT), write=True)
        copies = await find_message(imap, Role.SENT, folders.need(Role.SENT), letter.id, frozenset())
        if copies:
            await imap.drop([head.uid for head in copies if head.draft])
    except SourceError:
        return  # it stays as a draft; the next attempt finds it and uses it


async def afterwards(account: Account, imap: Imap, folders: Folders, letter: Letter, answered: Head | None) -> str:
    """It has gone out: the copy's mark goes, what was answered is marked. Neither failing makes the answer unsent."""
    try:
        if not account.files_itself(imap):
            sent = folders.need(Role.SENT)
            await imap.open(sent, write=True)
            copies = await find_message(imap, Role.SENT, sent, letter.id, frozenset())
            if copies:
                await imap.flag([head.uid for head in copies], PLAIN, on=False)
        if answered is not None and answered.role is Role.INBOX:
            await imap.enter(folders.get(Role.INBOX), write=True)
            await imap.flag([answered.uid], b"\\Answered \\Seen", on=True)
    except SourceError as error:
        return f"sent; but the mailbox could not be told: {error}"
    return ""
