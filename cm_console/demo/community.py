"""Builds the demo: writes the history, pours it into platforms in RAM, and sets them going."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.demo import rules
from cm_console.demo.cases import Reporters, closed_cases, open_cases
from cm_console.demo.echo import Echo
from cm_console.demo.history import fill_posts, fill_threads, finish, write_history
from cm_console.demo.jubilees import jubilees
from cm_console.demo.life import Life
from cm_console.demo.people import BOT, ME, SITES, TEAM
from cm_console.demo.plans import entries, planned_there
from cm_console.demo.replies import TEXT
from cm_console.demo.returning import come_back
from cm_console.demo.rhythm import ZONE
from cm_console.demo.shape import Demo, Known, SourceSpec
from cm_console.demo.talk import Questions
from cm_console.demo.twins import ask_twice
from cm_console.demo.world import World
from cm_console.model.records import Post, Record, Scheduled
from cm_console.model.time import Clock, Instant
from cm_console.sources.memory import PLATFORMS, Platform

LOCAL = "demo-{}"
"""How the platforms are called in PLATFORMS."""


def build(seed: int, now: Instant, clock: Clock) -> Demo:
    """Make the community as it is at `now`, register its platforms in PLATFORMS and let its life begin.

    The same seed and instant give the same records; `clock` is what the platforms look at from then on. A second demo
    in the same process takes over the names in PLATFORMS.
    """
    world, questions = _write(seed, now)
    platforms = {source: _pour(world, source, clock) for source in SITES}
    life = Life(world, questions, platforms, seed)
    Echo(world, platforms, life, seed)
    life.begin(now)
    return _demo(world, platforms)


def build_again(seed: int, made_at: Instant, now: Instant, clock: Clock, known: Mapping[str, Known]) -> Demo:
    """The community made with `seed` at `made_at` as it was left: its platforms hold what is known of them by source.

    What members would have done between then and now did not happen; from now on they go on.
    """
    world, questions = _write(seed, made_at)
    platforms = {source: _restore(world, source, clock, known[source]) for source in SITES}
    life = Life(world, questions, platforms, seed)
    Echo(world, platforms, life, seed)
    life.go_on(now)
    return _demo(world, platforms)


def _write(seed: int, now: Instant) -> tuple[World, Questions]:
    world = World(seed, now)
    questions = write_history(world)
    reporters = Reporters(world)
    open_cases(world, reporters)
    fill_threads(world, questions)
    closed_cases(world, reporters)
    fill_posts(world)
    ask_twice(world)
    come_back(world)
    finish(world)
    return world, questions


def _demo(world: World, platforms: dict[str, Platform]) -> Demo:
    return Demo(
        rules.COMMUNITY,
        ZONE.key,
        ME,
        tuple(TEAM),
        (BOT,),
        tuple(SourceSpec(source, "memory", {"platform": LOCAL.format(source)}) for source in SITES),
        rules.GUIDELINES,
        entries(world),
        rules.goals(world.rhythm),
        rules.PURPOSE,
        rules.AUDIENCE,
        platforms,
    )


def _restore(world: World, source: str, clock: Clock, known: Known) -> Platform:
    """A new platform that holds what an earlier one held, and whom the team sent away from it."""
    platform = Platform(LOCAL.format(source), me=ME, clock=clock)
    platform.text = TEXT[source]
    places = {entry.id: place for _, entry, place in planned_there(world)}
    for record in known.records:
        if isinstance(record, Scheduled):
            platform.plan(record, places.get(record.id, ""))
        else:
            platform.restore(record)
    platform.silenced.update(known.silenced)
    platform.banned.update(known.banned)
    PLATFORMS[platform.name] = platform
    return platform


def _pour(world: World, source: str, clock: Clock) -> Platform:
    """Put all records of one source into a new platform, in the order in which they came about."""
    platform = Platform(LOCAL.format(source), me=ME, clock=clock)
    platform.text = TEXT[source]
    moved = jubilees(world) if source == "forum" else {}
    for account in world.people.everyone(source):
        platform.put(moved.get(account.id, account.member))
    timed: list[tuple[int, Record]] = []
    for draft in world.threads:
        if draft.source == source:
            timed.append((draft.at, draft.record()))
            timed += [(said.at, draft.post_record(said)) for said in draft.posts]
    timed += [(report.created_at, report) for where, report in world.reports if where == source]
    timed += [(act.at, act) for where, act in world.activity if where == source]
    timed.sort(key=lambda pair: (pair[0], isinstance(pair[1], Post)))
    for _, record in timed:
        platform.put(record)
    for where, entry, place in planned_there(world):
        if where == source:
            platform.plan(entry, place)
    PLATFORMS[platform.name] = platform
    return platform
