"""Opening the console on a terminal; imports nothing that the first frame does not need."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from cm_console.config import Config, ConfigError, Home, NoConfig, load
from cm_console.config import home as find_home

if TYPE_CHECKING:
    from cm_console.app import ConsoleApp
    from cm_console.console import Console
    from cm_console.screens.services import Services

T = TypeVar("T")
DONE, FAILED = 0, 1
HAND_OVER = 0.001
"""Seconds a thread keeps the interpreter while another waits: a key passes five threads, a pull keeps one busy; the
first frame is written by another thread than the one that goes on."""
FRAME_IS_OUT = 0.05
"""Seconds the engine leaves to the thread that writes the first frame to the terminal: both need the interpreter."""


def start(home_option: str | None) -> int:
    """Open the console; the first time, ask the few things it needs. Returns the exit code."""
    try:
        home = find_home(home_option, os.environ)
        if words := unfit(sys.stdin.isatty() and sys.stdout.isatty(), os.environ.get("TERM", "")):
            return _tell(words)
        return open_console(load(home.config), home)
    except NoConfig:
        from cm_console.cli.first_run import guided_start

        return guided_start(home)
    except ConfigError as error:
        return _tell(str(error))


def unfit(terminal: bool, term: str) -> str:
    """Why the console cannot be shown here, and what works instead; "" if it can."""
    instead = "the same is there as plain commands: cm-console --help, e.g. cm-console inbox list"
    if not terminal:
        return f"this is not a terminal; {instead}"
    if term in ("dumb", ""):
        return f"this terminal (TERM={term or 'not set'}) cannot show the console; {instead}"
    return ""


def open_console(config: Config, home: Home) -> int:
    """Run the console on a community until the person leaves or the system asks it to end."""
    from cm_console import keys
    from cm_console.console import Console
    from cm_console.store import StoreError

    os.umask(0o077)
    try:
        keymap = keys.validate(config.keys)
        console = Console.open(config, home)
    except keys.KeymapError as error:
        return _tell(f"{config.path.name}: keys: {error}")
    except StoreError as error:
        return _tell(str(error))
    return run_app(console, keymap)


def run_app(console: Console, keymap: dict[str, str]) -> int:
    """Show the app over an open console; the engine starts once the first frame is painted."""
    from cm_console.app import ConsoleApp

    sys.setswitchinterval(HAND_OVER)
    services, theme = services_of(console, keymap), console.config.theme
    app = ConsoleApp(services, reports=console.home.root, theme=theme, engine=lambda: _engine(app, console))
    try:
        app.run()
    finally:
        console.store.close()
    return app.return_code or DONE


def services_of(console: Console, keymap: dict[str, str]) -> Services:
    """What the screens may use of a console; what the first frame does not need is made when first asked for."""
    from cm_console.screens.services import Services

    config = console.config
    team = dict.fromkeys((config.me, *(name.rsplit(":", 1)[-1] for name in config.team)))
    return Services(
        community=config.community,
        actor=config.me,
        clock=console.clock,
        zone=config.timezone,
        sync=console.pull_now,
        changes=console.changes,
        status=_later(lambda: console.status),
        inbox=console.inbox,
        journal=_later(lambda: console.journal),
        team=tuple(team),
        keymap=keymap,
        moderation=_later(lambda: console.moderation),
        calendar=_later(lambda: console.calendar),
        metrics=_later(lambda: console.metrics),
        outbox=_later(lambda: console.outbox),
        telling=_later(lambda: console.telling),
        writing=_later(lambda: console.writing),
        messaging=_later(lambda: console.messaging),
        clocks=_later(lambda: console.clocks),
        saved_views=_later(lambda: console.saved_views),
        similar=_later(lambda: console.similar),
        joined=_later(lambda: console.joined),
        feedback=_later(lambda: console.feedback),
        persons=_later(lambda: console.persons),
        directory=_later(lambda: console.directory),
        people_files=_later(lambda: console.people_files),
        privacy=_later(lambda: console.privacy),
        handover=_later(lambda: console.handover),
        engaging=_later(lambda: console.engaging),
    )


def _later(service: Callable[[], T]) -> T:
    """Stands for a service that is made, and its module imported, when something of it is first asked for."""

    class Later:
        def __getattr__(self, name: str) -> object:
            return getattr(service(), name)

    return cast(T, Later())


async def _engine(app: ConsoleApp, console: Console) -> None:
    """Run the engine for as long as the app lives; what is being sent at its end becomes uncertain."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: app.call_later(app.leave))
    try:
        await asyncio.sleep(FRAME_IS_OUT)
        gc.freeze()
        gc.enable()
        from cm_console import secrets

        secrets.harden()
        await console.start()
        await asyncio.Event().wait()
    finally:
        await console.rest()


def _tell(words: str) -> int:
    from cm_console.model.text import clean

    sys.stderr.write(f"cm-console: {clean(words)}\n")
    return FAILED
