"""How IMAP writes things: strings, folder names, sets of messages; nothing of ours can become a command of its own.

RFC 3501 (and 9051): https://www.rfc-editor.org/rfc/rfc9051
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from datetime import UTC, datetime

from cm_console.model.errors import Refused
from cm_console.model.text import clean_line
from cm_console.model.time import SECOND, Instant

_SHIFTED = re.compile(r"[^\x20-\x7e]+|&")
_PACKED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def quoted(text: str) -> bytes:
    """A quoted string.

    Raises:
        Refused: it has characters that no quoted string can hold; a line end would begin a command of its own.
    """
    if not text.isascii() or not text.isprintable():
        raise Refused(f"{clean_line(text, 80)!r} has characters that cannot be asked for")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def folder(name: str) -> bytes:
    """A folder's name as it is sent: modified UTF-7, quoted. Raises Refused if no folder can be called so."""
    if not name or any(not letter.isprintable() for letter in name):
        raise Refused(f"{clean_line(name, 80)!r} is no name of a folder")
    return quoted(_SHIFTED.sub(_shift, name))


def _shift(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    packed = b64encode(found[0].encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
    return f"&{packed.decode()}-"


def folder_name(raw: bytes) -> str:
    """A folder's name as it is read; what is no modified UTF-7 is taken as UTF-8."""
    if b"&" not in raw or not raw.isascii():
        return raw.decode("utf-8", "replace")
    try:
        return _PACKED.sub(_unshift, raw).decode("utf-8", "replace")
    except (Base64Error, UnicodeError):
        return raw.decode("ascii", "replace")


def _unshift(found: re.Match[bytes]) -> bytes:
    packed = found[1].replace(b",", b"/")
    if not packed:
        return b"&"
    return b64decode(packed + b"=" * (-len(packed) % 4)).decode("utf-16-be").encode()


def uid_set(uids: Iterable[int]) -> bytes:
    """Message numbers as a set, neighbours as ranges: 1:4,7."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(f"{low}:{high}" if high > low else f"{low}" for low, high in ranges).encode()


def day(at: Instant) -> bytes:
    """A date for SEARCH."""
    moment = datetime.fromtimestamp(at / SECOND, UTC)
    return f"{moment.day}-{_MONTHS[moment.month - 1]}-{moment.year:04}".encode()


def any_of(criteria: list[bytes]) -> bytes:
    """One search that finds what any of these finds."""
    made = criteria[-1]
    for criterion in reversed(criteria[:-1]):
        made = b"OR " + criterion + b" " + made
    return made
