"""The inbox's verbs: list, read, search, reply, note, assign, snooze, tag, prioritise, done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cm_console.model.inbox import UNTIL_NEWS, UNTIL_REPLY, Filter, InquiryRow, Priority, Status, Then, View
from cm_console.model.tags import tag_words
from cm_console.model.time import Instant
from cm_console.services import replying
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import inbox
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.excerpt import Excerpt
    from cm_console.model.thread import Found, Note, PendingReply, PostRow, ThreadCard
    from cm_console.model.work import Work

CONTEXT = 30
"""Posts one sees while writing."""


class InboxService:
    """Everything the inbox screen and `cm-console inbox` may ask and command.

    Where a decision takes a `work`, it is told how far it is and may stop it; see `Desk.decide_each`.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = desk.store

    async def page(
        self,
        view: View,
        narrow: Filter | None = None,
        *,
        key: tuple[int, int] | None = None,
        forward: bool = True,
        limit: int = 50,
    ) -> list[InquiryRow]:
        """Rows of a view after a key (or before it, nearest first)."""
        wanted, me, now = narrow or Filter(), self._desk.me, self._desk.clock.now()
        return await self._store.read(
            lambda conn: inbox.page(conn, view, wanted, me=me, key=key, forward=forward, limit=limit, now=now)
        )

    def first_page(self, view: View, limit: int) -> tuple[list[InquiryRow], int]:
        """The first rows and their number, read at once in the calling thread: only for the very first frame."""

        def query(conn: Connection) -> tuple[list[InquiryRow], int]:
            rows = inbox.page(conn, view, Filter(), me=self._desk.me, key=None, forward=True, limit=limit)
            return rows, inbox.count(conn, view, Filter(), me=self._desk.me)

        return self._store.read_now(query)

    async def count(self, view: View, narrow: Filter | None = None) -> int:
        """How many rows a view has; for narrowed ones at most 1,000 are counted."""
        wanted, now = narrow or Filter(), self._desk.clock.now()
        return await self._store.read(lambda conn: inbox.count(conn, view, wanted, me=self._desk.me, now=now))

    async def row(self, thread_id: int) -> InquiryRow | None:
        """One row, as it is now."""
        return await self._store.read(lambda conn: inbox.row(conn, thread_id))

    async def key_of(self, view: View, thread_id: int) -> tuple[int, int] | None:
        """Where a thread stands in a view, None if it is not in it."""
        return await self._store.read(lambda conn: inbox.key_of(conn, view, thread_id, me=self._desk.me))

    async def thread(self, thread_id: int) -> ThreadCard | None:
        """The head of a thread: row, author, why it needs a reply, what its source can be told."""
        return await self._store.read(lambda conn: _card(conn, thread_id, self._desk.clock.now()))

    async def posts(self, thread_id: int, *, after: int | None = None, limit: int = 50) -> list[PostRow]:
        """Posts in the order of time, after a post id."""
        from cm_console.store import reading

        return await self._store.read(lambda conn: reading.posts(conn, thread_id, after, limit))

    async def newest_posts(self, thread_id: int) -> list[PostRow]:
        """The last posts of a thread, in the order of time: as many as one looks at, and quotes, while writing."""
        from cm_console.store import reading

        return await self._store.read(lambda conn: reading.newest_posts(conn, thread_id, CONTEXT))

    async def excerpt(self, thread_id: int, old: Excerpt | None = None, *, at: int | None = None) -> Excerpt:
        """The posts a reader shows: both ends, what is around post `at`, and what was shown of it before (`old`)."""
        from cm_console.store import excerpts

        return await self._store.read(lambda conn: excerpts.excerpt(conn, thread_id, old, at))

    async def unfold(self, thread_id: int, old: Excerpt, fold: int, *, up: bool) -> Excerpt:
        """The same with the next posts behind a fold, or the last ones of it (`up`)."""
        from cm_console.store import excerpts

        return await self._store.read(lambda conn: excerpts.unfold(conn, thread_id, old, fold, up=up))

    async def notes(self, thread_id: int) -> list[Note]:
        """The colleagues' private notes."""
        from cm_console.store import reading

        return await self._store.read(lambda conn: reading.notes(conn, f"thread:{thread_id}"))

    async def pending(self, thread_id: int) -> list[PendingReply]:
        """Our replies that are not there yet, with their state."""
        from cm_console.model.thread import PendingReply
        from cm_console.model.verb import Verb
        from cm_console.store import outbox

        rows = await self._store.read(lambda conn: outbox.of_thread(conn, thread_id))
        return [
            PendingReply(row.id, row.text, row.created_by, row.state, row.why, row.created_at, row.not_before)
            for row in rows
            if row.verb == Verb.REPLY
        ]

    async def search(self, words: str, *, before: int | None = None, limit: int = 50) -> list[Found]:
        """The newest posts that contain every word; the last word matches as a beginning while it is typed."""
        from cm_console.store import reading

        return await self._store.read(lambda conn: reading.search(conn, words, before=before, limit=limit))

    async def reply(self, thread_id: int, text: str, *, reply_to: str | None = None, then: Then = Then.DONE) -> str:
        """Answer a thread: queued with an undo window, the inquiry moved on; returns the action's id.

        `reply_to` is the post it answers; None for that of whoever waits (see `ThreadCard.to`).

        Raises:
            Impossible: nothing to say, a place is not filled in, no such thread, or its source cannot be replied to.
        """

        def change(decision: Decision) -> str:
            id = replying.reply_in(decision, thread_id, text, reply_to=reply_to)
            replying.stand(decision, thread_id, then)
            replying.composed(decision, thread_id, text)
            return id

        return await self._desk.decide("reply", f"thread:{thread_id}", change)

    async def note(self, thread_id: int, text: str) -> str:
        """Leave a private note for colleagues; it never leaves the console. Who is named as @name sees it listed.

        Returns:
            What to tell of names that are nobody's; "" if there are none.
        """
        from cm_console.services.colleagues import strangers

        def change(decision: Decision) -> str:
            replying.note_in(decision, thread_id, text)
            return strangers(decision.conn, self._desk, text)

        return await self._desk.decide("note", f"thread:{thread_id}", change)

    async def assign(self, thread_ids: Sequence[int], colleague: str | None, work: Work | None = None) -> None:
        """Hand inquiries to a colleague, or to nobody.

        Raises:
            Impossible: the team has nobody of that name, or there is no such thread.
        """
        from cm_console.services import colleagues

        name = colleague and await self._store.read(lambda conn: colleagues.colleague(conn, self._desk, colleague))
        await self._set("assign", thread_ids, work, assignee=name)

    async def prioritise(self, thread_ids: Sequence[int], priority: Priority, work: Work | None = None) -> None:
        """Set how urgent the team finds inquiries; it moves their due time."""
        await self._set("priority", thread_ids, work, priority=int(priority))

    async def snooze(
        self,
        thread_ids: Sequence[int],
        until: Instant | None,
        work: Work | None = None,
        *,
        thanks_too: bool = True,
    ) -> None:
        """Put inquiries away until a time, or until the member writes again (None), be it only thanks or not."""
        if until is not None and until <= self._desk.clock.now():
            raise Impossible("that time has passed")
        end = until or (UNTIL_REPLY if thanks_too else UNTIL_NEWS)
        await self._each(
            "snooze",
            thread_ids,
            lambda decision, id: replying.set_status(decision, id, Status.SNOOZED, snoozed_until=end),
            work,
        )

    async def done(self, thread_ids: Sequence[int], work: Work | None = None) -> None:
        """Nothing more to do; a new message of the member brings it back."""
        await self._each("done", thread_ids, lambda decision, id: replying.set_status(decision, id, Status.DONE), work)

    async def wait(self, thread_ids: Sequence[int], work: Work | None = None) -> None:
        """It is the member's turn; their answer brings it back."""
        await self._each(
            "wait", thread_ids, lambda decision, id: replying.set_status(decision, id, Status.WAITING), work
        )

    async def reopen(self, thread_ids: Sequence[int], work: Work | None = None) -> None:
        """Open inquiries again."""
        await self._each(
            "reopen", thread_ids, lambda decision, id: replying.set_status(decision, id, Status.OPEN), work
        )

    async def tag(self, thread_ids: Sequence[int], tag: str, *, remove: bool = False) -> None:
        """Add a tag, or take it off."""
        await self.retag(thread_ids, [(tag, remove)])

    async def retag(
        self, thread_ids: Sequence[int], changes: Sequence[tuple[str, bool]], work: Work | None = None
    ) -> None:
        """Add tags, or (True) take them off, in one decision: one undo."""
        words = [(word, remove) for tag, remove in changes for word in tag_words(tag)]
        if not words:
            raise Impossible("a tag needs a word")

        def change(decision: Decision, thread_id: int) -> None:
            decision.head(thread_id)
            for word, remove in words:
                decision.tag(thread_id, word, remove=remove)

        await self._each("untag" if all(remove for _, remove in words) else "tag", thread_ids, change, work)

    async def draft(self, key: str) -> str:
        """What was typed and not sent, by key (`reply:THREAD`)."""

        def query(conn: Connection) -> str:
            row = conn.execute("SELECT body FROM draft WHERE key = ?", (key,)).fetchone()
            return row[0] if row else ""

        return await self._store.read(query)

    async def save_draft(self, key: str, text: str) -> None:
        """Keep what is being typed; an empty text forgets it."""

        def change(conn: Connection) -> None:
            if text.strip():
                conn.execute("INSERT OR REPLACE INTO draft VALUES(?,?,?)", (key, text, self._desk.clock.now()))
            else:
                conn.execute("DELETE FROM draft WHERE key = ?", (key,))

        await self._store.write(change)

    async def _set(self, op: str, thread_ids: Sequence[int], work: Work | None, **columns: object) -> None:
        def change(decision: Decision, thread_id: int) -> None:
            decision.head(thread_id)
            decision.thread(thread_id, **columns)

        await self._each(op, thread_ids, change, work)

    async def _each(
        self, op: str, thread_ids: Sequence[int], change: Callable[[Decision, int], None], work: Work | None
    ) -> None:
        def one(thread_id: int) -> tuple[str, Callable[[Decision], None]]:
            return f"thread:{thread_id}", lambda decision: change(decision, thread_id)

        await self._desk.decide_each(op, [one(thread_id) for thread_id in thread_ids], work=work)


def _card(conn: Connection, thread_id: int, now: Instant) -> ThreadCard | None:
    from cm_console.model.thread import ThreadCard
    from cm_console.services.reasons import why
    from cm_console.store import aiming, joined, person_reading, sources

    row, facts = inbox.row(conn, thread_id), inbox.head(conn, thread_id)
    if row is None or facts is None:
        return None
    author = person_reading.card(conn, facts["author_id"], now) if facts["author_id"] else None
    able = sources.verbs(conn, row.source)
    where = (facts["remote"], facts["url"], bool(facts["closed"]), facts["solved_at"])
    longest = inbox.head(conn, joined.waits_longest(conn, thread_id)) if row.joined else facts
    reason = why(longest or facts, row.clock)
    if longest and longest["remote"] != facts["remote"]:
        reason += f" (on {longest['source']}, the one that waits longest)"
    return ThreadCard(row, *where, author, reason, able, aiming.answered(conn, thread_id))
