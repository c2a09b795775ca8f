"""The machine's clock, put forward: what the console would wait for is not waited for."""

from __future__ import annotations

from cm_console.console import Console
from cm_console.model.outbox import State
from cm_console.model.time import SECOND, Instant, SystemClock


class Ahead(SystemClock):
    """The machine's clock and `by` milliseconds more."""

    def __init__(self, by: int = 0) -> None:
        self.by = by

    def now(self) -> Instant:
        """The machine's time and more."""
        return Instant(super().now() + self.by)


async def settled(console: Console, clock: Ahead) -> None:
    """Deliver until nothing waits; the clock is put forward to when what was lost is looked at."""
    for _ in range(50):
        await console.deliver()
        if {row.state for row in await console.outbox.page(limit=10)} <= {State.SENT, State.FAILED}:
            return
        clock.by += 10 * SECOND
        await clock.sleep(0.2)
    raise AssertionError("the outbox does not come to rest")
