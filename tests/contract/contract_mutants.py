"""Broken memory sources, each with one illegal habit: SourceContract must see every one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from cm_console.model.action import SAFE, Action, Receipt, Replay, ReplayKind, Verb, keyed
from cm_console.model.errors import Conflict, Gone, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, Ref, Report
from cm_console.model.source import Cursor, Feed, Identity, Page, Source
from cm_console.model.text import Untrusted
from cm_console.model.time import Clock, Instant
from cm_console.sources.memory import PLATFORMS, MemorySettings, MemorySource, Platform

SECRET = "CANARY-5f1d"


class Mutant(MemorySource):
    """What the mutants have in common: they know their platform."""

    @property
    def platform(self) -> Platform:
        """The far end."""
        return PLATFORMS[self._name]

    async def pages(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """The honest pages."""
        async for page in super().pull(feed, cursor):
            yield page


class SkipsAtPageBorders(Mutant):
    """The cursor steps over one change."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Resumes one too far."""
        async for page in self.pages(feed, cursor):
            born, _, place = page.cursor.partition("-")
            yield replace(page, cursor=Cursor(f"{born}-{int(place) + 1}"))


class CursorBeforeThePage(Mutant):
    """The first page already says it was the last."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Loses what comes after a stop."""
        end = Cursor(f"{self.platform.born}-{self.platform.page(feed, 10**9).total}")
        async for page in self.pages(feed, cursor):
            yield replace(page, cursor=end)


class ForgetsTombstones(Mutant):
    """Deletions never arrive."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Without `gone`."""
        async for page in self.pages(feed, cursor):
            yield replace(page, gone=())


class ForgetsEdits(Mutant):
    """What was changed after it was pulled never comes again."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Only what is new."""
        async for page in self.pages(feed, cursor):
            kept = [r for r in page.records if cursor is None or getattr(r, "version", "1") == "1"]
            yield replace(page, records=tuple(kept))


class SeesOnlyTheStart(Mutant):
    """Says it is caught up with the end, but read only what was there at the start."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Skips what arrives between pages."""
        pages = [page async for page in self.pages(feed, cursor)]
        for number, page in enumerate(pages):
            last = number == len(pages) - 1
            end = self.platform.page(feed, 10**9).total
            yield replace(page, cursor=Cursor(f"{self.platform.born}-{end}") if last and number else page.cursor)
            if last:
                return


class PagesTooBig(Mutant):
    """Everything at once."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """One page."""
        pages = [page async for page in self.pages(feed, cursor)]
        if pages:
            yield replace(pages[-1], records=tuple(record for page in pages for record in page.records))


class NeverEnds(Mutant):
    """Gives the last page for ever."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Without an end."""
        page = Page((), (), cursor or Cursor(""), True)
        async for honest in self.pages(feed, cursor):
            page = honest
            yield page
        while True:
            await asyncio.sleep(0)
            yield page


class SaysMoreAndStops(Mutant):
    """The last page promises another."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Always more."""
        async for page in self.pages(feed, cursor):
            yield replace(page, more=True)


class StartsAnewEachTime(Mutant):
    """Ignores the cursor."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """From the beginning."""
        async for page in self.pages(feed, None):
            yield page


class RemembersInMemory(Mutant):
    """Where it was it knows itself; its cursor tells nobody."""

    def __init__(self, settings: MemorySettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.places: dict[Feed, Cursor] = {}

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Goes on in the same process only."""
        async for page in self.pages(feed, self.places.get(feed)):
            self.places[feed] = page.cursor
            yield replace(page, cursor=Cursor(""))


class MovesOnWithTheLastPage(Mutant):
    """All pages but the last are cursored as if nothing had been read: whoever is cut short begins anew, for ever."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Takes the whole way for one step."""
        async for page in self.pages(feed, cursor):
            yield replace(page, cursor=cursor or Cursor("")) if page.more else page


class AsksForEverything(Mutant):
    """Asks for all there is each time, and gives only what is new of it."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Walks from the beginning first."""
        _ = [page async for page in self.pages(feed, None)]
        async for page in self.pages(feed, cursor):
            yield page


class AsksForEverythingOnNews(Mutant):
    """Asks for all there is as soon as anything is new."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Quiet on a quiet day."""
        async for page in self.pages(feed, cursor):
            _ = [old async for old in self.pages(feed, None)]
            yield page


