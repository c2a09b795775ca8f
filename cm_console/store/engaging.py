"""Who is in the lists of engage-first: read from the facts, less what the team has decided on.

Every list begins at what is small whatever the size of the community: the members of the last days in the rollups, the
joins around a date, the threads nobody answered; so nothing has to be kept for them within a pull.
"""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from itertools import chain, islice
from zoneinfo import ZoneInfo

from cm_console.model.engaging import MOST, Engage, EngageRow, EngageRules, Route
from cm_console.model.text import Safe
from cm_console.model.time import DAY, HOUR, Instant, day_of, midnight
from cm_console.store import bit_counts
from cm_console.store.days import BEGINNING, POSTERS, Days
from cm_console.store.engage_routes import routed
from cm_console.store.rollups import day_number
from cm_console.store.sqlite import Connection

CANDIDATES = 600
"""Of those who wrote in the last days, so many who wrote most are looked at for those to thank."""
WALKED = 5_000
"""Of the threads nobody answered the newest so many are looked at: most of the older ones were put away."""
LEAST_HELP = 7
"""From which a helper is listed: an answer to another member counts 2, one that solved it 5 more, each reaction 1."""

_UNDECIDED = """NOT EXISTS (SELECT 1 FROM engaged e WHERE e.view = :view AND e.subject {subject}
    AND e.occasion = {occasion} AND (e.until IS NULL OR e.until > :now))"""
_ACCOUNTS = """IN (SELECT {0}m.id UNION ALL SELECT {0}o.id FROM member o
    WHERE o.person_id = m.person_id AND o.id <> m.id)"""
"""SQL: one of all accounts of the person that account `m` belongs to, or what is decided on."""
_ANY, _SUBJECTS = _ACCOUNTS.format(""), _ACCOUNTS.format("'member:' || ")
_ON_ITS_WAY = """EXISTS (SELECT 1 FROM action a WHERE a.thread_id = {thread} AND a.verb = 'reply'
    AND a.state NOT IN ('cancelled', 'failed') AND a.created_at >= {since})"""

