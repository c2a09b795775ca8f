"""The state of everything that runs: sources and their freshness, what waits in the outbox, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cm_console.model.time import Instant
from cm_console.store import Store, inbox, sources
from cm_console.store.sources import FeedState

if TYPE_CHECKING:
    from cm_console.services.sync import Progress

TROUBLE = ("failed", "unauthorized", "parked", "held")


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: its worst feed decides its state; `synced_at` is when its oldest feed was last caught up."""

    name: str
    kind: str
    state: str
    words: str
    synced_at: Instant | None
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Status:
    """All sources, and the kept counts by name (`view:1`: needs reply, `cases`, `action:queued` ...)."""

    sources: tuple[SourceStatus, ...]
    badges: dict[str, int]

    @property
    def waiting(self) -> int:
        """Actions that are about to leave; what is planned for a time does not count."""
        return self.badges.get("action:queued", 0) + self.badges.get("action:sending", 0)

    @property
    def stuck(self) -> int:
        """Actions that need a person."""
        return sum(self.badges.get(f"action:{name}", 0) for name in ("failed", "uncertain", "asks"))


@dataclass
class StatusService:
    """What the status line and `doctor` read; of the sources named, or of all whose facts are here."""

    store: Store
    names: frozenset[str] | None = None
    progress: dict[str, Progress] = field(default_factory=dict)

    async def now(self) -> Status:
        """The state as it is now."""
        feeds, badges = await self.store.read(lambda conn: (sources.feeds(conn), inbox.badges(conn)))
        by_source: dict[str, list[FeedState]] = {}
        for feed in feeds:
            if self.names is None or feed.source in self.names:
                by_source.setdefault(feed.source, []).append(feed)
        return Status(tuple(self._status(name, states) for name, states in by_source.items()), badges)

    def _status(self, name: str, feeds: list[FeedState]) -> SourceStatus:
        order = (*TROUBLE, "waiting", "pulling", "ok", "new", "silent")
        worst = min(feeds, key=lambda feed: order.index(feed.state))
        synced = [feed.synced_at for feed in feeds]
        oldest = None if None in synced else min(at for at in synced if at is not None)
        progress = self.progress.get(name)
        return SourceStatus(name, feeds[0].kind, worst.state, worst.words, oldest, progress)
