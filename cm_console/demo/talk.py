"""Conversations made of scenes: a question, answers that fit it, the author's thanks; each ends as its maker wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from cm_console.demo.corpus import Group, Part, Scene
from cm_console.demo.people import Account
from cm_console.demo.world import Draft, World
from cm_console.model.records import Thread, ThreadKind
from cm_console.model.time import DAY, HOUR, MINUTE, Instant

PACE = {"forum": 2.6 * HOUR, "chat": 14 * MINUTE, "blog": 7 * HOUR}
"""Median milliseconds until somebody answers."""

_NO_TIME = Instant(0)
_FORUM_PROBLEMS = ("Sensors", "Hardware", "Gateway & radio", "Firmware", "Canopy", "Integrations")
_PROBLEMS = (*_FORUM_PROBLEMS, "#help", "#firmware", "#integrations", "#build")

Question: TypeAlias = tuple[Group, Scene, Part]
"""One wording of a scene's problem, with its group."""


class Questions:
    """Deals questions: every wording once before any comes again, those of the forum apart from those of the chat."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._all: dict[str, list[Question]] = {"forum": [], "chat": []}
        for group in world.corpus.groups:
            for scene in group.scenes:
                for part in scene.parts:
                    if part.mark in "qc":
                        self._all["forum" if part.mark == "q" else "chat"].append((group, scene, part))
        self._decks: dict[str, list[Question]] = {"forum": [], "chat": []}
        self._taken: dict[int, int] = {}
        self._asked: dict[int, list[Instant]] = {}

    def next(self, source: str, at: Instant) -> Question:
        """A question for a source that nobody asked in the weeks around `at`."""
        return self._draw(source, lambda entry: self._fresh(entry, at), at)

    def following(self, source: str, at: Instant) -> Question:
        """A question whose author has more to ask after an answer."""
        return self._draw(source, lambda entry: bool(entry[1].before_follow) and self._fresh(entry, at), at)

    def heard(self, threads: Iterable[Thread]) -> None:
        """These were opened with questions of ours, in an earlier life of the demo."""
        entries = [entry for entries in self._all.values() for entry in entries]
        heads = [(re.sub(r"\\{\w+\\}", ".+", re.escape(part.head or part.text[:40])), part) for _, _, part in entries]
        for thread in threads:
            for part in (part for head, part in heads if re.match(head, thread.title)):
                self._asked.setdefault(id(part), []).append(thread.created_at)

    def _draw(self, source: str, fits: Callable[[Question], bool], at: Instant) -> Question:
        deck = self._decks[source]
        if not any(map(fits, deck)):
            deck[:0] = self._world.rng.sample(self._all[source], len(self._all[source]))
        place = next((n for n in reversed(range(len(deck))) if fits(deck[n])), -1)
        found = deck.pop(place)
        self._asked.setdefault(id(found[2]), []).append(at)
        return found

    def _fresh(self, entry: Question, at: Instant) -> bool:
        return all(abs(at - other) > 30 * DAY for other in self._asked.get(id(entry[2]), ()))

    def answers(self, scene: Scene, most: int) -> list[str]:
        """Up to so many answers, going on where the last conversation of this scene stopped."""
        texts = scene.texts("a")
        start = self._taken.get(id(scene), 0)
        chosen = [texts[(start + n) % len(texts)] for n in range(min(most, len(texts)))]
        self._taken[id(scene)] = start + len(chosen)
        return chosen


def ask(world: World, source: str, at: Instant, entry: Question, author: Account | None = None) -> Draft:
    """Open a thread with a question."""
    group, scene, part = entry
    place = group.place if source == "forum" else group.channel
    draft = world.open(author or world.people.asker(source, at), at, place, part.head, part.text)
    draft.keep = bool(scene.key)
    draft.charm = 4.0 if group.place == "Show & tell" else 1.0
    return draft


def converse(world: World, questions: Questions, source: str, at: Instant, entry: Question) -> Draft:
    """A question that was answered, and often thanked for; nobody waits in it any more."""
    rng, (group, scene, _) = world.rng, entry
    draft = ask(world, source, at, entry)
    if group.remarks and not scene.key and rng.random() < (0.4 if source == "forum" else 0.12):
        at = world.answered(draft, at, PACE[source] / 2)
        world.say(draft, world.people.pick(source, at, draft.author.id), at, rng.choice(group.remarks))
    best = ""
    for text in questions.answers(scene, rng.choice((1, 2, 2, 3))):
        at = world.answered(draft, at, PACE[source])
        said = world.say(draft, _answerer(world, draft, at), at, _addressed(world, draft, text))
        best = best or said.id
    thanks = scene.texts("t")
    if rng.random() < 0.72:
        at = world.answered(draft, at, PACE[source] * 1.5)
        text = thanks[0] if thanks and (scene.key or rng.random() < 0.8) else world.deal("followup")
        world.say(draft, draft.author, at, text)
        if rng.random() < 0.6:
            draft.solved_at, draft.solved_by = at, best
    return settled(world, draft, best)


def settled(world: World, draft: Draft, best: str) -> Draft:
    """Make sure that nobody waits in a thread: it is solved by its best answer if they would."""
    if draft.waits:
        last = max(said.at for said in draft.posts)
        draft.solved_at, draft.solved_by = last, best
    return draft


def unheard(world: World, questions: Questions, at: Instant) -> Draft:
    """A question nobody ever answered; the forum closed it after some weeks."""
    draft = ask(world, "forum", at, questions.next("forum", at))
    if world.rng.random() < 0.4 and not draft.keep:
        world.say(draft, draft.author, Instant(at + int(world.rng.uniform(1.5, 6) * DAY)), world.deal("nudge"))
    at = Instant(draft.posts[-1].at + 30 * DAY)
    if at < world.now:
        world.say(draft, world.people.bots["forum"], at, "Closed automatically after 30 days without an answer. 🌱")
    draft.closed = draft.keep = True
    return draft


def direct(
    world: World, scene: Scene, source: str, at: Instant, author: Account, answer_at: Instant = _NO_TIME
) -> Draft:
    """A message to the team; answered at a time, or still waiting."""
    part = scene.parts[0]
    draft = world.open(author, at, "Direct messages", part.head, part.text, ThreadKind.DIRECT)
    draft.keep, draft.charm = True, 0.0
    if answer_at:
        world.say(draft, world.people.staff(source), answer_at, scene.texts("a")[0])
    return draft


def gather(world: World, draft: Draft, texts: list[str], times: list[Instant], *, author: float = 0.0) -> None:
    """Let members add remarks to a thread; with some chance it is the thread's own author."""
    for text, at in zip(texts, times, strict=True):
        again = world.rng.random() < author
        heard = {said.author.id for said in draft.posts}
        who = draft.author if again else world.people.unheard(draft.source, at, heard)
        world.say(draft, who, at, text)


def remark_for(world: World, draft: Draft) -> str:
    """The pool of remarks that are never out of place in a thread, empty where any would be or somebody waits."""
    if draft.keep or draft.closed or draft.waits or draft.author.staff or draft.author.bot:
        return ""
    if draft.place not in _PROBLEMS:
        return ""
    return "nod" if draft.source == "chat" else "bystander"


def _answerer(world: World, draft: Draft, at: Instant) -> Account:
    if world.rng.random() < (0.3 if draft.source == "forum" else 0.15):
        return world.people.staff(draft.source)
    return world.people.pick(draft.source, at, draft.author.id)


def _addressed(world: World, draft: Draft, text: str) -> str:
    """Now and then people say whom they mean, or wish luck."""
    chance = world.rng.random()
    if chance < 0.16:
        return f"@{draft.author.handle} {text}"
    if chance < 0.22:
        return f"{text}\n\nGood luck!" if draft.source == "forum" and not draft.keep else text
    if chance < 0.27 and not draft.keep:
        return f"Hi {str(draft.author.member.name).split()[0]}! {text}" if draft.author.member.name else f"Hi! {text}"
    return text
