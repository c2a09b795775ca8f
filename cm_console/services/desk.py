"""The desk: what every column's service works with, and how a decision becomes one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cm_console.model.time import SECOND, Clock, Instant
from cm_console.services.changes import Changes
from cm_console.store import Store
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.action import Action
    from cm_console.model.work import Work
    from cm_console.store.journal import Operation

T = TypeVar("T")
STEP, PAUSE = 200, 0.008
"""Items of one transaction of long work, and seconds until the next: a fifth of the time others can write."""


class Impossible(Exception):
    """What was asked cannot be done; the words say why and what to do instead."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Desk:
    """Store, clock, fresh ids, who works here, how long an action can be undone (seconds), whom the team names."""

    store: Store
    clock: Clock
    new_id: Callable[[], str]
    changes: Changes
    me: str
    undo_seconds: int = 10
    team: tuple[str, ...] = ()

    async def decide(
        self, op: str, item: str, change: Callable[[Decision], T], topics: Sequence[str] = ("inbox",)
    ) -> T:
        """Run one decision: its rows, its actions and its journal line in one transaction, then tell the screens."""
        return (await self.decide_each(op, [(item, change)], topics))[0]

    async def decide_each(
        self,
        op: str,
        changes: Sequence[tuple[str, Callable[[Decision], T]]],
        topics: Sequence[str] = ("inbox",),
        work: Work | None = None,
    ) -> list[T]:
        """Run the same decision on several items; one undo takes all of them back.

        All in one transaction - or, with `work`, some at a time, so that nobody who writes too waits for all of them.

        Raises:
            Impossible: of one item; the words say how many were done before it, if any was.
            Stopped: by `work`; those before are done, and one undo takes them back.
        """
        payload: dict[str, object] = {"group": self.new_id()}
        step, results = len(changes) if work is None else STEP, list[T]()
        try:
            for first in range(0, len(changes), max(1, step)):
                if work is not None and len(changes) > step:
                    work.step(f"{op[:1].upper()}{op[1:]}", first, len(changes))
                    await pause()
                some = changes[first : first + step]
                results += await self.store.write(
                    partial(self._write, op=op, some=some, payload=payload, parts=step < len(changes))
                )
        except Impossible as error:
            if not results:
                raise
            raise Impossible(f"{error}; {len(results):,} of {len(changes):,} are done, z takes them back") from error
        finally:
            if results:
                self.changes.add((*topics, "outbox", "status"))
        return results

    def _write(
        self,
        conn: Connection,
        op: str,
        some: Sequence[tuple[str, Callable[[Decision], T]]],
        payload: dict[str, object],
        *,
        parts: bool,
    ) -> list[T]:
        """One transaction of a decision; of one in several `parts` each line knows where the first began."""
        from cm_console.store import journal, mentions

        if parts:
            payload.setdefault(journal.FROM, journal.newest(conn))
        results = []
        for item, change in some:
            operation = journal.Operation(conn, self.new_id(), self.clock.now(), self.me, op, item, dict(payload))
            results.append(change(Decision(self, operation)))
            mentions.dealt_with(operation)
            operation.close()
        return results


async def pause() -> None:
    """Between two transactions of long work: SQLite lets others in who wait, but they look only now and then."""
    await asyncio.sleep(PAUSE)


class Decision(NamedTuple):
    """One decision under way inside a transaction: change rows, queue actions."""

    desk: Desk
    operation: Operation

    @property
    def conn(self) -> Connection:
        """The transaction's connection."""
        return self.operation.conn

    @property
    def now(self) -> Instant:
        """The moment of the decision."""
        return Instant(self.operation.at)

    def thread(self, thread_id: int, **columns: object) -> None:
        """Change decision columns of an inquiry - all its threads - and bring its place in the lists up to date.

        `seen_at` is for each of them the last post that was there.
        """
        from cm_console.store import joined

        group = joined.group(self.conn, thread_id)
        for id in group:
            own = columns
            if "seen_at" in columns and len(group) > 1:
                own = {**columns, "seen_at": self.head(id)["last_post_at"]}
            self.operation.change("thread", {"id": id}, own)
        self.keep(*group)

    def tag(self, thread_id: int, word: str, *, remove: bool = False) -> None:
        """Put a tag on all threads of an inquiry, or take it off."""
        from cm_console.store import joined

        values: dict[str, object] | None = None if remove else {"at": self.now}
        group = joined.group(self.conn, thread_id)
        for id in group:
            self.operation.change("tag", {"thread_id": id, "tag": word}, values)
        self.keep(*group)

    def keep(self, *thread_ids: int) -> None:
        """Bring the clocks of threads and their places in the lists up to date, after their rows or tags changed."""
        from cm_console.store import threads

        threads.keep_views(self.conn, str(list(thread_ids)), self.now)

    def queue(
        self,
        action: Action,
        source: str,
        *,
        thread_id: int | None = None,
        case_id: int | None = None,
        planned_at: Instant | None = None,
        depends_on: str | None = None,
    ) -> str:
        """Put an action into the outbox, held for the undo window or until it is planned; returns its id.

        Raises:
            Impossible: the source cannot do that, this token may not, or its platform takes no text that long.
        """
        from cm_console.store import outbox

        if why_not := _why_not(self.conn, source, action):
            raise Impossible(why_not)
        action = replace(action, id=self.desk.new_id())
        hold = max(self.now + self.desk.undo_seconds * SECOND, planned_at or 0)
        row = outbox.Queued(
            action,
            source,
            self.operation.actor,
            self.operation.id,
            hold,
            thread_id=thread_id,
            case_id=case_id,
            planned_at=planned_at,
            depends_on=depends_on,
        )
        outbox.enqueue(self.conn, row, self.now)
        self.operation.payload.setdefault("actions", [])
        actions = self.operation.payload["actions"]
        assert isinstance(actions, list)
        actions.append(action.id)
        return action.id

    def head(self, thread_id: int) -> dict[str, object]:
        """The facts of a thread.

        Raises:
            Impossible: there is no such thread.
        """
        from cm_console.store import inbox

        facts = inbox.head(self.conn, thread_id)
        if facts is None:
            raise Impossible(f"there is no thread {thread_id}")
        return facts


def _why_not(conn: Connection, source: str, action: Action) -> str:
    """Why an action cannot be queued: not known there, not allowed, too long; "" if it can."""
    from cm_console.model.length import too_long
    from cm_console.store import sources

    why_not = sources.why_not(conn, source, action.verb)
    if not why_not and action.verb in ("reply", "edit"):
        why_not = too_long(action.text, sources.text_rules(conn, source))
    return why_not
