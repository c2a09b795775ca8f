"""Ids of ours for what Mailman has, each with its list, because Mailman counts per list and a mail may be on several.

    held:LIST/REQUEST-HASH-SECONDS   a held message: report, post and, unless it answers something, thread
    subscription:LIST/TOKEN          somebody wants in; unsubscription: wants out
    LIST/HASH                        a mail in the archive, a thread by its first mail

Mailman on SQLite gives the number of a held message anew once it is decided. So its id says which message it was and
when it was held, and nothing is decided that is not that one.
"""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha1

from cm_console.model.errors import Gone
from cm_console.model.text import clean_line

HELD = "held"
JOINING, LEAVING = "subscription", "unsubscription"

_PENDING = re.compile(rf"({HELD}|{JOINING}|{LEAVING}):([^/]+)/(.+)", re.DOTALL)
_MAIL = re.compile(r"([^/:]+)/([^/]+)")
_HELD = re.compile(r"(\d{1,18})-([A-Z2-7]{32})-(\d{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that waits for a decision: its kind, its list, and what stands behind the slash."""

    kind: str
    list_id: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.list_id}/{self.key}"

    @property
    def request(self) -> int:
        """The number of a held message; Gone if it has none."""
        return int(self._parts[1])

    @property
    def hash(self) -> str:
        """The hash of a held message's id."""
        return self._parts[2]

    @property
    def _parts(self) -> re.Match[str]:
        found = _HELD.fullmatch(self.key)
        if found is None:
            raise Gone(f"{clean_line(self.key, 40)} is no held message")
        return found


def hash_of(message_id: str) -> str:
    """Mailman's own hash of a Message-ID: base32 of its SHA-1, without the brackets (X-Message-ID-Hash)."""
    return b32encode(sha1(bare(message_id).encode("utf-8", "replace")).digest()).decode("ascii")


def bare(message_id: str) -> str:
    """A Message-ID without its brackets."""
    return message_id.strip().removeprefix("<").removesuffix(">")


def held(list_id: str, request: int, message_id: str, seconds: int) -> Pending:
    """The id of a held message."""
    return Pending(HELD, list_id, f"{request}-{hash_of(message_id)}-{seconds}")


def pending(id: str | None) -> Pending | None:
    """What an id names if that waits for a decision."""
    found = _PENDING.fullmatch(id or "")
    return Pending(*found.groups()) if found else None


def mail(list_id: str, hash: str) -> str:
    """The id of a mail in the archive, or of the thread that it opens."""
    return f"{list_id}/{hash}"


def split(id: str) -> tuple[str, str]:
    """List and hash of a mail or thread in the archive.

    Raises:
        Gone: it is none.
    """
    found = _MAIL.fullmatch(id)
    if found is None:
        raise Gone(f"{clean_line(id, 60)} is not in the archive")
    return found[1], found[2]


def list_of(*candidates: str | None) -> str | None:
    """The list that the first of these ids belongs to."""
    for id in candidates:
        if (waiting := pending(id)) is not None:
            return waiting.list_id
        if found := _MAIL.fullmatch(id or ""):
            return found[1]
    return None
