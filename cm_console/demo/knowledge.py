"""What the demo's team knows of its members: who is the same person elsewhere, notes, tags, contacts, follow-ups."""

from __future__ import annotations

from cm_console.demo.shape import Demo
from cm_console.model.person import LinkState, Reason
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.store import persons, suggestions
from cm_console.store.sqlite import Connection

SURE = frozenset({Reason.HANDLE, Reason.NAME})
"""Grounds on which the team linked accounts; every third of such pairs is left to be decided."""
NOTES = (
    "Runs a workshop in spring, glad to be asked for talks.",
    "Writes German and English; prefers German for the long answers.",
    "Was upset about the 2.0 update, came round after the call.",
)
CALLS = (
    ("call", "Talked about the beta group: in, from next month.", 9 * DAY),
    ("meeting", "Met at the open garden day. Brought seedlings for everybody.", 23 * DAY),
)
FOLLOW_UPS = (
    ("Ask how the beta sensor holds up outside.", -2 * HOUR),
    ("Offer the moderator's seat in the hardware corner.", -1 * DAY),
    ("Send the stickers that were promised.", 3 * DAY),
)


def arrange(conn: Connection, demo: Demo, now: Instant) -> None:
    """As if the team had kept it for a while; what is left shows as suggestions and as due."""
    found = suggestions.all_of(conn)
    team = {handle.casefold() for handle in demo.team}
    ours = [each for each in found if each.one.handle.casefold() in team]
    others = [each for each in found if each not in ours and set(each.reasons) <= SURE]
    linked = [*ours, *(each for n, each in enumerate(others) if n % 3)]
    for n, each in enumerate(linked):
        a, b = sorted((each.one.id, each.other.id))
        said = (f"demo-link-{n}", a, b, LinkState.SAME, each.words, now - (n + 2) * DAY, demo.me)
        conn.execute("INSERT INTO account_link(id, a, b, state, reason, at, actor) VALUES(?,?,?,?,?,?,?)", said)
        persons.keep(conn, (a, b))
    busy = [
        id for (id,) in conn.execute("SELECT id FROM member WHERE role = 0 ORDER BY posts DESC, id LIMIT 6").fetchall()
    ]
    _keep(conn, busy, demo.me, now)


def _keep(conn: Connection, busy: list[int], me: str, now: Instant) -> None:
    """Notes, tags, contacts and follow-ups on those who write most."""
    for n, (member, words) in enumerate(zip(busy, NOTES, strict=False)):
        note = (f"demo-person-{n}", f"member:{member}", me, words, now - (20 + n) * DAY)
        conn.execute("INSERT INTO note(id, item, author, body, at) VALUES(?,?,?,?,?)", note)
        conn.execute("INSERT INTO member_tag VALUES(?,?,?,?)", (member, "champion", now - 30 * DAY, me))
    for n, (member, (way, words, ago)) in enumerate(zip(busy, CALLS, strict=False)):
        call = (f"demo-contact-{n}", member, now - ago, way, words, me)
        conn.execute("INSERT INTO contact(id, member_id, at, way, body, author) VALUES(?,?,?,?,?,?)", call)
    for n, (member, (words, ahead)) in enumerate(zip(busy, FOLLOW_UPS, strict=False)):
        due = (f"demo-follow-{n}", member, now + ahead, words, me, now - 12 * DAY)
        conn.execute("INSERT INTO follow_up(id, member_id, due_at, body, author, at) VALUES(?,?,?,?,?,?)", due)
