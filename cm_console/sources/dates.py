"""Dates as feeds and mails in the wild write them: RFC 822 with odd zones, ISO 8601 in all its lengths, and neither."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import parsedate_tz

from cm_console.model.time import SECOND, Instant, instant

LONGEST = 80
"""Characters of a date that are looked at."""
EARLIEST = Instant(-315_619_200_000)
"""1960: what claims to be older is a program's zero, not a date."""

_HOURS = (
    (0, "UTC WET"),
    (1, "WEST BST CET MET MEZ"),
    (2, "CEST MEST MESZ EET"),
    (3, "EEST MSK"),
    (8, "AWST HKT SGT"),
    (9, "JST KST"),
    (10, "AEST"),
    (11, "AEDT"),
    (12, "NZST"),
    (13, "NZDT"),
    (-3, "BRT ART"),
    (-4, "EDT"),
    (-5, "EST CDT"),
    (-6, "CST MDT"),
    (-7, "MST PDT"),
    (-8, "PST"),
    (-8, "AKDT"),
    (-9, "AKST"),
    (-10, "HST"),
)
"""Only zones whose letters mean one thing, or nearly always do; of others (IST) the time is taken as UTC."""
_ZONES = {zone: hours for hours, zones in _HOURS for zone in zones.split()}
_NAMES = (
    ("Jan", "janv ene gen"),
    ("Feb", "févr fév"),
    ("Mar", "mär mrz mars mrt maart"),
    ("Apr", "avr abr"),
    ("May", "mai mag mei"),
    ("Jun", "juin giu"),
    ("Jul", "juil lug"),
    ("Aug", "août ago"),
    ("Sep", "set"),
    ("Oct", "okt ott"),
    ("Dec", "dez déc dic"),
)
_MONTHS = {other: month for month, others in _NAMES for other in others.split()}
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?)?"
    r"\s*(Z|[A-Z]{3,4}|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^[^\W\d]{2,12}\.?,\s*")
_DAY = re.compile(r"^(\d{1,2})\.\s")
_WORD = re.compile(r"[^\W\d]{3,5}(?=[\s.-])")
_ZONE = re.compile(r"\s([A-Z]{2,4})$")


def parse_date(text: str) -> Instant | None:
    """The instant a date means; None if nobody can tell. Without a zone it is UTC; never raises."""
    text = " ".join(text[: LONGEST * 2].split())[:LONGEST]
    try:
        found = _epoch(text) or _iso(text) or _rfc822(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return found if found is not None and EARLIEST <= found <= Instant(253_402_300_799_999) else None


def _epoch(text: str) -> Instant | None:
    """Seconds or milliseconds since 1970, as some programs write."""
    if not re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return None
    return Instant(int(text) * SECOND if len(text) == 10 else int(text))


def _iso(text: str) -> Instant | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    second = min(int(second or 0), 59)
    made = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0) % 24, int(minute or 0), second, tzinfo=UTC
    )
    shift = 24 * 3_600_000 if hour == "24" else 0
    return Instant(instant(made) + shift + int(float(f"0.{fraction or 0}") * SECOND) - _offset(zone or ""))


def _offset(zone: str) -> int:
    if zone[:1] not in ("+", "-"):
        return _ZONES.get(zone.upper(), 0) * 3_600_000
    digits = zone[1:].replace(":", "").ljust(4, "0")
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(digits[:2]) * 3_600_000 + int(digits[2:]) * 60_000)


def _rfc822(text: str) -> Instant | None:
    text = _DAY.sub(r"\1 ", _WEEKDAY.sub("", text))
    text = _WORD.sub(lambda word: _MONTHS.get(word[0].lower(), word[0]), text)
    named = _ZONE.search(text)
    hours = _ZONES.get(named[1]) if named else None
    if named and hours is not None:
        text = text[: named.start()] + " +0000"
    parts = parsedate_tz(text)
    if parts is None or not 1 <= parts[1] <= 12:
        return None
    moment = datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC)
    seconds = timegm(moment.timetuple()) - (parts[9] or 0) - (hours or 0) * 3600
    return Instant(seconds * SECOND)
