"""Members into the store: every author gets a row, known facts fill it, roles follow facts and config."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from cm_console.model.records import Kind, Member
from cm_console.model.text import clean_line
from cm_console.store import account_facts, ids
from cm_console.store.batch import Batch, Sorted
from cm_console.store.sqlite import execute_rows

FACTS = "handle, name, joined_at, staff, bot, url"
GONE = "[deleted]"
"""The handle of a member whose account is no more; who was never named at all reads "unknown" in lists."""


def resolve(batch: Batch, new: Sorted) -> None:
    """Give every member these records speak of an id; unknown ones get a row named by their id until told more."""
    spoken_of = _spoken_of(new)
    for remote, id, role, first in _known(batch, spoken_of):
        batch.member_ids[remote], batch.roles[id], batch.firsts[id] = id, role, first
    missing = [remote for remote in spoken_of if remote not in batch.member_ids]
    if missing:
        _insert(batch, missing)


def _insert(batch: Batch, missing: list[str]) -> None:
    last = ids.last(batch.conn, "member")
    rows = []
    for id, remote in enumerate(missing, start=last + 1):
        handle = str(clean_line(remote, 80))
        role = batch.role(remote, handle)
        rows.append((id, batch.source_id, remote, handle, role))
        batch.member_ids[remote], batch.roles[id], batch.firsts[id] = id, role, None
    execute_rows(batch.conn, "INSERT INTO member(id, source_id, remote, handle, role) ROWS", rows)


def save(batch: Batch, new: dict[str, Member]) -> int:
    """Write what the platform says of its members; returns how many were new or different."""
    held = {row[0]: row[1:] for row in batch.rows("member", f"remote, known, {FACTS}", new)}
    changed = []
    for member in new.values():
        facts = _facts(member)
        if held[member.id] != (1, *facts):
            id = batch.member_ids[member.id]
            role = batch.role(member.id, facts[0], staff=member.staff, bot=member.bot)
            changed.append((*facts, role, id))
            if role != batch.roles[id]:
                _change_role(batch, id, role)
    batch.conn.executemany(
        "UPDATE member SET handle=?, name=?, joined_at=?, staff=?, bot=?, url=?, role=?, known=1 WHERE id=?", changed
    )
    account_facts.save(batch, new.values())
    return len(changed)


def forget(batch: Batch, remotes: list[str]) -> int:
    """A member the platform deleted: identity and profile go, the posts stay as by an unknown author's name."""
    rows = [
        (id,) for id, handle, known in batch.rows("member", "id, handle, known", remotes) if known or handle != GONE
    ]
    batch.conn.executemany(
        f"UPDATE member SET handle='{GONE}', name='', url='', joined_at=NULL, known=0 WHERE id=?", rows
    )
    return len(rows)


def keep(batch: Batch) -> None:
    """Make the kept columns of members true: number of posts and time of the first, counted anew where posts went."""
    counted = [(id, n, at) for id, (n, at) in batch.new_posts.items() if id not in batch.recount_members]
    execute_rows(batch.conn, _COUNT, counted)
    if batch.recount_members:
        batch.conn.execute(
            "UPDATE member SET (posts, first_post_at) ="
            " (SELECT count(*), min(created_at) FROM post WHERE author_id = member.id AND state < 3)"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (batch.ids_json(batch.recount_members),),
        )


_COUNT = """
WITH new(id, n, at) AS (ROWS) UPDATE member
SET posts = posts + new.n, first_post_at = min(coalesce(first_post_at, new.at), new.at)
FROM new WHERE member.id = new.id
"""


def reassign_roles(batch: Batch) -> None:
    """Roles of all members of this source anew, after the config's team or bots changed."""
    query = "SELECT id, remote, handle, staff, bot, role FROM member WHERE source_id=?"
    for id, remote, handle, staff, bot, role in batch.conn.execute(query, (batch.source_id,)).fetchall():
        wanted = batch.role(remote, handle, staff=bool(staff), bot=bool(bot))
        if wanted != role:
            batch.conn.execute("UPDATE member SET role=? WHERE id=?", (wanted, id))
            batch.conn.execute("UPDATE post SET role=? WHERE author_id=?", (wanted, id))


def identify(batch: Batch, remotes: list[str]) -> None:
    """Roles of these members anew, after the account we are logged in with became known or changed."""
    for id, remote, handle, staff, bot, role in batch.rows("member", "id, remote, handle, staff, bot, role", remotes):
        wanted = batch.role(str(remote), str(handle), staff=bool(staff), bot=bool(bot))
        batch.roles[cast("int", id)] = cast("int", role)
        if wanted != role:
            batch.conn.execute("UPDATE member SET role=? WHERE id=?", (wanted, id))
            _change_role(batch, cast("int", id), wanted)


def _change_role(batch: Batch, id: int, role: int) -> None:
    was, batch.roles[id] = batch.roles[id], role
    posts = batch.conn.execute("SELECT created_at, thread_id, state FROM post WHERE author_id=?", (id,)).fetchall()
    if posts:
        batch.conn.execute("UPDATE post SET role=? WHERE author_id=?", (role, id))
        batch.touched_threads.update(thread for _, thread, _ in posts)
    if 2 in (was, role):
        for at, thread, state in posts:
            if state < 3:
                batch.rollups.thread(at, thread, -1 if role == 2 else 1)
    threads = batch.conn.execute("SELECT id FROM thread WHERE author_id=?", (id,))
    batch.touched_threads.update(thread for (thread,) in threads)


def _facts(member: Member) -> tuple[str, str, int | None, int, int, str]:
    handle, name = clean_line(member.handle, 80), clean_line(member.name, 120)
    return handle, name, member.joined_at, int(member.staff), int(member.bot), clean_line(member.url)


def _known(batch: Batch, remotes: Iterable[str]) -> list[tuple[str, int, int, int | None]]:
    found = batch.rows("member", "remote, id, role, first_post_at", remotes)
    return cast("list[tuple[str, int, int, int | None]]", found)


def _spoken_of(new: Sorted) -> dict[str, None]:
    found: dict[str | None, None] = dict.fromkeys(new.members)
    found.update(dict.fromkeys([post.author for post in new.posts.values()]))
    found.update(dict.fromkeys([thread.author for thread in new.threads.values()]))
    found.update(dict.fromkeys([activity.member for activity in new.activity.values()]))
    for report in new.reports.values():
        found[report.reporter] = None
        if report.target.kind is Kind.MEMBER:
            found[report.target.id] = None
    found.pop(None, None)
    return cast("dict[str, None]", found)
