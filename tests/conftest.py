"""What most tests stand on: time, ids, a store, and the real Console on a platform in memory."""

from __future__ import annotations

import faulthandler
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cm_console.store import Store
from cm_console.testing import FakeClock
from tests.worlds import Lab, WrappedConsole, make_lab, sequence

faulthandler.enable()
settings.register_profile(
    "fast",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("fast"), derandomize=False, max_examples=2_000)
settings.load_profile("fast")


@pytest.fixture
def clock() -> FakeClock:
    """Time that stands still until the test moves it."""
    return FakeClock()


@pytest.fixture
def ids() -> Callable[[], str]:
    """Ids in order: 00000001, 00000002, ..."""
    return sequence()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path / "community.db")
    yield opened
    opened.close()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A community with one source, `forum`, on a memory platform with scripted faults."""
    made = make_lab(tmp_path / "home")
    yield made
    await made.close()


@pytest.fixture
async def console(lab: Lab) -> WrappedConsole:
    """The real Console of that community: open, its engine not started; `await console.idle()` is how to wait."""
    return lab.console()
