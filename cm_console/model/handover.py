"""Handing over: to a colleague with a note, or to a team outside, linked both ways."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cm_console.model.outside import BODY as BODY
from cm_console.model.outside import PLACES as PLACES
from cm_console.model.outside import TITLE as TITLE
from cm_console.model.outside import OutsideTeam as OutsideTeam
from cm_console.model.text import Safe
from cm_console.model.time import Instant

_MENTION = re.compile(r"(?<![\w`@])@[\w][\w.-]*")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would leave: to be looked at before it does."""

    team: str
    source: str
    place: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A hand-over as it stands. `state` is that of its action; `remote`, `url` what it became there.

    `here` is that thing as a thread of ours, once it was pulled; `closed` whether it is closed or solved there.
    """

    id: str
    thread_id: int
    title: Safe
    team: str
    source: str
    at: Instant
    by: str
    state: str
    why: str = ""
    remote: str = ""
    url: str = ""
    here: int | None = None
    answered_at: Instant | None = None
    closed: bool = False

    @property
    def words(self) -> str:
        """One line: to whom, what it is there, how far it is."""
        what = self.url or (f"thread {self.here} here" if self.here else self.remote)
        sent = "closed there" if self.closed else "sent"
        state = sent if self.state in ("sent", "superseded") else self.state
        back = " · came back" if self.answered_at else ""
        return f"{self.team}: {f'{what} ' if what else ''}({state}{f': {self.why}' if self.why else ''}){back}"


def quoted(text: str, most: int = 2_000) -> str:
    """A member's words as a quote; names in it call nobody."""
    short = text.strip() if len(text.strip()) <= most else text.strip()[:most].rstrip() + " …"
    calm = _MENTION.sub(lambda found: f"`{found[0]}`", short)
    return "\n".join(f"> {line}".rstrip() for line in calm.splitlines())
