"""What `cm-console source` says: questions, who we are on a platform, what a token lacks and what to do about it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from cm_console.cli.session import say
from cm_console.model.errors import SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.settings import Secret, Setting, settings_of
from cm_console.model.source import Feed, Identity, Source, SourceKind
from cm_console.model.time import moment

LOGIN = "login"
"""The `right` of an error that says that there was no login at all: nothing is lacking then, it is wrong."""


def say_folded(words: str, indent: str = "") -> None:
    """A line of output, on a screen folded between words; what is piped stays one line."""
    if not sys.stdout.isatty():
        say(indent + words)
        return
    room = max(shutil.get_terminal_size().columns, 40)
    hanging = indent + "    " if indent else ""
    folded = textwrap.wrap(
        words, room, initial_indent=indent, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
    for line in folded:
        say(line)


def say_question(setting: Setting) -> None:
    """What a setting is, where to find it, what it looks like."""
    say()
    say_folded(f"{setting.name}: {setting.help}")
    if setting.where:
        say_folded(f"where to find it: {setting.where}", "    ")
    if setting.kind is not Secret and setting.example:
        say_folded(f"for example: {setting.example}", "    ")


def say_optional(kind: SourceKind, given: Mapping[str, object], config: object) -> None:
    """The settings nobody was asked for."""
    optional = [setting.name for setting in settings_of(kind.settings) if setting.name not in given]
    if optional:
        say_folded(f"can be set too, in {config}: {', '.join(optional)} (docs/sources/{kind.name}.md)", "    ")


def say_identity(name: str, identity: Identity) -> None:
    """Who we are, what the token may do, and for what is missing the right to ask for: each right once."""
    version = f", {identity.version}" if identity.version else ""
    say(f"{name}: {identity.name}{version}")
    say_folded(f"reads   {', '.join(sorted(identity.feeds)) or 'nothing'}", "    ")
    say_folded(f"writes  {', '.join(sorted(identity.verbs)) or 'nothing'}", "    ")
    lacking: dict[tuple[str, str], list[str]] = {}
    for what, right in sorted(identity.missing.items()):
        lacking.setdefault(("read " if what in set(Feed) else "", right), []).append(what)
    for (read, right), whats in sorted(lacking.items(), key=lambda each: (each[0][0] == "", each[1])):
        say_folded(f"cannot {read}{', '.join(whats)}: {right}", "    ")


def advice(source: Source, error: SourceError, zone: ZoneInfo) -> str:
    """What to do about it, in one line; times as they are in `zone`."""
    if isinstance(error, Unauthorized):
        secrets = [field for field in settings_of(source.settings) if field.kind is Secret]
        named = secrets[0].name if secrets else "token"
        lacks = f"It lacks: {error.right}. " if error.right not in ("", LOGIN) else ""
        where = f"Where to get one: {secrets[0].where}" if secrets and secrets[0].where else "Make a new one"
        return f"look at its {named}. {lacks}{where}"
    if isinstance(error, Throttled):
        return f"nothing is wrong with it; it asks to wait until {moment(error.until, zone):%H:%M:%S}"
    if isinstance(error, Unreachable):
        return "is its address right, and is it up? What was pulled stays, and actions wait in the outbox"
    return "look at its settings in the config"
