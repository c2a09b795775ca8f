"""What platforms have planned themselves, in the calendar at both sizes: how it is told apart, what keys do to it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from textual.pilot import Pilot

from cm_console.model.records import Scheduled
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.model.wall import say
from cm_console.screens.planned_form import MoveForm
from cm_console.store import sources
from cm_console.store.sqlite import Connection
from tests.screens.stage import Stage, press, said, text_of
from tests.screens.test_calendar import BERLIN, at, both, current, entry, fill, planned, screen, sql

__all__ = ["planned"]
AGENDA = ("3", "a")


@pytest.fixture
async def there(planned: Stage) -> Stage:
    """The calendar's stage with two plans on the forum, and one on a table that can only be read."""

    def identify(conn: Connection) -> None:
        id = sources.ensure(conn, "table", "table")
        sources.save_identity(conn, id, Identity("", "table"))
        at_noon = (id, "t1", "Open day", "Bring bikes", at(28, 12), "")
        conn.execute("INSERT INTO scheduled(source_id, remote, title, body, at, url) VALUES(?,?,?,?,?,?)", at_noon)

    text = "Grease them.\n\nMore: https://wiki.example/chains"
    planned.save(plan("7", "Winter chains", at(26), text, "https://forum.example/t/7"), plan("8", "Lights", at(27)))
    await planned.store.write(identify)
    return planned


def plan(id: str, title: str, when: Instant, text: str = "Text", url: str = "") -> Scheduled:
    return Scheduled(id, Untrusted(title), Untrusted(text), when, url)


def link(words: str) -> str:
    """A numbered link as it is shown: it does not break."""
    return f"‹{words}›".replace(" ", "\N{NO-BREAK SPACE}")


def told(stage: Stage) -> list[tuple[Any, ...]]:
    """Verb, target and state of all actions."""
    return sql(stage, "SELECT verb, payload ->> '$.target.id', state FROM action ORDER BY seq")


async def shown(stage: Stage, id: str) -> str:
    found = await stage.services.calendar.there.one(id)
    return say(found.at, BERLIN) if found else "gone"


async def stand_on(pilot: Pilot[None], title: str) -> None:
    await press(pilot, *AGENDA)
    while current(pilot) != title:
        await press(pilot, "j")


@both
async def test_it_stands_among_the_entries_with_its_platform_and_a_word(there: Stage, size: str) -> None:
    await entry(there, "Weekly", at(26, 18), schedule=True)
    async with there.open(size) as pilot:
        await press(pilot, "3")
        assert ("26 ◷◐" if size == "80x24" else "◷ dsc:") in text_of(pilot)
        await press(pilot, "l", "l", "l", "l")
        shown = text_of(pilot)
        assert "Thu 26 Nov · 2 planned" in shown and "10:00 ◷ Winter" in shown
        (line,) = [line for line in shown.splitlines() if "10:00 ◷" in line]
        assert ("planned there dsc" if size == "80x24" else "there dsc") in line
        await press(pilot, "a")
        shown = text_of(pilot)
        assert "Thu 26 Nov 10:00 ◷ Winter chains" in shown and shown.count("planned there") >= 3
        assert "Sat 28 Nov 12:00 ◷ Open day" in shown


@both
async def test_enter_reads_it_and_says_where_it_is_changed(there: Stage, size: str) -> None:
    async with there.open(size) as pilot:
        await stand_on(pilot, "Winter chains")
        await press(pilot, "enter")
        shown = text_of(pilot)
        for words in (
            "◷ planned there · in 4d",
            "forum  publishes it by itself",
            link("1 forum.example/t/7"),
            "Grease them",
        ):
            assert words in shown, words
        assert link("2 wiki.example/chains") in shown and "preflight" not in shown.splitlines()[-3]
        await press(pilot, "enter")
        assert "there it is changed (o opens it)" in said(pilot)[-1]
        await press(pilot, "escape")
        assert not screen(pilot).reading


