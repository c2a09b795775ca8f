"""The header block of a message: who wrote when, which message it is, what it answers; any bytes give some answer."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from quopri import decodestring

from cm_console.model.time import Instant
from cm_console.sources.charsets import decode
from cm_console.sources.dates import parse_date

HEAD_LIMIT = 1 << 18
"""Most bytes of a header block; what follows is taken for the body."""
FIELD_LIMIT = 20_000
PARENTS_LIMIT = 50
ID_LIMIT = 300

Fields = Mapping[str, Sequence[bytes]]
"""Raw values by lower-case name, unfolded, in their order."""

_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,70})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?\n]{0,8000})\?=")
_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_ANGLE = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_NAMED = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
"""Quoted text and comments: whatever looks like an address in them is a part of somebody's name."""
_PLAIN = re.compile(r"^([^\s<>()\"]{1,320}(?:@|\sat\s)[^\s<>()\"]{1,255})\s*(?:\(([^()]{0,300}))?")
_VIA = re.compile(r"\s+via\s+.{1,100}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody in a header; `address` in lower case, empty if there is none."""

    name: str = ""
    address: str = ""

    @property
    def handle(self) -> str:
        """What is shown: the part before the @, never the whole address."""
        return self.address.partition("@")[0] or self.name

    @property
    def id(self) -> str:
        """Who it is within a source."""
        return self.address or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Head:
    """What the header block of a message says.

    Attributes:
        id: the Message-ID without brackets; made from the content if there is none.
        parents: the ids of what it answers, the oldest first, the direct one last.
        place: the mailing list's name, empty if it came through none.
        known: False if nothing in it looks like a message.
    """

    id: str
    parents: tuple[str, ...]
    subject: str
    author: Address
    date: Instant | None
    place: str
    known: bool


def split(data: bytes) -> tuple[bytes, bytes]:
    """Header block and body."""
    end = _END.search(data, 0, HEAD_LIMIT)
    return (data[: end.start()], data[end.end() :]) if end else (data[:HEAD_LIMIT], data[HEAD_LIMIT:])


def fields_of(block: bytes) -> Fields:
    """The fields of a header block."""
    found: dict[str, list[bytes]] = {}
    for name, value in _FIELD.findall(block):
        found.setdefault(name.decode("ascii").lower(), []).append(value.strip()[:FIELD_LIMIT])
    return found


def head_of(data: bytes) -> Head:
    """What a message (or its beginning) says in its header block."""
    block, _ = split(data)
    fields = fields_of(block)
    author = author_of(fields)
    said = ids_in(first(fields, "message-id"))
    bare = first(fields, "message-id").strip().decode("ascii", "replace")
    id = fit_id(said[0] if said else bare) if said or (bare and " " not in bare) else made_id(data)
    parents = [fit_id(parent) for name in ("references", "in-reply-to") for parent in ids_in(first(fields, name))]
    parents = [parent for parent in dict.fromkeys(reversed(parents)) if parent != id][::-1]
    kept = parents if len(parents) <= PARENTS_LIMIT else [parents[0], *parents[1 - PARENTS_LIMIT :]]
    known = any(name in fields for name in ("from", "date", "message-id", "subject"))
    date = parse_date(first(fields, "date").decode("latin-1"))
    return Head(id, tuple(kept), words(first(fields, "subject"))[:500], author, date, place_of(fields), known)


def first(fields: Fields, name: str) -> bytes:
    """The first value of a field, empty if there is none."""
    return fields.get(name, (b"",))[0]


def ids_in(raw: bytes) -> list[str]:
    """The message ids in a field."""
    return _ID.findall(raw.decode("utf-8", "replace"))


def fit_id(id: str) -> str:
    """A message id as ours: a hash stands for one that is too long or has letters no id has."""
    fine = len(id) <= ID_LIMIT and id.isascii() and id.isprintable()
    return id if fine else "hash:" + blake2b(id.encode("utf-8", "replace"), digest_size=12).hexdigest()


def made_id(data: bytes) -> str:
    """The id of a message that has none: the same bytes have the same."""
    return "hash:" + blake2b(data, digest_size=12).hexdigest()


def words(raw: bytes) -> str:
    """A field as text in one line: encoded words (RFC 2047) decoded, also those split within a letter."""
    return _decoded(" ".join(decode(raw).split()))


def _decoded(text: str) -> str:
    parts: list[str] = []
    run: list[bytes] = []
    charset, at = "", 0
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        if run and (between.strip() or found[1].lower() != charset):
            parts.append(decode(b"".join(run), charset))
            run = []
        if between.strip() or not at:
            parts.append(between)
        charset, at = found[1].lower(), found.end()
        run.append(_unpacked(found[2], found[3]))
    return "".join([*parts, decode(b"".join(run), charset) if run else "", text[at:]])


def _unpacked(how: str, packed: str) -> bytes:
    raw = packed.encode("utf-8", "replace")
    if how in "qQ":
        return decodestring(raw, header=True)
    try:
        return a2b_base64(raw + b"===")
    except Base64Error:
        return raw


def author_of(fields: Fields) -> Address:
    """Who wrote it; behind a list that puts its own address there ("Ann via Users"), the one answers go to."""
    author = address_of(first(fields, "from") or first(fields, "sender"))
    if not _VIA.search(author.name):
        return author
    name = _VIA.sub("", author.name).strip("'\" ")
    for other in ("x-original-from", "reply-to"):
        found = address_of(first(fields, other))
        if found.address and found.address != author.address:
            return Address(name or found.name, found.address)
    return Address(name, author.address)


def address_of(raw: bytes) -> Address:
    """The first address of a field: `Ann <ann@example.org>`, `ann@example.org (Ann)`, `ann at example.org (Ann)`.

    It is looked for outside of names, before these are decoded: a name may look like somebody else's address.
    """
    text = " ".join(decode(raw).split())
    if angle := _ANGLE.search(_NAMED.sub(lambda name: " " * len(name[0]), text)) or _ANGLE.search(text):
        return Address(_name(_decoded(text[: angle.start()])), angle[1].lower())
    whole = _decoded(text)
    if plain := _PLAIN.match(whole):
        return Address(_name(plain[2] or ""), plain[1].replace(" at ", "@").lower())
    angle = _ANGLE.search(whole)
    return Address(_name(whole[: angle.start()]), angle[1].lower()) if angle else Address(_name(whole), "")


def _name(text: str) -> str:
    name = text.strip().strip('"').strip("'").replace('\\"', '"').strip()[:200]
    return "" if "@" in name else name


def place_of(fields: Fields) -> str:
    """The list a message came through: its name, or the first part of its id (RFC 2919)."""
    text = words(first(fields, "list-id"))
    name, bracket, id = text.partition("<")
    return (_name(name) or id.partition(">")[0].partition(".")[0] if bracket else text.partition(".")[0])[:100].strip()
