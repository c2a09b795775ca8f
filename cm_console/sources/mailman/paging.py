"""What one step brought, cut into pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cm_console.model.records import Record, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor, Page


def paged(
    found: Sequence[Record],
    gone: Sequence[Ref],
    before: Cursor,
    behind: Cursor,
    *,
    done: int = 0,
    total: int | None = None,
) -> Iterator[Page]:
    """Pages of at most PAGE_LIMIT records and deletions; only the last carries the place behind them.

    A page resumed from before the end of its step repeats the step: that is allowed, a gap is not.
    """
    size = len(found) + len(gone)
    for start in range(0, max(size, 1), PAGE_LIMIT):
        end = start + PAGE_LIMIT
        lost = tuple(gone[max(start - len(found), 0) : max(end - len(found), 0)])
        place = behind if end >= size else before
        yield Page(tuple(found[start:end]), lost, place, more=True, done=done, total=total)
