"""`cm-console demo`: a complete community to try everything on; no account, no network, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cm_console.config import Home
    from cm_console.model.time import Clock

SEED = 7


@click.command("demo")
@click.option("--seed", default=SEED, show_default=True, help="Another number makes another community.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep config and data in this folder.")
@click.option("--no-open", is_flag=True, help="Only make it (with --keep), do not open the console.")
@click.pass_context
def command(context: click.Context, seed: int, keep: Path | None, no_open: bool) -> None:
    """Open a complete demo community; members keep posting while it is open.

    With --keep, a second start on the same folder goes on where the first one was left.
    """
    if no_open and keep is None:
        raise click.UsageError("--no-open needs --keep DIR")
    context.exit(open_demo(seed, keep, opens=not no_open))


def open_demo(seed: int = SEED, keep: Path | None = None, *, opens: bool = True) -> int:
    """Make the demo community, open the console on it and clean up after it. Returns the exit code."""
    from cm_console.cli.session import FAILED, tell
    from cm_console.cli.start import unfit

    words = unfit(sys.stdin.isatty() and sys.stdout.isatty(), os.environ.get("TERM", "")) if opens else ""
    if words:
        tell(words)
        return FAILED
    root = keep.absolute() if keep else Path(tempfile.mkdtemp(prefix="cm-console-demo-"))
    try:
        return _open(seed, root, opens)
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)


def _open(seed: int, root: Path, opens: bool) -> int:
    from cm_console.cli.session import FAILED, tell
    from cm_console.cli.start import open_console
    from cm_console.config import Home, load
    from cm_console.demo import build
    from cm_console.demo.setup import furnish
    from cm_console.model.time import SystemClock

    clock = SystemClock()
    home = Home(root)
    if home.config.exists():
        if words := _again(seed, home, clock):
            tell(words)
            return FAILED
    else:
        click.echo("Making a community of some 300 members ...", err=True)
        asyncio.run(furnish(build(seed, clock.now(), clock), home, clock, seed))
    return open_console(load(home.config), home) if opens else 0


def _again(seed: int, home: Home, clock: Clock) -> str:
    """Bring the demo of a home back to life as it was left; what keeps that from being done, "" for nothing."""
    from cm_console.demo import build_again
    from cm_console.demo.setup import left
    from cm_console.model.time import short_age
    from cm_console.store import StoreError

    try:
        was = left(home)
    except StoreError as error:
        return str(error)
    if was is None:
        return f"{home.root} holds a community that is no demo: give --keep another folder"
    now = clock.now()
    other = f", made with --seed {was.seed}" if seed not in (was.seed, SEED) else ""
    click.echo(f"The demo you began {short_age(now - was.made_at)} ago goes on where you left it{other} ...", err=True)
    build_again(was.seed, was.made_at, now, clock, was.known)
    return ""
