"""Sources in the store: their rows, how far each feed is, and what their tokens may do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cm_console.model.time import Instant
from cm_console.store.sound import sound
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.length import TextRules
    from cm_console.model.source import Identity


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far one feed of a source is. `state`: new, ok, pulling, waiting, failed, unauthorized, parked, held, silent.

    A silent source has nothing to read: it is only told things.
    """

    source: str
    kind: str
    feed: str
    state: str
    words: str
    synced_at: Instant | None
    until: Instant | None


def ensure(conn: Connection, name: str, kind: str) -> int:
    """The id of a source, its row made if there is none."""
    conn.execute(
        "INSERT INTO source(name, kind) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET kind=excluded.kind", (name, kind)
    )
    return int(conn.execute("SELECT id FROM source WHERE name = ?", (name,)).fetchone()[0])


def names(conn: Connection) -> list[tuple[str, str]]:
    """All sources this database holds facts of: name and kind."""
    return conn.execute("SELECT name, kind FROM source ORDER BY name").fetchall()


def cursor(conn: Connection, source_id: int, feed: str) -> str | None:
    """Where the last saved page of a feed ended."""
    row = conn.execute("SELECT cursor FROM feed WHERE source_id = ? AND feed = ?", (source_id, feed)).fetchone()
    return row[0] if row else None


def is_held(conn: Connection, source_id: int, feed: str) -> bool:
    """Whether the last pull of a feed stopped to ask about deletions."""
    row = conn.execute("SELECT state FROM feed WHERE source_id = ? AND feed = ?", (source_id, feed)).fetchone()
    return row is not None and row[0] == "held"


def report(
    conn: Connection,
    source_id: int,
    feed: str,
    state: str,
    *,
    words: str = "",
    now: int,
    synced: bool = False,
    until: int | None = None,
) -> None:
    """Note how a pull of a feed ended."""
    conn.execute(
        "INSERT INTO feed(source_id, feed, state, words, tried_at, synced_at, until) VALUES(?1,?2,?3,?4,?5,?6,?7)"
        " ON CONFLICT DO UPDATE SET state=?3, words=?4, tried_at=?5, synced_at=coalesce(?6, synced_at), until=?7",
        (source_id, feed, state, words, now, now if synced else None, until),
    )


def feeds(conn: Connection) -> list[FeedState]:
    """The state of every feed."""
    rows = conn.execute(
        "SELECT s.name, s.kind, f.feed, coalesce(f.state, iif(s.identity ->> '$.feeds' = '[]', 'silent', 'new')),"
        " f.words, f.synced_at, f.until FROM source s"
        " LEFT JOIN feed f ON f.source_id = s.id ORDER BY s.name, f.feed"
    )
    return [
        FeedState(name, kind, feed or "", state, words or "", synced_at, until)
        for name, kind, feed, state, words, synced_at, until in rows
    ]


def save_identity(conn: Connection, source_id: int, identity: Identity) -> None:
    """Keep what the platform said of us, so that screens know offline what can be done."""
    facts = {
        "name": identity.name,
        "version": identity.version,
        "feeds": sorted(identity.feeds),
        "verbs": sorted(identity.verbs),
        "missing": dict(identity.missing),
        "own": dict(identity.own),
        "timed": sorted(identity.timed),
        "on_reports": sorted(identity.on_reports),
        "some": dict(identity.some),
        "text": asdict(identity.text),
    }
    conn.execute(
        "UPDATE source SET me=?, identity=? WHERE id=?", (sound(identity.member), json.dumps(facts), source_id)
    )


def verbs(conn: Connection, source: str) -> frozenset[str]:
    """What a source's token may do, as last checked; empty before the first check."""
    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    return frozenset(json.loads(row[0]).get("verbs", ())) if row else frozenset()


def missing(conn: Connection, source: str) -> dict[str, str] | None:
    """The rights a source's token lacks, by verb or feed, as last checked; None before the first check."""
    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    identity = json.loads(row[0]) if row else {}
    return dict(identity.get("missing", {})) if identity else None


