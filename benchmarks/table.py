"""What a benchmark says: one line per comparison, printed as a table and kept as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison.

    Attributes:
        what: ours against what.
        ours, base: medians, in `unit`; `base` None when nothing is compared.
        ratio: median of the ratios of the rounds, ours by base; None when nothing is compared.
        goal: the most (`most` True) or the least the ratio should be; None when only reported.
        note: how it was measured, where that is not plain.
    """

    what: str
    unit: str
    ours: float
    base: float | None = None
    ratio: float | None = None
    goal: float | None = None
    most: bool = True
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, None without one."""
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio <= self.goal if self.most else self.ratio >= self.goal


def compared(
    what: str,
    unit: str,
    ours: Sequence[float],
    base: Sequence[float],
    goal: float | None = None,
    *,
    most: bool = True,
    note: str = "",
) -> Line:
    """A line of pairs measured in the same rounds."""
    ratio = median(one / other for one, other in zip(ours, base, strict=True))
    return Line(what, unit, median(ours), median(base), ratio, goal, most, note)


def table(lines: Iterable[Line]) -> str:
    """The lines as aligned text."""
    rows = [("what", "ours", "base", "unit", "ratio", "goal", "", "note")]
    for line in lines:
        goal = "" if line.goal is None else f"{'<=' if line.most else '>='} {line.goal:g}"
        verdict = {True: "met", False: "MISSED", None: ""}[line.met]
        numbers = (_short(line.ours), _short(line.base), line.unit, "" if line.ratio is None else f"{line.ratio:.2f}")
        rows.append((line.what, *numbers, goal, verdict, line.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {1, 2, 4, 5}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_json(lines: Iterable[Line]) -> list[dict[str, object]]:
    """The lines for programs."""
    return [{**asdict(line), "met": line.met} for line in lines]


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
