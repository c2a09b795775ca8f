"""Which software answers, and what it does not offer: Mastodon, or another one that speaks its language.

GoToSocial lets apps resolve reports, suspend, approve and reject, and no more (`currently only supports suspend`, its
swagger.yaml). Pleroma and Akkoma have an admin API of their own. Neither is sure to know a repeat by its key.
"""

from __future__ import annotations

from enum import StrEnum

from cm_console.model.action import Verb
from cm_console.model.source import Feed


class Flavour(StrEnum):
    """The software of a server, as people call it; OTHER keeps to Mastodon's ways as far as we know."""

    MASTODON = "Mastodon"
    GOTOSOCIAL = "GoToSocial"
    PLEROMA = "Pleroma"
    AKKOMA = "Akkoma"
    OTHER = "this server"


ON_STATUSES = frozenset({Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.EDIT, Verb.REMOVE})
PLANNED = frozenset({Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE})
ON_REPORTS = frozenset({Verb.KEEP, Verb.IGNORE, Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN})
ON_ACCOUNTS = frozenset({Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.BAN, Verb.UNBAN})
ON_SIGN_UPS = frozenset({Verb.APPROVE, Verb.REJECT})

_GOTOSOCIAL_LACKS = frozenset(
    {Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.UNBAN, Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN}
)
_LACKS: dict[Flavour, frozenset[str]] = {
    Flavour.GOTOSOCIAL: frozenset(_GOTOSOCIAL_LACKS),
    Flavour.PLEROMA: frozenset(ON_REPORTS | ON_ACCOUNTS | ON_SIGN_UPS | {Feed.MEMBERS, Feed.REPORTS}),
}
_LACKS[Flavour.AKKOMA] = _LACKS[Flavour.PLEROMA]


def flavour_of(version: str, source_url: str) -> Flavour:
    """The software behind a version like `4.6.4`, `0.17.3+git-1a2b` or `2.7.2 (compatible; Pleroma 2.6.0)`."""
    words = f"{version} {source_url}".lower()
    for flavour in (Flavour.GOTOSOCIAL, Flavour.AKKOMA, Flavour.PLEROMA):
        if flavour.lower() in words:
            return flavour
    if "compatible;" in words:
        return Flavour.OTHER
    return Flavour.GOTOSOCIAL if version.startswith("0.") else Flavour.MASTODON


def lacks(flavour: Flavour, what: str) -> str:
    """Why a server has no such feed or verb, in words; "" if it has, for all we know."""
    if what not in _LACKS.get(flavour, ()):
        return ""
    if flavour is Flavour.GOTOSOCIAL:
        return "GoToSocial does not offer this to apps: use its settings panel"
    return f"{flavour} has an admin API of its own, which this source does not speak: use its admin page"


def drops_repeats(flavour: Flavour) -> bool:
    """Does it surely know a repeat by its Idempotency-Key? Else we look before we repeat."""
    return flavour is Flavour.MASTODON


def deletes_for_others(flavour: Flavour) -> bool:
    """May moderators delete other people's statuses through the API? Only on Pleroma and Akkoma."""
    return flavour in (Flavour.PLEROMA, Flavour.AKKOMA)
