"""The library of conversation starters, and when each was used last."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cm_console.model.engaging import Engage, EngageRow, Starter
from cm_console.model.text import Safe
from cm_console.model.time import Instant, day_of, short_age
from cm_console.store.sqlite import Connection


def rows(conn: Connection, library: Sequence[Starter], now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    """The library: what fits the season first, of these what was never used, or longest ago; passed ones left out."""
    today = day_of(now, zone)
    query = "SELECT substr(subject, 9), at, how, until FROM engaged WHERE view = ?"
    decided = {id: (at, how, until) for id, at, how, until in conn.execute(query, (Engage.STARTERS,))}
    last = {id: at for id, (at, how, _) in decided.items() if how == "used"}
    gone = {id for id, (_, how, until) in decided.items() if how != "used" and (until is None or until > now)}
    kept = [starter for starter in library if starter.id not in gone]
    kept.sort(key=lambda starter: (not starter.fits(today), last.get(starter.id, 0)))
    return [_row(starter, starter.fits(today), last.get(starter.id), now) for starter in kept]


def planned(conn: Connection, starter: Starter, now: Instant) -> Instant | None:
    """When a starter is still to come by the calendar; None if it is not in it."""
    query = "SELECT min(at) FROM entry WHERE removed = 0 AND at > ? AND title = ?"
    (at,) = conn.execute(query, (now, starter.title)).fetchone()
    return None if at is None else Instant(at)


def _row(starter: Starter, fits: bool, used_at: int | None, now: Instant) -> EngageRow:
    when = "never used" if used_at is None else f"used {short_age(now - used_at)} ago"
    return EngageRow(
        Engage.STARTERS,
        f"starter:{starter.id}",
        Instant(used_at or 0),
        when if fits else "other season",
        title=Safe(starter.title),
        detail=starter.text,
        tags=starter.tags,
    )
