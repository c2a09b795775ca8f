"""What of the config was settled in this database: pulls and decisions of every console follow the same rules."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from cm_console.model.triage import DEFAULT, Triage, from_json, to_json
from cm_console.store.sqlite import Connection

TRIAGE, MUTED, SEEN = "triage", "muted", "policies seen"
"""Rows of `meta`."""


class Settled(NamedTuple):
    """The muted places as a JSON array, and the rest of what decides the inbox."""

    muted: str
    triage: Triage


def settled(conn: Connection) -> Settled:
    """What holds now."""
    rows = dict(conn.execute("SELECT key, value FROM meta WHERE key IN (?, ?)", (TRIAGE, MUTED)).fetchall())
    return Settled(rows.get(MUTED, "[]"), _read(rows.get(TRIAGE)))


@lru_cache(maxsize=4)
def _read(text: str | None) -> Triage:
    return DEFAULT if text is None else from_json(text)


def settle(conn: Connection, triage: Triage, now: int) -> bool:
    """Write down the rules that hold from now on; tells whether what is kept of threads hangs on what changed.

    A policy judges threads that began after it was first seen here: history must not flood anybody.
    """
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (SEEN,)).fetchone()
    known: dict[str, int] = json.loads(row[0]) if row else {}
    triage = triage.seen(known, now)
    wanted = to_json(triage)
    held = settled(conn).triage
    if conn.execute("SELECT value FROM meta WHERE key = ?", (TRIAGE,)).fetchone() == (wanted,):
        return False
    known |= {policy.name: policy.since for policy in triage.policies}
    conn.executemany("INSERT OR REPLACE INTO meta VALUES(?, ?)", [(TRIAGE, wanted), (SEEN, json.dumps(known))])
    return replace(held, thanks=()) != replace(triage, thanks=())
