"""What goes on while the demo is open: members ask, answer, thank, react and flag, something every half minute or so.

Everything is planned beforehand with `Platform.at`, so nothing runs in the background; a platform left alone gets the
planned events and no more. Whenever the team does something, life is planned a little further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

from cm_console.demo.cases import kind_of
from cm_console.demo.people import SITES, Account
from cm_console.demo.talk import Questions, remark_for
from cm_console.demo.world import Draft, World, headline
from cm_console.model.records import Activity, Kind, Member, Post, PostState, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, MINUTE, SECOND, Instant
from cm_console.sources.memory import Platform

Step = Callable[[Instant], Callable[[Platform], None]]
"""Given its time, one thing that will happen."""

AHEAD = 40 * MINUTE
"""How far life is planned at its usual pace, from the start and after each thing the team does."""
SLOW = 40
"""Events at a slow pace after that: a demo left open over night has that many more, not thousands."""


class Life:
    """Plans what members do on three platforms."""

    def __init__(self, world: World, questions: Questions, platforms: dict[str, Platform], seed: int) -> None:
        self._world = world
        self._questions = questions
        self._platforms = platforms
        self._rng = Random(f"life {seed}")
        self._count = 0
        self._until = world.now
        self._talks: dict[str, list[list[Step]]] = {"forum": [], "chat": []}
        self._likeable: dict[str, list[str]] = {source: [] for source in SITES}
        for draft, said in world.posts():
            if said.at > world.now - 2 * DAY:
                self._likeable[draft.source].append(said.id)
        self._kinds: tuple[tuple[Callable[[str, Instant], Callable[[Platform], None] | None], int], ...] = (
            (self._talk, 34),
            (self._reaction, 26),
            (self._remark, 16),
            (self._gathering, 18),
            (self._newcomer, 4),
            (self._spam, 2),
        )

    def begin(self, now: Instant) -> None:
        """Plan the first stretch from now on, and the slow one behind it."""
        self.extend(now)
        at = self._until
        for _ in range(SLOW):
            at = Instant(at + int(self._rng.uniform(4, 16) * MINUTE))
            self._plan(at)

    def extend(self, now: Instant) -> None:
        """Plan on until AHEAD from now: called when the team shows that somebody is there."""
        self._until = max(self._until, now)
        while self._until < now + AHEAD:
            self._until = Instant(self._until + int(self._rng.uniform(16, 46) * SECOND))
            self._plan(self._until)

    def go_on(self, now: Instant) -> None:
        """Begin again after a pause: other conversations than those that are there, under other ids."""
        said = [record for p in self._platforms.values() for kind in Kind for record in p.records(kind)]
        since = [record for record in said if "-live-" in record.id]
        self._count = max((int(record.id.rpartition("-")[2]) for record in since), default=0)
        self._questions.heard([record for record in since if isinstance(record, Thread)])
        self._rng = Random(f"life {self._count} {now}")
        self._world.shuffle(f"fernwerk {self._count} {now}")
        self.begin(now)

    def new_id(self, prefix: str) -> str:
        """An id for something that happens from now on."""
        self._count += 1
        return f"{prefix}-live-{self._count}"

    def _plan(self, at: Instant) -> None:
        for _ in range(5):
            source = self._rng.choices(("forum", "chat", "blog"), (52, 40, 8))[0]
            kind = self._rng.choices([kind for kind, _ in self._kinds], [weight for _, weight in self._kinds])[0]
            change = kind(source, at)
            if change is not None:
                self._platforms[source].at(at, change)
                return

    def _talk(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        """The next line of a conversation, or the first of a new one."""
        if source == "blog":
            return None
        talks = self._talks[source]
        if len(talks) < 2 or self._rng.random() < 0.25:
            talks.append(self._script(source, at))
        talk = self._rng.choice(talks)
        change = talk.pop(0)(at)
        if not talk:
            talks.remove(talk)
        return change

    def _script(self, source: str, at: Instant) -> list[Step]:
        """A question and, for two of three, the answer and the thanks."""
        world, (group, scene, part) = self._world, self._questions.next(source, at)
        asker, thread = world.people.asker(source, at), self.new_id("t")
        place = group.place if source == "forum" else group.channel
        text = world.fill(part.text, source, at)
        title = world.fill(part.head, source, at) or headline(text)

        def opening(when: Instant) -> Callable[[Platform], None]:
            url = f"{SITES[source]}/t/{thread}"
            opened = Thread(thread, Untrusted(title), asker.id, when, place=Untrusted(place), url=url)
            return partial(_open, opened, self._post(thread, asker, when, text))

        steps: list[Step] = [opening]
        if self._rng.random() < 0.66:
            helper = world.people.pick(source, at, asker.id)
            answer = world.fill(self._questions.answers(scene, 1)[0], source, at)
            steps.append(self._line(thread, helper, answer))
            if self._rng.random() < 0.6:
                thanks = (scene.texts("t") or [world.deal("followup")])[0]
                steps.append(self._line(thread, asker, world.fill(thanks, source, at)))
        return steps

    def _line(self, thread: str, author: Account, text: str) -> Step:
        return lambda when: partial(_say, self._post(thread, author, when, text))

    def _post(self, thread: str, author: Account, at: Instant, text: str) -> Post:
        return Post(self.new_id("p"), thread, author.id, at, Untrusted(text))

    def _reaction(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        recent = self._likeable[source]
        if not recent:
            return None
        post, member = self._rng.choice(recent), self._world.people.pick(source, at).id
        return partial(react, Activity(self.new_id("r"), "reaction", at, member, post))

    def _remark(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        """A bystander in a thread of the last days, where it changes nothing for the one who asked."""
        threads = self._recent(source, lambda d: bool(remark_for(self._world, d)))
        if not threads:
            return None
        draft = self._rng.choice(threads)
        author = self._world.people.pick(source, at, draft.author.id)
        text = self._world.fill(self._world.deal(remark_for(self._world, draft)), source, at)
        return partial(_say, self._post(draft.id, author, at, text))

    def _gathering(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        """One more in the newest thread of the team: the weekly log, a release, an article."""
        threads = self._recent(source, lambda d: d.author.staff and d.place in ("Lounge", "Blog", "#announcements"))
        if not threads:
            return None
        draft = max(threads, key=lambda d: d.at)
        pool = {"Lounge": "weekly", "Blog": "published", "#announcements": "release"}[draft.place]
        pool = "hello" if draft.title.startswith("Introduce") else pool
        text = self._world.fill(self._world.deal(pool), source, at)
        return partial(_say, self._post(draft.id, self._world.people.pick(source, at), at, text))

    def _newcomer(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        """Somebody joins, and says hello where there is a thread for it."""
        threads = self._recent(source, lambda d: d.title.startswith("Introduce"), days=40)
        if not threads:
            return None
        first, _ = self._world.rng.choice(self._world.corpus.names)
        name = self._rng.choice(first)
        handle = f"{name.lower()}_{self._rng.choice(self._world.corpus.words)}"
        member = Member(self.new_id("u"), Untrusted(handle), Untrusted(name), at)
        text = self._world.fill(self._world.deal("hello").replace("{name}", name), source, at)
        post = Post(self.new_id("p"), threads[-1].id, member.id, at, Untrusted(text))
        return partial(_join, member, post)

    def _spam(self, source: str, at: Instant) -> Callable[[Platform], None] | None:
        """An advert in a thread, and the flag somebody raised on it a little later."""
        threads = self._recent(source, lambda d: not (d.keep or d.closed or d.waits))
        if not threads:
            return None
        draft, joined = self._rng.choice(threads), Instant(at - 30 * MINUTE)
        culprit = Member(self.new_id("u"), Untrusted(f"promo_{self._rng.randrange(100, 999)}"), joined_at=joined)
        adverts = [text for text in self._world.corpus.pools["removed"] if kind_of(text) == "spam"]
        post = Post(self.new_id("p"), draft.id, culprit.id, at, Untrusted(self._rng.choice(adverts)))
        reporter = self._world.people.pick(source, at).id
        later = Instant(at + int(self._rng.uniform(15, 50) * SECOND))
        flag = Report(self.new_id("f"), Ref(Kind.POST, post.id), reporter, "spam", later)
        return partial(_advertise, culprit, post, flag)

    def _recent(self, source: str, wanted: Callable[[Draft], bool], days: int = 6) -> list[Draft]:
        since = self._world.now - days * DAY
        return [d for d in self._world.threads if d.source == source and d.at > since and wanted(d)]


def react(activity: Activity, platform: Platform) -> None:
    """A member likes a post: both the activity and the post's count, unless the post is gone or under dispute."""
    post = platform.get(Ref(Kind.POST, activity.post or ""))
    if not isinstance(post, Post) or post.state is not PostState.VISIBLE or not _may(platform, activity.member):
        return
    flagged = {r.target.id for r in platform.records(Kind.REPORT) if isinstance(r, Report) and r.closed_at is None}
    if post.author != activity.member and post.id not in flagged:
        platform.put(activity)
        platform.put(replace(post, reactions=post.reactions + 1))


def _open(thread: Thread, post: Post, platform: Platform) -> None:
    if _may(platform, thread.author):
        platform.put(thread)
        platform.put(post)


def _say(post: Post, platform: Platform) -> None:
    """A post, unless its thread is closed or gone, or its author was sent away meanwhile."""
    thread = platform.get(Ref(Kind.THREAD, post.thread))
    if isinstance(thread, Thread) and not thread.closed and _may(platform, post.author):
        platform.put(post)


def _join(member: Member, post: Post, platform: Platform) -> None:
    platform.put(member)
    _say(post, platform)


def _advertise(culprit: Member, post: Post, flag: Report, platform: Platform) -> None:
    platform.put(culprit)
    _say(post, platform)
    if platform.get(flag.target) is not None:
        platform.at(flag.created_at, partial(_flag, flag))


def _flag(flag: Report, platform: Platform) -> None:
    """The flag, unless the team was faster."""
    post = platform.get(flag.target)
    if isinstance(post, Post) and post.state is PostState.VISIBLE and _may(platform, flag.reporter):
        platform.put(flag)


def _may(platform: Platform, member: str | None) -> bool:
    return member not in platform.banned and member not in platform.silenced
