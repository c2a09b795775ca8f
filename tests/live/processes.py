"""One server process: started under a keeper, asked until it answers, ended with all it started; its log is kept."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from os import environ
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
POLL = 0.05
TAIL = 6_000
"""Characters of a log that a failure shows."""


class Process:
    """Runs from the moment it is made; `stop` ends it. Its output goes to `log`."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        self._what = Path(command[0]).name
        with log.open("ab") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-S", str(KEEPER), *map(str, command)],
                cwd=cwd,
                env={**environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 90.0) -> None:
        """Return once `ready()` is true; RuntimeError with the end of the log if it ends first or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._keeper.poll() is not None:
                raise RuntimeError(f"{self._what} ended before it was ready:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self._what} was not ready within {seconds:g} seconds:\n{tail(self.log)}")
            time.sleep(POLL)

    def stop(self) -> None:
        """End it and all it started; may be called twice."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(timeout=60)


def answers(url: str, *, headers: Mapping[str, str] | None = None, statuses: Sequence[int] = (200,)) -> bool:
    """Does this address answer with one of these statuses now? For `wait_until`."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers or {})), timeout=5) as answer:
            return answer.status in statuses
    except urllib.error.HTTPError as error:
        with error:
            return error.code in statuses
    except OSError:
        return False


def tail(log: Path) -> str:
    """The end of a log."""
    return log.read_text(errors="replace")[-TAIL:] if log.exists() else "(no log)"
