"""The list against a plain model: random moves, page faults, rows coming and going; nothing lost or out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.widgets.pager import FIRST, LAST, Pager
from cm_console.widgets.window import MemoryRows

HEIGHT = 7


@dataclass(frozen=True)
class Item:
    """A row whose key may change while its id stays."""

    id: int
    key: tuple[int, int]


def item(place: int, id: int) -> Item:
    return Item(id, (place, id))


class Slow(MemoryRows[Item]):
    """Rows whose every answer comes a little later."""

    async def after(self, key: Any, limit: int) -> Sequence[Item]:
        await asyncio.sleep(0)
        return await super().after(key, limit)

    async def before(self, key: Any, limit: int) -> Sequence[Item]:
        await asyncio.sleep(0)
        return await super().before(key, limit)

    async def find(self, id: Any) -> Item | None:
        await asyncio.sleep(0)
        return await super().find(id)


class World:
    """A pager on rows, with the loop's tasks under control."""

    def __init__(self, rows: Sequence[Item]) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.rows = Slow(list(rows))
        self.pager: Pager[Item] = Pager(lambda lines: None, self.wake)
        self.pager.window.resize(HEIGHT)
        self.pager.show(self.rows, None, None, None)

    def wake(self) -> None:
        task = asyncio.get_running_loop().create_task(self.pager.load())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def idle(self) -> None:
        while self.tasks:
            await asyncio.gather(*self.tasks)

    def check(self) -> None:
        """What must hold whenever nothing is under way."""
        window, rows = self.pager.window, self.rows.rows
        ids = [row.id for row in window.rows]
        all_ids = [row.id for row in rows]
        at = all_ids.index(ids[0]) if ids else 0
        assert ids == all_ids[at : at + len(ids)], "what is loaded has no gaps"
        assert window.first == at, "it knows where it is"
        assert window.starts <= (at == 0) and window.ends <= (at + len(ids) == len(rows)), (
            "an end is known, never guessed"
        )
        assert len(ids) <= window.capacity + window.limit, "memory is bounded"
        assert 0 <= window.top <= window.cursor < max(1, window.top + HEIGHT), "the cursor is visible"
        assert not rows or window.cursor < len(ids)
        assert self.pager.total == len(rows)


MOVES = st.one_of(st.integers(-3, 3), st.sampled_from([-HEIGHT, HEIGHT, -200, 200, FIRST, LAST]))


def after_move(cursor: int, move: int | str, count: int) -> int:
    to = 0 if move == FIRST else count - 1 if move == LAST else cursor + int(move)
    return max(0, min(count - 1, to))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([0, 1, 5, 64, 65, 500, 3000]), st.lists(st.lists(MOVES, max_size=6), max_size=12))
def test_presses_are_made_in_order_and_none_is_lost(count: int, bursts: list[list[int | str]]) -> None:
    async def run() -> None:
        world = World([item(n, n) for n in range(count)])
        cursor = 0
        for burst in bursts:
            for move in burst:
                world.pager.move(move)
                cursor = after_move(cursor, move, count)
            await world.pager.settled()
            await world.idle()
            world.check()
            current = world.pager.window.current
            assert (current.id if current else 0) == cursor
        assert not world.pager.window.rows or world.pager.window.limit * 8 > len(world.pager.window.rows)

    asyncio.run(run())


CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "insert", "move", "drop-cursor", "move-cursor"]), st.integers(0, 10_000)),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([1, 6, 100, 700]), st.lists(st.tuples(MOVES, CHANGES, MOVES | st.none()), max_size=8))
def test_a_refresh_never_moves_the_cursor_off_its_row(
    count: int, steps: list[tuple[int | str, list[tuple[str, int]], int | str | None]]
) -> None:
    async def run() -> None:
        world = World([item(n * 10, n) for n in range(count)])
        fresh = count
        for move, changes, meanwhile in steps:
            world.pager.move(move)
            await world.pager.settled()
            await world.idle()
            old = world.pager.window.current
            line = world.pager.window.cursor - world.pager.window.top
            rows = list(world.rows.rows)
            for kind, number in changes:
                fresh = change(rows, kind, number, fresh, old)
            world.rows.rows = sorted(rows, key=lambda row: row.key)
            world.pager.refresh()
            if meanwhile is not None:
                await asyncio.sleep(0)
                world.pager.move(meanwhile)
            await world.pager.settled()
            await world.idle()
            world.check()
            if meanwhile is None:
                check_cursor(world, old, line)

    asyncio.run(run())


