"""The part of SourceContract about trouble: which error, did it land, what its words say, and what is declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cm_console.model.action import Replay, Verb
from cm_console.model.errors import Malformed, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.settings import settings_of
from cm_console.model.source import Feed, Source
from cm_console.model.time import MINUTE, Instant
from cm_console.testing.bench import CHANGES, FAULTS, Bench
from cm_console.testing.driving import Mirror, expect, need, opened, persist, pull_some
from cm_console.testing.pulls import check_mirror, furnish
from cm_console.testing.pushes import copies

SKEW = 5_000
"""Milliseconds by which `Throttled.until` may differ from what the platform said: some say whole seconds only."""


async def read(source: Source, feed: Feed) -> None:
    """One pull from the beginning, to its end."""
    await pull_some(source, feed, Mirror(), 1_000)


class TroubleContract:
    """Part of SourceContract."""

    async def test_it_declares_itself(self, bench: Bench) -> None:
        """A name, a docstring, settings with help and an example each, feeds of Feed, verbs with a Replay."""
        kind = bench.kind
        assert kind.name and kind.name == kind.name.lower().strip(), "name is what one types: lower case, no spaces"
        assert (kind.__doc__ or "").strip(), "the docstring is the first line of its documentation"
        for setting in settings_of(kind.settings):
            assert setting.help and setting.help[0].isupper(), f"setting {setting.name} has no help"
            assert setting.example or not setting.required or setting.secret, f"setting {setting.name}: no example"
        assert kind.feeds <= set(Feed), "feeds are of Feed"
        assert kind.feeds or kind.verbs, "it can be asked for nothing and told nothing"
        for verb, replay in kind.verbs.items():
            assert {type(verb), type(replay)} == {Verb, Replay}, f"{verb} is not declared with a Replay"
            assert replay.settle >= 0 and replay.window > 0, f"{verb}: a window or settle time that cannot be"

    async def test_the_bench_says_what_it_cannot(self, bench: Bench) -> None:
        """Every method is overridden or excused in `cannot`, so that nothing is skipped by oversight."""
        for name in sorted(CHANGES | FAULTS):
            overridden = getattr(type(bench), name) is not getattr(Bench, name)
            assert overridden or bench.cannot.get(name), f"the bench neither has {name} nor says in `cannot` why not"

    async def test_check_tells_who_we_are_and_what_we_may(self, bench: Bench) -> None:
        """Feeds and verbs are at most the declared ones; for each one missing the right to ask for is named."""
        async with opened(bench) as source:
            me = await persist(bench, source.check)
        assert me.name, "check tells no name"
        assert me.feeds <= source.feeds, f"check tells feeds that are not declared: {me.feeds - source.feeds}"
        assert me.verbs <= set(source.verbs), f"check tells verbs that are not declared: {me.verbs - set(source.verbs)}"
        for lost in (source.feeds - me.feeds) | (set(source.verbs) - me.verbs):
            assert me.missing.get(lost), f"check does not say which right is missing for {lost}"

    async def test_closing_twice_does_no_harm(self, bench: Bench) -> None:
        """And before anything was asked."""
        source = bench.source()
        await source.close()
        await source.close()

    async def test_no_connection(self, bench: Bench) -> None:
        """Unreachable, and certainly not landed."""
        need(bench, "drop_next")
        await self._everywhere(bench, bench.drop_next, Unreachable, landed={False})

    async def test_a_server_error(self, bench: Bench) -> None:
        """Unreachable; a write may have landed or not."""
        need(bench, "fail_next")
        await self._everywhere(bench, bench.fail_next, Unreachable, landed={False, None})

    async def test_refused(self, bench: Bench) -> None:
        """Refused, not landed."""
        need(bench, "refuse_next")
        await self._everywhere(bench, bench.refuse_next, Refused, landed={False})

    async def test_throttled(self, bench: Bench) -> None:
        """Throttled, not landed, until when the platform said."""
        need(bench, "throttle_next")

        async def throttle() -> None:
            await bench.throttle_next(Instant(bench.clock.now() + 2 * MINUTE))

        for error in await self._everywhere(bench, throttle, Throttled, landed={False}):
            assert isinstance(error, Throttled)
            assert abs(error.until - bench.clock.now() - 2 * MINUTE) <= SKEW, "`until` is not what the platform said"

    async def test_garbled(self, bench: Bench) -> None:
        """Malformed; for a write nobody can know whether it landed, but for the platform it did."""
        need(bench, "garble_next_answer")
        async with opened(bench) as source:
            await bench.garble_next_answer()
            await expect(bench, Malformed, read(source, self._feed(source)))
            if Verb.REPLY in source.verbs:
                action = await bench.action(Verb.REPLY)
                await bench.garble_next_answer()
                error = await expect(bench, SourceError, source.push(action))
                assert error.landed is not False, "an answer nobody can read does not mean that nothing was done"
        await check_mirror(bench)

    async def test_unauthorized(self, bench: Bench) -> None:
        """Whatever is asked: Unauthorized, not landed."""
        need(bench, "unauthorized")

        async def nothing() -> None:
            await bench.unauthorized()

        await self._everywhere(bench, nothing, Unauthorized, landed={False}, recovers=False)

    async def _everywhere(
        self,
        bench: Bench,
        fault: Callable[[], Awaitable[None]],
        kind: type[SourceError],
        *,
        landed: set[bool | None],
        recovers: bool = True,
    ) -> list[SourceError]:
        """Meet a fault in check, in a pull and in a reply; afterwards the source works as if nothing had been."""
        errors = []
        async with opened(bench) as source:
            await furnish(bench)
            action = await bench.action(Verb.REPLY) if Verb.REPLY in source.verbs else None
            await fault()
            errors.append(await expect(bench, kind, source.check()))
            await fault()
            errors.append(await expect(bench, kind, read(source, self._feed(source))))
            if action:
                await fault()
                errors.append(await expect(bench, kind, source.push(action)))
                assert errors[-1].landed in landed, f"{kind.__name__}.landed is {errors[-1].landed}"
                assert await copies(bench, action) == 0, "the platform did not do it, somebody else did"
            if recovers:
                await source.check()
                await read(source, self._feed(source))
        if recovers:
            await check_mirror(bench)
        return errors

    def _feed(self, source: Source) -> Feed:
        return Feed.THREADS if Feed.THREADS in source.feeds else min(source.feeds)
