"""Similar questions that were answered already, and who could answer: from the local archive, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.asking import ASK
from cm_console.model.similar import Answerer, Comparison, Similar, quoted
from cm_console.services.desk import Desk, Impossible
from cm_console.store import answered, answerers, messaging, similar

if TYPE_CHECKING:
    from cm_console.store.sqlite import Connection

SHOWN = 10
"""Similar threads listed."""
ALIKE = 15
"""Percent; who answered what shares less speaks of something else."""
LIKELY = 35
"""Percent from which a similar thread is told of beside the question without being asked for."""
TEMPLATE = "{mention} you helped with something like this before ({title}). Could you have a look here?"
"""What a member is called with; the person at the desk reads and sends it."""


class SimilarService:
    """Finds, and prepares what is written; it sends nothing."""

    likely = LIKELY
    template = ASK
    """What a member who could answer is asked with privately; its places are filled in before it is shown."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._counts = desk, similar.Counts()

    async def similar(self, thread_id: int, *, most: int = SHOWN, least: int = similar.LEAST) -> Comparison:
        """The answered threads most like this one, best first.

        In three short reads: whoever asks no longer, as the cursor moved on, costs nothing between two of them.

        Raises:
            Impossible: there is no such thread.
        """
        read = self._desk.store.read
        asked = await read(lambda conn: similar.question(conn, thread_id, self._counts))
        if asked is None:
            raise Impossible(f"there is no thread {thread_id}")
        scored = await read(lambda conn: similar.score(conn, asked))
        enough = similar.enough(asked, scored, least)
        found, unread = await read(lambda conn: (similar.found(conn, asked, enough, most), answered.unread(conn)))
        return Comparison(thread_id, asked.title, asked.source, asked.words, tuple(found), unread)

    async def who(self, thread_id: int, *, most: int = 9) -> list[Answerer]:
        """Members of its platform who answered such questions well before, best first.

        Raises:
            Impossible: there is no such thread.
        """
        read = self._desk.store.read
        asked = await read(lambda conn: similar.question(conn, thread_id, self._counts))
        if asked is None:
            raise Impossible(f"there is no thread {thread_id}")
        scored = await read(lambda conn: similar.score(conn, asked))
        enough = {one.id: asked.percent(one) for one in similar.enough(asked, scored, ALIKE)}
        now = self._desk.clock.now()
        return await read(lambda conn: answerers.of_threads(conn, thread_id, enough, most, now))

    async def quote(self, thread_id: int, one: Similar) -> None:
        """Put the answer of a similar thread, as a quote, into the draft of the reply to a thread."""
        link = "" if one.direct or not one.link else f" ({one.link})"
        told = "This was answered before:" if one.direct else f"This was answered in “{one.title}”{link}:"
        await self._add(thread_id, f"{told}\n\n{quoted(one.answer.body)}\n\n")

    async def link(self, thread_id: int, one: Similar) -> None:
        """Put the link of a similar thread's answer into the draft of the reply to a thread.

        Raises:
            Impossible: nobody else could open it.
        """
        if one.direct or not one.link:
            raise Impossible("it has no address that others could open; quote it instead")
        await self._add(thread_id, f"This was answered in “{one.title}”: {one.link}\n")

    async def call(self, thread_id: int, one: Answerer) -> None:
        """Put a mention of somebody who could answer into the draft of the reply to a thread."""
        title = f"“{one.given[0].title}”" + (f", {one.given[0].url}" if one.given[0].url else "")
        await self._add(thread_id, TEMPLATE.format(mention=one.mention, title=title) + "\n")

    async def asking(self, thread_id: int) -> tuple[str, dict[str, str]]:
        """The template a member is asked with about a question, and what its places become.

        A link that is not known is left out; of what was asked privately nothing is told.

        Raises:
            Impossible: there is no such thread.
        """
        facts = await self._desk.store.read(lambda conn: messaging.question(conn, thread_id))
        if facts is None:
            raise Impossible(f"there is no thread {thread_id}")
        title, link, direct = facts
        if direct:
            return self.template, {}
        template = self.template if link else self.template.replace("{link}", "").rstrip()
        return template, {"title": title, "link": link}

    async def _add(self, thread_id: int, text: str) -> None:
        """Behind what is in the draft already: nothing typed is lost, nothing is sent."""
        key, now = f"reply:{thread_id}", self._desk.clock.now()

        def change(conn: Connection) -> None:
            row = conn.execute("SELECT body FROM draft WHERE key = ?", (key,)).fetchone()
            body = f"{row[0].rstrip()}\n\n{text}" if row and row[0].strip() else text
            conn.execute("INSERT OR REPLACE INTO draft VALUES(?,?,?)", (key, body, now))

        await self._desk.store.write(change)

    async def catch_up(self) -> None:
        """Read what of the archive is not read yet; an open console does this by itself when there is time."""
        while await self._desk.store.write(answered.tidy):
            pass
