"""What an IMAP server's refusals mean: a wrong password, a server in trouble, or a plain no."""

from __future__ import annotations

from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.sources.mail.logins import login_refused
from cm_console.sources.mail.places import Place

_LOGIN = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN"})
_LATER = frozenset({"UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT", "THROTTLED"})


def error_of(place: Place, word: bytes, code: bytes, words: str) -> SourceError:
    """The error of an IMAP answer that is not OK, by its code in brackets (RFC 5530)."""
    name = code.partition(b" ")[0].decode("latin-1").upper()
    if name in _LATER:
        return Unreachable(f"{place} cannot do it now: {words or name.lower()}")
    if name in _LOGIN:
        return login_refused(place, words)
    if word.upper() == b"BAD" and not words:
        return Malformed(f"{place} does not understand us")
    return Refused(f"{place} says no: {words or name.lower() or 'without a reason'}")
