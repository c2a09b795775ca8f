"""What a moderator's key asks before it decides, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cm_console.model.moderation import CaseRow, Guideline
from cm_console.model.time import DAY, Instant
from cm_console.model.verb import DESTRUCTIVE, ON_MEMBERS, Verb
from cm_console.screens.dialogs import Ask, Choice, Choose, confirm
from cm_console.screens.many import sure_of_many
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible

DONE = {
    Verb.KEEP: "Kept", Verb.IGNORE: "Ignored", Verb.REMOVE: "Removed", Verb.SPAM: "Removed as spam",
    Verb.HIDE: "Hidden", Verb.WARN: "Warned", Verb.KICK: "Thrown out", Verb.BAN: "Banned", Verb.SILENCE: "Silenced",
}  # fmt: skip
"""The words for what was done."""

NAMES_GUIDELINE = frozenset({Verb.REMOVE, Verb.HIDE, Verb.WARN, Verb.KICK, Verb.BAN, Verb.SILENCE})
"""Verbs that ask which guideline was broken."""

FOR_GOOD, DAYS = 0, -1
DURATIONS = [
    Choice("1", "a day", 1),
    Choice("3", "three days", 3),
    Choice("w", "a week", 7),
    Choice("m", "30 days", 30),
    Choice("d", "some days …", DAYS),
    Choice("g", "for good", FOR_GOOD),
]
"""How long somebody is banned or silenced, in days."""


def days_of(answer: str) -> int:
    """A number of days as somebody typed it.

    Raises:
        Impossible: no number between 1 and 3650.
    """
    days = answer.strip().removesuffix("d").strip()
    if not (days.isascii() and days.isdigit()) or not 1 <= int(days) <= 3650:
        raise Impossible("for 1 to 3650 days")
    return int(days)


def said(verb: Verb, number: int, guideline: int | None, days: int | None, local: int) -> str:
    """What happened, and whether it can be taken back: `local` of the cases were only recorded here."""
    words = DONE[verb] + (f" {number}" if number > 1 else "")
    if days is not None:
        words += f" for {days} day{'s' if days > 1 else ''}" if days else " for good"
    if guideline is not None:
        words += f", guideline {guideline}"
    then = "Recorded here, nothing is sent" if local == number else "On its way"
    return f"{words}. {then}; z takes it back."


def until(days: int | None, now: int) -> Instant | None:
    """When it ends; None for good."""
    return Instant(now + days * DAY) if days else None


async def is_sure(screen: ModeScreen, rows: Sequence[CaseRow], verb: Verb) -> bool:
    """Ask before a colleague's case is decided, and before many are."""
    others = sorted({row.claimed_by for row in rows} - {"", screen.services.actor})
    if others:
        words = f"{', '.join(others)} is at {'it' if len(rows) == 1 else 'some of them'}. Decide all the same?"
        sure = await screen.ask(confirm("A colleague is at it", words, f"{verb} it now"))
        if not sure:
            return False
    return await sure_of_many(screen, len(rows), str(verb), "cases", destroys=verb in DESTRUCTIVE)


async def ask_days(screen: ModeScreen, verb: Verb, endless: Sequence[str] = ()) -> int | None:
    """For how many days, FOR_GOOD, or None for back; raises Impossible for a number that is none.

    Where some source is `endless` - knows no end of it - for good is all one can choose.
    """
    if endless:
        title = f"{verb.capitalize()} for good? {', '.join(endless)} ends none by itself"
        chosen: int | None = await screen.ask(Choose(title, DURATIONS[-1:]))
        return chosen
    days = await screen.ask(Choose(f"{verb.capitalize()} for how long?", DURATIONS))
    if days != DAYS:
        return days
    answer = await screen.ask(Ask(f"{verb.capitalize()} for how many days?", hint="14"))
    return days_of(answer) if answer else None


async def ask_breach(
    screen: ModeScreen, rows: Sequence[CaseRow], verb: Verb, *, tells: bool
) -> tuple[Guideline | None, str | None] | None:
    """The guideline and the words for the member, if they are to be others than its own; None: back."""
    from cm_console.screens.clause import Breach, PickClause

    clauses = screen.services.moderation.guidelines
    if verb not in NAMES_GUIDELINE:
        usual = [clause for clause in clauses if verb is Verb.SPAM and clause.verb == verb]
        return (usual[0] if len(usual) == 1 else None), None
    breach: Breach | None = Breach(None)
    who = rows[0].accused if len(rows) == 1 else "each of them"
    message = await _message(screen, rows)
    if clauses:
        what = f"“{rows[0].excerpt}”" if len(rows) == 1 else f"{len(rows)} cases"
        if verb in ON_MEMBERS and len(rows) == 1:
            what = who
        kinds = sorted({kind for row in rows for kind in row.kinds})
        title = f"{verb.capitalize()}: which guideline? {what}"
        breach = await screen.ask(PickClause(title, verb, who, clauses, kinds, message if tells else None))
    if breach is None:
        return None
    if not tells or not (breach.own_words or (verb is Verb.WARN and breach.clause is None)):
        return breach.clause, None
    value = message(breach.clause) if breach.clause and len(rows) == 1 else ""
    told = await screen.ask(Ask(f"What shall {who} be told?", value=value))
    return (breach.clause, told) if told else None


async def _message(screen: ModeScreen, rows: Sequence[CaseRow]) -> Callable[[Guideline], str]:
    """A guideline's words with its places filled in; of several cases as they stand in the config."""
    card = await screen.services.moderation.case(rows[0].id) if len(rows) == 1 else None
    if card is None:
        return lambda clause: clause.message
    return lambda clause: clause.message_to(card.row.accused, card.thread_title)