def change(rows: list[Item], kind: str, number: int, fresh: int, old: Item | None) -> int:
    at = number % len(rows) if rows else 0
    if kind == "insert":
        rows.append(item(number, fresh))
        return fresh + 1
    if kind == "drop-cursor":
        rows[:] = [row for row in rows if old is None or row.id != old.id]
    elif kind == "move-cursor":
        rows[:] = [item(number, row.id) if old is not None and row.id == old.id else row for row in rows]
    elif rows and kind == "drop":
        del rows[at]
    elif rows:
        rows[at] = item(number, rows[at].id)
    return fresh


def check_cursor(world: World, old: Item | None, line: int) -> None:
    rows, window = world.rows.rows, world.pager.window
    if old is None or not rows:
        return
    current = window.current
    assert current is not None
    if any(row.id == old.id for row in rows):
        assert current.id == old.id, "the cursor belongs to the row"
        index = [row.id for row in rows].index(old.id)
        room_above, room_below = index, len(rows) - index - 1
        if room_above >= line and room_below >= HEIGHT:
            assert window.cursor - window.top == line, "and the row stays on its line"
    else:
        behind = [row for row in rows if row.key > old.key]
        assert current == (behind[0] if behind else rows[-1]), "a vanished row gives way to the next"


async def test_a_row_that_is_loaded_is_reached_without_waiting_for_the_rows() -> None:
    world = World([item(n, n) for n in range(1000)])
    await world.idle()
    for _ in range(HEIGHT * 2):
        world.pager.move(1)
    assert world.pager.window.cursor == HEIGHT * 2
    await world.idle()


async def test_one_screen_ahead_is_loaded_in_both_directions() -> None:
    world = World([item(n, n) for n in range(5000)])
    world.pager.move(2000)
    await world.pager.settled()
    await world.idle()
    window = world.pager.window
    assert window.top >= HEIGHT and len(window.rows) - window.top - HEIGHT >= HEIGHT


async def test_another_list_drops_the_answers_meant_for_the_one_before() -> None:
    world = World([item(n, n) for n in range(300)])
    await asyncio.sleep(0)
    other = Slow([item(n, 1000 + n) for n in range(3)])
    world.pager.show(other, None, None, None)
    world.pager.move(1)
    await world.pager.settled()
    await world.idle()
    assert [row.id for row in world.pager.window.rows] == [1000, 1001, 1002]
    assert world.pager.window.current == item(1, 1001)
    assert world.pager.total == 3


@pytest.mark.parametrize("at", [0, 150, 299])
async def test_a_list_can_be_opened_at_a_row(at: int) -> None:
    world = World([])
    await world.idle()
    rows = Slow([item(n, n) for n in range(300)])
    world.pager.window.resize(HEIGHT)
    world.pager.show(rows, None, None, item(at, at))
    world.rows = rows
    await world.pager.settled()
    await world.idle()
    world.check()
    assert world.pager.window.current == item(at, at)


async def test_falling_keys_find_the_next_row_too() -> None:
    from cm_console.widgets.window import Window

    window: Window[Item] = Window(height=5)
    falling = [item(n, n) for n in range(9, -1, -1)]
    window.begin(falling, starts=True, ends=True)
    window.place(4)
    gone = window.current
    assert gone == item(5, 5)
    window.replace([row for row in falling if row != gone], gone, 0, 4, starts=True, ends=True)
    assert window.current == item(4, 4)


async def test_memory_is_bounded_however_far_one_goes() -> None:
    world = World([item(n, n) for n in range(3000)])
    for step in (50, -50):
        for _ in range(60):
            world.pager.move(step)
            await world.pager.settled()
            await world.idle()
            world.check()


async def test_a_row_that_moved_far_away_takes_the_cursor_along() -> None:
    world = World([item(n, n) for n in range(2000)])
    world.pager.move(5)
    await world.pager.settled()
    await world.idle()
    rows = [item(1500, row.id) if row.id == 5 else row for row in world.rows.rows]
    world.rows.rows = sorted(rows, key=lambda row: row.key)
    world.pager.refresh()
    await world.idle()
    world.check()
    assert world.pager.window.current == item(1500, 5)


async def test_a_move_during_a_refresh_counts_even_when_it_leaves_what_is_being_read() -> None:
    world = World([item(n, n) for n in range(2000)])
    world.pager.move(300)
    await world.pager.settled()
    world.pager.move(-300)
    await world.pager.settled()
    await world.idle()
    world.pager.refresh()
    await asyncio.sleep(0)
    world.pager.move(250)
    assert world.pager.window.cursor == 250, "the rows are loaded: no waiting"
    await world.pager.settled()
    await world.idle()
    world.check()
    assert world.pager.window.current == item(250, 250)
