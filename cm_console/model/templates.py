"""Texts with places such as `{member}`: saved replies, macros, greetings; filled in, or named as missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

PLACES: Mapping[str, str] = {
    "member": "how the member is called",
    "title": "the title of the thread",
    "link": "the address of the thread",
    "me": "who writes",
    "community": "the name of the community",
    "source": "the name of the source",
    "place": "the category or channel of the thread",
}
"""Places that are filled in from the thread, and what each becomes; every other one is asked for."""

MACRO_KEY = "[a-z0-9]"
"""The pattern of a macro's key."""
SNOOZE = r"[1-9]\d{0,2}[hdw]|reply"
"""The pattern of a macro's snooze."""
STATUSES = ("open", "waiting", "done")
"""What a macro can make of an inquiry, beside putting it away."""

_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_BRACES = re.compile(r"\{( *[^\W\d][\w -]{0,39})\}")
_ALIKE, _SHORT = 0.75, 4
"""So alike are a place and a slip of the finger; of shorter words every one is like another."""
_CODE = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|(`+)(?!`).*?(?<!`)\2(?!`)", re.DOTALL)


def places(text: str) -> tuple[str, ...]:
    """The names of the places in a text, in the order of their first occurrence; code holds none."""
    return tuple(dict.fromkeys(_PLACE.findall(_CODE.sub("", text))))


def fill(text: str, variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with its places filled in, and the names of those that could not be.

    A place without a value, or with an empty one, stays as it is. What is filled in is never read as a place itself;
    code (between backticks) is left alone.
    """
    missing: dict[str, None] = {}

    def value(place: re.Match[str]) -> str:
        words = variables.get(place[1], "")
        if not words.strip():
            missing[place[1]] = None
        return words if words.strip() else place[0]

    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_PLACE.sub(value, text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _PLACE.sub(value, text[at:])]), tuple(missing)


def unfilled(text: str, names: Collection[str] = ()) -> tuple[str, ...]:
    """The places that were forgotten in a text about to be sent: the known ones, and those of `names`.

    Braces with other words are left to whoever wrote them: they may be mathematics or a program; and what others said
    is quoted as it is.
    """
    from cm_console.model.quoting import without_quotes

    return tuple(name for name in places(without_quotes(text)) if name in PLACES or name in names)


def mistyped(text: str, names: Collection[str] = ()) -> dict[str, str]:
    """Words in braces that are no place but nearly one - of the known ones and `names` -, with the place meant."""
    from difflib import get_close_matches

    from cm_console.model.quoting import without_quotes

    known, found = {**dict.fromkeys(PLACES), **dict.fromkeys(names)}, {}
    for word in dict.fromkeys(_BRACES.findall(_CODE.sub("", without_quotes(text)))):
        plain = "_".join(word.casefold().replace("-", " ").split())
        near = [plain] if plain in known else get_close_matches(plain, known, 1, _ALIKE) if len(plain) >= _SHORT else []
        if near and f"{{{word}}}" != f"{{{near[0]}}}":
            found[word] = near[0]
    return found


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A reply kept for the next time.

    Attributes:
        name: unique in the config; lower case letters, digits and dashes.
        title: what the chooser shows.
        text: in Markdown, with places.
        tags: put on the inquiry when it is sent; they also find it in the chooser.
    """

    name: str
    title: str
    text: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Macro:
    """Several things done to the chosen inquiries with one key.

    Attributes:
        name: unique in the config.
        key: the letter or digit after `m`; unique.
        title: what the chooser shows.
        reply: the name of the saved reply that is sent, "" for none.
        note: a private note for colleagues; may hold places.
        tags: put on.
        assign: who gets it: a colleague, "me", "nobody", or "" for no change.
        status: open, waiting or done; "" for no change. A reply without it leaves the inquiry waiting on the member.
        priority: none, low, normal, high or urgent; "" for no change.
        snooze: put away for so long, as "3d" or "4h", or until they write: "reply"; goes before the status.
    """

    name: str
    key: str
    title: str
    reply: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    assign: str = ""
    status: str = ""
    priority: str = ""
    snooze: str = ""
