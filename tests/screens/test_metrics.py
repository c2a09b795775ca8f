"""The metrics screen at both sizes: numbers, what is beside them, the rows behind them, windows, sources and goals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cm_console.model.action import Verb
from cm_console.model.metric_table import METRICS
from cm_console.model.metrics import Section, Window
from cm_console.model.records import Kind, Member, Post, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, day_of, midnight
from cm_console.screens.inbox import InboxScreen
from cm_console.screens.metrics import MetricsScreen
from cm_console.screens.moderation import ModerationScreen
from cm_console.services.desk import Desk
from cm_console.services.metrics import MetricsService
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.cases import sql
from tests.screens.stage import ZONE, Stage, make_stage, press, said, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Sixty days with a question each at noon, those of even days answered after two hours; one report."""
    made = make_stage(tmp_path)
    numbers = count()
    desk = Desk(made.store, made.clock, lambda: f"g{next(numbers)}", made.services.changes, "ann")
    made.services = replace(made.services, metrics=MetricsService(desk, ZONE))
    questions = [record for back in range(1, 61) for record in question(made, back, answered=back % 2 == 0)]
    made.save(
        *questions,
        Report("r1", Ref(Kind.POST, "q3"), "2", "spam", noon(made, 2), reason=Untrusted("sells [b]bikes[/b]")),
    )
    yield made
    made.store.close()


def today(stage: Stage) -> date:
    return day_of(stage.clock.now(), ZONE)


