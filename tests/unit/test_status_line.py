"""Top line and key line: what counts is there at every width, and nothing is wider than the terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from cm_console import keys
from cm_console.model.time import HOUR, Instant
from cm_console.widgets.footer import key_line
from cm_console.widgets.lines import Line
from cm_console.widgets.pulse import Pulse, SourcePulse

NOW = Instant(1_800_000_000_000)


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


def test_all_well_is_said_in_two_words() -> None:
    fresh = SourcePulse("forum", NOW)
    assert words(Pulse((fresh, fresh)).line(NOW)) == "2 sources "
    assert words(Pulse(()).line(NOW)) == "no source "


def test_freshness_is_that_of_the_oldest_source() -> None:
    pulse = Pulse((SourcePulse("a", NOW), SourcePulse("b", Instant(NOW - 3 * HOUR))))
    assert words(pulse.line(NOW)) == "2 sources · 3h "
    assert words(pulse.line(NOW, short=True)) == "2 sources "
    never = Pulse((SourcePulse("a", NOW), SourcePulse("b", None)))
    assert words(never.line(NOW)) == "2 sources · not synced "


def test_a_source_that_has_nothing_to_read_is_never_behind() -> None:
    silent = SourcePulse("ops", None, silent=True)
    assert words(Pulse((silent, SourcePulse("forum", Instant(NOW - 3 * HOUR)))).line(NOW)) == "2 sources · 3h "
    assert words(Pulse((silent,)).line(NOW)) == "1 source "


def test_what_is_wrong_comes_first_and_the_queue_last() -> None:
    bad = SourcePulse("forum", NOW, wrong="the token expired")
    pulse = Pulse((bad, bad), queued=3, asks=1)
    assert words(pulse.line(NOW)) == "? 1 to answer ✗ forum +1 ⇡3 "
    assert ("✗ forum +1 ", "bad") in pulse.line(NOW)


def test_a_long_pull_shows_how_far_it_is() -> None:
    pulling = SourcePulse("forum", None, done=50, total=100, pulling=True)
    assert words(Pulse((pulling,)).line(NOW)) == "forum ████░░░░ 50 "
    unknown = SourcePulse("forum", None, done=1234, total=None, pulling=True)
    assert words(Pulse((unknown,)).line(NOW)) == "forum 1,234 … "


def test_a_hostile_source_name_steers_nothing() -> None:
    evil = SourcePulse("a\x1b]0;x\x07\nb", NOW, wrong="x")
    assert "\x1b" not in words(Pulse((evil,)).line(NOW)) and "\n" not in words(Pulse((evil,)).line(NOW))


@pytest.mark.parametrize("screen", list(keys.SCOPES))
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_key_line_fits_and_keeps_its_last_hint(screen: str, width: int) -> None:
    hints = keys.hints(screen)
    line = words(key_line(hints, width))
    assert cell_len(line) <= width
    assert line.rstrip().endswith(" ".join(hints[-1]))
    assert hints[0][1] in line


def test_the_inbox_shows_its_main_commands_at_80_columns() -> None:
    line = words(key_line(keys.hints("inbox"), 80))
    assert all(word in line for word in ("r reply", "n note", "a assign", "b snooze", "e done", "? help"))
