"""Somebody who wants in is let in or not, in a moderator's words; what nobody sees yet cannot be hidden."""

from __future__ import annotations

import pytest

from cm_console.model.records import Kind, Member, Post, PostState, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.store import sources
from tests.screens.cases import identify, sql
from tests.screens.stage import Stage, press, text_of

QUEUED = "SELECT verb, payload ->> '$.target.kind', payload ->> '$.target.id', payload ->> '$.report' FROM action"
WORDS = ("accept", "reject", "discard", "defer")


def at_the_door(stage: Stage, *choices: str) -> int:
    """Dora wants to join; the case's id."""
    at = Instant(stage.clock.now() - HOUR)
    asked = Report("join-1", Ref(Kind.MEMBER, "dora"), None, "subscription", at, choices=choices)
    stage.save(Member("dora", Untrusted("dora")), asked)
    return int(sql(stage, "SELECT id FROM cases")[0][0])


@pytest.mark.parametrize(
    ("key", "verb"), [("a", Verb.APPROVE), ("d", Verb.REJECT), ("s", Verb.SPAM), ("b", Verb.BAN), ("i", Verb.IGNORE)]
)
async def test_the_keys_of_a_case_answer_whoever_wants_in(stage: Stage, key: str, verb: Verb) -> None:
    at_the_door(stage, *WORDS)
    identify(stage, *Verb)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", key, "enter", "enter")
    assert sql(stage, QUEUED) == [(verb, "member", "dora", "join-1")]


async def test_the_words_themselves_do_too(stage: Stage) -> None:
    id = at_the_door(stage, "approve", "reject")
    identify(stage, *Verb)
    with pytest.raises(Impossible, match="a member cannot be told spam"):
        await stage.services.moderation.decide(id, Verb.SPAM)
    await stage.services.moderation.decide(id, Verb.APPROVE)
    assert [row[0] for row in sql(stage, QUEUED)] == [Verb.APPROVE]


async def test_a_member_who_was_reported_is_neither_approved_nor_removed(stage: Stage) -> None:
    id = at_the_door(stage, "resolve")
    identify(stage, *Verb)
    for verb in (Verb.APPROVE, Verb.REJECT, Verb.REMOVE, Verb.SPAM):
        with pytest.raises(Impossible, match=f"a member cannot be told {verb}"):
            await stage.services.moderation.decide(id, verb)
    await stage.services.moderation.decide(id, Verb.KEEP)
    assert [row[0] for row in sql(stage, QUEUED)] == [Verb.KEEP]


async def test_what_is_held_back_is_not_hidden(stage: Stage) -> None:
    at = Instant(stage.clock.now() - HOUR)
    post = Post("p", "t", None, at, Untrusted("Buy followers"), state=PostState.HELD)
    held = Report("h", Ref(Kind.POST, "p"), None, "held", at)
    stage.save(Thread("t", Untrusted("Offer"), None, at), post, held)
    ((id,),) = sql(stage, "SELECT id FROM cases")
    identify(stage, *Verb)
    with pytest.raises(Impossible, match="held back already"):
        await stage.services.moderation.decide(id, Verb.HIDE)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "enter")
        assert "the platform: held " in text_of(pilot), "nobody raised it, so nobody has a record"
        assert "hide" in text_of(pilot).partition("cannot be done here:")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("kind", "words"), [("rss", "an rss source"), ("email", "an email source"), ("forge", "a forge source")]
)
async def test_what_a_kind_cannot_do_is_said_in_english(stage: Stage, kind: str, words: str) -> None:
    identify(stage)
    await stage.store.write(lambda conn: conn.execute("UPDATE source SET kind = ?", (kind,)).rowcount)
    assert await stage.store.read(lambda conn: sources.why_not(conn, "forum", Verb.WARN)) == f"{words} cannot warn"
