"""The half of SourceContract that reads: bounded pages, no gaps, deletions, hostile text, cancelling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from cm_console.model.errors import Unreachable
from cm_console.model.records import Kind, Post, Ref
from cm_console.model.source import Feed
from cm_console.model.text import clean
from cm_console.testing.bench import Bench
from cm_console.testing.cancel import cut
from cm_console.testing.driving import Mirror, catch_up, inch_along, need, opened, persist, pull_some, skip
from cm_console.testing.hostile_texts import HOSTILE_TEXTS

POSTS = 230
"""Enough for more than two pages."""
STEPS = 500
"""More awaits than any four pages or any one push may take."""
BROKEN = 30
"""Pages after which the server goes away once; a pull of so many has long ended."""
OVERLAP = 10
"""How many known records a pull with nothing new may bring again, where times are too coarse to tell."""


async def furnish(bench: Bench) -> str:
    """A world of more than two pages, or as it is where nobody can add to it; gives a thread."""
    if "add_thread" not in bench.can:
        return await any_thread(bench)
    thread = await bench.add_thread(POSTS)
    for _ in range(3):
        await bench.add_thread(2)
    return thread


async def posts_of(bench: Bench, thread: str) -> list[str]:
    """The ids of the posts that stand in a thread."""
    return [r.id for r in (await bench.truth()).values() if isinstance(r, Post) and r.thread == thread]


async def version_of(bench: Bench, ref: Ref) -> str | None:
    """The version a person sees after a pull; None if this platform has none."""
    mirror = Mirror()
    async with opened(bench) as source:
        await catch_up(bench, source, mirror)
    return getattr(mirror.records.get(ref), "version", "") or None


async def any_thread(bench: Bench) -> str:
    """A thread that is there."""
    return next(ref.id for ref in await bench.truth() if ref.kind is Kind.THREAD)


async def stir(bench: Bench, thread: str) -> None:
    """Add a post, rewrite the oldest and delete one in the middle, as far as this platform's members can."""
    posts = await posts_of(bench, thread)
    await bench.add_post(thread, bench.fresh("A late answer"))
    if "edit_post" in bench.can:
        await bench.edit_post(posts[0], bench.fresh("Rewritten while somebody reads"))
    if "delete_post" in bench.can:
        await bench.delete_post(posts[len(posts) // 2])


@asynccontextmanager
async def mirrored(bench: Bench) -> AsyncIterator[Mirror]:
    """A mirror caught up before and after what happens inside."""
    mirror = Mirror()
    if not any(ref.kind is Kind.THREAD for ref in await bench.truth()):
        await bench.add_thread(3)
    async with opened(bench) as source:
        await catch_up(bench, source, mirror)
        yield mirror
        await catch_up(bench, source, mirror)


async def check_mirror(bench: Bench) -> None:
    """A pull from the beginning brings what the platform holds."""
    mirror = Mirror()
    async with opened(bench) as source:
        await catch_up(bench, source, mirror)
    mirror.check_against(await bench.truth())


class PullContract:
    """Part of SourceContract."""

    async def test_a_pull_brings_everything_in_bounded_pages(self, bench: Bench) -> None:
        """All feeds to their end: the mirror is the platform."""
        await furnish(bench)
        await check_mirror(bench)

    async def test_a_pull_resumes_after_any_page(self, bench: Bench) -> None:
        """Stopped after page 1, 2, 3 ... and resumed from the cursor by another process: nothing is missing."""
        await furnish(bench)
        whole = Mirror()
        async with opened(bench) as source:
            await catch_up(bench, source, whole)
        for stop in range(1, min(len(whole.pages), 20) + 1):
            mirror = Mirror()
            async with opened(bench) as source:
                await catch_up(bench, source, mirror, stop_after=stop)
            async with opened(bench) as source:
                await catch_up(bench, source, mirror)
            mirror.check_against(await bench.truth())

    async def test_a_pull_cut_short_again_and_again_gets_through(self, bench: Bench) -> None:
        """Each page or batch is behind us for good: processes that all end early still get to the end, missing nothing.

        First through everything there is, then through what one new post brings.
        """
        thread = await furnish(bench)
        whole, mirror = Mirror(), Mirror()
        async with opened(bench) as source:
            await catch_up(bench, source, whole)
        await inch_along(bench, mirror, lives=len(whole.pages) + 1)
        if "add_post" in bench.can:
            bench.clock.advance(60)
            await bench.add_post(thread, bench.fresh("A late answer"))
            await inch_along(bench, mirror, lives=len(whole.pages) + 1)
        mirror.check_against(await bench.truth())

    async def test_a_server_that_goes_away_inside_a_pull_costs_nothing(self, bench: Bench) -> None:
        """After page 1, 2, 3 ... the next request fails: what was pulled stays, another process goes on from there."""
        need(bench, "drop_next")
        await furnish(bench)
        for last in range(1, BROKEN):
            mirror = Mirror()

            async def drop(mirror: Mirror = mirror, last: int = last) -> None:
                if len(mirror.pages) == last:
                    await bench.drop_next()

            async with opened(bench) as source:
                try:
                    for feed in sorted(source.feeds, key=[*Feed].index):
                        await pull_some(source, feed, mirror, STEPS, between=drop)
                except Unreachable:
                    pass
                else:
                    break
            async with opened(bench) as source:
                await catch_up(bench, source, mirror)
            mirror.check_against(await bench.truth())
        await check_mirror(bench)

    async def test_a_pull_tells_how_far_it_is(self, bench: Bench) -> None:
        """What is done grows to at most what there is; 0 and None where the platform does not tell."""
        if not bench.kind.feeds:
            skip("nothing is read here")
        await furnish(bench)
        async with opened(bench) as source:
            for feed in sorted(source.feeds, key=[*Feed].index):
                mirror = Mirror()
                await persist(bench, partial(pull_some, source, feed, mirror, STEPS))
                told = [(page.done, page.total) for page in mirror.pages if page.done]
                assert told == sorted(told, key=lambda pair: pair[0]), f"what is done of {feed} shrinks: {told}"
                beyond = [(done, total) for done, total in told if total is not None and done > total]
                assert not beyond, f"more of {feed} is done than there is: {beyond[0]}"

    async def test_changes_between_pages_are_not_missed(self, bench: Bench) -> None:
        """Members write, rewrite and take back while we read, within one pull and between two."""
        thread = await furnish(bench)
        need(bench, "add_thread", "add_post")
        mirror = Mirror()
        changes = 6

        async def disturb() -> None:
            nonlocal changes
            if changes > 0:
                changes -= 1
                bench.clock.advance(1)
                await stir(bench, thread)

        async with opened(bench) as source:
            await catch_up(bench, source, mirror, between=disturb)
            await catch_up(bench, source, mirror)
        mirror.check_against(await bench.truth())

    async def test_edits_arrive(self, bench: Bench) -> None:
        """A post rewritten after it was pulled comes again."""
        need(bench, "add_thread", "edit_post")
        async with mirrored(bench) as mirror:
            bench.clock.advance(60)
            post = (await posts_of(bench, await any_thread(bench)))[0]
            await bench.edit_post(post, bench.fresh("Something quite different, written later"))
        mirror.check_against(await bench.truth())

    async def test_deletions_arrive(self, bench: Bench) -> None:
        """A post taken back after it was pulled goes."""
        need(bench, "add_thread", "delete_post")
        async with mirrored(bench) as mirror:
            bench.clock.advance(60)
            await bench.delete_post((await posts_of(bench, await any_thread(bench)))[-1])
        mirror.check_against(await bench.truth())

    async def test_new_members_threads_and_reports_arrive(self, bench: Bench) -> None:
        """What was not there at the first pull comes with the second."""
        need(bench, "add_thread")
        async with mirrored(bench) as mirror:
            bench.clock.advance(60)
            thread = await bench.add_thread(2)
            if "add_member" in bench.can:
                await bench.add_member("newcomer")
            if "add_report" in bench.can:
                await bench.add_report((await posts_of(bench, thread))[-1])
        mirror.check_against(await bench.truth())

    async def test_nothing_new_brings_nothing_and_asks_little(self, bench: Bench) -> None:
        """The second of two processes: at most one page per feed, nothing in it that was not known, few requests."""
        await furnish(bench)
        mirror, second = Mirror(), Mirror()
        async with opened(bench) as source:
            await catch_up(bench, source, mirror)
        second.cursors = dict(mirror.cursors)
        cost = await self._cost(bench, second)
        assert len(second.pages) <= len(bench.kind.feeds), "a pull with nothing new gives more than one page of a feed"
        new = [ref for ref, record in second.records.items() if mirror.records.get(ref) != record]
        assert not new, f"a pull with nothing new brings {new[0]} changed"
        assert len(second.records) <= OVERLAP, f"a pull with nothing new brings {len(second.records)} known records"
        assert cost <= bench.idle_cost, f"a pull with nothing new costs {cost} requests, idle_cost is {bench.idle_cost}"

    async def test_one_new_post_asks_little(self, bench: Bench) -> None:
        """What is old is not asked for again: the cost of a second sync is that of the news."""
        need(bench, "add_thread", "add_post")
        thread = await furnish(bench)
        mirror = Mirror()
        async with opened(bench) as source:
            await catch_up(bench, source, mirror)
        bench.clock.advance(60)
        post = await bench.add_post(thread, bench.fresh("The only news"))
        cost = await self._cost(bench, mirror)
        assert Ref(Kind.POST, post) in mirror.records, "the new post never arrived"
        assert cost <= bench.news_cost, f"one new post costs {cost} requests, news_cost is {bench.news_cost}"

    async def _cost(self, bench: Bench, mirror: Mirror) -> int:
        """Requests of a sync by a new process."""
        before = bench.requests
        async with opened(bench) as source:
            await catch_up(bench, source, mirror)
        return bench.requests - before

    async def test_repeated_pages_do_no_harm(self, bench: Bench) -> None:
        """The platform gives some of what it gave before once more."""
        need(bench, "repeat_next_page")
        await furnish(bench)
        await bench.repeat_next_page()
        await check_mirror(bench)

    async def test_hostile_text_arrives_as_untrusted(self, bench: Bench) -> None:
        """Whatever members write arrives, marked, and stops nothing; `clean` makes it safe."""
        need(bench, "add_thread", "add_post")
        texts = [text for text in HOSTILE_TEXTS if bench.speaks(text)]
        thread = await bench.add_thread(1)
        written = {await bench.add_post(thread, text) for text in texts}
        if "add_member" in bench.can:
            for text in texts[::50]:
                await bench.add_member(text[:100])
        mirror = Mirror()
        async with opened(bench) as source:
            await catch_up(bench, source, mirror)
        posts = {ref.id: record for ref, record in mirror.records.items() if isinstance(record, Post)}
        assert written <= set(posts), f"{len(written - set(posts))} posts of hostile text never arrived"
        for id in written:
            safe = clean(posts[id].text)
            assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in safe), "clean left a control"
        mirror.check_against(await bench.truth())

    async def test_a_pull_can_be_cancelled_at_every_await(self, bench: Bench) -> None:
        """Cut at await 1, 2, 3 ...: what was taken in stays good, and the same source goes on from there."""
        await furnish(bench)
        async with opened(bench) as source:
            for step in range(1, STEPS):
                mirror = Mirror()
                if not await cut(catch_up(bench, source, mirror, stop_after=4), step):
                    break
                await bench.quiet()
                if step < 10 or step % 5 == 0:
                    await catch_up(bench, source, mirror)
                    mirror.check_against(await bench.truth())
            else:
                raise AssertionError(f"a pull of four pages did not end in {STEPS} awaits")
            await catch_up(bench, source, mirror)
        mirror.check_against(await bench.truth())
