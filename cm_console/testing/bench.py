"""A bench is a platform's test double as SourceContract sees it: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar

from cm_console.model.action import Action
from cm_console.model.records import Kind, Post, PostState, Record, Ref
from cm_console.model.source import Source, SourceKind
from cm_console.model.time import DAY, Instant
from cm_console.model.verb import ON_MEMBERS, ON_THREADS, TELLING, Verb
from cm_console.testing.clock import FakeClock

CHANGES = frozenset({"add_member", "add_thread", "add_post", "edit_post", "delete_post", "add_report"})
"""What the world may do to the platform."""

FAULTS = frozenset(
    {
        "drop_next",
        "fail_next",
        "refuse_next",
        "throttle_next",
        "lose_next_answer",
        "garble_next_answer",
        "repeat_next_page",
        "unauthorized",
        "colleague_acts",
    }
)
"""What can go wrong on the way to the platform, or there."""


class Bench:
    """Subclass it for your platform, override every method of CHANGES and FAULTS, or say in `cannot` why not.

    One bench is one world: a fresh one per test, every `source()` on it sees the same platform. Ids are the platform's
    own, as the source delivers them. A fault hits the next request and only that one, unless it says otherwise.

    Attributes:
        kind: the class of the source.
        clock: the one given to every source, and the platform's own.
        cannot: for each method (or verb) a platform has no way to do or show, the reason; the contract skips with it.
        secrets: values that must never appear in words (tokens given to the source).
        place: where PUBLISH may publish.
        colleague: member id of somebody to assign to.
        idle_cost: most requests that a sync of all feeds by a new process may cost where nothing is new, logging in
            included; 0 where nobody counts.
        news_cost: the same where one post is new, in a thread of hundreds.
        stride: most pages a source may give before its cursor must have moved on; 1 but for what is given whole.
    """

    kind: ClassVar[SourceKind]
    cannot: ClassVar[Mapping[str, str]] = {}
    idle_cost: ClassVar[int] = 0
    news_cost: ClassVar[int] = 0
    stride: ClassVar[int] = 1
    secrets: tuple[str, ...] = ()
    place: str = ""
    colleague: str = ""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._numbers = count(1)

    @property
    def can(self) -> frozenset[str]:
        """The methods of CHANGES and FAULTS this platform can do."""
        return (CHANGES | FAULTS) - frozenset(self.cannot)

    def source(self) -> Source:
        """A fresh source on this world; it does nothing yet."""
        raise NotImplementedError

    async def truth(self) -> Mapping[Ref, Record]:
        """What the platform holds and a pull of all feeds must bring.

        Fields that a pull does not bring may be left out. Compared are: a member's handle, a thread's title and closed,
        a post's thread, author, text and state, a report's target and whether it is closed, an activity's kind, a
        scheduled entry's title and time; where the verbs are offered also a thread's assignee and solution.
        """
        raise NotImplementedError

    async def texts(self, thread: str) -> list[str]:
        """The texts of the posts that stand in a thread: how the contract counts duplicates."""
        posts = [r for r in (await self.truth()).values() if isinstance(r, Post) and r.thread == thread]
        return [str(post.text) for post in posts if post.state is not PostState.DELETED]

    async def told(self, member: str) -> list[str]:
        """The texts that reached a member privately from us: needed where MESSAGE is offered."""
        raise NotImplementedError

    async def quiet(self) -> None:
        """Return once the platform has finished what it was told, also by requests that were cut off."""

    async def standing(self, member: str) -> str:
        """How a member stands: "ok", "silenced" or "banned"; "" if nobody can tell."""
        return ""

    @property
    def requests(self) -> int:
        """How many requests the platform has seen so far; 0 for good if nobody counts."""
        return 0

    def speaks(self, text: str) -> bool:
        """Can a member of this platform write such a text at all? (A file format may not carry every character.)"""
        return True

    async def close(self) -> None:
        """Release what the bench holds; call it at the end of the fixture."""

    async def add_member(self, handle: str) -> str:
        """Somebody joins; gives the member id."""
        raise NotImplementedError

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """A member opens a thread of so many posts, the first one saying `text`; gives the thread id."""
        raise NotImplementedError

    async def add_post(self, thread: str, text: str) -> str:
        """A member (not us) answers; gives the post id."""
        raise NotImplementedError

    async def edit_post(self, post: str, text: str) -> None:
        """Its author rewrites a post."""
        raise NotImplementedError

    async def delete_post(self, post: str) -> None:
        """Its author takes a post back."""
        raise NotImplementedError

    async def add_report(self, post: str) -> str:
        """A member flags a post; gives the report id."""
        raise NotImplementedError

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Another moderator closes a report on the platform, by deleting the post (agree) or by keeping it."""
        raise NotImplementedError

    async def drop_next(self) -> None:
        """The next request reaches nobody: no connection. (Unreachable, landed False)"""
        raise NotImplementedError

    async def fail_next(self) -> None:
        """The next request is answered by a server error; nothing was done. (Unreachable, landed not True)"""
        raise NotImplementedError

    async def refuse_next(self) -> None:
        """The next request is understood and declined. (Refused, landed False)"""
        raise NotImplementedError

    async def throttle_next(self, until: Instant) -> None:
        """The next request comes too early: not before `until`. (Throttled)"""
        raise NotImplementedError

    async def lose_next_answer(self) -> None:
        """The next write is done, but its answer never arrives; reads pass. (Unreachable, landed None)"""
        raise NotImplementedError

    async def garble_next_answer(self) -> None:
        """The next request is done, its answer nobody can read. (Malformed; landed not False if a write)"""
        raise NotImplementedError

    async def repeat_next_page(self) -> None:
        """The next pull gets some of what it already had once more."""
        raise NotImplementedError

    async def unauthorized(self) -> None:
        """From now on the token is worth nothing. (Unauthorized)"""
        raise NotImplementedError

    def fresh(self, words: str) -> str:
        """A text nobody used before in this world."""
        return f"{words} {next(self._numbers)}"

    async def action(self, verb: Verb, *, target: Ref | None = None, report: str | None = None) -> Action:
        """A sensible action of this verb, its target made when none is given.

        Targets: a thread for REPLY, CLOSE, REOPEN, ASSIGN, UNASSIGN; a member for MESSAGE, WARN, SILENCE, BAN and back;
        a report for KEEP, IGNORE, APPROVE, REJECT; nothing for PUBLISH and SCHEDULE; a post else. Override where the
        platform wants others.
        """
        number = next(self._numbers)
        thread = None
        if target is None:
            target, thread = await self._target(verb)
        if target is not None and target.kind is Kind.REPORT:
            report = target.id
        return Action(
            id=f"00000000-0000-4000-8000-{number:012d}",
            verb=verb,
            target=target,
            thread=target.id if target is not None and target.kind is Kind.THREAD else thread,
            text=f"Text of action {number}, long enough for any platform." if verb in _WRITES else "",
            title=f"Title of action {number}" if verb in _TITLED else "",
            place=self.place,
            reason="Please read guideline 3." if verb in TELLING else "",
            at=Instant(self.clock.now() + _PLANS[verb]) if verb in _PLANS else None,
            report=report,
            member=self.colleague if verb is Verb.ASSIGN else None,
            tried_at=self.clock.now(),
        )

    async def _target(self, verb: Verb) -> tuple[Ref | None, str | None]:
        if verb in (Verb.PUBLISH, Verb.SCHEDULE):
            return None, None
        if verb in ON_MEMBERS:
            return Ref(Kind.MEMBER, await self.add_member(f"member{next(self._numbers)}")), None
        thread = await self.add_thread(2)
        if verb in ON_THREADS:
            return Ref(Kind.THREAD, thread), thread
        post = await self.add_post(thread, self.fresh("An answer that stands there"))
        if verb in _ON_REPORTS:
            return Ref(Kind.REPORT, await self.add_report(post)), thread
        return Ref(Kind.POST, post), thread


_PLANS = {Verb.SCHEDULE: DAY, Verb.RESCHEDULE: 2 * DAY}
"""How far ahead."""
_WRITES = frozenset({Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.EDIT, Verb.SCHEDULE})
_TITLED = frozenset({Verb.PUBLISH, Verb.MESSAGE, Verb.SCHEDULE})
_ON_REPORTS = frozenset({Verb.KEEP, Verb.IGNORE, Verb.APPROVE, Verb.REJECT})
