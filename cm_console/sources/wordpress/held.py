"""The reports feed: comments that wait for approval, each a report of kind "held" until somebody decides.

The whole list is read each time; of a long one only its first hundred, unless those or its length have changed, and
all of it once an hour. What left the list is read once more, for how it ended.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial

from msgspec import Struct, field

from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.model.time import HOUR
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.http_bodies import Query
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.articles import Articles
from cm_console.sources.wordpress.packing import Packer, Unit
from cm_console.sources.wordpress.refusals import MODERATE
from cm_console.sources.wordpress.site import Listed, Rights, Site
from cm_console.sources.wordpress.walking import whole

AT_A_TIME = 100


class State(Struct):
    """How the held comments looked, and when all of them were read."""

    open: dict[str, str] = field(default_factory=dict)
    read_at: int = 0


class HeldPull:
    """One pull of the reports feed."""

    def __init__(self, site: Site, cursor: Cursor | None) -> None:
        self._site = site
        self._state = state_of(cursor, State)
        self._packer = Packer(lambda: cursor_of(self._state))

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new, changed or decided; the last page may be empty."""
        rights = await self._site.know_authors()
        if not rights.moderates:
            yield self._packer.last(note=f"held comments are not shown to this account: it needs {MODERATE}")
            return
        async with aclosing(self._units(rights)) as units:
            async for unit in units:
                for page in self._packer.add(unit):
                    yield page
        yield self._packer.last()

    async def _units(self, rights: Rights) -> AsyncGenerator[Unit, None]:
        state = self._state
        held = await self._held()
        if held is None:
            return
        new = [comment for comment in held if state.open.get(str(comment.id)) != records.version_of(comment)]
        self._packer.total = len(new)
        for start in range(0, len(new), AT_A_TIME):
            async with aclosing(self._about(new[start : start + AT_A_TIME], rights)) as units:
                async for unit in units:
                    yield unit
        here = {comment.id for comment in held}
        left = [int(id) for id in state.open if int(id) not in here]
        for start in range(0, len(left), AT_A_TIME):
            part = left[start : start + AT_A_TIME]
            found = await self._site.comments(part, moderates=True)
            async with aclosing(self._about(list(found.values()), rights)) as units:
                async for unit in units:
                    yield unit
            for id in part:
                if id not in found:
                    gone = (Ref(Kind.REPORT, f"{records.HELD}{id}"), Ref(Kind.POST, str(id)))
                    yield Unit((), gone, partial(self._forget, str(id)), counts=False)
        yield Unit(mark=partial(setattr, state, "read_at", self._site.clock.now()), counts=False)

    async def _held(self) -> list[wire.Comment] | None:
        """All that wait, newest first; None if the list is long and seems to be as it was."""

        async def ask(offset: int) -> Listed[wire.Comment]:
            query: Query = {"status": "hold", "context": "edit", "_fields": wire.COMMENT}
            query = {**query, "orderby": "id", "order": "desc", "per_page": AT_A_TIME, "offset": offset}
            return await self._site.listed("/comments", wire.Comment, query)

        first, known = await ask(0), self._state.open
        as_it_was = first.total == len(known) and all(
            known.get(str(comment.id)) == records.version_of(comment) for comment in first.items
        )
        recent = self._site.clock.now() - self._state.read_at < HOUR
        if as_it_was and (first.total <= AT_A_TIME or recent):
            return None
        return sorted(await whole(ask, AT_A_TIME, first), key=lambda comment: -comment.id)

    async def _about(self, comments: Sequence[wire.Comment], rights: Rights) -> AsyncGenerator[Unit, None]:
        reading = Articles(self._site, rights, None)
        articles = await reading.of(comments)
        self._site.note_ours(comments)
        for comment in comments:
            held = comment.status == "hold"
            made: list[Record] = []
            if comment.post in articles and comment.post not in reading.seen:
                made += reading.records(articles[comment.post])
            if (author := records.writer(comment, self._site)) is not None:
                made.append(author)
            now = None if held else self._site.clock.now()
            made += [records.post(comment, self._site, rights.me), records.report(comment, now)]
            yield Unit(tuple(made), (), partial(self._note, comment))

    def _forget(self, id: str) -> None:
        self._state.open.pop(id, None)

    def _note(self, comment: wire.Comment) -> None:
        if comment.status == "hold":
            self._state.open[str(comment.id)] = records.version_of(comment)
        else:
            self._forget(str(comment.id))
