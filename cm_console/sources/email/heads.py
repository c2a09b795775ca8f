"""What is known of a message before its text is read: where it is, who wrote it when, what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cm_console.model.errors import Malformed
from cm_console.model.time import DAY, Instant
from cm_console.sources.dates import parse_date
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_parse import Value, bytes_of, number_of
from cm_console.sources.email.imap_words import uid_set
from cm_console.sources.email.nature import Nature, bounced, nature_of
from cm_console.sources.email.texts import read
from cm_console.sources.mail.addresses import is_machine
from cm_console.sources.mail.headers import (
    Address,
    Fields,
    address_of,
    author_of,
    fields_of,
    first,
    fit_id,
    ids_in,
    made_id,
    place_of,
    words,
)

CHUNK = 300
"""Heads asked for at a time."""
BOUNCES_EACH, BOUNCE_LIMIT = 20, 1 << 16
DONE = "$cmdone"

_FIELDS = (
    "MESSAGE-ID REFERENCES IN-REPLY-TO SUBJECT FROM SENDER REPLY-TO X-ORIGINAL-FROM TO CC DATE AUTO-SUBMITTED"
    " PRECEDENCE LIST-ID LIST-POST LIST-UNSUBSCRIBE RETURN-PATH CONTENT-TYPE X-AUTOREPLY X-AUTORESPOND"
    " X-AUTORESPONDER X-CM-CONSOLE"
)
ITEMS = f"FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({_FIELDS})]".encode()


class Role(StrEnum):
    """What a folder is to us."""

    INBOX = "inbox"
    SENT = "sent"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Head:
    """One message in one folder.

    Attributes:
        id: its Message-ID, or a hash where it has none.
        oldest, parent: the first and the last of what it answers; empty if it answers nothing.
        returned: the id of a mail of ours that this one says did not arrive.
        to: the addresses in To and Cc.
        action: the action of ours it came from.
        flags: in lower case.
    """

    role: Role
    uid: int
    id: str
    oldest: str
    parent: str
    subject: str
    author: Address
    reply_to: Address
    to: frozenset[str]
    date: Instant
    place: str
    nature: Nature
    size: int
    flags: frozenset[str]
    returned: str = ""
    action: str = ""

    @property
    def deleted(self) -> bool:
        """Marked as deleted: as good as gone."""
        return "\\deleted" in self.flags

    @property
    def draft(self) -> bool:
        """Not known to have been sent."""
        return "\\draft" in self.flags

    @property
    def done(self) -> bool:
        """Somebody has marked it as dealt with."""
        return DONE in self.flags


def flags_of(facts: Mapping[str, Value]) -> frozenset[str]:
    """The flags of a message, in lower case."""
    flags = facts.get("FLAGS")
    return frozenset(str(flag).lower() for flag in flags) if isinstance(flags, list) else frozenset()


def head_of(role: Role, uid: int, facts: Mapping[str, Value], ours: frozenset[str]) -> Head:
    """A message's head from what the server tells of it."""
    block = next((value for name, value in facts.items() if name.startswith("BODY[HEADER.FIELDS")), None)
    fields = fields_of(bytes_of(block))
    references = [fit_id(id) for id in ids_in(first(fields, "references"))]
    answers = [fit_id(id) for id in ids_in(first(fields, "in-reply-to"))]
    id = _id(fields)
    named = [parent for parent in (*references, *answers[:1]) if parent != id]
    nature = nature_of(fields)
    author, nature = _author(fields, nature, role, ours)
    return Head(
        role,
        uid,
        id,
        named[0] if named else "",
        next((parent for parent in answers if parent != id), named[-1] if named else ""),
        words(first(fields, "subject"))[:500],
        author,
        address_of(first(fields, "reply-to")),
        frozenset(_addresses(fields)),
        _date(fields, facts),
        place_of(fields) if nature is Nature.LIST else "",
        nature,
        number_of(facts.get("RFC822.SIZE")),
        flags_of(facts),
        action=first(fields, "x-cm-console").decode("latin-1")[:80],
    )


def _id(fields: Fields) -> str:
    raw = first(fields, "message-id")
    said, bare = ids_in(raw), raw.strip().decode("ascii", "replace")
    if said or (bare and " " not in bare):
        return fit_id(said[0] if said else bare)
    return made_id(b"\n".join(first(fields, name) for name in ("from", "to", "date", "subject")))


def _author(fields: Fields, nature: Nature, role: Role, ours: frozenset[str]) -> tuple[Address, Nature]:
    """Who wrote it: behind a contact form, which sends as us or as nobody, the one answers go to."""
    author, other = author_of(fields), address_of(first(fields, "reply-to"))
    form = author.address in ours or is_machine(author.address)
    bulk = nature is Nature.BOUNCE or "list-unsubscribe" in fields or "auto-submitted" in fields
    if role is Role.SENT or not form or bulk or is_machine(other.address) or other.address in ours:
        return author, nature
    return Address(other.name or author.name, other.address), Nature.PERSON


def _addresses(fields: Fields) -> list[str]:
    raw = b",".join(first(fields, name) for name in ("to", "cc"))
    return [address for part in raw.split(b",")[:100] if (address := address_of(part.strip()).address)]


def _date(fields: Fields, facts: Mapping[str, Value]) -> Instant:
    """When it was written as it says itself, unless that is later than it arrived."""
    arrived = parse_date(bytes_of(facts.get("INTERNALDATE")).decode("latin-1").replace("-", " ", 2).strip())
    said = parse_date(first(fields, "date").decode("latin-1"))
    if said is None or (arrived is not None and said > arrived + DAY):
        said = arrived
    return Instant(0) if said is None else said


async def heads(imap: Imap, role: Role, uids: list[int], ours: frozenset[str]) -> list[Head]:
    """The heads of messages in the folder one is in, by id; those that have vanished are left out."""
    found: list[Head] = []
    for at in range(0, len(uids), CHUNK):
        asked = set(uids[at : at + CHUNK])
        answer = await imap.fetch(uid_set(asked), ITEMS)
        there = {uid: answer[uid] for uid in sorted(asked & set(answer))}
        for uid, facts in there.items():
            if not any(name.startswith("BODY[HEADER.FIELDS") for name in facts):
                raise Malformed(f"{imap.connection.place} does not tell the headers of message {uid}")
        found += await asyncio.to_thread(_heads_of, role, there, ours)
    return await _returned(imap, found)


def _heads_of(role: Role, there: Mapping[int, Mapping[str, Value]], ours: frozenset[str]) -> list[Head]:
    return [head_of(role, uid, facts, ours) for uid, facts in there.items()]


async def _returned(imap: Imap, found: list[Head]) -> list[Head]:
    """The heads, those of bounces with the mail that did not arrive as what they answer."""
    bounces = [head.uid for head in found if head.nature is Nature.BOUNCE]
    named: dict[int, str] = {}
    for at in range(0, len(bounces), BOUNCES_EACH):
        for uid, body in (await read(imap, bounces[at : at + BOUNCES_EACH], most=BOUNCE_LIMIT)).items():
            named[uid] = await asyncio.to_thread(bounced, body)
    made = []
    for head in found:
        returned = named.get(head.uid, "")
        made.append(replace(head, returned=returned, oldest=returned, parent=returned) if returned else head)
    return made
