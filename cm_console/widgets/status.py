"""The top line: which community, which modes with what waits there, how fresh the sources are, what is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual import events
from textual.message import Message

from cm_console.model.time import Instant, short_age
from cm_console.widgets.lines import Line, bar, fit, one_line
from cm_console.widgets.toned import Toned


@dataclass(frozen=True, slots=True)
class SourcePulse:
    """How one source is: last caught up, what is wrong in a few words, how far a pull in progress is."""

    name: str
    fresh_at: Instant | None = None
    wrong: str = ""
    done: int = 0
    total: int | None = None
    pulling: bool = False


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the top line tells besides the modes.

    Attributes:
        badges: items waiting, by mode.
        queued: actions on their way; `asks` of them wait for a person's answer.
        wrong: what is wrong with the console itself, "" if nothing.
    """

    sources: tuple[SourcePulse, ...] = ()
    badges: Mapping[str, int] = field(default_factory=dict)
    queued: int = 0
    asks: int = 0
    wrong: str = ""


def status(pulse: Pulse, now: int, *, short: bool = False) -> Line:
    """The right end of the top line, the most important first; freshness gives way where it is narrow."""
    line: Line = []
    wrong = [source for source in pulse.sources if source.wrong]
    pulling = next((source for source in pulse.sources if source.pulling), None)
    if pulse.asks:
        line += [(f"? {pulse.asks} to answer ", "warn")]
    if wrong:
        more = f" +{len(wrong) - 1}" if len(wrong) > 1 else ""
        line += [(f"✗ {fit(one_line(wrong[0].name), min(12, cell_len(wrong[0].name)))}{more} ", "bad")]
    if pulling is not None:
        line += _progress(pulling)
    elif not wrong:
        words = _freshness(pulse, now)
        line += [(f"{words.partition(' · ')[0] if short else words} ", "dim")]
    return [*line, (f"⇡{pulse.queued} ", "accent")] if pulse.queued else line


def _freshness(pulse: Pulse, now: int) -> str:
    count = len(pulse.sources)
    words = "no source" if not count else "1 source" if count == 1 else f"{count} sources"
    times = [source.fresh_at for source in pulse.sources]
    oldest = min((at for at in times if at is not None), default=None)
    if oldest is None or None in times:
        return words if not count else f"{words} · not synced"
    return words if now - oldest < 60_000 else f"{words} · {short_age(now - oldest)}"


def _progress(source: SourcePulse) -> Line:
    name = fit(one_line(source.name), min(12, cell_len(source.name)))
    if source.total:
        return [(f"{name} ", "dim"), (bar(source.done / source.total, 8), "accent"), (f" {source.done:,} ", "dim")]
    return [(f"{name} {source.done:,} … ", "dim")]


class TopBar(Toned):
    """The one line at the top of every mode."""

    class Picked(Message):
        """A mode was clicked."""

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, community: str, modes: Sequence[tuple[str, str, str]], here: str) -> None:
        """Modes are (mode, key, label)."""
        super().__init__()
        self.community, self.modes, self.here = community, modes, here
        self.pulse, self.now = Pulse(), 0

    def tell(self, pulse: Pulse, now: int) -> None:
        """Show how things are now."""
        self.pulse, self.now = pulse, now
        self.refresh()

    def line(self, y: int) -> Line:
        """Community, modes, status; labels give way before badges do."""
        name = one_line(self.community)
        for title, short, shorter in ((name, False, False), (name, False, True), (name, True, True), ("", True, True)):
            right = status(self.pulse, self.now, short=shorter)
            room = self.size.width - sum(cell_len(text) for text, _ in right)
            left = [(f" {title}  " if title else " ", "strong"), *self._modes(short)]
            used = sum(cell_len(text) for text, _ in left)
            if used <= room:
                break
        return [*left, (" " * max(1, room - used), ""), *right]

    def _modes(self, short: bool) -> Line:
        line: Line = []
        for mode, key, label in self.modes:
            here, badge = mode == self.here, self.pulse.badges.get(mode, 0)
            label = "" if short and not here else f" {label}"
            line += [(f" {key}{label}", "accent" if here else "dim")]
            line += [(f" {badge:,}", "accent" if here else "strong")] if badge else []
            line += [(" ", "")]
        return line

    def on_click(self, event: events.Click) -> None:
        """Go to the mode under the mouse."""
        at = 0
        for text, _ in self.line(0):
            if at <= event.x < at + cell_len(text):
                key = text.strip()[:1]
                for mode, mode_key, _label in self.modes:
                    if key == mode_key:
                        self.post_message(self.Picked(mode))
            at += cell_len(text)


class Trouble(Toned):
    """One line above the keys, there only when something is wrong: what, and what to do."""

    words = ""

    def tell(self, pulse: Pulse) -> None:
        """Show the first thing that is wrong, or vanish."""
        found = [f"{source.name}: {source.wrong}" for source in pulse.sources if source.wrong]
        self.words = one_line(pulse.wrong or (found[0] if found else ""))
        self.display = bool(self.words)
        self.refresh()

    def line(self, y: int) -> Line:
        """The words."""
        return [(" ✗ ", "bad"), (fit(self.words, self.size.width - 3), "bad")]
