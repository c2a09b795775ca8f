"""Everything that is about a person, table by table: what an export holds, and what forgetting looks at."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from cm_console.store import persons
from cm_console.store.forgetting_rules import RULES
from cm_console.store.sqlite import Connection

_ABOUT = (
    "SELECT c.id FROM {0} x JOIN cases c ON c.source_id = x.source_id AND c.target_kind = '{0}' AND c.target = x.remote"
)
_CASES = (
    f"{_ABOUT.format('post')} WHERE x.author_id IN (SELECT value FROM json_each(?1))",
    f"{_ABOUT.format('thread')} WHERE x.author_id IN (SELECT value FROM json_each(?1))",
    f"{_ABOUT.format('member')} WHERE x.id IN (SELECT value FROM json_each(?1))",
    "SELECT case_id FROM decision WHERE member_id IN (SELECT value FROM json_each(?1))",
)

Bound = dict[str, object]


@dataclass
class About:
    """Who is forgotten: their accounts, and everything that is about them, by ids."""

    conn: Connection
    ids: list[int]
    now: int
    counts: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        mine = json.dumps(self.ids)
        inside = "IN (SELECT value FROM json_each(?1))"
        self.accounts: list[tuple[int, int, str, str, str, str]] = self.conn.execute(
            f"SELECT id, source_id, remote, handle, name, url FROM member WHERE id {inside}", (mine,)
        ).fetchall()
        self.threads = self._ids(f"SELECT id FROM thread WHERE author_id {inside}", mine)
        self.cases = self._ids(" UNION ".join(_CASES), mine)
        targets = "payload ->> '$.target.kind' = 'member' AND payload ->> '$.target.id' = m.remote"
        self.actions = self._ids(
            "SELECT seq FROM action WHERE thread_id IN (SELECT value FROM json_each(?1))"
            " OR case_id IN (SELECT value FROM json_each(?2)) OR EXISTS (SELECT 1 FROM member m"
            f" JOIN source s ON s.id = m.source_id WHERE m.id IN (SELECT value FROM json_each(?3))"
            f" AND s.name = action.source AND ({targets}))",
            json.dumps(self.threads), json.dumps(self.cases), mine,
        )  # fmt: skip

    def _ids(self, sql: str, *values: str) -> list[int]:
        return [id for (id,) in self.conn.execute(sql, values)]

    @property
    def bound(self) -> Bound:
        """The parameters of the rules."""
        follow_ups = self.conn.execute(
            "SELECT id FROM follow_up WHERE member_id IN (SELECT value FROM json_each(?))", (json.dumps(self.ids),)
        )
        actions = self.conn.execute(
            "SELECT id FROM action WHERE seq IN (SELECT value FROM json_each(?))", (json.dumps(self.actions),)
        )
        items = [f"member:{id}" for id in self.ids] + [f"thread:{id}" for id in self.threads]
        items += [f"case:{id}" for id in self.cases] + [f"follow-up:{id}" for (id,) in follow_ups]
        items += [f"action:{id}" for (id,) in actions]
        drafts = [key for (key,) in self.conn.execute("SELECT key FROM draft") if self._is_to_them(key)]
        lists = (self.ids, self.threads, self.cases, self.actions, items, drafts)
        names = ("ids", "threads", "cases", "actions", "items", "drafts")
        return {name: json.dumps(values) for name, values in zip(names, lists, strict=True)}

    def _is_to_them(self, key: str) -> bool:
        """Whether a draft is for a thread of theirs or for them: `reply:5`, `edit:7`, `engage:greet:member:3`."""
        *_, kind, id = ["", *key.split(":")]
        if not id.isdigit():
            return False
        if kind == "edit":
            row = self.conn.execute("SELECT thread_id FROM post WHERE id = ?", (int(id),)).fetchone()
            return row is not None and row[0] in self.threads
        return int(id) in (self.ids if kind in ("member", "message") else self.threads)


def known(conn: Connection, member_id: int) -> dict[str, list[dict[str, object]]]:
    """Every row about a person, by table: the export of all that is known of them."""
    person = About(conn, persons.accounts(conn, member_id), 0)
    bound = person.bound
    found = {}
    for table, rule in RULES.items():
        if rule.about:
            cursor = conn.execute(f"SELECT * FROM {table} WHERE {rule.about}", bound)
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor]
    return {table: rows for table, rows in found.items() if rows}


def foresee(conn: Connection, member_id: int) -> Counter[str]:
    """How many rows of which table forgetting a person touches."""
    return Counter({table: len(rows) for table, rows in known(conn, member_id).items()})
