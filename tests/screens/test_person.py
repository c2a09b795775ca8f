"""The person behind a name: one key away, all accounts and what the team knows; what one does there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from cm_console.model.records import Member
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.screens.dialogs import Choose
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from cm_console.widgets.safe import STEERING
from tests.screens.stage import ZONE, Stage, make_stage, press, said, text_of


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Mia and leo on the forum; mia's namesake in the chat."""
    made = make_stage(tmp_path)
    made.thread("Brakes squeal", "they squeal", author="mia", hours_ago=3)
    made.thread("Lost my bell", "ding", author="leo", hours_ago=2)

    def chat(conn: Connection) -> None:
        id = sources.ensure(conn, "chat", "matrix")
        member = Member("c1", Untrusted("mia"), Untrusted("Mia Lee"), url="https://chat.example/mia")
        ingest.save(conn, id, Community(ZONE), made.clock.now(), [member])

    made.store._run(chat, True)
    yield made
    made.store.close()


@pytest.mark.parametrize("size", ["80x24", "120x40"])
async def test_w_shows_who_it_is_and_enter_leads_to_their_thread(stage: Stage, size: str) -> None:
    async with stage.open(size) as pilot:
        await press(pilot, "w")
        text = text_of(pilot)
        assert "mia on forum" in text and "1 post" in text and "mia on chat: same handle" in text
        if size == "80x24":
            await press(pilot, "enter")
        assert "they squeal" in text_of(pilot)
        await press(pilot, "enter")
        assert "Brakes squeal" in text_of(pilot) and "forum · support" in text_of(pilot)


async def test_a_suggestion_is_accepted_with_two_keys_and_z_takes_it_back(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "s")
        assert "same handle" in text_of(pilot)
        await press(pilot, "y")
        assert "linked: same handle, ann" in text_of(pilot) and "PERHAPS" not in text_of(pilot)
        await press(pilot, "z")
        assert "PERHAPS" in text_of(pilot)
        await press(pilot, "s", "x")
        assert "PERHAPS" not in text_of(pilot) and "linked" not in text_of(pilot)


async def test_notes_tags_follow_ups_and_contacts_are_kept_and_shown(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "n", *"tall", "enter")
        await press(pilot, "l", *"vip", "enter")
        await press(pilot, "t", "t", *"ask", "enter")
        await press(pilot, "c", "c", *"rang", "enter")
        text = text_of(pilot)
        assert all(words in text for words in ("tall", "#vip", "in 1d", "ask", "call by ann", "rang"))
        await press(pilot, "e")
        assert "✓ done" in text_of(pilot)
        await press(pilot, "tab", "tab", "tab")
        assert "rang" in text_of(pilot) and "they squeal" not in text_of(pilot)


async def test_merging_by_hand_and_taking_apart(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "M", *"leo", "enter", "1")
        assert any("leo on forum" in words for words in said(pilot)) and "Lost my bell" in text_of(pilot)
        await press(pilot, "U", "2")
        assert "Lost my bell" not in text_of(pilot)
        await press(pilot, "U")
        assert "linked with no other" in said(pilot)[-1]
        await press(pilot, "M", *"nobody", "enter")
        assert "nobody else is called so" in said(pilot)[-1]


async def test_of_several_who_wrote_one_is_chosen(stage: Stage) -> None:
    stage.save(stage_member := Member("m-kim", Untrusted("kim")))
    post_by(stage, stage_member.id)
    async with stage.open() as pilot:
        await press(pilot, "w")
        assert "Who?" in text_of(pilot)
        await press(pilot, "1")
        assert "kim on forum" in text_of(pilot)
        await press(pilot, "escape", "w", "w")
        assert "mia on forum" in text_of(pilot)


