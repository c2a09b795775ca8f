"""Read before an answer leaves: the facts that fill places, who spoke, as whom we speak; and drafts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cm_console.model.length import TextRules
from cm_console.model.outbox import OutboxRow
from cm_console.model.text import Safe, clean_line
from cm_console.model.thread import Draft
from cm_console.store import outbox, reading, sources
from cm_console.store.sqlite import Connection

AccountRow = tuple[str, str, str, str]
"""Source, kind, our id there, our name there."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a text about to be sent is judged by; `accounts` begins with the thread's own source."""

    rules: TextRules
    public: bool
    notes: list[str]
    news: list[tuple[str, str, bool]]
    accounts: list[AccountRow]
    before: AccountRow | None
    voice: str
    known: str


def rules(conn: Connection, thread_id: int) -> TextRules:
    """How the thread's platform reads and counts."""
    row = conn.execute("SELECT s.name FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ?", (thread_id,))
    found = row.fetchone()
    return sources.text_rules(conn, found[0]) if found else TextRules()


def facts(conn: Connection, thread_id: int) -> dict[str, str] | None:
    """What fills the places of a template; None if there is no such thread."""
    row = conn.execute(
        "SELECT coalesce(nullif(m.name, ''), m.handle, ''), t.title, t.url, s.name, t.place FROM thread t"
        " JOIN source s ON s.id = t.source_id LEFT JOIN member m ON m.id = t.author_id WHERE t.id = ?",
        (thread_id,),
    ).fetchone()
    if row is None:
        return None
    return dict(zip(("member", "title", "link", "source", "place"), (clean_line(each) for each in row), strict=True))


def scene(conn: Connection, thread_id: int, me: str, seen: Collection[int] | None, editing: str = "") -> Scene | None:
    """What is known around a thread; `seen` are the ids of the posts that were read, None asks for no news.

    `editing` is the action that is replaced.
    """
    row = conn.execute(
        "SELECT s.name, t.kind FROM thread t JOIN source s ON s.id = t.source_id WHERE t.id = ?", (thread_id,)
    ).fetchone()
    if row is None:
        return None
    name, kind = row
    known = sources.accounts(conn)
    accounts = [(source, *known[source]) for source in sorted(known, key=lambda source: source != name)]
    notes = [str(note.body) for note in reading.notes(conn, f"thread:{thread_id}")]
    news = [(each.created_by, str(each.text), True) for each in _colleagues(conn, thread_id, me) if each.id != editing]
    news += _news(conn, thread_id, accounts[0][2], seen) if seen is not None else []
    before, voice = _before(conn, accounts[0]), _voice(conn, thread_id)
    return Scene(
        sources.text_rules(conn, name), kind != "direct", notes, news, accounts, before, voice, _known(conn, thread_id)
    )


_DRAFTS = """
WITH begun AS (SELECT substr(key, 1, instr(key, ':') - 1) AS kind, substr(key, instr(key, ':') + 1) AS of, body, at
    FROM draft WHERE key GLOB 'reply:*' OR key GLOB 'note:*' OR key GLOB 'edit:*' OR key GLOB 'planned:*:reply:*'
        OR key GLOB 'handover:*'),
private AS (SELECT substr(key, 1, instr(key, ':') - 1) AS kind, key, body, at, CAST(substr(key, CASE
        WHEN key GLOB 'message:*' THEN 9 WHEN key GLOB 'planned:*' THEN instr(key, ':message:') + 9
        ELSE instr(key, ':member:') + 8 END) AS INTEGER) AS to_id,
        CASE WHEN key GLOB 'ask:*' THEN CAST(substr(key, 5) AS INTEGER) END AS about
    FROM draft WHERE key GLOB 'message:*' OR key GLOB 'planned:*:message:*' OR key GLOB 'engage:*:member:*'
        OR key GLOB 'ask:*:member:*')
SELECT d.kind, t.id, t.title, s.name, d.body, d.at, d.of, d.kind || ':' || d.of FROM begun d
JOIN thread t ON t.id = CASE d.kind WHEN 'edit' THEN (SELECT thread_id FROM post WHERE id = CAST(d.of AS INTEGER))
    WHEN 'planned' THEN CAST(substr(d.of, instr(d.of, ':reply:') + 7) AS INTEGER) ELSE CAST(d.of AS INTEGER) END
JOIN source s ON s.id = t.source_id
UNION ALL SELECT p.kind, coalesce(p.about, 0), CASE p.kind WHEN 'engage' THEN m.handle
        WHEN 'planned' THEN m.handle || ', privately'
        WHEN 'ask' THEN 'to ' || m.handle || ', about ' || coalesce((SELECT title FROM thread WHERE id = p.about), '')
        ELSE 'to ' || m.handle || ', privately' END,
    s.name, p.body, p.at, CASE p.kind WHEN 'planned' THEN substr(p.key, 9) ELSE CAST(m.id AS TEXT) END, p.key
FROM private p JOIN member m ON m.id = p.to_id JOIN source s ON s.id = m.source_id
UNION ALL SELECT 'engage', t.id, t.title, s.name, d.body, d.at, CAST(t.id AS TEXT), d.key
FROM draft d JOIN thread t ON t.id = CAST(substr(d.key, instr(d.key, ':thread:') + 8) AS INTEGER)
JOIN source s ON s.id = t.source_id WHERE d.key GLOB 'engage:*:thread:*' ORDER BY 6 DESC
"""


