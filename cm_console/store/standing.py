"""One person's standing, counted from their rows: what the rules of segments and levels ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cm_console.model.segments import DAYS_AGO, Facts, PeopleRules
from cm_console.model.time import midnight
from cm_console.store.members import GONE
from cm_console.store.rollups import date_of, day_number
from cm_console.store.sqlite import Connection

WINDOWS = (30, 90, 120, 365)
"""Days after which a post leaves a window."""
NEVER = -1
"""The day of whoever was never seen, or joined nobody knows when."""
NOT_BY_TIME = 1 << 40
"""The day on which time alone changes something, where it never does."""
COLUMNS = (
    "role", "handle", "name", "fold", "words", "sources", "accounts", "since_day", "seen_day", "posts", "posts_30",
    "posts_90", "posts_365", "posts_before", "posts_earlier", "answers_90", "answers_365", "thanks_90", "thanks_365",
    "came_365", "score_90", "level", "segments", "due_day",
)  # fmt: skip


@dataclass
class Standing:
    """Counts rows by the rules of the community, its zone, and today."""

    rules: PeopleRules
    zone: ZoneInfo
    now: int

    @cached_property
    def day(self) -> Callable[[int], int]:
        """From an instant to its day."""
        return day_number(self.zone)

    @cached_property
    def today(self) -> int:
        """The number of today."""
        return self.day(self.now)

    @cached_property
    def since(self) -> dict[str, int]:
        """When each window began."""
        return {f"d{days}": midnight(date_of(self.today - days + 1), self.zone) for days in WINDOWS}

    def row(self, conn: Connection, person: int, seen: int, least: Mapping[str, int | None]) -> dict[str, Any] | None:
        """The row of a person who was seen last on a day; None for bots, who was forgotten, and where nobody is.

        `least`: by segment, what ranking among its top takes.
        """
        found = [_Account(*row) for row in conn.execute(_ACCOUNTS, {"person": person}).fetchall()]
        accounts = [account for account in found if account.role < 2]
        if all(account.handle == GONE for account in accounts):
            return None
        ids = json.dumps([account.id for account in accounts])
        row = dict(zip(_COUNTED, conn.execute(_COUNTS, {"ids": ids, **self.since}).fetchone(), strict=True))
        came = conn.execute(_CAME, {"ids": ids, "since": self.since["d365"]}).fetchone()
        ends = [row.pop(f"first_{days}") for days in WINDOWS]
        row |= _named(accounts, row) | {"came_365": came[0], "seen_day": seen}
        row["since_day"] = self._since(accounts, came[2])
        self._judge(row, _texts(conn, ids, self.rules), least)
        row["due_day"] = self._due(row, [*zip(ends, WINDOWS, strict=True), (came[1], WINDOWS[-1])])
        return row

    def _since(self, accounts: list[_Account], came: int | None) -> int:
        """The day they joined; where no source tells, the first one known of."""
        joined = min((each.joined_at for each in accounts if each.joined_at is not None), default=None)
        known = (came, *(each.first_post_at for each in accounts))
        first = joined if joined is not None else min((at for at in known if at is not None), default=None)
        return NEVER if first is None else self.day(first)

    def _judge(self, row: dict[str, Any], texts: Facts, least: Mapping[str, int | None]) -> None:
        facts = facts_of(row, self.today, texts)
        row["level"] = self.rules.level_of(facts)
        facts["level"] = frozenset({self.rules.level_name(row["level"]).lower()} - {""})
        row["segments"] = 0 if row["role"] else self.rules.bits(facts, least)

    def _due(self, row: dict[str, Any], ends: list[tuple[int | None, int]]) -> int:
        """The next day on which something of it is another without anybody doing anything."""
        days = [self.day(at) + window for at, window in ends if at is not None]
        for fact, column in zip(DAYS_AGO, ("seen_day", "since_day"), strict=True):
            if row[column] != NEVER:
                days += [row[column] + turn for turn in self.rules.turning_days(fact)]
        return min((day for day in days if day > self.today), default=NOT_BY_TIME)


def facts_of(row: dict[str, Any], today: int, texts: Facts) -> dict[str, int | frozenset[str] | None]:
    """What rules ask for, of a row of the table."""
    facts: dict[str, int | frozenset[str] | None] = {**texts}
    facts |= {name: row[name] for name in COLUMNS if name.startswith(("posts", "answers", "thanks", "came", "score"))}
    facts["accounts"], facts["parts_365"] = row["accounts"], row["posts_365"] + row["came_365"]
    facts["quiet_days"] = None if row["seen_day"] == NEVER else today - row["seen_day"]
    facts["here_days"] = None if row["since_day"] == NEVER else max(0, today - row["since_day"])
    return facts


class _Account(NamedTuple):
    id: int
    handle: str
    name: str
    role: int
    joined_at: int | None
    first_post_at: int | None
    source_id: int
    posts: int


_ACCOUNTS = (
    "SELECT id, handle, name, role, joined_at, first_post_at, source_id, posts FROM member"
    " WHERE id = :person AND person_id IS NULL OR person_id = :person ORDER BY posts DESC, id"
)
_COUNTED = (
    "posts_30", "posts_90", "posts_365", "posts_120", "answers_90", "answers_365", "thanks_90", "thanks_365",
    *(f"first_{days}" for days in WINDOWS),
)  # fmt: skip
_IN = "FILTER (WHERE p.created_at >= :d{})"
_ANSWER = "t.author_id NOT IN (SELECT value FROM json_each(:ids))"
_COUNTS = (
    "SELECT "
    + ", ".join(f"count(*) {_IN.format(days)}" for days in (30, 90, 365, 120))
    + "".join(f", count(*) FILTER (WHERE p.created_at >= :d{days} AND {_ANSWER})" for days in (90, 365))
    + "".join(f", coalesce(sum(p.reactions) {_IN.format(days)}, 0)" for days in (90, 365))
    + "".join(f", min(p.created_at) {_IN.format(days)}" for days in WINDOWS)
    + " FROM post p JOIN thread t ON t.id = p.thread_id WHERE p.author_id IN (SELECT value FROM json_each(:ids))"
    " AND p.created_at >= :d365 AND p.state < 3"
)
_CAME = (
    "SELECT count(*) FILTER (WHERE a.at >= :since), min(a.at) FILTER (WHERE a.at >= :since), min(a.at)"
    " FROM activity a JOIN source s ON s.id = a.source_id"
    " WHERE a.member_id IN (SELECT value FROM json_each(:ids)) AND a.kind <> 'reaction'"
    " AND (s.kind = 'table' OR a.kind <> 'visit')"
)


def _named(accounts: list[_Account], row: dict[str, Any]) -> dict[str, Any]:
    main = next(each for each in accounts if each.handle != GONE)
    words = dict.fromkeys(word.casefold() for each in accounts for word in (each.handle, each.name) if word)
    posts = sum(each.posts for each in accounts)
    return {
        "role": int(any(each.role == 1 for each in accounts)),
        "handle": main.handle,
        "name": next((each.name for each in accounts if each.name and each.name != main.handle), ""),
        "fold": main.handle.casefold(),
        "words": "\n".join(words),
        "sources": "".join(f",{id}" for id in sorted({each.source_id for each in accounts})) + ",",
        "accounts": len(accounts),
        "posts": posts,
        "posts_before": row["posts_120"] - row["posts_30"],
        "posts_earlier": posts - row["posts_120"],
        "score_90": row["answers_90"] + row["thanks_90"],
    }


def _texts(conn: Connection, ids: str, rules: PeopleRules) -> Facts:
    """What conditions ask for that is no number, if any does."""
    asked = {one.field for each in rules.segments for one in each.where}
    facts: dict[str, int | frozenset[str] | None] = {}
    if "tag" in asked:
        tags = conn.execute("SELECT tag FROM member_tag WHERE member_id IN (SELECT value FROM json_each(?))", (ids,))
        facts["tag"] = frozenset(tag for (tag,) in tags)
    if "source" in asked:
        names = conn.execute(
            "SELECT s.name FROM member m JOIN source s ON s.id = m.source_id"
            " WHERE m.id IN (SELECT value FROM json_each(?))",
            (ids,),
        )
        facts["source"] = frozenset(name for (name,) in names)
    return facts
