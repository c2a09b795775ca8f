"""Fixtures of the live tests: the servers that the chosen tests want, started together, stopped at the end.

What cannot be had on this machine skips its tests with the reason; with `CM_CONSOLE_LIVE=required` (CI) they fail.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.live.places import Unavailable
from tests.live.processes import tail
from tests.live.running import SERVERS, Running, S

HERE = Path(__file__).parent
_RUNNING = pytest.StashKey[Running]()


class Live:
    """What a server's fixture asks: `live.get("synapse", Synapse)`."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def get(self, name: str, kind: type[S]) -> S:
        """The server, once it answers; skips or fails the test if it cannot be had."""
        try:
            return self._running.get(name, kind)
        except Unavailable as error:
            if os.environ.get("CM_CONSOLE_LIVE") == "required":
                raise
            pytest.skip(f"{name}: {error}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is `live`, said or not."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """All servers that the tests of this run name as fixtures are on their way once this is made."""
    names = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    running = Running(tmp_path_factory.mktemp("live"), sorted(names & SERVERS.keys()))
    request.config.stash[_RUNNING] = running
    yield Live(running)
    running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows the ends of the servers' logs."""
    report = yield
    running = item.config.stash.get(_RUNNING, None)
    if report.failed and running is not None:
        wanted = getattr(item, "fixturenames", ())
        for name, logs in running.logs().items():
            if name in wanted:
                report.sections += [(f"{name}: {log.name}", tail(log)) for log in logs]
    return report
