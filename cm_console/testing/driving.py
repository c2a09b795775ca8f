"""Driving a source the way the engine and the outbox do, so that legal trouble on the way does not fail a test."""

from __future__ import annotations

import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from functools import partial
from typing import Any, TypeAlias, TypeVar, get_type_hints

from cm_console.model.action import Action, Receipt, ReplayKind
from cm_console.model.errors import Conflict, SourceError, Throttled, Unreachable
from cm_console.model.records import Activity, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread, ref_of
from cm_console.model.source import PAGE_LIMIT, Cursor, Feed, Page, Source
from cm_console.model.text import Untrusted, clean_line
from cm_console.model.time import SECOND
from cm_console.testing.bench import Bench

T = TypeVar("T")
E = TypeVar("E", bound=SourceError)
Between: TypeAlias = Callable[[], Awaitable[None]]

TRIES = 200
"""How often a driver tries again before it says that a source never gets through."""
MOST_PAGES = 5_000
"""More pages than this in one pull of a test world: it does not end."""


class Mirror:
    """What pulls have brought so far, and where each feed goes on: the contract's stand-in for the store."""

    def __init__(self) -> None:
        self.records: dict[Ref, Record] = {}
        self.cursors: dict[Feed, Cursor] = {}
        self.pages: list[Page] = []

    def apply(self, feed: Feed, page: Page) -> None:
        """Take a page in, as the store does: records, tombstones and cursor at once."""
        size = len(page.records) + len(page.gone)
        assert size <= PAGE_LIMIT, f"a page of {feed} holds {size} records, at most {PAGE_LIMIT} are allowed"
        for record in page.records:
            check_texts(record)
            self.records[ref_of(record)] = record
        for ref in page.gone:
            self.records.pop(ref, None)
        self.cursors[feed] = page.cursor
        self.pages.append(page)

    def check_against(self, truth: Mapping[Ref, Record]) -> None:
        """Fail with what is missing, too much or different, if the mirror is not what the platform holds."""
        here, there = essences(self.records), essences(truth)
        missing = [ref for ref in there if ref not in here]
        stale = [ref for ref in here if ref not in there]
        wrong = [(here[ref], there[ref]) for ref in there if ref in here and here[ref] != there[ref]]
        assert not missing, f"{len(missing)} records never arrived, first {missing[0]}"
        assert not stale, f"{len(stale)} deleted records are still here, first {stale[0]}"
        assert not wrong, f"{len(wrong)} records differ, first (here, there): {str(wrong[0])[:400]}"


def essences(records: Mapping[Ref, Record]) -> dict[Ref, tuple[object, ...]]:
    """What the contract compares of each record; deleted posts count as absent."""
    return {
        ref: essence(record)
        for ref, record in records.items()
        if not (isinstance(record, Post) and record.state is PostState.DELETED)
    }


def essence(record: Record) -> tuple[object, ...]:
    """The fields of a record that every platform can tell, see `Bench.truth`."""
    match record:
        case Member():
            return (record.handle,)
        case Thread():
            return record.title, record.closed
        case Post():
            return record.thread, record.author, record.text, record.state
        case Report():
            return record.target, record.closed_at is not None
        case Activity():
            return (record.kind,)
        case Scheduled():
            return record.title, record.at


_TEXTS: dict[str, tuple[str, ...]] = {}
"""Kind of record -> the fields that hold what members wrote: found out once, it takes long."""


def check_texts(record: Record) -> None:
    """Fail if a text that members wrote is not marked Untrusted."""
    kind = type(record)
    if kind.__name__ not in _TEXTS:
        hints = get_type_hints(kind)
        _TEXTS[kind.__name__] = tuple(field.name for field in fields(kind) if hints[field.name] is Untrusted)
    for name in _TEXTS[kind.__name__]:
        assert isinstance(getattr(record, name), Untrusted), f"{kind.__name__}.{name} is not Untrusted"


@asynccontextmanager
async def opened(bench: Bench) -> AsyncIterator[Source]:
    """A fresh source on the bench's world, closed at the end."""
    source = bench.source()
    try:
        yield source
    finally:
        await source.close()


async def catch_up(
    bench: Bench, source: Source, mirror: Mirror, *, stop_after: int | None = None, between: Between | None = None
) -> None:
    """Pull every feed to its end, or stop for good after so many pages; tries again as the engine does."""
    most = len(mirror.pages) + (MOST_PAGES if stop_after is None else stop_after)
    for feed in Feed:
        if feed in source.feeds:
            await persist(bench, partial(pull_some, source, feed, mirror, most, between))
    assert len(mirror.pages) < most or stop_after, f"a pull of a small world gave {MOST_PAGES} pages and did not end"


