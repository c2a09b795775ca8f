"""Sync: pull pages of one source into the store; each page and its cursor land together or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cm_console.model.errors import Malformed, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.source import PAGE_LIMIT, Cursor, Feed, Identity, Page, Source
from cm_console.model.text import clean_line
from cm_console.model.time import MINUTE, SECOND, Clock
from cm_console.services.changes import Changes
from cm_console.services.collector import seldom_collecting
from cm_console.store import Store, fulltext, ingest, sources
from cm_console.store.batch import Community

ENOUGH_RECORDS = 2_000
ENOUGH_MILLISECONDS = 100
"""Pages are gathered until one of the two is reached: fast, and the event loop stays free."""

TIDY_EVERY = 32
"""Times pages were saved until the full text is tidied up within a long pull; after each pull it is anyway."""

STILL_PAGES = 100
"""Pages in a row that may have the same cursor: a platform that gives so much at once cannot be resumed within."""

VANISHING_SHARE, VANISHING_COUNT = 0.2, 20
"""A pull that would delete more than both stops and asks."""

FIRST_BACK_OFF, LAST_BACK_OFF = 5 * SECOND, 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pull of a feed is; `total` None when unknown. Records, not pages."""

    source: str
    feed: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the pull of one feed ended: state as in `store.sources.FeedState`, records pulled, and what changed."""

    source: str
    feed: str
    state: str
    words: str = ""
    records: int = 0
    changed: int = 0
    notes: tuple[str, ...] = ()
    until: int | None = None


@dataclass
class Sync:
    """Pulls one source. Keeps nothing of its own but how often it failed in a row."""

    source: Source
    name: str
    source_id: int
    store: Store
    clock: Clock
    changes: Changes
    community: Community
    jitter: Callable[[], float] = lambda: 0.5
    on_progress: Callable[[Progress], None] = lambda progress: None
    accept_deletions: bool = False
    failures: int = field(default=0, init=False)
    readable: frozenset[Feed] = frozenset(Feed)

    async def identify(self) -> Identity:
        """Ask who we are there and keep the answer, so that screens know offline what can be done."""
        identity = await self.source.check()
        now = self.clock.now()
        saved = await self.store.write(
            lambda conn: ingest.identify(conn, self.source_id, self.community, identity, now)
        )
        self.readable = identity.feeds
        self.changes.add({"status", *saved.topics})
        return identity

    async def pull(self, feeds: Sequence[Feed] = tuple(Feed)) -> list[Outcome]:
        """Pull feeds one after the other, those our token may read; a failing one does not stop the next.

        Unless nothing can be reached, or the token is worth nothing.
        """
        outcomes = []
        for feed in feeds:
            if feed in self.source.feeds & self.readable:
                outcomes.append(await self.pull_feed(feed))
                if outcomes[-1].state in ("waiting", "unauthorized"):
                    break
        failed = any(outcome.state == "waiting" for outcome in outcomes)
        self.failures = self.failures + 1 if failed else 0
        return outcomes

    async def pull_feed(self, feed: Feed) -> Outcome:
        """Pull one feed from its cursor until caught up, and note how it ended."""
        gathered = _Gathered()
        try:
            with seldom_collecting():
                await self._pull_pages(feed, gathered)
            outcome = Outcome(self.name, feed, "ok")
        except SourceError as error:
            outcome = self._failed(feed, error)
        except _Vanishing as error:
            outcome = Outcome(self.name, feed, "held", str(error))
        finally:
            await self._flush(feed, gathered)
            await gathered.saved()
        counts = (gathered.records, gathered.changed, tuple(gathered.notes))
        outcome = Outcome(self.name, feed, outcome.state, outcome.words, *counts, outcome.until)
        await self.store.write(
            lambda conn: sources.report(
                conn,
                self.source_id,
                feed,
                outcome.state,
                words=outcome.words,
                now=self.clock.now(),
                synced=outcome.state == "ok",
                until=outcome.until,
            )
        )
        self.changes.add(("status",))
        return outcome

    async def tidy(self) -> None:
        """Merge what was added to the full text, in small steps: between two of them others may write."""
        while await self.store.write(fulltext.merge):
            pass

    async def _pull_pages(self, feed: Feed, gathered: _Gathered) -> None:
        known, gathered.was_held = await self.store.read(
            lambda conn: (sources.cursor(conn, self.source_id, feed), sources.is_held(conn, self.source_id, feed))
        )
        cursor = None if known is None else Cursor(known)
        still = 0
        async for page in self.source.pull(feed, cursor):
            still = still + 1 if page.cursor == cursor else 0
            _check_page(page, still, self.name)
            await self._check_vanishing(page, gathered)
            gathered.add(page, self.clock.now())
            self.on_progress(Progress(self.name, feed, page.done or gathered.records, page.total))
            if gathered.enough(self.clock.now()) or not page.more:
                await self._flush(feed, gathered)
            cursor = page.cursor

    async def _flush(self, feed: Feed, gathered: _Gathered) -> None:
        """Save what is gathered while the next pages are pulled; at most one save is under way."""
        if pages := gathered.take():
            await gathered.saved()
            gathered.saving = asyncio.create_task(self._save(feed, pages, gathered))

    async def _save(self, feed: Feed, pages: list[Page], gathered: _Gathered) -> None:
        saved = await self.store.write(
            lambda conn: ingest.save_pages(conn, self.source_id, feed, self.community, pages, self.clock.now())
        )
        gathered.changed += saved.changed
        self.changes.add(saved.topics)
        gathered.saves += 1
        if gathered.saves % TIDY_EVERY == 0:
            await self.tidy()

    async def _check_vanishing(self, page: Page, gathered: _Gathered) -> None:
        """Count over the whole pull; one that was held stays held until somebody agrees or nothing is to be deleted."""
        if not page.gone or self.accept_deletions:
            return
        hit, held = await self.store.read(lambda conn: ingest.vanishing(conn, self.source_id, page.gone))
        gathered.vanishing += hit
        gathered.held = max(gathered.held, held)
        limit = 0 if gathered.was_held else max(VANISHING_COUNT, VANISHING_SHARE * gathered.held)
        if gathered.vanishing > limit:
            raise _Vanishing(
                f"{self.name} says {gathered.vanishing} of {gathered.held} items are gone: it was stopped before"
                f" these are deleted here. If that is right: cm-console sync {self.name} --accept-deletions"
            )

    def _failed(self, feed: Feed, error: SourceError) -> Outcome:
        words, now = clean_line(str(error)), self.clock.now()
        match error:
            case Throttled():
                return Outcome(self.name, feed, "waiting", words, until=error.until)
            case Unreachable():
                return Outcome(self.name, feed, "waiting", words, until=now + self.back_off())
            case Unauthorized():
                right = f" (needs {error.right})" if error.right else ""
                return Outcome(self.name, feed, "unauthorized", words + right)
            case Malformed():
                return Outcome(self.name, feed, "parked", words)
            case _:
                return Outcome(self.name, feed, "failed", words)

    def back_off(self) -> int:
        """Exponential with full jitter, so that many consoles do not come back at once."""
        longest = min(LAST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(self.failures, 16))
        return int(FIRST_BACK_OFF + self.jitter() * (longest - FIRST_BACK_OFF))


class _Vanishing(Exception):
    """More would be deleted than is believable."""


@dataclass
class _Gathered:
    """Pages waiting to be saved, and what came of this pull so far."""

    pages: list[Page] = field(default_factory=list)
    waiting: int = 0
    since: int = 0
    records: int = 0
    changed: int = 0
    saves: int = 0
    vanishing: int = 0
    held: int = 0
    was_held: bool = False
    notes: list[str] = field(default_factory=list)
    saving: asyncio.Task[None] | None = None

    async def saved(self) -> None:
        """Wait for the save that is under way, which goes on when the pull is stopped; raises what it raised."""
        if saving := self.saving:
            await asyncio.shield(saving)
            self.saving = None

    def add(self, page: Page, now: int) -> None:
        if not self.pages:
            self.since = now
        self.pages.append(page)
        self.waiting += len(page.records)
        self.records += len(page.records)
        if page.note:
            self.notes.append(clean_line(page.note))

    def enough(self, now: int) -> bool:
        return self.waiting >= ENOUGH_RECORDS or now - self.since >= ENOUGH_MILLISECONDS

    def take(self) -> list[Page]:
        pages, self.pages, self.waiting = self.pages, [], 0
        return pages


def _check_page(page: Page, still: int, name: str) -> None:
    """A batch of several pages moves on with its last; one that never moves on would be pulled for ever."""
    if len(page.records) > PAGE_LIMIT:
        raise Malformed(f"{name} sent a page of {len(page.records)} records, {PAGE_LIMIT} are allowed")
    if page.more and still and (still > STILL_PAGES or not (page.records or page.gone)):
        raise Malformed(f"{name} says there is more but does not move on from {clean_line(page.cursor, 60)!r}")
