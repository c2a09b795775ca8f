"""Feeds into pages: several asked side by side, only what is new or changed comes out, a broken one stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field, replace

from cm_console.model.errors import Malformed, SourceError, Throttled, Unreachable
from cm_console.model.records import Member, Post, Record, Thread
from cm_console.model.source import PAGE_LIMIT, Page
from cm_console.model.text import Untrusted, clean_line
from cm_console.model.time import DAY, Clock, Instant
from cm_console.sources.rss.entries import Document, Entry, entry_id, hashed
from cm_console.sources.rss.progress import KEPT, SKIPPED, Feed, Progress, Seen
from cm_console.sources.rss.site import Fetched, Site

ABREAST = 6
"""Feeds asked side by side: also how many documents may be in memory."""
RECORDS_EACH = 3
TITLE_LENGTH = 80


@dataclass
class Pull:
    """One pull of all feeds from where `progress` stands."""

    sites: tuple[Site, ...]
    progress: Progress
    history: int
    clock: Clock
    done: int = field(default=0, init=False)

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new; raises at the end what went wrong with some feeds."""
        before, held, errors = self.progress.copy(), None, []
        for start in range(0, len(self.sites), ABREAST):
            for fetched in await fetch_all(self.sites[start : start + ABREAST], self.progress):
                if isinstance(fetched, SourceError):
                    errors.append(fetched)
                    continue
                for page in self._pages_of(fetched):
                    if held is not None:
                        yield held
                    held = page
                if fetched.document and fetched.document.fault:
                    errors.append(Malformed(f"{fetched.site.name}: {fetched.document.fault}"))
        if held is not None:
            yield replace(held, more=False)
        elif self.progress != before:
            yield Page((), (), self.progress.encode(), False)
        raise_worst(errors)

    def _pages_of(self, fetched: Fetched) -> Iterator[Page]:
        document, url = fetched.document, fetched.site.url
        if document is None:
            return
        feed = self.progress.feeds[url]
        news = list(self._news(document, fetched.site, feed))
        size = PAGE_LIMIT // RECORDS_EACH
        for start in range(0, len(news), size):
            batch = news[start : start + size]
            records = [record for _, _, records in batch for record in records]
            for key, seen, _ in batch:
                feed.seen[key] = seen
            self.done += len(batch)
            last = start + size >= len(news)
            if last:
                self._settle(feed, fetched)
            note = (
                f"{fetched.site.name}: only its first {len(document.entries)} entries are read" if document.cut else ""
            )
            yield Page(distinct(records), (), self.progress.encode(), True, self.done, None, note if last else "")
        if not news:
            self._settle(feed, fetched)

    def _settle(self, feed: Feed, fetched: Fetched) -> None:
        """All entries are delivered: from now on only a changed document is wanted, unless this one is broken."""
        if fetched.document and not fetched.document.fault:
            feed.etag, feed.modified = fetched.etag, fetched.modified
        feed.seen = dict(list(feed.seen.items())[-KEPT:])

    def _news(self, document: Document, site: Site, feed: Feed) -> Iterator[tuple[str, Seen, list[Record]]]:
        """The entries that are new or changed, each with what is to be remembered of it."""
        first, elsewhere = not feed.seen, self._elsewhere(feed)
        keyed = {entry_id(entry.id, entry, site.host): entry for entry in reversed(document.entries)}
        since = Instant(self.clock.now() - self.history * DAY) if first and self.history else Instant(0)
        for id, entry in reversed(keyed.items()):
            key, known = hashed(id), feed.seen.pop(hashed(id), None)
            if key in elsewhere:
                continue
            at = known.at if known else self._date(entry)
            if known and known.digest in (SKIPPED, entry.digest):
                feed.seen[key] = known
            elif at < since:
                feed.seen[key] = Seen(SKIPPED, at)
            else:
                root = self._root(entry, keyed, site)
                if known:
                    feed.seen[key] = known
                if known is None or known.reply == bool(root):
                    edited = self._edited(entry, known)
                    yield (
                        key,
                        Seen(entry.digest, at, bool(root)),
                        records_of(id, entry, at, edited, root, document, site),
                    )

    def _elsewhere(self, feed: Feed) -> set[str]:
        """What other feeds of this source brought: the first to bring an entry keeps it."""
        return {key for other in self.progress.feeds.values() if other is not feed for key in other.seen}

    def _date(self, entry: Entry) -> Instant:
        """When it was published: as it says, but not later than now; when it was first seen if it does not say."""
        now = self.clock.now()
        return now if entry.published is None else min(entry.published, now)

    def _edited(self, entry: Entry, known: Seen | None) -> Instant | None:
        now = self.clock.now()
        if known:
            return min(entry.updated or now, now)
        published, updated = entry.published, entry.updated
        return min(updated, now) if updated and published and updated > published else None

    def _root(self, entry: Entry, keyed: dict[str, Entry], site: Site) -> str:
        """The thread an entry answers in (RFC 4685), empty if it is no answer or to nothing we know."""
        root = ""
        for _ in range(10):
            if not entry.reply_to:
                return root
            root = entry_id(entry.reply_to, entry, site.host)
            if root not in keyed:
                seen = next((s for f in self.progress.feeds.values() if (s := f.seen.get(hashed(root)))), None)
                return root if seen and not seen.reply and seen.digest != SKIPPED else ""
            entry = keyed[root]
        return ""


async def fetch_all(sites: Iterable[Site], progress: Progress) -> list[Fetched | SourceError]:
    """Ask feeds side by side; what goes wrong with one is its answer."""

    async def one(site: Site) -> Fetched | SourceError:
        feed = progress.feeds.get(site.url, Feed())
        try:
            return await site.fetch(feed.etag, feed.modified)
        except SourceError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(site)) for site in sites]
    return [task.result() for task in tasks]


def raise_worst(errors: list[SourceError]) -> None:
    """Raise the error that says when to come back, else the first; its words tell of all."""
    if errors:
        worst = max(errors, key=lambda error: (isinstance(error, Throttled), isinstance(error, Unreachable)))
        words = dict.fromkeys(map(str, [worst, *errors]))
        worst.args = (clean_line("; ".join(words), 480),)
        raise worst


def distinct(records: list[Record]) -> tuple[Record, ...]:
    """Without the authors that came before."""
    return tuple(dict.fromkeys(records))


def records_of(
    id: str, entry: Entry, at: Instant, edited: Instant | None, root: str, document: Document, site: Site
) -> list[Record]:
    """An entry as a thread with its post, or as a post under another entry; the feed writes what names no author."""
    name = entry.author or document.title or site.host
    author = entry.author_url or f"{site.host}/{name.casefold()}"[:300]
    records: list[Record] = [Member(author, Untrusted(name), bot=True, url=entry.author_url)]
    title = entry.title or excerpt(entry.text) or entry.link or "(no title)"
    if not root:
        place = Untrusted(document.title or site.host)
        records.append(Thread(id, Untrusted(title), author, at, place=place, url=entry.link, version=entry.digest))
    text = Untrusted(entry.text or entry.title or entry.link)
    reply = entry_id(entry.reply_to, entry, site.host) if root else None
    records.append(Post(id, root or id, author, at, text, edited, reply, url=entry.link, version=entry.digest))
    return records


def excerpt(text: str) -> str:
    """The beginning of a text as its title: microblogs have none."""
    line = " ".join(text[: TITLE_LENGTH * 4].split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"
