"""`cm-console source`: which kinds there are, and the sources of this community."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import click

from cm_console import secrets
from cm_console.cli.session import PARTLY, config_of, home_of, say, say_json, say_table, with_console
from cm_console.cli.source_words import advice, say_folded, say_identity, say_optional, say_question
from cm_console.config import Config, NoConfig, SourceConfig, add_source, remove_source, write_new
from cm_console.config.values import NAME
from cm_console.console import Console
from cm_console.model.errors import SourceError
from cm_console.model.settings import Secret, Setting, make_settings, settings_of
from cm_console.model.source import SourceKind
from cm_console.model.time import moment
from cm_console.services.desk import Impossible
from cm_console.sources import BrokenSource, load, names
from cm_console.store import sources as stored


@click.group("source")
def command() -> None:
    """Sources: which kinds there are; add, list, check, remove."""


@command.command("kinds")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def kinds_command(context: click.Context, as_json: bool) -> None:
    """The kinds of sources that are installed, with their feeds and verbs, or why one cannot be used."""
    try:
        enabled = config_of(context)[0].plugins
    except NoConfig:
        enabled = ()
    kinds = {name: _kind_or_why(name, enabled) for name in names()}
    if as_json:
        say_json([_kind_json(name, kind) for name, kind in kinds.items()])
        return
    for name, kind in kinds.items():
        if isinstance(kind, str):
            say(f"{name}: cannot be used: {kind}")
            continue
        say(f"{name}: {next(iter((kind.__doc__ or '').splitlines()), '')}")
        say(f"    reads  {', '.join(sorted(kind.feeds))}")
        say(f"    writes {', '.join(sorted(kind.verbs)) or 'nothing'}")
        asks = [s.name + ("" if s.required else " (optional)") for s in settings_of(kind.settings)]
        say(f"    asks   {', '.join(asks) or 'nothing'}")


def _kind_or_why(name: str, enabled: Collection[str]) -> SourceKind | str:
    try:
        return load(name, enabled=enabled)
    except BrokenSource as error:
        return str(error)


def _kind_json(name: str, kind: SourceKind | str) -> dict[str, object]:
    if isinstance(kind, str):
        return {"kind": name, "why_not": kind}
    return {
        "kind": name,
        "feeds": sorted(kind.feeds),
        "verbs": {verb: replay.kind for verb, replay in sorted(kind.verbs.items())},
        "settings": [setting.name for setting in settings_of(kind.settings)],
    }


@command.command("add")
@click.argument("kind")
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE ...]")
@click.option("--every", type=click.IntRange(1), help="Seconds between two pulls.")
@click.option("--no-check", is_flag=True, help="Do not try it at once.")
@click.pass_context
def add_command(
    context: click.Context, kind: str, name: str, fields: tuple[str, ...], every: int | None, no_check: bool
) -> None:
    """Add a source. What is missing is asked for; a secret is a reference (env:NAME, command:..., keyring:NAME)."""
    home = home_of(context)
    try:
        config = config_of(context)[0]
    except NoConfig:
        config = Config(home.config, name)
    _name_of_a_new_one(name, config)
    loaded = _load(kind, config)
    if not home.config.exists():
        home.prepare()
        config = write_new(home.config, name)
        say(f"made {home.config}")
    settings = _answers(loaded, name, _pairs(fields), allow_insecure=config.allow_insecure_keyring)
    source = SourceConfig(name, kind, settings)
    if every:
        source = replace(source, every=every)
    add_source(home.config, source)
    say(f"added {name}")
    if no_check:
        return
    ok = with_console(context, lambda console: _check(console, [name]))
    say_optional(loaded, settings, home.config)
    if ok:
        told = f'it is only told things: by [handover.TEAM] with source = "{name}" in {home.config}, or the calendar'
        say(f"next: cm-console sync {name}" if loaded.feeds else told)
        return
    say_folded(f"mend it in {home.config}, then: cm-console source check {name}")
    context.exit(PARTLY)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def list_command(context: click.Context, as_json: bool) -> None:
    """The sources of this community and how fresh they are."""

    async def read(console: Console) -> list[stored.FeedState]:
        return await console.store.read(stored.feeds)

    config, feeds = config_of(context)[0], with_console(context, read)
    rows = []
    for source in config.sources:
        states = [feed for feed in feeds if feed.source == source.name]
        bad = next((feed for feed in states if feed.state not in ("ok", "new")), None)
        state = "off" if not source.enabled else bad.state if bad else states[0].state if states else "new"
        rows.append([source.name, source.kind, state, bad.words if bad else ""])
    if as_json:
        say_json([dict(zip(("name", "kind", "state", "words"), row, strict=True)) for row in rows])
        return
    say_table(rows, empty="no sources yet: cm-console source add KIND NAME")


@command.command("check")
@click.argument("names", nargs=-1)
@click.pass_context
def check_command(context: click.Context, names: tuple[str, ...]) -> None:
    """Ask each platform who we are there, what this token may do and what it lacks."""
    ok = with_console(context, lambda console: _check(console, list(names)))
    context.exit(0 if ok else 1)


@command.command("remove")
@click.argument("name")
@click.option("--forget", is_flag=True, help="Also delete everything pulled from it; decisions and the journal stay.")
@click.pass_context
def remove_command(context: click.Context, name: str, forget: bool) -> None:
    """Take a source out of the config; what was pulled stays unless --forget."""
    home = home_of(context)
    remove_source(home.config, name)

    async def clear(console: Console) -> None:
        await console.store.write(lambda conn: stored.remove(conn, [name], console.clock.now()))

    if forget:
        with_console(context, clear)
    say(f"removed {name}{' and what was pulled from it' if forget else ''}")


def _name_of_a_new_one(name: str, config: Config) -> None:
    """Impossible if no source can be called that: said before anything is asked or made."""
    if not NAME.fullmatch(name) or len(name) > 60:
        raise Impossible(f"{name!r} is no name for a source: lower case letters, digits and dashes, like my-forum")
    if any(source.name == name for source in config.sources):
        raise Impossible(
            f"there is a source {name} already: name this one otherwise, or: cm-console source remove {name}"
        )


def _load(kind: str, config: Config) -> SourceKind:
    try:
        return load(kind, enabled=config.plugins)
    except BrokenSource as error:
        raise Impossible(str(error)) from error


def _pairs(fields: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            raise click.UsageError(f"{field!r} is not FIELD=VALUE")
        pairs[name] = value
    return pairs


def _answers(kind: SourceKind, name: str, given: dict[str, str], *, allow_insecure: bool) -> dict[str, object]:
    """Settings as given, the missing ones asked for if somebody is there to answer."""
    answers: dict[str, object] = dict(given)
    for setting in settings_of(kind.settings):
        if setting.name not in answers and setting.required:
            if not sys.stdin.isatty():
                raise Impossible(f"{setting.name} is missing: {setting.help} ({setting.name}=...)")
            answers[setting.name] = _ask(setting, name, allow_insecure)
    try:
        checked = {
            field.name: Secret("") if field.kind is Secret and field.name in answers else answers[field.name]
            for field in settings_of(kind.settings)
            if field.name in answers
        }
        unknown = {key: value for key, value in answers.items() if key not in checked}
        made: object = make_settings(kind.settings, {**checked, **unknown})
    except ValueError as error:
        raise Impossible(str(error)) from error
    for field in settings_of(kind.settings):
        if field.name not in answers:
            continue
        if field.kind is not Secret:
            answers[field.name] = getattr(made, field.name)
        elif not secrets.is_reference(str(answers[field.name])):
            raise Impossible(
                f"{field.name} must be a reference, not the secret itself: env:NAME, command:..., or keyring:{name}."
                " What was typed may be in your shell's history: make a new token."
            )
    if "path" in answers:
        answers["path"] = str(Path(str(answers["path"])).expanduser().absolute())
    return answers


def _ask(setting: Setting, name: str, allow_insecure: bool) -> str:
    say_question(setting)
    if setting.kind is not Secret:
        return str(click.prompt(setting.name))
    while True:
        answer = click.prompt(
            f"{setting.name} (typed unseen, kept in the keyring; or a reference like env:NAME)", hide_input=True
        )
        if secrets.is_reference(answer):
            return str(answer)
        reference = f"keyring:{name}/{setting.name}"
        try:
            asyncio.run(secrets.store(reference, Secret(answer), allow_insecure=allow_insecure))
        except secrets.SecretError as error:
            say(str(error))
            continue
        return reference


async def _check(console: Console, wanted: list[str]) -> bool:
    for name in wanted:
        if name not in {source.name for source in console.config.sources}:
            raise Impossible(f"there is no source {name}")
    await console.prepare(wanted or None)
    ok = True
    for words in console.unusable.values():
        say(words)
        ok = False
    for name, engine in console.engines.items():
        try:
            say_identity(name, await engine.sync.identify())
        except SourceError as error:
            say_folded(f"{name}: {error}")
            say_folded(advice(engine.source, error, console.config.timezone), "    ")
            ok = False
            continue
        if budget := engine.source.budget:
            resets = moment(budget.resets_at, console.config.timezone)
            say(f"    budget  {budget.remaining} of {budget.limit} requests left until {resets:%H:%M}")
    return ok
