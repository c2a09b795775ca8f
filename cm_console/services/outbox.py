"""The outbox as people see it: what waits, why, and what they may do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cm_console.model.outbox import Answer, Attempt, OutboxRow, State
from cm_console.services.desk import Desk, Impossible
from cm_console.store import outbox
from cm_console.store.sqlite import Connection

Change: TypeAlias = Callable[[Connection, OutboxRow, int], bool]


class OutboxService:
    """Everything the outbox screen and `cm-console outbox` may ask and command."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def page(
        self,
        *,
        live: bool = False,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        words: str = "",
    ) -> list[OutboxRow]:
        """Actions, newest first; `live` leaves out those that ended, `words` occur in them; `after` goes forward."""
        return await self._desk.store.read(
            lambda conn: outbox.page(conn, live=live, before=before, after=after, limit=limit, words=words)
        )

    async def count(self, *, live: bool = False, words: str = "") -> int:
        """How many actions there are."""
        return await self._desk.store.read(lambda conn: outbox.count(conn, live=live, words=words))

    async def row(self, id: str) -> OutboxRow | None:
        """One action by its id, or by the beginning of it."""
        return await self._desk.store.read(lambda conn: outbox.row(conn, id))

    async def attempts(self, id: str) -> list[Attempt]:
        """Every try and look, oldest first."""
        return await self._desk.store.read(lambda conn: outbox.attempts(conn, id))

    async def cancel(self, id: str) -> None:
        """Take an action back before it leaves.

        Raises:
            Impossible: it has left, or ended.
        """
        await self._change(id, lambda conn, row, now: outbox.cancel(conn, row.id, now), "it cannot be taken back")

    async def send(self, id: str | None = None) -> int:
        """End the undo window now, of one action or of all; what is planned for a time keeps its time."""
        now = self._desk.clock.now()
        hurried = await self._desk.store.write(lambda conn: outbox.hurry(conn, now, id))
        self._desk.changes.add(("outbox", "status"))
        return hurried

    async def resolve(self, id: str, answer: Answer) -> None:
        """Say what became of an action nobody can know of, or what to do with one that failed.

        Raises:
            Impossible: it does not ask.
        """
        state = {Answer.THERE: State.SENT, Answer.AGAIN: State.QUEUED, Answer.FORGET: State.CANCELLED}[answer]
        why = {Answer.THERE: "it is there", Answer.AGAIN: "send it again", Answer.FORGET: "forget it"}[answer]
        said = f"{self._desk.me}: {why}"
        await self._change(
            id, lambda conn, row, now: outbox.answer(conn, row.id, state, now, said), "it does not ask for an answer"
        )

    async def _change(self, id: str, change: Change, impossible: str) -> None:
        def write(conn: Connection) -> None:
            row = outbox.row(conn, id)
            if row is None:
                raise Impossible(f"there is no action {id}")
            if not change(conn, row, self._desk.clock.now()):
                raise Impossible(f"{impossible}: it is {row.state}")

        await self._desk.store.write(write)
        self._desk.changes.add(("outbox", "calendar", "status"))
