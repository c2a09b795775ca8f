"""Takes secrets out of text: every value that was resolved, in the forms in which values travel."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import threading
import traceback
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from cm_console.model.settings import Secret

STARS = "***"
SHORTEST = 4
"""Characters a secret has at least: anything shorter could not be taken out of text without ruining it."""

_ALWAYS = (
    (re.compile(r"\b(bearer|basic)(\s+|%20)[\w.~+/=%-]{6,}", re.IGNORECASE), r"\1\2" + STARS),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), rf"\1:{STARS}@"),
    (
        re.compile(
            r"([?&](?:api_?key|api_username_key|access_token|token|key|secret|password|sig)=)[^&\s\"'<>]+",
            re.IGNORECASE,
        ),
        r"\1" + STARS,
    ),
)
"""What looks like a secret wherever it comes from: authorization headers, passwords and tokens in addresses."""


class Redactor:
    """Knows the values of all resolved secrets, and replaces them by stars.

    It also replaces them URL-encoded, in base64 (also inside a longer text such as "user:password"), in hex, and as
    JSON, HTML and Python write them. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[Secret] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: Secret) -> None:
        """Redact this secret from now on. Raises ValueError if it is shorter than SHORTEST."""
        if len(secret.reveal()) < SHORTEST:
            raise ValueError(f"a secret has at least {SHORTEST} characters")
        with self._lock:
            self._forms.update(map(Secret, _forms(secret.reveal())))
            longest_first = sorted((form.reveal() for form in self._forms), key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def redact(self, text: str) -> str:
        """The text without any secret."""
        if self._pattern is not None:
            text = self._pattern.sub(STARS, text)
        for pattern, stars in _ALWAYS:
            text = pattern.sub(stars, text)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Redactor is never written down")


def _forms(value: str) -> Iterator[str]:
    data = value.encode("utf-8", "surrogatepass")
    yield from {value, quote(data), quote(data, safe=""), quote_plus(data), data.hex()}
    yield from {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    yield from {html.escape(value), html.escape(value, quote=False)}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode()
        # The first and last characters mix with the neighbours' bits: only what is ours alone is looked for.
        ours = whole[(0, 2, 3)[before] : len(whole) - (0, 3, 2)[(before + len(data)) % 3]]
        yield from {ours, ours.replace("+", "-").replace("/", "_")}


class RedactingFilter(logging.Filter):
    """Takes secrets out of log records: message, arguments, traceback, stack and extra fields. Put it on handlers."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; it always passes."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} {record.args!r}"
        record.msg, record.args = self._redactor.redact(message), ()
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None
        for name, value in vars(record).items():
            if isinstance(value, str):
                setattr(record, name, self._redactor.redact(value))
            elif name not in _OWN and not isinstance(value, (int, float, type(None))):
                setattr(record, name, self._redactor.redact(str(value)))
        return True


_OWN = frozenset(vars(logging.makeLogRecord({})))

redactor = Redactor()
"""The one of this process; secrets add themselves when they are resolved or stored."""


def redact(text: str) -> str:
    """The text without any secret this process has resolved."""
    return redactor.redact(text)
