"""Numbers in words: values with their unit, changes, windows, and what a row behind a number says."""

from __future__ import annotations

import re
from datetime import timedelta

from cm_console.model.metrics import Behind, Fold, Measured, Metric, Unit, Window

NOTHING = "-"
"""Shown where a metric has no value; never 0."""
_STEPS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z%]*)")
_VERDICTS = {
    "response.coverage": ("answered in time", "no answer in time"),
    "solved.rate": ("solved", "not solved"),
    "sla.hit_rate": ("hit", "missed"),
    "activation": ("has posted", "has not posted"),
    "returning": ("posted before too", "not in the window before"),
    "retention": ("posted a month later", "did not post again"),
    "reports.accuracy": ("right", "wrong"),
    "content.on_time": ("on time", "not on time"),
}


def value_words(value: float | None, unit: Unit) -> str:
    """A value as people read it: "1,234", "4.2", "86 %", "3 h 10 m"; "-" if there is none."""
    if value is None:
        return NOTHING
    match unit:
        case Unit.SECONDS:
            return duration_words(value)
        case Unit.PERCENT:
            return f"{_decimals(value)} %"
        case _:
            return _decimals(value)


def _decimals(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{round(value):,}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def duration_words(seconds: float) -> str:
    """A time in its two largest units: "2 d 4 h", "3 h 10 m", "45 s"."""
    whole = round(abs(seconds))
    for place, (size, unit) in enumerate(_STEPS):
        if whole >= size or unit == "s":
            rest = whole % size
            smaller, name = _STEPS[min(place + 1, len(_STEPS) - 1)]
            return f"{whole // size} {unit}" + (f" {rest // smaller} {name}" if rest >= smaller and unit != "s" else "")
    return "0 s"


def change_words(measured: Measured) -> tuple[str, str]:
    """How it moved since the previous window, and whether that is good: "▲ 4", "better" (of percent, the points).

    Two values that read the same are the same: nobody can act on the third decimal.
    """
    if measured.value is None or measured.previous is None:
        return "", ""
    unit = measured.metric.unit
    if value_words(measured.value, unit) == value_words(measured.previous, unit):
        return "=", "same"
    change = measured.value - measured.previous
    arrow = "▲" if change > 0 else "▼"
    judged = {True: "better", False: "worse", None: ""}[measured.better]
    return f"{arrow} {value_words(abs(change), Unit.RATIO if unit is Unit.PERCENT else unit)}", judged


def window_words(window: Window) -> str:
    """A window: "28 days to 21 Nov 2026", with its last day."""
    last = window.end - timedelta(days=1)
    if window.days == 1:
        return f"{last:%a} {last.day} {last:%b %Y}"
    return f"{window.days} days to {last.day} {last:%b %Y}"


def row_words(metric: Metric, row: Behind) -> str:
    """What a row adds to the number."""
    match metric.fold:
        case Fold.MEDIAN | Fold.P90:
            return duration_words(row.value) if row.counted else f"{duration_words(row.value)}, still waits"
        case Fold.OLDEST:
            return f"waits {duration_words(row.value)}"
        case Fold.SHARE:
            return _VERDICTS[metric.id][0 if row.counted else 1]
        case Fold.PORTION:
            return f"{row.value:,.0f} posts" + (", of the ten" if row.counted else "")
        case Fold.PER_DAY:
            return f"{row.value:,.0f} days"
        case Fold.MEAN:
            return value_words(row.value, metric.unit) + (" posts" if row.kind == "thread" else "")
        case _:
            return ""


def read_value(text: str, unit: Unit) -> float:
    """A target as people write it: "90", "90 %", "3 h", "1 d 12 h".

    Raises:
        ValueError: not such a value; the words give an example.
    """
    found = _AMOUNT.findall(text.strip().lower())
    left = _AMOUNT.sub("", text.strip().lower()).strip()
    sizes = {name: size for size, name in _STEPS} | {"min": 60}
    example = {Unit.SECONDS: "3 h, 45 m or 1 d 12 h", Unit.PERCENT: "90 %"}.get(unit, "250")
    if not found or left:
        raise ValueError(f"{text.strip() or 'nothing'} is no value; write it like {example}")
    if unit is Unit.SECONDS:
        if any(name not in sizes for _, name in found):
            raise ValueError(f"{text.strip()} needs a unit of time, as in {example}")
        return sum(float(number.replace(",", ".")) * sizes[name] for number, name in found)
    if len(found) > 1 or found[0][1] not in ("", "%" if unit is Unit.PERCENT else ""):
        raise ValueError(f"{text.strip()} is no value; write it like {example}")
    return float(found[0][0].replace(",", "."))
