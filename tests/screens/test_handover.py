"""Handing over: assign with a note in one step, teams outside only after a yes, linked both ways."""

from __future__ import annotations

import json

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cm_console.model.handover import Handed, quoted
from cm_console.model.inbox import Status, View
from cm_console.model.records import Member, Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.services.desk import Impossible
from cm_console.services.handover import HandoverService
from cm_console.store.sqlite import Connection
from tests.screens.stage import Stage, press, said, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def service(stage: Stage) -> HandoverService:
    assert stage.services.handover is not None
    return stage.services.handover


def rows(stage: Stage, query: str) -> list[tuple[object, ...]]:
    return stage.store.read_now(lambda conn: conn.execute(query).fetchall())


def landed(stage: Stage, remote: str) -> None:
    """The delivery has sent it, and the platform made this of it."""

    def change(conn: Connection) -> None:
        conn.execute("UPDATE action SET state = 'sent', remote_id = ? WHERE verb = 'publish'", (remote,))
        conn.execute("UPDATE source SET me = 'm-us'")

    stage.store._run(change, True)


def there(stage: Stage, *texts: tuple[str, str], closed: bool = False) -> None:
    """The thread it became, as a sync brings it, with who said what."""
    now = stage.clock.now()
    posts = [
        Post(f"i-{n}", "issue-1", f"m-{who}", Instant(now + n), Untrusted(text)) for n, (who, text) in enumerate(texts)
    ]
    url = "https://git.example/acme/infra/12"
    members = [Member(f"m-{who}", Untrusted(who)) for who, _ in texts]
    thread = Thread("issue-1", Untrusted("Help"), "m-us", now, closed=closed, url=url)
    stage.save(*members, thread, *posts)


async def handed(stage: Stage) -> Handed:
    (one,) = await service(stage).of_thread(1)
    return one


@both
async def test_a_colleague_gets_it_with_a_note_in_one_step_and_one_undo(stage: Stage, size: str) -> None:
    stage.thread("How do I reset 2FA?")
    async with stage.open(size) as pilot:
        await press(pilot, "h", "1", *"look", "enter")
        assert rows(stage, "SELECT assignee FROM thread") == [("bob",)]
        assert rows(stage, "SELECT body FROM note") == [("@bob look",)]
        assert rows(stage, "SELECT person FROM mention") == [("bob",)]
        await press(pilot, "z")
        assert rows(stage, "SELECT assignee FROM thread") == [(None,)]
        assert rows(stage, "SELECT 1 FROM note UNION ALL SELECT 1 FROM mention") == []


@both
async def test_what_leaves_is_shown_and_goes_only_after_a_yes(stage: Stage, size: str) -> None:
    stage.thread("How do I reset 2FA?", "I lost my phone, @kim")
    async with stage.open(size, notices=True) as pilot:
        await to_infra(pilot)
        shown = text_of(pilot)
        for words in ("Leaves the console", "Please look", "> I lost my phone, `@kim`", "https://forum.example/t/1"):
            assert words in shown
        await press(pilot, "n")
        assert said(pilot)[-1] == "Nothing was sent; h has your note."
        assert rows(stage, "SELECT 1 FROM action") == []
        await press(pilot, "h", "a", "enter")
        await press(pilot, "y")
        ((payload,),) = rows(stage, "SELECT payload FROM action")
        sent = json.loads(str(payload))
        assert (sent["place"], sent["title"]) == ("Support", "How do I reset 2FA?")
        assert sent["text"].startswith("Please look\n\n> I lost my phone")
        if size == "120x40":
            assert "infra: (queued)" in text_of(pilot)
        await press(pilot, "z")
        assert await service(stage).of_thread(1) == []


async def to_infra(pilot: Pilot[None]) -> None:
    await press(pilot, "h", "a", *"Please", "space", *"look", "enter")


@both
async def test_doubts_stand_above_what_leaves(stage: Stage, size: str) -> None:
    stage.thread("Help {title}", "See {member}, @kim")
    key = "AKIA" + "Q" * 16
    async with stage.open(size, notices=True) as pilot:
        await press(pilot, "h", "a", *f"{key} @everyone", "enter")
        shown = text_of(pilot)
        assert "y sends it anyway" in shown and "esc back" in shown
        assert "! @everyone calls everybody" in shown and "! it holds what looks like" in shown
        assert "filled in" not in shown and "did you mean" not in shown, "braces of the member are theirs"
        await press(pilot, "e", *["backspace"] * 10, *" {title}", "enter")
        assert "cannot be sent" in text_of(pilot) and "! {title} is not filled in" in text_of(pilot)
        await press(pilot, "y")
        assert rows(stage, "SELECT 1 FROM action") == [] and "cannot be sent" in text_of(pilot)
        await press(pilot, "e", *["backspace"] * 28, *"look", "enter")
        assert "y sends it ─" in text_of(pilot)
        await press(pilot, "y")
        assert len(rows(stage, "SELECT 1 FROM action")) == 1


