"""Small communities made by chance, as records and as a store: deletions, team, bots, unknown authors, late pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cm_console.model.records import Activity, Kind, Member, Post, PostState, Record, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, midnight
from cm_console.store import Store
from cm_console.store.batch import Community
from cm_console.store.ingest import save
from cm_console.store.reports import keep_cases
from cm_console.store.sources import ensure
from cm_console.store.spans import tidy
from cm_console.store.sqlite import Connection
from cm_console.store.starts import restart

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
LAST = date(2026, 11, 10)
"""The day of "now": clocks changed in Europe and America in the weeks before."""
STATES = (PostState.VISIBLE,) * 8 + (PostState.HELD, PostState.HIDDEN, PostState.DELETED)


@dataclass
class World:
    """What is true in the end; `now` is an instant in the middle of LAST."""

    zone: ZoneInfo
    now: int
    community: Community
    members: dict[str, Member] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)

    def role(self, author: str | None) -> str:
        """unknown, member, team or bot."""
        if author is None:
            return "unknown"
        member = self.members[author]
        role = self.community.role("forum", member.handle, staff=member.staff, bot=member.bot)
        return ("member", "team", "bot")[role]


def build(seed: int, path: Path) -> tuple[World, Store]:
    """A world, and a store that it reached in shuffled pages with repeats, edits, deletions, tidied up in between."""
    random, tidying = Random(seed), Random(seed)
    world, stages = _history(random)
    store = Store.open(path)

    def fill(conn: Connection) -> None:
        source = ensure(conn, "forum", "memory")
        restart(conn, world.zone)
        for records, gone in stages:
            save(conn, source, world.community, world.now, records, gone)
            for _ in range(tidying.choice((0, 0, 1, 40))):
                tidy(conn, world.now)
        _decide(conn, random, world)

    asyncio.run(store.write(fill))
    return world, store


def _history(random: Random) -> tuple[World, list[tuple[list[Record], list[Ref]]]]:
    zone = ZoneInfo(random.choice(ZONES))
    now = midnight(LAST, zone) + random.randrange(DAY // MINUTE) * MINUTE
    world = World(zone, now, Community(zone, frozenset({"m1"}), frozenset({"forum:m3"})))
    span = random.choice((20, 70, 130, 130, 400))
    for number in range(random.randrange(6, 16)):
        joined = _instant(random, world, span + 30) if random.random() < 0.85 else None
        member = Member(f"m{number}", Untrusted(f"m{number}"), joined_at=joined, staff=number == 2, bot=number == 4)
        world.members[member.id] = member
    for number in range(random.choice((0, 5, 30, 60))):
        _thread(random, world, f"t{number}", _instant(random, world, span))
    for number in range(random.randrange(0, 20)):
        author = random.choice((None, *world.members))
        kind = random.choice(("visit", "reaction"))
        world.activities[f"a{number}"] = Activity(f"a{number}", kind, _instant(random, world, span), author)
    for number in range(random.randrange(0, 12) if world.posts else 0):
        world.reports[f"r{number}"] = _report(random, world, f"r{number}")
    return world, _stages(random, world)


def _instant(random: Random, world: World, span: int) -> Instant:
    """Some time in the span, now and then exactly a midnight of the community, never after now."""
    at = world.now - random.randrange(span * DAY // MINUTE) * MINUTE
    if random.random() < 0.1:
        at = min(world.now, midnight(LAST - timedelta(days=random.randrange(span)), world.zone))
    return Instant(at)


def _author(random: Random, world: World) -> str | None:
    return None if random.random() < 0.1 else random.choice(tuple(world.members)[random.choice((0, 0, -4)) :])


def _thread(random: Random, world: World, id: str, at: Instant) -> None:
    author, solved = _author(random, world), None
    if random.random() < 0.3:
        solved = Instant(min(world.now, at + random.randrange(-5, 400) * HOUR))
    world.threads[id] = Thread(id, Untrusted(f"Thread {id}"), author, at, solved_at=solved)
    _post(random, world, id, author, at, PostState.VISIBLE)
    for _ in range(random.choice((0, 0, 1, 2, 5))):
        later = Instant(min(world.now, at + random.choice((MINUTE, HOUR, DAY)) * random.randrange(0, 30)))
        _post(random, world, id, _author(random, world), later, random.choice(STATES))


def _post(random: Random, world: World, thread: str, author: str | None, at: Instant, state: PostState) -> None:
    id = f"p{len(world.posts)}"
    world.posts[id] = Post(id, thread, author, at, Untrusted(f"words {id}"), state=state, comment=random.random() < 0.3)


def _report(random: Random, world: World, id: str) -> Report:
    target = Ref(Kind.POST, random.choice(tuple(world.posts)))
    at = max(world.posts[target.id].created_at, world.now - random.randrange(90 * 24) * HOUR)
    closed = Instant(min(world.now, at + random.randrange(200) * HOUR)) if random.random() < 0.5 else None
    agreed = random.choice((True, False, None)) if closed else None
    kind = random.choice(("spam", "rude"))
    return Report(id, target, _author(random, world), kind, Instant(at), closed_at=closed, agreed=agreed)


def _stages(random: Random, world: World) -> list[tuple[list[Record], list[Ref]]]:
    """Everything once, in some order and with earlier versions first, then what is deleted; the world forgets that."""
    records: list[Record] = [
        *world.threads.values(), *world.posts.values(), *world.activities.values(), *world.reports.values(),
    ]  # fmt: skip
    random.shuffle(records)
    cut = random.randrange(len(records) + 1)
    early: list[Record] = [
        replace(record, state=random.choice(STATES)) if isinstance(record, Post) and random.random() < 0.3 else record
        for record in records[cut:]
        if random.random() < 0.5
    ]
    people: list[Record] = list(world.members.values())
    gone = [Ref(Kind.POST, id) for id in world.posts if random.random() < 0.05]
    gone += [Ref(Kind.THREAD, id) for id in world.threads if random.random() < 0.05]
    gone += [Ref(Kind.ACTIVITY, id) for id in world.activities if random.random() < 0.1]
    _forget(world, gone)
    return [(early, []), (records[:cut], []), (people, []), (records[cut:], []), ([], gone)]


def _forget(world: World, gone: list[Ref]) -> None:
    for ref in gone:
        if ref.kind is Kind.ACTIVITY:
            del world.activities[ref.id]
        elif ref.kind is Kind.THREAD:
            del world.threads[ref.id]
    lost = {ref.id for ref in gone if ref.kind is Kind.POST}
    world.posts = {
        id: post
        for id, post in world.posts.items()
        if id not in lost and post.thread in world.threads and post.state is not PostState.DELETED
    }


def _decide(conn: Connection, random: Random, world: World) -> None:
    """Some decisions of moderators, as rows."""
    cases = conn.execute("SELECT id, opened_at FROM cases ORDER BY id").fetchall()
    people = [id for (id,) in conn.execute("SELECT id FROM member ORDER BY id LIMIT 2")]
    for case, opened in cases:
        if random.random() < 0.5:
            at = min(world.now, opened + random.randrange(300) * HOUR)
            upheld, verb = random.choice(((1, "remove"), (1, "spam"), (0, "keep"), (None, "ignore")))
            row = (f"d{case}", case, random.choice(people), at, verb, random.choice((1, 3, None)), upheld)
            conn.execute("UPDATE cases SET decided_at = ?, upheld = ? WHERE id = ?", (at, upheld, case))
            conn.execute(
                "INSERT INTO decision(id, case_id, member_id, at, actor, verb, guideline, upheld, undone)"
                " VALUES(?,?,?,?,'me',?,?,?,?)",
                (*row, int(random.random() < 0.2)),
            )
        keep_cases(conn, f"[{case}]")
