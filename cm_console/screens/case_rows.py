"""How the lists of cases read, sort and look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.content import Content

from cm_console.model.moderation import CaseRow, CaseView
from cm_console.model.time import short_age
from cm_console.services.moderation import ModerationService
from cm_console.widgets.lines import Cell, tag
from cm_console.widgets.rows import RowList

VIEWS = {
    CaseView.OPEN: ("Cases", "worst first", "Nothing to decide.\n] shows the other lists · R syncs"),
    CaseView.CLAIMED: ("Mine", "worst first", "You are at no case.\nc claims one, so that colleagues leave it to you"),
    CaseView.ESCALATED: ("Escalated", "worst first", "Nobody asked for a second pair of eyes.\ne asks for one"),
    CaseView.ENDED: ("Ended", "newest first", "Nothing was decided yet."),
}


class CaseRows:
    """A view of the cases as a list reads it."""

    def __init__(self, service: ModerationService, view: CaseView, words: str = "") -> None:
        self.service, self.view, self.words = service, view, words

    async def after(self, key: Any, limit: int) -> Sequence[CaseRow]:
        """See widgets.window.Rows."""
        return await self.service.page(self.view, key=key, limit=limit, words=self.words)

    async def before(self, key: Any, limit: int) -> Sequence[CaseRow]:
        """See widgets.window.Rows."""
        rows = await self.service.page(self.view, key=key, forward=False, limit=limit, words=self.words)
        return rows[::-1]

    async def total(self) -> int:
        """See widgets.window.Rows."""
        return await self.service.count(self.view, self.words)

    async def position(self, key: Any) -> int | None:
        """Not asked of the store: it would have to count."""
        return None

    async def find(self, id: Any) -> CaseRow | None:
        """See widgets.window.Rows."""
        key = await self.service.key_of(self.view, id)
        row = await self.service.row(id) if key else None
        return replace(row, key=key) if row and key else None


class CaseList(RowList[CaseRow]):
    """The list of cases; its border also tells what was decided just now and is still held."""

    held = ""

    def place_words(self) -> str:
        """See RowList."""
        place = super().place_words()
        return " ─ ".join(words for words in (self.held, place) if words)

    def tell(self, held: str) -> None:
        """Show what is still held, "" for nothing."""
        if held != self.held:
            self.held = held
            self.border_subtitle = Content(self.place_words())


def row_cells(row: CaseRow, now: int, width: int, me: str) -> list[Cell]:
    """How it came, what it is called, who is at it, the words, by whom, since when, platform."""
    open_ = row.ended_at is None
    kind = row.kinds[0].replace("_", " ") if row.kinds else ""
    kinds = f"{kind} +{len(row.kinds) - 1}" if len(row.kinds) > 1 else kind
    how = "held" if row.kinds == ("held",) else f"{row.reports} report{'s' if row.reports != 1 else ''}"
    first = Cell(how, "warn" if row.reports > 1 else "", 9) if open_ else Cell(row.verdict or "closed", "", 12)
    words = f"“{row.excerpt}”" if row.target_kind == "post" else f"{row.target_kind} {row.excerpt}"
    sign = ("▲ " if row.escalated else "") + (f"@{row.claimed_by} " if row.claimed_by else "")
    tone = "warn" if row.escalated else "accent" if row.claimed_by == me else "dim" if row.claimed_by else ""
    at = row.ended_at if row.ended_at is not None else row.opened_at
    last = [Cell(short_age(now - at), "dim", 4, right=True), tag(row.source, row.source_kind)]
    if width >= 66:
        last = [Cell(row.accused, "dim", 14), *last]
    return [
        first,
        Cell(kinds, "" if open_ else "dim", 10),
        Cell(f"{sign}{words}", tone) if open_ else Cell(words),
        *last,
    ]
