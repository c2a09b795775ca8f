"""Pages into the store: facts, full text, rollups, cases, badges and the cursor in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from cm_console.model.records import Kind, Record, Ref, ref_of
from cm_console.model.source import Identity, Page
from cm_console.store import (
    activity,
    clocks,
    keeping,
    members,
    newcomers,
    posts,
    reports,
    settled,
    sources,
    standings,
    threads,
)
from cm_console.store.batch import Batch, Community, Sorted
from cm_console.store.rollups import Rollups, day_number
from cm_console.store.sound import sound
from cm_console.store.sqlite import Connection
from cm_console.store.withheld import Withheld

SHOWN_IN = {
    "members": ("inbox", "metrics"),
    "threads": ("inbox", "metrics"),
    "posts": ("inbox", "moderation", "metrics"),
    "activity": ("metrics",),
    "scheduled": ("calendar",),
    "reports": ("moderation", "metrics"),
}
"""Which screens show what a save may change."""

_day = lru_cache(maxsize=4)(day_number)


class Saved(NamedTuple):
    """What a save changed: the topics to tell the screens of, and how many records were new or different."""

    topics: frozenset[str]
    changed: int


def save(
    conn: Connection,
    source_id: int,
    community: Community,
    now: int,
    records: Iterable[Record],
    gone: Sequence[Ref] = (),
) -> Saved:
    """Upsert records and apply deletions of one source; what is the same as before changes nothing."""
    batch = _batch(conn, source_id, community, now)
    withheld = Withheld.of(conn, source_id, now)
    new = Sorted.of(withheld.keep(records) if withheld else records)
    members.resolve(batch, new)
    changed = {
        "members": members.save(batch, new.members),
        "threads": threads.save(batch, new.threads, new.posts),
        "posts": posts.save(batch, new.posts),
        "activity": activity.save(batch, new.activity),
        "scheduled": activity.save_scheduled(batch, new.scheduled),
        "reports": reports.save(batch, new.reports),
    }
    if gone:
        _forget(batch, gone, changed)
    posts.keep_subjects(batch)
    newcomers.note(batch)
    members.keep(batch)
    standings.note(conn, {member for _, member in batch.rollups.counts} | batch.recount_members)
    threads.keep(batch)
    newcomers.keep(batch)
    reports.keep(batch)
    batch.rollups.apply(conn)
    topics = frozenset(topic for kind, n in changed.items() if n for topic in SHOWN_IN[kind])
    return Saved(topics, sum(changed.values()))


def save_pages(
    conn: Connection, source_id: int, feed: str, community: Community, pages: Sequence[Page], now: int
) -> Saved:
    """Save pages of one feed together with the cursor of the last: a crash repeats some and never skips one."""
    records = [record for page in pages for record in page.records]
    saved = save(conn, source_id, community, now, records, _gone(pages))
    conn.execute(
        "INSERT INTO feed(source_id, feed, cursor, tried_at) VALUES(?,?,?,?)"
        " ON CONFLICT DO UPDATE SET cursor = excluded.cursor, tried_at = excluded.tried_at",
        (source_id, feed, pages[-1].cursor, now),
    )
    return saved


def _gone(pages: Sequence[Page]) -> list[Ref]:
    """What is gone after the last of these pages: something deleted may have come back in a later one."""
    gone: dict[Ref, None] = {}
    for page in pages:
        if gone:
            for record in page.records:
                gone.pop(ref_of(record), None)
        gone.update(dict.fromkeys(page.gone))
    return list(gone)


def vanishing(conn: Connection, source_id: int, gone: Sequence[Ref]) -> tuple[int, int]:
    """How many of these deletions hit items we hold, and how many of such items we hold in all.

    What was held back for a decision goes once it is decided: that is no loss, however much of it there is.
    """
    hit = held = 0
    for kind, table, here, lost in (
        (Kind.POST, "post", "state < 3", "state <> 1"),
        (Kind.THREAD, "thread", "deleted = 0", f"NOT ({_OPENED_BY_HELD})"),
        (Kind.MEMBER, "member", "known = 1", "1"),
    ):
        ids = [sound(ref.id) for ref in gone if ref.kind is kind]
        if ids:
            ours = f"SELECT count(*) FROM {table} WHERE source_id = ? AND {here}"
            among = f"{ours} AND {lost} AND remote IN (SELECT value FROM json_each(?))"
            hit += conn.execute(among, (source_id, json.dumps(ids))).fetchone()[0]
            held += conn.execute(ours, (source_id,)).fetchone()[0]
    return hit, held


_OPENED_BY_HELD = (
    "EXISTS (SELECT 1 FROM post WHERE thread_id = thread.id AND state = 1)"
    " AND NOT EXISTS (SELECT 1 FROM post WHERE thread_id = thread.id AND state IN (0, 2))"
)


def settle_config(conn: Connection, community: Community, now: int) -> bool:
    """Make anew what zone, team, bots, muted places or the rules of the inbox decide, if they changed; tells if so."""
    from cm_console.store.rollups import rebuild

    parts = (sorted(part) for part in (community.team, community.bots, community.muted))
    wanted = json.dumps([str(community.zone), *parts, _RULE])
    known = conn.execute("SELECT value FROM meta WHERE key = 'community'").fetchone()
    rules = settled.settle(conn, community.triage, now)
    if known and known[0] == wanted:
        if rules:
            _rekeep(conn, now)
        return rules
    conn.execute("INSERT OR REPLACE INTO meta VALUES('community', ?)", (wanted,))
    conn.execute("INSERT OR REPLACE INTO meta VALUES('muted', ?)", (json.dumps(sorted(community.muted)),))
    ids = [id for (id,) in conn.execute("SELECT id FROM source")]
    for source_id in ids:
        members.reassign_roles(_batch(conn, source_id, community, now))
    _rekeep(conn, now)
    rebuild(conn, community.zone, ids)
    return True


_RULE = "our own account is team"
"""What was decided of roles since the first files: one that was settled without it is settled again."""


def identify(conn: Connection, source_id: int, community: Community, identity: Identity, now: int) -> Saved:
    """Keep what the platform says of us; what another account of ours wrote, or writes now, changes sides."""
    was = _batch(conn, source_id, community, now).me
    sources.save_identity(conn, source_id, identity)
    batch = _batch(conn, source_id, community, now)
    if batch.me == was:
        return Saved(frozenset(), 0)
    members.identify(batch, [was, batch.me])
    threads.keep(batch)
    batch.rollups.apply(conn)
    return Saved(frozenset(("inbox", "metrics")), len(batch.roles))


def _batch(conn: Connection, source_id: int, community: Community, now: int) -> Batch:
    name, me = conn.execute("SELECT name, me FROM source WHERE id = ?", (source_id,)).fetchone()
    return Batch(conn, source_id, name, community, Rollups(source_id, _day(community.zone)), now, me)


def _rekeep(conn: Connection, now: int) -> None:
    """What is kept of every thread anew."""
    if not settled.settled(conn).triage.policies:
        clocks.drop_running(conn)
    keeping.keep_posts(conn, json.dumps([id for (id,) in conn.execute("SELECT id FROM thread")]), now)


def _forget(batch: Batch, gone: Sequence[Ref], changed: dict[str, int]) -> None:
    ids: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for ref in gone:
        ids[ref.kind].append(sound(ref.id))
    changed["posts"] += posts.forget(batch, ids[Kind.POST])
    changed["threads"] += threads.forget(batch, ids[Kind.THREAD])
    changed["members"] += members.forget(batch, ids[Kind.MEMBER])
    changed["reports"] += reports.forget(batch, ids[Kind.REPORT])
    changed["activity"] += activity.forget(batch, ids[Kind.ACTIVITY])
    changed["scheduled"] += activity.forget_scheduled(batch, ids[Kind.SCHEDULED])
