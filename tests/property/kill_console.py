"""The product's console as a process to be killed: `python -m tests.property.kill_console HOME [MUTANT ...]`.

Each line on stdin starts one (a fork of this warm process, so that many fit into a test); it prints the pid, and when
that has ended its wait status. A console ends by itself once nothing in the outbox waits any more. Only waiting times
are shorter than in the product, as if the platform promised to show what landed within half a second.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from cm_console.config import Home, load
from cm_console.console import Console, _import_engine
from cm_console.model.action import Verb, find
from cm_console.services import delivery, sync
from cm_console.sources.discourse import Discourse, carrying, identity, looking, members, reports, threads  # noqa: F401  warm
from tests.property.mutants import MUTANTS

SETTLE = 0.5


def main() -> None:
    """Fork a console for every line."""
    home = Home(Path(sys.argv[1]))
    _import_engine()
    _hurry()
    patch = pytest.MonkeyPatch()
    for name in sys.argv[2:]:
        MUTANTS[name][0](patch)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(asyncio.run(_run(home)))
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


def _hurry() -> None:
    Discourse.verbs = {**Discourse.verbs, Verb.REPLY: find(settle=SETTLE)}
    delivery.FIRST_BACK_OFF = sync.FIRST_BACK_OFF = 100
    delivery.LAST_BACK_OFF = sync.LAST_BACK_OFF = 400


async def _run(home: Home) -> int:
    console = Console.open(load(home.config), home)
    await console.start()
    while await console.outbox.page(live=True, limit=1):  # noqa: ASYNC110  the outbox is on a disk
        await asyncio.sleep(0.02)
    await console.stop()
    return 0


if __name__ == "__main__":
    main()