_NEW = f"""
SELECT m.id, m.handle, s.name, s.kind, m.first_post_at, p.thread_id, t.title, t.author_id = m.id, m.posts, t.closed
FROM json_each(:members) lately CROSS JOIN member m ON m.id = lately.value CROSS JOIN source s ON s.id = m.source_id
CROSS JOIN post p ON p.author_id = m.id AND p.created_at = m.first_post_at AND p.state = 0
JOIN thread t ON t.id = p.thread_id AND t.deleted = 0
WHERE m.role = 0 AND m.first_post_at >= :since AND {_UNDECIDED.format(subject=_SUBJECTS, occasion="0")}
    AND NOT EXISTS (SELECT 1 FROM member o WHERE o.person_id = m.person_id AND o.id <> m.id AND (o.role = 1
        OR o.first_post_at < m.first_post_at OR o.first_post_at = m.first_post_at AND o.id < m.id))
    AND NOT EXISTS (SELECT 1 FROM post mine CROSS JOIN post team ON team.thread_id = mine.thread_id AND team.role = 1
        AND team.state < 3 AND team.created_at >= m.first_post_at WHERE mine.author_id {_ANY})
    AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.member_id {_ANY} AND c.at >= m.first_post_at
        AND c.way = 'message' AND c.removed = 0)
    AND NOT EXISTS (SELECT 1 FROM post mine WHERE mine.author_id {_ANY}
        AND {_ON_ITS_WAY.format(thread="mine.thread_id", since="m.first_post_at")})
    AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.source_id = m.source_id AND (c.target_kind = 'post'
        AND c.target = p.remote OR c.target_kind = 'thread' AND c.target = t.remote AND t.author_id = m.id
        OR c.target_kind = 'member' AND c.target = m.remote))
GROUP BY m.id ORDER BY m.first_post_at DESC LIMIT {MOST}
"""
_JOINED = f"""
SELECT m.id, m.handle, s.name, s.kind, m.joined_at,
    (SELECT max(created_at) FROM post WHERE author_id = m.id AND state < 3) AS last
FROM member m JOIN source s ON s.id = m.source_id
WHERE m.role = 0 AND m.joined_at >= :first AND m.joined_at < :last AND m.posts > 0 AND last >= :active
    AND NOT EXISTS (SELECT 1 FROM member o WHERE o.person_id = m.person_id AND o.id <> m.id
        AND (o.joined_at < m.joined_at OR o.joined_at = m.joined_at AND o.id < m.id))
    AND {_UNDECIDED.format(subject=_SUBJECTS, occasion=":years")}
ORDER BY m.joined_at DESC LIMIT {MOST}
"""
_UNHEARD = f"""
WITH lately AS MATERIALIZED (SELECT id FROM thread INDEXED BY thread_unanswered
    WHERE first_response_at IS NULL AND by_member = 1 AND deleted = 0
    AND created_at <= :before ORDER BY created_at DESC LIMIT {WALKED})
SELECT t.id, t.author_id, m.handle, s.name, s.kind, t.created_at, t.title, t.place
FROM lately CROSS JOIN thread t ON t.id = lately.id JOIN source s ON s.id = t.source_id
JOIN member m ON m.id = t.author_id
WHERE t.status = 0 AND t.closed = 0 AND t.solved_at IS NULL AND t.kind != 'direct'
    AND t.place NOT IN (SELECT value FROM json_each((SELECT value FROM meta WHERE key = 'muted')))
    AND {_UNDECIDED.format(subject="= 'thread:' || t.id", occasion="0")}
    AND NOT {_ON_ITS_WAY.format(thread="t.id", since="0")}
ORDER BY t.created_at DESC, t.id DESC LIMIT {MOST}
"""
_HELPERS = f"""
SELECT m.id, coalesce(m.person_id, m.id), m.handle, s.name, s.kind, coalesce((SELECT max(e.at) FROM engaged e
    WHERE e.view = :view AND e.subject {_SUBJECTS} AND e.occasion = 0 AND e.how <> 'snoozed'), 0)
FROM json_each(:members) lately CROSS JOIN member m ON m.id = lately.value
CROSS JOIN source s ON s.id = m.source_id
WHERE m.role = 0 AND NOT EXISTS (SELECT 1 FROM engaged e WHERE e.view = :view AND e.subject {_SUBJECTS}
    AND e.occasion = 0 AND e.until > :now)
"""
_GIVEN = """
SELECT p.created_at, t.id, t.title, t.solved_by IS p.remote, p.reactions, t.closed FROM post p
JOIN thread t ON t.id = p.thread_id
WHERE p.author_id = ? AND p.created_at >= ? AND p.state = 0 AND t.deleted = 0 AND t.by_member = 1
    AND t.author_id != p.author_id ORDER BY p.created_at DESC LIMIT 200
"""
_THEIR_THREAD = """
SELECT t.id, t.title FROM post p JOIN thread t ON t.id = p.thread_id WHERE p.author_id = ? AND p.state < 3
    AND t.deleted = 0 AND t.closed = 0 ORDER BY p.created_at DESC LIMIT 1
"""


