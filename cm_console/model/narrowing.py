"""A filter as people type it: words, source:forum tag:bug assignee:me older:3d newer:12h, and -what must not be."""

from __future__ import annotations

import re
from difflib import get_close_matches

from cm_console.model.inbox import Filter
from cm_console.model.time import DAY, HOUR, MINUTE

_AGE = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_TEXTS, _AGES = ("source", "tag", "assignee"), ("older", "newer")
FIELDS = (*_TEXTS, *_AGES)
_FIELD = re.compile(r"-?([A-Za-z]{3,}):(?!\d+$)\w.*")
HINT = "words, and source:forum tag:bug assignee:me older:3d newer:12h, -tag:bug for without"


def parse_filter(text: str) -> Filter:
    """Read a filter; what is not one of its forms, or not yet typed to its end, is a word to look for."""
    narrow, words, but = Filter(), list[str](), list[str]()
    for part in text.split():
        if part.startswith("-") and (wanted := _term(part[1:])) is not None:
            but.append(wanted)
            continue
        name, _, value = part.partition(":")
        name, age = name.lower(), _AGE.fullmatch(value.lower())
        if value and name == "tag":
            narrow = narrow._replace(tag=" ".join(dict.fromkeys([*narrow.tag.split(), value.lower()])))
        elif value and name in _TEXTS:
            narrow = narrow._replace(**{name: value})  # type: ignore[arg-type]  # texts
        elif age and name in _AGES:
            narrow = narrow._replace(**{name: int(age[1]) * _UNITS[age[2]]})  # type: ignore[arg-type]  # numbers
        else:
            words.append(part)
    return narrow._replace(words=" ".join(words), but=tuple(dict.fromkeys(but)))


def _term(part: str) -> str | None:
    """What must not hold, as it is kept; None while it is not typed to its end, and for ages, which have two names."""
    name, colon, value = part.partition(":")
    if colon and name.lower() in FIELDS:
        known = f"{name.lower()}:{value.lower() if name.lower() == 'tag' else value}"
        return known if value and name.lower() in _TEXTS else None
    return part or None


def terms(narrow: Filter) -> list[tuple[str, str]]:
    """What must not hold: "source", "tag", "assignee" or "word", and its value."""
    split = [part.partition(":") for part in narrow.but]
    return [
        (name, value) if colon and name in _TEXTS else ("word", f"{name}{colon}{value}") for name, colon, value in split
    ]


def shown_filter(narrow: Filter) -> str:
    """A filter as `parse_filter` reads it."""
    parts = [narrow.words] if narrow.words else []
    parts += [f"source:{narrow.source}"] if narrow.source else []
    parts += [f"tag:{tag}" for tag in narrow.tag.split()]
    parts += [f"assignee:{narrow.assignee}"] if narrow.assignee else []
    parts += [f"{name}:{_age(age)}" for name, age in (("older", narrow.older), ("newer", narrow.newer)) if age]
    parts += [f"-{part}" for part in narrow.but]
    return " ".join(parts)


def odd(text: str) -> str:
    """What looks like a form of the filter and is none, in words; "" if nothing does."""
    for part in text.split():
        name, colon, value = part.removeprefix("-").partition(":")
        name = name.lower()
        if part.startswith("-") and name in _AGES and colon:
            return f"{part}: write {'newer' if name == 'older' else 'older'}:{value or '3d'}"
        if colon and name in _AGES and not _AGE.fullmatch(value.lower()):
            return f"{name}: wants an age: 30m, 12h, 3d or 2w"
        if colon and name in _TEXTS and not value:
            return f"{name}: wants a name right behind it"
        if colon and name.isalpha() and (near := get_close_matches(name, FIELDS, 1)) and near[0] != name:
            return f"{name}: is looked for as a word; did you mean {near[0]}:?"
    if unknown := no_field(text):
        name = unknown[0].removeprefix("-").partition(":")[0].lower()
        return f"{name}: is no field and looked for as a word; fields are {', '.join(f'{f}:' for f in FIELDS)}"
    return ""


def no_field(text: str) -> list[str]:
    """The parts that look as if they named a field there is not; 10:30, host:80, a:b and addresses do not."""
    return [part for part in text.split() if (found := _FIELD.fullmatch(part)) and found[1].lower() not in FIELDS]


def _age(milliseconds: int) -> str:
    unit = next(unit for unit in ("w", "d", "h", "m") if milliseconds % _UNITS[unit] == 0 or unit == "m")
    return f"{milliseconds // _UNITS[unit]}{unit}"
