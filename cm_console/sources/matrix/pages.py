"""Records into pages of a bounded size: all but the last go on from where the whole part began."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cm_console.model.records import Record, Ref, ref_of
from cm_console.model.source import PAGE_LIMIT, Cursor, Page


def paged(
    records: Sequence[Record],
    gone: Sequence[Ref],
    within: Callable[[int], Cursor],
    after: Cursor,
    *,
    done: int = 0,
    total: int | None = None,
    note: str = "",
) -> Iterator[Page]:
    """One part of a pull as pages, each record once with its newest state; `more` is always True.

    Args:
        records: in any number.
        gone: in any number.
        within: the cursor of the n-th page if a further one follows: it brings this part again.
        after: the cursor once this part is through.
        done: records before these.
        total: records expected in all.
        note: goes with the last page.
    """
    newest = list({ref_of(record): record for record in records}.values())
    number = 0
    while True:
        part, newest = newest[:PAGE_LIMIT], newest[PAGE_LIMIT:]
        room = PAGE_LIMIT - len(part)
        lost, gone = tuple(gone[:room]), gone[room:]
        done += len(part)
        if not newest and not gone:
            yield Page(tuple(part), lost, after, more=True, done=done, total=total, note=note)
            return
        number += 1
        yield Page(tuple(part), lost, within(number), more=True, done=done, total=total)
