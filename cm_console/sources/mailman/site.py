"""One Mailman with its archive and its way to send mail, as the parts of the source share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.time import Clock
from cm_console.sources.mailman.archive import Archive
from cm_console.sources.mailman.core import Core
from cm_console.sources.mailman.posting import Outgoing

if TYPE_CHECKING:
    from cm_console.sources.mailman import MailmanSettings


class Site:
    """`archive` and `outgoing` are None where the settings name none."""

    def __init__(self, settings: MailmanSettings, clock: Clock) -> None:
        self.clock = clock
        self.bans = settings.bans.strip().lower()
        self.archive = Archive(settings.archive.strip(), clock) if settings.archive.strip() else None
        sends = bool(settings.smtp.strip() and settings.sender.strip())
        self.outgoing = Outgoing.of(settings) if sends else None
        login, ours = (settings.username, settings.password), frozenset({settings.sender.strip().lower()} - {""})
        self.core = Core(settings.url, login, settings.lists, clock, ours=ours)

    async def close(self) -> None:
        """Release connections."""
        await self.core.gate.close()
        if self.archive is not None:
            await self.archive.gate.close()
