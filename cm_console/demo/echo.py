"""How members answer the team: replies get reactions, thanks or another question; what is published gets company."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random

from cm_console.demo.life import Life, react
from cm_console.demo.world import World
from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.records import Activity, Kind, Member, Post, Ref, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import SECOND, Instant
from cm_console.sources.memory import Platform

_SOON = (15, 55)
_TALK = (40, 118)
_PUBLISHED = (20, 600)
"""Seconds after the team's deed: a reaction, an answer, the answers to something published."""


class Echo:
    """Listens to what the team does on all platforms."""

    def __init__(self, world: World, platforms: dict[str, Platform], life: Life, seed: int) -> None:
        self._world = world
        self._life = life
        self._sources = {platform.name: source for source, platform in platforms.items()}
        self._seed = seed
        self._count = 0
        for platform in platforms.values():
            platform.on_push.append(self.heard)

    def heard(self, platform: Platform, action: Action, receipt: Receipt) -> None:
        """Plan how members take it; what happens depends on the seed and on how many deeds came before."""
        self._count += 1
        rng, now = Random(f"echo {self._seed} {self._count}"), platform.clock.now()
        self._life.extend(now)
        if action.verb is Verb.REPLY:
            self._replied(platform, receipt.remote_id, now, rng)
        elif action.verb is Verb.MESSAGE and rng.random() < 0.6:
            self._written_to(platform, action, receipt.remote_id, now, rng)
        elif action.verb is Verb.PUBLISH:
            self._published(platform, receipt.remote_id, now, rng)
        elif action.verb is Verb.SCHEDULE and action.at is not None:
            platform.at(Instant(action.at + SECOND), partial(self._went_out, action.id, action.at, rng))
        elif action.verb is Verb.WARN and action.target is not None and rng.random() < 0.6:
            self._warned(platform, action.target.id, now, rng)

    def _replied(self, platform: Platform, reply: str, now: Instant, rng: Random) -> None:
        post = platform.get(Ref(Kind.POST, reply))
        thread = platform.get(Ref(Kind.THREAD, post.thread)) if isinstance(post, Post) else None
        if not isinstance(post, Post) or not isinstance(thread, Thread):
            return
        asker = platform.get(Ref(Kind.MEMBER, thread.author or ""))
        own = isinstance(asker, Member) and not asker.staff and not asker.bot
        self._like(platform, post.id, thread.author if own else None, now, rng)
        if rng.random() < 0.4:
            self._like(platform, post.id, None, now, rng)
        if not own or rng.random() < 0.15:
            return
        asks = rng.random() < 0.25
        pool = "question" if asks else "followup"
        if asks or thread.kind is ThreadKind.TOPIC:
            source = self._sources[platform.name]
            at = _after(now, _TALK, rng)
            text = self._world.fill(rng.choice(self._world.corpus.pools[pool]), source, at)
            said = Post(self._life.new_id("p"), thread.id, thread.author, at, Untrusted(text), mentions_us=asks)
            platform.at(at, partial(_come_back, said, "" if asks else post.id))

    def _written_to(self, platform: Platform, action: Action, thread: str, now: Instant, rng: Random) -> None:
        """They answer in the thread that only they and the team see."""
        if action.target is None:
            return
        at = _after(now, _TALK, rng)
        text = self._world.fill(rng.choice(self._world.corpus.pools["followup"]), self._sources[platform.name], at)
        said = Post(self._life.new_id("p"), thread, action.target.id, at, Untrusted(text))
        platform.at(at, partial(_come_back, said, ""))

    def _published(self, platform: Platform, thread: str, now: Instant, rng: Random) -> None:
        source = self._sources[platform.name]
        first = next(
            (p for p in reversed(platform.records(Kind.POST)) if isinstance(p, Post) and p.thread == thread), None
        )
        for _ in range(rng.randint(2, 4) if first else 0):
            self._like(platform, first.id if first else "", None, now, rng)
        pool = self._world.corpus.pools["published"]
        for text in rng.sample(pool, rng.randint(3, 5)):
            at = _after(now, _PUBLISHED, rng)
            author = self._world.people.pick(source, at).id
            post = Post(self._life.new_id("p"), thread, author, at, Untrusted(text))
            platform.at(at, partial(_come_back, post, ""))

    def _went_out(self, key: str, at: Instant, rng: Random, platform: Platform) -> None:
        """What the platform itself published at its time."""
        made = platform.keys[key][1]
        if made.kind is Kind.THREAD:
            self._published(platform, made.id, at, rng)

    def _warned(self, platform: Platform, member: str, now: Instant, rng: Random) -> None:
        """The warned member writes to the team."""
        at = _after(now, _TALK, rng)
        thread = Thread(
            self._life.new_id("t"),
            Untrusted("About your warning"),
            member,
            at,
            ThreadKind.DIRECT,
            Untrusted("Direct messages"),
        )
        text = Untrusted(rng.choice(self._world.corpus.pools["sorry"]))
        post = Post(self._life.new_id("p"), thread.id, member, at, text)
        platform.at(at, partial(_write_to_us, thread, post))

    def _like(self, platform: Platform, post: str, member: str | None, now: Instant, rng: Random) -> None:
        at = _after(now, _SOON, rng)
        who = member or self._world.people.pick(self._sources[platform.name], at).id
        platform.at(at, partial(react, Activity(self._life.new_id("r"), "reaction", at, who, post)))


def _after(now: Instant, seconds: tuple[int, int], rng: Random) -> Instant:
    return Instant(now + int(rng.uniform(*seconds) * SECOND))


def _come_back(post: Post, solves: str, platform: Platform) -> None:
    """The member's answer; thanks mark the team's reply as what solved it."""
    thread = platform.get(Ref(Kind.THREAD, post.thread))
    if not isinstance(thread, Thread) or thread.closed or post.author in platform.banned:
        return
    platform.put(post)
    if solves and thread.solved_at is None:
        platform.put(replace(thread, solved_at=post.created_at, solved_by=solves))


def _write_to_us(thread: Thread, post: Post, platform: Platform) -> None:
    if thread.author not in platform.banned:
        platform.put(thread)
        platform.put(post)
