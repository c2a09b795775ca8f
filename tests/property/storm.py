"""A platform in bad weather, a console that can die at any await, and what must be true whatever happens."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from functools import partial
from typing import Any, cast

from cm_console.console import Console
from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import SourceError, Unreachable
from cm_console.model.outbox import OutboxRow, State
from cm_console.model.records import Kind, Post, PostState, Report, Thread
from cm_console.model.source import Cursor, Feed, Identity, Page, Source
from cm_console.model.text import clean, clean_line
from cm_console.model.time import SECOND
from cm_console.sources.memory import Platform
from cm_console.sources.memory_verbs import carry_out
from cm_console.store.sqlite import Connection

ONCE = (Verb.REPLY, Verb.PUBLISH, Verb.WARN)
"""Verbs whose second arrival is a second effect."""

FATES = ("fine", "refused", "vanished", "lost", "late")
LATE = 15
"""Seconds after which a late request is carried out; less than the settle time of every verb."""


class Weather:
    """What the network does next; shared by every source on the platform.

    `fates`: of the next pushes - refused before the first byte, vanished without a trace, lost on the way back after
    it was done, late: given up here and done there in a while.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.offline = False
        self.fates: list[str] = []

    def over(self, source: Source) -> Source:
        """The source in this weather."""
        return cast("Source", _Weathered(source, self))


class _Weathered:
    def __init__(self, source: Source, weather: Weather) -> None:
        self._source = source
        self._weather = weather

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    async def check(self) -> Identity:
        self._go()
        return await self._source.check()

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        self._go()
        async for page in self._source.pull(feed, cursor):
            yield page
            self._go()

    async def push(self, action: Action) -> Receipt:
        self._go()
        fate = self._weather.fates.pop(0) if self._weather.fates else "fine"
        if fate == "refused":
            raise Unreachable("connection refused")
        if fate == "vanished":
            raise Unreachable("no answer", landed=None)
        if fate == "late":
            platform = self._weather.platform
            when = platform.clock.now() + LATE * SECOND
            platform.at(cast("Any", when), partial(_land, action=action))
            raise Unreachable("timed out", landed=None)
        receipt = await self._source.push(action)
        if fate == "lost":
            raise Unreachable("the answer was lost", landed=None)
        return receipt

    async def find(self, action: Action) -> Receipt | None:
        self._go()
        return await self._source.find(action)

    def _go(self) -> None:
        if self._weather.offline:
            raise Unreachable("offline")


def _land(platform: Platform, action: Action) -> None:
    before = platform.revision
    with suppress(SourceError):
        carry_out(platform, action)
    if platform.revision != before:
        platform.pushed.append(action)


class Crash(BaseException):
    """The process is gone."""


class _Driven:
    """Runs a coroutine; at its n-th await something else happens first."""

    def __init__(self, work: Coroutine[Any, Any, object], step: int, meanwhile: Callable[[], Any]) -> None:
        self._work, self._step, self._meanwhile = work, step, meanwhile
        self.reached = False

    def __await__(self) -> Generator[Any, Any, object]:
        steps = self._work.__await__()
        resume: Callable[[], Any] = partial(next, steps)
        number = 0
        while True:
            try:
                waiting = resume()
            except StopIteration as end:
                return end.value
            number += 1
            try:
                if number == self._step:
                    self.reached = True
                    if (other := self._meanwhile()) is not None:
                        yield from other.__await__()
                yield waiting
                resume = partial(next, steps)
            except BaseException as error:  # noqa: BLE001  whatever is thrown in belongs to the coroutine
                resume = partial(steps.throw, error)


async def interleave(work: Coroutine[Any, Any, object], step: int, other: Coroutine[Any, Any, object]) -> None:
    """Run `work`; when it awaits for the n-th time, run `other` to its end first. Both end."""
    driven = _Driven(work, step, lambda: other)
    await driven
    if not driven.reached:
        await other


async def crash(console: Console, work: Coroutine[Any, Any, object], step: int) -> bool:
    """Run `work` of a console and take the console away at its n-th await; False if it ended before.

    What is being written then is written, as by the disk; nothing the dying code does after that has any effect.
    """

    def die() -> None:
        console.store.close()
        raise Crash

    driven = _Driven(work, step, die)
    with suppress(Crash, RuntimeError, asyncio.CancelledError):
        await driven
    if not driven.reached:
        return False
    await asyncio.sleep(0)
    if console._ownership is not None and console._ownership._descriptor is not None:
        os.close(console._ownership._descriptor)  # the lock file stays, as it does
        console._ownership._descriptor = None
    return True


