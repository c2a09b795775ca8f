"""The way back: everything not yet read, back to where `history` begins, inbox and sent mail together, newest first."""

from __future__ import annotations

import asyncio

from cm_console.model.time import Instant
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import Head, Role, heads
from cm_console.sources.email.imap import Imap
from cm_console.sources.email.imap_words import day
from cm_console.sources.email.progress import Mark, Marks

ROLES = (Role.INBOX, Role.SENT)


class Backwards:
    """Knows all heads first - so threads are whole whatever comes first - and then hands out what is to be read."""

    def __init__(self, imap: Imap, folders: Folders, known: Conversations, marks: Marks) -> None:
        self._imap, self._folders, self._known, self._marks = imap, folders, known, marks
        self._waiting: dict[Role, list[Head]] = {}

    def wanted(self) -> bool:
        """Is there anything left to read?"""
        return any(mark.low for mark in self._open().values())

    def _open(self) -> dict[Role, Mark]:
        return {role: mark for role, mark in self._marks.folders.items() if role in ROLES}

    async def prepare(self) -> int:
        """Learn the heads; gives how many messages there are to read."""
        for role, mark in self._open().items():
            await self._imap.enter(mark.name)
            bound = b"SINCE " + day(Instant(mark.since)) + b" " if mark.since > 0 else b""
            uids = await self._imap.search(bound + f"UID 1:{max(1, mark.high)}".encode())
            new = [uid for uid in uids if uid <= mark.high and self._known.at((role, uid)) is None]
            found = await heads(self._imap, role, new, self._known.ours)
            await asyncio.to_thread(self._known.add, found)
            left = (self._known.at((role, uid)) for uid in uids if uid < mark.low)
            self._waiting[role] = [head for head in left if head is not None]
        self._known.complete = True
        return sum(map(len, self._waiting.values()))

    def take(self, most: int) -> list[Head]:
        """The newest that are left; empty when all are read."""
        taken: list[Head] = []
        while len(taken) < most and (lists := [rest for rest in self._waiting.values() if rest]):
            taken.append(max(lists, key=lambda rest: rest[-1].date).pop())
        return taken

    def passed(self, some: list[Head]) -> None:
        """These are read."""
        for head in some:
            self._marks.folders[head.role].low = head.uid

    def finish(self) -> None:
        """Everything is read."""
        for mark in self._open().values():
            mark.low = 0
