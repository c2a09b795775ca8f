"""How something planned on a platform itself looks: its mark in the month, its line in a list, all of it beside."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from cm_console.model.planned import THERE, Planned
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, moment, short_age
from cm_console.model.verb import Verb
from cm_console.model.wall import say
from cm_console.widgets.entry import UNNAMED, short_day
from cm_console.widgets.lines import Cell, Line, hue, one_line, tag, wrap
from cm_console.widgets.links import number_links
from cm_console.widgets.month import Mark
from cm_console.widgets.posts import body_lines

GLYPH = "◷"
WORDY = 50
"""Cells of a list that has room for all words."""


def look(plan: Planned) -> tuple[str, str, str]:
    """Glyph, tone and word; what it was told counts at once, unless that did not work."""
    told = plan.told
    if told is None:
        return GLYPH, "accent", THERE
    if told.stuck:
        word = "not moved" if told.verb is Verb.RESCHEDULE else "not taken off"
        return ("?", "warn", word) if told.asks else ("✖", "bad", word)
    return (GLYPH, "accent", "moved there") if told.verb is Verb.RESCHEDULE else ("–", "dim", "taken off")


def mark_of(plan: Planned) -> Mark:
    """In the month grid; its glyph is no entry's, and its platform's tag comes first."""
    glyph, tone, _ = look(plan)
    return Mark(glyph, tone, f"{tag(plan.source, plan.source_kind).text}: {plan.name or UNNAMED}")


def list_cells(plan: Planned, zone: ZoneInfo, width: int, *, day: date | None, today: date) -> list[Cell]:
    """In a list; with the date unless it is the list of one `day`."""
    glyph, tone, word = look(plan)
    local = moment(plan.at, zone)
    cells = [Cell(f"{local:%H:%M}", "", 5, right=True), Cell(glyph, tone, 1), Cell(plan.name or UNNAMED)]
    cells.append(Cell(word, tone, 13) if width >= WORDY else Cell("there", tone, 5))
    if day is None:
        cells.insert(0, Cell(short_day(local.date(), today), "dim", 10))
    return [*cells, tag(plan.source, plan.source_kind)]


def plan_lines(plan: Planned, zone: ZoneInfo, now: Instant, width: int) -> list[Line]:
    """Everything about it: when, whose, what it was told, its page and its text with the links numbered."""
    glyph, tone, word = look(plan)
    distance = f" · {short_age(now - plan.at)} ago" if plan.at < now else f" · in {short_age(plan.at - now)}"
    when = f" · {say(plan.at, zone)}"
    lines: list[Line] = [[(f" {glyph} {word}", tone), (distance, "dim")]]
    if len(word) + len(distance) + len(when) + 4 < width:
        lines[0].append((when, ""))
    else:
        lines.append([(f"   {when[3:]}", "")])
    lines += [[], [("   ", ""), (one_line(plan.source), hue(plan.source)), (f"  {_whose(plan)}", "dim")]]
    lines += [[("   ", ""), (words, tone)] for words in wrap(_told_words(plan, zone), width - 4) if words]
    links: list[str] = []
    lines += [[("   ", ""), (number_links(plan.url, links), "link")] for _ in [1] if plan.url]
    return [*lines, [(" " + "─" * max(0, width - 2), "rule")], *body_lines(plan.body, width, 1, links, full=True)]


def links_of(plan: Planned) -> list[str]:
    """The addresses in what is shown, in the order of their numbers."""
    links: list[str] = []
    for text in (plan.url, plan.body):
        number_links(text, links)
    return links


def _whose(plan: Planned) -> str:
    told = plan.told
    leaves = told is not None and told.verb is Verb.UNSCHEDULE and not told.stuck
    return "is told to take it off its plan" if leaves else "publishes it by itself"


def _told_words(plan: Planned, zone: ZoneInfo) -> str:
    told = plan.told
    if told is None or (told.verb is Verb.UNSCHEDULE and not told.stuck):
        return ""
    if told.stuck:
        return f"{clean_line(told.why)}: O opens the outbox" if told.why else "O opens the outbox"
    return f"is told so; there it still stands at {say(plan.planned_at, zone)}"
