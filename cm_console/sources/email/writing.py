"""A new mail, to an address or to a member: sent as answers are, its thread begins with it."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.model.messaging import subject_of
from cm_console.model.records import Kind, Record
from cm_console.model.text import clean_line
from cm_console.sources.email.account import Account
from cm_console.sources.email.composing import Letter, compose, message_id
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Role, head_of
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_parse import Atom, Value
from cm_console.sources.email.imap_words import quoted
from cm_console.sources.email.looking import Traces, receipt, sent_records, traces
from cm_console.sources.email.records import MACHINES
from cm_console.sources.email.replying import afterwards, deliver, everyone
from cm_console.sources.mail.addresses import is_machine, sendable


async def publish(account: Account, action: Action) -> Receipt:
    """Send a mail to the address in `place`; a repeat of one that went out sends nothing.

    Raises:
        SourceError: `landed` is None only if the connection broke after the last byte.
    """
    if not action.text.strip() or not action.title.strip():
        raise Refused("a mail needs a subject and a text")
    place = action.place.strip()
    if "@" not in place or is_machine(place):
        raise Refused(f"place must be the address it goes to, not {clean_line(place, 80) or 'nothing'!r}")
    return await _write(account, action, _letter(account, action, sendable(place)))


async def message(account: Account, action: Action) -> Receipt:
    """Send a mail to a member, whose id is the address; raises as `publish`."""
    if not action.text.strip():
        raise Refused("a mail needs a text")
    return await _write(account, action, _letter(account, action, _member(account, action)))


async def _write(account: Account, action: Action, letter: Letter) -> Receipt:
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        await imap.open(folders.need(Role.SENT), write=True)
        before = await traces(account, imap, folders, action, doubt=False)
        if before.sent is not None and (done := await receipt(account, imap, action, before.sent)):
            return done
        if action.verb is Verb.MESSAGE:
            await _check_private(imap, folders, letter.recipient)
        note = await _send(account, imap, folders, letter, before)
    return Receipt(letter.id, tuple(_records(account, action, letter)), note)


async def _check_private(imap: Imap, folders: Folders, address: str) -> None:
    """Refuse the address of a list: a list that hides who wrote makes it the member's own."""
    for name in filter(None, map(folders.get, (Role.INBOX, Role.ARCHIVE))):
        await imap.enter(name)
        if await imap.search(b"HEADER List-Post " + quoted(f"mailto:{address}")):
            raise Refused(f"{clean_line(address, 80)} is a mailing list: all its members would read it")


async def _send(account: Account, imap: Imap, folders: Folders, letter: Letter, before: Traces) -> str:
    smtp = await account.smtp()
    try:
        await smtp.envelope(letter.sender, everyone(account, letter), len(letter.data))
        await deliver(account, imap, folders, smtp, letter, before)
    finally:
        smtp.close()
    return await afterwards(account, imap, folders, letter, None)


def _member(account: Account, action: Action) -> str:
    """The address of the member to write to. Raises Refused if nobody would read it."""
    id = action.target.id.strip().lower() if action.target and action.target.kind is Kind.MEMBER else ""
    if id in account.ours:
        raise Refused("that is the address of this mailbox")
    if is_machine(id) or id.startswith(MACHINES):
        raise Refused(f"{clean_line(id, 80) or 'no member'!r} is no person: nobody would read it")
    return sendable(id)


def _letter(account: Account, action: Action, recipient: str) -> Letter:
    sender = account.sender
    id, name, subject = (
        message_id(action, sender),
        account.settings.name,
        action.title.strip() or subject_of(action.text),
    )
    facts = {"id": id, "sender": sender, "name": name, "recipient": recipient, "subject": subject}
    return Letter(id, sender, recipient, compose(action.text, None, [], "", at=account.clock.now(), **facts))


def _records(account: Account, action: Action, letter: Letter) -> list[Record]:
    facts: dict[str, Value] = {"BODY[HEADER.FIELDS]": letter.data, "FLAGS": [Atom("\\Seen")]}
    return sent_records(account, action, head_of(Role.SENT, 0, facts, account.ours), letter.data)