class PlainText(Mutant):
    """Delivers what members wrote as an ordinary str."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Loses the mark."""
        async for page in self.pages(feed, cursor):
            records = [
                replace(r, text=cast("Untrusted", str(r.text))) if isinstance(r, Post) else r for r in page.records
            ]
            yield replace(page, records=tuple(records))


class ChokesOnText(Mutant):
    """A text that UTF-8 cannot carry ends the pull."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Raises UnicodeEncodeError."""
        async for page in self.pages(feed, cursor):
            for record in page.records:
                if isinstance(record, Post):
                    record.text.encode()
            yield page


class DropsOddText(Mutant):
    """Leaves out posts it cannot encode."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Silently."""
        async for page in self.pages(feed, cursor):
            odd = [r for r in page.records if isinstance(r, Post) and any("\ud800" <= c <= "\udfff" for c in r.text)]
            yield replace(page, records=tuple(record for record in page.records if record not in odd))


class FindsNothing(Mutant):
    """`find` always says: not there."""

    async def find(self, action: Action) -> Receipt | None:
        """Blind."""
        return None


class FindsAnything(Mutant):
    """`find` takes the words of anybody for ours."""

    async def find(self, action: Action) -> Receipt | None:
        """By text alone."""
        for record in self.platform.records(Kind.POST):
            if isinstance(record, Post) and record.text == action.text and record.id not in action.taken:
                return Receipt(record.id)
        return await super().find(action)


class LosesNamedReplies(Mutant):
    """Does not see a reply that named the post it answers."""

    async def find(self, action: Action) -> Receipt | None:
        """Looks at the top only."""
        return None if action.reply_to else await super().find(action)


class FindsTheTaken(Mutant):
    """`find` answers with what belongs to another action."""

    async def find(self, action: Action) -> Receipt | None:
        """Ignores `taken`."""
        return await super().find(replace(action, taken=frozenset()))


class FindsTheOld(Mutant):
    """`find` answers with what was said long before the attempt."""

    async def find(self, action: Action) -> Receipt | None:
        """Ignores `tried_at`."""
        return await super().find(replace(action, tried_at=Instant(0)))


class FindsWarnings(Mutant):
    """Claims to know what nobody can know."""

    async def find(self, action: Action) -> Receipt | None:
        """Sure of itself."""
        return Receipt("warning") if action.verb is Verb.WARN else await super().find(action)


class ForgetsKeys(Mutant):
    """Declared keyed, but a repeat makes a second thread."""

    async def push(self, action: Action) -> Receipt:
        """Drops the key."""
        self.platform.keys.pop(action.id, None)
        return await super().push(action)


class WritesToSomebodyElse(Mutant):
    """What is meant for one member reaches another."""

    async def push(self, action: Action) -> Receipt:
        """Always to bob."""
        wrong = Ref(Kind.MEMBER, "bob")
        return await super().push(replace(action, target=wrong) if action.verb is Verb.MESSAGE else action)


class RepeatsItself(Mutant):
    """Sends every reply twice, to be on the safe side."""

    async def push(self, action: Action) -> Receipt:
        """A retry of its own."""
        if action.verb is Verb.REPLY:
            await super().push(action)
        return await super().push(action)


class SafeIsNot(Mutant):
    """Declared safe, but a repeat of CLOSE opens again."""

    async def push(self, action: Action) -> Receipt:
        """Toggles."""
        thread = self.platform.get(action.target) if action.target else None
        if action.verb is Verb.CLOSE and getattr(thread, "closed", False):
            return await super().push(replace(action, verb=Verb.REOPEN))
        return await super().push(action)


class SeenIsCheckedFirst(Mutant):
    """A repeat of what landed is a conflict with itself."""

    async def push(self, action: Action) -> Receipt:
        """Compares versions before it looks at the state."""
        record = self.platform.get(action.target) if action.target else None
        if action.seen and getattr(record, "version", action.seen) != action.seen:
            raise Conflict("changed since you saw it", current="other words")
        return await super().push(action)


class DoesNothing(Mutant):
    """Gives a receipt for a removal that never was."""

    async def push(self, action: Action) -> Receipt:
        """Lazy."""
        return Receipt("1") if action.verb is Verb.REMOVE else await super().push(action)


class LeavesReportsOpen(Mutant):
    """Decides without telling the report."""

    async def push(self, action: Action) -> Receipt:
        """Keeps it open."""
        return Receipt("1") if action.verb is Verb.KEEP else await super().push(action)


