"""Walking through a list that changes meanwhile: whatever stayed in it is seen, however much comes or goes."""

from __future__ import annotations

import random
from contextlib import aclosing

import pytest

from cm_console.model.records import Kind, Member, Post, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.wordpress.packing import Packer, Unit
from cm_console.sources.wordpress.site import Listed
from cm_console.sources.wordpress.walking import Place, walk, whole
from cm_console.sources.wordpress.wire import Row

SIZE = 10


@pytest.mark.parametrize("seed", range(60))
async def test_nothing_is_skipped(seed: int) -> None:
    """Rows come at the front and vanish anywhere between two requests, also while the walk is stopped."""
    dice = random.Random(seed)
    ids = list(range(300, 0, -1))
    start, top = set(ids), 300

    async def ask(offset: int) -> Listed[Row]:
        nonlocal top
        for _ in range(dice.randrange(4)):
            if dice.random() < 0.6 and ids:
                ids.pop(dice.randrange(len(ids)))
            else:
                top += 1
                ids.insert(0, top)
        return Listed([Row(id) for id in ids[offset : offset + SIZE]], len(ids), Instant(0))

    place, seen = Place(), list[int]()
    while True:
        stop_after, parts = dice.randrange(1, 6), 0
        async with aclosing(walk(ask, place, SIZE)) as walking:
            async for part in walking:
                assert [row.id for row in part] == sorted((row.id for row in part), reverse=True)
                for row in part:
                    seen.append(row.id)
                    place.low = row.id
                parts += 1
                if parts == stop_after:
                    break
            else:
                break
        place = Place(place.offset, place.total, place.low)
    assert start & set(ids) <= set(seen)
    assert len(seen) == len(set(seen)), "what was taken in does not come again"


async def test_a_row_that_is_not_shown_does_not_end_the_walk() -> None:
    """WordPress leaves out of a part what we may not read, but counts it."""

    async def ask(offset: int) -> Listed[Row]:
        shown = [Row(id) for id in range(100 - offset, max(90 - offset, 0), -1) if id % 10 == 5]
        return Listed(shown, 100, Instant(0))

    place, seen = Place(), list[int]()
    async with aclosing(walk(ask, place, SIZE)) as parts:
        async for part in parts:
            seen += [row.id for row in part]
    assert seen == [95, 85, 75, 65, 55, 45, 35, 25, 15, 5]


async def test_a_short_list_that_changes_is_read_again() -> None:
    asked: list[int] = []

    async def ask(offset: int) -> Listed[Row]:
        asked.append(offset)
        total = 25 if len(asked) < 3 else 24
        return Listed([Row(id) for id in range(total - offset, max(total - offset - SIZE, 0), -1)], total, Instant(0))

    rows = await whole(ask, SIZE)
    assert {row.id for row in rows} == set(range(1, 25))
    assert asked == [0, 10, 20, 0, 10, 20]


def test_a_page_is_never_too_full_and_its_cursor_stands_for_what_it_holds() -> None:
    taken: list[int] = []
    packer = Packer(lambda: Cursor(str(len(taken))), total=120)
    pages, in_pages = [], list[int]()
    for number in range(120):
        post = Post(str(number), "1", None, Instant(0), Untrusted("x"))
        unit = Unit((Member("same", Untrusted("Ann")), post), mark=lambda number=number: taken.append(number))  # type: ignore[misc]  # a default
        for page in packer.add(unit):
            pages.append(page)
            in_pages.append(int(page.cursor))
    pages.append(packer.last())
    assert [len(page.records) for page in pages] == [99, 23]
    assert in_pages == [98] and pages[0].more and not pages[1].more
    assert (pages[1].done, pages[1].total) == (120, 120)
    assert all(len(page.records) + len(page.gone) <= PAGE_LIMIT for page in pages)


def test_what_goes_after_it_came_is_gone() -> None:
    packer = Packer(lambda: Cursor(""))
    post, ref = Post("1", "1", None, Instant(0), Untrusted("x")), Ref(Kind.POST, "1")
    assert [*packer.add(Unit((post,))), *packer.add(Unit((), (ref,)))] == []
    assert (packer.last().records, packer._gone) == ((), {})
    list(packer.add(Unit((), (ref,))))
    list(packer.add(Unit((post,))))
    page = packer.last()
    assert (page.records, page.gone) == ((post,), ())
