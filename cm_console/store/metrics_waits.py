"""How long the threads of a window waited, from sorted arrays of days and spans: no thread is looked at by itself.

Whoever still waits at the window's end counts as having waited until then (Kaplan-Meier). They leave in the order of
their days, the last day first, so no more days are opened than the answer is long.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain, groupby, repeat
from typing import NamedTuple

from cm_console.model.survival import place_of
from cm_console.store.spans import Spans
from cm_console.store.starts import unpacked
from cm_console.store.waits import Start, Starts, Until

_CLEAR = 1e-6
"""Far above the error of a product of some hundred floats."""

CHUNK = 32
"""How many of those who drop out are put in order with the others at a time, beyond where the answer is likely."""

DEAR = 8
"""Finding a place in an array costs as much as sorting so many waits that are nearly in order."""

MEMO = 2_000
"""How many sets of days answers are remembered of: a year's days and a hundred windows."""

Answers = dict[tuple[int, int], "int | None"]
"""Times by share."""

Arrays = Sequence[Sequence[int]]


class Memo:
    """Answers worked out before, by the ids of all days they are made of: when one changes, it gets another id."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Answers] = {}

    def answers(self, until: Until, starts: Sequence[Start]) -> Answers:
        """What is known of these days, to be added to."""
        ids = tuple(start.id for start in starts)
        if None in ids:
            return {}
        if len(self._known) > MEMO:
            self._known.clear()
        return self._known.setdefault((until, ids), {})


class Waiting:
    """The threads of a window by what they wait for.

    Args:
        days: the window, `[first, end)`.
        until: the instant it is seen from; threads that began later are not in it.
    """

    def __init__(
        self, starts: Starts, spans: Callable[[int], Spans], days: tuple[int, int], until: int, memo: Memo
    ) -> None:
        self._starts, self._spans, self._days, self._memo = starts, spans, days, memo
        self.until = starts.until(until)
        self._read: dict[str, dict[tuple[int, int], Start]] = {}
        self._pools: dict[str, Pool] = {}

    def starts(self, kind: str) -> dict[tuple[int, int], Start]:
        """The days by number and source, ascending; empty ones may be missing."""
        if kind not in self._read:
            self._read[kind] = dict(sorted(self._starts.read(kind, *self._days, self.until.at).items()))
        return self._read[kind]

    def pool(self, kind: str) -> Pool:
        """All of them."""
        if kind not in self._pools:
            self._pools[kind] = self._pool(list(self.starts(kind).values()), lambda: list(self.arrays(kind)))
        return self._pools[kind]

    def by_day(self, kind: str) -> dict[int, Pool]:
        """Those of each day; days without any are missing."""
        days: dict[int, list[Start]] = {}
        for (day, _), start in self.starts(kind).items():
            days.setdefault(day, []).append(start)
        return {day: self._pool(starts, partial(_waits, starts)) for day, starts in days.items()}

    def _pool(self, starts: Sequence[Start], read: Callable[[], Arrays]) -> Pool:
        return Pool(starts, self.until, read, self._memo.answers(self.until, starts))

    def arrays(self, kind: str) -> Iterator[Sequence[int]]:
        """All waits that ever ended, ascending, in as few pieces as can be read."""
        starts = self.starts(kind)
        unkept = self._starts.unkept(kind, *self._days, self.until.at)
        for source in {source for _, source in starts}:
            spans = self._spans(source)
            for scale, number, after in spans.cover(*self._days, without=[day for day, of in unkept if of == source]):
                if scale:
                    yield from map(unpacked, spans.data(scale, number, kind, kind))
                else:
                    days = ((day, source) for day in range(number, after))
                    yield from _waits([starts[day] for day in days if day in starts])


def _waits(starts: Iterable[Start]) -> Arrays:
    return [start.array("waits") for start in starts]


class _Day(NamedTuple):
    since: int
    to: int
    waiting: int
    starts: list[Start]


class Pool:
    """Threads that wait for one thing, seen from one instant.

    Args:
        starts: their days, ascending; each source has its own.
        read: gives all waits of these days that ever ended, ascending, in any number of pieces.
        answers: what is known of exactly these days, added to.
    """

    def __init__(self, starts: Sequence[Start], until: Until, read: Callable[[], Arrays], answers: Answers) -> None:
        self._until, self._read, self._answers = until, read, answers
        self._days = [_day(since, list(group), until) for since, group in groupby(starts, lambda start: start.since)]
        self._late: list[int] = []
        self._hint = 0
        self._gone: list[tuple[int, int]] = []
        self._going: Iterator[tuple[int, int]] | None = None
        self.n = sum(start.n for start in starts)
        self.waiting = sum(day.waiting for day in self._days)

    @cached_property
    def _arrays(self) -> Arrays:
        return self._read()

    def oldest(self) -> int | None:
        """When the one that has been waiting longest began."""
        day = next((day for day in self._days if day.waiting), None)
        return None if day is None else min(began for start in day.starts for began in self._still_waiting(start))

    def time(self, share: tuple[int, int]) -> int | None:
        """The smallest t with S(t) <= share; None if so many wait that S never falls that far."""
        if share not in self._answers:
            self._answers[share] = self._time(share)
        return self._answers[share]

    def _time(self, share: tuple[int, int]) -> int | None:
        if self._never(share[0] / share[1]):
            return None
        longest = max(self._arrays, key=len, default=())
        needed, ended = self.n - self.n * share[0] // share[1], sum(map(len, self._arrays))
        self._hint = longest[len(longest) * needed // ended] if needed < ended else 0
        place = place_of(share, self.n, self._steps_again)
        return None if place is None else self._wait(place)

    def _never(self, level: float) -> bool:
        """Whether S surely stays above a level, seen from afar: on each day, whoever drops out does so first."""
        if self.waiting <= level * self.n:
            return False
        alive, left, done = 1.0, self.n, 0
        for day in reversed(self._days):
            ended = self._ever(self._until.at - day.since)
            at_risk, ending = left - day.waiting, ended - done
            if ending:
                if ending >= at_risk:
                    return False
                alive *= (at_risk - ending) / at_risk
                if alive <= level + _CLEAR:
                    return False
            left, done = at_risk - ending, ended
        return True

    def _steps_again(self) -> Iterator[tuple[int, int]]:
        """The steps, each of which is worked out once however often and how far they are gone through."""
        yield from self._gone
        if self._going is None:
            self._going = self._steps()
        for step in self._going:
            self._gone.append(step)
            yield step

    def _steps(self) -> Iterator[tuple[int, int]]:
        """See survival.place_of: for each day first those who ended before anyone of it drops out, then one by one."""
        self._late, done = [], 0
        for day in reversed(self._days):
            low = self._until.at - day.to
            ended = self._rank(low)
            yield ended - done, 0
            done = ended
            dropped = self._dropped(day) if day.waiting else []
            while dropped:
                many = max(CHUNK, bisect_right(dropped, self._hint))
                for ended, dropping in self._groups(low, dropped[:many]):
                    yield ended - done, dropping
                    done = ended
                low, dropped = dropped[:many][-1], dropped[many:]
        yield self.n - self.waiting - done, 0

    def _still_waiting(self, start: Start) -> Iterator[int]:
        yield from start.array("never")
        yield from (began for began, _ in start.late(self._until))

    def _dropped(self, day: _Day) -> list[int]:
        """How long those of a day have been waiting, ascending; what came too late for them is no end any more."""
        late = (wait for start in day.starts for _, wait in start.late(self._until))
        self._late = sorted([*self._late, *late])
        return sorted(self._until.at - began for start in day.starts for began in self._still_waiting(start))

    def _groups(self, low: int, dropped: Sequence[int]) -> Iterator[tuple[int, int]]:
        """How many drop out after so many have ended, in order."""
        before, high = self._rank(low), dropped[-1]
        if self._rank(high) - before < DEAR * len(dropped) * len(self._arrays):
            between = self._between(low, high)
            ranks = [before + rank for rank in map(bisect_right, repeat(between), dropped)]
        else:
            columns = [map(bisect_right, repeat(array), dropped) for array in self._arrays]
            late = map(bisect_right, repeat(self._late), dropped)
            ranks = [sum(column) - less for *column, less in zip(*columns, late, strict=True)]
        yield from Counter(ranks).items()

    def _between(self, low: int, high: int) -> list[int]:
        """The waits above `low` up to `high` that ended in time, ascending."""
        slices = (array[bisect_right(array, low) : bisect_right(array, high)] for array in self._arrays)
        found = sorted(chain.from_iterable(slices))
        for wait in self._late[bisect_right(self._late, low) : bisect_right(self._late, high)]:
            del found[bisect_left(found, wait)]
        return found

    def _rank(self, wait: int) -> int:
        """How many ended in time after so long a wait or a shorter one; of days not dropped yet none is too late."""
        return self._ever(wait) - bisect_right(self._late, wait)

    def _ever(self, wait: int) -> int:
        """How many ended, in time or later, after so long a wait or a shorter one."""
        return sum(map(bisect_right, self._arrays, repeat(wait)))

    def _wait(self, place: int) -> int:
        """The wait that is the so-and-so-many-th, by halving."""
        low, high = 0, max(array[-1] for array in self._arrays if array)
        while low < high:
            middle = (low + high) // 2
            if self._rank(middle) > place:
                high = middle
            else:
                low = middle + 1
        return low


def _day(since: int, starts: list[Start], until: Until) -> _Day:
    return _Day(since, starts[0].to, sum(start.n - start.ended(until) for start in starts), starts)
