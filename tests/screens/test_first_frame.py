"""The first frame has its rows, and nothing heavy was imported for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from textual.events import Key

from cm_console.app import ConsoleApp
from tests.screens.stage import Stage, idle

HEAVY = (
    "httpx", "sqlite_utils", "keyring", "click", "markdown_it", "tree_sitter", "pyroaring", "selectolax", "tomlkit",
    "msgspec", "pygments", "textual.widgets._text_area", "textual.widgets._markdown", "cm_console.screens.compose",
    "cm_console.screens.search", "cm_console.screens.help", "cm_console.screens.palette", "rich.traceback",
)  # fmt: skip

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from zoneinfo import ZoneInfo
from cm_console.app import ConsoleApp
from cm_console.model.time import SystemClock
from cm_console.screens.services import Services
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.services.inbox import InboxService
from cm_console.services.journal import JournalService
from cm_console.services.status import StatusService
from cm_console.store import Store
store = Store(Path(sys.argv[2]))
changes = Changes()
desk = Desk(store, SystemClock(), lambda: "id", changes, "ann")
services = Services(
    "Bikes Meta", "ann", desk.clock, ZoneInfo("UTC"), lambda: None, changes, StatusService(store), InboxService(desk),
    None, None, JournalService(desk),
)
class Once(ConsoleApp):
    painted = None
    def _display(self, screen, renderable):
        if self.painted is None and renderable is not None:
            shown = "" if self._batch_count else renderable.render_segments(self.console)
            styles = [Path(name).name for name, _ in self.stylesheet.source if name.endswith(".tcss")]
            self.painted = {"rows": "Question 000" in shown, "styles": styles, "modules": sorted(sys.modules)}
        super()._display(screen, renderable)
async def main():
    app = Once(services, reports=Path("."))
    async with app.run_test(size=(80, 24)) as pilot:
        while app.painted is None:
            await pilot.pause()
    print(json.dumps(app.painted))
    store.close()
asyncio.run(main())
"""


def test_what_is_drawn_first_goes_out_and_has_rows_and_nothing_heavy_is_loaded(stage: Stage) -> None:
    """While the app batches updates Textual draws frames and drops them: the first one must not be such a one."""
    stage.threads(30)
    program = stage.store.path.with_name("program.py")
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(Path(__file__).parents[2]), str(stage.store.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    painted = json.loads(done.stdout)
    assert painted["rows"] and painted["styles"] == ["theme.tcss"]
    loaded = set(painted["modules"])
    assert [name for name in HEAVY if name in loaded] == []
    assert "pysqlite3" in loaded or "sqlite3" in loaded


class Hasty(ConsoleApp):
    """Somebody typed while it started."""

    async def _on_compose(self) -> None:
        await self.on_event(Key("question_mark", "?"))
        await super()._on_compose()


async def test_a_key_pressed_before_the_first_frame_opens_what_is_styled_only_after_it(stage: Stage) -> None:
    """Without waiting for the styles its dialog would have the size and the colours of nothing in particular."""
    async with Hasty(stage.services, reports=stage.reports).run_test(size=(120, 40)) as pilot:
        await idle(pilot)
        opened = pilot.app.screen.query_one("#help")
        assert opened.outer_size.width == 84
