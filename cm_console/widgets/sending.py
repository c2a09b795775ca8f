"""An action as lines: how it stands and why, when it leaves, what it says, and every try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cm_console.model.outbox import Attempt, OutboxRow, State
from cm_console.model.text import clean_line
from cm_console.model.time import DAY, SECOND, moment, short_age
from cm_console.model.wall import say, say_day
from cm_console.widgets.lines import LABEL, Cell, Line, ends, hue, labelled, one_line, wrap
from cm_console.widgets.posts import LONGEST, body_lines

ENDED = (State.SENT, State.CANCELLED, State.SUPERSEDED)
_STATES = {
    State.QUEUED: ("⇡", "accent"), State.SENDING: ("⇡", "accent"), State.SENT: ("✓", "good"),
    State.FAILED: ("✗", "bad"), State.UNCERTAIN: ("?", "warn"), State.CANCELLED: ("–", "dim"),
    State.SUPERSEDED: ("–", "dim"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sending:
    """An action in the list, with the one that must go first, if there is one."""

    row: OutboxRow
    ahead: OutboxRow | None = None

    @property
    def id(self) -> str:
        """See widgets.window.Row."""
        return self.row.id

    @property
    def key(self) -> tuple[bool, int]:
        """See widgets.window.Row."""
        return self.row.key

    def held(self, now: int) -> bool:
        """Whether it waits for the end of its undo window."""
        row = self.row
        return row.state is State.QUEUED and not (row.planned_at or row.attempts or row.asks) and row.not_before > now

    def look(self, now: int) -> tuple[str, str, str]:
        """Glyph, tone and word of how it stands."""
        row = self.row
        if row.asks:
            return "?", "warn", "asks you"
        glyph, tone = _STATES[row.state]
        if row.state is not State.QUEUED:
            return glyph, tone, row.state.value
        if self.ahead is not None:
            return "…", "warn" if self.ahead.state is not State.QUEUED else "dim", "waits"
        if row.planned_at and row.not_before > now:
            return "◔", "accent", "planned"
        return (glyph, tone, "held") if self.held(now) else (glyph, tone, "retries" if row.attempts else "queued")


def in_seconds(at: int, now: int) -> str:
    """How long until something, short."""
    left = max(0, at - now)
    return f"{-(-left // SECOND)}s" if left < 100 * SECOND else short_age(left)


def when(sending: Sending, now: int, zone: ZoneInfo) -> str:
    """When it leaves, or when it ended."""
    row = sending.row
    if row.state in ENDED:
        return short_age(now - (row.ended_at or row.created_at))
    if row.state is State.QUEUED and sending.ahead is None and not row.asks:
        if row.planned_at and row.not_before - now >= DAY:
            return say_day(moment(row.planned_at, zone).date())[4:10].strip()
        if row.planned_at and row.not_before > now:
            return f"{moment(row.planned_at, zone):%H:%M}"
        return f"in {in_seconds(row.not_before, now)}" if row.not_before > now else "now"
    return ""


def sending_cells(sending: Sending, now: int, zone: ZoneInfo, width: int) -> list[Cell]:
    """State, time, verb, what, why, source."""
    row = sending.row
    glyph, tone, word = sending.look(now)
    first = [Cell(glyph, tone, 1), Cell(word, tone, 10), Cell(when(sending, now, zone), "dim", 6, right=True)]
    first.append(Cell(row.verb, "dim" if row.state in ENDED else "", 10 if width >= 66 else 7))
    why = reason(sending)
    what = row.title or clean_line(row.text, 200)
    middle = [Cell(what), Cell(why, tone)] if width >= 66 and why else [Cell(why or what)]
    return [*first, *middle, Cell(row.source, hue(row.source), 8 if width >= 66 else 5)]


def reason(sending: Sending) -> str:
    """Why it stands as it does, in a few words."""
    ahead = sending.ahead
    if sending.row.state is State.QUEUED and ahead is not None:
        return f"for {'asking' if ahead.asks else ahead.state} {ahead.verb}"
    return clean_line(sending.row.why) if sending.row.state not in (State.SENT, State.CANCELLED) else ""


def sending_lines(
    sending: Sending, attempts: Sequence[Attempt], me: str, now: int, zone: ZoneInfo, width: int
) -> list[Line]:
    """Everything about an action in lines of `width` cells."""
    row, room = sending.row, max(8, width - LABEL)
    glyph, tone, word = sending.look(now)
    left: Line = [(f"{glyph} {word}", tone), (f"  {row.verb} on ", ""), (row.source, hue(row.source))]
    lines = [ends(left, [(f"{one_line(row.created_by)}  {short_age(now - row.created_at)}", "dim")], width)]
    lines += [[(line, "strong")] for line in wrap(one_line(row.title), width)] if row.title else []
    lines.append([("─" * width, "rule")])
    leaves = _leaves(sending, me, now, zone)
    lines += labelled("WHEN", [[(line, "")] for line in wrap(leaves, room)] if leaves else [])
    lines += labelled("WHY", [[(line, tone)] for line in wrap(clean_line(row.why), room)] if row.why else [])
    lines += labelled("WAITS", _waits(sending, room))
    lines += labelled("ANSWER", _answers(sending, room))
    if row.remote_id:
        lines += labelled("LANDED", [[(f"as {one_line(row.remote_id)}", "")]])
    lines += labelled("SAYS", body_lines(row.text[:LONGEST], room, 0, [], full=True) if row.text else [])
    lines += labelled("TRIES", [line for attempt in attempts for line in _try(attempt, zone, room)])
    return lines[:-1]


def _leaves(sending: Sending, me: str, now: int, zone: ZoneInfo) -> str:
    row = sending.row
    if row.state in ENDED:
        at = row.ended_at or row.created_at
        return f"{row.state} {say(at, zone)}"
    if row.state is State.UNCERTAIN and not row.asks:
        return f"the console looks again in {in_seconds(row.not_before, now)}"
    if row.state is not State.QUEUED or row.asks:
        return ""
    if row.planned_at and row.not_before > now:
        return f"planned for {say(row.planned_at, zone)}"
    if sending.ahead is not None:
        return "once what goes before it has gone"
    if sending.held(now):
        undo = "z undoes it, " if row.created_by == me else ""
        return f"leaves in {in_seconds(row.not_before, now)} · {undo}S sends it now"
    return f"tries again in {in_seconds(row.not_before, now)}" if row.not_before > now else "now: it is next"


def _waits(sending: Sending, room: int) -> list[Line]:
    """The action that must go first, and what to do about it."""
    ahead = sending.ahead
    if ahead is None:
        return []
    words = f"for {ahead.verb} on {ahead.source}, by {ahead.created_by}: {ahead.state}"
    if ahead.asks or ahead.state is State.FAILED:
        words += ", answer that one first"
    elif ahead.state in ENDED:
        words += ", so this one will not leave: d takes it back"
    lines: list[Line] = [[(line, "warn")] for line in wrap(one_line(words), room)]
    said = ahead.title or ahead.text
    return lines + [[(line, "quote")] for line in wrap(clean_line(f"“{said}”", 200), room)] if said else lines


def _answers(sending: Sending, room: int) -> list[Line]:
    row = sending.row
    if row.state in ENDED or (not row.asks and row.state is not State.FAILED):
        return []
    there = [] if row.state is State.QUEUED else ["y  it is there"]
    return [[(words, "accent")] for words in (*there, "a  send it again", "f  forget it")]


def _try(attempt: Attempt, zone: ZoneInfo, room: int) -> list[Line]:
    outcome = attempt.outcome or "under way"
    first = f"{say_day(moment(attempt.at, zone).date())[:-5]} {moment(attempt.at, zone):%H:%M:%S}  {attempt.kind}"
    tone = _STATES[State(outcome)][1] if outcome in set(State) else "dim"
    lines: list[Line] = [[(first, "dim"), (" → ", "dim"), (outcome, tone)]]
    return lines + [[(line, "")] for line in wrap(clean_line(attempt.words), room)] if attempt.words else lines
