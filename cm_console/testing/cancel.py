"""Cancelling at every await, one run after the other: full enumeration instead of luck."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from itertools import count
from typing import Any


class _Stepped:
    """Runs a coroutine and cancels the task around it at its n-th await, while what it awaits is under way."""

    def __init__(self, work: Coroutine[Any, Any, object], step: int) -> None:
        self._work = work
        self._step = step
        self.reached = False

    def __await__(self) -> Generator[Any, Any, object]:
        steps = self._work.__await__()
        resume = partial(next, steps)
        for number in count(1):
            try:
                waiting = resume()
            except StopIteration as end:
                return end.value
            if number == self._step and (task := asyncio.current_task()):
                self.reached = task.cancel()
            try:
                yield waiting
                resume = partial(next, steps)
            except BaseException as error:  # noqa: BLE001  whatever the loop throws in belongs to the coroutine
                resume = partial(steps.throw, error)
        return None


async def cut(work: Coroutine[Any, Any, object], step: int) -> bool:
    """Run `work`, cancel it at its await number `step` (1 is the first); False: it ended before, so all were tried.

    Raises:
        AssertionError: it swallowed the cancellation.
    """
    stepped = _Stepped(work, step)

    async def run() -> None:
        await stepped

    task = asyncio.ensure_future(run())
    await asyncio.wait({task})
    if task.cancelled():
        return True
    task.result()
    assert not stepped.reached, f"the cancellation at await {step} was swallowed: let CancelledError through"
    return False