def group_of(action: Action) -> tuple[object, ...]:
    """What a person cannot tell apart: the same words said in the same place."""
    return (action.verb, action.target, action.text, action.title)


def check_outbox(conn: Connection, actions: dict[str, Action], platform: Platform, rows: list[OutboxRow]) -> None:
    """Nothing twice, nothing claimed that is not there, nothing lost, every row in exactly one legal state.

    Raises:
        AssertionError: the outbox broke a promise.
    """
    done = Counter(group_of(action) for action in platform.pushed)
    states: dict[tuple[object, ...], list[str]] = {}
    for row in rows:
        states.setdefault(group_of(actions[row.id]), []).append(row.state)
    actions_by = {group_of(action): action for action in actions.values()}
    assert set(actions) == {row.id for row in rows}, "an action was lost, or came from nowhere"
    for group, held in states.items():
        target = actions_by[group].target
        if group[0] in ONCE:
            assert done[group] <= len(held), f"twice: {group} is there {done[group]} times, {held}"
            sent = sum(state == State.SENT for state in held)
            assert sent <= done[group], f"said sent and is not there: {group}, {held}"
            may_be = sum(state != State.CANCELLED for state in held)
            still = target is None or platform.get(target) is not None  # a reply went with its thread: nobody finds it
            assert done[group] <= may_be or not still, f"taken back and is there: {group}, {held}"
    for state, owner, claim, ended in conn.execute("SELECT state, owner, claim, ended_at FROM action"):
        assert state in tuple(State)
        assert (ended is not None) == (state in (State.SENT, State.CANCELLED, State.SUPERSEDED)), state
        assert (owner is None) == (claim is None)
        assert owner is not None if state == State.SENDING else True
        assert owner is None or state in (State.SENDING, State.UNCERTAIN), state


def check_journal(conn: Connection) -> None:
    """Local effect, action and journal line are there together or not at all.

    Raises:
        AssertionError: one came without the other.
    """
    wanted = {id for (id,) in conn.execute("SELECT id FROM action")}
    told = conn.execute("SELECT a.value FROM journal j, json_each(j.payload, '$.actions') a").fetchall()
    assert {id for (id,) in told} == wanted and len(told) == len(wanted)


def check_order(platform: Platform, actions: dict[str, Action]) -> None:
    """Replies of one thread arrived in the order they were written.

    Raises:
        AssertionError: they did not.
    """
    order = {id: number for number, id in enumerate(actions)}
    arrived: dict[object, list[int]] = {}
    for action in platform.pushed:
        if action.verb is Verb.REPLY and action.id in order:
            arrived.setdefault(action.target, []).append(order[action.id])
    for thread, numbers in arrived.items():
        assert numbers == sorted(numbers), f"out of order: {thread} {numbers}"


def check_mirror(conn: Connection, platform: Platform) -> None:
    """What we hold is what is there.

    Raises:
        AssertionError: it is not.
    """
    states = {PostState.VISIBLE: 0, PostState.HELD: 1, PostState.HIDDEN: 2, PostState.DELETED: 3}
    posts = {
        post.id: (post.thread, post.author, clean(post.text), states[post.state])
        for post in platform.records(Kind.POST)
        if isinstance(post, Post)
    }
    held = {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT p.remote, t.remote, m.remote, p.body, p.state FROM post p JOIN thread t ON t.id = p.thread_id"
            " LEFT JOIN member m ON m.id = p.author_id WHERE p.state < 3 OR p.body != ''"
        )
    }
    gone = {id for id, facts in posts.items() if facts[3] == 3}
    for id in posts.keys() | held.keys():
        assert id in gone or held.get(id) == posts.get(id), f"the mirror differs: {id} {held.get(id)} {posts.get(id)}"
    threads = {
        thread.id: (clean_line(thread.title), int(thread.closed))
        for thread in platform.records(Kind.THREAD)
        if isinstance(thread, Thread)
    }
    kept = {row[0]: row[1:] for row in conn.execute("SELECT remote, title, closed FROM thread WHERE deleted = 0")}
    assert kept == threads, "the mirror differs"
    reports = {r.id: r.closed_at for r in platform.records(Kind.REPORT) if isinstance(r, Report)}
    assert dict(conn.execute("SELECT remote, closed_at FROM report WHERE remote NOT LIKE 'cm:%'")) == reports, (
        "the mirror differs"
    )
