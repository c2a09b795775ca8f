"""Decisions as lines: what was done, by which guideline, who, when, and what became of its action."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.moderation import DecisionRow, Guideline
from cm_console.model.text import clean_line
from cm_console.model.thread import PersonCard, PostRow
from cm_console.model.time import SECOND, short_age
from cm_console.widgets.clauses import clause_of
from cm_console.widgets.lines import Line, ends, one_line, wrap
from cm_console.widgets.posts import SENDING

PAST_POST = 160
"""Characters shown of each of a member's earlier posts."""


def leaves_words(leaves_at: int, now: int, *, mine: bool) -> str:
    """How long something is still held, and how to stop it."""
    seconds = -(-max(0, leaves_at - now) // SECOND)
    return f"leaves in {seconds}s" + (" · z undoes it" if mine else "")


def decision_lines(decision: DecisionRow, clauses: Sequence[Guideline], me: str, now: int, room: int) -> list[Line]:
    """One decision and what became of it."""
    clause = clause_of(clauses, decision.guideline)
    name = f" · {decision.guideline} {clause.title if clause else ''}".rstrip() if decision.guideline else ""
    by = f"{one_line(decision.actor)}  {short_age(now - decision.at)}"
    lines: list[Line] = [ends([(decision.verb, "strong"), (one_line(name), "")], [(by, "dim")], room)]
    if decision.strikes:
        left = decision.expires_at
        until = "" if left is None else f", {short_age(left - now)} left" if left > now else ", expired"
        lines.append([(f"✗ {decision.strikes} strike{'s' if decision.strikes > 1 else ''}{until}", "")])
    lines += [_sending(decision, me, now)] if decision.state else [[("recorded here; nothing was to be sent", "dim")]]
    if decision.why and decision.state not in ("sent", ""):
        lines += [[(line, "dim")] for line in wrap(clean_line(decision.why), room)]
    return lines + [[(line, "")] for line in wrap(decision.note, room)] if decision.note else lines


def _sending(decision: DecisionRow, me: str, now: int) -> Line:
    glyph, tone = SENDING.get(decision.state, ("·", "dim"))
    words = {"sent": "sent: the platform has done it", "superseded": "it was so already", "cancelled": "given up"}
    said = words.get(decision.state, decision.state)
    if decision.state == "queued" and decision.leaves_at is not None:
        held = decision.leaves_at > now and not decision.why
        said = leaves_words(decision.leaves_at, now, mine=decision.actor == me) if held else "on its way"
    elif decision.state in ("failed", "uncertain"):
        said += ": O opens the outbox"
    return [(f"{glyph} {said}", tone)]


def history_lines(
    who: Sequence[Line],
    decisions: Sequence[DecisionRow],
    posts: Sequence[PostRow],
    clauses: Sequence[Guideline],
    me: str,
    now: int,
    width: int,
) -> list[Line]:
    """Everything known of a member: the card, what was decided about them, what they wrote lately."""
    lines = [*who, [], [(f"Decisions {len(decisions)}", "strong")]]
    for decision in decisions:
        about = one_line(decision.about)
        lines += decision_lines(decision, clauses, me, now, width)
        lines += [[("  on ", "dim"), (f"“{about[: max(1, width - 8)]}”", "quote")], []] if about else [[]]
    if not decisions:
        lines += [[("Nothing was ever decided about them.", "dim")], []]
    lines.append([("Newest posts", "strong")])
    for post in posts:
        state = "" if post.state == "visible" else f" {post.state}"
        text = clean_line(post.body, PAST_POST)
        first, *rest = wrap(text, width - 6) or [""]
        lines.append([(f"{short_age(now - post.created_at):>4}  ", "dim"), (first, "")])
        lines += [[("      ", ""), (line, "")] for line in rest]
        lines += [[("      ", ""), (state.strip(), "warn")]] if state else []
    return lines if posts else [*lines, [("None.", "dim")]]


def person_title(who: PersonCard | None) -> str:
    """Whose history it is."""
    return f"History · {one_line(who.handle)} on {who.source}" if who else "History"
