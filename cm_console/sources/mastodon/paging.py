"""What one step brought, cut into pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cm_console.model.records import Record, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor, Page


def paged(
    found: Sequence[Record], gone: Sequence[Ref], before: Cursor, behind: Cursor, *, done: int = 0
) -> Iterator[Page]:
    """Pages of at most PAGE_LIMIT records and deletions; only the last carries the place behind them.

    A page resumed from before the end of its step repeats the step: that is allowed, a gap is not.
    """
    count = len(found) + len(gone)
    for start in range(0, count, PAGE_LIMIT):
        end = start + PAGE_LIMIT
        part = tuple(found[start:end])
        lost = tuple(gone[max(start - len(found), 0) : max(end - len(found), 0)])
        done += len(part)
        yield Page(part, lost, behind if end >= count else before, more=True, done=done)