async def test_o_opens_its_page_or_a_link_in_it(there: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    opened: list[str] = []
    async with there.open("120x40") as pilot:
        monkeypatch.setattr(pilot.app._driver, "open_url", lambda url, new_tab=True: opened.append(url))
        await stand_on(pilot, "Winter chains")
        await press(pilot, "o", "1", "o", "o", "2", "o")
        assert opened == ["https://forum.example/t/7", "https://wiki.example/chains"]
        await press(pilot, "j", "o")
        assert current(pilot) == "Lights" and said(pilot)[-1] == "There is no link here."


async def test_u_takes_it_off_its_plan_and_z_puts_it_back(there: Stage) -> None:
    async with there.open("120x40") as pilot:
        await stand_on(pilot, "Lights")
        await press(pilot, "u")
        assert told(there) == [("unschedule", "8", "queued")]
        assert "– Lights" in text_of(pilot) and "taken off" in text_of(pilot)
        assert "is told to take it off its plan" in text_of(pilot) and current(pilot) == "Lights"
        await press(pilot, "z")
        assert told(there) == [("unschedule", "8", "cancelled")] and "◷ Lights" in text_of(pilot)


async def test_it_moves_by_days_and_the_cursor_with_it(there: Stage) -> None:
    async with there.open("120x40") as pilot:
        await press(pilot, "3", "l", "l", "l", "l", "greater_than_sign")
        assert (await shown(there, "forum:7"), str(screen(pilot).day)) == ("Fri 27 Nov 2026 10:00", "2026-11-27")
        assert current(pilot) == "Winter chains" and "is told so; there it still" in text_of(pilot)
        await press(pilot, "less_than_sign", "less_than_sign")
        assert await shown(there, "forum:7") == "Wed 25 Nov 2026 10:00"
        live = [row for row in told(there) if row[2] == "queued"]
        assert live == [("reschedule", "7", "queued")]
        await press(pilot, "z", "z")
        assert await shown(there, "forum:7") == "Fri 27 Nov 2026 10:00" and current(pilot) == "Winter chains"


async def test_s_moves_it_to_a_time_of_ones_choice(there: Stage) -> None:
    async with there.open("80x24") as pilot:
        await stand_on(pilot, "Lights")
        await press(pilot, "s")
        assert isinstance(pilot.app.screen, MoveForm) and "Move on forum ─ Lights" in text_of(pilot)
        for value, words in (
            ("2026-11-20", "time has passed"),
            ("2026-11-27", "its time already"),
            ("", "choose a day"),
        ):
            await fill(pilot, day=value, time="10:00" if value else "")
            await press(pilot, "ctrl+s")
            assert words in text_of(pilot)
        await fill(pilot, day="2026-12-03", time="08:30")
        await press(pilot, "ctrl+s")
        assert await shown(there, "forum:8") == "Thu 3 Dec 2026 08:30" and current(pilot) == "Lights"


async def test_what_cannot_be_done_is_said_in_words(there: Stage) -> None:
    async with there.open("120x40") as pilot:
        await stand_on(pilot, "Open day")
        itself = "it is planned on table itself"
        cannot = "a table source cannot {}: change it on table itself"
        off, move = cannot.format("unschedule"), cannot.format("reschedule")
        for key, words in {"u": off, "greater_than_sign": move, "d": itself, "v": itself, "i": itself}.items():
            await press(pilot, key)
            assert words in said(pilot)[-1], key
        await planned_no_more(there)
        await press(pilot, "u")
        assert "planned on table no more" in said(pilot)[-1] and told(there) == []


async def planned_no_more(stage: Stage) -> None:
    await stage.store.write(lambda conn: conn.execute("DELETE FROM scheduled WHERE remote = 't1'"))


async def test_y_makes_an_entry_of_it(there: Stage) -> None:
    async with there.open("120x40") as pilot:
        await stand_on(pilot, "Lights")
        await press(pilot, "y", "enter")
        assert "stays" in said(pilot)[-1]
        assert "○ draft" in text_of(pilot), text_of(pilot)
        (made,) = await there.services.calendar.entries(date(2026, 11, 1), date(2026, 12, 1))
        assert (made.title, say(made.at, BERLIN), made.sources) == ("Lights", "Fri 27 Nov 2026 10:00", ("forum",))


async def test_what_did_not_work_is_among_what_failed(there: Stage) -> None:
    await there.services.calendar.there.unschedule("forum:8")
    failed = "UPDATE action SET state='failed', why='you may not do that'"
    await there.store.write(lambda conn: conn.execute(failed))
    async with there.open("120x40") as pilot:
        await press(pilot, "3", "F")
        shown = text_of(pilot)
        assert "✖ Lights" in shown and "not taken off" in shown and "you may not do that: O opens the outbox" in shown


async def test_the_filter_finds_it_by_its_words_and_by_these(there: Stage) -> None:
    await entry(there, "Weekly", at(26))
    async with there.open("120x40") as pilot:
        await press(pilot, *AGENDA, "slash", *"there", "space", *"lights")
        shown = text_of(pilot)
        assert "Lights" in shown and "Winter chains" not in shown and "Weekly" not in shown


async def test_hostile_words_are_shown_as_text(there: Stage) -> None:
    there.save(plan("9", "[b]x[/b]\x1b]0;x\x07", at(22, 12), "[@click=app.quit]go[/]", "https://e.test/\x1b[2J"))
    async with there.open("120x40") as pilot:
        await press(pilot, "3")
        shown = text_of(pilot)
        assert "[b]x[/b]␛]0;x␇" in shown and "[@click=app.quit]go[/]" in shown and "\x1b" not in shown
