"""Delivery: send what the outbox holds, never twice; what is in doubt is looked up, and only then asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from cm_console.model.action import ASK, Receipt, Replay, ReplayKind, Verb
from cm_console.model.calendar import LATE_AFTER
from cm_console.model.errors import Conflict, Gone, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.outbox import State
from cm_console.model.source import Source
from cm_console.model.text import clean_line
from cm_console.model.time import MINUTE, SECOND, Clock, short_age
from cm_console.services.changes import Changes
from cm_console.store import Store, ingest, outbox
from cm_console.store.batch import Community
from cm_console.store.outbox import Claimed
from cm_console.store.sqlite import Connection

FIRST_BACK_OFF, LAST_BACK_OFF = 5 * SECOND, 15 * MINUTE
NO_RIGHT_PAUSE = 10 * MINUTE
"""How long a source rests after the platform said that our token is worth nothing."""

KEY_MARGIN = 30 * SECOND
"""A repeat must arrive so long before the platform forgets the key: requests take time, clocks differ."""

UNCLEAR_LOOKS = 3
"""After so many looks that the platform declined to answer, a person is asked."""

ALREADY_SO = frozenset({Verb.REMOVE, Verb.HIDE, Verb.SPAM, Verb.REJECT, Verb.UNSCHEDULE})
"""Verbs whose wish is fulfilled when the target is gone."""


@dataclass
class Delivery:
    """Delivers one source's actions, one at a time. Several may run on one database: claims keep them apart."""

    source: Source
    name: str
    source_id: int
    store: Store
    clock: Clock
    changes: Changes
    community: Community
    owner: str
    new_id: Callable[[], str]
    jitter: Callable[[], float] = lambda: 0.5
    paused_until: int = field(default=0, init=False)
    failures: int = field(default=0, init=False)
    _unsettled: bool = field(default=False, init=False)

    async def step(self) -> bool:
        """Work on one action that is due; False when there is none, or the platform asked to wait."""
        if self._unsettled:
            await self._let_go()
        if self.clock.now() < self.paused_until:
            return False
        self._unsettled = True
        if claimed := await self._claim(State.UNCERTAIN):
            await self._look(claimed)
        elif claimed := await self._claim(State.QUEUED):
            await self._send(claimed)
        self._unsettled = False
        return claimed is not None

    async def _let_go(self) -> None:
        """What the last step could not write down (a full disk, a fault in the source) is in doubt."""
        now = self.clock.now()
        await self.store.write(lambda conn: outbox.take_over(conn, [self.owner], now, self.name))
        self._unsettled = False

    async def wait_time(self) -> float:
        """Seconds until there may be something to do."""
        due = await self.store.read(lambda conn: outbox.next_due(conn, self.name))
        at = max(self.paused_until, due if due is not None else self.clock.now() + MINUTE)
        return min(max(at - self.clock.now(), 50), MINUTE) / SECOND

    async def _claim(self, state: State) -> Claimed | None:
        """Take the next one; stopped in the middle of it, give back what was taken: nothing has left yet."""
        token, now = self.new_id(), self.clock.now()
        claiming = asyncio.ensure_future(
            self.store.write(lambda conn: outbox.claim(conn, self.name, state, owner=self.owner, token=token, now=now))
        )
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if claimed := await claiming:
                words = "the console was closed before it left"
                await (self._return(claimed, words) if state is State.QUEUED else self._doubt(claimed, words))
            raise

    async def _send(self, claimed: Claimed) -> None:
        if claimed.in_doubt and not self._repeats_safely(claimed):
            await self._settle(claimed, State.UNCERTAIN, why="too long ago for the platform to know its key")
            return
        late = 0 if claimed.planned_at is None else self.clock.now() - claimed.planned_at
        if late > LATE_AFTER and not claimed.in_doubt:
            await self._return(claimed, f"planned {short_age(late)} ago: send it now, or forget it", asks=True)
            return
        if claimed.action.target is not None and not claimed.action.target.id:
            await self._settle(claimed, State.FAILED, why="nobody knows where it is: take it back on the platform")
            return
        self.changes.add(("outbox",))
        try:
            receipt = await self.source.push(claimed.action)
        except SourceError as error:
            await _finish(self._not_sent(claimed, error))
        except BaseException as error:
            await _finish(self._doubt(claimed, f"{self.name} stopped while sending ({type(error).__name__})"))
            raise
        else:
            await _finish(self._sent(claimed, receipt))

    async def _not_sent(self, claimed: Claimed, error: SourceError) -> None:
        words = clean_line(str(error))
        if error.landed is not False:
            await self._doubt(claimed, words)
            return
        match error:
            case Throttled():
                self.paused_until = error.until
                await self._return(claimed, words, not_before=error.until)
            case Unreachable():
                self.failures += 1
                self.paused_until = self.clock.now() + self._back_off(self.failures)
                await self._return(claimed, words, not_before=self.paused_until)
            case Unauthorized():
                right = f" (needs {error.right})" if error.right else ""
                if await self._is_known():
                    await self._settle(claimed, State.FAILED, why=words + right)
                    return
                self.paused_until = self.clock.now() + NO_RIGHT_PAUSE
                await self._return(claimed, words + right, not_before=self.paused_until)
            case Conflict(settled=True) if claimed.in_doubt:
                await self._settle(claimed, State.SENT, why="an earlier try had done it")
            case Conflict(settled=True):
                await self._settle(claimed, State.SUPERSEDED, why=clean_line(error.current or words))
            case Conflict():
                await self._settle(claimed, State.FAILED, why=clean_line(error.current or words), asks=True)
            case Gone() if claimed.action.verb in ALREADY_SO:
                await self._settle(claimed, State.SUPERSEDED, why="it was gone already")
            case _:
                await self._settle(claimed, State.FAILED, why=words)

    async def _look(self, claimed: Claimed) -> None:
        replay = self._replay(claimed)
        if replay.kind is ReplayKind.SAFE or (replay.kind is ReplayKind.KEYED and self._repeats_safely(claimed)):
            pause = self._back_off(claimed.attempts)
            await self._settle(claimed, State.QUEUED, why="sending again is safe", not_before=self.clock.now() + pause)
        elif replay.findable:
            await self._find(claimed, replay)
        else:
            await self._ask(claimed, "nobody can know whether it arrived")

    def _replay(self, claimed: Claimed) -> Replay:
        return self.source.verbs.get(claimed.action.verb, ASK)

    def _repeats_safely(self, claimed: Claimed) -> bool:
        """False once a platform that knows repeats by their key may have forgotten the first try."""
        replay = self._replay(claimed)
        age = self.clock.now() - (claimed.first_at or claimed.sent_at)
        return replay.kind is not ReplayKind.KEYED or age + KEY_MARGIN < replay.window * SECOND

    async def _is_known(self) -> bool:
        """Whether the platform still knows us: then only this one right is missing, and other actions may go on."""
        try:
            await self.source.check()
        except SourceError:
            return False
        return True

    async def _find(self, claimed: Claimed, replay: Replay) -> None:
        try:
            receipt = await self.source.find(claimed.action)
        except (Unreachable, Throttled, Unauthorized) as error:
            until = self.clock.now() + self._back_off(claimed.looks)
            if not isinstance(error, Unreachable):
                until = error.until if isinstance(error, Throttled) else self.clock.now() + NO_RIGHT_PAUSE
                self.paused_until = until
            why = f"cannot look yet: {clean_line(str(error))}"
            await self._settle(claimed, State.UNCERTAIN, why=why, not_before=until)
        except SourceError as error:
            await self._unclear(claimed, clean_line(str(error)))
        except Exception as error:
            await self._unclear(claimed, f"{self.name} stopped while looking ({type(error).__name__})")
            raise
        else:
            await self._found(claimed, receipt, replay)

    async def _found(self, claimed: Claimed, receipt: Receipt | None, replay: Replay) -> None:
        settled_at = claimed.sent_at + int(replay.settle * SECOND)
        if receipt is not None:
            await self._sent(claimed, receipt)
        elif self.clock.now() < settled_at:
            why = "not there yet; looking again once it must have shown"
            await self._settle(claimed, State.UNCERTAIN, why=why, not_before=settled_at)
        else:
            keyed = replay.kind is ReplayKind.KEYED
            await self._settle(claimed, State.QUEUED, why="it did not arrive: sending again", fresh=keyed)

    async def _unclear(self, claimed: Claimed, words: str) -> None:
        if claimed.looks >= UNCLEAR_LOOKS:
            await self._ask(claimed, f"cannot find out whether it arrived: {words}")
        else:
            until = self.clock.now() + self._back_off(claimed.looks)
            await self._settle(claimed, State.UNCERTAIN, why=words, not_before=until)

    async def _sent(self, claimed: Claimed, receipt: Receipt) -> None:
        self.failures = 0

        def write(conn: Connection) -> frozenset[str]:
            now = self.clock.now()
            note = clean_line(receipt.note)
            if not outbox.settle(conn, claimed, State.SENT, now=now, why=note, remote_id=receipt.remote_id):
                return frozenset()
            return ingest.save(conn, self.source_id, self.community, now, receipt.records).topics

        topics = await self.store.write(write)
        self.changes.add((*topics, "outbox", "calendar", "status"))

    async def _doubt(self, claimed: Claimed, words: str) -> None:
        """It may have landed: uncertain, to be looked at once it must have shown."""
        replay = self._replay(claimed)
        pause = min(replay.settle, 30.0) if replay.findable else 1.0
        until = self.clock.now() + int(pause * SECOND)
        await self._settle(claimed, State.UNCERTAIN, why=words, not_before=until)

    async def _return(self, claimed: Claimed, words: str, *, not_before: int | None = None, asks: bool = False) -> None:
        """It surely had no effect: back into the queue."""

        def write(conn: Connection) -> None:
            outbox.forget_tried(conn, claimed)
            now = self.clock.now()
            outbox.settle(conn, claimed, State.QUEUED, now=now, why=words, not_before=not_before, asks=asks)

        await self.store.write(write)
        self.changes.add(("outbox", "status"))

    async def _ask(self, claimed: Claimed, words: str) -> None:
        await self._settle(claimed, State.UNCERTAIN, why=words, asks=True)

    async def _settle(
        self,
        claimed: Claimed,
        state: State,
        *,
        why: str,
        not_before: int | None = None,
        asks: bool = False,
        fresh: bool = False,
    ) -> None:
        now = self.clock.now()
        await self.store.write(
            lambda conn: outbox.settle(
                conn, claimed, state, now=now, why=why, not_before=not_before, asks=asks, fresh=fresh
            )
        )
        self.changes.add(("outbox", "calendar", "status"))

    def _back_off(self, times: int) -> int:
        longest = min(LAST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(times, 16))
        return int(FIRST_BACK_OFF + self.jitter() * (longest - FIRST_BACK_OFF))


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    """What happened there is written down, also when the console is stopped meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
