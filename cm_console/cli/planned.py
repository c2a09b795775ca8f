"""What platforms have planned themselves, on the command line: lines, JSON, and what the calendar's verbs do to it."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from cm_console.console import Console
from cm_console.model.planned import THERE, Planned
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, iso, moment
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible


def is_there(id: str) -> bool:
    """Whether an id as people type it is of something planned on a platform: source, colon, its id there."""
    return ":" in id


def when(at: int | None, zone: ZoneInfo) -> str:
    """A time for people, in the community's zone."""
    return "no date" if at is None else f"{moment(at, zone):%a %Y-%m-%d %H:%M}"


def state(plan: Planned) -> str:
    """How it stands, in a few words."""
    told = plan.told
    if told is None:
        return THERE
    if told.stuck:
        return f"{THERE}, not {'moved' if told.verb is Verb.RESCHEDULE else 'taken off'}"
    return "moved there" if told.verb is Verb.RESCHEDULE else "taken off"


def line(plan: Planned, zone: ZoneInfo) -> list[str]:
    """In the agenda."""
    return [clean_line(plan.id, 24), when(plan.at, zone), state(plan), "post", plan.source, plan.name]


def text(plan: Planned, zone: ZoneInfo) -> str:
    """All of it for people."""
    was = "" if plan.at == plan.planned_at else f" (there still {when(plan.planned_at, zone)})"
    why = clean_line(plan.told.why) if plan.told and plan.told.stuck else ""
    head = f"{clean_line(plan.id)}: {state(plan)}, {when(plan.at, zone)}{was}"
    return "\n".join([head, *(words for words in (why, clean_line(plan.url)) if words), "", plan.title, "", plan.body])


def as_json(plan: Planned) -> dict[str, object]:
    """For programs; its `kind` tells it from entries."""
    told = plan.told
    return {
        "id": plan.id,
        "kind": THERE,
        "source": plan.source,
        "source_kind": plan.source_kind,
        "title": plan.title,
        "body": plan.body,
        "at": iso(plan.at),
        "planned_at": iso(plan.planned_at),
        "url": plan.url,
        "told": {"verb": told.verb, "state": told.state, "asks": told.asks, "why": told.why} if told else None,
    }


async def find(console: Console, id: str) -> Planned:
    """One by its id or the beginning of it.

    Raises:
        Impossible: there is none, or more than one.
    """
    plan = await console.calendar.there.one(id)
    if plan is None:
        raise Impossible(f"nothing planned there has an id like {id!r}: cm-console calendar list")
    return plan


async def unschedule(console: Console, id: str) -> None:
    """Take it off the platform's plan."""
    await console.calendar.there.unschedule((await find(console, id)).id)


async def move(console: Console, id: str, by: timedelta) -> Instant:
    """Move it by days or hours; returns the new time."""
    return await console.calendar.there.move((await find(console, id)).id, by)


async def reschedule(console: Console, id: str, at: Instant | None) -> None:
    """Move it to a time.

    Raises:
        Impossible: no time was given, or it cannot be moved.
    """
    plan = await find(console, id)
    if at is None:
        raise Impossible(f"it is planned on {plan.source}; give its new time: --at 2026-12-01T10:00")
    await console.calendar.there.reschedule(plan.id, at)


async def copy(console: Console, id: str, at: Instant | None) -> str:
    """Make an entry of it; returns its id."""
    return await console.calendar.there.copy((await find(console, id)).id, at)
