"""What the platform itself is told of a thread: only what makes sense now, of the right post and colleague."""

from __future__ import annotations

import json

import pytest

from cm_console.model.records import Member, Post, Thread
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.services.telling import TOLD, TellingService
from cm_console.store import sources
from tests.screens.stage import Stage, press, said, text_of


def facts(stage: Stage, **changes: object) -> None:
    """A thread `t` of mia's with an answer of leo's, one of ours and one more of hers, as the platform has it."""
    at = Instant(stage.clock.now() - 3 * HOUR)
    thread = Thread("t", Untrusted("Brakes squeal"), "mia", at, **changes)  # type: ignore[arg-type]  # facts by name
    words = {"mia": "They squeal.", "leo": "Clean the rim.", "1": "Toe in."}
    members = [Member(id, Untrusted("ann" if id == "1" else id), staff=id == "1") for id in words]
    posts = [
        Post(f"p-{id}", "t", id, Instant(at + n), Untrusted(text), version="v1")
        for n, (id, text) in enumerate(words.items())
    ]
    again = Post("p-again", "t", "mia", Instant(at + HOUR), Untrusted("Still squeals."))
    stage.save(*members, thread, *posts, again)


async def thread_id(stage: Stage) -> int:
    ((id,),) = await stage.store.read(lambda conn: conn.execute("SELECT id FROM thread").fetchall())
    return int(id)


async def queued(stage: Stage) -> list[tuple[str, str | None, dict[str, object]]]:
    rows = await stage.store.read(lambda conn: conn.execute("SELECT verb, payload FROM action ORDER BY seq").fetchall())
    found = [(verb, json.loads(payload)) for verb, payload in rows]
    return [(verb, (values["target"] or {}).get("id"), values) for verb, values in found]


def telling(stage: Stage) -> TellingService:
    made = stage.services.telling
    assert isinstance(made, TellingService)
    return made


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({}, {Verb.REOPEN, Verb.UNSOLVE, Verb.UNASSIGN}),
        ({"closed": True}, {Verb.CLOSE, Verb.UNSOLVE, Verb.UNASSIGN}),
        ({"solved_at": Instant(9), "solved_by": "p-leo"}, {Verb.REOPEN, Verb.SOLVE, Verb.UNASSIGN}),
        ({"assigned_to": "1"}, {Verb.REOPEN, Verb.UNSOLVE}),
    ],
)
async def test_only_what_makes_sense_now(stage: Stage, changes: dict[str, object], absent: set[Verb]) -> None:
    facts(stage, **changes)
    assert set(TOLD) - set(await telling(stage).choices(await thread_id(stage))) == absent | {Verb.EDIT}


async def test_a_question_alone_has_no_solution_and_nothing_of_ours(stage: Stage) -> None:
    stage.thread("Alone")
    assert not {Verb.SOLVE, Verb.EDIT} & set(await telling(stage).choices(await thread_id(stage)))


async def test_what_the_token_may_not_says_why_and_is_not_offered(stage: Stage) -> None:
    facts(stage)
    identity = Identity("1", "ann", verbs=frozenset({Verb.LOCK}), feeds=frozenset(Feed), missing={"close": "moderate"})
    await stage.store.write(
        lambda conn: sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), identity)
    )
    id = await thread_id(stage)
    choices = await telling(stage).choices(id)
    assert choices[Verb.LOCK] == "" and choices[Verb.CLOSE] == "forum may not close: moderate"
    with pytest.raises(Impossible, match="forum may not close: moderate"):
        await telling(stage).tell(id, Verb.CLOSE)
    async with stage.open("80x24") as pilot:
        await press(pilot, "x")
        assert "lock it" in text_of(pilot) and "close it" not in text_of(pilot)


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (Identity("", "files"), "forum is only read: its platform is told nothing from here"),
        (
            Identity("1", "ann", verbs=frozenset({Verb.REPLY})),
            "on forum a thread can be answered, not closed, locked, solved or assigned",
        ),
        (
            Identity("1", "ann", verbs=frozenset({Verb.REPLY}), missing={"lock": "the scope moderate"}),
            "forum may not lock: the scope moderate",
        ),
        (
            Identity("1", "ann", verbs=frozenset({Verb.REOPEN})),
            "forum can be told to reopen, but of this thread as it is there is nothing to tell",
        ),
        (
            Identity("1", "ann", verbs=frozenset({Verb.ASSIGN}), on_reports=frozenset({Verb.ASSIGN})),
            "on forum a thread can be answered, not closed, locked, solved or assigned",
        ),
    ],
)
async def test_where_nothing_can_be_told_one_true_line_says_why(stage: Stage, identity: Identity, words: str) -> None:
    facts(stage)
    await stage.store.write(
        lambda conn: sources.save_identity(conn, sources.ensure(conn, "forum", "discourse"), identity)
    )
    async with stage.open("80x24") as pilot:
        await press(pilot, "x")
        assert said(pilot) == [words]


