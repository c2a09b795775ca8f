"""How every person stands - posts, answers, thanks, last seen, level, segments - kept when there is time.

Whoever posted, reacted or came is noted while pulling; housekeeping and commands look at them again, some 10 ms at a
time, and once a day at those of whom time alone changes something: a post leaves a window, somebody falls quiet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from cm_console.model.segments import PeopleRules, Segment
from cm_console.store import last_seen
from cm_console.store.sqlite import Connection
from cm_console.store.standing import COLUMNS, NEVER, Standing

STEP, POSTS, LOOKED_UP = 30, 1_000, 2_000
"""Persons looked at again in one step of some 10 ms, their posts of a year; members looked up in one step."""
_MADE, _LEAST, _UNRANKED = "standings made by", "standings least", "standings unranked"
WITHOUT = "without the forgotten"
"""Said in the stamp, so that a file of an older version is looked at again."""
_SAVE = (
    f"INSERT INTO standing(person_id, {', '.join(COLUMNS)}) VALUES(?{',?' * len(COLUMNS)})"
    f" ON CONFLICT(person_id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in COLUMNS)}"
)


def note(conn: Connection, members: Iterable[int]) -> None:
    """Note that these members posted, reacted, visited or came, or did not after all: part of a pull's transaction."""
    ids = [id for id in members if id]
    if ids:
        conn.execute(_NOTE, (json.dumps(ids),))


_NOTE = """
INSERT INTO stale_standing SELECT value, NULL FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET seen = NULL WHERE seen IS NOT NULL
"""
"""Whoever is noted already, as most are while a past is pulled, is not written again."""


@dataclass
class Standings:
    """What keeps them: the rules of the community, its zone, and today."""

    rules: PeopleRules
    zone: ZoneInfo
    now: int
    least: dict[str, int | None] = field(default_factory=dict)

    @cached_property
    def made(self) -> Standing:
        """What makes a row."""
        return Standing(self.rules, self.zone, self.now)

    @property
    def today(self) -> int:
        """The number of today."""
        return self.made.today

    @property
    def stamp(self) -> str:
        """What they are made by."""
        return f"{self.zone}; {self.rules.stamp}; {WITHOUT}"

    def untidy(self, conn: Connection) -> bool:
        """Whether anybody has to be looked at again."""
        return (
            conn.execute("SELECT 1 FROM stale_standing LIMIT 1").fetchone() is not None
            or bool(self.due(conn, 1))
            or _noted(conn, _MADE) != self.stamp
            or _noted(conn, _UNRANKED) is not None
        )

    def tidy(self, conn: Connection) -> bool:
        """One step; tells whether there is more to do."""
        if _noted(conn, _MADE) != self.stamp:
            self._start_again(conn)
        elif not self._look_up(conn) and not self._look_again(conn):
            return self._rank(conn)
        return True

    def _start_again(self, conn: Connection) -> None:
        conn.execute("INSERT OR REPLACE INTO stale_standing SELECT id, NULL FROM member")
        _note(conn, _MADE, self.stamp)
        _note(conn, _LEAST, "{}")

    def _look_up(self, conn: Connection) -> bool:
        """When the noted members, and the other accounts of the same persons, were active last."""
        found = conn.execute(
            "SELECT s.member_id, coalesce(m.person_id, s.member_id) FROM stale_standing s"
            " LEFT JOIN member m ON m.id = s.member_id WHERE s.seen IS NULL LIMIT ?",
            (LOOKED_UP,),
        ).fetchall()
        if not found:
            return False
        persons = {person for _, person in found}
        others = [(id,) for id, person in found if id != person]
        conn.executemany("DELETE FROM stale_standing WHERE member_id = ?", others)
        conn.executemany("DELETE FROM standing WHERE person_id = ?", others)
        seen = last_seen.of_persons(conn, persons, self.today)
        conn.executemany(
            "INSERT OR REPLACE INTO stale_standing VALUES(?,?)", [(id, seen.get(id, NEVER)) for id in persons]
        )
        return True

    def due(self, conn: Connection, limit: int) -> list[tuple[int, int, int]]:
        """Persons of whom time alone changes something by today, when they were seen last, and their posts."""
        query = "SELECT person_id, seen_day, posts_365 FROM standing WHERE due_day <= ? LIMIT ?"
        return conn.execute(query, (self.today, limit)).fetchall()

    def _look_again(self, conn: Connection) -> bool:
        """Persons of whom something changed, or changes today."""
        noted = conn.execute(
            "SELECT member_id, seen, coalesce(posts_365, 0) FROM stale_standing"
            " LEFT JOIN standing ON person_id = member_id LIMIT ?",
            (STEP,),
        ).fetchall()
        due = {person: (seen, posts) for person, seen, posts in self.due(conn, STEP - len(noted))}
        some = list(_affordable(due | {person: (seen, posts) for person, seen, posts in noted}))
        self.least = json.loads(_noted(conn, _LEAST) or "{}")
        for person, seen in some:
            self._keep(conn, person, seen)
        conn.executemany("DELETE FROM stale_standing WHERE member_id = ?", [(id,) for id, _ in some])
        if some:
            _note(conn, _UNRANKED, "1")
        return bool(some)

    def _keep(self, conn: Connection, person: int, seen: int) -> None:
        row = self.made.row(conn, person, seen, self.least)
        if row is None:
            conn.execute("DELETE FROM standing WHERE person_id = ?", (person,))
        else:
            conn.execute(_SAVE, (person, *(row[column] for column in COLUMNS)))

    def _rank(self, conn: Connection) -> bool:
        """What ranking among the top takes now; who is between that and what it took is looked at again."""
        was = json.loads(_noted(conn, _LEAST) or "{}")
        now = {each.name: _least(conn, each) for each in self.rules.segments if each.top}
        conn.execute("DELETE FROM meta WHERE key = ?", (_UNRANKED,))
        if now == was:
            return False
        _note(conn, _LEAST, json.dumps(now))
        for each in self.rules.segments:
            if each.top and was.get(each.name) != now[each.name]:
                marks = [mark if mark is not None else 1 << 40 for mark in (was.get(each.name), now[each.name])]
                conn.execute(
                    "INSERT OR IGNORE INTO stale_standing SELECT person_id, seen_day FROM standing"
                    f" WHERE role = 0 AND {each.top.by} >= ? AND {each.top.by} < ?",
                    (min(marks), max(marks)),
                )
        return True


def _affordable(people: dict[int, tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """As many persons as one step has time for, one at least: who wrote much takes longer to count."""
    posts = 0
    for person, (seen, wrote) in people.items():
        if posts and posts + wrote > POSTS:
            return
        posts += wrote
        yield person, seen


def _least(conn: Connection, segment: Segment) -> int | None:
    """What one must have to rank among the top of a segment; None if nobody has anything."""
    top = segment.top
    assert top is not None
    place = top.number
    if top.percent:
        n = conn.execute(f"SELECT count(*) FROM standing WHERE role = 0 AND {top.by} > 0").fetchone()[0]
        place = -(-n * top.number // 100)
    found = conn.execute(
        f"SELECT {top.by} FROM standing WHERE role = 0 AND {top.by} > 0 ORDER BY {top.by} DESC LIMIT 1 OFFSET ?",
        (max(0, place - 1),),
    ).fetchone()
    if found is None and not top.percent:
        found = conn.execute(f"SELECT min({top.by}) FROM standing WHERE role = 0 AND {top.by} > 0").fetchone()
    return found[0] if found else None


def _noted(conn: Connection, key: str) -> str | None:
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def _note(conn: Connection, key: str, value: str) -> None:
    conn.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))
