"""The inbox: inquiries, what a list row needs to know of them, and what a reply may be followed by."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from cm_console.model.text import Safe
from cm_console.model.time import DAY, HOUR, Instant


class Status(IntEnum):
    """The team's decision on a thread. A new message of the member reopens waiting and done ones by itself."""

    OPEN = 0
    WAITING = 1
    SNOOZED = 2
    DONE = 3


class Priority(IntEnum):
    """How urgent the team finds an inquiry."""

    NONE = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


REPLY_WITHIN = {
    Priority.NONE: DAY,
    Priority.LOW: 3 * DAY,
    Priority.NORMAL: DAY,
    Priority.HIGH: 8 * HOUR,
    Priority.URGENT: 2 * HOUR,
}
"""Milliseconds within which a waiting member should have an answer: the inbox is ordered by what is left of them."""


UNTIL_REPLY = Instant(253_402_300_799_000)
"""A snooze with this end lasts until the member writes again."""

UNTIL_NEWS = Instant(UNTIL_REPLY - 1)
"""The same, but a message that only thanks does not end it."""


class View(StrEnum):
    """The lists of the inbox."""

    NEEDS_REPLY = "needs-reply"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    MENTIONS = "mentions"
    NEWCOMERS = "newcomers"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    DONE = "done"
    ALL = "all"


class Then(StrEnum):
    """What becomes of an inquiry once its reply is queued."""

    WAIT = "wait"
    DONE = "done"
    KEEP = "keep"


class Filter(NamedTuple):
    """Narrows a list: every given part must hold; `words` must occur in title, author or place.

    `tag`: one or more, all of them. `assignee` may be `me` or `none`. `but`: what must not hold, as it is typed.
    `older` and `newer`: somebody has waited, or the last post is there, for at least or at most so many milliseconds.
    """

    words: str = ""
    source: str = ""
    tag: str = ""
    assignee: str = ""
    older: int = 0
    newer: int = 0
    but: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filter()


class SavedView(NamedTuple):
    """A view with a filter under a name; the team shares them."""

    name: str
    base: View
    narrow: Filter


class InquiryRow(NamedTuple):
    """One line of the inbox. `key` orders the list and is where the next page goes on.

    `clock` is the kind of promise under a policy that is due next, and `risk_at` when that is at risk; "" and None
    without one. `due_by` is the time somebody set by hand. `joined`: how many threads are one inquiry with this one,
    which leads; `lead_id`: the one that leads this. `feedback`: something in it is marked as feedback.
    `draft`: an answer to it was begun.
    """

    id: int
    key: tuple[int, int]
    source: str
    source_kind: str
    title: Safe
    author: Safe
    place: Safe
    kind: str
    status: Status
    priority: Priority
    assignee: str
    waiting_since: Instant | None
    due_at: Instant
    last_post_at: Instant
    snoozed_until: Instant | None
    posts: int
    tags: tuple[str, ...] = ()
    pending: int = 0
    newcomer: bool = False
    due_by: Instant | None = None
    clock: str = ""
    risk_at: Instant | None = None
    joined: int = 0
    lead_id: int | None = None
    feedback: bool = False
    draft: bool = False