def post_by(stage: Stage, member: str) -> None:
    """Somebody else writes in mia's thread."""
    from cm_console.model.records import Post

    at = Instant(stage.clock.now() - 29 * HOUR // 10)
    stage.save(Post("extra", "t1", member, at, Untrusted("me too"), mentions_us=True))


async def test_the_timeline_is_narrowed_to_words(stage: Stage) -> None:
    stage.thread("Chain", "rusty chain", author="mia", hours_ago=50)
    async with stage.open() as pilot:
        await press(pilot, "w", "slash", *"rusty")
        assert "rusty chain" in text_of(pilot) and "they squeal" not in text_of(pilot)


async def test_moderation_and_search_lead_to_the_person_too(stage: Stage) -> None:
    await stage.services.moderation.flag(1, None, "rude")
    async with stage.open() as pilot:
        await press(pilot, "2", "P")
        assert "mia on forum" in text_of(pilot)
        await press(pilot, "escape", "ctrl+f", *"ding", "ctrl+o")
        assert "leo on forum" in text_of(pilot)


async def test_t_in_the_inbox_makes_a_follow_up(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        await press(pilot, "t", "t", *"ask", "enter")
        assert "listed when it is due" in said(pilot)[-1]
    assert stage.services.persons is not None
    (due,) = await stage.services.persons.due(before=Instant(stage.clock.now() + 48 * HOUR))
    assert due.body == "ask" and due.who == "mia"


async def test_forgetting_asks_by_typing_the_handle(stage: Stage) -> None:
    async with stage.open(notices=True) as pilot:
        await press(pilot, "w", "X")
        assert "Forget mia for good?" in text_of(pilot) and isinstance(pilot.app.screen, Choose)
        assert "for good: 1 account, 1 post, 1 title. The numbers stay." in " ".join(pilot.app.screen.words)
        await press(pilot, "y", *"leo", "enter")
        assert "not their handle" in said(pilot)[-1]
        await press(pilot, "X", "n")
        assert stage.store.read_now(lambda conn: conn.execute("SELECT body FROM post LIMIT 1").fetchone()[0])
        await press(pilot, "X", "y", *"mia", "enter")
        assert said(pilot)[-1].startswith("Forgotten: ")
        assert "[deleted]" in text_of(pilot) and "they squeal" not in text_of(pilot)


async def test_what_the_team_keeps_on_the_author_stands_with_the_thread(stage: Stage) -> None:
    async with stage.open() as pilot:
        assert "w shows all" not in text_of(pilot)
        await press(pilot, "w", "l", *"vip", "enter", "t", "t", *"ring", "enter", "n", *"tall", "enter", "escape")
        text = text_of(pilot)
        assert "mia: w shows all" in text and "#vip" in text and "due in 1d: ring" in text and "tall" in text


@pytest.mark.parametrize(
    "name", ["[b]mallory[/b]", "mal\x1b]0;x\x07lory\x9b31m", "[@click=app.quit]mal[/]", "\u202emallory"]
)
async def test_hostile_names_are_only_ever_text(stage: Stage, name: str) -> None:
    stage.thread(name, name, author=name, hours_ago=9)
    member = Member("c2", Untrusted(name), Untrusted(name))

    def chat(conn: Connection) -> None:
        id = sources.ensure(conn, "chat", "matrix")
        ingest.save(conn, id, Community(ZONE), stage.clock.now(), [member])

    stage.store._run(chat, True)
    async with stage.open(notices=True) as pilot:
        for key in (
            "w",
            "s",
            "y",
            "U",
            "escape",
            "n",
            "escape",
            "M",
            *"mal",
            "enter",
            "X",
            "y",
            "escape",
            "tab",
        ):
            await press(pilot, key)
            assert not STEERING.search(text_of(pilot).replace("\n", ""))
        assert "mal" in text_of(pilot)


async def test_a_follow_up_asks_for_its_day_and_counts_days_by_the_calendar(stage: Stage) -> None:
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "w", "t")
        assert "until" not in " ".join(each.words for each in cast("Choose[str]", pilot.app.screen).choices)
        await press(pilot, "o", *"2020-01-01", "enter")
        assert "2020-01-01 has passed" in text_of(pilot)
        for _ in "2020-01-01":
            await press(pilot, "backspace")
        await press(pilot, *"3", "enter", *"ring", "enter")
        assert "in 3d" in text_of(pilot) and "ring" in text_of(pilot)


async def test_words_left_with_escape_come_back(stage: Stage) -> None:
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "w", "n", *"tall", "escape")
        assert "your words are kept" in said(pilot)[-1]
        await press(pilot, "t", "t", *"ring", "escape")
        assert "your words are kept" in said(pilot)[-1]
        await press(pilot, "n", *"er", "enter", "t", "t", "enter")
        assert "taller" in text_of(pilot) and "ring" in text_of(pilot) and "in 1d" in text_of(pilot)
        before = len(said(pilot))
        await press(pilot, "t", "t", "escape", "n", "escape")
        assert len(said(pilot)) == before


async def test_mail_and_meeting_have_keys_of_their_own(stage: Stage) -> None:
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "w", "c")
        keys = [each.key for each in cast("Choose[str]", pilot.app.screen).choices]
        assert len(set(keys)) == len(keys) and not {"j", "k"} & set(keys)
        await press(pilot, "e", *"coffee", "enter")
        assert "meeting by ann" in text_of(pilot)


async def test_a_tag_typed_after_others_is_one_of_its_own(stage: Stage) -> None:
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "w", "l", *"vip", "enter", "l", *"new", "enter")
        assert "#new #vip" in text_of(pilot)


async def test_where_one_pane_fits_the_timeline_is_told_of(stage: Stage) -> None:
    async with stage.open("80x24", notices=True) as pilot:
        await press(pilot, "w")
        assert "tab: timeline" in text_of(pilot)
        await press(pilot, "tab")
        assert "tab: timeline" not in text_of(pilot) and "they squeal" in text_of(pilot)
