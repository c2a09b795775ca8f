"""Who answered similar questions before: members of the same platform, with the answers that show it."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.model.similar import Answerer, Given, mention
from cm_console.model.text import Safe
from cm_console.store.sqlite import Connection

_GIVEN = """
SELECT p.author_id, p.thread_id, t.title, max(p.created_at), max(p.remote IS t.solved_by), sum(max(p.reactions, 0)),
    coalesce(max(CASE WHEN p.url != '' THEN p.url END), t.url)
FROM post p JOIN thread t ON t.id = p.thread_id
WHERE p.thread_id IN (SELECT value FROM json_each(:threads)) AND p.state = 0 AND p.role = 0 AND p.comment = 0
    AND p.author_id IS NOT NULL AND p.author_id IS NOT t.author_id
    AND t.by_member AND t.kind != 'direct' AND +p.source_id = (SELECT source_id FROM thread WHERE id = :here)
GROUP BY p.author_id, p.thread_id
"""

_MEMBER = """
SELECT m.handle, m.name, m.remote, s.name, s.kind,
    (SELECT max(created_at) FROM post WHERE author_id = m.id),
    EXISTS (SELECT 1 FROM post WHERE thread_id = :here AND author_id = m.id)
FROM member m JOIN source s ON s.id = m.source_id
WHERE m.id = :id AND m.role = 0 AND NOT EXISTS (SELECT 1 FROM decision WHERE member_id = m.id
    AND verb IN ('ban', 'kick') AND undone = 0 AND (expires_at IS NULL OR expires_at > :now))
"""


def of_threads(conn: Connection, here: int, percent: Mapping[int, int], most: int, now: int) -> list[Answerer]:
    """Who answered in these threads (id to percent), best first; nobody who is in `here` already, or banned."""
    threads = "[" + ",".join(map(str, percent)) + "]"
    given: dict[int, list[Given]] = {}
    for author, thread, title, at, solved, thanks, url in conn.execute(_GIVEN, {"threads": threads, "here": here}):
        one = Given(thread, percent[thread], Safe(title), at, bool(solved), thanks, url)
        given.setdefault(author, []).append(one)
    people = [
        _person(conn, id, here, given[id], now) for id in sorted(given, key=lambda id: -_worth(given[id]))[: 3 * most]
    ]
    return sorted((one for one in people if one), key=lambda one: (-_near(one, now) * _worth(one.given), one.id))[:most]


def _worth(given: list[Given] | tuple[Given, ...]) -> float:
    """How much answers speak for somebody: one to a question twice as similar as much as four; solving, thanks more."""
    return sum(one.percent**2 * (1 + one.solved + 0.5 * (one.thanks > 0)) for one in given)


def _near(one: Answerer, now: int) -> float:
    """Whoever was not seen for long will hardly answer: half after half a year, less from then on."""
    days = (now - (one.last_active_at or 0)) / 86_400_000
    return 180 / (180 + max(0.0, days))


def _person(conn: Connection, id: int, here: int, given: list[Given], now: int) -> Answerer | None:
    row = conn.execute(_MEMBER, {"id": id, "here": here, "now": now}).fetchone()
    if row is None or row[6]:
        return None
    handle, name, remote, source, kind, last = row[:6]
    called = Safe(mention(kind, handle, remote))
    best = tuple(sorted(given, key=lambda one: (-one.percent, -one.solved, -one.at)))
    return Answerer(id, Safe(handle), Safe(name), source, called, last, best)
