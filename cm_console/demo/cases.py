"""What was reported: 12 open cases of different kinds, and the closed ones that tell who reports fairly."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.demo.corpus import Scene
from cm_console.demo.people import Account
from cm_console.demo.world import Draft, Said, World
from cm_console.model.records import Kind, PostState, Ref, Report
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant

CLOSED = 40
_DISAGREED = 12


@dataclass(frozen=True, slots=True)
class _Plan:
    """One open case: where, how long ago the bad post was written, and who wrote it.

    `accused` is a handle with a name and the hours since joining, or None for somebody who is here anyway;
    `bad` is the mark of the reported part.
    """

    key: str
    source: str
    place: str
    hours: float
    bad: str
    accused: tuple[str, str, float] | None = None


_OPEN = (
    _Plan("spam-links", "forum", "Show & tell", 1.1, "q", ("garden_boost_24", "", 2)),
    _Plan("rude", "chat", "#help", 3.2, "a", ("hardtruth", "Kurt Brandner", 5200)),
    _Plan("personal-info", "forum", "Lounge", 0.6, "a", ("fairplay77", "", 900)),
    _Plan("off-topic", "forum", "Lounge", 9, "q", ("gegenwind", "Rolf Adamek", 3100)),
    _Plan("held-link", "blog", "Blog", 4.5, "q", ("rotation_rita", "Rita Salvesen", 4.6)),
    _Plan("several-reports", "forum", "Hardware", 13, "a", ("cloneking", "", 260)),
    _Plan("member", "forum", "Lounge", 20, "", ("lonesome_larch", "Gil Pardew", 1500)),
    _Plan("whole-thread", "forum", "Garden", 26, "q"),
    _Plan("self-promotion", "chat", "#show-and-tell", 16, "q", ("sensorguru", "Dominik Faust", 2400)),
    _Plan("impersonation", "forum", "Announcements", 2.1, "q", ("rоbin", "Robin Ahlgren", 3)),
    _Plan("wrong-report", "forum", "Sensors", 31, "a", ("plainspoken", "Greta Sund", 9000)),
    _Plan("heated", "chat", "#general", 6.3, "a", ("motzki", "Jens Hauke", 4100)),
)
"""`rоbin` has a Cyrillic о: that is the point of the case."""


class Reporters:
    """Who raises flags: some are nearly always right, some hardly ever."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._good: dict[str, list[Account]] = {}
        self._poor: dict[str, Account] = {}
        for source, members in world.people.members.items():
            old = sorted((a for a in members if a.weight and a.joined < world.now - 200 * DAY), key=lambda a: -a.weight)
            self._good[source], self._poor[source] = old[2:8], old[8]

    def fair(self, source: str, avoid: str) -> list[Account]:
        """Members whose reports are mostly right, in random order."""
        found = [account for account in self._good[source] if account.id != avoid]
        return self._world.rng.sample(found, len(found))

    def unfair(self, source: str) -> Account:
        """The member whose reports are mostly wrong."""
        return self._poor[source]


def report(
    world: World,
    source: str,
    target: Ref,
    reporter: Account | None,
    kind: str,
    reason: str,
    at: Instant,
    closed: Instant | None = None,
    agreed: bool | None = None,
) -> None:
    """Raise a flag."""
    id = f"f{len(world.reports) + 501}"
    reporter_id = reporter.id if reporter else None
    world.reports.append((source, Report(id, target, reporter_id, kind, at, Untrusted(reason), closed, agreed)))


def open_cases(world: World, reporters: Reporters) -> None:
    """Write the threads of the 12 cases and their reports; nobody waits in these threads."""
    for plan in _OPEN:
        scene = world.corpus.scene(plan.key)
        at = Instant(world.now - int(plan.hours * HOUR))
        accused = _accused(world, plan, at)
        target = _write(world, plan, scene, accused, at)
        avoid = accused.id
        raised = at + 5 * MINUTE
        fair = reporters.fair(plan.source, avoid)
        for part in (part for part in scene.parts if part.mark == "r"):
            raised = min(raised + int(world.rng.uniform(2, 25) * MINUTE), world.now - MINUTE)
            who = None if part.head == "held" else fair.pop()
            if plan.key == "wrong-report":
                who = reporters.unfair(plan.source)
            report(world, plan.source, target, who, part.head, part.text, Instant(raised))


def _accused(world: World, plan: _Plan, at: Instant) -> Account:
    if plan.accused is None:
        return world.people.pick(plan.source, at)
    handle, name, hours = plan.accused
    return world.people.stranger(plan.source, handle, name, Instant(world.now - int(hours * HOUR)))


