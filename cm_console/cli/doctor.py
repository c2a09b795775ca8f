"""`cm-console doctor`: what is right, what is wrong, and what to do next for each problem."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import click

from cm_console import __version__, keys, secrets
from cm_console.cli.session import home_of, say, say_json
from cm_console.config import Config, ConfigError, Home, NoConfig, load
from cm_console.console import Console
from cm_console.model.errors import SourceError
from cm_console.model.time import MINUTE, SECOND, SystemClock, short_age
from cm_console.store import VERSION, StoreError
from cm_console.store.sqlite import wal_is_safe

ENOUGH_DISK = 200_000_000
"""Bytes that should be free where the database grows."""

SKEW = 2 * MINUTE
"""More difference than this between our clock and a platform's makes planned posts late or early."""

SHOWN = ("textual", "httpx", "sqlite-utils", "pyroaring", "keyring")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `todo` says what to do next when it is not right."""

    what: str
    ok: bool
    words: str
    todo: str = ""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--offline", is_flag=True, help="Ask no platform.")
@click.pass_context
def command(context: click.Context, as_json: bool, offline: bool) -> None:
    """Check versions, database, keyring, sources, rights, disk and clock; say what to do about each problem."""
    home = home_of(context)
    findings = [*_programs(), _sqlite(), asyncio.run(_keyring()), _disk(home), _files(home)]
    config = _config(home, findings)
    if config is not None:
        findings += asyncio.run(_community(config, home, offline))
    if as_json:
        say_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{'ok   ' if finding.ok else 'LOOK '} {finding.what}: {finding.words}")
            if finding.todo:
                say(f"      -> {finding.todo}")
    context.exit(0 if all(finding.ok for finding in findings) else 1)


def _programs() -> list[Finding]:
    found = [f"{name} {_version(name)}" for name in SHOWN]
    words = f"cm-console {__version__}, Python {platform.python_version()}, {', '.join(found)}"
    fresh = sys.version_info >= (3, 11)
    return [Finding("versions", fresh, words, "" if fresh else "use Python 3.11 or newer")]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _sqlite() -> Finding:
    number = ".".join(str(part) for part in VERSION)
    if wal_is_safe():
        return Finding("sqlite", True, f"{number}, safe for two consoles on one database")
    return Finding(
        "sqlite",
        False,
        f"{number} can corrupt a write-ahead log, so the slower TRUNCATE journal is used: safe, but readers wait",
        "install the package pysqlite3 (0.6.1 or newer) where there is a wheel for this machine",
    )


async def _keyring() -> Finding:
    try:
        words = await asyncio.wait_for(asyncio.to_thread(secrets.backend_words), 5)
    except TimeoutError:
        words = "keyring: none used; it does not answer (is it locked?)"
    words = words.removeprefix("keyring: ")
    usable = not words.startswith("none")
    todo = "" if usable else "fine without one: give tokens as env:NAME or command:..., e.g. command:pass show forum"
    return Finding("keyring", True, words, todo)


def _disk(home: Home) -> Finding:
    folder = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    ok = free > ENOUGH_DISK
    return Finding("disk", ok, f"{free / 1e9:.1f} GB free at {folder}", "" if ok else "free some space")


def _files(home: Home) -> Finding:
    wide = [
        path.name for path in (home.root, home.config, home.database) if path.exists() and path.stat().st_mode & 0o077
    ]
    if wide:
        names = ", ".join(wide)
        return Finding("privacy", False, f"others on this machine can read {names}", f"chmod go-rwx {home.root} -R")
    return Finding("privacy", True, f"{home.root} is readable by you only")


def _config(home: Home, findings: list[Finding]) -> Config | None:
    try:
        config = load(home.config)
        keys.validate(config.keys)
    except NoConfig:
        findings.append(Finding("config", False, f"none at {home.config}", "run cm-console, or cm-console demo"))
        return None
    except (ConfigError, keys.KeymapError) as error:
        findings.append(Finding("config", False, str(error), f"edit {home.config}"))
        return None
    words = f"{config.community}: {len(config.sources)} sources, {len(config.guidelines)} guidelines"
    todo = "" if config.sources else "cm-console source add KIND NAME"
    findings.append(Finding("config", True, words, todo))
    return config


async def _community(config: Config, home: Home, offline: bool) -> list[Finding]:
    try:
        console = Console.open(config, home)
    except StoreError as error:
        return [Finding("database", False, str(error), "cm-console restore FILE; backups are in the backups folder")]
    try:
        findings = [await _database(console)]
        await console.prepare([] if offline else None)
        findings += [
            Finding(f"source {name}", False, words, f"correct it in {home.config}")
            for name, words in console.unusable.items()
        ]
        findings += [await _source(console, name) for name in console.engines]
        return [*findings, *await _retention(console), await _outbox(console)]
    finally:
        await console.stop()


async def _database(console: Console) -> Finding:
    verdict = await console.store.read(lambda conn: conn.execute("PRAGMA quick_check").fetchone()[0])
    size = console.home.database.stat().st_size / 1e6
    todo = "" if verdict == "ok" else "cm-console restore FILE; backups are in the backups folder"
    return Finding("database", verdict == "ok", f"{size:.1f} MB, {verdict}", todo)


async def _source(console: Console, name: str) -> Finding:
    engine = console.engines[name]
    try:
        identity = await asyncio.wait_for(engine.sync.identify(), 60)
    except SourceError as error:
        return Finding(f"source {name}", False, str(error), f"cm-console source check {name}")
    except TimeoutError:
        return Finding(f"source {name}", False, "no answer within a minute", "check the network, then try again")
    skew = 0 if identity.server_time is None else SystemClock().now() - identity.server_time
    if abs(skew) > SKEW:
        words = f"its clock and ours differ by {short_age(skew)}"
        return Finding(f"source {name}", False, words, "set this machine's clock: planned posts go by it")
    missing = "; ".join(f"cannot {what}: {right}" for what, right in sorted(identity.missing.items()))
    rights = f"{len(identity.feeds)} feeds, {len(identity.verbs)} verbs"
    clock = f", clock within {abs(skew) // SECOND} s" if identity.server_time else ""
    return Finding(f"source {name}", True, f"{identity.name} {identity.version} ({rights}{clock})", missing)


async def _retention(console: Console) -> list[Finding]:
    """How many texts are older than their source keeps them; only where one has such a limit."""
    found = [each.words for each in await console.privacy.retained()]
    todo = "an open console lets them go; or now: cm-console members retention --apply"
    return [Finding("texts", True, ", ".join(found), todo)] if found else []


async def _outbox(console: Console) -> Finding:
    status = await console.status.now()
    words = f"{status.waiting} waiting, {status.stuck} need you"
    return Finding("outbox", not status.stuck, words, "cm-console outbox" if status.stuck else "")