def page(conn: Connection, view: Engage, rules: EngageRules, now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    """The rows of a list of members, the first to be worked on first."""
    return routed(conn, view, _LISTS[view](conn, rules, now, zone))


def where(conn: Connection, thread_id: int | None) -> tuple[str, str]:
    """Address and place of a thread; empty where there is none."""
    row = conn.execute("SELECT url, place FROM thread WHERE id = ?", (thread_id,)).fetchone()
    return row or ("", "")


def last_words(conn: Connection, thread_id: int, member_id: int | None) -> str | None:
    """The platform's id of a member's last post in a thread, to answer just that."""
    query = (
        "SELECT remote FROM post WHERE thread_id = ? AND author_id = ? AND state = 0 ORDER BY created_at DESC LIMIT 1"
    )
    row = conn.execute(query, (thread_id, member_id)).fetchone()
    return str(row[0]) if row else None


def _greet(conn: Connection, rules: EngageRules, now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    since, day = now - rules.greet_days * DAY, day_number(zone)
    posters = partial(_days(conn).union, POSTERS)
    new = posters(day(since), day(now) + 1) - posters(BEGINNING, day(since))
    values = {"view": Engage.GREET, "now": now, "since": since, "members": json.dumps(list(new))}
    rows = []
    for id, handle, source, kind, at, thread, title, began, posts, closed in conn.execute(_NEW, values).fetchall():
        why = ("began a thread" if began else "first words") + (f", {posts} posts by now" if posts > 1 else "")
        where, route = (source, kind, thread, Safe(title)), _WISHED[bool(closed)]
        rows.append(EngageRow(Engage.GREET, f"member:{id}", at, why, Safe(handle), id, *where, route=route))
    return rows


def _anniversaries(conn: Connection, rules: EngageRules, now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    today, rows = day_of(now, zone), []
    for years in rules.years:
        last = midnight(_moved(today, -years), zone) + DAY
        values: dict[str, object] = {
            "first": last - rules.anniversary_days * DAY,
            "last": last,
            "active": now - rules.active_days * DAY,
        }
        values |= {"view": Engage.ANNIVERSARY, "now": now, "years": years}
        for id, handle, source, kind, joined, _ in conn.execute(_JOINED, values).fetchall():
            thread, title = conn.execute(_THEIR_THREAD, (id,)).fetchone() or (None, "")
            day, words = _moved(day_of(joined, zone), years), f"{years} year{'s' if years > 1 else ''}"
            why = f"{words} here on {day.day} {day:%B}"
            where = (source, kind, thread, Safe(title), words, years)
            at = midnight(day, zone)
            rows.append(EngageRow(Engage.ANNIVERSARY, f"member:{id}", at, why, Safe(handle), id, *where))
    return sorted(rows, key=lambda row: (-row.occasion, -row.since))[:MOST]


def _unanswered(conn: Connection, rules: EngageRules, now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    values = {"view": Engage.UNANSWERED, "now": now, "before": now - rules.unanswered_hours * HOUR}
    rows = []
    for thread, member, handle, source, kind, at, title, place in conn.execute(_UNHEARD, values).fetchall():
        where = (source, kind, thread, Safe(title))
        why = "nobody answered" + (f" in {place}" if place else "")
        rows.append(EngageRow(Engage.UNANSWERED, f"thread:{thread}", at, why, Safe(handle), member, *where))
    return rows


def _thank(conn: Connection, rules: EngageRules, now: Instant, zone: ZoneInfo) -> list[EngageRow]:
    since, best, day = now - rules.thank_days * DAY, dict[int, tuple[int, EngageRow]](), day_number(zone)
    values = {"view": Engage.THANK, "now": now, "members": json.dumps(_busiest(conn, day(since), day(now) + 1))}
    for id, person, handle, source, kind, thanked_at in conn.execute(_HELPERS, values).fetchall():
        given = conn.execute(_GIVEN, (id, max(since, thanked_at + 1))).fetchall()
        answers, solved, liked = len({row[1] for row in given}), sum(row[3] for row in given), sum(r[4] for r in given)
        weight = 5 * solved + 2 * answers + liked
        if weight < LEAST_HELP:
            continue
        at, thread, title, *_, closed = max(given, key=lambda row: (not row[5], row[3], row[4], row[0]))
        words = f"{answers} answer{'s' if answers > 1 else ''}"
        why = ", ".join([words, *([f"{solved} solved"] if solved else []), *([f"{liked} liked"] if liked else [])])
        where, route = (source, kind, thread, Safe(title), words), _WISHED[bool(closed)]
        row = EngageRow(Engage.THANK, f"member:{id}", at, why, Safe(handle), id, *where, route=route)
        if weight > best.get(person, (0,))[0]:
            best[person] = weight, row
    return [row for _, row in sorted(best.values(), key=lambda each: (-each[0], -each[1].since))[:MOST]]


def _days(conn: Connection) -> Days:
    return Days(conn, [id for (id,) in conn.execute("SELECT id FROM source")])


def _busiest(conn: Connection, first: int, end: int) -> list[int]:
    """Who wrote most in some days, the busiest first."""
    ranks = bit_counts.ranked(_days(conn).counts(first, end))
    everybody = chain.from_iterable(sorted(members) for _, members in ranks)
    return list(islice((member for member in everybody if member), CANDIDATES))


def _moved(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


_WISHED = {False: Route.THREAD, True: Route.PRIVATELY}
"""Which way the words go by themselves, for an open thread and a closed one."""
_LISTS = {
    Engage.GREET: _greet,
    Engage.ANNIVERSARY: _anniversaries,
    Engage.UNANSWERED: _unanswered,
    Engage.THANK: _thank,
}
