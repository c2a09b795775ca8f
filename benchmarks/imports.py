"""What is imported before the first frame, and how long our own part of that takes."""

from __future__ import annotations

import compileall
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import worlds
from benchmarks.scale import Scale
from benchmarks.table import Line
from benchmarks.terminal import Terminal, TooLate

NEEDLESS = (
    "httpx", "click", "keyring", "sqlite_utils", "rich.markdown", "markdown_it", "tree_sitter", "pyroaring",
    "selectolax", "msgspec", "tomlkit", "json", "cm_console.services.sync",
    "cm_console.services.engine", "cm_console.services.delivery", "cm_console.services.metrics",
    "cm_console.services.calendar", "cm_console.services.moderation", "cm_console.services.status",
    "cm_console.store.ingest", "cm_console.store.reading", "cm_console.store.sources", "cm_console.secrets",
    "cm_console.store.schema", "cm_console.store.fulltext", "cm_console.model.similar", "cm_console.model.clocks",
    "cm_console.model.handover", "cm_console.model.length", "cm_console.model.quoting", "cm_console.screens.one_by_one",
    "cm_console.config.documented", "cm_console.model.business_hours", "cm_console.model.engaging",
    "cm_console.model.outside", "cm_console.model.policy", "cm_console.model.templates", "cm_console.model.triage",
    "cm_console.model.work", "cm_console.sources", "cm_console.model.thread", "cm_console.screens.dialogs",
    "cm_console.screens.snooze", "cm_console.screens.reading", "cm_console.widgets.posts", "cm_console.widgets.pulse",
)  # fmt: skip
"""What the first frame can do without."""

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(cm_console\S*)")


def compiled() -> None:
    """Make bytecode of our modules, as every installer does; in a checkout it may not be there."""
    compileall.compile_dir(Path(__file__).parent.parent / "cm_console", quiet=1)


def before_first_frame(home: Path) -> set[str]:
    """The names of all modules loaded when the first frame was out."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "modules"
        command = [sys.executable, "-m", "benchmarks.first_frame", str(listed), "--home", str(home)]
        with Terminal(command) as terminal:
            try:
                terminal.appears(lambda text: listed.exists() and listed.stat().st_size > 0)
            except TooLate:
                if not listed.exists():
                    raise
        return set(listed.read_text().split())


def own_milliseconds(modules: list[str]) -> float:
    """What importing our modules costs, without what they import of others; the collector rests as at a real start."""
    code = f"import gc; gc.disable(); import textual.app, {', '.join(modules)}"
    run = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    return sum(int(found[1]) for found in _LINE.finditer(run.stderr)) / 1000


def run(scale: Scale) -> list[Line]:
    """List and time."""
    compiled()
    loaded = before_first_frame(worlds.home(scale.tiny).root)
    ours = sorted(name for name in loaded if name.split(".")[0] == "cm_console" and name != "cm_console.__main__")
    needless = sorted(name for name in NEEDLESS if name in loaded)
    others = sorted({name.split(".")[0] for name in loaded} & {name.split(".")[0] for name in NEEDLESS})
    took = median(own_milliseconds(ours) for _ in range(scale.rounds))
    words = ", ".join(needless) or ", ".join(name for name in others if name != "cm_console")
    return [
        Line("needless before the first frame", "", len(needless), None, len(needless), 0.0, note=words),
        Line("modules of ours before the first frame", "", len(ours)),
        Line("importing them", "ms", took, note="with the interpreter's import timer, which slows it"),
    ]
