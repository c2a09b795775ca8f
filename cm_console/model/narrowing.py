"""A filter as people type it: words, and source:forum tag:bug assignee:ann older:3d newer:12h among them."""

from __future__ import annotations

import re
from dataclasses import replace

from cm_console.model.inbox import Filter
from cm_console.model.time import DAY, HOUR, MINUTE

_AGE = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
HINT = "words, and source:forum tag:bug assignee:ann older:3d newer:12h"


def parse_filter(text: str) -> Filter:
    """Read a filter; what is not one of its forms, or not yet typed to its end, is a word to look for."""
    narrow, words = Filter(), []
    for part in text.split():
        name, colon, value = part.partition(":")
        name = name.lower()
        age = _AGE.fullmatch(value.lower())
        if colon and value and name in ("source", "tag", "assignee"):
            narrow = replace(narrow, **{name: value.lower() if name == "tag" else value})  # type: ignore[arg-type]  # texts
        elif age and name in ("older", "newer"):
            narrow = replace(narrow, **{name: int(age[1]) * _UNITS[age[2]]})  # type: ignore[arg-type]  # numbers
        else:
            words.append(part)
    return replace(narrow, words=" ".join(words))


def shown_filter(narrow: Filter) -> str:
    """A filter as `parse_filter` reads it."""
    parts = [narrow.words] if narrow.words else []
    parts += [f"source:{narrow.source}"] if narrow.source else []
    parts += [f"tag:{narrow.tag}"] if narrow.tag else []
    parts += [f"assignee:{narrow.assignee}"] if narrow.assignee else []
    parts += [f"{name}:{_age(age)}" for name, age in (("older", narrow.older), ("newer", narrow.newer)) if age]
    return " ".join(parts)


def _age(milliseconds: int) -> str:
    unit = next(unit for unit in ("w", "d", "h", "m") if milliseconds % _UNITS[unit] == 0 or unit == "m")
    return f"{milliseconds // _UNITS[unit]}{unit}"
