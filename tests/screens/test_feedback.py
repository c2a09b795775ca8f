"""Feedback: marked with a theme, counted by people, answered to everyone who asked in one decision."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cm_console.model.metrics import Window
from cm_console.model.source import Feed, Identity
from cm_console.model.time import moment
from cm_console.services.desk import Impossible
from cm_console.services.feedback import FeedbackService
from cm_console.services.journal import TooLate
from cm_console.services.metrics import MetricsService
from cm_console.store import forgetting, sources
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Stage, press, said, text_of
from tests.screens.test_inbox import sql


def service(stage: Stage) -> FeedbackService:
    assert stage.services.feedback is not None
    return stage.services.feedback


def asked(stage: Stage) -> None:
    stage.thread("Maps", "Please, offline maps!", author="mia", hours_ago=5)
    stage.thread("No signal", "I want maps without a network.", author="leo", hours_ago=200)
    stage.thread("Maps again", "Offline maps, please.", author="mia", hours_ago=400)
    stage.thread("Prices", "Too dear.", author="kim", hours_ago=3)


async def test_themes_count_posts_people_and_weeks(stage: Stage) -> None:
    asked(stage)
    feedback = service(stage)
    await feedback.mark([1, 2, 3], "Offline maps", "app")
    await feedback.mark([4], "prices")
    await feedback.mark([4], "OFFLINE MAPS")
    maps, prices = await feedback.themes()
    assert (maps.name, maps.area, maps.count, maps.people, maps.open, maps.state) == (
        "Offline maps",
        "app",
        4,
        3,
        4,
        "open",
    )
    assert maps.weeks == (0, 0, 0, 0, 0, 1, 1, 2) and sum(maps.weeks) == 4
    assert (prices.count, prices.people) == (1, 1)
    with pytest.raises(Impossible, match="already"):
        await feedback.mark([1], "offline maps")
    assert [item.quote for item in await feedback.items("prices")] == ["Too dear."]


async def test_everyone_who_asked_gets_one_reply_and_one_undo_takes_all_back(stage: Stage) -> None:
    asked(stage)
    feedback = service(stage)
    await feedback.mark([1, 2, 3], "Offline maps")
    prepared = await feedback.prepare("offline maps", "shipped in 2.4", "Hi {member}: {theme} {answer}, {title}.")
    assert [(each.thread_id, each.text) for each in prepared] == [
        (1, "Hi mia: Offline maps shipped in 2.4, Maps."),
        (2, "Hi leo: Offline maps shipped in 2.4, No signal."),
    ]
    before = sql(stage, "SELECT * FROM feedback ORDER BY id")
    edited = [replace(prepared[0], text="Just for you."), prepared[1]]
    assert await feedback.answer("shipped in 2.4", edited) == 2
    texts = sql(stage, "SELECT payload ->> 'text', state FROM action ORDER BY seq")
    assert texts == [("Just for you.", "queued"), (prepared[1].text, "queued")]
    (theme,) = await feedback.themes()
    assert (theme.open, theme.state) == (0, "answered: shipped in 2.4")
    with pytest.raises(Impossible, match="nobody waits"):
        await feedback.prepare("Offline maps", "again")
    await stage.services.journal.undo()
    assert sql(stage, "SELECT * FROM feedback ORDER BY id") == before
    assert sql(stage, "SELECT DISTINCT state FROM action") == [("cancelled",)]


async def test_two_in_one_thread_are_told_together_and_new_ones_are_not_told_yet(stage: Stage) -> None:
    stage.thread("Maps", "Please, offline maps!", author="mia")
    stage.thread("Other", author="leo")
    feedback = service(stage)
    await feedback.mark([1], "maps")
    sql_write(stage, "UPDATE post SET thread_id = 1 WHERE thread_id = 2")
    ((remote,),) = sql(stage, "SELECT remote FROM post WHERE body = 'Other'")
    await feedback.mark([1], "maps", post=remote)
    (one,) = await feedback.prepare("maps", "done", "Hi {member}")
    assert (one.text, len(one.items), one.reply_to) == ("Hi mia and leo", 2, "")
    await feedback.answer("done", [one])
    stage.thread("Maps too", author="kim")
    await feedback.mark([3], "maps")
    (theme,) = await feedback.themes()
    assert theme.state == "answered: done, 1 not told"


async def test_a_source_without_replies_is_said_and_nothing_is_queued_for_it(stage: Stage) -> None:
    asked(stage)
    feedback = service(stage)
    await feedback.mark([1], "maps")

    def mute(conn: Connection) -> None:
        identity = Identity("1", "ann", verbs=frozenset(), feeds=frozenset(Feed))
        sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), identity)

    stage.store._run(mute, True)
    (one,) = await feedback.prepare("maps", "done")
    assert one.why_not
    with pytest.raises(Impossible):
        await feedback.answer("done", [one])
    assert sql(stage, "SELECT count(*) FROM action") == [(0,)]
    assert sql(stage, "SELECT answered_at FROM feedback") == [(None,)]


async def test_a_place_nobody_fills_in_stops_the_batch(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1], "maps")
    with pytest.raises(Impossible, match=r"\{versoin\}"):
        await service(stage).prepare("maps", "done", "See {versoin}")


async def test_what_has_left_is_not_silently_taken_back(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1], "maps")
    await service(stage).answer("done", await service(stage).prepare("maps", "done"))
    sql_write(stage, "UPDATE action SET state = 'sent'")
    with pytest.raises(TooLate):
        await stage.services.journal.undo()
    assert (await service(stage).themes())[0].open == 0


async def test_the_export_runs_in_no_spreadsheet(stage: Stage, tmp_path: Path) -> None:
    stage.thread("=2+3", "=HYPERLINK(evil)", author="mia")
    await service(stage).mark([1], "@maps", "-app")
    assert await service(stage).export(tmp_path / "f.csv", ZONE) == 1
    (row,) = csv.DictReader((tmp_path / "f.csv").read_text().splitlines())
    assert (row["theme"], row["area"], row["quote"], row["title"]) == ("'@maps", "'-app", "'=HYPERLINK(evil)", "'=2+3")
    assert (tmp_path / "f.csv").stat().st_mode & 0o777 == 0o600
    await service(stage).export(tmp_path / "f.json", ZONE, "@maps")
    assert json.loads((tmp_path / "f.json").read_text())[0]["quote"] == "=HYPERLINK(evil)"
    with pytest.raises(Impossible, match=r"neither in \.csv nor in \.json"):
        await service(stage).export(tmp_path / "f.xls", ZONE)


async def test_the_metric_counts_by_theme_and_its_rows_are_the_posts(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1, 2, 3], "maps")
    await service(stage).mark([4], "prices")
    await service(stage).answer("done", await service(stage).prepare("prices", "done"))
    stage.clock.advance(1)
    metrics = MetricsService(stage.services.inbox._desk, ZONE)
    today = moment(stage.clock.now(), ZONE).date()
    window = Window(today, today + timedelta(days=1))
    figures = await metrics.measure(window, ["feedback"])
    assert (figures.metrics[0].value, figures.metrics[0].note) == (4, "1 of 4 answered back")
    assert list(figures.tables["feedback"].rows) == [("maps", 3, 2, 0), ("prices", 1, 1, 1)]
    rows = await (await metrics.rows("feedback", window)).after(None, 10)
    assert [row.title for row in rows][-1] == "Prices" and len(rows) == 4
    assert (sum(row.value or 0 for row in rows if row.counted), rows[-1].note) == (4, "prices: Too dear.")
    earlier = await metrics.measure(Window(today - timedelta(days=20), today), ["feedback"])
    assert earlier.metrics[0].value == 0, "said then, but marked today"


async def test_f_marks_with_a_theme_offered_as_it_is_typed(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([2], "Offline maps", "app")
    async with stage.open() as pilot:
        await press(pilot, *"/prices", "enter", "f", *"offl")
        assert "Offline maps" in text_of(pilot)
        await press(pilot, "tab", "enter")
        assert said(pilot)[-1] == "Feedback: Offline maps."
        assert "◆" in text_of(pilot)
        await press(pilot, "z")
        assert sql(stage, "SELECT count(*) FROM feedback") == [(1,)]


async def test_the_list_of_themes_and_a_batch_from_it(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1, 2, 3], "Offline maps", "app")
    await service(stage).mark([4], "prices")
    async with stage.open() as pilot:
        await press(pilot, "F")
        shown = text_of(pilot)
        assert "Feedback 4 ─ 2 themes" in shown and "2 people" in shown and "I want maps without a network." in shown
        await press(pilot, "a", *"shipped in 2.4", "enter", "ctrl+s")
        shown = text_of(pilot)
        assert "2 of 2 ticked" in shown and "Hello mia, you wrote about this in “Maps”: shipped in 2.4." in shown
        await press(pilot, "space", "e", *" Bye.", "ctrl+s", "ctrl+s")
        assert sql(stage, "SELECT thread_id, payload ->> 'text' LIKE '%Bye.' FROM action") == [(2, 1)]
        assert said(pilot)[-1] == "1 reply on the way; z takes all back."
        assert "2 not told" in text_of(pilot)
        await press(pilot, "z")
        assert sql(stage, "SELECT state FROM action") == [("cancelled",)]
        assert "not told" not in text_of(pilot)


async def test_the_cursor_stays_on_its_theme_when_others_change(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1, 2], "maps")
    await service(stage).mark([4], "prices")
    async with stage.open() as pilot:
        await press(pilot, "F", "j")
        assert "Too dear." in text_of(pilot)
        await service(stage).mark([3], "maps")
        await press(pilot, "J")
        shown = text_of(pilot)
        assert "Too dear." in shown and "Feedback 4" in shown and "2/2" in shown


async def test_a_theme_is_renamed_into_another(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1], "maps")
    await service(stage).mark([2], "Offline maps")
    assert await service(stage).rename("maps", "offline MAPS") == 1
    (theme,) = await service(stage).themes()
    assert (theme.name, theme.count) == ("Offline maps", 2)


def sql_write(stage: Stage, statement: str) -> None:
    stage.store._run(lambda conn: conn.execute(statement), True)


async def test_forgetting_a_person_empties_their_quotes_and_keeps_the_count(stage: Stage) -> None:
    asked(stage)
    await service(stage).mark([1, 2], "maps")
    stage.store._run(lambda conn: forgetting.forget(conn, 1, stage.clock.now()), True)
    assert [(item.author, item.quote) for item in await service(stage).items()] == [
        ("[deleted]", ""),
        ("leo", "I want maps without a network."),
    ]
