"""Did it go out? What the mailbox shows of an answer whose confirmation was lost.

Its copy stands in Sent before it is sent, marked as a draft. No copy: it was never sent. An unmarked copy: it was. With
a marked one, anything else in the mailbox that names its Message-ID - a copy to ourselves, somebody's answer, a bounce
- proves that it went out. Without that nobody can know, and a person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Refused
from cm_console.model.records import Kind, Post, Record
from cm_console.model.time import DAY, MINUTE, Instant
from cm_console.sources.email.account import Account
from cm_console.sources.email.composing import message_id
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Head, Role, heads
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_words import any_of, day, quoted
from cm_console.sources.email.records import records_of
from cm_console.sources.email.texts import read

MARGIN = 10 * MINUTE
"""How much earlier than our first attempt its copy may be dated: clocks are set right now and then."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the mailbox shows of an action: copies in Sent, and whether anything else names it."""

    copies: list[Head]
    named: bool = False

    @property
    def sent(self) -> Head | None:
        """The copy of what surely went out."""
        clear = next((head for head in self.copies if not head.draft), None)
        return clear or (self.copies[0] if self.copies and self.named else None)


async def traces(account: Account, imap: Imap, folders: Folders, action: Action, *, doubt: bool) -> Traces:
    """Look for an answer of ours; `doubt` when it may have gone out though no copy shows it."""
    id = message_id(action, account.sender)
    await imap.enter(folders.need(Role.SENT))
    # some servers give every message an id of their own, so our own header is looked for too
    criteria = any_of([b"HEADER Message-ID " + quoted(id), b"HEADER X-CM-Console " + quoted(id.partition("@")[0])])
    found = await heads(imap, Role.SENT, await imap.search(criteria), account.ours)
    copies = [head for head in found if id in (head.id, f"{head.action}@{account.sender.rpartition('@')[2]}")]
    earliest = 0 if action.tried_at is None else action.tried_at - MARGIN
    copies = [head for head in copies if not head.deleted and head.date >= earliest]
    if all(head.draft for head in copies) and (copies or doubt):
        return Traces(copies, await _is_named(imap, folders, action, id))
    return Traces(copies)


async def _is_named(imap: Imap, folders: Folders, action: Action, id: str) -> bool:
    """Does anything that came in name it? Asked only back to the day before the first attempt."""
    if action.tried_at is None:
        return False
    await imap.open(folders.get(Role.INBOX))
    since = b"SINCE " + day(Instant(action.tried_at - DAY))
    found = await heads(imap, Role.INBOX, (await imap.search(since + b" TEXT " + quoted(id)))[-20:], frozenset())
    return any(head.date >= action.tried_at - MARGIN for head in found)


async def find(account: Account, action: Action) -> Receipt | None:
    """What landed of an answer or a new mail; None if it was surely not sent.

    Raises:
        Refused: nobody can know: it may have gone out, or not.
    """
    if action.verb not in (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE):
        return None
    async with account.session("act") as imap:
        folders = await account.folders(imap)
        if folders.get(Role.SENT):
            await imap.open(folders.get(Role.SENT))
        found = await traces(account, imap, folders, action, doubt=True)
        if found.sent is not None:
            return await receipt(account, imap, action, found.sent)
        if found.named:
            id = message_id(action, account.sender)
            return None if id in action.taken else Receipt(id)
        if found.copies:
            raise Refused(
                "the mail server took the whole answer, but its confirmation was lost: it may have gone out or not; its"
                " copy in Sent is marked as a draft"
            )
    return None


async def receipt(account: Account, imap: Imap, action: Action, copy: Head) -> Receipt | None:
    """The proof that stands in Sent, with the post as it is there."""
    if copy.id in action.taken:
        return None
    await imap.enter((await account.folders(imap)).need(Role.SENT))
    data = (await read(imap, [copy.uid])).get(copy.uid, b"")
    return Receipt(copy.id, tuple(sent_records(account, action, copy, data)))


def sent_records(account: Account, action: Action, copy: Head, data: bytes) -> list[Record]:
    """What we wrote as a post of the thread it was written for, or with the thread it begins."""
    thread = action.target.id if action.target and action.target.kind is Kind.THREAD else copy.oldest
    plain = replace(copy, oldest=thread if thread != copy.id else "", flags=copy.flags - {"\\draft"})
    known = Conversations(account.ours)
    known.add([plain])
    made = records_of([(plain, data)], known, [] if plain.oldest else [plain.id])
    parent = copy.parent or None
    return [replace(record, reply_to=parent) if isinstance(record, Post) else record for record in made]
