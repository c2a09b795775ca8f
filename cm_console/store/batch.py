"""One source's records on their way into the store, and what of the config decides how they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from cm_console.model.records import Activity, Member, Post, Record, Report, Scheduled, Thread
from cm_console.model.time import Instant
from cm_console.model.triage import DEFAULT, Triage
from cm_console.store.rollups import Rollups
from cm_console.store.sound import sound_records
from cm_console.store.sqlite import Connection

LAST_INSTANT = (1 << 43) - 2
"""In the year 2248: later creation times are taken for mistakes."""

R = TypeVar("R", Post, Thread, Report)


@dataclass(frozen=True, slots=True)
class Community:
    """What of the config decides how facts are kept: the zone of days, who is team or bot, what needs a reply.

    `team` and `bots` hold handles in lower case, or `source:handle` where the same handle elsewhere is another person.
    """

    zone: ZoneInfo
    team: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    triage: Triage = DEFAULT

    def role(self, source: str, handle: str, *, staff: bool, bot: bool, ours: bool = False) -> int:
        """0 member, 1 team, 2 bot.

        The account we are logged in with (`ours`) is team whatever its platform calls it: what the console sends goes
        out in its name. Only the config may call it a bot.
        """
        name = handle.lower()
        full = f"{source.lower()}:{name}"
        if name in self.bots or full in self.bots:
            return 2
        if ours:
            return 1
        return 2 if bot else 1 if staff or name in self.team or full in self.team else 0


@dataclass
class Batch:
    """The ids that records got, and what must be made true again before the transaction ends.

    `me` is the platform's id of the account we are logged in with, "" while it is unknown.
    """

    conn: Connection
    source_id: int
    source: str
    community: Community
    rollups: Rollups
    now: int
    me: str = ""
    member_ids: dict[str, int] = field(default_factory=dict)
    roles: dict[int, int] = field(default_factory=dict)
    firsts: dict[int, int | None] = field(default_factory=dict)
    thread_ids: dict[str, int] = field(default_factory=dict)
    new_posts: dict[int, tuple[int, int]] = field(default_factory=dict)
    recount_members: set[int] = field(default_factory=set)
    touched_threads: set[int] = field(default_factory=set)
    openings: set[int] = field(default_factory=set)
    retitled: set[int] = field(default_factory=set)
    touched_cases: set[int] = field(default_factory=set)

    def role(self, remote: str, handle: str, *, staff: bool = False, bot: bool = False) -> int:
        """The role of a member, by the platform's id and what is known of it: 0 member, 1 team, 2 bot."""
        ours = remote != "" and remote == self.me
        return self.community.role(self.source, handle, staff=staff, bot=bot, ours=ours)

    def rows(self, table: str, columns: str, remotes: Iterable[str]) -> list[tuple[object, ...]]:
        """The rows of this source with these remote ids."""
        return self.conn.execute(
            f"SELECT {columns} FROM {table} WHERE source_id = ? AND remote IN (SELECT value FROM json_each(?))",
            (self.source_id, json.dumps(list(remotes))),
        ).fetchall()

    def member(self, remote: str | None) -> int | None:
        """The id of a member by the platform's id, None for an unknown author."""
        return None if remote is None else self.member_ids[remote]

    def ids_json(self, ids: Iterable[int]) -> str:
        """Ids as the JSON array that `json_each` reads."""
        return json.dumps(list(ids))


@dataclass
class Sorted:
    """Records by type; the last of an id wins."""

    members: dict[str, Member] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    activity: dict[str, Activity] = field(default_factory=dict)
    scheduled: dict[str, Scheduled] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Sorted:
        """Sort a stream of records."""
        result = cls()
        for record in records:
            match record:
                case Post():
                    result.posts[record.id] = _sane(record, record.created_at)
                case Member():
                    result.members[record.id] = record
                case Thread():
                    result.threads[record.id] = _sane(record, record.created_at)
                case Activity():
                    sane = 0 <= record.at <= LAST_INSTANT
                    result.activity[record.id] = record if sane else replace(record, at=_bounded(record.at))
                case Report():
                    result.reports[record.id] = _sane(record, record.created_at)
                case Scheduled():
                    result.scheduled[record.id] = record
        return cls(
            sound_records(Member, result.members),
            sound_records(Thread, result.threads),
            sound_records(Post, result.posts),
            sound_records(Report, result.reports),
            sound_records(Activity, result.activity),
            sound_records(Scheduled, result.scheduled),
        )


def _sane(record: R, created_at: int) -> R:
    """A clock gone mad, or a date made up by a member, must neither stop a pull nor fall out of the order of ids."""
    return record if 0 <= created_at <= LAST_INSTANT else replace(record, created_at=_bounded(created_at))


def _bounded(at: int) -> Instant:
    return Instant(min(max(at, 0), LAST_INSTANT))
