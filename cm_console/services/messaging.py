"""Writing to a member privately: which account, what is looked at before, and the one decision that queues it.

It asks and answers like `WritingService`, of a member instead of a thread, so the composer works with both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from cm_console.model.action import Action, Verb
from cm_console.model.length import too_long
from cm_console.model.messaging import Addressee, named_besides, room_for, subject_of, with_subject
from cm_console.model.records import Kind, Ref
from cm_console.model.send_checks import Account, Doubt, check_account, check_words
from cm_console.model.templates import SavedReply, fill, places, unfilled
from cm_console.model.text import clean, clean_line
from cm_console.model.time import Instant, day_age
from cm_console.services import replying
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.persons import TOPICS
from cm_console.store import messaging, person_reading, persons, sources
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from cm_console.model.length import TextRules
    from cm_console.services.writing import WritingService

OP, WAY = "message", "message"
"""What the journal calls the decision, and the contact log the way."""
SUBJECT = 200
"""Characters of a subject that are sent."""


def draft_key(member_id: int, about: int | None = None) -> str:
    """Where a message to an account, or the question about a thread, is kept while it is written."""
    return f"message:{member_id}" if about is None else f"ask:{about}:member:{member_id}"


def write_to(
    decision: Decision,
    to: Addressee,
    text: str,
    *,
    subject: str = "",
    at: Instant | None = None,
    names: tuple[str, ...] = (),
) -> str:
    """Queue a message to an account, held for the undo window or until `at`, and note it in the contact log.

    `names` are places of its template beside the known ones. Returns the action's id, which is the contact's too.

    Raises:
        Impossible: nothing to say, a place is not filled in, or its source cannot write to this account.
    """
    words, title = worded(decision.conn, to, text, subject, names)
    action = Action("", Verb.MESSAGE, Ref(Kind.MEMBER, to.remote), text=words, title=title)
    id = decision.queue(action, to.source, planned_at=at)
    row: dict[str, object] = {"member_id": to.id, "at": at or decision.now, "way": WAY, "body": str(clean(words))}
    decision.operation.change("contact", {"id": id}, {**row, "author": decision.operation.actor})
    return id


def worded(conn: Connection, to: Addressee, text: str, subject: str, names: tuple[str, ...] = ()) -> tuple[str, str]:
    """The words of a message and its subject as they are sent.

    Raises:
        Impossible: as `write_to`.
    """
    words, head = text.strip(), str(clean_line(subject, SUBJECT))
    if not words:
        raise Impossible("an empty message cannot be sent")
    if missing := unfilled(f"{head}\n\n{words}", names):
        raise Impossible(f"{', '.join(f'{{{name}}}' for name in missing)} is not filled in")
    if to.why_not:
        raise Impossible(to.why_not)
    if why := _unsendable(conn, to, words):
        raise Impossible(why)
    return words, head or subject_of(words)


def _unsendable(conn: Connection, to: Addressee, words: str) -> str:
    """Why words cannot go to an account, though its source writes to members; "" if they can."""
    if others := named_besides(to, words):
        return f"whoever it names gets it too: write {clean_line(', '.join(others), 80)} without the @"
    return too_long(words, room_for(to, sources.text_rules(conn, to.source)))


class MessagingService:
    """Everything the composer and `cm-console members message` may ask and command; accounts go by `member.id`."""

    def __init__(
        self, desk: Desk, writing: WritingService, zone: ZoneInfo, community: str = "", team: Collection[str] = ()
    ) -> None:
        self._desk, self._writing, self._zone = desk, writing, zone
        self._community, self._team = community, tuple(team)

    async def addressees(self, member_id: int) -> list[Addressee]:
        """The accounts of a person: those that can be written to first, then whichever was seen last."""
        return await self._desk.store.read(lambda conn: messaging.addressees(conn, persons.accounts(conn, member_id)))

    async def addressee(self, member_id: int, via: str = "") -> Addressee:
        """The account of a person that is written to: the one seen last that can be, or that on the source `via`.

        Raises:
            Impossible: none can be; the words say why of each.
        """
        found = await self.addressees(member_id)
        there = [each for each in found if via in ("", each.source, str(each.id))]
        if not found:
            raise Impossible(f"there is no account {member_id}")
        if not there:
            raise Impossible(
                f"they have no account on {clean_line(via, 60)}; there are: {', '.join(e.at for e in found)}"
            )
        if there[0].why_not:
            raise Impossible("; ".join(dict.fromkeys(each.why_not for each in there)))
        return there[0]

    async def send(
        self, member_id: int, text: str, *, subject: str = "", at: Instant | None = None, about: int | None = None
    ) -> str:
        """Write to an account, now or `at` a time, as one decision; returns the action's id.

        The thread they are asked for help with, `about`, gets a note, so that no colleague asks them too. Only a draft
        that says just this ends with it; taken back, the words are one again.

        Raises:
            Impossible: see `write_to`; too long, there is no such account, or that time has passed.
        """
        if at is not None and at <= self._desk.clock.now():
            raise Impossible("that time has passed")

        def change(decision: Decision) -> str:
            to = account(decision.conn, member_id)
            id = write_to(decision, to, text, subject=subject, at=at)
            replying.kept_as(decision, draft_key(to.id, about), with_subject(subject, text))
            if about is not None:
                replying.note_in(decision, about, f"{to.at} was asked privately for help with this.")
            return id

        return await self._desk.decide(OP, f"member:{member_id}", change, TOPICS)

    async def written_to(self, thread_id: int) -> str:
        """Whom a thread was written to privately, in words, until they have spoken there themselves; "" else."""
        found = await self._desk.store.read(lambda conn: messaging.written_to(conn, thread_id))
        return f"{found[1]} wrote to {found[0]}; what they answer comes here" if found else ""

    # What the composer asks

    @property
    def replies(self) -> tuple[SavedReply, ...]:
        """All saved replies."""
        return self._writing.replies

    def keep_reply(self, name: str, title: str, text: str) -> SavedReply:
        """Keep a text as a saved reply; raises Impossible."""
        return self._writing.keep_reply(name, title, text)

    async def rules(self, member_id: int) -> TextRules:
        """How the account's platform reads and counts."""

        def query(conn: Connection) -> TextRules:
            to = account(conn, member_id)
            return room_for(to, sources.text_rules(conn, to.source))

        return await self._desk.store.read(query)

    async def filled(
        self, text: str, member_id: int, given: Mapping[str, str] | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """A text with its places filled in for an account and from what was `given`; and what is still missing."""
        to = await self._desk.store.read(lambda conn: account(conn, member_id))
        known = {"member": str(to.called), "source": to.source, "me": self._desk.me, "community": self._community}
        return fill(text, {**known, **(given or {})})

    async def doubts(
        self, member_id: int, text: str, seen: Collection[int] | None = None, *, editing: str = ""
    ) -> list[Doubt]:
        """What should be looked at before these words are sent to an account; `seen`: of threads only.

        `editing` is the id of the action these words replace, which is nobody who was faster.
        """
        names = {place for reply in self.replies for place in places(reply.text)}

        def query(conn: Connection) -> list[Doubt]:
            to, ids = account(conn, member_id), persons.accounts(conn, member_id)
            notes = [str(note.body) for note in person_reading.notes(conn, ids)]
            rules = room_for(to, sources.text_rules(conn, to.source))
            here, *others = (Account(*each) for each in messaging.accounts(conn, to.source))
            found = check_words(text, rules, public=False, names=names, notes=notes)
            if named_besides(to, text):
                found.insert(0, Doubt(_unsendable(conn, to, text), stops=True))
            found += self._twice(conn, ids, editing)
            return found + check_account(here, None, "", others, me=self._desk.me, team=self._team)

        return await self._desk.store.read(query)

    def _twice(self, conn: Connection, ids: list[int], editing: str) -> Iterator[Doubt]:
        """Nobody wants to be written to by two of us."""
        now = self._desk.clock.now()
        for said in messaging.written_lately(conn, ids, now, editing)[:1]:
            who = "you" if said.author == self._desk.me else said.author
            away = day_age(said.at, now, self._zone)
            when = f"{away} ago" if said.at <= now else f"is to go out in {away}"
            yield Doubt(f"{who} wrote to them privately, {when}: “{clean_line(said.words, 60)}”")


def account(conn: Connection, member_id: int) -> Addressee:
    """One account as one may write to it; raises Impossible if there is none."""
    found = messaging.addressees(conn, [member_id])
    if not found:
        raise Impossible(f"there is no account {member_id}")
    return found[0]
