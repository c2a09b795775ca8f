"""The outbox as people see it: what waits, why, and what they may do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cm_console.model.outbox import Answer, Attempt, OutboxRow, State
from cm_console.services.desk import Desk, Impossible
from cm_console.services.journal import TOPICS, take_back
from cm_console.services.status import Status
from cm_console.store import inbox, outbox
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
        key: tuple[bool, int] | None = None,
        forward: bool = True,
        limit: int = 50,
        words: str = "",
    ) -> list[OutboxRow]:
        """Actions, newest first, after a key (or before it, nearest first); `words` occur in them.

        `live` leaves out those that ended and puts first what is stuck: failed, uncertain, or asking.
        """
        return await self._desk.store.read(
            lambda conn: outbox.page(conn, live=live, key=key, forward=forward, limit=limit, words=words)
        )

    async def count(self, *, live: bool = False, words: str = "") -> int:
        """How many actions there are."""
        return await self._desk.store.read(lambda conn: outbox.count(conn, live=live, words=words))

    async def stuck(self) -> int:
        """How many actions need a person."""
        badges = await self._desk.store.read(inbox.badges)
        return Status((), badges).stuck

    async def row(self, id: str) -> OutboxRow | None:
        """One action by its id, or by the beginning of it."""
        return await self._desk.store.read(lambda conn: outbox.row(conn, id))

    async def attempts(self, id: str) -> list[Attempt]:
        """Every try and look, oldest first."""
        return await self._desk.store.read(lambda conn: outbox.attempts(conn, id))

    async def cancel(self, id: str) -> str:
        """Take an action back before it leaves, and with the last action of a decision the decision, as undo does.

        Undo brings both again.

        Returns:
            What became of the decision, a sentence; "" if there was none to take back.

        Raises:
            Impossible: it has left, or ended.
        """
        said = f"{self._desk.me} took it back: nothing was done on the platform"
        return await self._change(
            id, lambda conn, row, now: outbox.cancel(conn, row.id, now, said), "it cannot be taken back", ends=True
        )

    async def send(self, id: str | None = None) -> int:
        """End the undo window now, of one action or of all; what is planned for a time keeps its time."""
        now = self._desk.clock.now()
        hurried = await self._desk.store.write(lambda conn: outbox.hurry(conn, now, id))
        self._desk.changes.add(("outbox", "status"))
        return hurried

    async def resolve(self, id: str, answer: Answer) -> str:
        """Say what became of an action nobody can know of, or what to do with one that failed.

        What surely never had an effect and is forgotten takes its decision with it, see `cancel`.

        Returns:
            What became of the decision, as `cancel`.

        Raises:
            Impossible: it does not ask.
        """
        state = {Answer.THERE: State.SENT, Answer.AGAIN: State.QUEUED, Answer.FORGET: State.CANCELLED}[answer]
        why = {Answer.THERE: "it is there", Answer.AGAIN: "send it again", Answer.FORGET: "forget it"}[answer]
        said = f"{self._desk.me}: {why}"

        def change(conn: Connection, row: OutboxRow, now: int) -> bool:
            unknown = answer is Answer.FORGET and row.state is State.UNCERTAIN
            words = f"{said}; nobody knows whether it arrived" if unknown else said
            return outbox.answer(conn, row.id, state, now, words)

        return await self._change(id, change, "it does not ask for an answer", ends=answer is Answer.FORGET)

    async def _change(self, id: str, change: Change, impossible: str, *, ends: bool) -> str:
        def write(conn: Connection) -> str:
            row = outbox.row(conn, id)
            if row is None:
                raise Impossible(f"there is no action {id}")
            now = self._desk.clock.now()
            if ends and row.state is not State.UNCERTAIN:
                words = take_back(self._desk, conn, row, lambda: change(conn, row, now))
            else:
                words = "" if change(conn, row, now) else None
            if words is None:
                raise Impossible(f"{impossible}: it is {row.state}")
            return words

        came_of_it = await self._desk.store.write(write)
        self._desk.changes.add((*TOPICS, "outbox", "status"))
        return came_of_it
