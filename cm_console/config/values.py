"""The kinds of values a config key may have: each says in words what it accepts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cm_console.model.text import clean, clean_line

NAME = re.compile(r"[a-z0-9-]+")
_LARGEST = 2**63 - 1


class ValueKind(NamedTuple):
    """What a value must be, in words that follow "must be", and the function that takes it.

    `accept` returns the value as the dataclasses hold it, or raises ValueError; its words are added as advice.
    """

    words: str
    accept: Callable[[object], object]


def nearest(word: str, known: Collection[str]) -> str:
    """Advice for a mistyped word: "; did you mean this?", or "" if nothing is near."""
    from difflib import get_close_matches

    found = get_close_matches(word[:80], known, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def shown(value: object) -> str:
    """A wrong value as an error names it: short, on one line, never more than a glance of it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{clean_line(value, 40)}'"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return str(value) if not isinstance(value, int) or abs(value) <= _LARGEST else "a number that large"


def _line(value: object, limit: int = 200) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise ValueError
    if clean_line(value, limit) != " ".join(value.split()) or "\n" in value:
        raise ValueError("; it holds a line break or characters that cannot be seen")
    return value.strip()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    if clean(value) != value:
        raise ValueError("; it holds characters that cannot be seen")
    return value


def _places(value: object) -> str:
    text = _text(value)
    for place in re.findall(r"\{(\w*)\}", text):
        if place not in ("member", "title", "guideline"):
            raise ValueError(f"; {{{place}}} is not a place{nearest(place, ('member', 'title', 'guideline'))}")
    return text


def _lines(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError
    return tuple(_line(entry) for entry in value)


def _name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value) or len(value) > 60:
        raise ValueError
    return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError
    return tuple(_name(entry) for entry in value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _zone(value: object) -> ZoneInfo:
    if not isinstance(value, str):
        raise ValueError
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    from zoneinfo import available_timezones

    zones = available_timezones()
    by_city = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones)}
    city = by_city.get(value.strip().replace(" ", "_").lower())
    raise ValueError(f"; did you mean {city}?" if city else nearest(value, zones))


def _setting(value: object) -> object:
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    if not isinstance(value, (str, int, float, bool)):
        raise ValueError
    return _text(value) if isinstance(value, str) else value


def _spans(value: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, str):
        raise ValueError
    from cm_console.model.business_hours import parse_spans

    return parse_spans(value)


def _dates(value: object) -> tuple[date, ...]:
    if not isinstance(value, list):
        raise ValueError
    return tuple(_date(entry) for entry in value)


def _date(value: object) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError
    return value


def _conditions(value: object) -> tuple[object, ...]:
    from cm_console.model.segments import parse_condition

    return tuple(map(parse_condition, _lines(value)))


def _top(value: object) -> tuple[int, bool]:
    """How many, and whether that is per cent."""
    found = re.fullmatch(r"(\d{1,6})\s*(%?)", value.strip()) if isinstance(value, str) else None
    if found:
        number, percent = int(found[1]), bool(found[2])
    elif isinstance(value, int) and not isinstance(value, bool):
        number, percent = value, False
    else:
        raise ValueError
    if not 1 <= number <= (100 if percent else 100_000):
        raise ValueError(f"; it goes from 1 to {'100 %' if percent else '100000'}")
    return number, percent


def whole(what: str, low: int, high: int) -> ValueKind:
    """A whole number of something within bounds."""

    def accept(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError
        if not low <= value <= high:
            raise ValueError(f"; it goes from {low} to {high}")
        return value

    return ValueKind(f"a whole number{what}", accept)


def number(what: str, low: float, high: float) -> ValueKind:
    """A number of something within bounds; infinity and not-a-number are none."""

    def accept(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError
        if not low <= value <= high:
            raise ValueError(f"; it goes from {low:g} to {high:g}")
        return float(value)

    return ValueKind(f"a number{what}", accept)


def one_of(words: Collection[str]) -> ValueKind:
    """One of a few words."""

    def accept(value: object) -> str:
        if value not in words:
            raise ValueError(nearest(value, words) if isinstance(value, str) else "")
        return str(value)

    return ValueKind(f"one of {', '.join(words)}", accept)


def some_of(words: Collection[str]) -> ValueKind:
    """A list of some of a few words."""
    one = one_of(words)

    def accept(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueError
        return tuple(str(one.accept(entry)) for entry in value)

    return ValueKind(f"a list of {', '.join(words)}", accept)


LINE = ValueKind("text on one line, at most 200 characters", _line)
TEXT = ValueKind("text", _text)
MESSAGE = ValueKind("text with no other places than {member}, {title} and {guideline}", _places)
LINES = ValueKind("a list of texts", _lines)
KIND = ValueKind("the name of a kind of source", _name)
NAMES = ValueKind("a list of names (lower case letters, digits and dashes)", _names)
FLAG = ValueKind("true or false", _flag)
ZONE = ValueKind("the name of a time zone such as Europe/Berlin", _zone)
SPANS = ValueKind('spans of a day such as "9:00-12:00, 13:00-17:00", "all day" or "closed"', _spans)
CONDITIONS = ValueKind('a list of conditions such as "posts_90 > 3"', _conditions)
TOP = ValueKind('a number such as 10, or a share such as "25 %"', _top)
DATES = ValueKind("a list of days such as 2026-12-25", _dates)
SETTING = ValueKind("text, a number or true/false", _setting)