async def test_a_source_never_reached_is_told_nothing_yet(stage: Stage) -> None:
    facts(stage)
    await stage.store.write(lambda conn: conn.execute("UPDATE source SET identity = '{}'").rowcount)
    assert (await telling(stage).why_nothing(await thread_id(stage))).startswith("forum was never reached")
    assert await telling(stage).why_nothing(99) == "there is no thread 99"


async def test_close_goes_to_the_thread_and_z_takes_it_back(stage: Stage) -> None:
    facts(stage)
    async with stage.open("80x24") as pilot:
        await press(pilot, "x", "c")
        ((verb, target, values),) = await queued(stage)
        assert (verb, target, values["thread"]) == ("close", "t", "t")
        assert said(pilot)[-1] == "On its way; z takes it back."
        await press(pilot, "z")
    states = await stage.store.read(lambda conn: conn.execute("SELECT state FROM action").fetchall())
    assert states == [("cancelled",)]


async def test_the_solution_is_picked_among_the_answers(stage: Stage) -> None:
    facts(stage)
    async with stage.open("80x24") as pilot:
        await press(pilot, "x", "s")
        shown = text_of(pilot)
        assert "leo: Clean the rim." in shown and "mia: They squeal." not in shown
        await press(pilot, "3")
    assert [(verb, target) for verb, target, _ in await queued(stage)] == [("solve", "p-leo")]


async def test_unsolve_is_about_the_solution(stage: Stage) -> None:
    facts(stage, solved_at=Instant(9), solved_by="p-leo")
    await telling(stage).tell(await thread_id(stage), Verb.UNSOLVE)
    assert [(verb, target) for verb, target, _ in await queued(stage)] == [("unsolve", "p-leo")]


async def test_assigning_there_names_the_colleague_as_the_platform_does(stage: Stage) -> None:
    facts(stage)
    async with stage.open("80x24") as pilot:
        await press(pilot, "x", "a", "a")
        ((verb, target, values),) = await queued(stage)
        assert (verb, target, values["member"]) == ("assign", "t", "1")
        await press(pilot, "x", "a", "1")
        assert said(pilot)[-1].startswith("forum knows no colleague 'bob'")
    assert len(await queued(stage)) == 1


async def test_what_was_written_here_is_edited_as_it_was_sent(stage: Stage) -> None:
    facts(stage)
    id = await thread_id(stage)
    async with stage.open("80x24") as pilot:
        await press(pilot, "x")
        assert "edit what we wrote" not in text_of(pilot)
        await press(pilot, "escape")
        await stage.services.inbox.reply(id, "Toe *in*.")
        await stage.store.write(
            lambda conn: conn.execute("UPDATE action SET state = 'sent', remote_id = 'p-1', ended_at = 1").rowcount
        )
        await press(pilot, "left_square_bracket", "x", "e")
        assert "Edit our answer" in text_of(pilot) and "Toe *in*." in text_of(pilot)
        await press(pilot, *" Slowly", "ctrl+s")
    verb, target, values = (await queued(stage))[-1]
    assert (verb, target, values["text"], values["seen"]) == ("edit", "p-1", "Toe *in*. Slowly", "v1")


async def test_a_second_edit_begins_with_the_first(stage: Stage) -> None:
    facts(stage)
    id = await thread_id(stage)
    await stage.services.inbox.reply(id, "one")
    await stage.store.write(lambda conn: conn.execute("UPDATE action SET state='sent', remote_id='p-1'").rowcount)
    await telling(stage).tell(id, Verb.EDIT, post="p-1", text="two")
    assert [text for _, text in await telling(stage).ours(id)] == ["one"]
    await stage.store.write(lambda conn: conn.execute("UPDATE action SET state='sent'").rowcount)
    assert [(post.remote, text) for post, text in await telling(stage).ours(id)] == [("p-1", "two")]


@pytest.mark.parametrize(
    ("verb", "named", "words"),
    [
        (Verb.REOPEN, {}, "cannot be told to reopen this thread as it is"),
        (Verb.SOLVE, {"post": "nowhere"}, "no such post"),
        (Verb.EDIT, {"post": "p-1", "text": " "}, "an empty post says nothing"),
        (Verb.BAN, {}, "cannot be told to ban this thread"),
    ],
)
async def test_what_cannot_be_told(stage: Stage, verb: Verb, named: dict[str, str], words: str) -> None:
    facts(stage)
    with pytest.raises(Impossible, match=words):
        await telling(stage).tell(await thread_id(stage), verb, **named)
    assert await queued(stage) == []
