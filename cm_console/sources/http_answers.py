"""What an HTTP answer means: typed JSON out of a body, a SourceError out of a status, a budget out of headers.

    status                                     read                    write (landed)
    2xx, 304 to a validator                    Answer                  Answer
    2xx, body nobody can read                  Malformed               Malformed (None)
    429; 503 with Retry-After                  Throttled               Throttled (False); 503: Unreachable (None)
    401; 403                                   Unauthorized            Unauthorized (False)
    404, 410                                   Gone                    Gone (False)
    409                                        Conflict                Conflict (False)
    408, 425, 5xx but 501                      Unreachable             Unreachable (None)
    501, any other 4xx                         Refused                 Refused (False)

A source that knows better (Discourse answers 403 also for a single refused action) gives the gateway a `judge`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

from cm_console.model.errors import (
    Conflict,
    Gone,
    Malformed,
    Refused,
    SourceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from cm_console.model.source import Budget
from cm_console.model.text import clean_line
from cm_console.model.time import HOUR, SECOND, Instant, instant, parse_iso

T = TypeVar("T")
VALIDATORS = frozenset({"if-none-match", "if-modified-since"})
LONGEST_WAIT = HOUR
"""No platform makes us wait longer than this between two tries, whatever it says."""
DEFAULT_WAIT = 60 * SECOND
"""How long to wait after a 429 that does not say."""

_SURROGATE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform tells our budget: three header names, and what the number of `resets` is."""

    remaining: str = ""
    limit: str = ""
    resets: str = ""
    unit: Literal["epoch", "iso", "seconds"] = "epoch"


RETRY_AFTER = Dialect()
"""No budget headers, only Retry-After with a 429: Discourse, Matrix, Slack."""
X_RATELIMIT = Dialect("x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset")
"""Seconds since 1970: GitHub, Discord, Zulip."""
X_RATELIMIT_ISO = Dialect("x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset", "iso")
"""An ISO 8601 time: Mastodon."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: `write` decides what an unclear end means. `reads`: it only asks, whatever its method is."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    reads: bool = False

    @property
    def write(self) -> bool:
        """May this request have changed something?"""
        return not self.reads and self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with its whole body. `at` is the platform's clock, `skew` that clock less ours, in milliseconds."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: Instant | None = None
    skew: int = 0

    def link(self, rel: str) -> str:
        """The address that a Link header gives for a relation (`next`, `prev`), empty if none. RFC 8288."""
        for address, parameters in re.findall(r"<([^<>]*)>([^<]*)", self.headers.get("link", "")):
            if re.search(rf"""\brel\s*=\s*("[^"]*\b{rel}\b[^"]*"|{rel}\b)""", parameters):
                return str(address)
        return ""

    def decode(self, kind: type[T]) -> T:
        """The JSON body as a typed struct; unknown fields are passed over.

        Raises:
            Malformed: not JSON, or not of this shape; `landed` is None if the request was a write.
        """
        import msgspec

        error: Exception
        for mend in (False, True):
            try:
                return msgspec.json.decode(_without_surrogates(self.body) if mend else self.body, type=kind)
            except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
                error = problem
        what = clean_line(str(error), 200) or type(error).__name__
        words = f"the answer to {self.request} cannot be read: {what}"
        raise Malformed(words, landed=None if self.request.write else False, status=self.status)


def _without_surrogates(body: bytes) -> bytes:
    return _SURROGATE.sub(rb"\1\\ufffd", body)


Judge = Callable[[Answer, str], SourceError | None]
"""A platform's own reading of a refusal (4xx): the answer and its words; None for the usual reading."""


def error_of(
    answer: Answer, now: Instant, judge: Judge | None = None, redact: Callable[[str], str] = str
) -> SourceError | None:
    """The error an answer stands for, its words without secrets; None if it is a success."""
    status = answer.status
    if 200 <= status < 300 or (status == 304 and VALIDATORS & answer.request.headers.keys()):
        return None
    write = answer.request.write
    words = redact(words_of(answer.body)) or f"{answer.request} was answered with status {status}"
    if status == 429 and judge and (error := judge(answer, words)):
        return error
    if status == 429 or (status == 503 and not write and "retry-after" in answer.headers):
        return Throttled(words, until=Instant(now + _wait(answer, now)), status=status)
    if (status >= 500 and status != 501) or status in (408, 425):
        return Unreachable(words, landed=None if write else False, status=status)
    if judge and (error := judge(answer, words)):
        return error
    if status in (401, 403):
        return Unauthorized(words, status=status)
    if status in (404, 410):
        return Gone(words, status=status)
    if status == 409:
        return Conflict(words, current=words, status=status)
    return Refused(words, status=status)


def words_of(body: bytes) -> str:
    """The platform's own words in an error body, cleaned to one line; empty if there are none for a person."""
    import msgspec

    try:
        data = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
    said: object = data
    if isinstance(data, dict):
        said = next((v for k in ("errors", "error_description", "error", "message") if (v := data.get(k))), "")
    parts = said if isinstance(said, list) else list(said.values()) if isinstance(said, dict) else [said]
    return clean_line("; ".join(part for part in parts if isinstance(part, str)), 300)


def budget_of(headers: Mapping[str, str], dialect: Dialect, now: Instant) -> Budget | None:
    """The budget an answer tells, None if it tells none or nonsense."""
    try:
        remaining, limit = int(headers[dialect.remaining]), int(headers[dialect.limit])
        resets = headers[dialect.resets]
        if dialect.unit == "iso":
            return Budget(remaining, limit, parse_iso(resets.replace("Z", "+00:00")))
        start = now if dialect.unit == "seconds" else 0
        return Budget(remaining, limit, Instant(start + round(float(resets) * SECOND)))
    except (KeyError, ValueError, OverflowError):
        return None


def date_of(headers: Mapping[str, str]) -> Instant | None:
    """The platform's clock, to the second."""
    return _date(headers.get("date", ""))


def _date(text: str) -> Instant | None:
    try:
        moment = parsedate_to_datetime(text)
        return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, IndexError, OverflowError):
        return None


def _wait(answer: Answer, now: Instant) -> int:
    """Milliseconds to wait: Retry-After as seconds or date, a reset time, the body's own figure; at most an hour."""
    said = answer.headers.get("retry-after", "").strip()
    seconds = float(said) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", said) else None
    if seconds is None and (date := _date(said)) is not None:
        seconds = (date - (answer.at or now)) / SECOND
    if seconds is None and (reset := _reset(answer)) is not None:
        seconds = (reset - (answer.at or now)) / SECOND
    if seconds is None:
        seconds = _wait_in(answer.body)
    wait = DEFAULT_WAIT if seconds is None else round(seconds * SECOND)
    return max(0, min(wait, LONGEST_WAIT))


def _reset(answer: Answer) -> Instant | None:
    """When the count starts anew, as an ISO time: all that Mastodon says with a 429."""
    said = answer.headers.get("x-ratelimit-reset", "")
    try:
        return parse_iso(said) if "T" in said else None
    except ValueError:
        return None


def _wait_in(body: bytes) -> float | None:
    import msgspec

    try:
        data = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    extras = data.get("extras") if isinstance(data, dict) else None
    for place, key, unit in ((extras, "wait_seconds", 1), (data, "retry_after", 1), (data, "retry_after_ms", SECOND)):
        value = place.get(key) if isinstance(place, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) / unit
    return None
