"""Activity besides posting, and what platforms will publish by themselves, into the store."""

from __future__ import annotations

from typing import cast

from cm_console.model.records import Activity, Scheduled
from cm_console.model.text import clean, clean_line
from cm_console.store.batch import Batch


def save(batch: Batch, new: dict[str, Activity]) -> int:
    """Write activities; an id already held stays as it is. Returns how many were new."""
    held = {row[0] for row in batch.rows("activity", "remote", new)} if new else set()
    rows = []
    for item in new.values():
        if item.id not in held:
            member = batch.member(item.member)
            rows.append((batch.source_id, item.id, item.kind, item.at, member, item.post))
            if member is not None:
                batch.rollups.other(item.at, member, 1)
    batch.conn.executemany(
        "INSERT INTO activity(source_id, remote, kind, at, member_id, post) VALUES(?,?,?,?,?,?)", rows
    )
    return len(rows)


def forget(batch: Batch, remotes: list[str]) -> int:
    """Activities taken back on the platform (a reaction removed): out of the rollups too."""
    rows = batch.rows("activity", "id, at, member_id", remotes) if remotes else []
    for _, at, member in rows:
        if member is not None:
            batch.rollups.other(cast(int, at), cast(int, member), -1)
    batch.conn.executemany("DELETE FROM activity WHERE id=?", [(row[0],) for row in rows])
    return len(rows)


def save_scheduled(batch: Batch, new: dict[str, Scheduled]) -> int:
    """Write what the platform will publish; returns how many were new or different."""
    if not new:
        return 0
    held = {row[0]: row[1:] for row in batch.rows("scheduled", "remote, title, body, at, url", new)}
    rows = []
    for item in new.values():
        facts = (clean_line(item.title, 300), clean(item.text), item.at, clean_line(item.url))
        if held.get(item.id) != facts:
            rows.append((batch.source_id, item.id, *facts))
    batch.conn.executemany(
        "INSERT INTO scheduled(source_id, remote, title, body, at, url) VALUES(?,?,?,?,?,?)"
        " ON CONFLICT(source_id, remote) DO UPDATE"
        " SET title=excluded.title, body=excluded.body, at=excluded.at, url=excluded.url",
        rows,
    )
    return len(rows)


def forget_scheduled(batch: Batch, remotes: list[str]) -> int:
    """Published or cancelled on the platform."""
    rows = batch.rows("scheduled", "id", remotes) if remotes else []
    batch.conn.executemany("DELETE FROM scheduled WHERE id=?", rows)
    return len(rows)