class StaleReceipts(Mutant):
    """The receipt tells how things were before."""

    async def push(self, action: Action) -> Receipt:
        """Reads first, writes later."""
        before = self.platform.get(action.target) if action.target else None
        receipt = await super().push(action)
        return replace(receipt, records=(before,)) if before else receipt


class IgnoresSeen(Mutant):
    """Removes what nobody has judged."""

    async def push(self, action: Action) -> Receipt:
        """Without comparing."""
        return await super().push(replace(action, seen=None))


class IgnoresColleagues(Mutant):
    """Decides what was decided."""

    async def push(self, action: Action) -> Receipt:
        """Opens the report and closes it its own way."""
        report = self.platform.get(Ref(Kind.REPORT, action.report or ""))
        if isinstance(report, Report):
            self.platform.put(replace(report, closed_at=None, agreed=None))
        return await super().push(action)


class RawExceptions(Mutant):
    """A KeyError where Gone is meant."""

    async def push(self, action: Action) -> Receipt:
        """Lets its own trouble out."""
        try:
            return await super().push(action)
        except Gone as error:
            raise KeyError(action.target) from error


class RemembersAfterCancel(Mutant):
    """Busy for good once a push was cut off."""

    busy = False

    async def push(self, action: Action) -> Receipt:
        """Forgets to clear its flag."""
        if self.busy:
            raise Refused("busy")
        self.busy = True
        receipt = await super().push(action)
        self.busy = False
        return receipt


class SwallowsCancel(Mutant):
    """Goes on when it is told to stop."""

    async def push(self, action: Action) -> Receipt:
        """Tries again instead."""
        try:
            return await super().push(action)
        except asyncio.CancelledError:
            return await super().push(action)


class PullStopsAfterCancel(Mutant):
    """A pull that was cut off leaves a lock behind."""

    reading = False

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Never unlocks."""
        if self.reading:
            raise Refused("already reading")
        self.reading = True
        async for page in self.pages(feed, cursor):
            yield page
        self.reading = False


class ClaimsTooMuch(Mutant):
    """`check` tells of a verb nobody declared."""

    verbs: ClassVar[Mapping[Verb, Replay]] = dict.fromkeys((Verb.CLOSE, Verb.HIDE), SAFE)

    async def check(self) -> Identity:
        """Boasts."""
        return replace(await super().check(), verbs=frozenset(Verb))


class HidesWhatIsMissing(Mutant):
    """`check` lacks a verb and does not say which right to ask for."""

    async def check(self) -> Identity:
        """Keeps it to itself."""
        honest = await super().check()
        return replace(honest, verbs=honest.verbs - {Verb.BAN})


class CountsBackwards(Mutant):
    """Tells how much is left instead of how much is done."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Less and less."""
        left = 1_000
        async for page in self.pages(feed, cursor):
            left -= 1
            yield replace(page, done=left, total=None)


class DoneBeyondAll(Mutant):
    """Counts what it passed on, and tells half of it as all there is."""

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """More than there is."""
        async for page in self.pages(feed, cursor):
            yield replace(page, done=2, total=1)


class NamesAnotherAsUs(Mutant):
    """`check` tells a name where the id is asked for, so nobody knows our own posts again."""

    async def check(self) -> Identity:
        """Says who we are, but not as authors are named."""
        return replace(await super().check(), member="The team")


class AskIsFindable(Mutant):
    """Declares that nobody can know, and that one can look."""

    verbs: ClassVar[Mapping[Verb, Replay]] = {Verb.WARN: Replay(ReplayKind.ASK, findable=True)}


class ReplyIsSafe(Mutant):
    """Declares a reply to be safe: the outbox would send it again and again."""

    verbs: ClassVar[Mapping[Verb, Replay]] = {**MemorySource.verbs, Verb.REPLY: SAFE}


class ReplyIsKeyed(Mutant):
    """Declares a reply to be keyed on a platform that drops nothing."""

    verbs: ClassVar[Mapping[Verb, Replay]] = {**MemorySource.verbs, Verb.REPLY: keyed(3600)}


@dataclass(frozen=True)
class BareSettings:
    """A setting nobody explains."""

    platform: str = field(metadata={"help": "", "where": "", "example": ""})


class UnexplainedSettings(Mutant):
    """Asks for a thing without saying what it is."""

    settings: ClassVar[type] = BareSettings


