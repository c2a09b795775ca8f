"""A line that cannot be taken stays to be mended, with the reason below it; nothing is typed twice."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_inbox import sql

WRONG = [
    (("c",), "25:99", "'25:99' is no time; write 30m", "4h"),
    (("c",), "2020-01-01", "that time has passed", "4h"),
    (("b", "u"), "foo", "'foo' is no time; write 30m", "4h"),
    (("b", "u"), "2020-01-01", "that time has passed", "4h"),
    (("b", "d"), "-1", "snooze for 1 to 365 days", "3"),
    (("t", "d"), "99999", "'99999' is no time", "3"),
    (("t", "o"), "foo", "'foo' is no time", "thu"),
    (("r", "H", "i", "ctrl+t", "u"), "foo", "'foo' is no time", "4h"),
    (("r", "H", "i", "ctrl+t", "u"), "2020-01-01", "that time has passed", "4h"),
]
"""Keys to the question, what is typed, the reason, what is typed then."""


@pytest.mark.parametrize(("keys", "wrong", "why", "right"), WRONG)
async def test_a_wrong_time_stays_with_the_reason(
    stage: Stage, keys: tuple[str, ...], wrong: str, why: str, right: str
) -> None:
    stage.threads(1)
    async with stage.open("80x24", notices=True) as pilot:
        await press(pilot, *keys, *wrong, "enter")
        assert why in text_of(pilot) and not said(pilot)
        field = pilot.app.screen.query_one(Input)
        assert field.value == wrong
        await press(pilot, *["backspace"] * len(wrong), *right, "enter", *(["x", "enter"] if keys[0] == "t" else []))
        assert not isinstance(pilot.app.focused, Input)
        changed = sql(stage, "SELECT due_by, snoozed_until FROM thread"), sql(stage, "SELECT due_at FROM follow_up")
        queued = sql(stage, "SELECT planned_at FROM action")
        assert changed != ([(None, None)], []) or queued != []


async def test_nothing_is_done_when_a_wrong_time_is_given_up(stage: Stage) -> None:
    stage.threads(1)
    async with stage.open("80x24", notices=True) as pilot:
        await press(pilot, "b", "u", *"foo", "enter", "escape")
        assert said(pilot) == ["nothing is snoozed"] and not sql(stage, "SELECT op FROM journal")
        await press(pilot, "t", "o", *"foo", "enter", "escape")
        assert not sql(stage, "SELECT * FROM follow_up")
