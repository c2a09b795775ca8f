"""Takes the pictures of the README from the demo community, at a fixed moment and seed: `make screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from cm_console.model.time import parse_iso
from cm_console.testing import FakeClock

FOLDER = Path(__file__).parent / "screenshots"
MOMENT = parse_iso("2026-11-18T14:30:00Z")
SIZE = (120, 36)
WALKS = {
    "inbox": ["j", "j"],
    "moderation": ["2"],
    "calendar": ["3"],
    "metrics": ["4"],
}
"""Which keys lead to each picture."""


def main() -> int:
    """Write every picture whose screen looks different now."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, svg in asyncio.run(_pictures(Path(folder))).items():
            (FOLDER / f"{name}.svg").write_text(svg)
    sys.stdout.write("".join(f"docs/screenshots/{name}.svg\n" for name in WALKS))
    return 0


async def _pictures(root: Path) -> dict[str, str]:
    from cm_console.app import ConsoleApp
    from cm_console.cli.start import services_of
    from cm_console.config import Home, load
    from cm_console.console import Console
    from cm_console.demo import build
    from cm_console.demo.setup import furnish

    clock, home = FakeClock(MOMENT), Home(root)
    await furnish(build(7, clock.now(), clock), home, clock, 7)
    taken = {}
    for name, walk in WALKS.items():
        console = Console.open(load(home.config), home, clock=clock)
        app = ConsoleApp(services_of(console, {}), reports=root)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            for key in walk:
                await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause()
            taken[name] = re.sub(r"terminal-\d+", "terminal", app.export_screenshot(title="cm-console"))
        await console.stop()
    return taken


if __name__ == "__main__":
    sys.exit(main())
