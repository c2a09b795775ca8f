"""On which day one comes back: by the calendar of the community, never on one that has passed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cm_console.model.follow_up import follow_up_at
from cm_console.model.time import day_age, iso, parse_iso

BERLIN = ZoneInfo("Europe/Berlin")
NOW = parse_iso("2026-11-22T23:30:00Z")
"""Half past midnight of Monday the 23rd in Berlin."""


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("1", "2026-11-24T08:00:00Z"),
        (" 3D ", "2026-11-26T08:00:00Z"),
        ("2w", "2026-12-07T08:00:00Z"),
        ("mon", "2026-11-30T08:00:00Z"),
        ("2026-12-01", "2026-12-01T08:00:00Z"),
        ("today", "2026-11-23T08:00:00Z"),
        ("4h", "2026-11-23T03:30:00Z"),
        ("tomorrow 10:30", "2026-11-24T09:30:00Z"),
    ],
)
def test_the_day_that_is_meant(text: str, due: str) -> None:
    assert iso(follow_up_at(text, NOW, BERLIN)) == due


@pytest.mark.parametrize(
    ("text", "why"), [("2020-01-01", "2020-01-01 has passed"), ("yesterday", "2026-11-22 has passed"),
                      ("9999", "ten years"), ("soon", "is no time")]
)  # fmt: skip
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        follow_up_at(text, NOW, BERLIN)


def test_days_are_those_of_the_calendar() -> None:
    assert day_age(follow_up_at("3", NOW, BERLIN), NOW, BERLIN) == "3d"
    assert day_age(parse_iso("2026-11-22T22:30:00Z"), NOW, BERLIN) == "1d"
    assert day_age(parse_iso("2026-11-22T22:30:00Z"), NOW, ZoneInfo("UTC")) == "1h"
