"""The real servers of one test run: those that the chosen tests want are installed and started all at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar, cast

SERVERS = {
    "mailman": "tests.live.mailman:Mailman",
    "dovecot": "tests.live.dovecot:Dovecot",
    "synapse": "tests.live.synapse:Synapse",
    "wordpress": "tests.live.wordpress:WordPress",
}
"""Fixture name -> the class of the server it gives. A new server is a line here, a module and a fixture."""


class LiveServer(Protocol):
    """One real server (or several that belong together). It is made with a fresh folder of its own.

    `logs` are the files that a failing test shows the ends of.
    """

    logs: list[Path]

    def __init__(self, folder: Path, others: Running) -> None: ...

    def start(self) -> None:
        """Install what is missing, start, return once it answers. Raises places.Unavailable, or RuntimeError."""

    def stop(self) -> None:
        """End what was started, also after a start that failed; may be called twice."""


S = TypeVar("S", bound=LiveServer)


class Running:
    """Starts servers side by side, each once; `get` waits for one."""

    def __init__(self, folder: Path, wanted: Iterable[str] = ()) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(max_workers=len(SERVERS) + 1, thread_name_prefix="live")
        self._lock = Lock()
        self._servers: dict[str, LiveServer] = {}
        self._started: dict[str, Future[None]] = {}
        for name in wanted:
            self._begin(name)

    def get(self, name: str, kind: type[S]) -> S:
        """The server of this name once it answers; raises what its start raised."""
        self._begin(name).result()
        return cast("S", self._servers[name])

    def logs(self) -> dict[str, list[Path]]:
        """The logs of each server so far."""
        return {name: list(server.logs) for name, server in self._servers.items()}

    def stop(self) -> None:
        """End all of them, side by side."""
        for started in self._started.values():
            started.exception()
        list(self._pool.map(lambda server: server.stop(), self._servers.values()))
        self._pool.shutdown()

    def _begin(self, name: str) -> Future[None]:
        with self._lock:
            if name not in self._started:
                module, _, kind = SERVERS[name].partition(":")
                folder = self._folder / name
                folder.mkdir()
                self._servers[name] = getattr(import_module(module), kind)(folder, self)
                self._started[name] = self._pool.submit(self._servers[name].start)
            return self._started[name]
