"""Walking through a list of WordPress's, the highest id first, without a gap whatever happens to it meanwhile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from msgspec import Struct

from cm_console.sources.abreast import abreast
from cm_console.sources.wordpress import wire
from cm_console.sources.wordpress.site import Listed

T = TypeVar("T", bound=wire.Row)


class Place(Struct):
    """How far a walk has come: where it goes on, how long the list was, the lowest id that was taken in (0: none)."""

    offset: int = 0
    total: int = 0
    low: int = 0


async def walk(
    ask: Callable[[int], Coroutine[Any, Any, Listed[T]]], place: Place, size: int
) -> AsyncGenerator[list[T], None]:
    """Yield what is below `place.low`, part after part; whoever takes it in sets `low`, the offset is moved here.

    New things come in at the front: they shift what is further back, which repeats some. What vanishes shifts it the
    other way, but then the list has become shorter, and as much is asked for once more.
    """
    while True:
        ends = place.total if place.total else place.offset + 1
        async with aclosing(abreast(ask, range(place.offset, max(ends, place.offset + 1), size))) as answers:
            async for offset, listed in answers:
                lost, place.total = place.total - listed.total, listed.total
                if lost > 0 and offset > 0:
                    place.offset = max(0, offset - lost)
                    break
                yield sorted((i for i in listed.items if not place.low or i.id < place.low), key=lambda i: -i.id)
                place.offset = offset + size
        if place.offset >= place.total:
            return


async def whole(
    ask: Callable[[int], Awaitable[Listed[T]]], size: int, first: Listed[T] | None = None, *, most: int = 100_000
) -> list[T]:
    """All of a short list, or the first so many; one that changes while it is read is read again."""
    for _ in range(3):
        listed = first if first is not None else await ask(0)
        found, first, total = {item.id: item for item in listed.items}, None, listed.total
        for offset in range(size, min(total, most), size):
            listed = await ask(offset)
            found |= {item.id: item for item in listed.items}
            if listed.total != total:
                break
        else:
            return list(found.values())
    return list(found.values())
