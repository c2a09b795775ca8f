"""Honest medians: the time until something happens, where what has not happened yet counts as still waiting.

Kaplan-Meier, right-censored: S(t) is the share still waiting after t. Dropping what is unanswered would make a
community that answers nobody look fast; here one more unanswered thread never makes the median better.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil

MEDIAN = (1, 2)
P90 = (1, 10)
_RUNS = 100
"""How many runs the ends are looked at in, to tell at once that a share is never reached."""
_CLEAR = 1e-6
"""Far above the error of a product of some ten thousand floats, times as many people."""


def time_until(share: tuple[int, int], ended: Sequence[int], waiting: Sequence[int]) -> int | None:
    """The smallest t with S(t) <= share; None if so many still wait that S never falls that far.

    Args:
        share: numerator and denominator, MEDIAN or P90.
        ended: how long each of those took that came to an end, ascending.
        waiting: how long each of the others has been waiting so far, ascending.

    Exact. Between two censored waits the product telescopes, so it costs one step for each of those and none for
    each end; floats decide the steps that are clear by far, whole numbers what is not.
    """
    if _never(share[0] / share[1], ended, waiting):
        return None
    place = place_of(share, len(ended) + len(waiting), lambda: _steps(ended, waiting))
    return None if place is None else ended[place]


def place_of(share: tuple[int, int], people: int, steps: Callable[[], Iterable[tuple[int, int]]]) -> int | None:
    """Which of the ends, the first being 0, brings S down to the share; None if none does.

    Args:
        share: numerator and denominator, MEDIAN or P90.
        people: how many wait at the beginning.
        steps: in the order of time, how many come to an end while nobody is censored, and how many are censored then.
            It may be gone through twice.
    """
    try:
        return _search(share, people, steps(), exact=False)
    except _TooClose:
        return _search(share, people, steps(), exact=True)


def _steps(ended: Sequence[int], waiting: Sequence[int]) -> Iterator[tuple[int, int]]:
    done = 0
    for censored in waiting:
        until = bisect_right(ended, censored)
        yield until - done, 1
        done = until
    yield len(ended) - done, 0


def _never(level: float, ended: Sequence[int], waiting: Sequence[int]) -> bool:
    """Whether S surely stays above a level, seen from afar: in each run of ends, whoever drops out does so first."""
    alive, done, dropped = 1.0, 0, 0
    while done < len(ended) and alive > level + _CLEAR:
        left = len(ended) + len(waiting) - done - dropped
        until = min(len(ended), done + max(1, left // _RUNS))
        dropping = bisect_left(waiting, ended[until - 1])
        at_risk = left - (dropping - dropped)
        alive *= (at_risk - until + done) / at_risk
        done, dropped = until, dropping
    return alive > level + _CLEAR


class _TooClose(Exception):
    """A float cannot tell on which side of the share S is."""


def _search(share: tuple[int, int], people: int, steps: Iterable[tuple[int, int]], *, exact: bool) -> int | None:
    """S is alive * left / anchor: what it was when last somebody was censored, how many waited then and wait now."""
    part, whole = share
    up, down, alive = 1, 1, 1.0
    anchor, left, done, level = people, people, 0, part / whole
    for ending, dropping in steps:
        if ending:
            enough = left - level * anchor / alive
            if exact or alive == 1.0:
                needed = left - (part * down * anchor) // (whole * up)
            elif enough > ending + _CLEAR:
                needed = ending + 1
            elif abs(enough - round(enough)) < _CLEAR:
                raise _TooClose
            else:
                needed = ceil(enough)
            if needed <= ending:
                return done + needed - 1
            left, done = left - ending, done + ending
        if dropping:
            if left < anchor:
                alive *= left / anchor
                if exact:
                    up, down = up * left, down * anchor
            left -= dropping
            anchor = left
    return None


def absence_factor(counts: Iterable[int]) -> int | None:
    """The fewest people who together did half of it or more; None if nobody did anything.

    Source: CHAOSS, contributor absence factor.
    """
    sizes = histogram(counts)
    return absence_of(sizes, sum(count * people for count, people in sizes))


def histogram(counts: Iterable[int]) -> list[tuple[int, int]]:
    """How many people have each count, highest count first; zeros left out."""
    return sorted(((count, people) for count, people in Counter(counts).items() if count > 0), reverse=True)


def absence_of(counts: Iterable[tuple[int, int]], total: int) -> int | None:
    """`absence_factor` of a histogram - (count, people), highest count first, read as far as needed - and its sum."""
    half, people_needed = -(-total // 2), 0
    for count, people in counts:
        if count * people >= half:
            return people_needed + -(-half // count)
        half, people_needed = half - count * people, people_needed + people
    return None


def top_of(counts: Iterable[tuple[int, int]], people: int) -> int:
    """What the busiest so many people did together, of such a histogram."""
    total = 0
    for count, having in counts:
        total += count * min(people, having)
        people -= min(people, having)
        if not people:
            break
    return total
