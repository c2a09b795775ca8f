"""How an entry looks: its state as glyph and word, its line in a list, and everything about it in the side pane."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from cm_console.model.calendar import Entry, EntryKind, EntryState, Variant
from cm_console.model.text import Safe, clean_line, excerpt
from cm_console.model.time import Instant, day_of, moment, short_age
from cm_console.model.wall import MONTHS, WEEKDAYS, say
from cm_console.widgets.lines import Cell, Line, hue, one_line, tag, wrap
from cm_console.widgets.month import Mark

STATES = {
    EntryState.DRAFT: ("○", "dim", "draft"),
    EntryState.SCHEDULED: ("◐", "accent", "scheduled"),
    EntryState.ASKS: ("?", "warn", "asks you"),
    EntryState.PUBLISHED: ("●", "good", "published"),
    EntryState.PARTLY: ("!", "warn", "partly out"),
    EntryState.FAILED: ("✖", "bad", "failed"),
}
"""Glyph, tone and word of a state."""

ACTIONS = {
    "": ("○", "dim", "not scheduled"),
    "queued": ("◐", "accent", "scheduled"),
    "sending": ("◐", "accent", "going out"),
    "sent": ("●", "good", "published"),
    "superseded": ("●", "good", "already there"),
    "failed": ("✖", "bad", "failed"),
    "uncertain": ("?", "warn", "uncertain"),
    "cancelled": ("○", "dim", "taken back"),
}
"""The same of the action of one variant, by its state in the outbox."""
UNNAMED = "(no title)"
TEXT_SHOWN = 4_000
"""Characters of a text shown in the side pane."""


def look(entry: Entry) -> tuple[str, str, str]:
    """Glyph, tone and word of an entry; an event is a date to keep as long as nothing is wrong with it."""
    good = entry.state in (EntryState.DRAFT, EntryState.SCHEDULED, EntryState.PUBLISHED)
    if entry.kind is EntryKind.EVENT and good:
        return "◆", "strong", "event" if entry.at is not None else "event without a date"
    return STATES[entry.state]


def look_on(entry: Entry, day: date | None, zone: ZoneInfo) -> tuple[str, str, str]:
    """The same on a day: on another than its own, an event is what becomes of its announcement."""
    told = _announced_on(entry, day, zone)
    return look(entry) if told is None else ACTIONS[told.state]


def _announced_on(entry: Entry, day: date | None, zone: ZoneInfo) -> Variant | None:
    if day is None or (entry.at is not None and day_of(entry.at, zone) == day):
        return None
    return next((v for v in entry.variants if v.due_at is not None and day_of(v.due_at, zone) == day), None)


def mark_of(entry: Entry, day: date, zone: ZoneInfo) -> Mark:
    """An entry on a day of the month grid."""
    glyph, tone, _ = look_on(entry, day, zone)
    return Mark(glyph, tone, entry.name or Safe(UNNAMED))


def days_of(entry: Entry, zone: ZoneInfo) -> set[date]:
    """The days an entry stands on: its own, and those an event is announced on."""
    days = {day_of(entry.at, zone)} if entry.at is not None else set()
    if entry.kind is EntryKind.EVENT:
        days |= {day_of(variant.due_at, zone) for variant in entry.variants if variant.due_at is not None}
    return days


def list_cells(entry: Entry, zone: ZoneInfo, width: int, *, day: date | None, today: date) -> list[Cell]:
    """An entry in a list; with the date unless it is the list of one `day`."""
    glyph, tone, word = look_on(entry, day, zone)
    told = _announced_on(entry, day, zone)
    at = told.due_at if told is not None else entry.at
    clock = f"{moment(at, zone):%H:%M}" if at is not None else "–"
    cells = [Cell(clock, "" if entry.at else "dim", 5, right=True), Cell(glyph, tone, 1)]
    if day is None:
        when = day_of(entry.at, zone) if entry.at is not None else None
        cells.insert(0, Cell(short_day(when, today), "dim", 10))
    cells.append(Cell(f"Announce: {entry.name}" if told is not None else entry.name or UNNAMED))
    if width >= 50:
        cells.append(Cell(word, tone, 10))
    return cells + [tag(variant.source, variant.source_kind or variant.source) for variant in entry.variants[:3]]


def short_day(day: date | None, today: date) -> str:
    """A day in at most ten cells."""
    if day is None:
        return "no date"
    if day == today:
        return "today"
    year = f" {day:%y}" if day.year != today.year else ""
    return f"{'' if year else WEEKDAYS[day.weekday()] + ' '}{day.day:>2} {MONTHS[day.month - 1][:3]}{year}"


def entry_lines(entry: Entry, findings: Sequence[str], zone: ZoneInfo, now: Instant, width: int) -> list[Line]:
    """Everything about an entry: state, where it goes, what preflight found, the words for each source."""
    lines = _head_lines(entry, zone, now, width)
    for variant in entry.variants:
        lines += _variant_lines(entry, variant, zone, width)
    if not entry.variants and entry.kind is EntryKind.POST:
        lines.append([(" no source is chosen yet", "dim")])
    if entry.state is not EntryState.PUBLISHED:
        lines += _finding_lines(findings, width)
    lines += [[(" " + "─" * max(0, width - 2), "rule")], *_word_lines(Safe(""), entry.body, width)]
    for variant in entry.variants:
        if variant.title or variant.body or variant.place:
            place = f" in {variant.place}" if variant.place else ""
            same = "" if variant.title or variant.body else ": the same words"
            lines += [[], [(f" ─ {one_line(variant.source)}{one_line(place)}{same}", "dim")]]
            lines += _word_lines(variant.title, variant.body, width)
    return lines


def _head_lines(entry: Entry, zone: ZoneInfo, now: Instant, width: int) -> list[Line]:
    glyph, tone, word = look(entry)
    at, distance = _when(entry, now)
    state: Line = [(f" {glyph} {word}", tone), (distance, "dim")]
    moment_of: Line = [(f" · {say(at, zone)}", "")] if at is not None else []
    if len(word) + len(distance) + 30 < width or at is None:
        return [[*state, *moment_of], []]
    return [state, [(f"   {say(at, zone)}", "")], []]


def _when(entry: Entry, now: Instant) -> tuple[Instant | None, str]:
    at = entry.at if entry.kind is EntryKind.EVENT else entry.published_at or entry.at
    if at is None:
        return None, " · no date"
    return at, f" · {short_age(now - at)} ago" if at < now else f" · in {short_age(at - now)}"


def _variant_lines(entry: Entry, variant: Variant, zone: ZoneInfo, width: int) -> list[Line]:
    glyph, tone, word = ACTIONS[variant.state]
    if variant.asks:
        glyph, tone, word = "?", "warn", "asks you: press O"
    at = variant.sent_at or variant.due_at
    when = f" {say(at, zone)}" if at is not None and at != entry.at else ""
    there = " · i goes to it" if variant.thread_id is not None else ""
    words = f"  {word}{when}{there}"
    line: Line = [(f" {glyph} ", tone), (one_line(variant.source), hue(variant.source)), (words, "dim")]
    said = bool(variant.why) and (variant.asks or variant.state in ("failed", "uncertain", "queued"))
    why = wrap(clean_line(variant.why), width - 4) if said else []
    return [line, *([("   ", ""), (each, tone)] for each in why)]


def _finding_lines(findings: Sequence[str], width: int) -> list[Line]:
    if not findings:
        return [[(" ✓ ", "good"), ("preflight: nothing against it", "dim")]]
    lines: list[Line] = []
    for words in findings:
        first, *rest = wrap(clean_line(words), width - 4)
        lines += [[(" ! ", "warn"), (first, "")], *([("   ", ""), (each, "")] for each in rest)]
    return lines


def _word_lines(title: Safe, body: Safe, width: int) -> list[Line]:
    lines: list[Line] = [[(f" {each}", "strong")] for each in wrap(title, width - 2)] if title else []
    return lines + [[(f" {each}", "")] for each in wrap(excerpt(body, TEXT_SHOWN), width - 2)] if body else lines
