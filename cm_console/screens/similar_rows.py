"""How similar threads and those who answered them look: rows and side panes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cm_console.model.similar import Answerer, Comparison, Similar
from cm_console.model.time import short_age
from cm_console.widgets.lines import Cell, Line, ends, hue, one_line, wrap
from cm_console.widgets.posts import body_lines

T = TypeVar("T", Similar, Answerer)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[T]):
    """One of a ranking as a list row."""

    id: int
    key: int
    one: T


def ranked(found: Sequence[T]) -> list[Ranked[T]]:
    """A ranking as list rows."""
    return [Ranked(one.id, place, one) for place, one in enumerate(found)]


def similar_cells(row: Ranked[Similar], now: int, width: int) -> list[Cell]:
    """Percent, title, why the answer can be trusted, age, platform."""
    one = row.one
    why = [Cell(one.answer.why, "dim", 18)] if width >= 76 else []
    age = Cell(short_age(now - one.created_at), "dim", 4, right=True)
    mark = Cell("✓" if one.answer.solved else "", "good", 1)
    return [Cell(f"{one.percent} %", "accent", 5, right=True), mark, Cell(one.title), *why, age, _platform(one.source)]


def similar_lines(one: Similar, compared: Comparison, now: int, width: int) -> list[Line]:
    """The answer's text, whose it is, and how the percent come about."""
    answer = one.answer
    where = f"{one.source} · {one_line(one.place)}" if one.place else one.source
    lines: list[Line] = [[(line, "strong")] for line in wrap(one_line(one.title), width)]
    shared = ", ".join(one.shared[:12])
    says = f"{one.percent} %: {len(one.shared)} of {len(compared.telling)} telling words: {shared}"
    facts = [where, says, "said in a direct message: others cannot open it" if one.direct else one.link]
    lines += [[(line, "dim")] for fact in facts if fact for line in wrap(one_line(fact), width)]
    left: Line = [(one_line(answer.author), "strong"), (f"  {answer.why}", "good" if answer.solved else "dim")]
    lines += [[("─" * width, "rule")], ends(left, [(short_age(now - answer.at), "dim")], width)]
    return [*lines, *body_lines(answer.body, width, 2, [], full=True)]


def answerer_cells(row: Ranked[Answerer], now: int, width: int) -> list[Cell]:
    """Name, how many answers, solved, thanks, when last active."""
    one = row.one
    seen = "never" if one.last_active_at is None else short_age(now - one.last_active_at)
    solved = f"✓ {one.solved} solved" if one.solved else ""
    thanks = [Cell(f"{one.thanks:,} thanks" if one.thanks else "", "dim", 10)] if width >= 60 else []
    answers = "1 answer" if len(one.given) == 1 else f"{len(one.given)} answers"
    return [
        Cell(one.handle),
        Cell(answers, "", 10),
        Cell(solved, "good", 10),
        *thanks,
        Cell(seen, "dim", 5, right=True),
    ]


def answerer_lines(one: Answerer, now: int, width: int) -> list[Line]:
    """Who it is and the answers that speak for them."""
    name = f"{one.handle} · {one.name}" if one.name and one.name != one.handle else one.handle
    seen = "not seen" if one.last_active_at is None else f"last active {short_age(now - one.last_active_at)} ago"
    lines: list[Line] = [[(one_line(name), "strong")]]
    lines += [[(f"called as {one_line(one.mention)} on {one.source} · {seen}", "dim")], [("─" * width, "rule")]]
    for given in one.given:
        facts = ["solved" if given.solved else "", f"{given.thanks:,} thanks" if given.thanks else ""]
        why = " · ".join(fact for fact in facts if fact)
        age: Line = [(short_age(now - given.at), "dim")]
        lines.append(ends([(f"{given.percent:3} % ", "accent"), (one_line(given.title), "")], age, width))
        lines += [[(f"      {why}", "good" if given.solved else "dim")]] if why else []
    return lines


def _platform(source: str) -> Cell:
    return Cell(source, hue(source), 6)
