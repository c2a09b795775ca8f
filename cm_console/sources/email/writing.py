"""A new mail to an address: sent as answers are, its thread begins with it."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Refused
from cm_console.model.records import Record
from cm_console.model.text import clean_line
from cm_console.sources.email.account import Account
from cm_console.sources.email.composing import Letter, compose, message_id
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Role, head_of
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_parse import Atom, Value
from cm_console.sources.email.looking import Traces, receipt, sent_records, traces
from cm_console.sources.email.replying import afterwards, deliver, everyone
from cm_console.sources.mail.addresses import is_machine, sendable


async def publish(account: Account, action: Action) -> Receipt:
    """Send a mail to the address in `place`; a repeat of one that went out sends nothing.

    Raises:
        SourceError: `landed` is None only if the connection broke after the last byte.
    """
    letter = _letter(account, action)
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        await imap.open(folders.need(Role.SENT), write=True)
        before = await traces(account, imap, folders, action, doubt=False)
        if before.sent is not None and (done := await receipt(account, imap, action, before.sent)):
            return done
        note = await _send(account, imap, folders, letter, before)
    return Receipt(letter.id, tuple(_records(account, action, letter)), note)


async def _send(account: Account, imap: Imap, folders: Folders, letter: Letter, before: Traces) -> str:
    smtp = await account.smtp()
    try:
        await smtp.envelope(letter.sender, everyone(account, letter), len(letter.data))
        await deliver(account, imap, folders, smtp, letter, before)
    finally:
        smtp.close()
    return await afterwards(account, imap, folders, letter, None)


def _letter(account: Account, action: Action) -> Letter:
    if not action.text.strip() or not action.title.strip():
        raise Refused("a mail needs a subject and a text")
    place = action.place.strip()
    if "@" not in place or is_machine(place):
        raise Refused(f"place must be the address it goes to, not {clean_line(place, 80) or 'nothing'!r}")
    sender, recipient = account.sender, sendable(place)
    id, name = message_id(action, sender), account.settings.name
    facts = {"id": id, "sender": sender, "name": name, "recipient": recipient, "subject": action.title}
    return Letter(id, sender, recipient, compose(action.text, None, [], "", at=account.clock.now(), **facts))


def _records(account: Account, action: Action, letter: Letter) -> list[Record]:
    facts: dict[str, Value] = {"BODY[HEADER.FIELDS]": letter.data, "FLAGS": [Atom("\\Seen")]}
    return sent_records(account, action, head_of(Role.SENT, 0, facts, account.ours), letter.data)
