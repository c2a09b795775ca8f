"""The end after an unforeseen fault: two plain lines on the terminal, the rest in a file; never a local variable."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from os import O_CREAT, O_EXCL, O_WRONLY, fdopen
from os import open as open_file
from pathlib import Path
from traceback import format_exception

from textual.worker import WorkerFailed

import cm_console
from cm_console.model.text import clean, clean_line


def crash_words(error: BaseException, folder: Path) -> str:
    """Write the report (mode 0600) and say what happened and where it is; of a worker, what happened in it."""
    while isinstance(error, WorkerFailed):
        error = error.error
    head = f"cm-console stopped: {clean_line(f'{type(error).__name__}: {error}', 200)}"
    try:
        return f"{head}\nNothing you did is lost. Report: {_write(error, folder)}"
    except OSError as reason:
        return f"{head}\nNothing you did is lost. The report could not be written: {clean_line(str(reason), 200)}"


def _write(error: BaseException, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    facts = f"cm-console {cm_console.__version__}, Python {platform.python_version()}, {platform.system()}"
    with fdopen(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{facts}\n\n{clean(''.join(format_exception(error)))}")
    return path
