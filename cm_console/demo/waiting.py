"""The 40 threads that need a reply when the demo opens: unheard questions, authors who came back, direct messages."""

from __future__ import annotations

from cm_console.demo.people import Account
from cm_console.demo.rhythm import spread
from cm_console.demo.talk import Questions, ask, direct
from cm_console.demo.world import World
from cm_console.model.time import HOUR, MINUTE, Instant

UNHEARD = (0.2, 0.6, 1.2, 2.1, 3.3, 4.6, 6.2, 8.1, 10.4, 13, 16.5, 19.8, 22.6, 27, 33, 41, 56, 78, 131)
"""Hours since the question was asked."""
CAME_BACK = (0.4, 1.0, 2.4, 5.2, 9.1, 14.2, 18, 22.1, 30, 47, 66, 98)
"""Hours since the author wrote again."""
DIRECT = (0.5, 1.6, 3.1, 7.2, 11.6, 19.2, 26, 44, 71)
"""Hours since the message came."""


def still_waiting(world: World, questions: Questions) -> None:
    """Write them all; whatever else is written later waits for nobody."""
    asked: set[str] = set()
    for n, hours in enumerate(UNHEARD):
        source = "chat" if n % 3 == 1 else "forum"
        at = _ago(world, hours)
        draft = ask(world, source, at, questions.next(source, at), _somebody_else(world, source, at, asked))
        draft.keep = True
        if hours > 24 and n % 2 and draft.source == "forum":
            world.say(draft, draft.author, _ago(world, hours * 0.4), world.deal("nudge"))
    for n, hours in enumerate(CAME_BACK):
        _came_back(world, questions, "chat" if n % 4 == 3 else "forum", hours, asked)
    for n, (scene, hours) in enumerate(zip(world.corpus.direct, DIRECT, strict=False)):
        source, at = "chat" if n % 3 == 1 else "forum", _ago(world, hours)
        direct(world, scene, source, at, _somebody_else(world, source, at, asked))


def _came_back(world: World, questions: Questions, source: str, hours: float, asked: set[str]) -> None:
    """A question, the team's answer, and the author who needs more."""
    back = _ago(world, hours)
    entry = questions.following(source, back)
    answered = Instant(back - int(world.rng.uniform(0.4, 9) * HOUR))
    at = Instant(answered - int(world.rng.uniform(0.3, 20) * HOUR))
    draft = ask(world, source, at, entry, _somebody_else(world, source, at, asked))
    draft.keep = True
    *others, answer = entry[1].before_follow
    for text, at in zip(others, spread(world.rng, draft.at, answered, len(others), 1.0), strict=True):
        world.say(draft, world.people.pick(source, at, draft.author.id), at, text)
    staff = world.people.staff(source)
    world.say(draft, staff, answered, answer)
    said = world.say(draft, draft.author, back, entry[1].texts("f")[0])
    if staff.handle == "robin" and world.rng.random() < 0.6:
        said.text, said.mentions_us = f"@robin {said.text}", True


def _somebody_else(world: World, source: str, at: Instant, asked: set[str]) -> Account:
    """Who asks, each time another member."""
    accounts = (world.people.asker(source, at) for _ in range(20))
    author = next((a for a in accounts if f"{source} {a.id}" not in asked), None) or world.people.anyone(source, at)
    asked.add(f"{source} {author.id}")
    return author


def _ago(world: World, hours: float) -> Instant:
    return Instant(world.now - int(hours * world.rng.uniform(0.9, 1.1) * HOUR) - MINUTE)
