"""What every command needs: the open console, plain errors with an exit code, and output that is safe anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import click

from cm_console import secrets
from cm_console.config import Config, ConfigError, Home, load
from cm_console.config import home as find_home
from cm_console.console import Console, SourceUnusable
from cm_console.model.errors import SourceError
from cm_console.model.text import clean
from cm_console.services.desk import Impossible
from cm_console.store import StoreError

T = TypeVar("T")

DONE, FAILED, WRONG_USAGE, PARTLY = 0, 1, 2, 3


def plain_errors(work: Callable[[], int]) -> int:
    """Run a command; expected errors become one or two lines on stderr and an exit code."""
    try:
        return work()
    except (ConfigError, StoreError, Impossible, SourceError, SourceUnusable, secrets.SecretError) as error:
        tell(str(error))
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        tell("stopped")
        return 130


def tell(words: str) -> None:
    """One plain line on stderr, secrets starred out."""
    click.echo(f"cm-console: {clean(secrets.redact(words))}", err=True)


def say(words: str = "") -> None:
    """One line of output; whatever it holds, no control character leaves."""
    click.echo(clean(words))


def say_json(value: object) -> None:
    """A value for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not sys.stdout.encoding.lower().startswith("utf")))


def say_table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), empty: str = "") -> None:
    """Aligned columns; the last one takes what is left of the line. `right`: columns aligned to the right."""
    from rich.cells import cell_len, set_cell_size

    if not rows:
        say(empty)
        return
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = max(shutil.get_terminal_size().columns, 40)
    for row in rows:
        cells = []
        for column, text in enumerate(row):
            fill = " " * (widths[column] - cell_len(text))
            cells.append(fill + text if column in right else text + fill)
        line = "  ".join(cells).rstrip()
        say(set_cell_size(line, room).rstrip() if sys.stdout.isatty() and cell_len(line) > room else line)


def json_option(function: Callable[..., None]) -> Callable[..., None]:
    """The option every reading command has."""
    return click.option("--json", "as_json", is_flag=True, help="For programs.")(function)


def home_of(context: click.Context) -> Home:
    """The home this command line works on."""
    return find_home(context.find_root().obj, os.environ)


def config_of(context: click.Context) -> tuple[Config, Home]:
    """Config and home; raises ConfigError if there is none or it is wrong."""
    home = home_of(context)
    return load(home.config), home


def with_console(context: click.Context, work: Callable[[Console], Awaitable[T]]) -> T:
    """Open the console without a terminal, do the work, close it."""
    secrets.harden()
    config, home = config_of(context)
    console = Console.open(config, home)
    _log_to(home)

    async def run() -> T:
        try:
            return await work(console)
        finally:
            await console.stop()

    return asyncio.run(run())


def _log_to(home: Home) -> None:
    handler = logging.FileHandler(home.log, delay=True)
    handler.addFilter(secrets.RedactingFilter(secrets.redactor))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
