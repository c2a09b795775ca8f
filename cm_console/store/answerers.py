"""Who answered similar questions before: people to be called where the question is, with the answers that show it."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.model.similar import Answerer, Given, mention
from cm_console.model.text import Safe
from cm_console.store.sqlite import Connection

_GIVEN = """
SELECT coalesce(m.person_id, m.id), p.thread_id, t.title, max(p.created_at), max(p.remote IS t.solved_by),
    sum(max(p.reactions, 0)), coalesce(max(CASE WHEN p.url != '' THEN p.url END), t.url)
FROM post p JOIN thread t ON t.id = p.thread_id JOIN member m ON m.id = p.author_id
WHERE p.thread_id IN (SELECT value FROM json_each(?)) AND p.state = 0 AND p.role = 0 AND p.comment = 0
    AND p.author_id IS NOT t.author_id AND t.by_member AND t.kind != 'direct'
GROUP BY 1, p.thread_id
"""

_ACCOUNT = """
SELECT m.id, m.handle, m.name, m.remote, s.name, s.kind,
    (SELECT max(created_at) FROM post WHERE author_id = m.id) AS last_active
FROM member m JOIN source s ON s.id = m.source_id
WHERE (m.id = :person OR m.person_id = :person) AND m.role = 0
    AND +m.source_id = (SELECT source_id FROM thread WHERE id = :here)
    AND NOT EXISTS (SELECT 1 FROM post WHERE thread_id = :here AND author_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM decision WHERE member_id = m.id
        AND verb IN ('ban', 'kick') AND undone = 0 AND (expires_at IS NULL OR expires_at > :now))
ORDER BY last_active DESC LIMIT 1
"""
"""The account by which a person can be called in a thread."""


MOST_ASKED = 100
"""People looked at, those whose answers speak most for them first."""


def of_threads(conn: Connection, here: int, percent: Mapping[int, int], most: int, now: int) -> list[Answerer]:
    """Who answered in these threads (id to percent) under any name, and has one on the platform of `here`."""
    given: dict[int, list[Given]] = {}
    for person, thread, title, *facts in conn.execute(_GIVEN, (f"[{','.join(map(str, percent))}]",)):
        at, solved, thanks, url = facts
        one = Given(thread, percent[thread], Safe(title), at, bool(solved), thanks, url)
        given.setdefault(person, []).append(one)
    likely = sorted(given, key=lambda person: (-_worth(given[person]), person))[:MOST_ASKED]
    people = [_account(conn, person, here, given[person], now) for person in likely]
    return sorted((one for one in people if one), key=lambda one: (-_near(one, now) * _worth(one.given), one.id))[:most]


def _worth(given: list[Given] | tuple[Given, ...]) -> float:
    """How much answers speak for somebody: one to a question twice as similar as much as four; solving, thanks more."""
    return sum(one.percent**2 * (1 + one.solved + 0.5 * (one.thanks > 0)) for one in given)


def _near(one: Answerer, now: int) -> float:
    """Whoever was not seen for long will hardly answer: half after half a year, less from then on."""
    days = (now - (one.last_active_at or 0)) / 86_400_000
    return 180 / (180 + max(0.0, days))


def _account(conn: Connection, person: int, here: int, given: list[Given], now: int) -> Answerer | None:
    row = conn.execute(_ACCOUNT, {"person": person, "here": here, "now": now}).fetchone()
    if row is None:
        return None
    id, handle, name, remote, source, kind, last = row
    best = tuple(sorted(given, key=lambda one: (-one.percent, -one.solved, -one.at)))
    return Answerer(id, Safe(handle), Safe(name), source, Safe(mention(kind, handle, remote)), last, best)
