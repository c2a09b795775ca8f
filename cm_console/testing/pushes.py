"""The half of SourceContract that writes: what verbs do, what a repeat does, looking, conflicts, cancelling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from cm_console.model.action import DESTRUCTIVE, Action, ReplayKind, Verb
from cm_console.model.errors import Conflict, Gone, SourceError, Unreachable
from cm_console.model.records import Kind, Post, Ref, Scheduled, Thread, ref_of
from cm_console.model.source import Source
from cm_console.testing.bench import Bench
from cm_console.testing.cancel import cut
from cm_console.testing.driving import (
    check_words,
    deliver,
    essence,
    essences,
    expect,
    look,
    need,
    opened,
    persist,
    skip,
)
from cm_console.testing.effects import check_effect
from cm_console.testing.pulls import STEPS, check_mirror, posts_of, version_of

FIRST = {
    Verb.RESTORE: (Verb.HIDE, Verb.REMOVE),
    Verb.REOPEN: (Verb.CLOSE,),
    Verb.UNSOLVE: (Verb.SOLVE,),
    Verb.UNLOCK: (Verb.LOCK,),
    Verb.UNASSIGN: (Verb.ASSIGN,),
    Verb.UNSILENCE: (Verb.SILENCE,),
    Verb.UNBAN: (Verb.BAN,),
    Verb.UNSCHEDULE: (Verb.SCHEDULE,),
    Verb.RESCHEDULE: (Verb.SCHEDULE,),
}
"""What must have been done before a verb has anything to take back."""


async def staged(bench: Bench, source: Source, verb: Verb) -> Action:
    """An action of this verb with everything in place that it needs."""
    first = next((one for one in FIRST.get(verb, ()) if one in source.verbs), None)
    if first is None:
        return await bench.action(verb)
    before = await bench.action(first)
    receipt = await deliver(bench, source, before)
    target = before.target or Ref(Kind.SCHEDULED, receipt.remote_id if receipt else "")
    return replace(await bench.action(verb, target=target), thread=before.thread)


async def stageable(bench: Bench, source: Source, *kinds: ReplayKind) -> AsyncIterator[Action]:
    """An action of every verb of these kinds that the bench can stage."""
    for verb, replay in source.verbs.items():
        if verb not in bench.cannot and (not kinds or replay.kind in kinds):
            yield await staged(bench, source, verb)


async def copies(bench: Bench, action: Action) -> int:
    """How many posts, messages, threads or plans say what a REPLY, MESSAGE, PUBLISH or SCHEDULE says."""
    if action.verb is Verb.MESSAGE and action.target:
        return sum(action.text in text for text in await bench.told(action.target.id))
    if action.verb is Verb.REPLY and action.target:
        return sum(action.text in text for text in await bench.texts(action.target.id))
    made = (r for r in (await bench.truth()).values() if isinstance(r, Thread | Scheduled))
    return len({record.id for record in made if record.title == action.title})


class PushContract:
    """Part of SourceContract."""

    async def test_verbs_do_what_they_say(self, bench: Bench) -> None:
        """Each declared verb once: the platform shows it, the receipt names it and tells how things are now."""
        async with opened(bench) as source:
            me = (await persist(bench, source.check)).member
            async for action in stageable(bench, source):
                receipt = await deliver(bench, source, action)
                if receipt is None:
                    continue
                assert receipt.remote_id, f"the receipt of {action.verb} has no remote id"
                truth = dict(await bench.truth())
                member = action.target.id if action.target and action.target.kind is Kind.MEMBER else ""
                check_effect(action, receipt, truth, await bench.standing(member) if member else "")
                if action.verb in (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE):
                    assert await copies(bench, action) == 1, f"{action.verb} made {await copies(bench, action)} copies"
                    ours = [r for r in receipt.records if isinstance(r, Post) and action.text in r.text]
                    authors = {post.author for post in ours}
                    assert authors <= {me}, f"what {action.verb} wrote is by {authors}, but check says we are {me!r}"
                for record in receipt.records:
                    now = truth.get(ref_of(record))
                    assert now is None or essence(now) == essence(record), f"the receipt of {action.verb} is stale"
        await check_mirror(bench)

    async def test_repeats_of_safe_verbs_change_nothing(self, bench: Bench) -> None:
        """The same action again, with what was seen before the first: an answer or a settled Conflict, no effect."""
        async with opened(bench) as source:
            async for action in stageable(bench, source, ReplayKind.SAFE):
                seen = await version_of(bench, action.target) if action.target else None
                action = replace(action, seen=seen)
                first = await deliver(bench, source, action)
                before, standing = essences(await bench.truth()), await self._standing(bench, action)
                bench.clock.advance(5)
                second = await deliver(bench, source, action)
                told = f"{action.verb} is declared safe, but a repeat changed something"
                assert essences(await bench.truth()) == before, told
                assert await self._standing(bench, action) == standing, told
                assert first and second, f"a repeat of {action.verb} had no answer"

    async def _standing(self, bench: Bench, action: Action) -> str:
        is_member = action.target is not None and action.target.kind is Kind.MEMBER
        return await bench.standing(action.target.id) if is_member and action.target else ""

    async def test_repeats_of_keyed_verbs_are_dropped(self, bench: Bench) -> None:
        """Within the window the same id makes one thing, and both answers name it."""
        async with opened(bench) as source:
            async for action in stageable(bench, source, ReplayKind.KEYED):
                first = await deliver(bench, source, action)
                bench.clock.advance(min(source.verbs[action.verb].window / 4, 600))
                second = await deliver(bench, source, action)
                assert first and second and first.remote_id == second.remote_id, f"{action.verb}: not the same thing"
                assert await copies(bench, action) == 1, f"{action.verb} is declared keyed, but landed twice"

    async def test_lost_answers_are_found(self, bench: Bench) -> None:
        """The write is done, the answer lost: `landed` is None, nothing was repeated, and a look finds it."""
        need(bench, "lose_next_answer")
        async with opened(bench) as source:
            async for action in stageable(bench, source, ReplayKind.FIND, ReplayKind.KEYED):
                await bench.lose_next_answer()
                error = await expect(bench, Unreachable, source.push(action))
                assert error.landed is None, "the answer was lost: nobody can know, so landed must be None"
                await bench.quiet()
                assert await copies(bench, action) == 1, f"{action.verb}: a source never repeats by itself"
                if source.verbs[action.verb].findable:
                    receipt = await look(bench, source, action)
                    assert receipt and receipt.remote_id, f"{action.verb} landed, but find does not see it"
                    taken = replace(action, taken=frozenset({receipt.remote_id}))
                    assert await look(bench, source, taken) is None, "find answers with what belongs to another action"

    async def test_a_reply_can_name_the_post_it_answers(self, bench: Bench) -> None:
        """Any post, the first one too: the reply lands once, in its thread, and is found if the answer is lost."""
        need(bench, "add_thread", "add_post")
        async with opened(bench) as source:
            if Verb.REPLY not in source.verbs:
                skip("nothing can be answered here")
            thread = await bench.add_thread(2)
            await bench.add_post(thread, bench.fresh("What somebody else says"))
            for post in await posts_of(bench, thread):
                named = replace(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)), reply_to=post)
                receipt = await deliver(bench, source, named)
                made = [r for r in receipt.records if isinstance(r, Post) and named.text in r.text] if receipt else []
                assert all(r.thread == thread for r in made), "a reply to a post went to another thread"
                assert await copies(bench, named) == 1, "a reply to a post does not stand in its thread once"
                if "lose_next_answer" in bench.can and source.verbs[Verb.REPLY].findable:
                    lost = replace(await bench.action(Verb.REPLY, target=named.target), reply_to=post)
                    await bench.lose_next_answer()
                    await expect(bench, Unreachable, source.push(lost))
                    await bench.quiet()
                    assert await look(bench, source, lost), "a reply to a post landed, but find does not see it"

    async def test_find_sees_only_our_own_attempt(self, bench: Bench) -> None:
        """Not what never was sent, what another member wrote, what stands elsewhere, what was there before."""
        need(bench, "add_thread", "add_post")
        async with opened(bench) as source:
            if Verb.REPLY not in source.verbs or not source.verbs[Verb.REPLY].findable:
                skip("replies cannot be looked for here")
            action = await bench.action(Verb.REPLY)
            assert await look(bench, source, action) is None, "find sees what was never sent"
            await bench.add_post(action.target.id if action.target else "", action.text)
            assert await look(bench, source, action) is None, "find takes another member's words for ours"
            elsewhere = replace(await bench.action(Verb.REPLY), text=action.text)
            assert await deliver(bench, source, elsewhere)
            assert await look(bench, source, action) is None, "find looks in another thread"
            other = replace(action, text=bench.fresh("Our own words about something else entirely"))
            assert await deliver(bench, source, other)
            assert await look(bench, source, action) is None, "find takes any words of ours for these"
            bench.clock.advance(86_400)
            later = replace(other, id=action.id, tried_at=bench.clock.now())
            assert await look(bench, source, later) is None, "find takes what we said a day before the attempt"

    async def test_what_nobody_can_know_is_not_claimed(self, bench: Bench) -> None:
        """An ASK verb is not findable, and looking for it or for a SAFE one finds nothing."""
        async with opened(bench) as source:
            for verb, replay in source.verbs.items():
                assert replay.kind is not ReplayKind.ASK or not replay.findable, f"{verb} is ASK and findable at once"
                assert replay.kind is not ReplayKind.FIND or replay.findable, f"{verb} is FIND, but not findable"
            async for action in stageable(bench, source, ReplayKind.ASK):
                await deliver(bench, source, action)
                found = await persist(bench, lambda action=action: source.find(action))  # type: ignore[misc]  # a default
                assert found is None, f"find claims to see a {action.verb}"

    async def test_what_changed_since_it_was_seen_is_a_conflict(self, bench: Bench) -> None:
        """A destructive verb on a post that was rewritten after the person saw it changes nothing."""
        need(bench, "add_thread", "edit_post")
        async with opened(bench) as source:
            async for action in stageable(bench, source):
                if action.verb not in DESTRUCTIVE or not action.target or action.target.kind is not Kind.POST:
                    continue
                seen = await version_of(bench, action.target)
                bench.clock.advance(60)
                await bench.edit_post(action.target.id, bench.fresh("Words that nobody has judged yet"))
                before = essences(await bench.truth())
                error = await self._conflict(bench, source, replace(action, seen=seen))
                assert error.current, "a Conflict says in `current` how it is now"
                assert not error.settled, "nobody brought about what was wanted"
                assert essences(await bench.truth()) == before, f"{action.verb} changed what nobody had seen"
                seen = await version_of(bench, action.target)
                assert await deliver(bench, source, replace(action, seen=seen)), f"{action.verb} refuses what was seen"

    async def test_a_faster_colleague_is_a_conflict(self, bench: Bench) -> None:
        """A report that was closed there meanwhile: the person hears how, and nothing is decided again."""
        need(bench, "add_thread", "add_report", "colleague_acts")
        async with opened(bench) as source:
            if not {Verb.KEEP, Verb.IGNORE} & set(source.verbs):
                skip("reports cannot be decided here")
            verb = Verb.KEEP if Verb.KEEP in source.verbs else Verb.IGNORE
            for agree in (True, False):
                action = await bench.action(verb)
                await bench.colleague_acts(action.report or "", agree=agree)
                before = essences(await bench.truth())
                error = await self._conflict(bench, source, action)
                assert error.settled is (verb is Verb.KEEP and not agree), "settled: a colleague did what was wanted"
                assert error.settled or error.current, "a Conflict says in `current` how it is now"
                assert essences(await bench.truth()) == before, "a decision was made twice"

    async def _conflict(self, bench: Bench, source: Source, action: Action) -> Conflict:
        for _ in range(50):
            try:
                receipt = await source.push(action)
            except Conflict as error:
                check_words(bench, error)
                return error
            except SourceError as error:
                assert error.landed is not True, "a conflict never lands"
                bench.clock.advance(60)
            else:
                raise AssertionError(f"{action.verb} should be a Conflict, not {receipt}")
        raise AssertionError(f"{action.verb} should be a Conflict, and never got through")

    async def test_a_deleted_target_is_gone(self, bench: Bench) -> None:
        """Gone, or a settled Conflict where gone was what was wanted."""
        need(bench, "add_thread", "delete_post")
        async with opened(bench) as source:
            async for action in stageable(bench, source):
                if action.verb not in (Verb.EDIT, Verb.HIDE, Verb.REMOVE):
                    continue
                assert action.target is not None
                await bench.delete_post(action.target.id)
                try:
                    receipt = await deliver(bench, source, action)
                except (Gone, Conflict) as error:
                    assert error.landed is False, "nothing was done to what is gone"
                else:
                    assert receipt and action.verb is Verb.REMOVE, f"{action.verb} of a deleted post had an answer"

    async def test_a_push_can_be_cancelled_at_every_await(self, bench: Bench) -> None:
        """Cut at await 1, 2, 3 ..., then resolved as the outbox does: it is there exactly once, the source lives on."""
        async with opened(bench) as source:
            for verb in (Verb.REPLY, Verb.PUBLISH, Verb.CLOSE, Verb.HIDE, Verb.REMOVE):
                if verb in source.verbs and verb not in bench.cannot:
                    await self._cancel_everywhere(bench, source, verb)
        await check_mirror(bench)

    async def _cancel_everywhere(self, bench: Bench, source: Source, verb: Verb) -> None:
        for step in range(1, STEPS):
            action = await staged(bench, source, verb)
            was_cut = await cut(deliver(bench, source, action), step)
            await bench.quiet()
            found = await look(bench, source, action) if source.verbs[verb].kind is ReplayKind.FIND else None
            receipt = found or await deliver(bench, source, action) if was_cut else found
            assert receipt or not was_cut, f"{verb} cut at await {step} could not be resolved"
            if verb in (Verb.REPLY, Verb.PUBLISH):
                there = await copies(bench, action)
                assert there == 1, f"{verb} cut at await {step} is there {there} times"
            if not was_cut:
                return
        raise AssertionError(f"{verb} did not end in {STEPS} awaits")
