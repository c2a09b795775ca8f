"""The demo while it is open: members go on writing, answer the team, and do not flood a console left alone."""

from __future__ import annotations

from collections import Counter

import pytest

from cm_console.demo import Demo, build
from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.records import Activity, Kind, Member, Post, Ref, Thread, ThreadKind
from cm_console.model.source import Feed
from cm_console.model.time import HOUR, SECOND, Instant
from cm_console.sources.memory import MemorySettings, MemorySource, Platform
from cm_console.testing.clock import START, FakeClock

KINDS = (Kind.POST, Kind.REPORT, Kind.MEMBER, Kind.THREAD, Kind.ACTIVITY)


class Open:
    """A demo that somebody has open, and the clock on the wall; `push` reaches the one opened last."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.demo: Demo = build(seed, START, self.clock)
        self._actions = 0

    def catch_up(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for platform in self.demo.platforms.values():
            platform.catch_up()

    def count(self) -> Counter[Kind]:
        return Counter({kind: sum(len(p.records(kind)) for p in self.demo.platforms.values()) for kind in KINDS})

    async def push(self, source: str, verb: Verb, target: Ref | None = None, at: Instant | None = None) -> Receipt:
        self._actions += 1
        spec = next(spec for spec in self.demo.sources if spec.name == source)
        memory = MemorySource(MemorySettings(**spec.settings), self.clock)
        id = f"00000000-0000-4000-8000-{self._actions:012d}"
        return await memory.push(Action(id, verb, target, text="Try the other jumper.", title="Hello", at=at))


def new_posts(platform: Platform, thread: str, since: int) -> list[Post]:
    return [
        p for p in platform.records(Kind.POST) if isinstance(p, Post) and p.thread == thread and p.created_at > since
    ]


def topics(platform: Platform, kind: ThreadKind = ThreadKind.TOPIC) -> list[Thread]:
    """Threads started by members that are neither closed nor solved, the newest first."""
    staff = {m.id for m in platform.records(Kind.MEMBER) if isinstance(m, Member) and (m.staff or m.bot)}
    found = [t for t in platform.records(Kind.THREAD) if isinstance(t, Thread) and t.kind is kind]
    return [t for t in reversed(found) if t.author not in staff and not t.closed and t.solved_at is None]


def test_nothing_happens_before_its_time() -> None:
    world = Open()
    before = world.count()
    world.catch_up(0)
    assert world.count() == before


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_something_visible_happens_about_twice_a_minute(seed: int) -> None:
    world = Open(seed)
    quiet, longest, seen = 0, 0, world.count().total()
    for _ in range(180):
        world.catch_up(10)
        now = world.count().total()
        quiet = 0 if now > seen else quiet + 10
        longest, seen = max(longest, quiet), now
    assert longest <= 240
    grown = world.count() - Open(seed).count()
    assert 25 <= grown.total() <= 110
    assert grown[Kind.POST] >= 15 and grown[Kind.THREAD] >= 3 and grown[Kind.ACTIVITY] >= 3


def test_it_happens_on_more_than_one_platform_and_carries_its_own_time() -> None:
    world = Open()
    world.catch_up(1800)
    new = {
        n: [p for p in w.records(Kind.POST) if isinstance(p, Post) and p.created_at > START]
        for n, w in world.demo.platforms.items()
    }
    assert len(new["forum"]) >= 5 and len(new["chat"]) >= 3
    times = {post.created_at for posts in new.values() for post in posts}
    assert len(times) > 10
    assert max(times) <= world.clock.now()


def test_flags_keep_coming() -> None:
    flags = 0
    for seed in (1, 2, 3, 4):
        world = Open(seed)
        before = world.count()[Kind.REPORT]
        world.catch_up(3 * 3600)
        world.catch_up(60)
        flags += world.count()[Kind.REPORT] - before
    assert flags >= 2


def test_the_same_seed_lives_the_same_life() -> None:
    one, two = Open(4), Open(4)
    for _ in range(60):
        one.catch_up(30)
    two.catch_up(1800)
    for name, platform in one.demo.platforms.items():
        assert platform.records(Kind.POST) == two.demo.platforms[name].records(Kind.POST)


def test_a_console_left_alone_for_a_week_is_not_flooded() -> None:
    world = Open()
    before = world.count()
    world.catch_up(7 * 24 * 3600)
    world.catch_up(60)
    grown = world.count() - before
    assert grown[Kind.POST] <= 150
    assert grown[Kind.THREAD] <= 60


def test_new_threads_and_posts_belong_to_somebody_and_something() -> None:
    world = Open(2)
    world.catch_up(8 * 3600)
    for platform in world.demo.platforms.values():
        for post in platform.records(Kind.POST):
            assert isinstance(post, Post)
            assert platform.get(Ref(Kind.THREAD, post.thread)) is not None
            assert platform.get(Ref(Kind.MEMBER, post.author or "")) is not None
            assert "{" not in post.text or "json" in post.text or "error" in post.text


async def test_replies_of_the_team_get_reactions_and_answers() -> None:
    world = Open()
    forum = world.demo.platforms["forum"]
    chosen = topics(forum)[:20]
    made = [await world.push("forum", Verb.REPLY, Ref(Kind.THREAD, thread.id)) for thread in chosen]
    world.catch_up(14)
    assert not any(post.reactions for r in made if isinstance(post := forum.get(Ref(Kind.POST, r.remote_id)), Post))
    world.catch_up(110)
    liked = [p for r in made if isinstance(p := forum.get(Ref(Kind.POST, r.remote_id)), Post) and p.reactions]
    assert len(liked) == 20
    acts = [a for a in forum.records(Kind.ACTIVITY) if isinstance(a, Activity) and a.at > START]
    assert {post.id for post in liked} <= {act.post for act in acts}
    answers = [p for t in chosen for p in new_posts(forum, t.id, START) if p.author == t.author]
    assert 10 <= len(answers) <= 20
    assert all(15 * SECOND <= post.created_at - START <= 120 * SECOND for post in answers)
    solved = [t for thread in chosen if isinstance(t := forum.get(Ref(Kind.THREAD, thread.id)), Thread) and t.solved_by]
    assert {t.solved_by for t in solved} <= {receipt.remote_id for receipt in made}
    asked_again = [post for post in answers if post.mentions_us]
    assert len(solved) + len({post.thread for post in asked_again}) == len(answers)
    assert solved and asked_again


async def test_thanks_in_direct_messages_are_reactions_so_that_they_do_not_wait_again() -> None:
    world = Open()
    forum = world.demo.platforms["forum"]
    for thread in topics(forum, ThreadKind.DIRECT)[:6]:
        await world.push("forum", Verb.REPLY, Ref(Kind.THREAD, thread.id))
        world.catch_up(130)
        came = [post for post in new_posts(forum, thread.id, START) if post.author == thread.author]
        assert all(post.mentions_us for post in came)


async def test_published_entries_get_company() -> None:
    world = Open()
    forum = world.demo.platforms["forum"]
    receipt = await world.push("forum", Verb.PUBLISH)
    world.catch_up(600)
    came = [post for post in new_posts(forum, receipt.remote_id, START) if post.author != world.demo.me]
    assert 3 <= len(came) <= 5
    first = next(p for p in forum.records(Kind.POST) if isinstance(p, Post) and p.thread == receipt.remote_id)
    assert first.reactions >= 1


async def test_what_the_platform_publishes_by_itself_gets_company_too() -> None:
    world = Open()
    chat = world.demo.platforms["chat"]
    await world.push("chat", Verb.SCHEDULE, at=Instant(START + HOUR))
    world.catch_up(3600 + 5)
    mine = [t for t in chat.records(Kind.THREAD) if isinstance(t, Thread) and t.created_at == START + HOUR]
    assert len(mine) == 1
    world.catch_up(600)
    assert len(new_posts(chat, mine[0].id, START + HOUR)) >= 3


async def test_a_warned_member_may_write_to_the_team() -> None:
    world = Open()
    forum = world.demo.platforms["forum"]
    warned = list(dict.fromkeys(thread.author or "" for thread in topics(forum)))[:12]
    for member in warned:
        await world.push("forum", Verb.WARN, Ref(Kind.MEMBER, member))
    world.catch_up(120)
    wrote = {t.author for t in topics(forum, ThreadKind.DIRECT) if t.title == "About your warning"}
    assert wrote <= set(warned)
    assert 1 <= len(wrote) < 12


async def test_who_was_banned_writes_no_more() -> None:
    free = Open()
    free.catch_up(3000)
    chat = free.demo.platforms["chat"]
    busy = [p.author for p in chat.records(Kind.POST) if isinstance(p, Post) and p.created_at > START]
    staff = {"robin", "mira", "joaoc", "tam"}
    victim = next(author for author in busy if author not in staff and chat.get(Ref(Kind.MEMBER, author or "")))
    world = Open()
    assert world.demo.platforms["chat"].get(Ref(Kind.MEMBER, victim or "")) is not None
    await world.push("chat", Verb.BAN, Ref(Kind.MEMBER, victim or ""))
    world.catch_up(3000)
    written = world.demo.platforms["chat"].records(Kind.POST)
    assert not [p for p in written if isinstance(p, Post) and p.author == victim and p.created_at > START]


async def test_what_the_team_does_keeps_the_place_lively() -> None:
    idle, used = Open(), Open()
    for hour in range(6):
        for world in (idle, used):
            world.catch_up(3600)
        thread = topics(used.demo.platforms["forum"])[hour]
        await used.push("forum", Verb.REPLY, Ref(Kind.THREAD, thread.id))
    assert used.count()[Kind.POST] > idle.count()[Kind.POST] + 60


async def test_a_pull_sees_what_happened_meanwhile() -> None:
    world = Open()
    memory = MemorySource(MemorySettings(world.demo.sources[0].settings["platform"]), world.clock)
    pages = [page async for page in memory.pull(Feed.THREADS, None)]
    world.clock.advance(900)
    fresh = [r for page in [p async for p in memory.pull(Feed.THREADS, pages[-1].cursor)] for r in page.records]
    assert any(isinstance(record, Post) and record.created_at > START for record in fresh)
