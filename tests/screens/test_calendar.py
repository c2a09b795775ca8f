"""The calendar at both sizes: what it shows, and that every command changes the store as it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from cm_console.model.action import Verb
from cm_console.model.calendar import Entry, EntryKind, EntryState
from cm_console.model.length import TextRules
from cm_console.model.records import Member, Post, Thread
from cm_console.model.source import Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.wall import at_wall, say
from cm_console.screens.calendar import CalendarScreen
from cm_console.screens.entry_forms import EntryForm, ScheduleForm, VariantForm
from cm_console.screens.form import Form
from cm_console.screens.inbox import InboxScreen
from cm_console.services.calendar import CalendarService
from cm_console.services.desk import Desk
from cm_console.store import sources
from cm_console.store.sqlite import Connection
from cm_console.widgets.month import MonthGrid
from cm_console.widgets.ticks import Ticks
from tests.screens.stage import Stage, idle, press, said, strike, text_of

BERLIN = ZoneInfo("Europe/Berlin")
both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def at(day: int, hour: int = 10, minute: int = 0, month: int = 11) -> Instant:
    return at_wall(date(2026, month, day), time(hour, minute), BERLIN)


@pytest.fixture
async def planned(stage: Stage) -> Stage:
    """The stage in Berlin, on Sunday 22 November 2026, 10:00, with a second source and one that cannot publish."""
    inbox = stage.services.inbox
    desk: Desk = inbox._desk
    stage.services = replace(stage.services, zone=BERLIN, calendar=CalendarService(desk, BERLIN))

    def identify(conn: Connection) -> None:
        for name, kind, verbs in (("toots", "mastodon", {Verb.PUBLISH}), ("dump", "stackexchange-dump", set[Verb]())):
            source = sources.ensure(conn, name, kind)
            sources.save_identity(conn, source, Identity("1", "ann", verbs=frozenset(verbs), text=TextRules(most=500)))

    await stage.store.write(identify)
    return stage


async def entry(stage: Stage, title: str, when: Instant | None, *where: str, **more: Any) -> str:
    id: str = await stage.services.calendar.save(
        title=title, body=f"Text of {title}", at=when, sources=where or ("forum",), **more
    )
    return id


async def entries(stage: Stage) -> list[Entry]:
    found: list[Entry] = await stage.services.calendar.entries(date(2026, 1, 1), date(2028, 1, 1))
    return found


def sql(stage: Stage, query: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = stage.store.read_now(lambda conn: conn.execute(query).fetchall())
    return rows


def became(stage: Stage, remote: str, words: str) -> None:
    """What went out was pulled back as a thread."""
    at = stage.clock.now()
    member, thread = Member("us", Untrusted("us")), Thread(remote, Untrusted("Weekly, as it went out"), "us", at)
    stage.save(member, thread, Post(f"{remote}-1", remote, "us", at, Untrusted(words)))


def queued(stage: Stage) -> list[tuple[str, str]]:
    """Source and time of what waits to go out."""
    rows = sql(stage, "SELECT source, planned_at FROM action WHERE state = 'queued' ORDER BY source")
    return [(source, say(planned_at, BERLIN)) for source, planned_at in rows]


def screen(pilot: Pilot[None]) -> CalendarScreen:
    assert isinstance(pilot.app.screen, CalendarScreen)
    return pilot.app.screen


def form(pilot: Pilot[None]) -> Form[Any]:
    assert isinstance(pilot.app.screen, Form)
    return pilot.app.screen


def current(pilot: Pilot[None]) -> str:
    row = screen(pilot).list.current
    return row.title if row else ""


async def fill(pilot: Pilot[None], **fields: str) -> None:
    """Put words into the fields of the open form."""
    for name, words in fields.items():
        if name == "body":
            form(pilot).query_one(TextArea).text = words
        else:
            form(pilot).query_one(f"#{name}-field", Input).value = words
    await press(pilot)


# What is shown


@both
async def test_the_month_shows_each_state_as_a_glyph_and_the_day_in_words(planned: Stage, size: str) -> None:
    await entry(planned, "Tips", at(25))
    await entry(planned, "Weekly", at(26), "forum", "toots", schedule=True)
    await entry(planned, "Meetup", at(26, 18, 30), kind=EntryKind.EVENT)
    async with planned.open(size) as pilot:
        await press(pilot, "3")
        shown = text_of(pilot)
        assert "November 2026" in shown and "Europe/Berlin" in shown and "Sun 22 Nov · today" in shown
        assert ("[22]" if size == "80x24" else "22 today") in shown
        assert (
            ("25 ○" in shown and "26 ◐◆" in shown) if size == "80x24" else ("○ Tips" in shown and "◐ Weekly" in shown)
        )
        await press(pilot, "l", "l", "l", "l")
        shown = text_of(pilot)
        assert "Thu 26 Nov · 2 planned" in shown and "10:00 ◐ Weekly" in shown and "18:30 ◆ Meetup" in shown


async def test_the_entry_is_told_in_full_beside_it(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26), "forum", "toots", schedule=True)
    await planned.store.write(
        lambda conn: conn.execute("UPDATE action SET state='failed', why='Title is too short' WHERE source='forum'")
    )
    async with planned.open("120x40") as pilot:
        await press(pilot, "3", "l", "l", "l", "l")
        shown = text_of(pilot)
        for words in (
            "◐ scheduled",
            "in 4d",
            "✖ forum  failed",
            "Title is too short",
            "◐ toots  scheduled",
            "Text of W",
        ):
            assert words in shown, words
        assert "✓ preflight: nothing against it" in shown
        id = (await entries(planned))[0].id
        await planned.services.calendar.variant(id, "forum", place="Lounge")
        await press(pilot)
        assert "─ forum in Lounge: the same words" in text_of(pilot)


async def test_a_day_without_entries_tells_what_comes_next(planned: Stage) -> None:
    await entry(planned, "Tips", at(25))
    async with planned.open("120x40") as pilot:
        await press(pilot, "3")
        shown = text_of(pilot)
        assert "Nothing planned." in shown and "Coming up" in shown and "Wed 25 Nov 10:00 ○ Tips" in shown


async def test_hostile_words_are_shown_as_text(planned: Stage) -> None:
    await planned.services.calendar.save(title="[b]Sale[/b]\x1b]0;x\x07", body="[@click=app.quit]go[/]", at=at(22, 12))
    async with planned.open("120x40") as pilot:
        await press(pilot, "3")
        shown = text_of(pilot)
        assert "[b]Sale[/b]␛]0;x␇" in shown and "[@click=app.quit]go[/]" in shown and "\x1b" not in shown


@pytest.mark.parametrize("size", ["40x12", "60x14", "100x30", "200x60"])
async def test_every_size_shows_the_chosen_day(planned: Stage, size: str) -> None:
    await entry(planned, "Weekly", at(30))
    async with planned.open(size) as pilot:
        await press(pilot, "3", "end")
        shown = text_of(pilot)
        assert "▌30" in shown and "Weekly" in shown


# Moving


async def test_the_keys_go_from_day_to_day_week_to_week_and_month_to_month(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        steps = {
            "l": "2026-11-23", "right": "2026-11-24", "h": "2026-11-23", "left": "2026-11-22", "j": "2026-11-29",
            "up": "2026-11-22", "down": "2026-11-29", "k": "2026-11-22", "right_square_bracket": "2026-12-22",
            "left_square_bracket": "2026-11-22", "pagedown": "2026-12-22", "pageup": "2026-11-22", "home": "2026-11-01",
            "end": "2026-11-30", "t": "2026-11-22",
        }  # fmt: skip
        for key, day in steps.items():
            await press(pilot, key)
            assert str(screen(pilot).day) == day, key


async def test_another_month_is_read_when_one_goes_there(planned: Stage) -> None:
    await entry(planned, "In January", at(31, month=1) + 365 * 24 * HOUR)  # type: ignore[arg-type]  # an instant
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "end", "right", "pagedown", "pagedown", "pageup")
        assert "January 2027" in text_of(pilot)
        await press(pilot, "end")
        assert current(pilot) == "In January"


async def test_a_day_can_be_clicked(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26))
    async with planned.open("120x40") as pilot:
        await press(pilot, "3")
        grid = screen(pilot).query_one(MonthGrid)
        lines = [text[: grid.region.width] for text in text_of(pilot).split("\n")]
        y = next(n for n, line in enumerate(lines) if "○ Weekly" in line)
        await pilot.click(grid, offset=(lines[y].index("○ Weekly"), y - grid.region.y))
        await press(pilot)
        assert screen(pilot).day == date(2026, 11, 26) and current(pilot) == "Weekly"


async def test_tab_and_escape_go_between_month_and_day(planned: Stage) -> None:
    await entry(planned, "First", at(22, 12))
    await entry(planned, "Second", at(22, 13))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "enter", "j")
        assert current(pilot) == "Second" and screen(pilot).day == date(2026, 11, 22)
        await press(pilot, "escape", "j")
        assert screen(pilot).day == date(2026, 11, 29)


# Writing


async def test_c_plans_something_on_the_chosen_day(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "l", "c")
        assert isinstance(pilot.app.screen, EntryForm)
        await press(pilot, *"Tips")
        await fill(pilot, body="Salt is bad.")
        await press(pilot, "ctrl+s")
        (made,) = await entries(planned)
        assert (made.title, made.body, made.at, made.state) == ("Tips", "Salt is bad.", at(23), EntryState.DRAFT)
        assert current(pilot) == "Tips" and said(pilot) == ["Saved as a draft; s lets it go out."]
        assert queued(planned) == []


async def test_enter_on_an_empty_day_plans_something_too(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "enter")
        assert isinstance(pilot.app.screen, EntryForm)
        assert form(pilot).query_one("#time-field", Input).value == "11:00"


async def test_written_and_scheduled_in_one_go_and_taken_back_in_one(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c")
        await fill(pilot, title="Weekly", day="thu", time="10:00", body="What are you riding?")
        form(pilot).query_one("#source-field", Ticks).focus()
        await press(pilot, "space", "down", "space", "ctrl+d")
        assert queued(planned) == [("forum", "Thu 26 Nov 2026 10:00"), ("toots", "Thu 26 Nov 2026 10:00")]
        assert screen(pilot).day == date(2026, 11, 26) and current(pilot) == "Weekly"
        await press(pilot, "z")
        assert (await entries(planned), queued(planned)) == ([], [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "soon"}, "'soon' is no day"),
        ({"time": "25:00"}, "'25:00' is no time of day"),
        ({"time": ""}, "the time is missing"),
        ({"day": "2027-03-28", "time": "02:30"}, "02:30 does not exist on Sun 28 Mar 2027"),
        ({"title": "", "body": ""}, "an entry needs a title or a text"),
    ],
)
async def test_what_is_wrong_is_told_in_the_form_and_nothing_is_lost(
    planned: Stage, fields: dict[str, str], words: str
) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c")
        await fill(pilot, **{"title": "Weekly", "day": "2026-11-26", "time": "10:00", "body": "Text", **fields})
        await press(pilot, "ctrl+s")
        assert f"✗ {words}" in text_of(pilot)
        await fill(pilot, title="Weekly", day="26 Nov", time="10:00", body="Text")
        assert "✗" not in text_of(pilot)
        await press(pilot, "ctrl+s")
        assert [made.at for made in await entries(planned)] == [at(26)]


async def test_how_day_and_time_are_understood_is_shown_while_typing(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c")
        await fill(pilot, day="fri", time="6pm")
        assert "Fri 27 Nov 2026 18:00 · Europe/Berlin · in 5d" in text_of(pilot)
        await fill(pilot, day="2027-10-31", time="2:30")
        assert "02:30 comes twice on Sun 31 Oct 2027" in text_of(pilot)
        await fill(pilot, day="", time="")
        assert "no date yet" in text_of(pilot)


async def test_doubts_are_shown_once_before_it_goes_out(planned: Stage) -> None:
    await entry(planned, "Release", at(26, 10, 30), schedule=True)
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c")
        await fill(pilot, title="Weekly", day="26 Nov", time="10:00", body="Text")
        form(pilot).query_one("#source-field", Ticks).focus()
        await press(pilot, "space", "ctrl+d")
        shown = text_of(pilot)
        assert "! forum: “Release” of Thu 26 Nov 2026 10:30 within the same hour" in shown and "^d again" in shown
        assert len(queued(planned)) == 1
        await press(pilot, "ctrl+d")
        assert len(queued(planned)) == 2


async def test_what_cannot_go_out_is_no_mere_doubt(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c")
        await fill(pilot, title="Weekly", body="Text")
        await press(pilot, "ctrl+d")
        assert "✗ choose at least one source" in text_of(pilot)
        await fill(pilot, day="", time="")
        await press(pilot, "ctrl+d", "ctrl+d")
        assert "✗ choose a day and a time" in text_of(pilot) and queued(planned) == []


async def test_closing_asks_before_words_are_thrown_away(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "c", "escape")
        assert isinstance(pilot.app.screen, CalendarScreen)
        await press(pilot, "c", "X", "escape", "n")
        assert form(pilot).query_one("#title-field", Input).value == "X"
        await press(pilot, "escape", "y")
        assert await entries(planned) == []
        assert isinstance(pilot.app.screen, CalendarScreen)


async def test_enter_changes_an_entry_and_what_was_scheduled_goes_out_anew(planned: Stage) -> None:
    await entry(planned, "Weekly", at(22, 12), schedule=True)
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "enter", "enter")
        await fill(pilot, title="Weekly thread", time="15:00")
        await press(pilot, "ctrl+s")
        assert queued(planned) == [("forum", "Sun 22 Nov 2026 15:00")]
        assert current(pilot) == "Weekly thread" and said(pilot) == ["Saved."]
        assert "November 2026" in text_of(pilot) and not screen(pilot).reading


async def test_a_colleagues_change_meanwhile_is_told_in_the_form(planned: Stage) -> None:
    id = await entry(planned, "Weekly", at(22, 12))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "enter", "enter")
        await planned.services.calendar.save(id, title="Theirs", at=at(22, 12))
        await fill(pilot, title="Mine")
        await press(pilot, "ctrl+s")
        assert "✗ a colleague changed it meanwhile" in text_of(pilot)
        assert [made.title for made in await entries(planned)] == ["Theirs"]


async def test_what_is_out_cannot_be_changed(planned: Stage) -> None:
    await entry(planned, "Weekly", at(22, 12), schedule=True)
    await planned.store.write(lambda conn: conn.execute("UPDATE action SET state='sent', ended_at=planned_at"))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "enter", "enter")
        assert said(pilot) == ["It is out and cannot be changed from here; i goes to its thread, y makes a copy."]
        await press(pilot, "d")
        assert "it is out on forum" in said(pilot)[-1] and len(await entries(planned)) == 1


@both
async def test_i_goes_to_the_thread_it_became(planned: Stage, size: str) -> None:
    planned.threads(80)
    await entry(planned, "Weekly", at(22, 12), "forum", "toots", schedule=True)
    async with planned.open(size) as pilot:
        await press(pilot, "3", "i")
        assert said(pilot)[-1] == "It is not out yet, so there is no thread."
        sent = "UPDATE action SET state='sent', ended_at=planned_at, remote_id='w-' || source"
        await planned.store.write(lambda conn: conn.execute(sent))
        await press(pilot, "i")
        assert said(pilot)[-1] == "It is out on forum, toots; its thread comes with the next pull: R pulls now."
        became(planned, "w-forum", "Tell us what you ride")
        await press(pilot, "i")
        await press(pilot)
        assert isinstance(pilot.app.screen, InboxScreen) and pilot.app.screen.reading
        assert "Tell us what you ride" in text_of(pilot)


async def test_i_asks_which_of_its_threads(planned: Stage) -> None:
    await entry(planned, "Weekly", at(22, 12), "forum", "toots", schedule=True)
    sent = "UPDATE action SET state='sent', ended_at=planned_at, remote_id='w-' || source"
    await planned.store.write(lambda conn: conn.execute(sent))
    became(planned, "w-forum", "Words there")
    became(planned, "w-toots", "Words here")
    await planned.store.write(lambda conn: conn.execute("UPDATE thread SET source_id=2 WHERE remote='w-toots'"))
    async with planned.open("120x40") as pilot:
        await press(pilot, "3", "i")
        assert "Its thread on which source?" in text_of(pilot)
        await press(pilot, "escape")
        assert screen(pilot).rows
        await press(pilot, "i", "2")
        await press(pilot)
        assert isinstance(pilot.app.screen, InboxScreen) and "Words here" in text_of(pilot)


async def test_v_writes_other_words_for_one_source(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26), "forum", "toots", schedule=True)
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "l", "l", "l", "l", "v", "2")
        assert isinstance(pilot.app.screen, VariantForm) and "14 characters of 500" in text_of(pilot)
        await fill(pilot, body="Short", place="public")
        assert "5 characters of 500" in text_of(pilot)
        await press(pilot, "ctrl+s")
        (made,) = await entries(planned)
        assert (made.variant("toots").body, made.variant("toots").place) == ("Short", "public")
        assert len(queued(planned)) == 2


# When and where


async def test_s_lets_a_draft_go_out_where_one_ticks(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "l", "l", "l", "l", "s")
        assert isinstance(pilot.app.screen, ScheduleForm)
        form(pilot).query_one("#source-field", Ticks).focus()
        await press(pilot, "space", "ctrl+s")
        assert "✗ choose at least one source" in text_of(pilot)
        await press(pilot, "down", "space", "down", "space")
        assert form(pilot).query_one("#source-field", Ticks).values == ("toots",)
        await fill(pilot, time="12:15")
        await press(pilot, "ctrl+s")
        assert queued(planned) == [("toots", "Thu 26 Nov 2026 12:15")]
        assert said(pilot) == ["Scheduled: it goes out Thu 26 Nov 2026 12:15. z takes it back."]
        await press(pilot, "u")
        assert queued(planned) == [] and (await entries(planned))[0].state is EntryState.DRAFT


async def test_the_past_is_refused_in_the_form(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "l", "l", "l", "l", "s")
        await fill(pilot, day="21.11.2026")
        await press(pilot, "ctrl+s", "ctrl+s")
        assert "✗ that time has passed" in text_of(pilot) and queued(planned) == []


async def test_moving_takes_the_cursor_along_over_the_end_of_the_month(planned: Stage) -> None:
    await entry(planned, "Weekly", at(30), schedule=True)
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "end", *["greater_than_sign"] * 8)
        assert screen(pilot).day == date(2026, 12, 8) and current(pilot) == "Weekly"
        assert queued(planned) == [("forum", "Tue 8 Dec 2026 10:00")]
        await press(pilot, "less_than_sign")
        assert queued(planned) == [("forum", "Mon 7 Dec 2026 10:00")]
        for day in (8, 7, 6):
            await press(pilot, "z")
            assert screen(pilot).day == date(2026, 12, day) and current(pilot) == "Weekly", "undo takes it along too"


async def test_undo_of_something_else_leaves_the_cursor_where_it_is(planned: Stage) -> None:
    planned.threads(1)
    await entry(planned, "Weekly", at(22, 12))
    await planned.services.inbox.done([1])
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "l", "z")
        assert said(pilot) == ["Taken back: done of “Question 000”."] and screen(pilot).day == date(2026, 11, 23)


async def test_the_cursor_goes_to_what_was_moved_or_made_among_others(planned: Stage) -> None:
    await entry(planned, "There already", at(23, 8))
    await entry(planned, "Weekly", at(22, 12))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "greater_than_sign")
        assert screen(pilot).day == date(2026, 11, 23) and current(pilot) == "Weekly"
        await press(pilot, "escape", "c")
        await fill(pilot, title="New")
        await press(pilot, "ctrl+s")
        assert current(pilot) == "New"


async def test_y_copies_d_removes_and_z_brings_back(planned: Stage) -> None:
    await entry(planned, "Weekly", at(22, 12))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "y", "enter")
        assert [made.at for made in await entries(planned)] == [at(22, 12), at(29, 12)]
        assert screen(pilot).day == date(2026, 11, 29) and current(pilot) == "Weekly"
        await press(pilot, "d")
        assert [made.at for made in await entries(planned)] == [at(22, 12)] and current(pilot) == ""
        await press(pilot, "z")
        assert len(await entries(planned)) == 2 and current(pilot) == "Weekly"


async def test_a_wrong_day_for_a_copy_is_told(planned: Stage) -> None:
    await entry(planned, "Weekly", at(22, 12))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "y", "x", "enter")
        assert "is no day" in said(pilot)[0] and len(await entries(planned)) == 1


async def test_commands_on_an_empty_day_say_so(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        for key in ("s", "u", "v", "d", "y", "p", "i", "greater_than_sign"):
            await press(pilot, key)
            assert said(pilot)[-1] == "There is no entry here; c makes one."


# Agenda, failed, filter, preflight


@both
async def test_the_agenda_lists_what_comes_and_drafts_without_a_date(planned: Stage, size: str) -> None:
    await entry(planned, "Over", at(20))
    await entry(planned, "Later", at(2, month=12))
    await entry(planned, "Idea", None)
    await entry(planned, "Sooner", at(26), schedule=True)
    async with planned.open(size) as pilot:
        await press(pilot, "3")
        assert "1 without a date" in text_of(pilot)
        await press(pilot, "a")
        shown = text_of(pilot)
        assert shown.index("Thu 26 Nov 10:00 ◐ Sooner") < shown.index("Wed  2 Dec") < shown.index("no date")
        assert "Over" not in shown and "November 2026" not in shown and "Text of Sooner" in shown
        await press(pilot, "j", "greater_than_sign")
        assert current(pilot) == "Later" and at(3, month=12) in [made.at for made in await entries(planned)]
        await press(pilot, "escape")
        assert "December 2026" in text_of(pilot)


async def test_f_lists_what_failed_with_the_reason(planned: Stage) -> None:
    await entry(planned, "Good", at(26), schedule=True)
    await planned.store.write(lambda conn: conn.execute("UPDATE action SET state='sent', ended_at=planned_at"))
    await entry(planned, "Bad", at(25), schedule=True)
    await planned.store.write(
        lambda conn: conn.execute("UPDATE action SET state='failed', why='Title is too short' WHERE state='queued'")
    )
    async with planned.open("80x24") as pilot:
        await press(pilot, "3", "F")
        shown = text_of(pilot)
        assert "✖ Bad" in shown and "Title is too short" in shown and "Good" not in shown
        await press(pilot, "F")
        assert "November 2026" in text_of(pilot)


@both
async def test_the_filter_narrows_month_and_list(planned: Stage, size: str) -> None:
    await entry(planned, "Weekly", at(22, 12))
    await entry(planned, "Release", at(22, 13))
    async with planned.open(size) as pilot:
        await press(pilot, "3", "slash", *"rel")
        assert current(pilot) == "Release" and "Weekly" not in text_of(pilot)
        await press(pilot, "escape")
        assert "Weekly" in text_of(pilot) and "Release" in text_of(pilot)


async def test_p_reads_the_entry_with_what_preflight_found(planned: Stage) -> None:
    await planned.services.calendar.save(title="", body="Text", at=at(22, 12), sources=["forum", "dump"])
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        assert "the title is missing" not in text_of(pilot)
        await press(pilot, "p")
        shown = text_of(pilot)
        assert "! forum: the title is missing" in shown and "! a stackexchange-dump source cannot publish" in shown
        await press(pilot, "escape")
        assert "November 2026" in text_of(pilot)


async def test_a_change_from_elsewhere_appears_and_the_cursor_stays(planned: Stage) -> None:
    await entry(planned, "Second", at(22, 13))
    async with planned.open("120x40") as pilot:
        await press(pilot, "3", "tab")
        planned.services.changes.take()
        await entry(planned, "First", at(22, 12))
        await press(pilot)
        assert "12:00 ○ First" in text_of(pilot) and current(pilot) == "Second"


async def test_keys_pressed_in_a_hurry_mean_the_day_they_were_pressed_on(planned: Stage) -> None:
    await entry(planned, "Weekly", at(26, month=12), schedule=True)
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        for key in ("right_square_bracket", "l", "l", "l", "l", "greater_than_sign"):
            strike(pilot, key)
        await press(pilot)
        assert queued(planned) == [("forum", "Sun 27 Dec 2026 10:00")]


async def test_what_is_typed_while_the_form_opens_goes_into_it(planned: Stage) -> None:
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        for key in "csudden":
            strike(pilot, key)
        await press(pilot)
        assert form(pilot).query_one("#title-field", Input).value == "sudden"


async def test_read_twice_at_once_it_still_stands_on_what_was_made(planned: Stage) -> None:
    """A change heard of while the list goes to the new entry sent the cursor back to where it had been."""
    await entry(planned, "There already", at(22, 8))
    made = await entry(planned, "Made", at(22, 12))
    async with planned.open("80x24") as pilot:
        await press(pilot, "3")
        assert current(pilot) == "There already"
        screen(pilot)._stand_on = made
        screen(pilot)._show()
        screen(pilot)._show()
        await idle(pilot)
        assert current(pilot) == "Made"