def drafts(conn: Connection) -> list[Draft]:
    """What was begun and not sent, the newest first; of threads and members that are still there."""
    return [
        Draft(kind, id, Safe(title), source, body, at, of.partition(":")[0], key)
        for kind, id, title, source, body, at, of, key in conn.execute(_DRAFTS)
    ]


def _known(conn: Connection, thread_id: int) -> str:
    """What everybody reads in a thread: its title, and the newest posts."""
    rows = conn.execute(
        "SELECT body FROM post WHERE thread_id = ? AND state = 0 ORDER BY created_at DESC LIMIT 50", (thread_id,)
    )
    title = conn.execute("SELECT title FROM thread WHERE id = ?", (thread_id,)).fetchone()
    return "\n".join([*title, *(body for (body,) in rows)])


def _colleagues(conn: Connection, thread_id: int, me: str) -> list[OutboxRow]:
    return [row for row in outbox.of_thread(conn, thread_id) if row.verb == "reply" and row.created_by != me]


def _news(conn: Connection, thread_id: int, ours: str, seen: Collection[int]) -> list[tuple[str, str, bool]]:
    """Posts that came since, by others than our own account: what is older than all that was read came late."""
    last = conn.execute(
        f"SELECT max(created_at) FROM post WHERE id IN ({','.join('?' * len(seen))})", tuple(seen)
    ).fetchone()[0]
    rows = conn.execute(
        "SELECT p.id, coalesce(m.handle, 'unknown'), p.body, m.remote FROM post p"
        " LEFT JOIN member m ON m.id = p.author_id"
        " WHERE p.thread_id = ? AND p.state = 0 AND p.created_at >= ? ORDER BY p.created_at, p.id",
        (thread_id, last or 0),
    )
    return [(author, body, False) for id, author, body, remote in rows if id not in seen and remote != ours]


def _before(conn: Connection, here: AccountRow) -> AccountRow | None:
    """As whom the console answered on a source the last time."""
    row = conn.execute(
        "SELECT m.remote, m.handle FROM action a JOIN source s ON s.name = a.source"
        " JOIN post p ON p.source_id = s.id AND p.remote = a.remote_id JOIN member m ON m.id = p.author_id"
        " WHERE a.source = ? AND a.verb = 'reply' AND a.state = 'sent' AND a.remote_id IS NOT NULL"
        " ORDER BY a.seq DESC LIMIT 1",
        (here[0],),
    ).fetchone()
    return (here[0], here[1], *row) if row else None


def _voice(conn: Connection, thread_id: int) -> str:
    """The platform's id of who of the team spoke last in a thread."""
    row = conn.execute(
        "SELECT m.remote FROM post p JOIN member m ON m.id = p.author_id WHERE p.thread_id = ? AND p.role = 1"
        " AND p.state = 0 ORDER BY p.created_at DESC, p.id DESC LIMIT 1",
        (thread_id,),
    ).fetchone()
    return row[0] if row else ""
