"""Run the console until its first frame, then write what had been imported by then: `FILE --home DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

target = Path(sys.argv.pop(1))


def main() -> None:
    """Take the engine's place: it is started right after the first frame."""
    from cm_console.__main__ import main as run

    def report(app: object, console: object) -> None:
        target.write_text("\n".join(sorted(sys.modules)))
        raise SystemExit

    from cm_console.cli import start

    start._engine = report  # type: ignore[assignment]  # a stand-in that never runs the engine
    run()


if __name__ == "__main__":
    main()
