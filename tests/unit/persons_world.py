"""A community where people have accounts on several sources, and the services over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from cm_console.model.records import Activity, Member, Post, Record, Report, Thread
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.verb import TIMED, Verb
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk
from cm_console.services.inbox import InboxService
from cm_console.services.journal import JournalService
from cm_console.services.moderation import ModerationService
from cm_console.services.persons import PersonsService
from cm_console.store import Store, ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock

ZONE = ZoneInfo("UTC")
KINDS = {"forum": "discourse", "chat": "matrix", "blog": "wordpress", "signin": "table"}


@dataclass
class World:
    """A store with four sources, a clock and the services over it."""

    store: Store
    clock: FakeClock
    desk: Desk
    numbers: count[int] = field(default_factory=lambda: count(1))
    community: Community = field(default_factory=lambda: Community(ZONE))

    def __post_init__(self) -> None:
        self.persons = PersonsService(self.desk)
        self.inbox = InboxService(self.desk)
        self.moderation = ModerationService(self.desk)
        self.journal = JournalService(self.desk)

    def save(self, source: str, *records: Record) -> None:
        """Records as a sync would bring them."""

        def change(conn: Connection) -> None:
            id = sources.ensure(conn, source, KINDS[source])
            identity = Identity("me", "us", verbs=frozenset(Verb), feeds=frozenset(Feed), timed=TIMED)
            sources.save_identity(conn, id, identity)
            ingest.save(conn, id, self.community, self.clock.now(), records)

        self.store._run(change, True)

    def member(self, source: str, handle: str, name: str = "", **facts: object) -> int:
        """An account; returns its id here."""
        url = f"https://{source}.example/u/{handle}"
        values = {"joined_at": Instant(self.clock.now() - 900 * HOUR), "url": url, **facts}
        self.save(source, Member(f"{source}-{handle}", Untrusted(handle), Untrusted(name), **values))  # type: ignore[arg-type]  # facts of a Member
        return self.one("SELECT id FROM member WHERE remote = ?", f"{source}-{handle}")

    def thread(self, source: str, title: str, *said: tuple[str, str], hours_ago: float = 5) -> int:
        """A thread whose posts are pairs of handle and words; the first is its author's."""
        number = next(self.numbers)
        at = Instant(self.clock.now() - int(hours_ago * HOUR))
        thread = Thread(f"t{number}", Untrusted(title), f"{source}-{said[0][0]}", at, url=f"https://x.example/{number}")
        posts = [
            Post(f"p{number}-{n}", thread.id, f"{source}-{who}", Instant(at + n * 60_000), Untrusted(words))
            for n, (who, words) in enumerate(said)
        ]
        self.save(source, thread, *posts)
        return self.one("SELECT id FROM thread WHERE remote = ?", thread.id)

    def one(self, sql: str, *values: object) -> int:
        """One number."""
        number: int = self.store.read_now(lambda conn: conn.execute(sql, values).fetchone()[0])
        return number

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of a query."""
        return self.store.read_now(lambda conn: conn.execute(sql, values).fetchall())


def make_world(folder: Path) -> World:
    """An empty one; close its store."""
    store, clock = Store.open(folder / "community.db"), FakeClock()
    ids = (f"id-{n:05}" for n in count(1))
    return World(store, clock, Desk(store, clock, lambda: next(ids), Changes(pace=0, after_a_key=0), "ann"))


def came(id: str, member: str, at: Instant) -> Activity:
    """Somebody signed in at a meetup."""
    return Activity(id, "visit", at, member)


__all__ = ["Report", "World", "came", "make_world"]
