"""The Stack Exchange dump: pages and cursors, dumps that grow or change, and manners towards the event loop."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from pathlib import Path

import pytest

from cm_console.model.records import Post, Thread
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import parse_iso
from tests.unit.dump_rows import (
    FEEDS,
    FILES,
    SMALL,
    Rows,
    answer,
    comment,
    ids,
    keyed,
    many,
    notes,
    pull,
    question,
    records,
    source,
    user,
    vote,
    write,
)


class TestProgress:
    """Pages, cursors, and what a second pull brings."""

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_every_page_is_a_place_to_go_on(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        pages = await pull(source(tmp_path), feed)
        whole = keyed(pages)
        assert len(pages) > 1 and len(whole) == len(records(pages))
        for upto, page in enumerate(pages, 1):
            rest = await pull(source(tmp_path), feed, page.cursor)
            assert keyed(pages[:upto]) | keyed(rest) == whole
            assert len(records(pages[:upto])) + len(records(rest)) == len(whole), "and nothing comes twice"

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_progress_is_true(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        done = 0
        for page in await pull(source(tmp_path), feed):
            done += len(page.records)
            assert (page.done, len(page.gone)) == (done, 0)
        assert page.total == done and not page.more

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_an_unchanged_dump_is_not_even_read(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        cursor = (await pull(source(tmp_path), feed))[-1].cursor
        for file in FILES:
            found = (tmp_path / file).stat()
            (tmp_path / file).write_bytes(b"?" * found.st_size)
            os.utime(tmp_path / file, ns=(found.st_atime_ns, found.st_mtime_ns))
        assert await pull(source(tmp_path), feed, cursor) == []

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_a_copied_dump_brings_nothing_new(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        cursor = (await pull(source(tmp_path), feed))[-1].cursor
        for file in FILES:
            os.utime(tmp_path / file, ns=(1, 1))
        (page,) = await pull(source(tmp_path), feed, cursor)
        assert (page.records, page.more, page.note) == ((), False, "")
        assert await pull(source(tmp_path), feed, page.cursor) == []

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_a_dump_that_grew_brings_what_is_new(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many(200))
        before = await pull(source(tmp_path), feed)
        write(tmp_path, many(240))
        grown = await pull(source(tmp_path), feed, before[-1].cursor)
        fresh = keyed(await pull(source(tmp_path), feed))
        assert keyed(grown) == {key: fresh[key] for key in fresh.keys() - keyed(before).keys()}
        assert grown[-1].done == grown[-1].total == len(records(grown))
        assert await pull(source(tmp_path), feed, grown[-1].cursor) == []

    async def test_what_was_told_is_not_told_again_when_a_dump_grows(self, tmp_path: Path) -> None:
        rows = many(20)
        rows["Posts.xml"] += [{"Id": 21, "PostTypeId": 5}, question(22, OwnerUserId="?")]
        rows["Comments.xml"] += [comment(21, 77), comment(22, 1, PostId="?")]
        write(tmp_path, rows)
        first = await pull(source(tmp_path), Feed.THREADS)
        assert all(words in notes(first) for words in ("tag wikis 1", "OwnerUserId is no number", "(and 1 more)"))
        rows["Posts.xml"] += [question(23), {"Id": 24, "PostTypeId": 4}]
        write(tmp_path, rows)
        second = await pull(source(tmp_path), Feed.THREADS, first[-1].cursor)
        assert ids(second) == ["23"] and notes(second) == "skipped: tag wiki excerpts 1"

    async def test_rows_are_counted_once_wherever_a_chunk_ends(self, tmp_path: Path) -> None:
        for before in range(7):
            (tmp_path / "Users.xml").write_bytes(b" " * before + b"<row />" * 80_000)
            assert "80,000 users" in (await source(tmp_path).check()).name

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_growth_is_resumable_too(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many(20))
        before = await pull(source(tmp_path), feed)
        write(tmp_path, many())
        pages = await pull(source(tmp_path), feed, before[-1].cursor)
        for upto, page in enumerate(pages, 1):
            rest = await pull(source(tmp_path), feed, page.cursor)
            assert keyed(pages[:upto]) | keyed(rest) == keyed(pages)

    async def test_growth_between_two_pages_loses_nothing(self, tmp_path: Path) -> None:
        for feed in FEEDS:
            write(tmp_path, many(200))
            first = (await pull(source(tmp_path), feed))[0]
            write(tmp_path, many(240))
            rest = await pull(source(tmp_path), feed, first.cursor)
            assert keyed([first]) | keyed(rest) == keyed(await pull(source(tmp_path), feed))

    async def test_a_new_export_is_read_anew(self, tmp_path: Path) -> None:
        rows = many(40)
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Posts.xml"][1] = answer(2, 1, Body="<p>edited</p>", LastEditDate="2024-07-01T00:00:00.000")
        write(tmp_path, rows)
        again = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert keyed(again) == keyed(await pull(source(tmp_path), Feed.THREADS))
        assert [r.text for r in records(again) if isinstance(r, Post) and r.id == "2"] == ["edited"]

    async def test_an_absence_is_not_taken_for_a_deletion(self, tmp_path: Path) -> None:
        write(tmp_path, many(40))
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        write(tmp_path, many(20))
        pages = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert len(ids(pages)) == 40 and not any(page.gone for page in pages)

    async def test_a_new_vote_brings_its_post_again_and_no_other(self, tmp_path: Path) -> None:
        rows = many(40)
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Votes.xml"] += [vote(900, 6, 2), vote(901, 9, 3)]
        write(tmp_path, rows)
        pages = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert ids(pages) == ["9", "6"] and ids(pages, Thread) == ["9"]

    async def test_a_late_acceptance_brings_its_thread_again(self, tmp_path: Path) -> None:
        rows: Rows = {"Posts.xml": [question(1, AcceptedAnswerId=2), answer(2, 1)]}
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Votes.xml"] = [vote(1, 2, 1, CreationDate="2024-06-09T00:00:00.000")]
        write(tmp_path, rows)
        (thread,) = (r for r in records(await pull(source(tmp_path), Feed.THREADS, cursor)) if isinstance(r, Thread))
        assert thread.solved_at == parse_iso("2024-06-09T00:00:00Z")

    @pytest.mark.parametrize("cursor", ["", "{}", "[1]", "null", '{"offset": "x"}', '{"base": 5}', "\x00", "é"])
    async def test_a_cursor_nobody_knows_means_from_the_beginning(self, cursor: str) -> None:
        for feed in FEEDS:
            assert await pull(source(SMALL), feed, Cursor(cursor)) == await pull(source(SMALL), feed)


class TestManners:
    """It keeps out of the way of everything else."""

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_the_event_loop_goes_on_during_every_page(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        turns = 0

        async def spin() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        spinner = asyncio.create_task(spin())
        before = -1
        async for _ in source(tmp_path).pull(feed, None):
            assert turns > before
            before = turns
        spinner.cancel()

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_it_can_be_stopped_anywhere(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        for turns in range(40):
            task = asyncio.create_task(pull(source(tmp_path), feed))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        dump = source(tmp_path)
        await dump.close()
        await dump.close()

    async def test_memory_does_not_grow_with_the_file(self, tmp_path: Path) -> None:
        peaks = []
        for size in (3_000, 12_000):
            write(tmp_path, {"Users.xml": [user(n) for n in range(size)]})
            tracemalloc.start()
            async for page in source(tmp_path).pull(Feed.MEMBERS, None):
                del page
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] * 1.2