def noon(stage: Stage, back: int) -> Instant:
    return Instant(midnight(today(stage) - timedelta(days=back), ZONE) + DAY // 2)


def question(stage: Stage, back: int, *, answered: bool) -> list[Member | Thread | Post]:
    at = noon(stage, back)
    asker, helper = (Member(id, Untrusted(name), joined_at=at) for id, name in (("11", "mia"), ("12", "leo")))
    records: list[Member | Thread | Post] = [
        asker,
        helper,
        Thread(f"t{back}", Untrusted(f"Question {back:02}"), "11", at),
        Post(f"q{back}", f"t{back}", "11", at, Untrusted(f"Words {back}")),
    ]
    if answered:
        records.append(Post(f"a{back}", f"t{back}", "12", Instant(at + 2 * HOUR), Untrusted("Answer")))
    return records


def screen(pilot: Pilot[None]) -> MetricsScreen:
    assert isinstance(pilot.app.screen, MetricsScreen)
    return pilot.app.screen


def said_of(pilot: Pilot[None], title: str) -> list[str]:
    """What the list says after a title, word by word."""
    lines = text_of(pilot).split("\n")
    return next(line.partition(title)[2].split() for line in lines if line.lstrip("│▌ ").startswith(title))


def standing_on(pilot: Pilot[None]) -> str:
    """The number under the cursor."""
    row = screen(pilot).row
    return row.id if row else ""


async def to(pilot: Pilot[None], title: str) -> None:
    """The cursor to a number of the section."""
    await press(pilot, "home")
    for _ in METRICS:
        row = screen(pilot).row
        if row and row.measured.metric.title == title:
            return
        await press(pilot, "j")
    raise AssertionError(f"{title} is not here")


async def type_in(pilot: Pilot[None], words: str) -> None:
    """Type a line into the question on the screen, over what stands there, and enter."""
    await press(pilot, "ctrl+u", *words, "enter")


@both
async def test_each_section_shows_its_numbers(stage: Stage, size: str) -> None:
    async with stage.open(size) as pilot:
        await press(pilot, "4")
        for section in Section:
            assert f"▸{section}" in text_of(pilot)
            titles = [metric.title for metric in METRICS if metric.section is section]
            assert [row.measured.metric.title for row in screen(pilot).list.pager.window.rows] == titles
            assert all(title[:20] in text_of(pilot) for title in titles)
            await press(pilot, "tab")
        assert screen(pilot).section is Section.ENGAGEMENT
        await press(pilot, "shift+tab")
        assert screen(pilot).section is Section.GOALS
        assert "No goals yet." in text_of(pilot)


@both
async def test_a_number_shows_value_change_and_judgement(stage: Stage, size: str) -> None:
    async with stage.open(size) as pilot:
        await press(pilot, "4")
        assert said_of(pilot, "Threads")[:3] == ["28", "=", "same"]
        await press(pilot, "tab")
        assert said_of(pilot, "Unanswered")[:3] == ["14", "=", "same"]
        assert said_of(pilot, "First response (median)")[:2] == ["2", "h"]
        await press(pilot, "minus", "h", "h")
        assert said_of(pilot, "Unanswered")[:3] == ["7", "=", "same"]


async def test_beside_a_number_stand_chart_and_definition(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        await to(pilot, "Threads")
        shown = text_of(pilot)
        assert "Threads created in W, not deleted, not by" in shown
        assert "low 1 on" in shown and "n 28" in shown


async def test_formula_at_80_columns_and_back(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await press(pilot, "4")
        await to(pilot, "Stickiness")
        assert "Mean over the days d of W" not in text_of(pilot)
        await press(pilot, "=")
        assert "Mean over the days d of W" in text_of(pilot)
        await press(pilot, "escape")
        assert "Mean over the days d of W" not in text_of(pilot) and "Engagement ─" in text_of(pilot)


@both
async def test_enter_opens_the_rows_behind_and_then_the_thread(stage: Stage, size: str) -> None:
    async with stage.open(size) as pilot:
        await press(pilot, "4", "tab")
        await to(pilot, "Unanswered")
        await press(pilot, "enter")
        assert "Unanswered 14 ─ the rows behind it" in text_of(pilot) and "1/14" in text_of(pilot)
        assert text_of(pilot).index("Question 27") < text_of(pilot).index("Question 25"), "longest waiting first"
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, InboxScreen)
        await press(pilot)
        assert "Words 25" in text_of(pilot)
        await press(pilot, "escape", "4", "escape")
        assert screen(pilot).behind is None and standing_on(pilot) == "unanswered"


async def test_rows_of_reports_lead_to_the_case(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4", "tab", "tab", "enter")
        assert "sells [b]bikes[/b]" in text_of(pilot) and "enter opens the case" in text_of(pilot)
        await press(pilot, "enter")
        there = pilot.app.screen
        assert isinstance(there, ModerationScreen) and there.reading
        assert there.list.current is not None and "WHAT" in text_of(pilot)


@both
@pytest.mark.parametrize("ended", [False, True])
async def test_the_case_is_the_one_the_row_was_about(stage: Stage, size: str, ended: bool) -> None:
    for n in range(70):
        post, at = Ref(Kind.POST, f"q{n % 60 + 1}"), Instant(noon(stage, 1) + n)
        stage.save(*[Report(f"worse{n}-{who}", post, "2", "rude", at) for who in "abc" if post.id != "q3"])
    ((case_id,),) = sql(stage, "SELECT case_id FROM report WHERE remote = 'r1'")
    if ended:
        await stage.services.moderation.decide(case_id, Verb.KEEP)
    async with stage.open(size) as pilot:
        await press(pilot, "2", "slash", "z", "z", "enter", "4", "tab", "tab", "enter", "G", "enter")
        await press(pilot)
        there = pilot.app.screen
        assert isinstance(there, ModerationScreen) and there.reading
        assert there.list.current is not None and there.list.current.id == case_id
        assert ("Ended ─ all sources" if ended else "Cases ─ all sources") in str(there.list.border_title)
        assert "sells [b]bikes[/b]" in text_of(pilot)
        await press(pilot, "escape")
        assert not there.has_class("-reading") and "zz" not in text_of(pilot)


async def test_rows_that_are_days_lead_to_the_numbers_of_that_day(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        await to(pilot, "Stickiness")
        await press(pilot, "enter", "j", "enter")
        day = today(stage) - timedelta(days=27)
        assert screen(pilot).window == Window(day, day + timedelta(days=1))
        assert said_of(pilot, "Threads")[0] == "1"


async def test_windows_move_and_change_length(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        latest = Window.last(today(stage))
        assert screen(pilot).window == latest
        await press(pilot, "l")
        assert screen(pilot).window == latest and said(pilot) == ["These are the latest full days."]
        await press(pilot, "h")
        assert screen(pilot).window == latest.previous
        await press(pilot, "+")
        assert screen(pilot).window == latest.previous.resized(56)
        await press(pilot, "l")
        assert screen(pilot).window == latest.resized(56), "not beyond the last full day"
        await press(pilot, *["-"] * 9)
        assert screen(pilot).window == latest.resized(1)
        await press(pilot, *["+"] * 9)
        assert screen(pilot).window == latest.resized(365)
        assert "! history begins on" in text_of(pilot)


async def test_one_source_or_all(stage: Stage) -> None:
    def another(conn: Connection) -> None:
        source = sources.ensure(conn, "chat", "memory")
        records = question(stage, 3, answered=True)
        ingest.save(conn, source, Community(ZONE), stage.clock.now(), records)

    await stage.store.write(another)
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        assert said_of(pilot, "Threads")[0] == "29"
        await press(pilot, "f")
        assert "all sources" in text_of(pilot)
        await press(pilot, "1")
        assert said_of(pilot, "Threads")[0] == "1" and "Engagement ─ chat" in text_of(pilot)
        await press(pilot, "f", "0")
        assert said_of(pilot, "Threads")[0] == "29"


async def test_a_goal_is_set_shown_taken_away_and_undone(stage: Stage) -> None:
    by = today(stage) + timedelta(days=30)
    async with stage.open("120x40") as pilot:
        await press(pilot, "4", "tab")
        await press(pilot, "t")
        await type_in(pilot, "90 %")
        await type_in(pilot, str(by))
        await type_in(pilot, "nobody waits")
        assert said(pilot)[-1] == f"Goal set: Answered within 7 days 90 % by {by}."
        (progress,) = await screen(pilot).metrics.goals()
        assert (progress.goal.target, progress.goal.by, progress.goal.purpose) == (90, by, "nobody waits")
        assert "nobody waits" in text_of(pilot) and "› on track" in text_of(pilot)
        await press(pilot, "shift+tab", "shift+tab")
        assert "Goals" in text_of(pilot) and "goal 90 %" in " ".join(said_of(pilot, "Answered within"))
        await press(pilot, "t", "1")
        assert await screen(pilot).metrics.goals() == []
        await press(pilot, "z")
        assert len(await screen(pilot).metrics.goals()) == 1


@pytest.mark.parametrize(
    ("target", "by", "words"),
    [("many", "", "many is no value"), ("90", "soon", "soon is no date"), ("90", "2020-01-01", "needs a day to come")],
)
async def test_a_goal_that_makes_no_sense_is_refused_in_plain_words(
    stage: Stage, target: str, by: str, words: str
) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4", "t")
        await type_in(pilot, target)
        if by:
            await type_in(pilot, by)
        if by.startswith("2"):
            await type_in(pilot, "why")
        assert words in said(pilot)[-1]
        assert await screen(pilot).metrics.goals() == []


async def test_filter_finds_numbers_of_all_sections(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4", "/", *"response")
        titles = [row.id for row in screen(pilot).list.pager.window.rows]
        assert titles == [metric.id for metric in METRICS if "response" in f"{metric.id} {metric.title}".lower()]
        await press(pilot, "enter", "escape")
        assert len(screen(pilot).list.pager.window.rows) == 9


async def test_a_change_keeps_the_cursor_and_shows_the_new_value(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        await to(pilot, "Contributors")
        stage.thread("Late arrival", hours_ago=30, author="new")
        stage.services.changes.add(("metrics",))
        await press(pilot)
        assert standing_on(pilot) == "contributors"
        assert said_of(pilot, "Contributors")[0] == "3"
        await press(pilot, "enter")
        stage.thread("Another", hours_ago=31, author="newer")
        stage.services.changes.add(("metrics",))
        await press(pilot)
        assert "/4" in text_of(pilot)


async def test_stale_and_failing_sources_are_said(stage: Stage) -> None:
    words = "token expired: " + "make a new one there and put it where the old one stands " * 2

    def fail(conn: Connection) -> None:
        source = sources.ensure(conn, "forum", "discourse")
        sources.report(conn, source, "threads", "unauthorized", words=words, now=stage.clock.now())

    await stage.store.write(fail)
    async with stage.open("120x40") as pilot:
        await press(pilot, "4")
        assert "! forum threads: token expired" in text_of(pilot)
        assert len(re.findall("! [a-z]", text_of(pilot))) == 1, "one notice on several lines is one notice"
        assert said_of(pilot, "Posts")[1] == "!"


async def test_nothing_at_all_says_so(stage: Stage, tmp_path: Path) -> None:
    empty = make_stage(tmp_path / "empty")
    desk = Desk(empty.store, empty.clock, lambda: "g", empty.services.changes, "ann")
    empty.services = replace(empty.services, metrics=MetricsService(desk, ZONE))
    async with empty.open("80x24") as pilot:
        await press(pilot, "4", "tab")
        assert said_of(pilot, "First response (median)")[0] == "-"
        await press(pilot, "enter")
        assert "Nothing is behind this number." in text_of(pilot)
    empty.store.close()
