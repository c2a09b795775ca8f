"""Run the console until its first frame, then write what had been imported by then: `FILE --home DIR`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

target = Path(sys.argv.pop(1))


def main() -> None:
    """Look over the app's shoulder: what it displays first is the first frame, unless it drops it."""
    from cm_console.__main__ import main as run
    from cm_console.app import ConsoleApp

    display = ConsoleApp._display

    def report(app: ConsoleApp, screen: Any, renderable: Any) -> None:
        display(app, screen, renderable)
        if renderable is not None and not app._batch_count and not target.exists():
            target.write_text("\n".join(sorted(sys.modules)))
            app.exit()

    ConsoleApp._display = report  # type: ignore[method-assign, assignment]  # only watches
    run()


if __name__ == "__main__":
    main()
