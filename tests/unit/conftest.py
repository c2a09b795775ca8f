"""What the tests of every source stand on: its fake server, and a source that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.servers.github_bench import DiscussionsBench


@pytest.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """The bench the module names as `BENCH`, or one a test asks for by `parametrize("bench", ..., indirect=True)`."""
    made = getattr(request, "param", None) or request.module.BENCH
    running = made()
    await running.start()
    yield running
    await running.close()


@pytest.fixture
async def source(bench: Any) -> AsyncIterator[Any]:
    """A source on that bench, as it is by default."""
    made = bench.source()
    yield made
    await made.close()


@pytest.fixture
async def talk() -> AsyncIterator[DiscussionsBench]:
    """GitHub's discussions, beside the issues of `bench`."""
    made = DiscussionsBench()
    await made.start()
    yield made
    await made.close()
