"""The bench of the memory source: how a bench is written, and a world with scripted faults for other tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import ClassVar

from cm_console.model.errors import Throttled, Unreachable
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Thread, ref_of
from cm_console.model.source import Feed, Page, Source, SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.memory import PLATFORMS, MemorySettings, MemorySource, Platform
from cm_console.testing.bench import FAULTS, Bench
from cm_console.testing.faults import ScriptedFaults, declined, faulty, hostile, server_error, unreachable

_worlds = count(1)


class CountingPlatform(Platform):
    """Counts how often a page is asked for."""

    asked = 0

    def page(self, feed: Feed, start: int) -> Page:
        """As ever."""
        self.asked += 1
        return super().page(feed, start)


class MemoryBench(Bench):
    """A memory platform with members ann (who writes), bob (who flags) and team (us)."""

    kind: ClassVar[SourceKind] = MemorySource
    place = "general"
    colleague = "bob"
    idle_cost: ClassVar[int] = 5
    news_cost: ClassVar[int] = 6

    def __init__(self) -> None:
        super().__init__()
        self.platform = CountingPlatform(f"bench {next(_worlds)}", clock=self.clock)
        self.faults = ScriptedFaults(self.clock)
        PLATFORMS[self.platform.name] = self.platform
        for handle in ("team", "ann", "bob"):
            self.platform.put(Member(handle, Untrusted(handle), staff=handle != "ann"))

    def plain_source(self) -> Source:
        """A source without any fault on the way; a mutant overrides this."""
        return MemorySource(MemorySettings(self.platform.name), self.clock)

    def source(self) -> Source:
        """A source with the scripted faults on the way."""
        return faulty(self.plain_source(), self.faults)

    async def told(self, member: str) -> list[str]:
        """As the platform keeps it."""
        return self.platform.told(member)

    @property
    def requests(self) -> int:
        """Pages asked for."""
        return self.platform.asked

    async def truth(self) -> Mapping[Ref, Record]:
        """Everything on the platform."""
        self.platform.catch_up()
        return {ref_of(record): record for kind in Kind for record in self.platform.records(kind)}

    async def standing(self, member: str) -> str:
        """Kicked, banned, silenced or ok."""
        if member in self.platform.kicked:
            return "kicked"
        return "banned" if member in self.platform.banned else "silenced" if member in self.platform.silenced else "ok"

    async def close(self) -> None:
        """Take the platform off the registry."""
        PLATFORMS.pop(self.platform.name, None)

    async def add_member(self, handle: str) -> str:
        """Somebody joins."""
        return self.platform.put(Member(self.platform.new_id(Kind.MEMBER), Untrusted(handle))).id

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann opens a thread."""
        id, title = self.platform.new_id(Kind.THREAD), Untrusted(self.fresh("A question"))
        thread = self.platform.put(Thread(id, title, "ann", self.clock.now(), place=Untrusted(self.place)))
        for number in range(posts):
            await self.add_post(thread.id, text if text and number == 0 else self.fresh("Some words"))
        return thread.id

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers."""
        id = self.platform.new_id(Kind.POST)
        return self.platform.put(Post(id, thread, "ann", self.clock.now(), Untrusted(text))).id

    async def edit_post(self, post: str, text: str) -> None:
        """Ann rewrites it."""
        self.platform.put(replace(self._post(post), text=Untrusted(text), edited_at=self.clock.now()))

    async def delete_post(self, post: str) -> None:
        """Ann takes it back, for good."""
        self.platform.erase(Ref(Kind.POST, post))

    async def add_report(self, post: str) -> str:
        """Bob flags it."""
        id = self.platform.new_id(Kind.REPORT)
        return self.platform.put(Report(id, Ref(Kind.POST, post), "bob", "spam", self.clock.now())).id

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Bob decides, before us."""
        flag = self.platform.get(Ref(Kind.REPORT, report))
        assert isinstance(flag, Report)
        if agree:
            self.platform.put(replace(self._post(flag.target.id), state=PostState.DELETED))
        self.platform.put(replace(flag, closed_at=self.clock.now(), agreed=agree))

    async def drop_next(self) -> None:
        """No connection."""
        self.faults.next_going.append(unreachable())

    async def fail_next(self) -> None:
        """500."""
        self.faults.next_going.append(server_error())

    async def refuse_next(self) -> None:
        """422."""
        self.faults.next_going.append(declined())

    async def throttle_next(self, until: Instant) -> None:
        """429."""
        self.faults.next_going.append(Throttled("too many requests", until=until, status=429))

    async def lose_next_answer(self) -> None:
        """Done, but nobody heard."""
        self.faults.next_coming.append(Unreachable("the answer never came", landed=None))

    async def garble_next_answer(self) -> None:
        """Done, but nobody can read the answer."""
        self.faults.garbled = True

    async def repeat_next_page(self) -> None:
        """One page twice."""
        self.faults.rewind = True

    async def unauthorized(self) -> None:
        """The token is worth nothing."""
        self.faults.revoked = True

    def _post(self, id: str) -> Post:
        post = self.platform.get(Ref(Kind.POST, id))
        assert isinstance(post, Post)
        return post


class HostileMemoryBench(MemoryBench):
    """The same world behind a hostile but legal network: the contract must hold here too."""

    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys(
        FAULTS - {"colleague_acts"}, "faults come at random here, not when asked for"
    )
    news_cost = 2 * MemoryBench.news_cost  # pages are repeated on the way

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        self.seeds = count(seed * 1_000)

    def source(self) -> Source:
        """Each source meets its own random faults, the same in every run."""
        return hostile(self.plain_source(), next(self.seeds), self.clock)
