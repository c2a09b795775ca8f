"""From every name to its person with one key: each screen that shows one has the key, and it leads there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cm_console import keys
from cm_console.model.inbox import Then
from cm_console.model.records import Kind, Member, Post, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.screens.batch import BatchScreen
from cm_console.screens.person import PersonScreen
from cm_console.services.desk import Desk
from cm_console.services.metrics import MetricsService
from tests.screens.stage import ZONE, Stage, make_stage, press, said, strike, text_of
from tests.screens.test_similar import world

NO_NAME: Mapping[str, str] = {
    "calendar": "entries, days and sources only; what it became is a thread of the inbox (i)",
    "compose": "letters are for the text; the thread it answers is one escape away, the draft is kept",
    "passage": "the same: it chooses words of that thread",
    "form": "letters are for the text",
    "person": "the only member named is the one who is shown",
}
"""Screens without the key, and why."""
WAYS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "inbox": (("1",), "mia"),
    "moderation": (("2",), "mia"),
    "metrics": (("4", "plus", "/", *"contributors", "enter", "enter"), "kim"),
    "members": (("5", "/", *"kim", "enter"), "kim"),
    "search": (("ctrl+f", *"settings"), "kim"),
    "similar": (("1", "s"), "noor"),
    "answerers": (("1", "W"), "noor"),
    "feedback": (("1", "F"), "mia"),
    "engage": (("1", "E"), "newbie"),
    "outbox": (("O",), "mia"),
}
"""For each screen how one comes there, and whom the row names."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Mia waits, kim and noor answered before, kim reported mia, newbie wrote first, an answer is on its way."""
    made = make_stage(tmp_path)
    world(made)
    at = Instant(made.clock.now() - 2 * HOUR)
    made.save(Report("r1", Ref(Kind.POST, one(made, "SELECT remote FROM post ORDER BY id DESC")), "m-kim", "rude", at))
    newbie = Member("m-new", Untrusted("newbie"), joined_at=at)
    made.save(
        newbie, Thread("hello", Untrusted("Hello"), "m-new", at), Post("h", "hello", "m-new", at, Untrusted("hi"))
    )
    made.save(Member("m-ann", Untrusted("ann"), staff=True), Post("h2", "hello", "m-kim", at, Untrusted("welcome")))
    services, mia = made.services, int(one(made, "SELECT id FROM thread WHERE title LIKE 'How do I%'"))
    assert services.directory is not None and services.feedback is not None
    await services.feedback.mark([mia], "2FA")
    await services.inbox.reply(mia, "Look into your settings.", then=Then.KEEP)
    await services.directory.look_again()
    desk = Desk(made.store, made.clock, lambda: "m1", services.changes, "ann")
    made.services = replace(services, metrics=MetricsService(desk, ZONE))
    yield made
    made.store.close()


def one(stage: Stage, sql: str) -> str:
    """One value."""
    return str(stage.store.read_now(lambda conn: conn.execute(sql).fetchone()[0]))


def key_of(scope: str) -> str | None:
    """The key of a screen that leads to a person."""
    found = [each for each in keys.COMMANDS if each.screen == scope and each.action in ("who", "person")]
    return keys.keys_of(found[0])[0] if found else None


def test_every_screen_has_the_key_or_says_why_not() -> None:
    without = {scope for scope in keys.SCOPES if key_of(scope) is None}
    assert without == set(NO_NAME), "a screen that shows names needs the key; say here why one has none"
    assert {scope for scope in keys.SCOPES if scope not in without} == {*WAYS, "batch"}, "and is walked to here"


def test_the_key_is_w_wherever_w_is_free() -> None:
    for scope in WAYS:
        others = {
            key for each in keys.commands(scope) for key in keys.keys_of(each) if each.action not in ("who", "person")
        }
        assert key_of(scope) == "w" or "w" in others or scope == "search", scope


@pytest.mark.parametrize("scope", WAYS)
async def test_it_leads_to_the_one_who_is_named(stage: Stage, scope: str) -> None:
    way, handle = WAYS[scope]
    key = key_of(scope)
    assert key is not None
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, *way)
        assert getattr(pilot.app.screen, "scope", "") == scope, text_of(pilot)
        before = pilot.app.screen
        await press(pilot, key)
        if not isinstance(pilot.app.screen, PersonScreen):
            await press(pilot, key)  # several are named: the same key again is the first
        assert isinstance(pilot.app.screen, PersonScreen), (said(pilot), text_of(pilot))
        assert pilot.app.screen.known is not None
        assert handle in {str(account.handle) for account in pilot.app.screen.known.accounts}
        await press(pilot, "escape")
        assert pilot.app.screen is before


async def test_from_a_batch_to_whom_a_reply_goes(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "1", "F", "a", *"done", "enter", "ctrl+s")
        assert isinstance(pilot.app.screen, BatchScreen)
        strike(pilot, "w")
        while "mia ─ all platforms" not in text_of(pilot):  # the batch still waits below, so nothing is ever idle
            await pilot.pause()


async def test_who_reported_is_a_choice_beside_who_is_judged(stage: Stage) -> None:
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "P", "1")
        assert isinstance(pilot.app.screen, PersonScreen) and pilot.app.screen.known is not None
        assert str(pilot.app.screen.known.main.handle) == "kim"


async def test_a_number_names_nobody_and_says_how_to_come_to_who_is_behind(stage: Stage) -> None:
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "4", "w")
        assert "enter shows the rows" in said(pilot)[-1]
