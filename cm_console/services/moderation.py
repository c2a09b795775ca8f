"""The moderation screen's verbs: see what is judged, decide with one guideline, leave a record, undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cm_console.model.action import Action
from cm_console.model.moderation import UPHELD, CaseCard, CaseRow, CaseView, DecisionRow, Guideline, Prospect
from cm_console.model.records import Kind, Ref
from cm_console.model.text import clean
from cm_console.model.thread import PostRow
from cm_console.model.time import DAY, Instant
from cm_console.model.verb import DESTRUCTIVE, ON_MEMBERS, TIMED, Verb
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.judging import card, claiming, meant, prospect
from cm_console.store import moderation, persons, reports
from cm_console.store.moderation import Target
from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from cm_console.model.work import Work

TOPICS = ("moderation", "inbox", "metrics")
T = TypeVar("T")


class ModerationService:
    """Everything the moderation screen and `cm-console moderation` may ask and command."""

    def __init__(self, desk: Desk, guidelines: Sequence[Guideline] = ()) -> None:
        self._desk = desk
        self._store = desk.store
        self.guidelines = tuple(guidelines)

    async def page(
        self,
        view: CaseView,
        *,
        key: tuple[int, int] | None = None,
        forward: bool = True,
        limit: int = 50,
        words: str = "",
    ) -> list[CaseRow]:
        """Cases of a view, worst first, after a key (or before it, nearest first), narrowed to some words."""
        me = self._desk.me
        return await self._store.read(
            lambda conn: moderation.page(conn, view, me=me, key=key, forward=forward, limit=limit, words=words)
        )

    async def count(self, view: CaseView, words: str = "") -> int:
        """How many cases a view has."""
        return await self._store.read(lambda conn: moderation.count(conn, view, me=self._desk.me, words=words))

    async def row(self, case_id: int) -> CaseRow | None:
        """One row, as it is now."""
        return await self._store.read(lambda conn: moderation.row(conn, case_id))

    async def key_of(self, view: CaseView, case_id: int) -> tuple[int, int] | None:
        """Where a case stands in a view, None if it is not in it."""
        return await self._store.read(lambda conn: moderation.key_of(conn, view, case_id, me=self._desk.me))

    async def case(self, case_id: int) -> CaseCard | None:
        """Everything needed to judge: what, context, who, reports, earlier decisions, what it can end with."""
        return await self._store.read(lambda conn: card(conn, case_id, self._desk.clock.now()))

    async def history(self, member_id: int) -> tuple[DecisionRow, ...]:
        """What was decided about a person before, whichever of their accounts it was, newest first."""
        return await self._store.read(
            lambda conn: moderation.decisions(conn, member_ids=persons.accounts(conn, member_id))
        )

    async def posts_of(self, member_id: int, limit: int = 20) -> tuple[PostRow, ...]:
        """A person's newest posts on all their accounts, deleted ones included."""
        return await self._store.read(lambda conn: moderation.posts_of(conn, persons.accounts(conn, member_id), limit))

    async def foresee(self, case_ids: Sequence[int], verb: Verb) -> list[Prospect]:
        """What a verb would do to each of some cases, before anybody is asked anything."""
        return await self._store.read(
            lambda conn: [prospect(conn, self._open_target(conn, id), verb) for id in case_ids]
        )

    async def decide(
        self,
        case_id: int,
        verb: Verb,
        *,
        guideline: int | None = None,
        message: str | None = None,
        note: str = "",
        until: Instant | None = None,
    ) -> str:
        """End a case: the decision, its strike, the action for the platform and the record in one transaction.

        Args:
            case_id: the case.
            verb: one of those in `UPHELD`.
            guideline: the number of the clause it breaks; gives strikes and the message to the member.
            message: what the member is told instead of the clause's own message.
            note: why, for colleagues.
            until: end of a silence or ban.

        Returns:
            The decision's id.

        Raises:
            Impossible: ended already, unknown clause, or the platform cannot do it.
        """
        ids = await self.decide_each([case_id], verb, guideline=guideline, message=message, note=note, until=until)
        return ids[0]

    async def decide_each(
        self,
        case_ids: Sequence[int],
        verb: Verb,
        *,
        guideline: int | None = None,
        message: str | None = None,
        note: str = "",
        until: Instant | None = None,
    ) -> list[str]:
        """End several cases the same way, all or none of them; one undo takes all of them back. See `decide`."""
        if verb not in UPHELD:
            raise Impossible(f"a case cannot end with {verb}; known: {', '.join(sorted(UPHELD))}")
        if until is not None and verb not in TIMED:
            raise Impossible(f"only {' and '.join(sorted(TIMED))} have an end, {verb} has none")
        clause = self.clause(guideline)

        def change(decision: Decision, case_id: int) -> str:
            target = self._open_target(decision.conn, case_id)
            told = meant(decision.conn, target, verb)
            self._queue(decision, case_id, target, told, clause, message, until)
            return self._record(decision, case_id, target, told, clause, note)

        return await self._each(verb, case_ids, change)

    async def claim(self, case_id: int, *, release: bool = False) -> None:
        """Tell colleagues who is at it; raises Impossible if somebody else is."""
        await self.claim_each([case_id], release=release)

    async def claim_each(self, case_ids: Sequence[int], *, release: bool = False, take_over: bool = False) -> None:
        """Claim several cases, or give them back; `take_over` also those a colleague is at."""

        def change(decision: Decision, case_id: int) -> None:
            row = self._open_row(decision.conn, case_id)
            if row.claimed_by not in ("", self._desk.me) and not (release or take_over):
                raise Impossible(f"{row.claimed_by} is at it")
            decision.operation.change("cases", {"id": case_id}, {"claimed_by": None if release else self._desk.me})
            target = self._open_target(decision.conn, case_id)
            if told := claiming(decision.conn, target, release=release):
                decision.queue(told, target.source, thread_id=target.thread_id, case_id=case_id)

        await self._each("release" if release else "claim", case_ids, change)

    async def escalate(self, case_id: int, note: str = "") -> None:
        """Put a case on top for a second pair of eyes, with a note why."""
        await self.escalate_each([case_id], note)

    async def escalate_each(self, case_ids: Sequence[int], note: str = "") -> None:
        """Put several cases on top, all with the same note."""

        def change(decision: Decision, case_id: int) -> None:
            self._open_row(decision.conn, case_id)
            decision.operation.change("cases", {"id": case_id}, {"escalated": 1})
            reports.keep_cases(decision.conn, f"[{case_id}]")
            self._note(decision, case_id, note)

        await self._each("escalate", case_ids, change)

    async def _each(self, op: str, case_ids: Sequence[int], change: Callable[[Decision, int], T]) -> list[T]:
        changes = [(f"case:{id}", lambda decision, id=id: change(decision, id)) for id in case_ids]
        return await self._desk.decide_each(op, changes, TOPICS)

    async def note(self, case_id: int, text: str) -> None:
        """Leave a private note for colleagues."""
        if not text.strip():
            raise Impossible("an empty note says nothing")
        await self._desk.decide("note", f"case:{case_id}", lambda d: self._note(d, case_id, text), TOPICS)

    async def flag(self, thread_id: int, post: str | None, reason: str) -> int:
        """Report a thread, or one post in it (the platform's id), ourselves; returns the id of its case, old or new."""
        return (await self._flag([thread_id], post, reason))[0]

    async def flag_each(self, thread_ids: Sequence[int], reason: str, work: Work | None = None) -> list[int]:
        """Report several threads ourselves; one undo takes all of it back. Returns the ids of their cases."""
        return await self._flag(thread_ids, None, reason, work)

    async def _flag(
        self, thread_ids: Sequence[int], post: str | None, reason: str, work: Work | None = None
    ) -> list[int]:
        def change(decision: Decision, thread_id: int) -> int:
            facts = decision.head(thread_id)
            conn = decision.conn
            (source_id,) = conn.execute("SELECT source_id FROM thread WHERE id = ?", (thread_id,)).fetchone()
            kind, target = ("post", post) if post else ("thread", facts["remote"])
            where = {"source_id": source_id, "target_kind": kind, "target": target}
            known = moderation.open_case(conn, **where)
            case_id = known or conn.execute("SELECT coalesce(max(id), 0) + 1 FROM cases").fetchone()[0]
            decision.operation.change("cases", {"id": case_id}, {} if known else {**where, "opened_at": decision.now})
            (report_id,) = conn.execute("SELECT coalesce(max(id), 0) + 1 FROM report").fetchone()
            row = {"source_id": source_id, "remote": f"cm:{self._desk.new_id()}", "case_id": case_id, "kind": "team"}
            words = {"reason": clean(reason), "created_at": decision.now}
            decision.operation.change("report", {"id": report_id}, {**row, **words})
            reports.keep_cases(conn, f"[{case_id}]")
            return case_id

        changes = [(f"thread:{id}", partial(change, thread_id=id)) for id in thread_ids]
        return await self._desk.decide_each("flag", changes, TOPICS, work)

    def clause(self, number: int | None) -> Guideline | None:
        """A guideline by its number; raises Impossible if there is none of that number."""
        if number is None:
            return None
        found = next((clause for clause in self.guidelines if clause.number == number), None)
        if found is None:
            known = ", ".join(str(clause.number) for clause in self.guidelines) or "none yet: see docs/config.md"
            raise Impossible(f"there is no guideline {number}; known: {known}")
        return found

    def _open_row(self, conn: Connection, case_id: int) -> CaseRow:
        row = moderation.row(conn, case_id)
        if row is None:
            raise Impossible(f"there is no case {case_id}")
        if row.ended_at is not None:
            raise Impossible(f"case {case_id} has ended: {row.verdict or 'decided on the platform'}")
        return row

    def _open_target(self, conn: Connection, case_id: int) -> Target:
        self._open_row(conn, case_id)
        target = moderation.target(conn, case_id)
        if target is None:
            raise Impossible(f"there is no case {case_id}")
        return target

    def _queue(
        self,
        decision: Decision,
        case_id: int,
        target: Target,
        verb: Verb,
        clause: Guideline | None,
        message: str | None,
        until: Instant | None,
    ) -> None:
        """Tell the platform, unless there is nothing to tell: a source that only reads, or our own flag kept."""
        foreseen = prospect(decision.conn, target, verb)
        if foreseen.why_not:
            raise Impossible(foreseen.why_not)
        if foreseen.local:
            return
        if until is not None and not foreseen.timed:
            words = f"{target.source} ends no {verb} by itself: decide it for good, and take it back when it is time"
            raise Impossible(words)
        about = Ref(Kind(target.kind), target.remote)
        if verb in ON_MEMBERS and target.member_remote is not None:
            about = Ref(Kind.MEMBER, target.member_remote)
        told = message if message is not None else _message(clause, target)
        seen = target.seen or None if verb in DESTRUCTIVE and about.kind is not Kind.MEMBER else None
        action = Action(
            "", verb, about, target.thread_remote, reason=told, until=until, report=target.report, seen=seen
        )
        decision.queue(action, target.source, thread_id=target.thread_id, case_id=case_id)

    def _record(
        self, decision: Decision, case_id: int, target: Target, verb: Verb, clause: Guideline | None, note: str
    ) -> str:
        upheld = UPHELD[verb]
        weight = clause.strikes if clause and upheld else 0
        id = self._desk.new_id()
        row = {
            "case_id": case_id,
            "member_id": target.member_id,
            "at": decision.now,
            "actor": self._desk.me,
            "verb": str(verb),
            "guideline": clause.number if clause else None,
            "upheld": None if upheld is None else int(upheld),
            "strikes": weight,
            "expires_at": decision.now + clause.expires_days * DAY if clause and weight else None,
            "note": clean(note),
        }
        decision.operation.change("decision", {"id": id}, row)
        ended = {"decided_at": decision.now, "upheld": row["upheld"], "claimed_by": self._desk.me}
        decision.operation.change("cases", {"id": case_id}, ended)
        reports.keep_cases(decision.conn, f"[{case_id}]")
        return id

    def _note(self, decision: Decision, case_id: int, text: str) -> None:
        if text.strip():
            row: dict[str, object] = {"item": f"case:{case_id}", "author": self._desk.me, "body": clean(text.strip())}
            decision.operation.change("note", {"id": self._desk.new_id()}, {**row, "at": decision.now})


def _message(clause: Guideline | None, target: Target) -> str:
    return clause.message_to(target.member_handle, target.thread_title) if clause else ""
