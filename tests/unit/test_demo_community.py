"""The demo community: the same for the same seed, with the promised counts, and nothing in it that cannot be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cm_console.demo import Demo, build
from cm_console.demo.corpus import load
from cm_console.model.action import Verb
from cm_console.model.calendar import EntryState
from cm_console.model.records import Activity, Kind, Member, Post, PostState, Ref, Report, Scheduled, Thread, ThreadKind
from cm_console.model.text import clean
from cm_console.model.time import DAY, Instant, moment, parse_iso
from cm_console.sources.memory import PLATFORMS, MemorySettings, MemorySource, Platform
from cm_console.testing.clock import START, FakeClock

SEEDS = (1, 2, 7)
RELEASE_BURST = 1.5


INSTANTS = (
    "2026-01-01T00:03:00Z",
    "2026-03-29T01:30:00Z",
    "2026-07-03T14:05:00Z",
    "2026-08-04T12:30:00Z",
    "2026-10-25T01:10:00Z",
)
"""Midnight in a new year, both changes of the clock, the hour of the weekly thread, a release day."""


@pytest.fixture(scope="module", params=SEEDS)
def demo(request: pytest.FixtureRequest) -> Demo:
    seed: int = request.param
    return build(seed, START, FakeClock())


def members(platform: Platform) -> dict[str, Member]:
    return {record.id: record for record in platform.records(Kind.MEMBER) if isinstance(record, Member)}


def threads(platform: Platform) -> dict[str, Thread]:
    return {record.id: record for record in platform.records(Kind.THREAD) if isinstance(record, Thread)}


def posts(platform: Platform) -> list[Post]:
    return [record for record in platform.records(Kind.POST) if isinstance(record, Post)]


def reports(platform: Platform) -> list[Report]:
    return [record for record in platform.records(Kind.REPORT) if isinstance(record, Report)]


def activity(platform: Platform) -> list[Activity]:
    return [record for record in platform.records(Kind.ACTIVITY) if isinstance(record, Activity)]


def everything(demo: Demo) -> dict[str, list[object]]:
    return {name: [r for kind in Kind for r in platform.records(kind)] for name, platform in demo.platforms.items()}


def waiting(platform: Platform) -> Iterator[Thread]:
    """The rule of the brief, from the records alone."""
    people, by_thread = members(platform), {id: list[Post]() for id in threads(platform)}
    for post in posts(platform):
        if post.state is PostState.VISIBLE and post.author and not people[post.author].bot:
            by_thread[post.thread].append(post)
    for thread in threads(platform).values():
        author = people[thread.author or ""]
        said = sorted(by_thread[thread.id], key=lambda post: post.created_at)
        by_team = [post for post in said if people[post.author or ""].staff]
        others = [post for post in said if post.author != thread.author]
        if thread.closed or thread.solved_at is not None or author.staff or author.bot:
            continue
        last_is_author = bool(said) and said[-1].author == thread.author
        if (thread.kind is ThreadKind.DIRECT and not by_team) or not others or (by_team and last_is_author):
            yield thread


def test_the_same_seed_and_start_give_the_same_records() -> None:
    first, again, other = (build(seed, START, FakeClock()) for seed in (3, 3, 4))
    assert everything(first) == everything(again)
    assert first.entries == again.entries
    assert everything(first) != everything(other)


def test_the_promised_size(demo: Demo) -> None:
    people = [m for p in demo.platforms.values() for m in members(p).values() if not m.staff and not m.bot]
    assert 290 <= len(people) <= 330
    assert sum(len(threads(p)) for p in demo.platforms.values()) == 420
    assert sum(len(posts(p)) for p in demo.platforms.values()) == 2_000
    assert len(demo.team) == 4
    assert demo.me in demo.team


def test_exactly_forty_threads_need_a_reply(demo: Demo) -> None:
    found = [thread for platform in demo.platforms.values() for thread in waiting(platform)]
    assert len(found) == 40
    assert sum(thread.kind is ThreadKind.DIRECT for thread in found) == 9
    assert len({thread.title for thread in found}) == 40
    askers = Counter((name, t.author) for name, p in demo.platforms.items() for t in waiting(p))
    assert max(askers.values()) == 1


def test_nobody_is_addressed_in_vain_elsewhere(demo: Demo) -> None:
    for platform in demo.platforms.values():
        needy = {thread.id for thread in waiting(platform)}
        assert {post.thread for post in posts(platform) if post.mentions_us} <= needy


def test_twelve_open_cases_of_different_kinds_and_forty_closed(demo: Demo) -> None:
    cases: dict[tuple[str, Ref], list[Report]] = {}
    for name, platform in demo.platforms.items():
        for report in reports(platform):
            cases.setdefault((name, report.target), []).append(report)
    open_ones = {key: flags for key, flags in cases.items() if any(flag.closed_at is None for flag in flags)}
    closed = [flags for key, flags in cases.items() if key not in open_ones]
    assert len(open_ones) == 12
    assert {target.kind for _, target in open_ones} == {Kind.POST, Kind.THREAD, Kind.MEMBER}
    kinds = {flag.kind for flags in open_ones.values() for flag in flags}
    assert {"spam", "offensive", "doxxing", "off_topic", "held", "harassment", "impersonation"} <= kinds
    assert max(len(flags) for flags in open_ones.values()) == 4
    assert len(closed) == 40
    assert Counter(flags[0].agreed for flags in closed) == {True: 28, False: 12}


def test_three_talks_lie_further_back_and_somebody_in_each_is_heard_again(demo: Demo) -> None:
    old = {
        (name, topic.id) for name, p in demo.platforms.items() for topic in threads(p).values()
        if topic.created_at < START - 121 * DAY
    }  # fmt: skip
    assert len(old) == 3
    for name, topic in old:
        written = posts(demo.platforms[name])
        there = {post.author for post in written if post.thread == topic}
        lately = {post.author for post in written if post.created_at > START - 30 * DAY}
        between = {post.author for post in written if START - 120 * DAY < post.created_at <= START - 30 * DAY}
        assert there & lately - between


def test_some_reporters_are_fair_and_one_is_not(demo: Demo) -> None:
    judged: dict[tuple[str, str | None], list[bool]] = {}
    for name, platform in demo.platforms.items():
        for report in reports(platform):
            if report.agreed is not None:
                judged.setdefault((name, report.reporter), []).append(report.agreed)
    shares = [sum(flags) / len(flags) for flags in judged.values() if len(flags) >= 4]
    assert max(shares) >= 0.8
    assert min(shares) <= 0.5


def test_the_impostor_looks_like_the_team_and_is_not(demo: Demo) -> None:
    handles = [str(m.handle) for m in members(demo.platforms["forum"]).values()]
    assert "robin" in handles
    assert "r\u043ebin" in handles


def test_every_record_points_to_what_exists_in_its_time(demo: Demo) -> None:
    check_records(demo, START)


@pytest.mark.parametrize("at", INSTANTS)
def test_the_promises_hold_whenever_it_is_opened(at: str) -> None:
    now = parse_iso(at)
    opened = build(5, now, FakeClock(now))
    check_records(opened, now)
    platforms = opened.platforms.values()
    assert sum(len(list(waiting(platform))) for platform in platforms) == 40
    assert len({(p.name, flag.target) for p in platforms for flag in reports(p) if flag.closed_at is None}) == 12
    assert sum(len(posts(platform)) for platform in platforms) == 2_000
    planned = [entry for entry in opened.entries if entry.state is EntryState.SCHEDULED]
    assert planned and all(entry.at is not None and entry.at > now for entry in planned)


def check_records(demo: Demo, now: Instant) -> None:
    for platform in demo.platforms.values():
        people, topics, by_id = members(platform), threads(platform), {post.id: post for post in posts(platform)}
        first = {post.thread: post for post in sorted(by_id.values(), key=lambda post: -post.created_at)}
        for post in by_id.values():
            joined = people[post.author or ""].joined_at
            assert joined is not None and joined <= post.created_at <= now
            assert topics[post.thread].created_at <= post.created_at
            assert post.edited_at is None or post.created_at < post.edited_at <= now
        for topic in topics.values():
            assert topic.created_at > now - 220 * DAY
            assert (first[topic.id].author, first[topic.id].created_at) == (topic.author, topic.created_at)
            if topic.solved_by:
                assert by_id[topic.solved_by].thread == topic.id
                assert topic.solved_at is not None and by_id[topic.solved_by].created_at <= topic.solved_at <= now
        for report in reports(platform):
            assert platform.get(report.target) is not None
            assert report.reporter is None or report.reporter in people
            assert report.created_at <= (report.closed_at or now) <= now
            if report.target.kind is Kind.POST:
                assert by_id[report.target.id].created_at <= report.created_at
                assert report.reporter != by_id[report.target.id].author


def test_reactions_are_counted_on_their_posts(demo: Demo) -> None:
    for platform in demo.platforms.values():
        given = Counter(act.post for act in activity(platform) if act.kind == "reaction")
        assert {post.id: post.reactions for post in posts(platform) if post.reactions} == given
        joined = {member.id: member.joined_at or START for member in members(platform).values()}
        assert all(joined[act.member or ""] <= act.at <= START for act in activity(platform))


def test_some_people_are_on_two_platforms(demo: Demo) -> None:
    forum = {
        (str(m.handle), str(m.name)) for m in members(demo.platforms["forum"]).values() if not m.staff and not m.bot
    }
    others = [
        (str(m.handle), str(m.name))
        for name in ("chat", "blog")
        for m in members(demo.platforms[name]).values()
        if not m.staff and not m.bot
    ]
    assert sum(handle in {h for h, _ in forum} for handle, _ in others) >= 15
    assert sum(bool(name) and name in {n for _, n in forum} for _, name in others) >= 25


def test_the_texts_repeat_little(demo: Demo) -> None:
    bodies = [post.text for platform in demo.platforms.values() for post in posts(platform)]
    openers = []
    for platform in demo.platforms.values():
        seen: set[str] = set()
        for post in sorted(posts(platform), key=lambda post: post.created_at):
            if post.thread not in seen:
                seen.add(post.thread)
                openers.append(post.text)
    share, opening = len(set(bodies)) / len(bodies), len(set(openers)) / len(openers)
    print(f"distinct bodies: all posts {share:.2f}, openers {opening:.2f}")
    assert opening >= 0.75
    assert share >= 0.65


def test_the_same_question_does_not_come_back_within_a_fortnight(demo: Demo) -> None:
    for platform in demo.platforms.values():
        last: dict[str, int] = {}
        people = members(platform)
        for topic in sorted(threads(platform).values(), key=lambda t: t.created_at):
            if not people[topic.author or ""].staff:
                assert topic.created_at - last.get(topic.title, 0) > 14 * DAY, topic.title
                last[topic.title] = topic.created_at


def test_texts_are_filled_in_and_hold_what_a_forum_holds(demo: Demo) -> None:
    bodies = [str(post.text) for platform in demo.platforms.values() for post in posts(platform)]
    titles = [str(topic.title) for platform in demo.platforms.values() for topic in threads(platform).values()]
    for text in (*bodies, *titles):
        assert text.strip()
        assert not re.search(r"\{(ver|old|town|plant|small|regular|name)\}|^@\w$", text, re.MULTILINE), text
        assert clean(text) == text
    corpus = "\n".join(load_texts())
    for treasure in ("```", "[b]", "[/]", "\u200d", "Vielen Dank", "ありがとう", "¡Gracias!"):
        assert treasure in corpus, treasure
    assert any("```" in body for body in bodies)


def load_texts() -> Iterator[str]:
    for group in load().groups:
        for scene in group.scenes:
            yield from (f"{part.head}\n{part.text}" for part in scene.parts)


def test_the_corpus_is_large_enough() -> None:
    scenes = [scene for group in load().groups for scene in group.scenes]
    assert sum(part.mark in "qc" for scene in scenes for part in scene.parts) >= 150
    assert sum(len(scene.texts("a")) for scene in scenes) >= 300
    assert all(scene.texts("a") for scene in scenes)


def test_people_write_by_day_and_a_few_write_most(demo: Demo) -> None:
    zone = ZoneInfo(demo.timezone)
    hours: Counter[int] = Counter()
    busy: Counter[tuple[str, str | None]] = Counter()
    for name, platform in demo.platforms.items():
        people = members(platform)
        for post in posts(platform):
            hours[moment(post.created_at, zone).hour] += 1
            if not people[post.author or ""].staff and not people[post.author or ""].bot:
                busy[name, post.author] += 1
    assert sum(hours[h] for h in range(17, 23)) > 3 * sum(hours[h] for h in range(1, 7))
    top = sum(n for _, n in busy.most_common(30)) / busy.total()
    assert 0.3 < top < 0.75
    assert len(busy) > 150


def started_by_members(demo: Demo, since: int, until: int) -> int:
    count = 0
    for platform in demo.platforms.values():
        people = members(platform)
        count += sum(
            since <= t.created_at < until and not people[t.author or ""].staff for t in threads(platform).values()
        )
    return count


def test_members_start_more_threads_after_a_release() -> None:
    after: list[int] = []
    usual: list[int] = []
    for seed in range(1, 7):
        demo = build(seed, START, FakeClock())
        topics = threads(demo.platforms["forum"]).values()
        out = [int(t.created_at) for t in topics if re.fullmatch(r"Spore [\d.]+ released", t.title)]
        assert len(out) == 5
        same_weekday = (max(out) - 7 * DAY * week for week in range(-1, 14))
        quiet = [at for at in same_weekday if min(abs(at - release) for release in out) > 5 * DAY]
        assert len(quiet) >= 8
        after += [started_by_members(demo, at, at + 2 * DAY) for at in out]
        usual += [started_by_members(demo, at, at + 2 * DAY) for at in quiet]
    assert sum(after) / len(after) > RELEASE_BURST * sum(usual) / len(usual)


def test_guidelines_goals_and_strategy_are_complete(demo: Demo) -> None:
    assert [clause.number for clause in demo.guidelines] == list(range(1, 9))
    for clause in demo.guidelines:
        assert clause.title and clause.text and "{guideline}" in clause.message
        assert clause.verb in Verb and 0 <= clause.strikes <= 3 and clause.expires_days > 0
    known = {"response.coverage", "response.median", "contributors.new", "stickiness", "reports.handling_median"}
    assert {goal.metric for goal in demo.goals} == known
    assert all(goal.by > date(2026, 11, 22) and goal.purpose and goal.set_at < START for goal in demo.goals)
    assert demo.purpose and demo.audience


def test_platforms_have_plans_of_their_own_and_publish_them(demo: Demo) -> None:
    plans = [plan for platform in demo.platforms.values() for plan in platform.records(Kind.SCHEDULED)]
    assert len(plans) == 2 and all(isinstance(plan, Scheduled) and START < plan.at < START + 14 * DAY for plan in plans)
    now = FakeClock(START)
    blog = build(5, START, now).platforms["blog"]
    (plan,) = blog.records(Kind.SCHEDULED)
    now.advance(14 * DAY // 1000)
    blog.catch_up()
    (out,) = [topic for topic in threads(blog).values() if isinstance(plan, Scheduled) and topic.title == plan.title]
    assert out.place == "Blog" and not blog.records(Kind.SCHEDULED)


def test_the_calendar_reaches_back_and_four_weeks_ahead(demo: Demo) -> None:
    names = {source.name for source in demo.sources}
    published = [entry for entry in demo.entries if entry.state is EntryState.PUBLISHED]
    planned = [entry for entry in demo.entries if entry.state is EntryState.SCHEDULED]
    drafts = [entry for entry in demo.entries if entry.state is EntryState.DRAFT]
    assert len({entry.id for entry in demo.entries}) == len(demo.entries)
    assert len(published) >= 12 and len(planned) >= 8 and len(drafts) >= 2
    for entry in published:
        assert entry.at is not None and entry.published_at is not None and entry.published_at <= START
        for variant in entry.variants:
            thread = demo.platforms[variant.source].get(Ref(Kind.THREAD, variant.remote or ""))
            assert isinstance(thread, Thread) and thread.created_at <= START
    for entry in planned:
        assert entry.at is not None and START < entry.at < START + 31 * DAY
        assert all(variant.source in names and variant.remote is None for variant in entry.variants)
    assert any(len(entry.variants) == 3 for entry in planned)
    assert any(entry.at is not None and START < entry.at < START + DAY for entry in planned)
    assert any(entry.at is None for entry in drafts)


async def test_the_sources_can_be_opened_as_told(demo: Demo) -> None:
    again = build(5, START, FakeClock())
    for spec in again.sources:
        assert spec.kind == MemorySource.name
        source = MemorySource(MemorySettings(**spec.settings), FakeClock())
        identity = await source.check()
        assert identity.member == again.me
        assert PLATFORMS[spec.settings["platform"]] is again.platforms[spec.name]
