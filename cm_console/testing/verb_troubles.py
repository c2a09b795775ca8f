"""The part of SourceContract that meets every declared verb with trouble, not replies alone."""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import ReplayKind
from cm_console.model.errors import Conflict, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind
from cm_console.model.time import MINUTE, Instant
from cm_console.testing.bench import Bench
from cm_console.testing.driving import check_words, deliver, essences, expect, need, opened
from cm_console.testing.effects import check_effect
from cm_console.testing.pushes import stageable


class VerbTroubleContract:
    """Part of SourceContract."""

    async def test_every_verb_waits_when_it_comes_too_early(self, bench: Bench) -> None:
        """Throttled, nothing done; after the wait the same action works."""
        need(bench, "throttle_next")
        async with opened(bench) as source:
            async for action in stageable(bench, source):
                before = essences(await bench.truth())
                await bench.throttle_next(Instant(bench.clock.now() + 2 * MINUTE))
                error = await expect(bench, Throttled, source.push(action))
                assert error.landed is False, f"{action.verb} came too early and says it may have landed"
                assert essences(await bench.truth()) == before, f"{action.verb} came too early and did something"
                bench.clock.advance(3 * 60)
                anew = replace(action, tried_at=bench.clock.now())
                assert await deliver(bench, source, anew) or source.verbs[action.verb].kind is ReplayKind.ASK

    async def test_every_safe_verb_can_lose_its_answer(self, bench: Bench) -> None:
        """Nobody can know whether it landed; sent once more it stands as it should, and a receipt says so."""
        need(bench, "lose_next_answer")
        async with opened(bench) as source:
            async for action in stageable(bench, source, ReplayKind.SAFE):
                await bench.lose_next_answer()
                try:
                    first = await source.push(action)
                except (Unreachable, Conflict) as error:
                    check_words(bench, error)
                    assert error.landed is None, f"{action.verb}: the answer was lost, so landed must be None"
                else:
                    raise AssertionError(f"{action.verb}: the answer was lost, and yet there is one: {first}")
                await bench.quiet()
                again = await deliver(bench, source, action)
                assert again, f"{action.verb} lost its answer and cannot be sent again"
                is_member = action.target is not None and action.target.kind is Kind.MEMBER
                standing = await bench.standing(action.target.id) if is_member and action.target else ""
                check_effect(action, again, dict(await bench.truth()), standing)

    async def test_every_verb_needs_its_token(self, bench: Bench) -> None:
        """Unauthorized and nothing done, whatever is told with a token that is worth nothing."""
        need(bench, "unauthorized")
        async with opened(bench) as source:
            actions = [action async for action in stageable(bench, source)]
            before = essences(await bench.truth())
            await bench.unauthorized()
            for action in actions:
                error = await expect(bench, Unauthorized, source.push(action))
                assert error.landed is False, f"{action.verb} without a right says it may have landed"
            assert essences(await bench.truth()) == before, "something was done without a right"

    async def test_every_verb_on_a_deleted_post_is_gone(self, bench: Bench) -> None:
        """Gone, Conflict or Refused, and nothing done; or an answer: some bring it back, some close a report."""
        need(bench, "add_thread", "delete_post")
        async with opened(bench) as source:
            async for action in stageable(bench, source):
                if action.target is None or action.target.kind is not Kind.POST:
                    continue
                await bench.delete_post(action.target.id)
                before = essences(await bench.truth())
                try:
                    await deliver(bench, source, replace(action, seen=None))
                except SourceError as error:
                    check_words(bench, error)
                    assert error.landed is False, f"{action.verb} of a deleted post says it may have landed"
                    wrong = isinstance(error, Unreachable | Throttled | Unauthorized)
                    assert not wrong, f"{action.verb} of a deleted post is {type(error).__name__}: tried again for ever"
                    assert essences(await bench.truth()) == before, f"{action.verb} was refused and changed something"
