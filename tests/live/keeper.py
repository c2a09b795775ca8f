"""Runs one server and ends it, with all it started, once whoever asked for it is gone or lets go of our input.

Started as `python keeper.py COMMAND ...` in a session of its own. A pipe is its input: it closes when the tests end,
however they end, killed too. Then the server gets SIGTERM; once it has ended, or after GRACE seconds, what is left of
the process group, ourselves included, gets SIGKILL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE = 20.0
"""Seconds a server has to end by itself."""


def main() -> None:
    """Run the command until it ends or our input does."""
    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    print(f"keeper: it ended with status {server.wait()}", flush=True)
    os.killpg(0, signal.SIGKILL)


def _end_with_input(server: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    server.terminate()
    try:
        server.wait(GRACE)
    except subprocess.TimeoutExpired:
        print(f"keeper: it did not end within {GRACE:g} seconds", flush=True)
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
