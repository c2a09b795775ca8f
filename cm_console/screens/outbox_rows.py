"""How the outbox reads, and why something cannot be done with an action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cm_console.model.outbox import LIVE, OutboxRow, State
from cm_console.model.verb import Verb
from cm_console.services.outbox import OutboxService
from cm_console.widgets.sending import ENDED, Sending


class SendingRows:
    """The outbox as a list reads it: what is on its way, what is stuck first; or everything; newest first."""

    def __init__(self, service: OutboxService, *, live: bool, words: str = "") -> None:
        self.service, self.live, self.words = service, live, words

    async def after(self, key: Any, limit: int) -> Sequence[Sending]:
        """See widgets.window.Rows."""
        return await self._with_ahead(await self.service.page(live=self.live, key=key, limit=limit, words=self.words))

    async def before(self, key: Any, limit: int) -> Sequence[Sending]:
        """See widgets.window.Rows."""
        rows = await self.service.page(live=self.live, key=key, forward=False, limit=limit, words=self.words)
        return await self._with_ahead(rows[::-1])

    async def _with_ahead(self, rows: Sequence[OutboxRow]) -> list[Sending]:
        known = {row.id: row for row in rows}
        for id in {row.blocked_by for row in rows if row.blocked_by} - set(known):
            found = await self.service.row(id)
            if found is not None:
                known[id] = found
        return [Sending(row, known.get(row.blocked_by or "")) for row in rows]

    async def total(self) -> int:
        """See widgets.window.Rows."""
        return await self.service.count(live=self.live, words=self.words)

    async def position(self, key: Any) -> int | None:
        """Not asked of the store: it would have to count."""
        return None

    async def find(self, id: Any) -> Sending | None:
        """See widgets.window.Rows."""
        row = await self.service.row(id)
        if row is None or (self.live and row.state not in LIVE):
            return None
        return (await self._with_ahead([row]))[0]


def cannot(sending: Sending, command: str, now: int) -> str:
    """Why a command can do nothing with an action; "" if it can."""
    row = sending.row
    if row.state in ENDED:
        return f"it is {row.state} already"
    if row.state is State.SENDING:
        return "it is being sent right now"
    if command == "now":
        return _cannot_hurry(sending, now)
    if command == "edit":
        return _cannot_edit(sending, now)
    if command == "remove":
        if row.state is State.UNCERTAIN:
            return "it may have arrived, so it cannot be taken back" + ("; f forgets it" if row.asks else "")
        return ""
    if command == "there" and row.state is State.QUEUED and row.asks:
        return "it was never sent: a sends it, f forgets it"
    if row.asks or row.state is State.FAILED:
        return ""
    if row.state is State.UNCERTAIN:
        return "the console is still finding out whether it arrived; it asks you if it cannot"
    return "it has not left yet: d takes it back, S sends it now"


def _cannot_hurry(sending: Sending, now: int) -> str:
    row = sending.row
    if row.asks or row.state is State.FAILED:
        return "it waits for your answer: a sends it again"
    if row.state is State.UNCERTAIN:
        return "it may have arrived; the console finds out first"
    if row.planned_at and row.not_before > now:
        if row.thread_id is not None or row.verb == Verb.MESSAGE:
            return "it is planned for its time; e changes that"
        return "it is planned for its time; the calendar (3) changes that"
    if sending.ahead is not None:
        return f"it waits for {sending.ahead.verb}, which is {sending.ahead.state}"
    return "" if row.not_before > now else "nothing holds it back"


def _cannot_edit(sending: Sending, now: int) -> str:
    row = sending.row
    if row.verb not in (Verb.REPLY, Verb.MESSAGE) or row.planned_at is None:
        if row.verb == Verb.MESSAGE:
            return "d takes it back, and its words are a draft again where you wrote them"
        return "only a planned reply or message can be edited" + (
            "" if row.thread_id else "; the calendar (3) has its entries"
        )
    return "" if row.state is State.QUEUED and not row.asks and row.not_before > now else "its time has come"
