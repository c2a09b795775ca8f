"""Feedback: mark what members ask for, see it by theme, and tell everyone who asked what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from cm_console.model.feedback import THANKS, Answer, Item, Theme
from cm_console.model.templates import fill
from cm_console.model.text import Safe, clean_line
from cm_console.model.verb import Verb
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.replying import composed, copied, put_tags, reply_in
from cm_console.store import feedback, sources
from cm_console.store.sqlite import Connection

LONGEST = 60
"""Characters of a theme or an area."""
TOPICS = ("inbox", "metrics")


class FeedbackService:
    """Themes, the posts behind them, and answers to all who asked."""

    def __init__(self, desk: Desk, community: str = "") -> None:
        self._desk = desk
        self._community = community

    # Reading

    async def themes(self) -> list[Theme]:
        """All themes, the most frequent first."""
        now = self._desk.clock.now()
        return await self._desk.store.read(lambda conn: feedback.themes(conn, now))

    async def items(
        self, theme: str | None = None, *, thread_id: int | None = None, limit: int = feedback.ALL
    ) -> list[Item]:
        """What is marked, the newest words first: all, of a theme, of a thread; at most `limit`."""
        return await self._desk.store.read(lambda conn: feedback.items(conn, theme, thread_id=thread_id, limit=limit))

    async def theme(self, name: str) -> str:
        """A theme as it is written, however it is capitalised here.

        Raises:
            Impossible: there is none of that name; the words say which there are.
        """

        def query(conn: Connection) -> str:
            known = feedback.known_as(conn, name)
            if known is None:
                there = [each.name for each in feedback.themes(conn, self._desk.clock.now())][:12]
                also = f"known: {', '.join(there)}" if there else "nothing is marked as feedback"
                raise Impossible(f"there is no theme “{clean_line(name, LONGEST)}”; {also}")
            return known[0]

        return await self._desk.store.read(query)

    def place(self, name: str) -> tuple[Path, bool]:
        """The file a person names, ~ being their home; and whether it is there already."""
        path = Path(name).expanduser()
        return path, path.exists()

    async def export(self, path: Path, zone: ZoneInfo, theme: str | None = None, *, over: bool = False) -> int:
        """Write what is marked, all or of a theme, to a .csv or .json file; returns how many.

        Raises:
            Impossible: no such theme, the name ends otherwise, the file is there and not `over`, or cannot be written.
        """
        import asyncio

        from cm_console.services import feedback_file

        items = await self.items(await self.theme(theme) if theme else None)
        await asyncio.to_thread(feedback_file.write, path, items, zone, over=over)
        return len(items)

    # Marking

    async def mark(
        self, thread_ids: Sequence[int], theme: str, area: str = "", *, post: str | None = None
    ) -> list[str]:
        """Mark a post of each thread - by the platform's id, else the first - as feedback; returns the ids.

        Raises:
            Impossible: no theme, no such thread or post, or it is marked so already.
        """
        name, place = _words(theme, "a theme"), clean_line(area.strip(), LONGEST)

        def change(decision: Decision, thread_id: int) -> str:
            decision.head(thread_id)
            found = feedback.post(decision.conn, thread_id, post)
            if found is None:
                raise Impossible(f"thread {thread_id} has no such post")
            known = feedback.known_as(decision.conn, name)
            written, usual = known or (name, "")
            if feedback.marked(decision.conn, thread_id, found[0], written):
                raise Impossible(f"it is marked as “{written}” already")
            names = ("thread_id", "post_id", "member_id", "quote", "said_at", "theme", "area", "at", "actor")
            values = (thread_id, *found, written, place or usual, decision.now, self._desk.me)
            id = self._desk.new_id()
            decision.operation.change("feedback", {"id": id}, dict(zip(names, values, strict=True)))
            return id

        changes = [(f"thread:{id}", partial(change, thread_id=id)) for id in thread_ids]
        return await self._desk.decide_each("feedback", changes, TOPICS)

    async def unmark(self, id: str) -> None:
        """It is no feedback after all.

        Raises:
            Impossible: there is no such one.
        """
        await self._change("no feedback", id, {"removed": 1})

    async def retheme(self, id: str, theme: str) -> None:
        """It is about another theme."""
        await self._change("feedback", id, {"theme": _words(theme, "a theme")})

    async def _change(self, op: str, id: str, columns: dict[str, object]) -> None:
        found = await self._desk.store.read(lambda conn: feedback.item(conn, id))
        if found is None:
            raise Impossible(f"there is no feedback {id!r}")

        def change(decision: Decision) -> None:
            decision.operation.change("feedback", {"id": found.id}, columns)

        await self._desk.decide(op, f"thread:{found.thread_id}", change, TOPICS)

    async def rename(self, theme: str, name: str) -> int:
        """Call a theme otherwise; if the name is known it becomes part of that. Returns how many items."""
        new = _words(name, "a theme")

        def change(decision: Decision) -> int:
            known = feedback.known_as(decision.conn, new)
            found = feedback.items(decision.conn, theme)
            if not found:
                raise Impossible(f"there is no theme “{theme}”")
            written = known[0] if known and known[0] != theme else new
            for each in found:
                decision.operation.change("feedback", {"id": each.id}, {"theme": written})
            return len(found)

        return await self._desk.decide("rename theme", f"theme:{new}", change, TOPICS)

    # Answering

    async def prepare(self, theme: str, answer: str, text: str = THANKS) -> list[Answer]:
        """A reply for everyone who asked and was not told yet: one a person, where they spoke last of it.

        `text` may hold places: {member}, {title}, {link}, {theme}, {answer}, {me}, {community}, {source}.

        Raises:
            Impossible: nobody waits for it, or a place cannot be filled in.
        """
        words = _words(answer, "what became of it", most=200).rstrip(".")
        return await self._desk.store.read(lambda conn: self._prepared(conn, theme, words, text))

    def _prepared(self, conn: Connection, theme: str, answer: str, text: str) -> list[Answer]:
        known = feedback.known_as(conn, theme)
        waiting = feedback.items(conn, known[0], unanswered=True) if known else []
        if not waiting:
            raise Impossible(f"nobody waits for an answer about “{theme}”")
        of_person: dict[object, list[Item]] = {}
        for item in waiting:
            of_person.setdefault(item.person or item.id, []).append(item)
        able = {source: sources.why_not(conn, source, Verb.REPLY) for source in {item.source for item in waiting}}
        places: dict[int, list[list[Item]]] = {}
        for items in of_person.values():
            best = next((item for item in items if not able[item.source]), items[0])
            places.setdefault(best.thread_id, []).append([best, *(item for item in items if item is not best)])
        return [self._answer(groups, answer, text, able[groups[0][0].source] or "") for groups in places.values()]

    def _answer(self, groups: list[list[Item]], answer: str, text: str, why_not: str) -> Answer:
        first, names = groups[0][0], tuple(dict.fromkeys(group[0].author for group in groups))
        to = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        variables = {"member": to, "title": first.title, "link": first.url, "theme": first.theme, "answer": answer}
        variables |= {"me": self._desk.me, "community": self._community, "source": first.source}
        written, missing = fill(text, variables)
        if missing:
            raise Impossible(f"nothing is known for {{{missing[0]}}} in “{first.title}”")
        ids = tuple(item.id for group in groups for item in group)
        reply_to = first.post if len(groups) == 1 else ""
        return Answer(first.thread_id, first.title, first.source, names, ids, written, reply_to, why_not)

    async def answer(self, answer: str, replies: Sequence[Answer]) -> int:
        """Queue these replies as one decision with one undo; those they are for count as told. Returns how many.

        Taken back, those that were written by hand are drafts of their threads.

        Raises:
            Impossible: there are none, or one cannot be sent; then none is queued.
        """
        words = _words(answer, "what became of it", most=200).rstrip(".")
        if not replies:
            raise Impossible("no reply is left to send")

        def one(reply: Answer) -> tuple[str, Callable[[Decision], None]]:
            def change(decision: Decision) -> None:
                reply_in(decision, reply.thread_id, reply.text, reply_to=reply.reply_to or None)
                if reply.by_hand:
                    composed(decision, reply.thread_id, reply.text)
                else:
                    copied(decision)
                put_tags(decision, reply.thread_id, reply.tags)
                for id in reply.items:
                    decision.operation.change("feedback", {"id": id}, {"answered_at": decision.now, "answer": words})

            return f"thread:{reply.thread_id}", change

        await self._desk.decide_each("answer feedback", [one(reply) for reply in replies], TOPICS)
        return len(replies)


def _words(text: str, what: str, most: int = LONGEST) -> Safe:
    words = clean_line(text.strip(), most)
    if not words:
        raise Impossible(f"{what} needs a word")
    return words
