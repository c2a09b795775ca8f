"""The outbox as people see it: what waits, why, and what they may do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from cm_console.model.outbox import Answer, Attempt, OutboxRow, State
from cm_console.services.desk import Desk, Impossible
from cm_console.services.journal import TOPICS
from cm_console.services.restoring import Restoring, answered, take_back
from cm_console.services.status import Status
from cm_console.store import inbox, journal, outbox
from cm_console.store.sqlite import Connection

Change: TypeAlias = Callable[[Connection, OutboxRow, int], bool]
WORDS = {Answer.THERE: "it is there", Answer.AGAIN: "send it again", Answer.FORGET: "forget it"}
"""What a person says, in the reason an action shows and in the journal."""


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

    async def cancel(self, *ids: str) -> str:
        """Take actions back before they leave, and with the last action of a decision the decision, as undo does.

        All or none of them, in one decision: one undo brings all of it again.

        Returns:
            What became of the decisions, in sentences; "" if there was none to take back.

        Raises:
            Impossible: one has left, or ended.
        """
        said = f"{self._desk.me} took it back: nothing was done on the platform"
        return await self._change(
            ids, lambda conn, row, now: outbox.cancel(conn, row.id, now, said), "it cannot be taken back", ends=True
        )

    async def send(self, *ids: str) -> int:
        """End the undo window now, of some actions or of all; what is planned for a time keeps its time."""
        now, some = self._desk.clock.now(), ids or (None,)
        hurried = await self._desk.store.write(lambda conn: sum(outbox.hurry(conn, now, id) for id in some))
        self._desk.changes.add(("outbox", "status"))
        return hurried

    async def resolve(self, answer: Answer, *ids: str) -> str:
        """Say what became of actions nobody can know of, or what to do with those that failed; one decision for all.

        What surely never had an effect and is forgotten takes its decision with it. Undo makes them ask again, unless
        they have left meanwhile.

        Returns:
            What became of the decisions, as `cancel`.

        Raises:
            Impossible: one does not ask.
        """
        state = {Answer.THERE: State.SENT, Answer.AGAIN: State.QUEUED, Answer.FORGET: State.CANCELLED}[answer]
        said = f"{self._desk.me}: {WORDS[answer]}"

        def change(conn: Connection, row: OutboxRow, now: int) -> bool:
            unknown = answer is Answer.FORGET and row.state is State.UNCERTAIN
            words = f"{said}; nobody knows whether it arrived" if unknown else said
            return outbox.answer(conn, row.id, state, now, words)

        why_not = "it does not ask for an answer"
        return await self._change(ids, change, why_not, op=WORDS[answer], ends=answer is Answer.FORGET)

    async def _change(self, ids: Sequence[str], change: Change, impossible: str, *, ends: bool, op: str = "") -> str:
        def write(conn: Connection) -> str:
            now, group, came = self._desk.clock.now(), self._desk.new_id(), dict[str, str]()
            rows = _newest_first(conn, ids)
            lines = {row.id: line for row in rows if ends and (line := journal.of_action(conn, row.id))}
            restoring = Restoring(conn, list(lines.values()))
            for row in rows:
                made = partial(change, conn, row, now)
                if ends and row.state is not State.UNCERTAIN:
                    words = take_back(self._desk, restoring, row, made, group)
                else:
                    words = answered(self._desk, conn, row, made, group, op)
                if words is None:
                    raise Impossible(f"{impossible}: it is {row.state}")
                came[lines[row.id].id if row.id in lines else ""] = words
            restoring.keep(now)
            return " ".join(dict.fromkeys(filter(None, came.values())))

        came_of_it = await self._desk.store.write(write)
        self._desk.changes.add((*TOPICS, "outbox", "status"))
        return came_of_it


def _newest_first(conn: Connection, ids: Sequence[str]) -> list[OutboxRow]:
    """Decisions are taken back from the newest on, as undo would, or one would stand on another."""
    rows = {id: outbox.row(conn, id) for id in ids}
    if missing := [id for id, row in rows.items() if row is None]:
        raise Impossible(f"there is no action {missing[0]}")
    return sorted({row.id: row for row in rows.values() if row}.values(), key=lambda row: row.seq, reverse=True)
