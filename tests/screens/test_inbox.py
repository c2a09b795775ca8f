"""The inbox at both sizes: every command changes the store as it says, and the cursor moves on."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from cm_console.model.inbox import UNTIL_REPLY, Priority, Status, View
from cm_console.model.records import Post
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, parse_iso
from cm_console.screens.inbox import InboxScreen
from cm_console.widgets.reader import Reader
from tests.screens.stage import Stage, press, said, strike, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def screen(pilot: Pilot[None]) -> InboxScreen:
    assert isinstance(pilot.app.screen, InboxScreen)
    return pilot.app.screen


def current(pilot: Pilot[None]) -> str:
    row = screen(pilot).list.current
    return row.title if row else ""


async def rows(stage: Stage, view: View = View.NEEDS_REPLY) -> list[str]:
    return [row.title for row in await stage.services.inbox.page(view)]


def sql(stage: Stage, query: str, *values: object) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = stage.store.read_now(lambda conn: conn.execute(query, values).fetchall())
    return found


@both
async def test_the_list_is_due_first_and_the_cursor_on_the_first(stage: Stage, size: str) -> None:
    stage.thread("Newer", hours_ago=2)
    stage.thread("Older", hours_ago=30)
    async with stage.open(size) as pilot:
        shown = text_of(pilot)
        assert shown.index("Older") < shown.index("Newer")
        assert "Needs reply" in shown and "1/2" in shown and "left" in shown
        assert "1 Inbox 2" in shown
        assert current(pilot) == "Older"


async def test_at_80_columns_enter_reads_and_escape_goes_back(stage: Stage) -> None:
    stage.thread("How do I reset 2FA?", "I lost my phone.")
    async with stage.open("80x24") as pilot:
        assert "I lost my phone." not in text_of(pilot)
        await press(pilot, "enter")
        assert "I lost my phone." in text_of(pilot) and "Needs reply ─" not in text_of(pilot)
        await press(pilot, "escape")
        assert "I lost my phone." not in text_of(pilot) and "Needs reply ─" in text_of(pilot)


async def test_at_120_columns_the_reader_follows_the_cursor(stage: Stage) -> None:
    stage.thread("First", "text of the first", hours_ago=9)
    stage.thread("Second", "text of the second", hours_ago=8)
    async with stage.open("120x40") as pilot:
        assert "text of the first" in text_of(pilot)
        await press(pilot, "j")
        assert "text of the second" in text_of(pilot) and "text of the first" not in text_of(pilot)


async def test_j_and_k_scroll_the_reader_while_it_has_the_keys(stage: Stage) -> None:
    stage.thread("Long", "\n".join(f"line {n}" for n in range(80)))
    stage.thread("Other", hours_ago=1)
    async with stage.open("120x40") as pilot:
        await press(pilot, "J", "J")
        assert screen(pilot).query_one(Reader).top == 2 and current(pilot) == "Long"
        await press(pilot, "enter", "j", "pagedown", "k")
        assert screen(pilot).query_one(Reader).top > 30 and current(pilot) == "Long"
        await press(pilot, "g", "g")
        assert screen(pilot).query_one(Reader).top == 0
        await press(pilot, "escape", "j")
        assert current(pilot) == "Other"


@both
async def test_done_acts_at_once_and_the_cursor_moves_on(stage: Stage, size: str) -> None:
    stage.threads(5)
    async with stage.open(size) as pilot:
        await press(pilot, "j", "e")
        assert await rows(stage) == ["Question 000", "Question 002", "Question 003", "Question 004"]
        assert current(pilot) == "Question 002"
        assert said(pilot) == ["Done."]


async def test_their_turn_puts_it_among_those_that_wait_until_they_answer(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "i")
        assert await rows(stage) == ["Question 001", "Question 002"] and current(pilot) == "Question 001"
        assert said(pilot) == ["Their turn."]
        assert [row.title for row in await stage.services.inbox.page(View.WAITING)] == ["Question 000"]
        await press(pilot, "z")
        assert len(await rows(stage)) == 3


async def test_presses_without_a_pause_act_on_one_row_after_the_other(stage: Stage) -> None:
    stage.threads(9)
    async with stage.open("80x24") as pilot:
        for key in "jeeje":
            strike(pilot, key)
        await press(pilot)
        assert await rows(stage) == [f"Question 00{n}" for n in (0, 3, 5, 6, 7, 8)]


async def test_selected_rows_are_done_together_and_undone_together(stage: Stage) -> None:
    stage.threads(6)
    async with stage.open("80x24") as pilot:
        await press(pilot, "space", "j", "space")
        assert "2 selected" in text_of(pilot)
        await press(pilot, "e")
        assert await rows(stage) == [f"Question 00{n}" for n in (1, 3, 4, 5)]
        await press(pilot, "z")
        assert await rows(stage) == [f"Question 00{n}" for n in range(6)]
        assert said(pilot) == ["Done: 2.", "Taken back: done of 2."]


async def test_escape_lets_go_of_the_selection(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "space", "escape", "e")
        assert await rows(stage) == ["Question 000", "Question 002"]


@both
async def test_a_reply_goes_to_the_outbox_and_z_takes_it_back(stage: Stage, size: str) -> None:
    stage.threads(3)
    async with stage.open(size) as pilot:
        await press(pilot, "r", *"Hi!", "enter", *"Bye", "ctrl+s")
        assert sql(stage, "SELECT verb, state FROM action") == [("reply", "queued")]
        assert await rows(stage) == ["Question 001", "Question 002"]
        assert await rows(stage, View.WAITING) == ["Question 000"]
        assert current(pilot) == "Question 001"
        (pending,) = await stage.services.inbox.pending(1)
        assert pending.text == "Hi!\nBye" and pending.by == "ann"
        await press(pilot, "z")
        assert sql(stage, "SELECT state FROM action") == [("cancelled",)]
        assert len(await rows(stage)) == 3


async def test_send_and_done_closes_the_thread(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "r", *"ok", "ctrl+d")
        assert await rows(stage, View.DONE) == ["Question 000"]


async def test_an_empty_reply_is_not_sent(stage: Stage) -> None:
    stage.threads(1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "r", "space", "ctrl+s")
        assert sql(stage, "SELECT * FROM action") == []
        assert said(pilot) == ["There is nothing to send yet."]


async def test_what_was_typed_is_kept_when_the_composer_is_closed(stage: Stage) -> None:
    stage.threads(1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "r", *"half a", "escape")
        assert await stage.services.inbox.draft("reply:1") == "half a"
        await press(pilot, "r", *" word", "ctrl+s")
        (pending,) = await stage.services.inbox.pending(1)
        assert pending.text == "half a word"
        assert await stage.services.inbox.draft("reply:1") == ""


async def test_a_note_is_private_and_shown_in_the_reader(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("120x40") as pilot:
        await press(pilot, "n")
        assert "Private note · only the team reads it" in text_of(pilot)
        await press(pilot, *"ask bob", "ctrl+s")
        assert sql(stage, "SELECT * FROM action") == []
        assert [note.body for note in await stage.services.inbox.notes(1)] == ["ask bob"]
        assert current(pilot) == "Question 000"
        assert "colleagues' notes" in text_of(pilot) and "ask bob" in text_of(pilot)


async def test_a_source_that_takes_no_replies_says_so_before_anything_is_typed(stage: Stage) -> None:
    stage.thread("Read only")
    stage.store._run(lambda conn: conn.execute("""UPDATE source SET identity = '{"verbs": []}'"""), True)
    async with stage.open("80x24") as pilot:
        await press(pilot, "r")
        assert said(pilot) == ["forum takes no replies: it is read-only, or its token may not"]
        assert isinstance(pilot.app.screen, InboxScreen)


@pytest.mark.parametrize(("key", "who"), [("a", "ann"), ("1", "bob")])
async def test_assigning(stage: Stage, key: str, who: str) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "a", key)
        assert sql(stage, "SELECT assignee FROM thread ORDER BY id") == [(who,), (None,)]
        assert current(pilot) == "Question 001"
        await press(pilot, "k", "a", "u")
        assert sql(stage, "SELECT assignee FROM thread WHERE id = 1") == [(None,)]


MONDAY, TOMORROW = parse_iso("2026-11-23T09:00:00Z"), parse_iso("2026-11-23T09:00:00Z")


@pytest.mark.parametrize(
    ("keys", "until"),
    [
        (["1"], HOUR),
        (["4"], 4 * HOUR),
        (["t"], TOMORROW),
        (["w"], MONDAY),
        (["d", "3", "enter"], 3 * DAY),
        (["r"], UNTIL_REPLY),
    ],
)
async def test_snoozing(stage: Stage, keys: list[str], until: int) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "b", *keys)
        expected = until if until > stage.clock.now() else stage.clock.now() + until
        assert sql(stage, "SELECT status, snoozed_until FROM thread WHERE id = 1") == [(Status.SNOOZED, expected)]
        assert await rows(stage) == ["Question 001"] and current(pilot) == "Question 001"


async def test_a_question_can_be_left_without_doing_anything(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        for key in "bapl!":
            await press(pilot, key, "escape")
        await press(pilot, "b", "d", "x", "enter")
        assert "snooze for 1 to 365 days" in text_of(pilot)
        await press(pilot, "escape")
        assert said(pilot) == ["nothing is snoozed"]
        assert sql(stage, "SELECT op FROM journal") == []


async def test_tags_are_edited_as_a_line(stage: Stage) -> None:
    stage.threads(1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "l", *"account 2fa", "enter")
        assert sql(stage, "SELECT tag FROM tag ORDER BY tag") == [("2fa",), ("account",)]
        await press(pilot, "l", *["backspace"] * len("account "), *"bug", "enter")
        assert sql(stage, "SELECT tag FROM tag ORDER BY tag") == [("2fa",), ("bug",)]
        assert current(pilot) == "Question 000"


async def test_priority_moves_the_row_and_the_cursor_stays_on_it(stage: Stage) -> None:
    stage.thread("Old", hours_ago=20)
    stage.thread("New", hours_ago=1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "j", "p", "u")
        assert (await rows(stage))[0] == "New"
        assert sql(stage, "SELECT priority FROM thread WHERE id = 2") == [(Priority.URGENT,)]
        assert current(pilot) == "New"
        assert "!!" in text_of(pilot)


async def test_sending_to_moderation_opens_a_case(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "!", *"spam", "enter")
        assert len(sql(stage, "SELECT * FROM cases")) == 1
        assert "2 Mod 1" in text_of(pilot)


async def test_the_views_in_both_directions(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        seen = []
        for _ in View:
            seen.append(screen(pilot).view)
            await press(pilot, "tab")
        assert seen == list(View) and screen(pilot).view is View.NEEDS_REPLY
        await press(pilot, "[")
        assert screen(pilot).view is View.ALL
        assert "All ─ all sources ─ newest first" in text_of(pilot)
        await press(pilot, "[")
        assert "Nothing is done yet." in text_of(pilot)


async def test_e_opens_a_done_thread_again(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "e", "[", "[", "e")
        assert await rows(stage) == ["Question 000", "Question 001"]


async def test_the_filter_narrows_as_it_is_typed_and_escape_ends_it(stage: Stage) -> None:
    stage.thread("Lost phone", hours_ago=5)
    stage.thread("Meetup", hours_ago=4, author="zed")
    async with stage.open("80x24") as pilot:
        await press(pilot, "/", *"ze")
        assert "Lost phone" not in text_of(pilot) and current(pilot) == "Meetup"
        await press(pilot, "enter", "e")
        assert await rows(stage) == ["Lost phone"]
        assert "Nothing here has “ze”." in text_of(pilot)
        await press(pilot, "escape")
        assert current(pilot) == "Lost phone"


async def test_search_finds_as_it_is_typed_and_enter_opens_the_thread(stage: Stage) -> None:
    stage.thread("Old question", "about brake pads", hours_ago=40)
    stage.thread("New question", "about brake cables", hours_ago=2)
    async with stage.open("80x24") as pilot:
        await press(pilot, "ctrl+f", *"brak")
        shown = text_of(pilot)
        assert shown.index("cables") < shown.index("pads")
        await press(pilot, "down", "enter")
        assert screen(pilot).view is View.NEEDS_REPLY and current(pilot) == "Old question"
        assert "about brake pads" in text_of(pilot)
        await press(pilot, "escape", "e")
        assert await rows(stage) == ["New question"]


async def test_search_reaches_threads_that_do_not_wait(stage: Stage) -> None:
    stage.thread("Settled", "quokka", hours_ago=40)
    async with stage.open("80x24") as pilot:
        await press(pilot, "e", "g", "/", *"quokka", "enter")
        assert screen(pilot).view is View.ALL and current(pilot) == "Settled"


async def test_a_sync_never_moves_the_cursor_and_updates_the_reader(stage: Stage) -> None:
    stage.threads(30)
    async with stage.open("120x40") as pilot:
        await press(pilot, *["j"] * 10)
        assert current(pilot) == "Question 010"
        for n in range(5):
            stage.thread(f"Urgent {n}", hours_ago=60)
        post = Post("new", "t11", "m-mia", Instant(stage.clock.now() - 1000), Untrusted("any news?"))
        stage.save(post)
        stage.services.changes.add(["inbox"])
        await press(pilot)
        assert current(pilot) == "Question 010"
        assert "any news?" in text_of(pilot)
        assert "16/35" in text_of(pilot) and "1 Inbox 35" in text_of(pilot)


async def test_long_posts_are_cut_until_asked_for(stage: Stage) -> None:
    stage.thread("Long", "word " * 1000 + "END")
    async with stage.open("120x40") as pilot:
        await press(pilot, "enter", "G")
        assert "more characters: v shows them" in text_of(pilot)
        await press(pilot, "v", "G")
        assert "END" in text_of(pilot)


async def test_links_are_opened_only_after_a_question_with_the_real_host(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    opened: list[str] = []
    stage.thread("Links", "our bank <https://evil.example/login> and <javascript:alert(1)>")
    async with stage.open("120x40") as pilot:
        monkeypatch.setattr(pilot.app._driver, "open_url", lambda url, new_tab=True: opened.append(url))
        assert "our bank ‹1\N{NO-BREAK SPACE}evil.example›" in text_of(pilot)
        await press(pilot, "o", "1")
        assert "https://evil.example/login" in text_of(pilot) and opened == []
        await press(pilot, "enter")
        assert opened == []
        await press(pilot, "o", "1", "o")
        assert opened == ["https://evil.example/login"]
        pilot.app.open_url("java%73cript:alert(1)")
        pilot.app.open_url("file:///etc/passwd")
        await press(pilot)
        assert len(opened) == 1 and said(pilot)[-1] == "Only web and mail addresses are opened from here."


async def test_copying_the_link_of_a_thread(stage: Stage) -> None:
    stage.threads(1)
    async with stage.open("120x40") as pilot:
        await press(pilot, "y")
        assert pilot.app.clipboard == "https://forum.example/t/1"


async def test_an_empty_inbox_says_what_to_do_next(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        assert "Nobody waits for an answer." in text_of(pilot)
        for key in ("e", "r", "n", "a", "b", "l", "p", "!", "o", "y", "v", "enter", "escape", "J", "space", "G", "z"):
            await press(pilot, key)
            await press(pilot, "escape")
        assert said(pilot)[-1] == "there is nothing to undo"


@pytest.mark.parametrize("opening", ["r", "n", "l", "!"])
async def test_what_is_typed_in_one_go_with_an_opening_key_is_text_and_no_command(stage: Stage, opening: str) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        for key in (opening, *"e done"):
            strike(pilot, key)
        await press(pilot)
        assert len(await rows(stage)) == 3 and sql(stage, "SELECT op FROM journal") == []
        assert "e done" in text_of(pilot)


async def test_what_is_typed_in_one_go_with_the_filter_key_goes_into_the_filter(stage: Stage) -> None:
    stage.threads(3)
    async with stage.open("80x24") as pilot:
        for key in "/e002":
            strike(pilot, key)
        await press(pilot)
        assert len(await rows(stage)) == 3
        assert "“e002”" in text_of(pilot)
