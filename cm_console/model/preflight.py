"""Preflight: everything that can be known about an entry before it goes out, without asking any platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from cm_console.model.calendar import Entry, EntryKind, EntryState, Outlet, Variant
from cm_console.model.send_checks import check_words
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.model.wall import say, twice

SAME_TEXT_WITHIN = timedelta(days=60)
"""Within this time before or after, the same text on the same source is called a repeat."""

UNTITLED = frozenset({"bluesky", "discord", "irc", "mastodon", "matrix", "slack", "telegram"})
"""Platforms on which a post has no title."""


def preflight(
    entry: Entry, others: Iterable[Entry], outlets: Mapping[str, Outlet], now: Instant, zone: ZoneInfo
) -> list[str]:
    """What is wrong or doubtful, in words, the worst first; empty when all is well.

    Args:
        entry: what is to go out; variants that have left are not judged any more.
        others: entries around its time, to find clashes and repeats.
        outlets: what each source can do.
        now: the present.
        zone: the community's time zone.
    """
    waiting = [variant for variant in entry.variants if not variant.left]
    found = [words for variant in waiting for words in _words(entry, variant, outlets)]
    if entry.kind is EntryKind.POST and not entry.variants:
        found.append("no source is chosen")
    found += _time(entry, now, zone)
    for variant in waiting:
        found += _repeats(entry, variant, [other for other in others if other.id != entry.id], zone)
    return found


def due(entry: Entry, variant: Variant) -> Instant | None:
    """When a variant goes out or went out: its own time (the announcement of an event), else the entry's."""
    if entry.kind is EntryKind.EVENT:
        return variant.due_at
    return variant.due_at or entry.at


def _words(entry: Entry, variant: Variant, outlets: Mapping[str, Outlet]) -> Iterator[str]:
    source = variant.source
    outlet = outlets.get(source, Outlet(source, "", f"there is no source {source}"))
    title, body = entry.words(variant)
    if not body.strip():
        yield f"{source}: the text is empty"
    if not title.strip() and outlet.kind not in UNTITLED:
        yield f"{source}: the title is missing"
    if body.strip():
        yield from (f"{source}: {doubt.words}" for doubt in check_words(body, outlet.text))
    if outlet.why_not:
        yield outlet.why_not
    elif outlet.trouble:
        yield f"{source} was not reached lately: {outlet.trouble}"


def _time(entry: Entry, now: Instant, zone: ZoneInfo) -> Iterator[str]:
    if entry.at is None:
        yield "it has no date"
        return
    if entry.at < now - MINUTE and entry.state is not EntryState.PUBLISHED:
        yield f"its time has passed: {say(entry.at, zone)}"
    doubt = twice(entry.at, zone)
    if doubt:
        yield doubt
    if entry.zone != zone.key:
        there = say(entry.at, ZoneInfo(entry.zone))
        yield f"it was planned for {there} in {entry.zone}, which is {say(entry.at, zone)} in {zone.key}"


def _repeats(entry: Entry, variant: Variant, others: Iterable[Entry], zone: ZoneInfo) -> Iterator[str]:
    at = due(entry, variant)
    if at is None:
        return
    there = [(then, other, theirs) for other in others for theirs, then in _dues(other, variant.source)]
    there.sort(key=lambda each: abs(each[0] - at))
    clashes = [(then, other) for then, other, _ in there if abs(then - at) < HOUR]
    mine = _plain(entry.words(variant)[1])
    repeats = [
        (then, other)
        for then, other, theirs in there
        if mine and abs(then - at) <= SAME_TEXT_WITHIN.days * DAY and _plain(other.words(theirs)[1]) == mine
    ]
    if clashes:
        yield f"{variant.source}: {_nearest(clashes, zone)} within the same hour"
    if repeats:
        yield f"{variant.source}: the same text as {_nearest(repeats, zone)}"


def _dues(other: Entry, source: str) -> Iterator[tuple[Variant, Instant]]:
    for variant in other.variants:
        then = due(other, variant)
        if variant.source == source and then is not None:
            yield variant, then


def _nearest(found: list[tuple[Instant, Entry]], zone: ZoneInfo) -> str:
    then, other = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"“{other.name}” of {say(then, zone)}{more}"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
