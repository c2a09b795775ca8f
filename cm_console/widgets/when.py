"""A day and a time to type, and below them how they are understood."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from cm_console.model.time import Clock, Instant, day_of, moment, short_age
from cm_console.model.wall import at_wall, parse_clock, parse_day, say, twice
from cm_console.widgets.lines import one_line


class When(Vertical):
    """Two fields; days and times are meant in `zone`, "tomorrow" by `clock`."""

    def __init__(self, at: Instant | None, clock: Clock, zone: ZoneInfo, *, label: str = "Day") -> None:
        super().__init__()
        self.at, self.clock, self.zone, self.label = at, clock, zone, label

    def compose(self) -> ComposeResult:
        """Day and time in a line, the understood moment below."""
        local = moment(self.at, self.zone) if self.at is not None else None
        day, clock = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if local else ("", "")
        with Horizontal(classes="field"):
            yield Static(Content(self.label), classes="label")
            yield Input(day, placeholder="26 Nov, thu, +3 …", id="day-field", compact=True, select_on_focus=False)
            yield Static(Content("Time"), classes="label")
            yield Input(clock, placeholder="10:00", id="time-field", compact=True, select_on_focus=False)
        yield Static(Content(one_line(self._words(day, clock))), id="understood")

    @property
    def value(self) -> Instant | None:
        """The moment that is meant; None if both fields are empty.

        Raises:
            ValueError: it cannot be understood, or that time does not exist; the words say what.
        """
        day, clock = (self.query_one(id, Input).value.strip() for id in ("#day-field", "#time-field"))
        return self._meant(day, clock)

    def on_input_changed(self) -> None:
        """Show how it is understood, as it is typed."""
        day, clock = (self.query_one(id, Input).value.strip() for id in ("#day-field", "#time-field"))
        self.query_one("#understood", Static).update(Content(one_line(self._words(day, clock))))

    def _meant(self, day: str, clock: str) -> Instant | None:
        if not day and not clock:
            return None
        if not day or not clock:
            raise ValueError("the time is missing: write it like 10:00" if day else "the day is missing")
        today = day_of(self.clock.now(), self.zone)
        return at_wall(parse_day(day, today), parse_clock(clock), self.zone)

    def _words(self, day: str, clock: str) -> str:
        try:
            at = self._meant(day, clock)
        except ValueError as error:
            return str(error)
        if at is None:
            return "no date yet"
        now = self.clock.now()
        distance = f"{short_age(now - at)} ago" if at < now else f"in {short_age(at - now)}"
        return twice(at, self.zone) or f"{say(at, self.zone)} · {self.zone.key} · {distance}"
