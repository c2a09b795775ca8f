"""The console on a world, at the moment the world ends: `python -m benchmarks.at_the_end HOME`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.worlds import END
from cm_console import keys
from cm_console.cli.start import run_app
from cm_console.config import Home, load
from cm_console.console import Console
from cm_console.model.time import Instant, SystemClock


class LongAgo(SystemClock):
    """The machine's clock, set back so that the console opens when the world ends."""

    def __init__(self) -> None:
        self._behind = super().now() - END

    def now(self) -> Instant:
        """So long after the end of the world as the console is open."""
        return Instant(super().now() - self._behind)


def main(root: Path) -> int:
    """Open it on this terminal."""
    os.umask(0o077)
    home = Home(root)
    config = load(home.config)
    return run_app(Console.open(config, home, clock=LongAgo()), keys.validate(config.keys))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
