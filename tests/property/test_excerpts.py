"""What is shown of a long thread: its ends and what one reads on to; nothing twice, all in order, all counted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.excerpt import Excerpt
from cm_console.model.records import Member, Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, Instant
from cm_console.store import Store, excerpts, ingest, reading, sources
from cm_console.store.batch import Community
from cm_console.store.excerpts import END, STEP
from cm_console.store.sqlite import Connection

BEGIN = Instant(1_700_000_000_000)
LENGTHS = (0, 1, END, 2 * END, 2 * END + 1, 7 * END)
"""Posts of the threads 1, 2, ...; three of them each have the same time."""


@pytest.fixture(scope="module")
def threads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A thread of every length."""
    store = Store.open(tmp_path_factory.mktemp("threads") / "community.db")

    def change(conn: Connection) -> None:
        source = sources.ensure(conn, "forum", "discourse")
        records: list[Member | Thread | Post] = [Member("mia", Untrusted("mia"))]
        for number, length in enumerate(LENGTHS, 1):
            records.append(Thread(f"t{number}", Untrusted("Long"), "mia", BEGIN))
            records += [
                Post(
                    f"p{number}-{n}", f"t{number}", "mia", Instant(BEGIN + n // 3 * DAY // 100), Untrusted(f"word {n}")
                )
                for n in range(length)
            ]
        ingest.save(conn, source, Community(ZoneInfo("UTC")), Instant(BEGIN + DAY), records)

    store._run(change, True)
    yield store._connection(True)
    store.close()


def check(shown: Excerpt, all_ids: list[int]) -> None:
    """A fold stands exactly where posts are left out, and says how many."""
    ids = [post.id for post in shown.posts]
    places = [all_ids.index(id) for id in ids]
    gaps = {ids[n]: b - a - 1 for n, (a, b) in enumerate(pairwise(places)) if b - a > 1}
    assert places == sorted({*places}) and dict(shown.folds) == gaps
    assert len(all_ids) == len(ids) + sum(shown.folds.values())
    assert not all_ids or (ids[0], ids[-1]) == (all_ids[0], all_ids[-1])
    assert [post.id for run in shown.runs for post in run] == ids


STEPS = st.lists(st.tuples(st.sampled_from(["down", "up", "again", "at"]), st.integers(0, 200)), max_size=6)


@settings(max_examples=150)
@given(number=st.integers(1, len(LENGTHS)), steps=STEPS)
def test_whatever_is_read_on_to_stands_in_order_and_is_counted(
    threads: Connection, number: int, steps: list[tuple[str, int]]
) -> None:
    all_ids = [post.id for post in reading.posts(threads, number, None, 1_000)]
    assert len(all_ids) == LENGTHS[number - 1]
    shown = excerpts.excerpt(threads, number)
    check(shown, all_ids)
    assert bool(shown.folds) is (len(all_ids) > 2 * END)
    for step, place in steps:
        before, folds = shown, list(shown.folds)
        if step in ("down", "up") and folds:
            fold = folds[place % len(folds)]
            left = shown.folds[fold]
            shown = excerpts.unfold(threads, number, shown, fold, up=step == "up")
            assert len(shown.posts) == len(before.posts) + min(STEP, left)
            ends = [shown.behind(fold).id] if step == "down" or fold not in shown.folds else [fold]
            assert step == "up" or ends[0] == all_ids[all_ids.index(fold) + 1], "they follow the fold"
        else:
            wanted = all_ids[place % len(all_ids)] if all_ids and step == "at" else None
            shown = excerpts.excerpt(threads, number, shown, wanted)
            assert {post.id for post in before.posts} <= {post.id for post in shown.posts}, "what is read stays"
            assert wanted is None or wanted in {post.id for post in shown.posts}
        check(shown, all_ids)


def test_a_post_of_another_thread_is_not_shown(threads: Connection) -> None:
    other = reading.posts(threads, 2, None, 1)[0]
    shown = excerpts.excerpt(threads, len(LENGTHS), at=other.id)
    assert other.id not in {post.id for post in shown.posts} and len(shown.posts) == 2 * END
