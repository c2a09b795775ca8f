"""A suite that accepts a broken source is worth nothing: every mutant is caught by the test meant for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast

import pytest

from cm_console.model.action import Replay, Verb
from cm_console.model.errors import SourceError, Throttled, Unreachable
from cm_console.model.records import Post
from cm_console.model.source import Source, SourceKind
from cm_console.sources.memory import MemorySettings, MemorySource
from cm_console.testing import CHANGES, FAULTS, Bench, HostileMemoryBench, MemoryBench, SourceContract, violations
from cm_console.testing.driving import Mirror, catch_up

from . import contract_mutants as m

CAUGHT_BY: dict[type, tuple[str, str]] = {
    m.SkipsAtPageBorders: ("test_a_pull_resumes_after_any_page", "never arrived"),
    m.CursorBeforeThePage: ("test_a_pull_resumes_after_any_page", "never arrived"),
    m.ForgetsTombstones: ("test_deletions_arrive", "deleted records are still here"),
    m.ForgetsEdits: ("test_edits_arrive", "records differ"),
    m.SeesOnlyTheStart: ("test_changes_between_pages_are_not_missed", "never arrived"),
    m.PagesTooBig: ("test_a_pull_brings_everything_in_bounded_pages", "240 records, at most 100"),
    m.NeverEnds: ("test_a_pull_brings_everything_in_bounded_pages", "did not end"),
    m.SaysMoreAndStops: ("test_a_pull_brings_everything_in_bounded_pages", "said there is more"),
    m.StartsAnewEachTime: ("test_nothing_new_brings_nothing_and_asks_little", "known records"),
    m.RemembersInMemory: ("test_nothing_new_brings_nothing_and_asks_little", "243 known records"),
    m.MovesOnWithTheLastPage: ("test_a_pull_cut_short_again_and_again_gets_through", "5 pulls do not end it"),
    m.AsksForEverything: ("test_nothing_new_brings_nothing_and_asks_little", "idle_cost is 5"),
    m.AsksForEverythingOnNews: ("test_one_new_post_asks_little", "news_cost is 6"),
    m.PlainText: ("test_hostile_text_arrives_as_untrusted", "not Untrusted"),
    m.ChokesOnText: ("test_hostile_text_arrives_as_untrusted", "UnicodeEncodeError"),
    m.DropsOddText: ("test_hostile_text_arrives_as_untrusted", "posts of hostile text never arrived"),
    m.PullStopsAfterCancel: ("test_a_pull_can_be_cancelled_at_every_await", "Refused: already reading"),
    m.FindsNothing: ("test_lost_answers_are_found", "find does not see it"),
    m.FindsTheTaken: ("test_lost_answers_are_found", "belongs to another action"),
    m.FindsAnything: ("test_find_sees_only_our_own_attempt", "another member's words"),
    m.FindsTheOld: ("test_find_sees_only_our_own_attempt", "a day before the attempt"),
    m.FindsWarnings: ("test_what_nobody_can_know_is_not_claimed", "find claims to see a warn"),
    m.AskIsFindable: ("test_what_nobody_can_know_is_not_claimed", "ASK and findable at once"),
    m.WritesToSomebodyElse: ("test_verbs_do_what_they_say", "0 copies"),
    m.ForgetsKeys: ("test_repeats_of_keyed_verbs_are_dropped", "not the same thing"),
    m.ReplyIsKeyed: ("test_repeats_of_keyed_verbs_are_dropped", "not the same thing"),
    m.ReplyIsSafe: ("test_repeats_of_safe_verbs_change_nothing", "reply is declared safe"),
    m.SafeIsNot: ("test_repeats_of_safe_verbs_change_nothing", "close is declared safe"),
    m.SeenIsCheckedFirst: ("test_repeats_of_safe_verbs_change_nothing", "Conflict: changed since"),
    m.RepeatsItself: ("test_verbs_do_what_they_say", "reply made 2 copies"),
    m.DoesNothing: ("test_verbs_do_what_they_say", "remove changed nothing"),
    m.LeavesReportsOpen: ("test_verbs_do_what_they_say", "keep left the report open"),
    m.StaleReceipts: ("test_verbs_do_what_they_say", "is stale"),
    m.IgnoresSeen: ("test_what_changed_since_it_was_seen_is_a_conflict", "edit should be a Conflict"),
    m.IgnoresColleagues: ("test_a_faster_colleague_is_a_conflict", "keep should be a Conflict"),
    m.RawExceptions: ("test_a_deleted_target_is_gone", "KeyError"),
    m.RemembersAfterCancel: ("test_a_push_can_be_cancelled_at_every_await", "Refused: busy"),
    m.SwallowsCancel: ("test_a_push_can_be_cancelled_at_every_await", "was swallowed"),
    m.ClaimsTooMuch: ("test_check_tells_who_we_are_and_what_we_may", "verbs that are not declared"),
    m.HidesWhatIsMissing: ("test_check_tells_who_we_are_and_what_we_may", "which right is missing for ban"),
    m.LosesNamedReplies: ("test_a_reply_can_name_the_post_it_answers", "find does not see it"),
    m.WaitsForRepliesOnly: ("test_every_verb_waits_when_it_comes_too_early", "expected Throttled, not Refused"),
    m.AsksNobodyForDecisions: ("test_every_verb_needs_its_token", "expected Unauthorized, not Refused"),
    m.DecisionsNeverLand: ("test_every_safe_verb_can_lose_its_answer", "landed must be None"),
    m.TriesTheDeadForEver: ("test_every_verb_on_a_deleted_post_is_gone", "did not get through"),
    m.SkipsWhatBroke: ("test_a_server_that_goes_away_inside_a_pull_costs_nothing", "10 records never arrived"),
    m.CountsBackwards: ("test_a_pull_tells_how_far_it_is", "what is done of threads shrinks"),
    m.DoneBeyondAll: ("test_a_pull_tells_how_far_it_is", "is done than there is"),
    m.NamesAnotherAsUs: ("test_verbs_do_what_they_say", "but check says we are 'The team'"),
    m.UnexplainedSettings: ("test_it_declares_itself", "platform has no help"),
    m.SaysItDidNotLand: ("test_lost_answers_are_found", "landed must be None"),
    m.SaysNobodyKnows: ("test_refused", "Refused.landed is None"),
    m.TellsSecrets: ("test_no_connection", "a secret is in the words"),
    m.TellsSecretsInTheCause: ("test_unauthorized", "a secret is in the words"),
    m.TwoLineWords: ("test_refused", "not one plain line"),
    m.NeverUntil: ("test_throttled", "not what the platform said"),
    m.UnreachableForAll: ("test_unauthorized", "expected Unauthorized, not Unreachable"),
    m.RefusedForAll: ("test_a_server_error", "expected Unreachable, not Refused"),
    m.RetriesLostAnswers: ("test_lost_answers_are_found", "never repeats by itself"),
}
"""The mutant, the test that exists because of it (others may catch it too), and what that test says."""


def mutant_bench(mutant: type) -> MemoryBench:
    """An honest world with a broken source in it."""
    around = not issubclass(mutant, MemorySource)

    class MutantBench(MemoryBench):
        kind = cast("SourceKind", MemorySource if around else mutant)
        secrets = (m.SECRET,)

        def plain_source(self) -> Source:
            settings = MemorySettings(self.platform.name)
            return MemorySource(settings, self.clock) if around else cast("Source", mutant(settings, self.clock))

        def source(self) -> Source:
            source = super().source()
            return cast("Source", mutant(source, self.clock)) if around else source

    return MutantBench()


@pytest.mark.parametrize("mutant", CAUGHT_BY, ids=lambda mutant: mutant.__name__)
async def test_every_mutant_is_caught(mutant: type) -> None:
    """The named test goes red, and for the right reason."""
    test, words = CAUGHT_BY[mutant]
    found = await violations(lambda: mutant_bench(mutant), only=test)
    assert words in found.get(test, "nothing found")


async def test_an_honest_source_is_not_accused() -> None:
    """The same run finds nothing wrong with the memory source, nor with its hostile twin."""
    assert await violations(MemoryBench) == {}
    assert await violations(lambda: HostileMemoryBench(99)) == {}


async def test_a_world_nobody_can_change_is_read_all_the_same() -> None:
    """A read-only source skips what it cannot, and its paging is tested on the world as it is."""

    class Archive(MemorySource):
        """Honest."""

        verbs: ClassVar[Mapping[Verb, Replay]] = {}

    class Leaky(m.SkipsAtPageBorders):
        """Not."""

        verbs: ClassVar[Mapping[Verb, Replay]] = {}

    async def violated(kind: type, test: str) -> dict[str, str]:
        bench = mutant_bench(kind)
        await bench.add_thread(150)
        type(bench).cannot = dict.fromkeys(CHANGES | FAULTS, "an archive does not change")
        return await violations(lambda: bench, only=test)

    for test in (name for name in dir(SourceContract) if name.startswith("test_")):
        assert await violated(Archive, test) == {}
    assert await violated(Leaky, "test_a_pull_resumes_after_any_page")
    assert await violated(Leaky, "test_a_pull_can_be_cancelled_at_every_await")


def test_every_mutant_is_listed() -> None:
    """A mutant that nobody runs proves nothing."""
    names = {name for name, thing in vars(m).items() if isinstance(thing, type) and thing.__module__ == m.__name__}
    assert names - {"Mutant", "BareSettings", "_Around", "_ButReplies"} == {mutant.__name__ for mutant in CAUGHT_BY}


async def test_the_hostile_twin_really_is_hostile() -> None:
    """It loses answers, refuses connections, throttles, shuffles and rewinds: else its passing means little."""
    bench = HostileMemoryBench(7)
    source, kinds = bench.source(), []
    await bench.add_thread(150)
    for _ in range(100):
        action = await bench.action(Verb.REPLY)
        try:
            await source.push(action)
        except SourceError as error:
            kinds.append((type(error), error.landed))
    assert {(Unreachable, None), (Unreachable, False), (Throttled, False)} <= set(kinds)
    ids = await _pulled_ids(bench)
    assert len(ids) > len(set(ids)), "no page was repeated"
    assert list(dict.fromkeys(ids)) != sorted(set(ids), key=lambda id: int(id.partition("-")[2])), (
        "nothing was shuffled"
    )
    await bench.close()


async def _pulled_ids(bench: Bench) -> list[str]:
    mirror = Mirror()
    await catch_up(bench, bench.source(), mirror)
    return [r.id for page in mirror.pages for r in page.records if isinstance(r, Post)]
