"""Feedback: posts that ask for something or praise it, gathered by themes, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.text import Safe
from cm_console.model.time import Instant

WEEKS = 8
"""Weeks a theme's trend is shown for."""
THANKS = "Hello {member}, you wrote about this in “{title}”: {answer}. Thank you for telling us!"
"""What everyone who asked is told, unless it is written otherwise."""


@dataclass(frozen=True, slots=True)
class Item:
    """One post that is feedback; `answered_at` is when its person was told what became of it."""

    id: str
    thread_id: int
    title: Safe
    theme: Safe
    area: Safe
    quote: Safe
    author: Safe
    person: int | None
    source: str
    said_at: Instant
    at: Instant
    actor: str
    answered_at: Instant | None
    answer: Safe
    url: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """What several posts are about: how many, by how many people, how many were not told, and the trend by week."""

    name: Safe
    area: Safe
    count: int
    people: int
    open: int
    last_at: Instant
    answered_at: Instant | None
    answer: Safe
    weeks: tuple[int, ...]

    @property
    def id(self) -> str:
        """Its name."""
        return self.name

    @property
    def key(self) -> tuple[int, str]:
        """The most frequent first."""
        return -self.count, self.name

    @property
    def state(self) -> str:
        """Whether those who asked were told."""
        if self.answered_at is None:
            return "open"
        since = f", {self.open} not told" if self.open else ""
        return f"answered: {self.answer}{since}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply made for those who asked in one thread: `why_not` says why it cannot be sent, "" if it can.

    `by_hand`: its words are not those of all others any more; taken back they are a draft. `tags` go on the thread.
    """

    thread_id: int
    title: Safe
    source: str
    to: tuple[Safe, ...]
    items: tuple[str, ...]
    text: str
    reply_to: str = ""
    why_not: str = ""
    by_hand: bool = False
    tags: tuple[str, ...] = ()
