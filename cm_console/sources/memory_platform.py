"""The far end of the memory source: a platform in RAM, with what its members wrote and what happens as time passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

from cm_console.model.action import Action, Receipt
from cm_console.model.length import Markup, TextRules
from cm_console.model.records import Kind, Post, Record, Ref, Report, Scheduled, Thread, ThreadKind, ref_of
from cm_console.model.source import PAGE_LIMIT, Budget, Cursor, Feed, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import Clock, Instant

FEED_OF = {
    Kind.MEMBER: Feed.MEMBERS,
    Kind.THREAD: Feed.THREADS,
    Kind.POST: Feed.THREADS,
    Kind.REPORT: Feed.REPORTS,
    Kind.ACTIVITY: Feed.ACTIVITY,
    Kind.SCHEDULED: Feed.SCHEDULED,
}

R = TypeVar("R", bound=Record)
SUBJECT = 60
"""Characters of a message that stand for its title where it has none."""


class Platform:
    """The far end: what members wrote, a change log per feed, and what happens when time passes.

    Attributes:
        pushed: the actions that changed something here, in order.
        on_push: reactions of the world to what we did; they may call `at`.
        silenced, banned: member id -> until (None: for good). kicked: members thrown out. locked: threads.
        warned: (member id, words), one per warning. messages: (member id, thread) of what we wrote privately.
        missing: feed or verb -> the right this account lacks.
        budget: the rate limit it tells, if any.
        text: how it reads what is sent, and how long that may be.
        keys: action id -> when it came and what it made: how a platform drops repeats.
        places: id of what is planned -> where it will stand.
        revision: grows with every change, so that one can tell whether there was one.
    """

    def __init__(self, name: str, *, me: str = "team", clock: Clock) -> None:
        self.name, self.me, self.clock, self.born = name, me, clock, clock.now()
        self.pushed: list[Action] = []
        self.on_push: list[Callable[[Platform, Action, Receipt], None]] = []
        self.silenced: dict[str, Instant | None] = {}
        self.banned: dict[str, Instant | None] = {}
        self.kicked: set[str] = set()
        self.locked: set[str] = set()
        self.warned: list[tuple[str, str]] = []
        self.messages: list[tuple[str, str]] = []
        self.missing: dict[str, str] = {}
        self.budget: Budget | None = None
        self.text = TextRules(Markup.MARKDOWN)
        self.keys: dict[str, tuple[Instant, Ref]] = {}
        self.places: dict[str, str] = {}
        self.revision = 0
        self._records: dict[Ref, Record] = {}
        self._log: dict[Feed, list[Ref]] = {feed: [] for feed in Feed}
        self._coming: list[tuple[int, int, Callable[[Platform], None]]] = []
        self._numbers = count(1)

    def put(self, record: R) -> R:
        """Create or change a record; gives it as it now is. A record that changes nothing leaves no trace."""
        ref = ref_of(record)
        old = self._records.get(ref)
        if record == old:
            return record
        if isinstance(record, (Thread, Post, Report)):
            last = old.version if isinstance(old, (Thread, Post, Report)) else "0"
            if replace(record, version=last) == old:
                return record
            record = replace(record, version=str(int(last) + 1))
        self._records[ref] = record
        self._note(ref)
        return record

    def restore(self, record: Record) -> None:
        """Put a record exactly as it was in an earlier life of the platform."""
        self._records[ref_of(record)] = record
        self._note(ref_of(record))

    def erase(self, ref: Ref) -> None:
        """Delete a record for good; a pull brings its tombstone."""
        if self._records.pop(ref, None) is not None:
            self._note(ref)

    def get(self, ref: Ref) -> Record | None:
        """A record as it is now, None if there is none."""
        return self._records.get(ref)

    def records(self, kind: Kind) -> tuple[Record, ...]:
        """All records of a kind, in the order of their creation."""
        return tuple(record for ref, record in self._records.items() if ref.kind is kind)

    def at(self, when: Instant, change: Callable[[Platform], None]) -> None:
        """Let something happen once the clock has passed `when`: noticed at the next access by a source."""
        heappush(self._coming, (when, next(self._numbers), change))

    def catch_up(self) -> None:
        """Let everything happen whose time has come, in order."""
        while self._coming and self._coming[0][0] <= self.clock.now():
            heappop(self._coming)[2](self)

    def new_id(self, kind: Kind) -> str:
        """An id nothing of this kind has."""
        return next(new for n in self._numbers if Ref(kind, new := f"{kind}-{n}") not in self._records)

    def message(self, member: str, title: str, text: str, at: Instant) -> Thread:
        """Write to a member privately: a thread of its own, which nobody else sees."""
        head = Untrusted(title or text[:SUBJECT])
        new = Thread(self.new_id(Kind.THREAD), head, self.me, at, ThreadKind.DIRECT, Untrusted("Direct messages"))
        thread = self.put(new)
        self.put(Post(self.new_id(Kind.POST), thread.id, self.me, at, Untrusted(text)))
        self.messages.append((member, thread.id))
        return thread

    def told(self, member: str, thread: str | None = None) -> list[str]:
        """What we wrote to a member privately, in all such threads or in one."""
        theirs = {made for to, made in self.messages if to == member and thread in (None, made)}
        posts = (post for post in self.records(Kind.POST) if isinstance(post, Post) and post.thread in theirs)
        return [str(post.text) for post in posts if post.author == self.me]

    def publish(self, title: str, text: str, place: str, at: Instant) -> Thread:
        """Open a thread as ourselves."""
        thread = self.put(Thread(self.new_id(Kind.THREAD), Untrusted(title), self.me, at, place=Untrusted(place)))
        self.put(Post(self.new_id(Kind.POST), thread.id, self.me, at, Untrusted(text)))
        return thread

    def plan(self, entry: Scheduled, place: str) -> Scheduled:
        """Publish something by ourselves at its time, unless it is moved or taken back before."""
        self.places[entry.id] = place
        self.at(entry.at, partial(_go_out, ref_of(entry)))
        return self.put(entry)

    def page(self, feed: Feed, start: int) -> Page:
        """What changed from a place in the log on; the log says what, the page carries it as it is now."""
        log = self._log[feed]
        end = min(start + PAGE_LIMIT, len(log))
        changed = dict.fromkeys(log[start:end])
        records = tuple(self._records[ref] for ref in changed if ref in self._records)
        gone = tuple(ref for ref in changed if ref not in self._records)
        return Page(records, gone, Cursor(f"{self.born}-{end}"), end < len(log), end, len(log))

    def place_of(self, cursor: Cursor | None) -> int:
        """The place in the log a cursor means; one from an earlier life of the platform means the beginning."""
        born, _, place = (cursor or "").partition("-")
        return int(place) if born == str(self.born) and place.isdecimal() else 0

    def _note(self, ref: Ref) -> None:
        self._log[FEED_OF[ref.kind]].append(ref)
        self.revision += 1


def _go_out(entry: Ref, platform: Platform) -> None:
    planned = platform.get(entry)
    if isinstance(planned, Scheduled) and planned.at <= platform.clock.now():
        platform.erase(entry)
        thread = platform.publish(planned.title, planned.text, platform.places.pop(entry.id, ""), planned.at)
        platform.keys[entry.id] = (platform.clock.now(), ref_of(thread))