async def test_a_private_note_does_not_leave_unseen(stage: Stage) -> None:
    stage.thread("Help")
    words = "she told me on the phone that her office moves in May"
    await stage.services.inbox.note(1, words)
    parcel = await service(stage).preview(1, "infra", words)
    (doubt,) = await service(stage).doubts(1, parcel, words)
    assert (doubt.words, doubt.stops) == ("it holds words of a private note", False)
    with pytest.raises(Impossible, match="no thread 9"):
        await service(stage).doubts(9, parcel, words)


async def test_a_note_that_was_not_sent_is_there_the_next_time(stage: Stage) -> None:
    stage.threads(2)
    async with stage.open(notices=True) as pilot:
        await press(pilot, "h", "a", *"Please", "escape", "h", "1")
        assert pilot.app.screen.query_one(Input).value == "Please"
        await press(pilot, *"!", "escape", "h", "a", "enter", "escape", "h", "a")
        assert pilot.app.screen.query_one(Input).value == "Please!"
        await press(pilot, "enter", "y", "h", "a")
        assert pilot.app.screen.query_one(Input).value == ""
        await press(pilot, *"x", "escape", "j", "h", "a")
        assert pilot.app.screen.query_one(Input).value == ""


async def test_the_member_is_named_only_where_the_template_says_so(stage: Stage) -> None:
    stage.thread("Help", author="mia")
    assert "mia" in (await service(stage).preview(1, "infra", "")).body
    service(stage).teams["infra"] = type(service(stage).teams["infra"])("infra", "forum")
    assert "mia" not in (await service(stage).preview(1, "infra", "")).body


async def test_a_team_that_cannot_be_told_is_said_so(stage: Stage) -> None:
    stage.thread("Help")
    with pytest.raises(Impossible, match="shop cannot be told: there is no source away"):
        await service(stage).preview(1, "shop", "")
    with pytest.raises(Impossible, match="there are: infra, shop"):
        await service(stage).preview(1, "infar", "")


async def test_links_lead_both_ways(stage: Stage) -> None:
    stage.thread("Help")
    await service(stage).hand_over(1, await service(stage).preview(1, "infra", "look"))
    landed(stage, "issue-1")
    there(stage, ("us", "Help, said mia"))
    one = await handed(stage)
    assert one.words == "infra: https://git.example/acme/infra/12 (sent)"
    origin = await service(stage).origin(one.here or 0)
    assert origin is not None
    assert origin.thread_id == 1
    async with stage.open() as pilot:
        assert "git.example/acme/infra/12› (sent)" in text_of(pilot)


async def test_an_answer_there_brings_the_inquiry_back_once(stage: Stage) -> None:
    stage.thread("Help")
    await service(stage).hand_over(1, await service(stage).preview(1, "infra", "look"))
    await stage.services.inbox.done([1])
    landed(stage, "issue-1")
    there(stage, ("us", "Help, said mia"))
    assert await service(stage).bring_back() == 0  # our own words
    stage.clock.advance(60)
    there(stage, ("us", "Help, said mia"), ("ops", "Fixed in 2.4"))
    assert await service(stage).bring_back() == 1
    assert await service(stage).bring_back() == 0
    (note,) = await stage.services.inbox.notes(1)
    assert (note.author, "infra (ops) answered: https://git.example/acme/infra/12\nFixed in 2.4") == (
        note.author,
        note.body,
    )
    row = await stage.services.inbox.row(1)
    assert row is not None
    assert row.status is Status.OPEN
    with pytest.raises(Impossible, match="infra did “came back” on it since"):
        await stage.services.journal.undo()  # nobody here did the coming back


async def test_closing_there_brings_it_back_for_good(stage: Stage) -> None:
    stage.thread("Help")
    await service(stage).hand_over(1, await service(stage).preview(1, "infra", "look"))
    landed(stage, "issue-1")
    there(stage, ("us", "Help, said mia"), closed=True)
    assert await service(stage).bring_back() == 1
    assert "infra closed it" in (await stage.services.inbox.notes(1))[0].body
    there(stage, ("us", "Help"), ("ops", "by the way"), closed=True)
    assert await service(stage).bring_back() == 0


async def test_the_colleague_finds_it_among_the_mentions(stage: Stage) -> None:
    stage.thread("Help")
    await service(stage).to_colleague([1], "ann", "for later")
    assert await stage.services.inbox.page(View.MENTIONS) == []  # oneself needs no telling
    await service(stage).to_colleague([1], "bob", "for later")
    assert rows(stage, "SELECT person FROM mention") == [("bob",)]


def test_a_quote_is_short_and_calls_nobody() -> None:
    assert quoted("Ask @ann\n\nor `@kim` or a@b.example") == "> Ask `@ann`\n>\n> or `@kim` or a@b.example"
    assert len(quoted("x" * 5000)) < 2_010


async def test_who_is_forgotten_is_forgotten_in_what_was_handed_over_too(stage: Stage) -> None:
    stage.thread("Help", "I live in Nutley Lane", author="mia")
    await service(stage).hand_over(1, await service(stage).preview(1, "infra", "look"))
    landed(stage, "issue-1")
    assert stage.services.privacy is not None
    await stage.services.privacy.forget(1)
    ((payload,),) = rows(stage, "SELECT payload FROM action")
    assert "Nutley" not in str(payload)
    assert "mia" not in str(payload)
