"""What is decided on an inquiry of many threads costs as many steps as it has threads, and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.store import telling
from tests.screens.stage import Stage, make_stage

EACH = 100
"""Instructions of SQLite that are counted as one."""
LINEAR = 1.5
"""Twice as many may cost so many times twice as much; what grows with the square costs twice that."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = make_stage(tmp_path)
    yield made
    made.store.close()


async def steps(stage: Stage, deed: Callable[[], Awaitable[object]]) -> int:
    """What SQLite does for a decision, in instructions."""
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    await stage.store.write(lambda conn: conn.set_progress_handler(step, EACH))
    await deed()
    await stage.store.write(lambda conn: conn.set_progress_handler(None, 0))
    return counted[0]


async def group(stage: Stage, first: int, number: int) -> list[int]:
    """So many threads as one inquiry; their ids."""
    at = Instant(stage.clock.now() - HOUR)
    records: list[Record] = [Member("m", Untrusted("mia"))]
    for n in range(first, first + number):
        records += [Thread(f"g{n}", Untrusted(f"G {n}"), "m", at), Post(f"p{n}", f"g{n}", "m", at, Untrusted("?"))]
    stage.save(*records)
    query = "SELECT id FROM thread WHERE lead_id IS NULL ORDER BY id DESC LIMIT ?"
    ids = [id for (id,) in stage.store.read_now(lambda conn: conn.execute(query, (number,)).fetchall())]
    assert stage.services.joined is not None
    await stage.services.joined.merge(ids[0], ids[1:])
    return ids


async def test_deciding_on_a_group_costs_as_much_as_it_is_large(stage: Stage) -> None:
    few, many = await group(stage, 0, 60), await group(stage, 60, 240)
    done = stage.services.inbox.done
    costs = [await steps(stage, partial(done, [ids[0]])) for ids in (few, many)]
    assert costs[1] < 4 * LINEAR * costs[0], costs


async def test_cancelling_many_replies_of_a_group_costs_as_much_as_they_are_many(stage: Stage) -> None:
    """Each changed all threads of the group, so each meets all that came after it."""
    ids = await group(stage, 0, 40)
    costs = list[int]()
    for number in (10, 40):
        sent = [await stage.services.inbox.reply(id, f"words {n}") for n, id in enumerate(ids[:number])]
        costs.append(await steps(stage, partial(stage.services.outbox.cancel, *sent)))
        assert (
            stage.store.read_now(lambda conn: conn.execute("SELECT count(*) FROM thread WHERE status > 0")).fetchone()[
                0
            ]
            == 0
        )
    assert costs[1] < 4 * LINEAR * costs[0], costs


async def test_what_was_written_here_is_found_without_reading_the_thread(stage: Stage) -> None:
    costs = list[int]()
    for name, posts in (("short", 20), ("long", 2000)):
        stage.thread(name, *("word" for _ in range(posts)))
        (id,) = stage.store.read_now(lambda conn: conn.execute("SELECT max(id) FROM thread").fetchone())

        async def ours(id: int = id) -> None:
            assert await stage.store.write(lambda conn: telling.ours(conn, id, 9)) == []

        costs.append(await steps(stage, ours))
    assert costs[1] <= costs[0] + 2, costs