async def pull_some(source: Source, feed: Feed, mirror: Mirror, most: int, between: Between | None = None) -> None:
    """Pull one feed into the mirror, to its end or until the mirror has had `most` pages."""
    if len(mirror.pages) >= most:
        return
    pages, more = source.pull(feed, mirror.cursors.get(feed)), False
    try:
        async for page in pages:
            mirror.apply(feed, page)
            more = page.more
            if len(mirror.pages) >= most:
                return
            if between is not None:
                await between()
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()
    assert not more, f"the last page of {feed} said there is more"


async def inch_along(bench: Bench, mirror: Mirror, *, lives: int) -> None:
    """Pull every feed by processes that each end after `bench.stride` pages; so many of them must be enough a feed."""
    for feed in sorted(bench.kind.feeds, key=[*Feed].index):
        for _ in range(lives):
            most = len(mirror.pages) + bench.stride
            async with opened(bench) as source:
                await persist(bench, partial(pull_some, source, feed, mirror, most))
            if len(mirror.pages) < most or not mirror.pages[-1].more:
                break
        else:
            raise AssertionError(f"{feed}: cut short after {bench.stride} pages each time, {lives} pulls do not end it")


async def persist(bench: Bench, work: Callable[[], Awaitable[T]]) -> T:
    """Try again after Unreachable and Throttled, waiting as told; for what may be repeated."""
    for _ in range(TRIES):
        try:
            return await work()
        except (Unreachable, Throttled) as error:
            check_words(bench, error)
            wait(bench, error)
    raise AssertionError(f"did not get through in {TRIES} tries")


async def deliver(bench: Bench, source: Source, action: Action) -> Receipt | None:
    """Send an action as the outbox does, repeating only as its Replay allows; None if only a person could know."""
    replay = source.verbs[action.verb]
    for _ in range(TRIES):
        try:
            return await source.push(action)
        except Conflict as error:
            if not error.settled:
                raise
            return Receipt(action.target.id if action.target else "")
        except (Unreachable, Throttled) as error:
            check_words(bench, error)
            wait(bench, error)
            if error.landed is False:
                continue
            if replay.kind is ReplayKind.ASK:
                return None
            if replay.kind is ReplayKind.FIND and (receipt := await look(bench, source, action)):
                return receipt
    raise AssertionError(f"{action.verb} did not get through in {TRIES} tries")


async def look(bench: Bench, source: Source, action: Action) -> Receipt | None:
    """Ask whether an action landed, once looking is reliable."""
    await bench.quiet()
    bench.clock.advance(source.verbs[action.verb].settle)
    return await persist(bench, lambda: source.find(action))


def wait(bench: Bench, error: SourceError) -> None:
    """Let the time pass that the platform asked for, or a second."""
    until = error.until if isinstance(error, Throttled) else 0
    bench.clock.advance(max(1.0, (until - bench.clock.now()) / SECOND))


async def expect(bench: Bench, kind: type[E], work: Awaitable[object]) -> E:
    """The SourceError this must end with; fails on any other end."""
    try:
        result = await work
    except kind as error:
        check_words(bench, error)
        return error
    except Exception as error:
        raise AssertionError(f"expected {kind.__name__}, not {type(error).__name__}: {error}") from error
    raise AssertionError(f"expected {kind.__name__}, not the answer {str(result)[:200]}")


def check_words(bench: Bench, error: SourceError) -> None:
    """Fail if an error's words are not one plain line, or if any secret is in it or in what caused it."""
    words = str(error)
    assert words and words == clean_line(words, 10_000), f"the words of {type(error).__name__} are not one plain line"
    everything = "".join(traceback.format_exception(error)) + repr(error.args) + repr(vars(error))
    for secret in bench.secrets:
        assert secret not in everything, f"a secret is in the words of {type(error).__name__}"


def skip(reason: str) -> Any:
    """Skip the test that runs, with the platform's reason."""
    import pytest

    pytest.skip(reason)


def need(bench: Bench, *names: str) -> None:
    """Skip unless the bench can do all of these methods."""
    for name in names:
        if name not in bench.can:
            skip(f"{name}: {bench.cannot[name]}")
