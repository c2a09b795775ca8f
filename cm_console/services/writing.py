"""What helps to write answers: saved replies, macros, what a platform counts, doubts before sending, drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from cm_console.model.inbox import Then
from cm_console.model.send_checks import Account, Doubt, Since, check_account, check_since, check_words
from cm_console.model.templates import Macro, SavedReply, fill, places
from cm_console.model.time import Instant
from cm_console.model.work import Stopped, Work
from cm_console.services import macros, replanning, replying
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import planned_reply, writing
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.length import TextRules
    from cm_console.model.planned_reply import PlannedReply
    from cm_console.model.thread import Draft


class Book(Protocol):
    """Where saved replies and macros are kept: the config."""

    @property
    def replies(self) -> tuple[SavedReply, ...]:
        """All saved replies."""
        ...

    @property
    def macros(self) -> tuple[Macro, ...]:
        """All macros."""
        ...

    def add(self, reply: SavedReply) -> None:
        """Keep one more; raises Impossible."""
        ...

    def remove(self, name: str) -> None:
        """Forget one; raises Impossible."""
        ...


class WritingService:
    """Everything the composer and `cm-console replies` may ask and command."""

    def __init__(self, desk: Desk, book: Book, community: str, team: Collection[str] = ()) -> None:
        self._desk, self._book, self._community, self._team = desk, book, community, tuple(team)

    @property
    def replies(self) -> tuple[SavedReply, ...]:
        """All saved replies."""
        return self._book.replies

    @property
    def macros(self) -> tuple[Macro, ...]:
        """All macros."""
        return self._book.macros

    def reply_named(self, name: str) -> SavedReply:
        """A saved reply by its name; raises Impossible."""
        for reply in self.replies:
            if reply.name == name:
                return reply
        raise Impossible(
            f"there is no saved reply {name}; there are: {', '.join(r.name for r in self.replies) or 'none'}"
        )

    def macro_named(self, name: str) -> Macro:
        """A macro by its name or key; raises Impossible."""
        for macro in self.macros:
            if name in (macro.name, macro.key):
                return macro
        raise Impossible(f"there is no macro {name}; there are: {', '.join(m.name for m in self.macros) or 'none'}")

    def keep_reply(self, name: str, title: str, text: str, tags: Sequence[str] = ()) -> SavedReply:
        """Keep a text as a saved reply, in the config; raises Impossible."""
        reply = SavedReply(name, title.strip(), text.strip(), tuple(tags))
        self._book.add(reply)
        return reply

    def forget_reply(self, name: str) -> None:
        """Take a saved reply out of the config; raises Impossible."""
        self._book.remove(name)

    async def rules(self, thread_id: int) -> TextRules:
        """How the thread's platform reads and counts."""
        return await self._desk.store.read(lambda conn: writing.rules(conn, thread_id))

    async def variables(self, thread_id: int) -> dict[str, str]:
        """What the places of a saved reply become in a thread."""
        return await self._desk.store.read(lambda conn: self._variables(conn, thread_id))

    def _variables(self, conn: Connection, thread_id: int) -> dict[str, str]:
        facts = writing.facts(conn, thread_id)
        if facts is None:
            raise Impossible(f"there is no thread {thread_id}")
        return {**facts, "me": self._desk.me, "community": self._community}

    async def filled(
        self, text: str, thread_id: int, given: Mapping[str, str] | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """A text with its places filled in from a thread and from what was `given`; and what is still missing."""
        return fill(text, {**(given or {}), **await self.variables(thread_id)})

    async def doubts(
        self, thread_id: int, text: str, seen: Collection[int] | None = None, *, editing: str = ""
    ) -> list[Doubt]:
        """What should be looked at before these words are sent in a thread; nothing for an ordinary answer.

        Args:
            thread_id: where they go.
            text: the words.
            seen: ids of the posts that were read; None does not ask who wrote meanwhile.
            editing: the id of the action these words replace, which is no news.
        """
        names = {place for reply in self.replies for place in places(reply.text)}

        def query(conn: Connection) -> list[Doubt]:
            scene = writing.scene(conn, thread_id, self._desk.me, seen, editing)
            if scene is None:
                raise Impossible(f"there is no thread {thread_id}")
            found = check_words(
                text, scene.rules, public=scene.public, names=names, notes=scene.notes, known=scene.known
            )
            found += check_since([Since(*each) for each in scene.news])
            here, *others = (Account(*each) for each in scene.accounts)
            before = Account(*scene.before) if scene.before else None
            return found + check_account(here, before, scene.voice, others, me=self._desk.me, team=self._team)

        return await self._desk.store.read(query)

    async def send(
        self,
        thread_id: int,
        text: str,
        *,
        then: Then = Then.DONE,
        at: Instant | None = None,
        tags: Sequence[str] = (),
        reply_to: str | None = None,
    ) -> str:
        """Answer a thread, now or `at` a time, as one decision; returns the action's id.

        Raises:
            Impossible: nothing to say, too long, a place is not filled in, or the source cannot be replied to.
        """
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")

        def change(decision: Decision) -> str:
            id = replying.reply_in(decision, thread_id, text, reply_to=reply_to, at=at)
            replying.composed(decision, thread_id, text)
            replying.put_tags(decision, thread_id, tags)
            replying.stand(decision, thread_id, then)
            return id

        return await self._desk.decide("reply", f"thread:{thread_id}", change)

    async def planned(self, thread_id: int) -> list[PlannedReply]:
        """The replies in a thread that wait for their time, the earliest first."""
        now = self._desk.clock.now()
        return await self._desk.store.read(lambda conn: planned_reply.waiting(conn, thread_id, now))

    async def planned_named(self, action_id: str) -> PlannedReply:
        """A reply or message that waits for its time; raises Impossible if it does not any more."""
        return await self._desk.store.read(lambda conn: replanning.editable(conn, action_id))

    async def replan(
        self,
        action_id: str,
        text: str | None = None,
        at: Instant | None = None,
        *,
        subject: str | None = None,
        tags: Sequence[str] = (),
    ) -> None:
        """Change the words of a planned reply or message, its time, or both, in its place; one decision with an undo.

        `subject` is of a message, "" for its first words; None leaves it. `tags` go on the thread of a reply.

        Raises:
            Impossible: it has gone out meanwhile or was taken back; or the words cannot be sent, or not then.
        """
        op, item = replanning.edited(await self.planned_named(action_id)), f"action:{action_id}"

        def change(decision: Decision) -> None:
            replanning.replan(decision, action_id, text, at, subject=subject, tags=tags)

        await self._desk.decide(op, item, change, ("inbox", "members"))

    async def macro_texts(self, macro: Macro, thread_ids: Sequence[int]) -> dict[int, tuple[str, tuple[str, ...]]]:
        """For each thread the words a macro would send, and what is missing in them; none for one without a reply."""
        if not macro.reply:
            return {}
        text = self.reply_named(macro.reply).text
        return {id: await self.filled(text, id) for id in thread_ids}

    async def run_macro(
        self,
        macro: Macro,
        thread_ids: Sequence[int],
        texts: Mapping[int, str] | None = None,
        *,
        by_hand: bool = False,
        more: Sequence[str] = (),
        work: Work | None = None,
    ) -> None:
        """Do all a macro says to each thread; one undo takes all of it back.

        `texts` are the words to send where they were looked at; else the saved reply is filled in. Drafts stay as they
        are; words that were changed `by_hand` are one again when they are taken back. `more` are tags of other saved
        replies in them. `work` is told how far it is and may stop it, see `Desk.decide_each`.

        Raises:
            Impossible: a place cannot be filled in, or a source cannot be replied to; then nothing is done anywhere.
        """
        words = {**await self._words(macro, thread_ids, texts or {}), **(texts or {})}
        tags = self.reply_named(macro.reply).tags if macro.reply else ()
        notes = await self._notes(macro, thread_ids, work or Work()) if macro.note else {}

        def one(id: int) -> tuple[str, macros.Change]:
            return f"thread:{id}", lambda decision: macros.apply(
                decision,
                id,
                macro,
                text=words.get(id, ""),
                note=notes.get(id, ""),
                tags=(*macro.tags, *tags, *more),
                by_hand=by_hand,
            )

        await self._desk.decide_each("macro", [one(id) for id in thread_ids], work=work)

    async def _words(self, macro: Macro, thread_ids: Sequence[int], texts: Mapping[int, str]) -> dict[int, str]:
        """What a macro sends where nobody looked at it; raises Impossible if a place cannot be filled in."""
        made = await self.macro_texts(macro, [id for id in thread_ids if id not in texts])
        if short := [missing for _, missing in made.values() if missing]:
            what = ", ".join(f"{{{name}}}" for name in short[0])
            number = f"{len(short)} of {len(thread_ids)}"
            raise Impossible(f"{what} cannot be filled in for {number}: write those one by one")
        return {id: text for id, (text, _) in made.items()}

    async def _notes(self, macro: Macro, thread_ids: Sequence[int], work: Work) -> dict[int, str]:
        """What a macro leaves on each thread for colleagues; nothing is done yet."""
        notes = {}
        for number, id in enumerate(thread_ids):
            try:
                work.step("Filling in the notes", number, len(thread_ids))
            except Stopped:
                raise Stopped from None
            notes[id] = fill(macro.note, await self.variables(id))[0]
        return notes

    async def drafts(self) -> list[Draft]:
        """What was begun and not sent, the newest first."""
        return await self._desk.store.read(writing.drafts)
