"""Snooze: the usual times, in the community's time zone, across the change of clocks too."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cm_console.model.time import iso, parse_iso
from cm_console.screens.snooze import snooze_until

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("answer", "now", "until"),
    [
        ("1h", "2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z"),
        ("4h", "2026-11-22T09:00:00Z", "2026-11-22T13:00:00Z"),
        ("tomorrow", "2026-11-22T09:00:00Z", "2026-11-23T08:00:00Z"),
        ("tomorrow", "2026-11-22T23:30:00Z", "2026-11-24T08:00:00Z"),
        ("tomorrow", "2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z"),
        ("monday", "2026-11-23T06:00:00Z", "2026-11-30T08:00:00Z"),
        ("monday", "2026-11-22T06:00:00Z", "2026-11-23T08:00:00Z"),
        ("3", "2026-11-22T09:00:00Z", "2026-11-25T09:00:00Z"),
        (" 3d ", "2026-11-22T09:00:00Z", "2026-11-25T09:00:00Z"),
    ],
)
def test_the_time_an_answer_means(answer: str, now: str, until: str) -> None:
    assert iso(snooze_until(answer, parse_iso(now), BERLIN)) == until


def test_until_a_reply_has_no_time() -> None:
    assert snooze_until("reply", 0, BERLIN) is None


@pytest.mark.parametrize("answer", ["", "0", "366", "-1", "x", "1.5", "²"])
def test_other_answers_are_refused(answer: str) -> None:
    with pytest.raises(ValueError, match="1 to 365 days"):
        snooze_until(answer, 0, BERLIN)
