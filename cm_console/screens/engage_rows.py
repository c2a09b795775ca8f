"""How the lists of engage-first look: rows, what is said where one is empty, and a starter in full."""

from __future__ import annotations

from cm_console.model.engaging import Engage, EngageRow, Route
from cm_console.model.time import short_age
from cm_console.widgets.lines import Cell, Line, tag, wrap

VIEWS = {
    Engage.GREET: ("To greet", "newest first", "Every newcomer was greeted.\n] shows the other lists · esc the inbox"),
    Engage.ANNIVERSARY: ("Anniversaries", "longest here first", "No anniversary of an active member these days."),
    Engage.UNANSWERED: ("Unanswered", "newest first", "Nobody waits that long for a first answer."),
    Engage.THANK: ("To thank", "most help first", "Every helper of the last days was thanked."),
    Engage.STARTERS: ("Starters", "not used for longest first", "No starters are left."),
}
"""What each list is called, how it is ordered, and what it says when it is empty."""

HINTS = {
    Engage.GREET: "to greet",
    Engage.ANNIVERSARY: "anniversaries",
    Engage.THANK: "to thank",
    Engage.UNANSWERED: "unanswered",
}
"""How the inbox tells of them, the first of these that has any."""


MARKS = {Route.THREAD: ("↩", "dim"), Route.PRIVATELY: ("✉", "accent"), Route.NOWHERE: ("∅", "warn")}
"""How a row is marked by the way its words would go."""


def engage_cells(row: EngageRow, now: int, width: int) -> list[Cell]:
    """Since when, which way words go, who, why, in which thread, platform."""
    if row.view is Engage.STARTERS:
        tags = [Cell(" ".join(f"#{each}" for each in row.tags), "dim", 10)]
        title = [Cell(row.title, "", 28), Cell(row.detail, "dim")] if width >= 76 else [Cell(row.title)]
        return [*title, *tags, Cell(row.why, "dim", 12, right=True)]
    age = Cell(short_age(now - row.since), "", 4, right=True)
    glyph, tone = MARKS[row.route]
    mark = Cell(glyph, tone, 1)
    who, why = Cell(row.member, "strong", 14), Cell(row.why, "dim", 32)
    if width < 64:
        return [age, mark, who, Cell(row.title if row.view is Engage.UNANSWERED else row.why)]
    reason = [] if row.view is Engage.UNANSWERED else [why]
    where = [Cell(row.title)] if row.route is Route.THREAD else [Cell(way_words(row), tone)]
    return [age, mark, who, *reason, *where, tag(row.source, row.source_kind)]


def way_words(row: EngageRow) -> str:
    """Which way the words go, or why they cannot go at all."""
    if row.route is Route.NOWHERE:
        return f"{row.route}: {row.why_not}"
    return f"{row.route} on {row.to}" if row.route is Route.PRIVATELY and row.to != row.source else str(row.route)


def engage_lines(row: EngageRow, width: int) -> list[Line]:
    """A row about no thread: who, why, which way the words go, and what can be done."""
    lines: list[Line] = [[(line, "strong")] for line in wrap(row.member, width)]
    lines += [[(line, "")] for line in wrap(row.why, width)]
    lines += [[("─" * width, "rule")], *([(line, MARKS[row.route][1])] for line in wrap(way_words(row), width)), []]
    keys = "e passes over · w who they are" if row.route is Route.NOWHERE else "r shows the words before they go"
    return [*lines, [(keys, "dim")]]


def starter_lines(row: EngageRow, width: int) -> list[Line]:
    """A starter in full, and what can be done with it."""
    lines: list[Line] = [[(line, "strong")] for line in wrap(row.title, width)]
    lines.append([(f"{row.why} · " + " ".join(f"#{each}" for each in row.tags), "dim")])
    lines += [[("─" * width, "rule")], *([(line, "")] for line in wrap(row.detail, width)), []]
    return [*lines, [("c puts it into the calendar, as a draft on the next free day", "dim")]]
