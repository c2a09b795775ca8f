"""How persons stand equals what their posts and days say, counted naively, however the rows came to be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.metric_table import BY_ID
from cm_console.model.metrics import Window
from cm_console.model.records import Kind, Post, Ref
from cm_console.model.segments import DEFAULT, Facts, PeopleRules, Segment, Top, parse_condition
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, day_of, midnight
from cm_console.store import Store, directory, ingest, sources
from cm_console.store.metrics import Ask, measure
from cm_console.store.rollups import number_of
from cm_console.store.sqlite import Connection
from cm_console.store.standing import NEVER, facts_of
from cm_console.store.standings import Standings

from .metrics_world import World, build
from .persons_world import World as Persons
from .persons_world import came, make_world

SEEDS = st.integers(0, 2**32)
COUNTED = ("posts", "posts_30", "posts_90", "posts_365", "posts_before", "posts_earlier", "answers_90", "answers_365")


def tidy(store: Store, zone: Any, now: int, rules: PeopleRules = DEFAULT) -> int:
    """Look again until nothing is left to do; how many steps that took."""
    kept, steps = Standings(rules, zone, now), 0
    while asyncio.run(store.write(kept.tidy)):
        steps += 1
    assert not store.read_now(kept.untidy)
    assert store.read_now(counted) == store.read_now(counted_anew)
    return steps


def counted(conn: Connection) -> list[tuple[int, ...]]:
    """How many there are of each role, level and set of segments, as it is kept."""
    return conn.execute("SELECT * FROM standing_count WHERE n <> 0 ORDER BY 1, 2, 3").fetchall()


def counted_anew(conn: Connection) -> list[tuple[int, ...]]:
    """The same counted."""
    return conn.execute(
        "SELECT role, level, segments, count(*) FROM standing GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()


def standing(store: Store) -> dict[str, dict[str, Any]]:
    """The kept rows by handle."""

    def read(conn: Connection) -> dict[str, dict[str, Any]]:
        cursor = conn.execute("SELECT * FROM standing")
        names = [column[0] for column in cursor.description]
        return {row["handle"]: row for row in (dict(zip(names, row, strict=True)) for row in cursor)}

    return store.read_now(read)


def naive(world: World, today: date) -> dict[str, dict[str, Any]]:
    """What the rows must be: every window counted anew from the posts."""
    found = {}
    for id, member in world.members.items():
        role = world.role(id)
        if role == "bot":
            continue
        written = [post for post in world.posts.values() if post.author == id]
        ages = [(today - day_of(post.created_at, world.zone)).days for post in written]
        answers = [
            age for post, age in zip(written, ages, strict=True)
            if world.threads[post.thread].author not in (None, id)
        ]  # fmt: skip
        visits = [day_of(each.at, world.zone) for each in world.activities.values() if each.member == id]
        days = [day_of(post.created_at, world.zone) for post in written] + visits
        known = [member.joined_at] if member.joined_at is not None else [post.created_at for post in written]
        since = min(known, default=None)
        row = {f"posts_{days}": sum(age < days for age in ages) for days in (30, 90, 365)}
        row |= {f"answers_{days}": sum(age < days for age in answers) for days in (90, 365)}
        row |= {"posts": len(written), "posts_before": sum(30 <= age < 120 for age in ages)}
        row |= {"posts_earlier": sum(age >= 120 for age in ages), "role": int(role == "team")}
        row["seen_day"] = max((number_of(day) for day in days if day <= today), default=NEVER)
        row["since_day"] = NEVER if since is None else number_of(day_of(since, world.zone))
        row |= {"thanks_90": 0, "thanks_365": 0, "came_365": 0, "score_90": row["answers_90"], "accounts": 1}
        found[str(member.handle)] = row
    return found


def judged(rows: dict[str, dict[str, Any]], today: int) -> dict[str, tuple[int, set[str]]]:
    """Level and segments of naive rows, ranks among all of them."""
    of: dict[str, Facts] = {handle: facts_of(row, today, {}) for handle, row in rows.items()}
    found: dict[str, tuple[int, set[str]]] = {}
    for handle, row in rows.items():
        inside = set()
        for segment in DEFAULT.segments if not row["role"] else ():
            least = None
            if segment.top:
                some = sorted(
                    (r[segment.top.by] for r in rows.values() if not r["role"] and r[segment.top.by]), reverse=True
                )
                place = -(-len(some) * segment.top.number // 100) if segment.top.percent else segment.top.number
                least = some[min(place, len(some)) - 1] if some else None
            if segment.holds(of[handle], least):
                inside.add(segment.name)
        found[handle] = DEFAULT.level_of(of[handle]), inside
    return found


def check(store: Store, world: World, now: int) -> None:
    """The kept rows are the naive ones."""
    today = day_of(now, world.zone)
    kept, expected = standing(store), naive(world, today)
    assert {handle: {name: row[name] for name in expected[handle]} for handle, row in kept.items()} == expected
    levels = judged(expected, number_of(today))
    for handle, row in kept.items():
        names = {each.name for n, each in enumerate(DEFAULT.segments) if row["segments"] >> n & 1}
        assert (row["level"], names) == levels[handle], handle


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS, later=st.lists(st.sampled_from((0, 1, 3, 8, 30, 61, 200)), max_size=3))
def test_rows_are_what_posts_and_days_say_also_when_only_time_passes(seed: int, later: list[int]) -> None:
    with TemporaryDirectory() as folder:
        world, store = build(seed, Path(folder) / "c.db")
        tidy(store, world.zone, world.now)
        check(store, world, world.now)
        now = world.now
        for days in later:
            now += days * DAY
            tidy(store, world.zone, now)
            check(store, world, now)
        store.close()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_what_a_later_page_brings_or_takes_is_looked_at_again(seed: int) -> None:
    with TemporaryDirectory() as folder:
        world, store = build(seed, Path(folder) / "c.db")
        tidy(store, world.zone, world.now)
        lost = sorted(world.posts)[::3]
        new = [
            Post(f"new{n}", thread, f"m{n % 6}", Instant(world.now - n * 9 * DAY), Untrusted("words"))
            for n, thread in enumerate(sorted(world.threads)[:9])
        ]
        visits = sorted(world.activities)[::2]
        gone = [Ref(Kind.POST, id) for id in lost] + [Ref(Kind.ACTIVITY, id) for id in visits]

        def save(conn: Connection) -> None:
            source = sources.ensure(conn, "forum", "memory")
            ingest.save(conn, source, world.community, world.now, new, gone)

        asyncio.run(store.write(save))
        world.posts = {id: post for id, post in world.posts.items() if id not in lost} | {p.id: p for p in new}
        for id in visits:
            del world.activities[id]
        tidy(store, world.zone, world.now)
        check(store, world, world.now)
        store.close()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_segments_agree_with_the_metrics_they_name(seed: int) -> None:
    """For 30 days that end with today; contributors are who posted in them."""
    with TemporaryDirectory() as folder:
        world, store = build(seed, Path(folder) / "c.db")
        tidy(store, world.zone, world.now)
        today = day_of(world.now, world.zone)
        window = Window(today - timedelta(days=29), today + timedelta(days=1))
        ids = ("contributors", "active.monthly", "members.new", "contributors.reactivated")
        ask = Ask(window, world.zone, midnight(window.end, world.zone))
        figures = store.read_now(lambda conn: measure(conn, ask, [BY_ID[id] for id in ids]))
        measured = {each.metric.id: each.value for each in figures.metrics}
        members = {handle: row for handle, row in standing(store).items() if not row["role"]}
        counted = store.read_now(lambda conn: directory.counts(conn, DEFAULT))
        joined = {handle for handle, member in world.members.items() if member.joined_at is not None}
        assert measured["contributors"] == sum(row["posts_30"] > 0 for row in members.values())
        assert measured["active.monthly"] == counted["active"]
        assert measured["contributors.reactivated"] == counted["returned"]
        bit = DEFAULT.names["new"]
        assert measured["members.new"] == sum(
            row["segments"] >> bit & 1 for name, row in members.items() if name in joined
        )
        store.close()


# Persons


@pytest.fixture
def persons(tmp_path: Path) -> Iterator[Persons]:
    """Four sources, nobody there yet."""
    made = make_world(tmp_path)
    yield made
    made.store.close()


async def test_one_row_for_a_person_of_several_accounts_and_back(persons: Persons) -> None:
    one, other = persons.member("forum", "mia"), persons.member("chat", "mia.c")
    persons.member("forum", "leo")
    persons.thread("forum", "Own", ("mia", "a"), ("leo", "b"))
    persons.thread("chat", "Of the other account", ("mia.c", "c"))
    persons.thread("forum", "Leo's", ("leo", "x"), ("mia", "y"))
    await merged_standing(persons)
    assert sorted(standing(persons.store)) == ["leo", "mia", "mia.c"]
    await persons.persons.merge(other, one)
    await merged_standing(persons)
    rows = standing(persons.store)
    assert sorted(rows) == ["leo", "mia"]
    assert (rows["mia"]["posts"], rows["mia"]["answers_90"], rows["mia"]["accounts"]) == (3, 1, 2)
    await persons.journal.undo()
    await merged_standing(persons)
    assert sorted(standing(persons.store)) == ["leo", "mia", "mia.c"]


async def merged_standing(persons: Persons) -> None:
    kept = Standings(DEFAULT, persons.community.zone, persons.clock.now())
    while await persons.store.write(kept.tidy):
        pass


async def test_an_answer_in_a_thread_of_ones_other_account_is_none(persons: Persons) -> None:
    one, other = persons.member("forum", "mia"), persons.member("forum", "mia2")
    persons.thread("forum", "Mine", ("mia2", "a"), ("mia", "b"))
    await merged_standing(persons)
    assert standing(persons.store)["mia"]["answers_90"] == 1
    await persons.persons.merge(one, other)
    await merged_standing(persons)
    assert [row["answers_90"] for row in standing(persons.store).values()] == [0]


async def test_a_changed_name_is_gone_at_once(persons: Persons) -> None:
    persons.member("forum", "mia", "Mia Person")
    await merged_standing(persons)
    persons.member("forum", "mia", "[gone]")
    assert not any("person" in row["words"] for row in standing(persons.store).values())
    await merged_standing(persons)
    assert standing(persons.store)["mia"]["words"] == "mia\n[gone]"


async def test_who_comes_takes_part_and_a_visit_of_a_site_is_only_being_seen(persons: Persons) -> None:
    for source in ("signin", "forum"):
        persons.member(source, f"at.{source}", joined_at=None)
        at = Instant(persons.clock.now() - 3 * DAY)
        persons.save(source, came("v1", f"{source}-at.{source}", at))
    await merged_standing(persons)
    rows = standing(persons.store)
    assert (rows["at.signin"]["came_365"], rows["at.signin"]["level"]) == (1, 1)
    assert (rows["at.forum"]["came_365"], rows["at.forum"]["level"]) == (0, 0)
    assert rows["at.forum"]["seen_day"] == rows["at.signin"]["seen_day"] > 0


async def test_thanks_are_reactions_and_an_edit_that_brings_some_counts(persons: Persons) -> None:
    persons.member("forum", "mia")
    persons.thread("forum", "Q", ("mia", "a"))
    await merged_standing(persons)
    at = Instant(persons.clock.now() - 5 * HOUR)
    persons.save("forum", Post("p1-0", "t1", "forum-mia", at, Untrusted("a"), reactions=7))
    await merged_standing(persons)
    assert standing(persons.store)["mia"]["thanks_90"] == 7


async def test_who_ranks_among_the_top_changes_with_what_others_do(persons: Persons) -> None:
    rules = PeopleRules((Segment("busy", "Busy", (), Top(1, False, "posts_90")),))
    for name, posts in (("mia", 3), ("leo", 1)):
        persons.member("forum", name)
        persons.thread("forum", "T", *[(name, "x")] * posts)

    async def top() -> set[str]:
        kept = Standings(rules, persons.community.zone, persons.clock.now())
        while await persons.store.write(kept.tidy):
            pass
        return {handle for handle, row in standing(persons.store).items() if row["segments"]}

    assert await top() == {"mia"}
    persons.thread("forum", "T", *[("leo", "x")] * 5)
    assert await top() == {"leo"}
    persons.thread("forum", "T", *[("mia", "x")] * 3)
    assert await top() == {"leo", "mia"}


async def test_a_segment_by_tag_follows_the_tag_and_other_rules_count_anew(persons: Persons) -> None:
    id = persons.member("forum", "mia")
    rules = PeopleRules((Segment("vip", "VIP", (parse_condition("tag = vip"),)),))

    async def bits() -> int:
        kept = Standings(rules, persons.community.zone, persons.clock.now())
        while await persons.store.write(kept.tidy):
            pass
        return int(standing(persons.store)["mia"]["segments"])

    assert await bits() == 0
    await persons.persons.tag(id, "vip")
    assert await bits() == 1
    await persons.journal.undo()
    assert await bits() == 0
    rules = PeopleRules((Segment("known", "Known", (parse_condition("source = forum"),)),))
    assert await bits() == 1
