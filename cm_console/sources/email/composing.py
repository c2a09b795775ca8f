"""Writing an answer as a mail: whom to, which headers, the text as every mail program shows it.

RFC 5322 (headers), 2047 (words in headers), 3676 (flowed text).
"""

from __future__ import annotations

from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate
from hashlib import blake2b
from quopri import encodestring

from cm_console.model.action import Action
from cm_console.model.errors import Refused
from cm_console.model.text import clean, clean_line
from cm_console.model.time import SECOND, Instant
from cm_console.sources.email.heads import Head, Role
from cm_console.sources.email.nature import Nature
from cm_console.sources.mail.addresses import is_machine, sendable
from cm_console.sources.mail.threads import title_of

WIDTH = 74
PARENTS = 20
"""References named at most: the first and the newest; longer headers are cut by some servers."""
QUOTED_LINES = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready: `id` without brackets, `data` with CRLF."""

    id: str
    sender: str
    recipient: str
    data: bytes


def message_id(action: Action, sender: str) -> str:
    """The Message-ID of an action, from its id and its words: the same for every attempt, to be looked for."""
    trace = blake2b(action.text.encode("utf-8", "replace"), digest_size=5).hexdigest()
    return f"cm-{action.id}-{trace}@{sender.rpartition('@')[2]}"


def recipient_of(head: Head, ours: frozenset[str]) -> str:
    """Whom to write to.

    Raises:
        Refused: there is nobody who would read it.
    """
    if head.role is Role.SENT or head.author.address in ours:
        others = sorted(head.to - ours)
        if len(others) != 1:
            raise Refused("there is nothing but our own mail in this thread, and not one person it went to")
        return sendable(others[0])
    address = head.author.address if head.reply_to.address in ours else head.reply_to.address or head.author.address
    if head.nature is Nature.BOUNCE or is_machine(address):
        where = clean_line(address, 80) or "no address"
        raise Refused(f"it was sent by a machine ({where}): an answer would reach nobody, or come back for ever")
    return sendable(address)


def compose(
    text: str,
    head: Head | None,
    parents: list[str],
    quote: str,
    *,
    id: str,
    sender: str,
    name: str,
    recipient: str,
    at: Instant,
    subject: str = "",
) -> bytes:
    """The whole mail.

    `parents` are the ids it answers, the oldest first; `quote` is the text it answers, or empty. A new mail answers no
    head and has a subject of its own.
    """
    body = flow(text)
    if quote and head is not None:
        body += ["", f"{_shown(head)} wrote:", *_quoted(quote)]
    raw = "\r\n".join(body).encode("utf-8", "replace") + b"\r\n"
    headers = [
        ("Date", formatdate(at / SECOND, localtime=False)),
        ("From", f"{_words(name, 'From')} <{sender}>" if name.strip() else sender),
        ("To", recipient),
        ("Subject", _words(subject if head is None else f"Re: {title_of(head.subject)}", "Subject")),
        ("Message-ID", f"<{id}>"),
        ("In-Reply-To", f"<{parents[-1]}>" if parents else ""),
        ("References", "\r\n ".join(f"<{parent}>" for parent in _fitting(parents))),
        ("X-CM-Console", id.partition("@")[0]),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8; format=flowed"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    lines = "".join(f"{field}: {value}\r\n" for field, value in headers if value)
    return lines.encode("ascii") + b"\r\n" + _printable(raw)


def flow(text: str) -> list[str]:
    """Text as flowed lines: a paragraph's lines end in a space but for its last."""
    made: list[str] = []
    for paragraph in clean(text).replace("\t", "    ").split("\n"):
        rest = paragraph.rstrip()
        while len(rest) > WIDTH and (cut := rest.rfind(" ", 1, WIDTH)) > 0:
            made.append(_stuffed(rest[:cut] + " "))
            rest = rest[cut + 1 :]
        made.append(_stuffed(rest) if rest != "--" else "-- ")
    return made


def _stuffed(line: str) -> str:
    return f" {line}" if line.startswith((" ", ">", "From ")) else line


def _quoted(text: str) -> list[str]:
    lines = clean(text).split("\n")
    ends = next((number for number, line in enumerate(lines) if line.rstrip() == "--"), len(lines))
    lines = lines[:ends]  # a signature is not quoted
    while lines and not lines[-1].strip():
        lines.pop()
    more = [f"> [{len(lines) - QUOTED_LINES:,} more lines]"] if len(lines) > QUOTED_LINES else []
    return [(f">{line}" if line.startswith(">") else f"> {line}").rstrip() for line in lines[:QUOTED_LINES]] + more


def _shown(head: Head) -> str:
    return clean_line(head.author.name or head.author.address, 100)


def _words(text: str, field: str) -> str:
    """A header's words, encoded where they have to be, folded; line ends are gone before."""
    plain = clean_line(text, 250)
    if field == "From" and plain.isascii():
        return '"' + plain.replace("\\", "").replace('"', "") + '"'
    if plain.isascii() and "=?" not in plain and len(plain) <= 60:
        return plain
    return Header(plain, "utf-8", maxlinelen=75, header_name=field).encode(linesep="\r\n")


def _fitting(parents: list[str]) -> list[str]:
    return parents if len(parents) <= PARENTS else [parents[0], *parents[1 - PARENTS :]]


def _printable(raw: bytes) -> bytes:
    lines = (encodestring(line).replace(b"=\n", b"=\r\n").rstrip(b"\n") for line in raw.split(b"\r\n"))
    return b"\r\n".join(line[:-1] + b"=20" if line.endswith(b" ") else line for line in lines)
