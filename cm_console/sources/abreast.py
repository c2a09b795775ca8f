"""Several requests side by side, their answers in the order in which they were asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")
WIDTH = 8
"""Requests in flight."""


async def abreast(
    ask: Callable[[A], Coroutine[object, object, T]], wanted: Iterable[A]
) -> AsyncGenerator[tuple[A, T], None]:
    """Ask for each, up to WIDTH at a time, and give what was asked with its answer, in order.

    Raises what an answer raises, when its turn comes; whoever leaves early ends the requests still under way.
    """
    rest = iter(wanted)
    under_way: deque[tuple[A, asyncio.Task[T]]] = deque()
    try:
        while True:
            while len(under_way) < WIDTH and (item := next(rest, None)) is not None:
                under_way.append((item, asyncio.create_task(ask(item))))
            if not under_way:
                return
            item, task = under_way[0]
            answer = await task
            under_way.popleft()
            yield item, answer
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)
