"""Writing to a member privately: which account, what is refused and looked at, one decision, one undo, nobody twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.action import Verb
from cm_console.model.length import TextRules
from cm_console.model.messaging import subject_of
from cm_console.model.records import Kind, Member, Ref
from cm_console.model.source import Identity
from cm_console.model.templates import SavedReply
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, day_of, instant, moment
from cm_console.services.desk import Impossible
from cm_console.services.messaging import MessagingService
from cm_console.services.writing import WritingService
from cm_console.store import outbox, sources
from cm_console.store.sqlite import Connection
from cm_console.widgets.addressed import addressed_lines
from cm_console.widgets.person import person_lines
from tests.screens.stage import Shelf
from tests.unit.persons_world import ZONE, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four sources."""
    made = make_world(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def service(world: World) -> MessagingService:
    """Over the world."""
    shelf = Shelf((SavedReply("beta", "Beta", "{member}, would you try {thing}?"),))
    writing = WritingService(world.desk, shelf, "Bikes", ("ann", "bob"))
    return MessagingService(world.desk, writing, ZONE, "Bikes", ("ann", "bob"))


def cannot(world: World, source: str, *, missing: str = "", **facts: object) -> None:
    """A source whose token does not write to members."""

    def change(conn: Connection) -> None:
        able = frozenset() if missing or not facts else frozenset(Verb)
        lacks = {Verb.MESSAGE: missing} if missing else {}
        identity = Identity("me", "us", verbs=able, missing=lacks, **facts)  # type: ignore[arg-type]  # an Identity's
        sources.save_identity(conn, sources.ensure(conn, source, "discourse"), identity)

    world.store._run(change, True)


def queued(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT source, verb, payload ->> '$.target.id', payload ->> 'text' FROM action ORDER BY seq")


async def test_it_goes_to_the_account_seen_last_that_can_be_written_to(world: World, service: MessagingService) -> None:
    forum, chat, blog = (world.member(source, "mia") for source in ("forum", "chat", "blog"))
    await world.persons.merge(forum, chat)
    await world.persons.merge(forum, blog)
    world.thread("forum", "Old", ("mia", "long ago"), hours_ago=500)
    world.thread("chat", "New", ("mia", "now"), hours_ago=1)
    world.thread("blog", "Newest", ("mia", "just now"), hours_ago=0.5)
    cannot(world, "blog")
    assert [each.source for each in await service.addressees(forum)] == ["chat", "forum", "blog"]
    assert (await service.addressee(forum)).id == chat
    assert (await service.addressee(forum, "forum")).id == forum
    assert (await service.addressee(forum, str(forum))).id == forum
    with pytest.raises(Impossible, match="a discourse source cannot write to members privately"):
        await service.addressee(forum, "blog")
    with pytest.raises(Impossible, match="no account on signin; there are: mia on chat, mia on forum"):
        await service.addressee(forum, "signin")


async def test_one_decision_queues_it_logs_it_and_is_undone(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    id = await service.send(mia, " Hello mia, would you help? \n", subject="Beta\nprogramme")
    assert queued(world) == [("forum", "message", "forum-mia", "Hello mia, would you help?")]
    action = world.store.read_now(lambda conn: outbox.load(conn, id))
    assert (action.target, action.title) == (Ref(Kind.MEMBER, "forum-mia"), "Beta programme")
    (line,) = await world.journal.lines(f"member:{mia}")
    assert (line.op, line.payload["actions"]) == ("message", [id])
    person = await world.persons.person(mia)
    assert person and [(each.id, each.way, each.author) for each in person.contacts] == [
        (id, "message, on its way", "ann")
    ]
    await world.journal.undo()
    person = await world.persons.person(mia)
    assert person and not person.contacts
    assert world.rows("SELECT state FROM action") == [("cancelled",)]


async def test_a_message_ends_the_draft_it_was_and_no_other(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    world.thread("forum", "Help", ("leo", "please"))
    thread = int(str(world.rows("SELECT id FROM thread")[0][0]))
    mine, asked = f"message:{mia}", f"ask:{thread}:member:{mia}"
    begun = {mine: "Subject: Beta\n\nHello mia, would you", asked: "Could you look?"}
    for key, text in begun.items():
        await world.inbox.save_draft(key, text)

    async def drafts() -> dict[str, str]:
        return {key: str(text) for key, text in world.rows("SELECT key, body FROM draft")}  # type: ignore[misc]

    await service.send(mia, "Something else")
    await service.send(mia, "Hello mia, would you")
    await service.send(mia, "Hello mia, would you", subject="Beta", about=thread)
    assert await drafts() == begun, "another message, one without its subject, one for another purpose"
    await service.send(mia, "Hello mia, would you \n", subject="Beta ")
    assert await drafts() == {asked: "Could you look?"}
    await service.send(mia, "Could you look?", about=thread)
    assert await drafts() == {}
    await world.journal.undo()
    assert await drafts() == {asked: "Could you look?"}


@pytest.mark.parametrize(
    ("text", "subject", "why"),
    [
        (" \n ", "", "an empty message cannot be sent"),
        ("Hello {member}", "", r"\{member\} is not filled in"),
        ("Hello", "About {title}", r"\{title\} is not filled in"),
        ("x" * 41, "", "41 characters, 40 are allowed"),
    ],
)
async def test_what_cannot_be_sent(world: World, service: MessagingService, text: str, subject: str, why: str) -> None:
    mia = world.member("forum", "mia")
    cannot(world, "forum", text=TextRules(most=40))
    with pytest.raises(Impossible, match=why):
        await service.send(mia, text, subject=subject)
    assert not queued(world) and not world.rows("SELECT * FROM contact")


async def test_who_cannot_be_written_to_is_told_why(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    cannot(world, "forum", missing="the right to send messages")
    with pytest.raises(Impossible, match="forum may not write to members privately: the right to send messages"):
        await service.send(mia, "Hello")
    cannot(world, "forum", some={Verb.MESSAGE: "visitor-*"})
    with pytest.raises(Impossible, match="forum cannot write to mia"):
        await service.send(mia, "Hello")
    world.save("forum", Member("me", Untrusted("us")), Member("b", Untrusted("bot"), bot=True))
    for remote, why in (("me", "our own account"), ("b", "is a bot")):
        with pytest.raises(Impossible, match=why):
            await service.send(world.one("SELECT id FROM member WHERE remote = ?", remote), "Hello")
    with pytest.raises(Impossible, match="there is no account 99"):
        await service.send(99, "Hello")
    assert not queued(world)


async def test_it_can_wait_for_its_time(world: World, service: MessagingService) -> None:
    mia, at = world.member("forum", "mia"), Instant(world.clock.now() + DAY)
    id = await service.send(mia, "Hello", at=at)
    assert world.rows("SELECT id, not_before, planned_at FROM action") == [(id, at, at)]
    with pytest.raises(Impossible, match="that time has passed"):
        await service.send(mia, "Hello", at=Instant(world.clock.now() - 1))


async def test_places_are_filled_in_for_a_member(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia", "Mia Lee")
    words, missing = await service.filled("{member}, {me} of {community} on {source}: {thing}", mia)
    assert (words, missing) == ("Mia Lee, ann of Bikes on forum: {thing}", ("thing",))
    assert (await service.filled("{title}", mia, {"title": "Brakes"}))[0] == "Brakes"


async def test_doubts_are_those_of_a_private_message(world: World, service: MessagingService) -> None:
    forum, chat = world.member("forum", "mia"), world.member("chat", "mia")
    await world.persons.merge(forum, chat)
    assert not await service.doubts(forum, "@all: write to mia@mail.example")  # one member reads it
    await world.persons.note(chat, "she was very rude to the last moderator of ours")
    (doubt,) = await service.doubts(forum, "You were very rude to the last moderator of ours")
    assert "a private note" in doubt.words
    (doubt,) = await service.doubts(forum, "Would you try {thing}?")
    assert doubt.stops and "{thing} is not filled in" in doubt.words
    await service.send(chat, "Hello mia")
    world.clock.advance(2 * HOUR / 1000)
    (doubt,) = await service.doubts(forum, "Hello again")
    assert doubt.words == "you wrote to them privately, 2h ago: “Hello mia”"
    world.clock.advance(8 * DAY / 1000)
    assert not await service.doubts(forum, "Hello again")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("\n# Welcome!\n\nGood to have you", "Welcome!"),
        ("Would you like to try the beta of the new brakes that we are building these days?",
         "Would you like to try the beta of the new brakes that we are …"),
        ("x" * 90, "x" * 60 + " …"),
        ("", ""),
    ],
)  # fmt: skip
def test_first_words_stand_for_a_subject(text: str, subject: str) -> None:
    assert subject_of(text) == subject


async def test_where_a_name_in_the_words_reads_them_too_it_is_stopped(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia@far.example")
    world.store._run(lambda conn: conn.execute("UPDATE source SET kind = 'mastodon' WHERE name = 'forum'"), True)
    (doubt,) = await service.doubts(mia, "As @leo said, @mia: see me@x.example, https://x.example/@kim")
    assert doubt.stops and doubt.words == "whoever it names gets it too: write @leo without the @"
    with pytest.raises(Impossible, match="write @leo without the @"):
        await service.send(mia, "As @leo said")
    identity = Identity("me", "us", verbs=frozenset(Verb), text=TextRules(most=40, local_mentions=True))
    world.store._run(lambda conn: sources.save_identity(conn, 1, identity), True)
    assert (await service.rules(mia)).most == 40 - len("@mia ")
    with pytest.raises(Impossible, match="36 characters, 35 are allowed"):
        await service.send(mia, "x" * 36)
    await service.send(mia, "x" * 35)


async def test_a_message_taken_back_in_the_outbox_is_a_draft_again(world: World, service: MessagingService) -> None:
    from cm_console.services.outbox import OutboxService

    mia = world.member("forum", "mia")
    id = await service.send(mia, "Hello mia")
    assert await OutboxService(world.desk).cancel(id) == "What it said is a draft again."
    assert await world.inbox.draft(f"message:{mia}") == "Hello mia"
    assert not world.rows("SELECT * FROM contact")
    await world.journal.undo()
    assert not await world.inbox.draft(f"message:{mia}")
    assert world.rows("SELECT id FROM contact") == [(id,)]
    await world.journal.undo()
    assert await world.inbox.draft(f"message:{mia}") == "Hello mia"


async def test_the_contact_log_tells_how_a_message_stands(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    id = await service.send(mia, "Hello mia")

    async def way(state: str) -> str:
        world.store._run(lambda conn: conn.execute("UPDATE action SET state = ? WHERE id = ?", (state, id)), True)
        person = await world.persons.person(mia)
        return person.contacts[0].way if person else ""

    assert [await way(state) for state in ("queued", "failed", "uncertain", "sent")] == [
        "message, on its way", "message, failed", "message, uncertain", "message",
    ]  # fmt: skip


async def test_too_late_says_that_it_cannot_be_taken_back(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    await service.send(mia, "Hello mia")
    world.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent'"), True)
    world.clock.advance(MINUTE / 1000)
    with pytest.raises(Impossible) as caught:
        await world.journal.undo()
    assert (
        str(caught.value) == "too late: the message to mia is sent, and what was written privately cannot be taken back"
    )


AUCKLAND = ZoneInfo("Pacific/Auckland")


def said_at(world: World, id: str, at: int) -> None:
    """When a message was written."""
    world.store._run(lambda conn: conn.execute("UPDATE contact SET at = ? WHERE id = ?", (at, id)), True)


async def test_days_are_those_of_the_community(world: World, service: MessagingService) -> None:
    mia, now = world.member("forum", "mia"), world.clock.now()
    here = (moment(now, AUCKLAND) + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
    today, yesterday = instant(here), instant(here - timedelta(hours=2))
    world.clock.advance((today - now) / 1000 + 20 * 3600)
    assert day_of(today, ZONE) == day_of(yesterday, ZONE) != day_of(world.clock.now(), ZONE), "another day in UTC"
    there = MessagingService(world.desk, service._writing, AUCKLAND)
    id = await there.send(mia, "Hello")
    person = await world.persons.person(mia)
    assert person is not None
    for at, said in ((today, "20h"), (yesterday, "1d")):
        said_at(world, id, at)
        (doubt,) = await there.doubts(mia, "Hi again")
        assert f"privately, {said} ago" in doubt.words
        contacts = tuple(replace(each, at=at) for each in person.contacts)
        accounts = tuple(replace(each, joined_at=at) for each in person.accounts)
        shown = addressed_lines(
            replace(person, contacts=contacts, accounts=accounts), (), world.clock.now(), AUCKLAND, 80
        )
        words = "\n".join("".join(text for text, _ in line) for line in shown)
        assert f"by ann {said}: Hello" in words and f"here {said}" in words


async def test_what_is_planned_is_still_to_come(world: World, service: MessagingService) -> None:
    mia = world.member("forum", "mia")
    await service.send(mia, "Hello", at=Instant(world.clock.now() + 3 * DAY))
    person = await world.persons.person(mia)
    assert person is not None
    shown = addressed_lines(person, (), world.clock.now(), ZONE, 80)
    assert "message, on its way by ann in 3d: Hello" in "\n".join("".join(text for text, _ in line) for line in shown)
    page = person_lines(person, (), "ann", world.clock.now(), ZONE, 80)
    assert "by ann  in 3d" in "\n".join("".join(text for text, _ in line) for line in page)
