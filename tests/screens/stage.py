"""A community in a real store, and the console on it, at the two sizes that count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from textual import events
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from cm_console.app import ConsoleApp
from cm_console.keys import key_name
from cm_console.model.action import Verb
from cm_console.model.business_hours import WEEK, BusinessHours
from cm_console.model.handover import BODY, OutsideTeam
from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.source import Feed, Identity
from cm_console.model.templates import Macro, SavedReply
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.model.triage import DEFAULT
from cm_console.model.verb import TIMED
from cm_console.screens.services import Services
from cm_console.services.changes import Changes
from cm_console.services.clocks import ClocksService
from cm_console.services.desk import Desk
from cm_console.services.directory import DirectoryService
from cm_console.services.engaging import EngagingService
from cm_console.services.feedback import FeedbackService
from cm_console.services.handover import HandoverService
from cm_console.services.inbox import InboxService
from cm_console.services.joined import JoinedService
from cm_console.services.journal import JournalService
from cm_console.services.messaging import MessagingService
from cm_console.services.moderation import ModerationService
from cm_console.services.outbox import OutboxService
from cm_console.services.people_files import PeopleFiles
from cm_console.services.persons import PersonsService
from cm_console.services.privacy import PrivacyService
from cm_console.services.saved_views import SavedViewsService
from cm_console.services.similar import SimilarService
from cm_console.services.status import StatusService
from cm_console.services.telling import TellingService
from cm_console.services.writing import WritingService
from cm_console.store import Store, ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock

ZONE = ZoneInfo("UTC")
TEAMS = (OutsideTeam("infra", "forum", "Support", body=BODY + " {member}"), OutsideTeam("shop", "away"))
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


class Shelf:
    """Saved replies and macros that stand in no file."""

    def __init__(self, replies: tuple[SavedReply, ...] = (), macros: tuple[Macro, ...] = ()) -> None:
        self.replies, self.macros = replies, macros

    def add(self, reply: SavedReply) -> None:
        """Keep one more."""
        self.replies = (*self.replies, reply)

    def remove(self, name: str) -> None:
        """Forget one."""
        self.replies = tuple(reply for reply in self.replies if reply.name != name)


@dataclass
class Stage:
    """A store with one source that can be replied to, and the services over it."""

    store: Store
    clock: FakeClock
    services: Services
    reports: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def save(self, *records: Record) -> None:
        """Records as a sync would bring them."""

        def change(conn: Connection) -> None:
            ingest.save(conn, sources.ensure(conn, "forum", "discourse"), Community(ZONE), self.clock.now(), records)

        self.store._run(change, True)

    def thread(
        self, title: str, *texts: str, author: str = "mia", hours_ago: float = 3, place: str = "support"
    ) -> None:
        """A thread whose posts say `texts`, one hour apart at most."""
        number = next(self.numbers)
        at = Instant(self.clock.now() - int(hours_ago * HOUR))
        member = Member(
            f"m-{author}" if author.isascii() else f"m{number}",
            Untrusted(author),
            joined_at=Instant(at - 900 * 24 * HOUR),
        )
        posts = [
            Post(f"p{number}-{n}", f"t{number}", member.id, Instant(at + n * 60_000), Untrusted(text))
            for n, text in enumerate(texts or (title,))
        ]
        url = f"https://forum.example/t/{number}"
        thread = Thread(f"t{number}", Untrusted(title), member.id, at, place=Untrusted(place), url=url)
        self.save(member, thread, *posts)

    def threads(self, number: int) -> None:
        """Many threads, the oldest first in the list."""
        for n in range(number):
            self.thread(f"Question {n:03}", hours_ago=20 - n * 0.01)

    @asynccontextmanager
    async def open(
        self, size: str = "120x40", keymap: dict[str, str] | None = None, *, notices: bool = False
    ) -> AsyncIterator[Pilot[None]]:
        """The console on this stage."""
        self.services = replace(self.services, keymap=keymap or {})
        app = ConsoleApp(self.services, reports=self.reports)
        async with app.run_test(size=SIZES.get(size) or _size(size), notifications=notices) as pilot:
            await idle(pilot)
            yield pilot


def _size(words: str) -> tuple[int, int]:
    width, _, height = words.partition("x")
    return int(width), int(height)


async def idle(pilot: Pilot[None]) -> None:
    """Until no message waits, no worker runs, but for a command whose question is on the screen, and all is painted."""
    await _calm(pilot)
    while _unpainted(pilot) or _waiting(pilot):
        await asyncio.sleep(0.001)  # a screen paints by its own timer
        await _calm(pilot)


async def _calm(pilot: Pilot[None]) -> None:
    while await _round(pilot) or _busy(pilot):  # noqa: ASYNC110 - workers set no event
        await asyncio.sleep(0.001)


def _nodes(pilot: Pilot[None]) -> list[MessagePump]:
    return [pilot.app, pilot.app.screen, *pilot.app.screen.query("*")]


def _waiting(pilot: Pilot[None]) -> bool:
    """Whether something came while the round was elsewhere, as what a frame sets off."""
    return any(node.is_running and (node.message_queue_size or node._next_callbacks) for node in _nodes(pilot))


def _busy(pilot: Pilot[None]) -> bool:
    """Whether a change has not been heard of yet, a key is still under way, or a worker runs."""
    if isinstance(pilot.app, ConsoleApp) and (pilot.app.services.changes.dirty or pilot.app.typing):
        return True
    return any(not worker.is_finished and not _asks(pilot, worker.group) for worker in pilot.app.workers)


def _unpainted(pilot: Pilot[None]) -> bool:
    """Whether something looks different from what the terminal shows, or begins once that is painted."""
    app, screen = pilot.app, pilot.app.screen
    dirty = screen._layout_required or screen._repaint_required or screen._dirty_widgets
    return bool(app._batch_count or dirty or screen._callbacks)


async def _round(pilot: Pilot[None]) -> bool:
    """Let app and screen come to the end of their queues, down and up again; whether something was still waiting."""
    waited = False
    for node in (*_nodes(pilot), pilot.app.screen, pilot.app):
        waited = waited or node.message_queue_size > 0
        done = asyncio.Event()
        if node.is_running and node.call_later(done.set):
            while not done.is_set() and node.is_attached and node.is_running:  # noqa: ASYNC110
                await asyncio.sleep(0)  # one turn of the loop: a node that goes away sets nothing
    return waited


def _asks(pilot: Pilot[None], group: str) -> bool:
    """A question is on the screen and takes keys."""
    app = pilot.app
    return group == "commands" and app.screen.is_modal and not (isinstance(app, ConsoleApp) and app.holding)


def text_of(pilot: Pilot[None]) -> str:
    """What the terminal shows, as text."""
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


def said(pilot: Pilot[None]) -> list[str]:
    """What the console told in notifications."""
    return [note.message for note in pilot.app._notifications]


def strike(pilot: Pilot[None], key: str) -> None:
    """Press a key and go on at once, as fast fingers do."""
    pilot.app.post_message(events.Key(key_name(key), " " if key == "space" else key if len(key) == 1 else None))


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, waiting for what each does."""
    for key in keys:
        strike(pilot, key)
        await _calm(pilot)
    await idle(pilot)


