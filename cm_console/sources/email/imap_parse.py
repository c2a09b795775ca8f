"""What an IMAP server says, taken asunder: atoms, strings, literals and lists, however deep, in bounded time.

Atoms come as `Atom`, strings and literals as bytes, NIL as None, lists as lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

from cm_console.model.errors import Malformed
from cm_console.model.text import clean_line

DEPTH = 40
"""Lists within lists; a real answer has about five."""

Value: TypeAlias = Union["Atom", bytes, list["Value"], None]

_TOKEN = re.compile(
    rb'[ ]*(?:(?P<open>\()|(?P<close>\))|"(?P<string>(?:[^"\\]|\\.)*)"|~?\{(?P<literal>\d+)\+?\}\Z'
    rb'|(?P<atom>(?:[^\s()"\[\]{]+|\[[^\]]*\])+))[ ]*',
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Atom(str):
    """A word that was not quoted: a number, a flag, the name of an item."""

    __slots__ = ()


def values(chunks: Sequence[bytes]) -> list[Value]:
    """The values of one response; `chunks` are its text and its literals in turn.

    Raises:
        Malformed: it is none.
    """
    made: list[Value] = []
    stack: list[list[Value]] = [made]
    for number, chunk in enumerate(chunks):
        if number % 2:
            stack[-1].append(chunk)
            continue
        at = 0
        while at < len(chunk):
            found = _TOKEN.match(chunk, at)
            if found is None or len(stack) > DEPTH:
                raise Malformed(f"an answer nobody can read: {clean_line(chunk[at : at + 60].decode('latin-1'), 60)}")
            at = found.end()
            _take(found, stack)
    if len(stack) != 1:
        raise Malformed("an answer that ends in the middle of a list")
    return made


def _take(found: re.Match[bytes], stack: list[list[Value]]) -> None:
    match found.lastgroup:
        case "open":
            inner: list[Value] = []
            stack[-1].append(inner)
            stack.append(inner)
        case "close":
            if len(stack) == 1:
                raise Malformed("an answer that closes more lists than it opens")
            stack.pop()
        case "string":
            stack[-1].append(_ESCAPED.sub(rb"\1", found["string"]))
        case "atom":
            word = found["atom"].decode("latin-1")
            stack[-1].append(None if word.upper() == "NIL" else Atom(word))


def items_of(pairs: Value) -> dict[str, Value]:
    """Names and values that follow each other, as in FETCH and STATUS; names in upper case."""
    found = pairs if isinstance(pairs, list) else []
    return {str(name).upper(): value for name, value in zip(found[::2], found[1::2], strict=False)}


def number_of(value: Value) -> int:
    """A number, 0 if it is none; MODSEQ comes in brackets."""
    if isinstance(value, list):
        value = value[0] if value else None
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0


def bytes_of(value: Value) -> bytes:
    """A string's bytes, empty for NIL."""
    if isinstance(value, bytes):
        return value
    return str(value).encode("latin-1", "replace") if isinstance(value, Atom) else b""


def body_of(facts: Mapping[str, Value]) -> bytes | None:
    """The message among what was fetched of it, None if the server told none."""
    return next((bytes_of(value) for name, value in facts.items() if name.startswith("BODY[]")), None)
