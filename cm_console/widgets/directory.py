"""Persons as lines: a row of the directory, why somebody is in a segment, and what the rules are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from cm_console.model.directory import DUE, PersonRow
from cm_console.model.segments import shorter
from cm_console.model.time import DAY, day_age, short_age
from cm_console.widgets.lines import LABEL, Cell, Line, hue, labelled, one_line, wrap


def seen_words(row: PersonRow) -> str:
    """How long ago somebody was active, in days or more."""
    days = row.facts.get("quiet_days")
    return "never" if not isinstance(days, int) else "today" if days == 0 else short_age(days * DAY)


def person_cells(row: PersonRow, view: str, why: str, now: int, width: int, zone: ZoneInfo) -> list[Cell]:
    """When last active or due, what is kept, who, level, why they are in this list, posts and answers, where."""
    first = Cell(seen_words(row), "dim", 5, right=True)
    if row.due_at is not None and (view == DUE or row.due_at <= now):
        late = row.due_at <= now
        words = f"{day_age(row.due_at, now, zone)} late" if late else f"in {day_age(row.due_at, now, zone)}"
        first = Cell(words if view == DUE else first.text, "bad" if late else "", 8 if view == DUE else 5, right=True)
    due = row.due_at is not None and row.due_at <= now
    kept = Cell("!" if due else "◷" if row.due_at is not None else "✎" if row.notes else "", "accent", 1)
    who = Cell(row.handle, "", 12 if width < 60 else 16)
    roomy = width >= 70 and view != DUE
    level = [Cell(row.level, "dim", 11)] if roomy else []
    alike = (f"looks like {row.alike} ·",) if row.alike else ()
    words = " ".join((*alike, shorter(why), *(f"#{tag}" for tag in row.tags)))
    posts = [Cell(f"{row.count('posts_90'):,}✉", "", 5, right=True)] if width >= 50 and view != DUE else []
    answers = [Cell(f"{row.count('answers_90'):,}↩", "dim", 5, right=True)] if roomy else []
    where = Cell(row.sources[0][:3] if row.sources else "", hue(row.sources[0]) if row.sources else "", 3)
    return [first, kept, who, *level, Cell(words, "" if view == DUE else "dim"), *posts, *answers, where]


def standing_lines(row: PersonRow, level: str, whys: Mapping[str, str], width: int) -> list[Line]:
    """Level and segments of a person, and why."""
    room = max(8, width - LABEL)
    lines: list[Line] = []
    if row.level:
        lines += labelled("LEVEL", _said(row.level, level, room))
    return lines + labelled("IN", [line for title, why in whys.items() for line in _said(title, why, room)])


def _said(title: str, why: str, room: int) -> list[Line]:
    first, *rest = wrap(f"{title}: {why}" if why else title, room)
    return [[(first[: len(title)], "strong"), (first[len(title) :], "")], *([(line, "")] for line in rest)]


def rule_lines(
    segments: Sequence[tuple[str, int, str, str]], levels: Sequence[tuple[str, str, int]], width: int
) -> list[Line]:
    """What the rules are: title, how many, rule and help of each segment; name, rule and how many of each level."""
    lines: list[Line] = []
    for title, count, rule, help in segments:
        lines.append([(one_line(title), "strong"), (f"  {count:,}", "dim")])
        lines += [[("  " + line, "accent")] for line in wrap(rule, width - 2)] if rule else []
        lines += [[("  " + line, "")] for line in wrap(help, width - 2)] if help else []
        lines.append([])
    lines.append([("Levels", "strong"), ("  the last that holds", "dim")])
    for name, rule, count in levels:
        lines += [[("  " + line, "")] for line in wrap(f"{name} {count:,}  {rule}", width - 2)]
    return lines
