"""Clocks: each rule of features.md A1 with its case, as a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.business_hours import WEEK, BusinessHours
from cm_console.model.clock_rules import clocks
from cm_console.model.clock_words import clock_words, exactly
from cm_console.model.clocks import Clock, ClockKind, Facts, Policy, Result, Said, Who
from cm_console.model.inbox import Priority
from cm_console.model.time import DAY, HOUR, MINUTE, SECOND, Instant, parse_iso

BEGAN = parse_iso("2026-11-23T09:00:00Z")
POLICY = Policy("Support", first=4 * HOUR, next=2 * HOUR, resolution=48 * HOUR)
BY_TEAM = replace(POLICY, by_team=True)
WHO = {"ann": Who.ASKS, "team": Who.TEAM, "bob": Who.OTHER, "bob!": Who.CALLS}
FIRST, NEXT, RESOLUTION = ClockKind


@dataclass(frozen=True)
class Case:
    """Who wrote when ("who@hours"), when it was resolved, and what of the reply clocks: kind, began, due, result."""

    said: str
    expected: str
    resolved: float | None = None
    policy: Policy = POLICY
    began: bool = True


CASES = {
    "answered in time": Case("team@3", "first@0 hit"),
    "answered to the moment": Case("team@4", "first@0 hit"),
    "a late first reply stays a miss": Case("team@5", "first@0 miss"),
    "nobody answered": Case("", "first@0 "),
    "a second word of the member does not move it": Case("ann@1 team@5", "first@0 miss"),
    "another member's answer counts": Case("bob@3", "first@0 hit"),
    "or only the team's, if the policy says so": Case("bob@3 team@5", "first@0 miss", policy=BY_TEAM),
    "only after a first reply there is a next one": Case("ann@1 ann@2", "first@0 "),
    "the member waits again": Case("team@1 ann@5", "first@0 hit, next@5 "),
    "answered again in time": Case("team@1 ann@5 team@6", "first@0 hit, next@5 hit"),
    "answered again too late": Case("team@1 ann@5 team@8", "first@0 hit, next@5 miss"),
    "from the first word on": Case("team@1 ann@5 ann@6.5 team@7.5", "first@0 hit, next@5 miss"),
    "once for each time they wait": Case("team@1 ann@2 team@3 ann@4", "first@0 hit, next@2 hit, next@4 "),
    "another member answers the follow-up": Case("team@1 ann@5 bob@6", "first@0 hit, next@5 hit"),
    "only members have answered: they are in good hands": Case("bob@1 ann@2", "first@0 hit"),
    "solved before a reply was due: neither": Case("", "first@0 void", resolved=2),
    "solved after it was due: missed": Case("", "first@0 miss", resolved=5),
    "done as the reply leaves, the reply seen later": Case("team@3", "first@0 hit", resolved=2.9),
    "done without a word, a late answer": Case("team@9", "first@0 void", resolved=2),
    "resolved while they waited again": Case("team@1 ann@5", "first@0 hit, next@5 void", resolved=6),
    "the team's own thread, somebody calls": Case("bob!@3", "first@3 ", began=False),
    "only the team can answer a call": Case("bob!@3 bob@4 team@8", "first@3 miss", began=False),
    "the team's own thread": Case("team@0 bob@1", "", began=False),
    "the team wrote first, then somebody calls": Case("team@0 bob!@3", "next@3 ", began=False),
}


def said(words: str) -> list[Said]:
    found = []
    for word in words.split():
        who, _, hours = word.partition("@")
        found.append(Said(BEGAN + int(float(hours) * HOUR), WHO[who]))
    return found


def facts(case: Case, held: Sequence[Clock] = ()) -> Facts:
    resolved = None if case.resolved is None else BEGAN + int(case.resolved * HOUR)
    return Facts(BEGAN if case.began else None, said(case.said), resolved, 0, held)


def short(found: Sequence[Clock]) -> str:
    kinds = {FIRST: "first", NEXT: "next", RESOLUTION: "resolution"}
    return ", ".join(f"{kinds[c.kind]}@{(c.started - BEGAN) / HOUR:g} {c.result}" for c in found)


@pytest.mark.parametrize("name", CASES)
def test_replies(name: str) -> None:
    case = CASES[name]
    found = [clock for clock in clocks(case.policy, facts(case)) if clock.kind is not RESOLUTION]
    assert short(found) == case.expected
    promised = {FIRST: 4 * HOUR, NEXT: 2 * HOUR}
    assert [clock.due for clock in found] == [clock.started + promised[clock.kind] for clock in found]


def solve(held: Sequence[Clock], words: str, resolved: float | None, status_at: float = 0) -> list[Clock]:
    at = None if resolved is None else BEGAN + int(resolved * HOUR)
    return clocks(POLICY, Facts(BEGAN, said(words), at, BEGAN + int(status_at * HOUR), held))


def resolutions(found: Sequence[Clock]) -> str:
    return short([clock for clock in found if clock.kind is RESOLUTION])


def test_a_thread_is_resolved_in_time_or_too_late() -> None:
    assert resolutions(solve([], "", None)) == "resolution@0 "
    assert resolutions(solve([], "", 48)) == "resolution@0 hit"
    assert resolutions(solve([], "", 49)) == "resolution@0 miss"


def test_a_reopened_thread_gets_a_new_clock_and_the_old_one_keeps_its_result() -> None:
    done = solve([], "team@1", 2, 2)
    again = solve(done, "team@1 ann@60", None, 2)
    assert resolutions(again) == "resolution@0 hit, resolution@60 "
    assert short(again).endswith("next@60 , resolution@60 ")
    late = solve(again, "team@1 ann@60", 110, 110)
    assert resolutions(late) == "resolution@0 hit, resolution@60 miss"
    by_hand = solve(late, "team@1 ann@60", None, 120)
    assert resolutions(by_hand) == "resolution@0 hit, resolution@60 miss, resolution@120 "


def test_undoing_what_resolved_it_takes_the_end_away() -> None:
    done = solve([], "team@1", 2, 2)
    assert resolutions(solve(done, "team@1", None, 0)) == "resolution@0 "
    again = solve(solve(done, "team@1", None, 9), "team@1", 2, 2)
    assert resolutions(again) == "resolution@0 hit", "the new clock goes with the undone reopening"


def test_without_a_reply_the_first_is_owed_anew_after_reopening() -> None:
    """Not five days late but ten minutes old: Chatwoot PR 12058."""
    done = solve([], "", 2, 2)
    again = solve(done, "ann@120", None, 2)
    assert short([c for c in again if c.kind is FIRST]) == "first@0 void, first@120 "


def test_what_ended_keeps_the_time_it_was_promised() -> None:
    held = clocks(POLICY, facts(Case("team@3 ann@9", "")))
    stricter = replace(POLICY, name="Strict", first=HOUR, next=HOUR)
    first, _, following = clocks(stricter, replace(facts(Case("team@3 ann@9", "")), held=held))
    assert (first.result, first.due, first.policy) == (Result.HIT, BEGAN + 4 * HOUR, "Support")
    assert (following.due, following.policy) == (BEGAN + 10 * HOUR, "Strict")


def test_without_a_policy_what_runs_is_dropped_and_what_ended_stays() -> None:
    held = clocks(POLICY, facts(Case("team@3 ann@9", "")))
    assert short(clocks(None, replace(facts(Case("team@3 ann@9", "")), held=held))) == "first@0 hit"


def test_promises_in_business_hours() -> None:
    hours = BusinessHours(ZoneInfo("UTC"), WEEK)
    policy = replace(POLICY, in_hours=True, hours=hours)
    (first, _) = clocks(policy, Facts(parse_iso("2026-11-27T16:00:00Z"), [], None, 0))
    assert first.due == parse_iso("2026-11-30T12:00:00Z")
    assert first.risk_at == parse_iso("2026-11-30T11:00:00Z"), "a quarter of the working time is left"
    assert clocks(replace(policy, in_hours=False), Facts(BEGAN, [], None, 0))[0].due == BEGAN + 4 * HOUR


@pytest.mark.parametrize(
    ("after", "state"),
    [(0, "running"), (3 * HOUR - 1, "running"), (3 * HOUR, "at risk"), (4 * HOUR, "at risk"), (4 * HOUR + 1, "late")],
)
def test_states(after: int, state: str) -> None:
    assert clocks(POLICY, facts(Case("", "")))[0].state(BEGAN + after) == state


def test_in_words_to_the_second() -> None:
    zone = ZoneInfo("Europe/Berlin")
    running = clocks(POLICY, facts(Case("", "")))[0]
    words = clock_words(running, BEGAN + 3 * HOUR + 47 * MINUTE + 55 * SECOND, zone)
    assert words == "first reply: at risk, 12 m 5 s left, Mon 23 Nov 14:00 · Support"
    assert clock_words(running, BEGAN + 5 * HOUR, zone).startswith("first reply: late by 1 h 0 m 0 s, Mon")
    hit, miss = (clocks(POLICY, facts(Case(f"team@{hours}", "")))[0] for hours in (3, 5))
    assert clock_words(hit, 0, zone) == "first reply: hit, 1 h 0 m 0 s before time · Support"
    assert clock_words(miss, 0, zone) == "first reply: miss, 1 h 0 m 0 s too late · Support"
    void = clocks(POLICY, facts(Case("", "", resolved=1)))[0]
    assert clock_words(void, 0, zone) == "first reply: not needed, resolved before a reply was due · Support"
    assert exactly(2 * DAY + 5 * SECOND) == "2 d 0 h 0 m 5 s"


@pytest.mark.parametrize(
    ("policy", "covered"),
    [
        (Policy("p"), True),
        (Policy("p", source="forum"), True),
        (Policy("p", source="chat"), False),
        (Policy("p", tag="account"), True),
        (Policy("p", tag="other"), False),
        (Policy("p", priorities=frozenset({Priority.HIGH, Priority.LOW})), True),
        (Policy("p", priorities=frozenset({Priority.URGENT})), False),
        (Policy("p", since=BEGAN), True),
        (Policy("p", since=BEGAN + 1), False),
    ],
)
def test_which_threads_a_policy_covers(policy: Policy, covered: bool) -> None:
    assert policy.covers(BEGAN, "forum", ["account"], Priority.HIGH) is covered


words = st.lists(
    st.tuples(st.sampled_from(sorted(WHO)), st.integers(0, 12)).map(lambda pair: f"{pair[0]}@{pair[1]}"), max_size=8
)


@given(words=words, by_team=st.booleans(), resolved=st.none() | st.integers(0, 14))
def test_whatever_is_said_the_clocks_make_sense(words: list[str], by_team: bool, resolved: int | None) -> None:
    case = Case(" ".join(words), "", resolved, replace(POLICY, by_team=by_team))
    found = clocks(case.policy, facts(case))
    replies = [clock for clock in found if clock.kind is not RESOLUTION]
    assert sum(clock.ended is None for clock in replies) <= 1
    assert len({(clock.kind, clock.started) for clock in found}) == len(found)
    for clock in found:
        assert clock.due is not None and (clock.result is Result.RUNNING) == (clock.ended is None)
        if clock.ended is not None:
            assert (clock.result is Result.MISS) == (clock.ended > clock.due)
    assert clocks(case.policy, facts(case, found)) == found, "the same facts again change nothing"
    assert clocks(case.policy, facts(replace(case, said=" ".join(reversed(words))), [])) == found


def test_a_clock_without_a_time_is_not_judged() -> None:
    (only,) = clocks(Policy("p", next=HOUR), Facts(BEGAN, [], None, 0))
    assert (only.kind, only.due, only.judged_at) == (RESOLUTION, None, None)
    assert only.state(0) == "running" and Instant(0) == 0