def why_not(conn: Connection, source: str, verb: str) -> str:
    """Why a source cannot be told a verb, in words for a person; "" when it can."""
    row = conn.execute("SELECT kind, identity FROM source WHERE name = ?", (source,)).fetchone()
    if row is None:
        return f"there is no source {source}"
    identity = json.loads(row[1])
    if not identity:
        return f"{source} was never reached, so nobody knows yet what it can do: cm-console source check {source}"
    if verb in identity["verbs"]:
        return ""
    missing, said = identity.get("missing", {}).get(verb), _SAID.get(verb, verb)
    return f"{source} may not {said}: {missing}" if missing else f"{_article(row[0])} source cannot {said}"


_SAID = {"message": "write to members privately"}
"""Verbs that are no words of their own."""


def only_own(conn: Connection, source: str, verb: str, author: str | None) -> str:
    """Why a post of this author (the platform's id) is out of a verb's reach; "" if it is not."""
    me, identity = conn.execute("SELECT me, identity FROM source WHERE name = ?", (source,)).fetchone()
    instead = json.loads(identity).get("own", {}).get(verb)
    return "" if instead is None or author == me else f"{source} can {verb} only what we wrote: {instead}"


def ends_itself(conn: Connection, source: str, verb: str) -> bool:
    """Whether a ban or silence may be told its end; True for what was checked before this was asked."""
    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    timed = json.loads(row[0]).get("timed") if row else None
    return timed is None or verb in timed


def on_reports(conn: Connection, source: str) -> frozenset[str]:
    """The verbs a source knows of reports only."""
    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    return frozenset(json.loads(row[0]).get("on_reports", ())) if row else frozenset()


def knows_of(conn: Connection, source: str, verb: str, remote: str) -> bool:
    """Whether a source knows a verb of this thread or post (the platform's id): some are known of some kinds only."""
    from fnmatch import fnmatchcase

    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    pattern = json.loads(row[0]).get("some", {}).get(verb) if row else None
    return pattern is None or fnmatchcase(remote, pattern)


def text_rules(conn: Connection, source: str) -> TextRules:
    """How a source's platform reads and counts what is sent, as last checked; plain and endless before that."""
    from cm_console.model.length import Markup, TextRules, Unit

    row = conn.execute("SELECT identity FROM source WHERE name = ?", (source,)).fetchone()
    told = json.loads(row[0]).get("text") if row else None
    return TextRules(**{**told, "markup": Markup(told["markup"]), "unit": Unit(told["unit"])}) if told else TextRules()


def accounts(conn: Connection) -> dict[str, tuple[str, str, str]]:
    """Who we are on each source: its kind, our id there and our name, "" before the first check."""
    rows = conn.execute("SELECT name, kind, me, coalesce(identity ->> 'name', '') FROM source")
    return {source: (kind, me, name) for source, kind, me, name in rows}


_FACTS = ("post", "activity", "scheduled", "report", "cases", "member_day", "day_bitmap", "thread", "member")


def remove(conn: Connection, names: Iterable[str], now: int) -> None:
    """Forget sources and every fact pulled from them; decisions and journal lines stay."""
    from cm_console.store import ids, joined, keeping

    ids.remember(conn)
    for name in names:
        row = conn.execute("SELECT id FROM source WHERE name = ?", (name,)).fetchone()
        if row is None:
            continue
        conn.execute(
            "INSERT INTO post_fts(post_fts, rowid, body, subject)"
            " SELECT 'delete', id, body, subject FROM post WHERE source_id = ? AND state < 3",
            row,
        )
        left = joined.with_source(conn, row[0])
        for table in _FACTS:
            conn.execute(f"DELETE FROM {table} WHERE source_id = ?", row)
        keeping.keep_views(conn, left, now)
        conn.execute("DELETE FROM feed WHERE source_id = ?", row)
        conn.execute("DELETE FROM source WHERE id = ?", row)


def _article(kind: str) -> str:
    return f"{'an' if kind.startswith(('a', 'e', 'i', 'o', 'rss', 'mbox')) else 'a'} {kind}"
