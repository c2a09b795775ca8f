"""The product with one promise broken each: what a storm must tell from the real thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cm_console.model.outbox import State
from cm_console.model.source import Feed
from cm_console.services.delivery import Delivery
from cm_console.services.sync import Sync
from cm_console.store import ingest, outbox
from cm_console.store.outbox import Claimed
from cm_console.store.sqlite import Connection


def cursor_saved_first(patch: pytest.MonkeyPatch) -> None:
    """The place to go on from is written before the pages are."""

    async def flush(self: Sync, feed: Feed, gathered: Any) -> None:
        if pages := gathered.take():
            cursor, now = pages[-1].cursor, self.clock.now()
            await self.store.write(
                lambda conn: conn.execute(
                    "INSERT INTO feed(source_id, feed, cursor) VALUES(?,?,?)"
                    " ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
                    (self.source_id, feed, cursor),
                )
            )
            await self.store.write(
                lambda conn: ingest.save_pages(conn, self.source_id, feed, self.community, pages, now)
            )

    patch.setattr(Sync, "_flush", flush)


def doubt_taken_for_no(patch: pytest.MonkeyPatch) -> None:
    """An answer that never came is taken for a no, and the action is sent again."""

    async def doubt(self: Delivery, claimed: Claimed, words: str) -> None:
        await self._return(claimed, words)

    patch.setattr(Delivery, "_doubt", doubt)


def sending_not_committed(patch: pytest.MonkeyPatch) -> None:
    """The claim is only in memory: on the disk the action is still queued while it leaves."""
    claim = outbox.claim

    def forgetful(conn: Connection, source: str, state: State, **named: Any) -> Claimed | None:
        claimed = claim(conn, source, state, **named)
        if claimed is not None and state is State.QUEUED:
            conn.execute(
                "UPDATE action SET state = 'queued', owner = NULL, tried_at = NULL WHERE id = ?", (claimed.action.id,)
            )
        return claimed

    patch.setattr(outbox, "claim", forgetful)


def nobody_looks(patch: pytest.MonkeyPatch) -> None:
    """What is in doubt is not looked for: once it must have shown, it is sent again."""

    async def find(self: Delivery, claimed: Claimed, replay: Any) -> None:
        await self._found(claimed, None, replay)

    patch.setattr(Delivery, "_find", find)


def no_time_to_settle(patch: pytest.MonkeyPatch) -> None:
    """What is not there at the first look is sent again, though it may still be under way."""
    found = Delivery._found

    async def hasty(self: Delivery, claimed: Claimed, receipt: Any, replay: Any) -> None:
        from dataclasses import replace

        await found(self, claimed, receipt, replace(replay, settle=0.0))

    async def doubt(self: Delivery, claimed: Claimed, words: str) -> None:
        await self._settle(claimed, State.UNCERTAIN, why=words, not_before=self.clock.now())

    patch.setattr(Delivery, "_found", hasty)
    patch.setattr(Delivery, "_doubt", doubt)


def keys_trusted_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A key is trusted after the platform has forgotten it."""
    patch.setattr(Delivery, "_repeats_safely", lambda self, claimed: True)


def taken_over_to_queued(patch: pytest.MonkeyPatch) -> None:
    """What a dead console was sending is sent again."""

    def take_over(conn: Connection, dead: list[str], now: int, source: str | None = None) -> int:
        marks = ",".join("?" * len(dead))
        changed = conn.execute(
            "UPDATE action SET state = 'queued', owner = NULL, claim = NULL, tried_at = NULL"
            f" WHERE state = 'sending' AND owner IN ({marks})",
            dead,
        )
        return changed.rowcount

    patch.setattr(outbox, "take_over", take_over)


def undo_too_late(patch: pytest.MonkeyPatch) -> None:
    """An action is called taken back though it may be there."""

    def cancel(conn: Connection, id: str, now: int, why: str = "taken back") -> bool:
        changed = conn.execute(
            "UPDATE action SET state = 'cancelled', ended_at = ?, owner = NULL, claim = NULL"
            " WHERE id = ? AND state IN ('queued', 'failed', 'uncertain')",
            (now, id),
        )
        return bool(changed.rowcount)

    patch.setattr(outbox, "cancel", cancel)


def threads_lose_their_order(patch: pytest.MonkeyPatch) -> None:
    """Whatever is due is sent, also past one that waits before it in its thread."""
    before = "b.lane = a.lane"
    assert before in outbox._NEXT
    patch.setattr(outbox, "_NEXT", outbox._NEXT.replace(before, "0"))


def deletions_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What is gone there stays here."""
    patch.setattr(ingest, "_gone", lambda pages: [])


MUTANTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    mutant.__name__: (mutant, words)
    for mutant, words in (
        (cursor_saved_first, "the mirror differs"),
        (doubt_taken_for_no, "twice|taken back and is there"),
        (sending_not_committed, "twice"),
        (nobody_looks, "twice"),
        (no_time_to_settle, "twice"),
        (keys_trusted_for_ever, "twice"),
        (taken_over_to_queued, "twice"),
        (undo_too_late, "taken back and is there"),
        (threads_lose_their_order, "out of order"),
        (deletions_forgotten, "the mirror differs"),
    )
}
"""Each with the words of the promise it must be seen to break."""
