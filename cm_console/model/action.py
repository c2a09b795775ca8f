"""What goes into a source: one intent to tell a platform something, how safe a repeat is, and the proof it landed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from cm_console.model.records import Record, Ref
from cm_console.model.time import Instant
from cm_console.model.verb import DESTRUCTIVE as DESTRUCTIVE
from cm_console.model.verb import OPPOSITE as OPPOSITE
from cm_console.model.verb import Verb as Verb


class ReplayKind(StrEnum):
    """See Replay."""

    SAFE = "safe"
    KEYED = "keyed"
    FIND = "find"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Replay:
    """What happens if the same action arrives twice; declaring a verb is declaring this.

    safe: it sets a state, a repeat changes nothing.
    keyed: the platform drops a repeat carrying our id within `window` seconds; later, look if `findable`, else ask.
    find: `Source.find` tells whether it landed, reliable once `settle` seconds have passed since the first attempt.
    ask: nobody can know; a person decides.
    """

    kind: ReplayKind
    window: float = inf
    settle: float = 30.0
    findable: bool = False


SAFE = Replay(ReplayKind.SAFE)
FIND = Replay(ReplayKind.FIND, findable=True)
ASK = Replay(ReplayKind.ASK)


def keyed(window: float, *, findable: bool = False, settle: float = 30.0) -> Replay:
    """A Replay for platforms that drop repeats carrying our id within `window` seconds."""
    return Replay(ReplayKind.KEYED, window=window, settle=settle, findable=findable)


def find(settle: float) -> Replay:
    """A Replay for platforms where a look is reliable `settle` seconds after the first attempt."""
    return Replay(ReplayKind.FIND, settle=settle, findable=True)


@dataclass(frozen=True, slots=True)
class Action:
    """One intent, frozen when the person pressed the key; the id is minted there and never again.

    Attributes:
        id: a uuid; also the idempotency key or hidden marker where a platform has one.
        target: what it is about: the thread of a reply, the post to remove, the member to ban or to write to, the
            report to keep; None for PUBLISH and SCHEDULE of something new.
        thread: the platform's thread id, if it belongs to one: actions of one thread keep their order.
        text, title, place: words to publish, send or edit, and where; the title of a MESSAGE is its subject.
        reply_to: the post id a reply answers.
        reason: what the platform records; also the message a warned, silenced or banned member gets.
        until: end of a silence, ban or timer; None means for good.
        at: when to publish, for SCHEDULE and RESCHEDULE.
        report: the platform's report id this decision answers.
        member: the colleague to assign to.
        seen: version the person was looking at; a mismatch raises Conflict before anything is written.
        tried_at: start of the first attempt, None before it; `find` looks only from there (less clock skew).
        taken: remote ids already known to belong to other actions: `find` must not answer with one of them.
    """

    id: str
    verb: Verb
    target: Ref | None = None
    thread: str | None = None
    text: str = ""
    title: str = ""
    place: str = ""
    reply_to: str | None = None
    reason: str = ""
    until: Instant | None = None
    at: Instant | None = None
    report: str | None = None
    member: str | None = None
    seen: str | None = None
    tried_at: Instant | None = None
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that an action landed: the platform's id of what it made or changed, and how things are now."""

    remote_id: str
    records: tuple[Record, ...] = ()
    note: str = ""