def make_stage(folder: Path) -> Stage:
    """An empty stage; close its store."""
    store, clock, changes = Store.open(folder / "community.db"), FakeClock(), Changes(pace=0, after_a_key=0)
    ids = (f"id-{n}" for n in count(1))
    desk = Desk(store, clock, lambda: next(ids), changes, "ann")

    writing = WritingService(desk, Shelf(), "Bikes Meta", ("ann", "bob"))
    services = Services(
        "Bikes Meta", "ann", clock, ZONE, lambda: None, changes, StatusService(store),
        InboxService(desk), ModerationService(desk), OutboxService(desk), JournalService(desk), team=("ann", "bob"),
        telling=TellingService(desk), clocks=ClocksService(desk, DEFAULT, BusinessHours(ZONE, WEEK)),
        saved_views=SavedViewsService(desk), similar=SimilarService(desk),
        joined=JoinedService(desk), feedback=FeedbackService(desk, "Bikes Meta"),
        directory=DirectoryService(desk, ZONE),
        people_files=PeopleFiles(desk, DirectoryService(desk, ZONE)), persons=PersonsService(desk),
        privacy=PrivacyService(desk),
        handover=HandoverService(desk, TEAMS, "Bikes Meta"),
        engaging=EngagingService(desk, ZONE), writing=writing,
        messaging=MessagingService(desk, writing, ZONE, "Bikes Meta", ("ann", "bob")),
    )  # fmt: skip
    made = Stage(store, clock, services, folder / "reports")

    def identify(conn: Connection) -> None:
        source = sources.ensure(conn, "forum", "discourse")
        identity = Identity("1", "ann", verbs=frozenset(Verb), feeds=frozenset(Feed), timed=TIMED)
        sources.save_identity(conn, source, identity)

    store._run(identify, True)
    return made
