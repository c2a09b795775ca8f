"""One platform per file; kinds are found through the entry-point group `cm_console.sources`, imported on demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, cast

from cm_console.model.source import Feed, SourceKind
from cm_console.model.text import clean_line

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "cm_console.sources"
DISTRIBUTION = "cm-console"


class BrokenSource(Exception):
    """A kind of source that cannot be used here; `str(error)` is one plain line: which, why, what to do."""


def names() -> tuple[str, ...]:
    """The kinds that are installed, sorted; read from package metadata, nothing is imported."""
    return tuple(sorted(_found()))


def builtin(name: str) -> bool:
    """Does this kind come with cm-console? Any other is a plugin and runs only when enabled by name."""
    entry = _found().get(name)
    return entry is not None and _is_ours(entry)


def load(name: str, *, enabled: Container[str] = ()) -> SourceKind:
    """Import one kind of source.

    Args:
        name: as listed by `names`.
        enabled: the plugins the user enabled by name; built-in kinds need not be there.

    Raises:
        BrokenSource: unknown, not enabled, not importable, or not of the shape of a source.
    """
    entry = _found().get(name)
    if entry is None:
        raise BrokenSource(f"there is no source kind {clean_line(name)!r}; installed: {', '.join(names())}")
    if not _is_ours(entry) and name not in enabled:
        raise BrokenSource(
            f"source kind {name!r} is a plugin from {clean_line(_owner(entry))} and is not enabled: it would run with"
            f" all your rights; if you trust it, add {name!r} to plugins in config.toml, as in plugins = [{name!r}]"
        )
    try:
        kind = entry.load()
    except (Exception, SystemExit) as error:
        raise BrokenSource(clean_line(f"source kind {name!r} cannot start: {type(error).__name__}: {error}")) from error
    if flaw := _flaw(name, kind):
        raise BrokenSource(f"source kind {name!r} from {_owner(entry)} is no source: {flaw}")
    return cast("SourceKind", kind)


def _found() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    entries = sorted(entry_points(group=GROUP), key=_is_ours)
    return {entry.name: entry for entry in entries}


def _is_ours(entry: EntryPoint) -> bool:
    return _owner(entry) == DISTRIBUTION


def _owner(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unknown package"


def _flaw(name: str, kind: object) -> str:
    """What keeps an object from being a SourceKind, in words; empty if nothing does."""
    if not callable(kind):
        return "it cannot be called"
    if getattr(kind, "name", None) != name:
        return "its name is not that of its entry point"
    if not dataclasses.is_dataclass(getattr(kind, "settings", None)):
        return "its settings are not a dataclass"
    feeds, verbs = getattr(kind, "feeds", None), getattr(kind, "verbs", None)
    if not isinstance(feeds, frozenset) or not all(isinstance(feed, Feed) for feed in feeds):
        return "its feeds are not a frozenset of Feed"
    if not isinstance(verbs, Mapping):
        return "its verbs are not a mapping of Verb to Replay"
    missing = [method for method in ("check", "pull", "push", "find", "close") if not hasattr(kind, method)]
    return f"it has no {', '.join(missing)}" if missing else ""
