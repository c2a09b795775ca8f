"""A draft is on disk once it was kept: whoever kills the console loses at most the last pause."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.services.inbox import InboxService
from cm_console.store import Store
from cm_console.testing import FakeClock

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.services.inbox import InboxService
from cm_console.store import Store
from cm_console.testing import FakeClock

async def main():
    desk = Desk(Store.open(Path(sys.argv[1])), FakeClock(), lambda: "id", Changes(), "ann")
    await InboxService(desk).save_draft("reply:1", "half a sent")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_kill_leaves_the_draft(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "c.db")], check=False)  # noqa: ASYNC221
    assert ended.returncode == -signal.SIGKILL
    store = Store.open(tmp_path / "c.db")
    try:
        desk = Desk(store, FakeClock(), lambda: "id", Changes(), "ann")
        assert await InboxService(desk).draft("reply:1") == "half a sent"
    finally:
        store.close()
