"""What a platform will publish by itself, as the calendar shows it: planned there, while entries are planned here."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.outbox import State
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.model.verb import Verb

THERE = "planned there"
"""The words for it, on every screen and in every command."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform was last told of it and has not confirmed: RESCHEDULE to `at`, or UNSCHEDULE."""

    action_id: str
    verb: Verb
    state: State
    asks: bool = False
    why: str = ""
    at: Instant | None = None

    @property
    def stuck(self) -> bool:
        """It did not work: the plan stands as it was."""
        return self.asks or self.state is State.FAILED


@dataclass(frozen=True, slots=True)
class Planned:
    """Something planned on a source itself.

    Attributes:
        remote: the platform's id of it.
        planned_at: its time there, as last pulled.
        url: its page there, "" if it has none.
    """

    source: str
    source_kind: str
    remote: str
    title: Safe
    body: Safe
    planned_at: Instant
    url: str = ""
    told: Told | None = None

    @property
    def id(self) -> str:
        """Source and the platform's id: no entry of ours has a colon in its own."""
        return f"{self.source}:{self.remote}"

    @property
    def at(self) -> Instant:
        """When it goes out; once it is decided to move it, the new time counts."""
        moved = self.told.at if self.told and not self.told.stuck else None
        return self.planned_at if moved is None else moved

    @property
    def key(self) -> tuple[int, str]:
        """Its place in an agenda, among entries."""
        return (self.at, self.id)

    @property
    def name(self) -> Safe:
        """The title, else the first line of the text."""
        return Safe(self.title or next((line for line in self.body.splitlines() if line.strip()), ""))
