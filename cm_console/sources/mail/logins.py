"""Logging in to a mail server: what keeps secrets out of words, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cm_console.model.errors import Unauthorized
from cm_console.sources.mail.places import Place

Redact: TypeAlias = Callable[[str], str]
"""Takes our secrets out of a text."""

LOGIN_RIGHT = "login"


def login_refused(place: Place, words: str) -> Unauthorized:
    """The server does not want us."""
    said = f" ({words})" if words else ""
    return Unauthorized(
        f"{place} refused the login{said}: check address, login and password; with two-step login most providers want"
        " an app password made for this program",
        right=LOGIN_RIGHT,
    )