class _Around:
    """A source around the faulty one: these mutants get what happened on the way wrong."""

    def __init__(self, inner: Source, clock: Clock) -> None:
        self.inner = inner
        self.clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def push(self, action: Action) -> Receipt:
        """Says it wrongly."""
        try:
            return await self.inner.push(action)
        except SourceError as error:
            raise (told := self.wrong(error)) from told.__cause__

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Says it wrongly."""
        try:
            async for page in self.inner.pull(feed, cursor):
                yield page
        except SourceError as error:
            raise (told := self.wrong(error)) from told.__cause__

    def wrong(self, error: SourceError) -> Exception:
        """The error this mutant raises instead."""
        return error


class SaysItDidNotLand(_Around):
    """A lost answer is taken for a write that was not done."""

    def wrong(self, error: SourceError) -> Exception:
        """Landed: no."""
        error.landed = False
        return error


class SaysNobodyKnows(_Around):
    """A refusal is taken for a write that may have been done."""

    def wrong(self, error: SourceError) -> Exception:
        """Landed: perhaps."""
        error.landed = None
        return error


class TellsSecrets(_Around):
    """The token is in the words."""

    def wrong(self, error: SourceError) -> Exception:
        """Quotes its headers."""
        return Unreachable(f"GET with Api-Key: {SECRET} failed", landed=error.landed)


class TellsSecretsInTheCause(_Around):
    """The words are clean, what caused them is not."""

    def wrong(self, error: SourceError) -> Exception:
        """Chains an exception that quotes the request."""
        error.__cause__ = ValueError(f"Authorization: {SECRET}")
        return error


class TwoLineWords(_Around):
    """A traceback for words."""

    def wrong(self, error: SourceError) -> Exception:
        """Not one plain line."""
        error.args = ("Traceback:\n  \x1b[31mboom",)
        return error


class NeverUntil(_Around):
    """Throttled, until the past."""

    def wrong(self, error: SourceError) -> Exception:
        """Drops the time."""
        return Throttled(str(error), until=0, status=429) if isinstance(error, Throttled) else error


class UnreachableForAll(_Around):
    """Every trouble is a bad connection."""

    def wrong(self, error: SourceError) -> Exception:
        """One class for all."""
        return Unreachable(str(error), landed=error.landed)


class RefusedForAll(_Around):
    """Every trouble is a refusal, so nothing is ever tried again."""

    def wrong(self, error: SourceError) -> Exception:
        """The other class for all."""
        return Refused(str(error))


class RetriesLostAnswers(_Around):
    """Sends again when the answer was lost, on its own account."""

    async def push(self, action: Action) -> Receipt:
        """Twice."""
        try:
            return await self.inner.push(action)
        except Unreachable as error:
            if error.landed is None and error.status is None:
                await self.inner.push(action)
            raise


class _ButReplies(_Around):
    """Tells the trouble of replies as it is, that of all other verbs wrongly."""

    async def push(self, action: Action) -> Receipt:
        """Replies are told as they are."""
        return await (self.inner.push(action) if action.verb is Verb.REPLY else super().push(action))

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """As it is."""
        async for page in self.inner.pull(feed, cursor):
            yield page


class WaitsForRepliesOnly(_ButReplies):
    """A limit ends every other verb for good."""

    def wrong(self, error: SourceError) -> Exception:
        """No, instead of later."""
        return Refused(str(error)) if isinstance(error, Throttled) else error


class AsksNobodyForDecisions(_ButReplies):
    """A worthless token is a refusal where no words are written."""

    def wrong(self, error: SourceError) -> Exception:
        """Nobody hears which right to ask for."""
        return Refused(str(error)) if isinstance(error, Unauthorized) else error


class DecisionsNeverLand(_ButReplies):
    """A lost answer of what is safe to repeat is taken for a write that was not done."""

    def wrong(self, error: SourceError) -> Exception:
        """Landed: no."""
        error.landed = False
        return error


class TriesTheDeadForEver(_ButReplies):
    """What is gone is taken for a bad connection."""

    def wrong(self, error: SourceError) -> Exception:
        """Later, instead of never."""
        return Unreachable(str(error), landed=False) if isinstance(error, Gone) else error


class SkipsWhatBroke(_Around):
    """Goes on behind the page that a broken connection did not bring."""

    broken: ClassVar[set[tuple[int, Feed]]] = set()

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Believes that what was asked for has come."""
        here = (id(self.clock), feed)
        if cursor is not None and here in self.broken:
            self.broken.discard(here)
            born, _, place = cursor.partition("-")
            cursor = Cursor(f"{born}-{int(place) + 10}")
        try:
            async for page in self.inner.pull(feed, cursor):
                yield page
        except Unreachable:
            self.broken.add(here)
            raise
