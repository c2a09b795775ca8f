"""A platform that answers from memory: pages of a forum as JSON, made before anything is measured."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from benchmarks.words import Texts
from benchmarks.worlds import END, SPAN
from cm_console.model.action import Action, Receipt, Replay, Verb
from cm_console.model.errors import Refused
from cm_console.model.records import Post, Record, Thread
from cm_console.model.source import PAGE_LIMIT, Budget, Cursor, Feed, Identity, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import Clock

PER_THREAD, PER_MEMBER = 5, 2.5


def pages(posts: int, seed: int = 1) -> list[bytes]:
    """So many posts of a year in the order of time: few members write much, newer threads get more answers."""
    dice, texts, members = random.Random(seed), Texts(seed), max(10, int(posts / PER_MEMBER))
    records: list[dict[str, object]] = []
    for n in range(posts):
        at, author, newest = END - SPAN + SPAN * n // posts, str(int(members * dice.random() ** 3)), n // PER_THREAD
        thread = newest
        if n % PER_THREAD == 0:
            records.append({"title": texts.take(3, 8), "id": str(thread), "author": author, "at": at})
        else:
            thread = max(0, int(newest - dice.paretovariate(1.2)))
        records.append({"id": str(n), "thread": str(thread), "author": author, "at": at, "text": texts.body()})
    return [json.dumps(records[at : at + PAGE_LIMIT]).encode() for at in range(0, len(records), PAGE_LIMIT)]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Settings of a source that needs none."""


class Recorded:
    """A source over such pages; reads only."""

    name: ClassVar[str] = "recorded"
    settings: ClassVar[type] = Nothing
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.THREADS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {}
    budget: Budget | None = None

    def __init__(self, pages: Sequence[bytes], clock: Clock) -> None:
        self._pages, self._clock = pages, clock

    async def check(self) -> Identity:
        """See Source."""
        return Identity("", "recorded", feeds=self.feeds)

    async def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """See Source."""
        for number in range(int(cursor or 0), len(self._pages)):
            records = tuple(_record(row) for row in json.loads(self._pages[number]))
            yield Page(records, (), Cursor(str(number + 1)), number + 1 < len(self._pages))

    async def push(self, action: Action) -> Receipt:
        """See Source."""
        raise Refused("reads only")

    async def find(self, action: Action) -> Receipt | None:
        """See Source."""
        return None

    async def close(self) -> None:
        """See Source."""


def _record(row: dict[str, Any]) -> Record:
    if "title" in row:
        return Thread(row["id"], Untrusted(row["title"]), row["author"], row["at"])
    return Post(row["id"], row["thread"], row["author"], row["at"], Untrusted(row["text"]))
