"""Finding messages in the mailbox: the rest of a thread, and one message by its id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cm_console.model.errors import Refused
from cm_console.model.text import clean_line
from cm_console.model.time import Instant
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Head, Role, heads
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_words import any_of, day, quoted
from cm_console.sources.mail.threads import SAME_SUBJECT_WITHIN

SEARCH_BYTES = 6_000
"""Longest search: servers need not take lines of more than 8,192 bytes (RFC 7162)."""
ROUNDS = 4
"""How often a thread may turn out to be a part of another one."""
HITS = 300
"""Most messages of a search whose heads are read, the newest."""


def searchable(id: str) -> bool:
    """Can the server look for this id? Not for one that we made, where a message has none."""
    return not id.startswith("hash:")


async def fill(
    imap: Imap, folders: Folders, known: Conversations, roots: Iterable[str], *, since: int, roles: tuple[Role, ...]
) -> None:
    """See to it that all messages of these threads are known, as far as they stand in these folders."""
    wanted = [root for root in dict.fromkeys(roots) if searchable(root) and root not in known.looked]
    for _ in range(ROUNDS):
        if not wanted or known.complete:
            return
        for search in _searches(wanted):
            for role in roles:
                if name := folders.get(role):
                    await imap.enter(name)
                    known.add(await _hits(imap, role, search, known, since))
        known.looked.update(wanted)
        above = [known.root(head) for head in filter(None, map(known.by_id, wanted))]
        wanted = [root for root in dict.fromkeys(above) if searchable(root) and root not in known.looked]


async def fill_subject(imap: Imap, folders: Folders, known: Conversations, head: Head) -> None:
    """See to it that what an answer without any reference may answer is known."""
    if known.complete or not known.needs_subject(head) or not head.author.address.isascii():
        return
    since = head.date - SAME_SUBJECT_WITHIN
    for role, field in ((Role.INBOX, b"FROM "), (Role.SENT, b"TO ")):
        if name := folders.get(role):
            await imap.enter(name)
            known.add(await _hits(imap, role, field + quoted(head.author.address), known, since))


async def _hits(imap: Imap, role: Role, criteria: bytes, known: Conversations, since: int) -> list[Head]:
    bound = b"SINCE " + day(Instant(since)) + b" " if since > 0 else b""
    uids = (await imap.search(bound + criteria))[-HITS:]
    return await heads(imap, role, [uid for uid in uids if known.at((role, uid)) is None], known.ours)


def _searches(roots: list[str]) -> Iterator[bytes]:
    """Searches for these threads, as few as their length allows."""
    criteria: list[bytes] = []
    for root in roots:
        criterion = _of_thread(root)
        if criteria and sum(map(len, criteria)) + len(criterion) > SEARCH_BYTES:
            yield any_of(criteria)
            criteria = []
        criteria.append(criterion)
    if criteria:
        yield any_of(criteria)


def _of_thread(root: str) -> bytes:
    return b"OR HEADER Message-ID " + quoted(root) + b" HEADER References " + quoted(root)


async def find_message(imap: Imap, role: Role, name: str, id: str, ours: frozenset[str]) -> list[Head]:
    """The messages of this id in a folder, which one is in afterwards.

    Raises:
        Refused: the server cannot look for it.
    """
    if len(id) > 400 or not id.isascii() or not id.isprintable():
        raise Refused(f"{clean_line(id, 60)} is no message here")
    await imap.enter(name)
    criteria = b"HEADER Message-ID " + quoted(id) if searchable(id) else b'NOT HEADER Message-ID ""'
    uids = (await imap.search(criteria))[-HITS:]
    return [head for head in await heads(imap, role, uids, ours) if head.id == id and not head.deleted]
