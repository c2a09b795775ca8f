"""The rules of clocks: within what time a thread under a policy is to be answered and solved, and what came of it.

They are those of Chatwoot's SLA, said of threads: a first reply that comes too late stays a miss; a next reply is owed
only after a first one, from the member's word on; private notes stop nothing; a reopened thread gets a new clock and
the old one keeps its result. What was resolved before its time without a reply is no hit and no miss. Everything here
is a pure function: the same facts give the same clocks, in whatever order they were learned; only how often a thread
was resolved is read from the clocks it had (`Facts.held`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cm_console.model.business_hours import due as due_after
from cm_console.model.clocks import Clock, ClockKind, Facts, Policy, Result, Said, Who
from cm_console.model.time import Instant


class _Wait(NamedTuple):
    """Somebody waiting: since when, for a first reply or a next one, and whether only the team can answer."""

    since: int
    first: bool
    team_only: bool


def clocks(policy: Policy | None, facts: Facts) -> list[Clock]:
    """All clocks of a thread, those that ended too; None: no policy covers it any more, what runs is dropped."""
    ended = {(clock.kind, clock.started): clock for clock in facts.held if clock.ended is not None}
    if policy is None:
        return sorted(ended.values(), key=lambda clock: (clock.started, clock.kind))
    episodes = _episodes(facts)
    found = [_clock(policy, kind, since, end) for kind, since, end in _waits(policy, facts, episodes)]
    found += [_resolution(policy, since, end) for since, end in episodes]
    kept = [_with_old_due(clock, ended.get((clock.kind, clock.started))) for clock in found]
    shown = (clock for clock in kept if clock.due is not None or clock.kind is ClockKind.RESOLUTION)
    return sorted(shown, key=lambda clock: (clock.started, clock.kind))


def _episodes(facts: Facts) -> list[tuple[int, int | None]]:
    """From when to when the thread was unresolved; the first was before the first time it was resolved."""
    held = [clock for clock in facts.held if clock.kind is ClockKind.RESOLUTION]
    asks = [said.at for said in facts.said if said.who in (Who.ASKS, Who.CALLS)]
    began = facts.began if facts.began is not None else min(asks, default=None)
    if began is None:
        return []
    found: list[tuple[int, int | None]] = [(began, None)]
    if held:
        found = [(began, held[0].ended), *((clock.started, clock.ended) for clock in held[1:])]
    since, ended = found[-1]
    if facts.resolved_at is not None:
        while len(found) > 1 and found[-1][0] > facts.resolved_at:
            found.pop()
        since, ended = found[-1]
        found[-1] = since, facts.resolved_at if ended is None else min(ended, facts.resolved_at)
    elif ended is not None:
        again = min((at for at in asks if at > ended), default=None)
        if again is None and facts.status_at > ended:
            again = facts.status_at
        if again is None:
            found[-1] = since, None
        else:
            found.append((again, None))
    return found


class _End(NamedTuple):
    """How a wait ended: with a reply, or the thread was resolved; both where the reply came after that."""

    replied: int | None
    resolved: int | None


def _waits(
    policy: Policy, facts: Facts, episodes: Sequence[tuple[int, int | None]]
) -> Iterator[tuple[ClockKind, int, _End]]:
    """Who waited since when for a first or a next reply, and how that ended."""
    resolved = sorted(end for _, end in episodes if end is not None)
    opening = [] if facts.began is None else [Said(facts.began, Who.ASKS)]
    wait, answered, team = None, False, False
    for said in _in_order([*opening, *facts.said]):
        gone = next((at for at in resolved if wait is not None and wait.since <= at < said.at), None)
        if said.who in (Who.ASKS, Who.CALLS):
            if wait is not None and gone is not None:
                yield _kind(wait), wait.since, _End(None, gone)
                wait = None
            if wait is None and (not answered or team or said.who is Who.CALLS):
                wait = _Wait(said.at, not answered, policy.by_team or said.who is Who.CALLS)
            continue
        if wait is not None and (said.who is Who.TEAM or not wait.team_only):
            yield _kind(wait), wait.since, _End(said.at, gone)
            wait = None
        team = team or said.who is Who.TEAM
        answered = answered or team or not policy.by_team
    if wait is not None:
        gone = next((at for at in resolved if at >= wait.since), None)
        yield _kind(wait), wait.since, _End(None, gone)


def _in_order(said: Sequence[Said]) -> list[Said]:
    """By time; of the same moment, whoever waits comes before the answer."""
    return sorted(said, key=lambda one: (one.at, tuple(Who).index(one.who)))


def _kind(wait: _Wait) -> ClockKind:
    return ClockKind.FIRST if wait.first else ClockKind.NEXT


def _clock(policy: Policy, kind: ClockKind, since: int, end: _End) -> Clock:
    clock = _started(policy, kind, since)
    if clock.due is None or end == (None, None):
        return clock
    if end.replied is not None and end.replied <= clock.due:
        return replace(clock, ended=Instant(end.replied), result=Result.HIT)
    if end.resolved is not None and end.resolved <= clock.due:
        return replace(clock, ended=Instant(end.resolved), result=Result.VOID)
    at = end.resolved if end.replied is None else end.replied
    assert at is not None
    return replace(clock, ended=Instant(at), result=Result.MISS)


def _resolution(policy: Policy, since: int, end: int | None) -> Clock:
    clock = _started(policy, ClockKind.RESOLUTION, since)
    if end is None:
        return clock
    result = Result.VOID if clock.due is None else Result.HIT if end <= clock.due else Result.MISS
    return replace(clock, ended=Instant(end), result=result)


def _started(policy: Policy, kind: ClockKind, since: int) -> Clock:
    time = policy.time(kind)
    if time is None:
        return Clock(kind, policy.name, Instant(since), None, None)
    risk, due = (due_after(since, part, policy.hours if policy.in_hours else None) for part in (time - time // 4, time))
    return Clock(kind, policy.name, Instant(since), risk, due)


def _with_old_due(clock: Clock, old: Clock | None) -> Clock:
    """A clock that had ended keeps the time it was promised, whatever the policy promises now."""
    if old is None or clock.ended is None or old.due is None:
        return clock
    kept = replace(clock, policy=old.policy, risk_at=old.risk_at, due=old.due)
    if clock.ended == old.ended:
        return replace(kept, result=old.result)
    return replace(kept, result=Result.HIT if clock.ended <= old.due else Result.MISS)
