"""The demo community into a home: its config, everything pulled once, its calendar and its goals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cm_console.config import Home, SourceConfig, load, write_new
from cm_console.console import Console, new_uuid
from cm_console.demo import knowledge, outside, promises, wishes
from cm_console.demo.kept import keep
from cm_console.demo.replies import MACROS, REPLIES
from cm_console.demo.shape import Demo, Entry, Goal, Known, Variant
from cm_console.model.action import Action, Verb
from cm_console.model.calendar import EntryKind, EntryState
from cm_console.model.moderation import Guideline
from cm_console.model.time import DAY, Clock, Instant
from cm_console.store import Store, facts, outbox, sources
from cm_console.store.sqlite import Connection

PLANNED_BEFORE = 2 * DAY
"""How long before it went out, or before the demo begins, the team planned something."""
MADE = "demo"
"""The note in the database that says how this demo was made: its seed and when."""


PUNISHED = ((Verb.SILENCE, Verb.UNSILENCE), (Verb.BAN, Verb.UNBAN))
"""What keeps a member away, and what lets them come back."""


@dataclass(frozen=True, slots=True)
class Left:
    """A demo as it was left: how it was made, and what its console knows of each platform."""

    seed: int
    made_at: Instant
    known: Mapping[str, Known]


def left(home: Home) -> Left | None:
    """The demo that lives in a home; None if what is there is no demo.

    Raises:
        StoreError: its database cannot be opened.
    """
    store = Store.open(home.database)
    try:
        return store.read_now(_left)
    finally:
        store.close()


def _left(conn: Connection) -> Left | None:
    made = facts.noted(conn, MADE)
    if made is None:
        return None
    seed, made_at = json.loads(made)
    return Left(seed, Instant(made_at), {name: _known(conn, name) for name, _kind in sources.names(conn)})


def _known(conn: Connection, source: str) -> Known:
    silenced, banned = (dict(_away(conn, source, *verbs)) for verbs in PUNISHED)
    return Known(tuple(facts.records(conn, source)), silenced, banned)


def _away(conn: Connection, source: str, verb: Verb, opposite: Verb) -> list[tuple[str, Instant | None]]:
    """Whom a verb keeps away now, and until when: the last word on each member counts."""
    ids = conn.execute(
        "SELECT id FROM action WHERE source = ? AND verb IN (?, ?) AND state = 'sent' ORDER BY ended_at, seq",
        (source, verb, opposite),
    )
    last = {action.target.id: action for (id,) in ids.fetchall() if (action := outbox.load(conn, id)).target}
    return [(member, action.until) for member, action in last.items() if action.verb is verb]


async def furnish(demo: Demo, home: Home, clock: Clock, seed: int | None = None) -> None:
    """Write the config of the demo, pull its platforms, put calendar and goals into the database and note the seed."""
    home.prepare()
    write_config(demo, home)
    promises.write_clocks(home)
    outside.write_teams(home)
    console = Console.open(load(home.config), home, clock=clock)
    try:
        await console.store.write(lambda conn: promises.note_promise(conn, clock.now()))
        for source in demo.sources:  # one after the other: the same ids whatever the machine does
            await console.sync([source.name])
        await console.store.write(lambda conn: fill(conn, demo, clock.now()))
        await console.directory.look_again()
        people, today = console.directory.rules, console.directory.today
        await console.store.write(lambda conn: keep(conn, people, demo.me, clock.now(), today))
        await console.directory.look_again()
        if seed is not None:
            made = json.dumps([seed, clock.now()])
            await console.store.write(lambda conn: facts.note(conn, MADE, made))
    finally:
        await console.stop()


def write_config(demo: Demo, home: Home) -> None:
    """The config a manager of this community would have written."""
    guidelines = [
        Guideline(c.number, c.title, c.text, c.message, c.strikes, c.expires_days, c.verb.value)
        for c in demo.guidelines
    ]
    people = {"timezone": demo.timezone, "me": demo.me, "team": list(demo.team), "bots": list(demo.bots)}
    sources = [SourceConfig(source.name, source.kind, dict(source.settings), every=5) for source in demo.sources]
    write_new(
        home.config,
        demo.community,
        values=people,
        guidelines=guidelines,
        sources=sources,
        replies=REPLIES,
        macros=MACROS,
    )


def fill(conn: Connection, demo: Demo, now: Instant) -> None:
    """Calendar entries, the past ones published, and goals, as if the team had made them."""
    for entry in demo.entries:
        _put_entry(conn, entry, demo.me, now)
    for goal in demo.goals:
        _put_goal(conn, goal)
    promises.arrange(conn, demo, now)
    knowledge.arrange(conn, demo, now)
    wishes.arrange(conn, demo, now)


def _put_entry(conn: Connection, entry: Entry, by: str, now: Instant) -> None:
    decided = EntryState.DRAFT if entry.state is EntryState.DRAFT else EntryState.SCHEDULED
    conn.execute(
        "INSERT INTO entry(id, kind, title, body, at, zone, state) VALUES(?,?,?,?,?,?,?)",
        (entry.id, entry.kind, entry.title, entry.body, entry.at, entry.zone, decided),
    )
    for variant in entry.variants:
        goes_out = entry.at is not None and decided is EntryState.SCHEDULED
        action_id = _put_action(conn, entry, variant, by, now) if goes_out else None
        conn.execute(
            "INSERT INTO variant VALUES(?,?,?,?,?,?)",
            (entry.id, variant.source, variant.title, variant.body, variant.place, action_id),
        )


def _put_action(conn: Connection, entry: Entry, variant: Variant, by: str, now: Instant) -> str | None:
    if entry.kind is EntryKind.EVENT and entry.state is not EntryState.PUBLISHED and variant.remote is None:
        return None
    at = entry.at or 0
    title, text = variant.title or entry.title, variant.body or entry.body
    action = Action(new_uuid(), Verb.PUBLISH, text=text, title=title, place=variant.place)
    row = outbox.Queued(action, variant.source, by, f"demo-{entry.id}", at, planned_at=entry.at)
    outbox.enqueue(conn, row, min(at, now) - PLANNED_BEFORE)
    if variant.remote is not None:
        conn.execute(
            "UPDATE action SET state='sent', tried_at=?1, ended_at=?1, attempts=1, remote_id=?2 WHERE id=?3",
            (entry.published_at or at, variant.remote, action.id),
        )
    return action.id


def _put_goal(conn: Connection, goal: Goal) -> None:
    conn.execute(
        "INSERT INTO goal(id, metric, target, by, purpose, set_at, start) VALUES(?,?,?,?,?,?,?)",
        (goal.id, goal.metric, goal.target, goal.by.isoformat(), goal.purpose, goal.set_at, goal.start),
    )
