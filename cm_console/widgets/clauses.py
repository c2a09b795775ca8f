"""Guidelines in words: what a breach weighs, and which of them some reports speak of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cm_console.model.moderation import Guideline


def weight(clause: Guideline) -> str:
    """The strikes a breach leaves and for how long."""
    if not clause.strikes:
        return "no strike"
    return f"{clause.strikes} strike{'s' if clause.strikes > 1 else ''} {clause.expires_days} d"


def fitting(clauses: Sequence[Guideline], kinds: Sequence[str]) -> list[Guideline]:
    """The guidelines that name, or answer with, what the reports call it; a hint for the eye, never a decision."""
    words = {word for kind in kinds for word in re.split(r"\W|_", kind.casefold()) if len(word) > 3}
    return [
        clause
        for clause in clauses
        if words & {clause.verb, *re.split(r"\W+", f"{clause.title} {clause.text}".casefold())}
    ]


def clause_of(clauses: Sequence[Guideline], number: int | None) -> Guideline | None:
    """A guideline by its number."""
    return next((clause for clause in clauses if clause.number == number), None)
