"""What the top line tells: how fresh the sources are, what is wrong, what is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len

from cm_console.model.time import Instant, short_age
from cm_console.widgets.lines import Line, bar, fit, one_line


@dataclass(frozen=True, slots=True)
class SourcePulse:
    """How one source is: last caught up, what is wrong in a few words, how far a pull in progress is.

    A `silent` one has nothing to read, so it is never behind.
    """

    name: str
    fresh_at: Instant | None = None
    wrong: str = ""
    done: int = 0
    total: int | None = None
    pulling: bool = False
    silent: bool = False


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

    def line(self, now: int, *, short: bool = False) -> Line:
        """The right end of the top line, the most important first; freshness gives way where it is narrow."""
        line: Line = []
        wrong = [source for source in self.sources if source.wrong]
        pulling = next((source for source in self.sources if source.pulling), None)
        if self.asks:
            line += [(f"? {self.asks} to answer ", "warn")]
        if wrong:
            more = f" +{len(wrong) - 1}" if len(wrong) > 1 else ""
            line += [(f"✗ {fit(one_line(wrong[0].name), min(12, cell_len(wrong[0].name)))}{more} ", "bad")]
        if pulling is not None:
            line += _progress(pulling)
        elif not wrong:
            words = _freshness(self, now)
            line += [(f"{words.partition(' · ')[0] if short else words} ", "dim")]
        return [*line, (f"⇡{self.queued} ", "accent")] if self.queued else line


def _freshness(pulse: Pulse, now: int) -> str:
    count = len(pulse.sources)
    words = "no source" if not count else "1 source" if count == 1 else f"{count} sources"
    times = [source.fresh_at for source in pulse.sources if not source.silent]
    oldest = min((at for at in times if at is not None), default=None)
    if oldest is None or None in times:
        return words if not times else f"{words} · not synced"
    return words if now - oldest < 60_000 else f"{words} · {short_age(now - oldest)}"


def _progress(source: SourcePulse) -> Line:
    name = fit(one_line(source.name), min(12, cell_len(source.name)))
    if source.total:
        return [(f"{name} ", "dim"), (bar(source.done / source.total, 8), "accent"), (f" {source.done:,} ", "dim")]
    return [(f"{name} {source.done:,} … ", "dim")]
