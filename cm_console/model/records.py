"""What comes out of a source: platform facts, by the platform's own ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from cm_console.model.text import Untrusted
from cm_console.model.time import Instant

EMPTY = Untrusted("")


class Kind(StrEnum):
    """The kinds of records a source can deliver, and targets an action can have."""

    MEMBER = "member"
    THREAD = "thread"
    POST = "post"
    REPORT = "report"
    ACTIVITY = "activity"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing on a platform: its kind and the platform's id, unique within source and kind."""

    kind: Kind
    id: str


class ThreadKind(StrEnum):
    """Topic: public, anyone may answer. Direct: a message to us, always ours to answer."""

    TOPIC = "topic"
    DIRECT = "direct"


class PostState(StrEnum):
    """Visible to members; held back for a decision; hidden by staff or by reports; deleted."""

    VISIBLE = "visible"
    HELD = "held"
    HIDDEN = "hidden"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Member:
    """An account. `staff` and `bot` as the platform flags them.

    `email` only if the platform vouches that it is theirs: the store keeps a hash to find their other accounts by,
    never the address. `links` are addresses of profiles elsewhere that they name in theirs.
    """

    id: str
    handle: Untrusted
    name: Untrusted = EMPTY
    joined_at: Instant | None = None
    staff: bool = False
    bot: bool = False
    url: str = ""
    email: str = field(default="", repr=False)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A topic, issue, mail thread, chat thread or comment tree. Its first post comes as a Post.

    `place` is where it stands (category, channel, list); `author` a member id, None if unknown.
    `solved_at` and `solved_by` (a post id) as the platform marks an accepted answer.
    """

    id: str
    title: Untrusted
    author: str | None
    created_at: Instant
    kind: ThreadKind = ThreadKind.TOPIC
    place: Untrusted = EMPTY
    url: str = ""
    closed: bool = False
    solved_at: Instant | None = None
    solved_by: str | None = None
    assigned_to: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One message in a thread, as readable plain text (sources turn HTML and the like into it).

    `reactions` is the platform's count; `comment` is True for a remark on a post rather than an answer;
    `mentions_us` when it addresses the account we use.
    """

    id: str
    thread: str
    author: str | None
    created_at: Instant
    text: Untrusted
    edited_at: Instant | None = None
    reply_to: str | None = None
    state: PostState = PostState.VISIBLE
    comment: bool = False
    mentions_us: bool = False
    reactions: int = 0
    url: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One flag raised by someone on a post, thread or member.

    `kind` is the platform's word (spam, offensive, held ...). `closed_at` and `agreed` are the platform's own
    state: a colleague there may have decided. `choices` are the ids of what the platform allows now.
    """

    id: str
    target: Ref
    reporter: str | None
    kind: str
    created_at: Instant
    reason: Untrusted = EMPTY
    closed_at: Instant | None = None
    agreed: bool | None = None
    choices: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a member did besides posting; `kind` is "reaction" or "visit"; `member` None if unknown."""

    id: str
    kind: str
    at: Instant
    member: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Something the platform itself will publish at a time."""

    id: str
    title: Untrusted
    text: Untrusted
    at: Instant
    url: str = ""


Record: TypeAlias = Member | Thread | Post | Report | Activity | Scheduled

_KINDS: dict[type, Kind] = {
    Member: Kind.MEMBER,
    Thread: Kind.THREAD,
    Post: Kind.POST,
    Report: Kind.REPORT,
    Activity: Kind.ACTIVITY,
    Scheduled: Kind.SCHEDULED,
}


def ref_of(record: Record) -> Ref:
    """The kind and id of a record."""
    return Ref(_KINDS[type(record)], record.id)