def _write(world: World, plan: _Plan, scene: Scene, accused: Account, at: Instant) -> Ref:
    """The thread a case is about; returns what was reported."""
    if plan.key == "held-link":
        article = max((d for d in world.threads if d.source == "blog"), key=lambda draft: draft.at)
        said = world.say(article, accused, at, scene.parts[0].text)
        said.state = PostState.HELD
        return Ref(Kind.POST, said.id)
    if plan.key == "member":
        for draft in [d for d in world.threads if d.place == "Show & tell" and not d.keep and not d.waits][:3]:
            when = Instant(max(draft.posts[0].at + HOUR, accused.joined + HOUR))
            world.say(draft, accused, when, world.deal("compliment"))
        return Ref(Kind.MEMBER, accused.id)
    draft, bad = _thread(world, plan, scene, accused, at)
    return Ref(Kind.THREAD, draft.id) if plan.key == "whole-thread" else Ref(Kind.POST, bad.id)


def _thread(world: World, plan: _Plan, scene: Scene, accused: Account, at: Instant) -> tuple[Draft, Said]:
    """The posts of a case in their order, the bad one at its time."""
    parts = [part for part in scene.parts if part.mark in "qab"]
    bad_at = next(n for n, part in enumerate(parts) if part.mark == plan.bad)
    start = Instant(at - bad_at * int(world.rng.uniform(12, 55) * MINUTE))
    author = accused if plan.bad == "q" else world.people.pick(plan.source, start)
    draft = world.open(author, start, plan.place, parts[0].head if plan.source != "chat" else "", parts[0].text)
    draft.keep = True
    bad = draft.posts[0]
    for n, part in enumerate(parts[1:], 1):
        when = Instant(at - (bad_at - n) * 8 * MINUTE) if n <= bad_at else Instant(at + (n - bad_at) * 3 * MINUTE)
        who = accused if part.mark == plan.bad else world.people.pick(plan.source, when, author.id)
        said = world.say(draft, who, when, part.text)
        bad = said if part.mark == plan.bad else bad
    if len(draft.posts) == 1:
        when = Instant(at + 6 * MINUTE)
        world.say(draft, world.people.pick(plan.source, when, author.id), when, "Reported, please don't click on that.")
    return draft, bad


def closed_cases(world: World, reporters: Reporters) -> None:
    """Forty decided ones: 28 where the report was right, 12 where the post was kept."""
    rng = world.rng
    threads = [d for d in world.threads if not d.keep and not d.waits and d.posts[-1].at < world.now - 2 * DAY]
    culprits = {
        source: [world.people.pick(source, Instant(world.now - 90 * DAY)) for _ in range(9)]
        for source in ("forum", "chat")
    }
    for n, draft in enumerate(rng.sample([d for d in threads if d.source != "blog"], CLOSED)):
        right = n >= _DISAGREED
        source, at = draft.source, Instant(draft.posts[-1].at + int(rng.uniform(0.2, 12) * HOUR))
        text = world.deal("removed" if right else "fine")
        old = [a for a in culprits[source] if a.joined < at and a.id != draft.author.id]
        author = rng.choice(old) if right and old else world.people.pick(source, at, draft.author.id)
        said = world.say(draft, author, at, text)
        if right:
            said.state = rng.choice((PostState.HIDDEN, PostState.DELETED))
        _decided(world, reporters, draft, said, right)


def _decided(world: World, reporters: Reporters, draft: Draft, said: Said, right: bool) -> None:
    """One to three reports on a post, all closed at the same time."""
    rng = world.rng
    fair = reporters.fair(draft.source, said.author.id)
    who = fair[: rng.choice((1, 1, 2, 3) if right else (1, 1, 1, 2))]
    unfair = reporters.unfair(draft.source)
    if unfair.id != said.author.id and rng.random() < (0.07 if right else 0.85):
        who[0] = unfair
    kind = kind_of(said.text) if right else rng.choice(("offensive", "off_topic", "spam"))
    raised = [Instant(said.at + int(rng.uniform(3, 240) * MINUTE)) for _ in who]
    closed = Instant(min(max(raised) + int(rng.lognormvariate(0.6, 1.1) * HOUR), world.now - HOUR))
    for reporter, at in zip(who, raised, strict=True):
        at = Instant(min(at, closed))
        report(world, draft.source, Ref(Kind.POST, said.id), reporter, kind, "", at, closed, right)


def kind_of(text: str) -> str:
    """What a fair reporter calls it."""
    if "http" in text or "private" in text or "channel" in text or "!!!" in text:
        return "spam"
    return "off_topic" if "phone" in text else "offensive"
