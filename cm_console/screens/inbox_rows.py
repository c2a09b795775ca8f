"""How the inbox's lists read, sort and look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_console.model.inbox import Filter, InquiryRow, Priority, Status, View
from cm_console.model.time import HOUR, short_age
from cm_console.services.inbox import InboxService
from cm_console.widgets.lines import Cell, tag
from cm_console.widgets.window import Rows

VIEWS = {
    View.NEEDS_REPLY: ("Needs reply", "due first", "Nobody waits for an answer.\n] shows the other views · R syncs"),
    View.MINE: ("Mine", "due first", "Nothing is assigned to you.\na assigns a thread"),
    View.UNASSIGNED: ("Unassigned", "due first", "Everything has somebody who cares for it."),
    View.MENTIONS: ("Mentions", "newest first", "Nobody named you.\nmentions by members, and @you in notes"),
    View.NEWCOMERS: ("Newcomers", "newest first", "No first post of a newcomer is open."),
    View.UNANSWERED: ("Unanswered", "oldest first", "Every thread of a member has a response."),
    View.WAITING: ("Waiting", "newest first", "No thread waits for its member."),
    View.SNOOZED: ("Snoozed", "soonest first", "Nothing is put away.\nb snoozes a thread"),
    View.DONE: ("Done", "newest first", "Nothing is done yet.\ne marks a thread done"),
    View.ALL: ("All", "newest first", "There are no threads yet.\nR syncs all sources"),
}
AGES = (View.MENTIONS, View.NEWCOMERS, View.UNANSWERED, View.WAITING, View.DONE, View.ALL)
"""Lists in the order of something that happened: they show how long ago that is."""
PRIORITY = {Priority.URGENT: ("!!", "bad"), Priority.HIGH: ("! ", "warn"), Priority.LOW: ("↓ ", "dim")}


class InboxRows:
    """A view of the inbox as a list reads it."""

    def __init__(self, service: InboxService, view: View, narrow: Filter) -> None:
        self.service, self.view, self.narrow = service, view, narrow

    async def after(self, key: Any, limit: int) -> Sequence[InquiryRow]:
        """See widgets.window.Rows."""
        return await self.service.page(self.view, self.narrow, key=key, limit=limit)

    async def before(self, key: Any, limit: int) -> Sequence[InquiryRow]:
        """See widgets.window.Rows."""
        return (await self.service.page(self.view, self.narrow, key=key, forward=False, limit=limit))[::-1]

    async def total(self) -> int:
        """See widgets.window.Rows."""
        return await self.service.count(self.view, self.narrow)

    async def position(self, key: Any) -> int | None:
        """Not asked of the store: it would have to count."""
        return None

    async def find(self, id: Any) -> InquiryRow | None:
        """See widgets.window.Rows."""
        key = await self.service.key_of(self.view, id)
        row = await self.service.row(id) if key else None
        return row._replace(key=key) if row and key else None


async def listed(rows: Rows[Any], id: int) -> Any:
    """The row of an id if the list has it as it is narrowed, else None: `find` asks only whether the view does."""
    found = await rows.find(id)
    if found is None:
        return None
    before = await rows.before(found.key, 1)
    after = await rows.after(before[-1].key if before else None, 1)
    return found if after and after[0].id == id else None


def time_cell(row: InquiryRow, view: View, now: int) -> Cell:
    """What the list is ordered by: how long is left, at risk or late; when it wakes; how long ago it happened."""
    if view is View.SNOOZED and row.snoozed_until is not None:
        left = row.snoozed_until - now
        return Cell("on reply" if left > 10_000 * 24 * HOUR else f"in {short_age(max(0, left))}", "dim", 8, right=True)
    if view in AGES:
        return Cell(short_age(max(0, now - row.key[0])), "dim", 8, right=True)
    if row.status is Status.OPEN and (row.waiting_since is not None or row.clock):
        left = row.due_at - now
        at_risk = left < 2 * HOUR if row.risk_at is None else now >= row.risk_at
        word = "late" if left < 0 else "risk" if at_risk and row.clock else "left"
        return Cell(f"{short_age(left)} {word}", "bad" if left < 0 else "warn" if at_risk else "", 8, right=True)
    return Cell(short_age(now - row.last_post_at), "dim", 8, right=True)


def row_cells(row: InquiryRow, view: View, now: int, width: int) -> list[Cell]:
    """Time, urgency, title, our answer on its way or who has it, author, platform."""
    glyph, tone = PRIORITY.get(row.priority, ("· ", "dim"))
    state = Cell(
        "⇡" if row.pending else "✎" if row.draft else "✓" if row.status is Status.DONE else "@" if row.assignee else "",
        "accent",
        1,
    )
    author = max(8, min(14, width // 7))
    title = Cell(row.title, "" if row.status is Status.OPEN else "dim")
    tags = [Cell(f"#{row.tags[0]}", "dim", 12)] if row.tags and width >= 90 else []
    first = [time_cell(row, view, now), Cell(glyph, tone, 2), title, *tags, state]
    group = f"⧉+{row.joined}" if row.joined else "⧉" if row.lead_id else ""
    first += [Cell(group, "accent", len(group))] if group else []
    first += [Cell("◆", "accent", 1)] if row.feedback else []
    return [*first, Cell(row.author, "dim", author), tag(row.source, row.source_kind)]
