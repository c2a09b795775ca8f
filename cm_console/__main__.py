"""`cm-console` and `python -m cm_console`: the console when asked for nothing else, else a plain command."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run what the arguments ask for; returns the exit code. Opening the console skips the command line's imports.

    Nothing made before the first frame is garbage: the collector, a quarter of the start, rests until then.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == ["--home"]:
        opens, home = len(arguments) == 2, arguments[-1]
    else:
        opens, home = not arguments, None
    if opens:
        gc.disable()
        from cm_console.cli.start import start

        return start(home)
    from cm_console.cli import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
