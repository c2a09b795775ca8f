"""The tree of answers a status stands in, read in as few requests as it takes, and what has gone from it.

A status nobody answered is a tree of its own and costs nothing. Else the whole tree is read from its first status, so
that answers which do not name us come too; of one with more than 400 answers only the branch of the status.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from cm_console.model.errors import Gone
from cm_console.model.time import instant
from cm_console.sources.mastodon import wire
from cm_console.sources.mastodon.records import edited_at
from cm_console.sources.mastodon.server import Server
from cm_console.sources.mastodon.watch import Watch

WHOLE = 400
"""Most direct answers of a status whose tree is read as a whole."""
CHECKED = 20
"""Most missing statuses that are looked up in one reading."""


class Tree(Struct):
    """What was read of a thread; `root` only if it is the status the thread is called by; `gone` are ids."""

    id: str
    statuses: list[wire.Status]
    root: wire.Status | None = None
    gone: list[str] = field(default_factory=list)
    ended: bool = False


class Trees:
    """Reads trees; within one pull none twice for the same news."""

    def __init__(self, server: Server, watch: Watch) -> None:
        self._server, self._watch = server, watch
        self._covered: dict[str, str] = {}
        self._crowded: set[str] = set()

    async def of(self, status: wire.Status) -> Tree | None:
        """The tree of a status; None if it was read already, or the status is gone."""
        if self._covered.get(status.id) == look_of(status):
            return None
        home = self._watch.home((status.id, status.in_reply_to_id))
        try:
            root, statuses, whole = await self._around(status, home)
        except Gone:
            return None
        return await self._settled(home, root, statuses, whole=whole)

    async def lost(self, look: str) -> Tree | None:
        """A status that is missing from a list, of a thread nobody watches; None if it is still there.

        With a status that nobody answered the thread is gone that it may have opened.
        """
        id, _, answers = look.split(" ")
        if await self._status(id) is not None:
            return None
        return Tree(id, [], gone=[id], ended=answers == "0")

    async def again(self, id: str, suspects: Sequence[str] = ()) -> Tree:
        """A watched thread as it is now; of one that is not read whole only the suspects are looked up."""
        try:
            root = await self._server.status(id)
        except Gone:
            return await self._settled(id, None, [], whole=True)
        if (root.replies_count or 0) > WHOLE:
            tree = await self._settled(id, root, [root], whole=False, again=True)
            await self._check(tree, suspects[:CHECKED], {root.id})
            return tree
        below = await self._below(root) if root.replies_count or len(self._watch.ids(id)) > 1 else []
        return await self._settled(id, root, [root, *below], whole=True)

    async def _around(
        self, status: wire.Status, home: str | None
    ) -> tuple[wire.Status | None, list[wire.Status], bool]:
        """The first status, all that were read, and whether that is the whole tree."""
        if status.in_reply_to_id is None:
            lone = not status.replies_count and home is None
            small = (status.replies_count or 0) <= WHOLE
            return status, [status, *(await self._below(status) if small and not lone else [])], small
        if home in self._crowded and not status.replies_count:
            return None, [status], False
        context = None if home else await self._server.context(status.id)
        if context is not None and not context.ancestors:
            return status, [status, *context.descendants], True
        root = await self._status(home) if home else context.ancestors[0] if context else None
        if root is not None and (root.replies_count or 0) <= WHOLE:
            branch = [*(context.ancestors if context else ()), status]
            return root, _joined([root, *await self._below(root)], branch), True
        if root is not None:
            self._crowded.add(root.id)
        context = context or await self._server.context(status.id)
        return root, _joined([root] if root else [], [*context.ancestors, status, *context.descendants]), False

    async def _settled(
        self,
        home: str | None,
        root: wire.Status | None,
        statuses: list[wire.Status],
        *,
        whole: bool,
        again: bool = False,
    ) -> Tree:
        """Find out what became of what is missing, and keep the tree in mind."""
        read = {status.id for status in statuses}
        id = home or self._watch.home(read) or (root or statuses[0]).id
        known = self._watch.ids(id)
        tree = Tree(id, statuses, root if root and root.id == id else None)
        missing = [one for one in known if one not in read]
        if whole:
            await self._check(tree, missing[:CHECKED], read)
        kept = [one for one in missing if one not in read and one not in tree.gone]
        ids = [*kept, *(status.id for status in sorted(tree.statuses, key=lambda status: status.created_at))]
        self._covered.update((status.id, look_of(status)) for status in tree.statuses)
        tree.ended = not ids
        if tree.ended:
            self._watch.forget(id)
        else:
            moments = [edited_at(status) or instant(status.created_at) for status in tree.statuses]
            now = self._server.clock.now()
            self._watch.note(id, ids, max(moments, default=0), now, whole=whole or again)
        return tree

    async def _check(self, tree: Tree, missing: Sequence[str], read: set[str]) -> None:
        """A missing status is deleted, or what it answered is, and it lives on with all below it."""
        for id in missing:
            if id in read:
                continue
            status = await self._status(id)
            if status is None:
                tree.gone.append(id)
                continue
            branch = [status, *(await self._below(status) if status.replies_count else [])]
            tree.statuses = _joined(tree.statuses, branch)
            read.update(one.id for one in branch)

    async def _status(self, id: str) -> wire.Status | None:
        try:
            return await self._server.status(id)
        except Gone:
            return None

    async def _below(self, status: wire.Status) -> list[wire.Status]:
        try:
            return (await self._server.context(status.id)).descendants
        except Gone:
            return []


def look_of(status: wire.Status) -> str:
    """How a status looks in a list: it changes when the status is edited or answered."""
    return f"{status.id} {edited_at(status) or 0} {status.replies_count or 0}"


def _joined(statuses: list[wire.Status], more: Sequence[wire.Status]) -> list[wire.Status]:
    there = {status.id for status in statuses}
    return [*statuses, *(status for status in more if status.id not in there)]
