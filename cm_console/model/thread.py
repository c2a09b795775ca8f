"""A thread as one reads it: its head, who writes, posts, notes, replies on their way; and what a search found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cm_console.model.inbox import InquiryRow
from cm_console.model.text import Safe
from cm_console.model.time import Instant


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Who wrote, over all accounts of the person: since when, how much, how they were judged.

    `id`, handle, name and source are of the account that is meant; `also` are the others, `perhaps` what may be one.
    """

    id: int
    handle: Safe
    name: Safe
    source: str
    role: str
    joined_at: Instant | None
    posts: int
    thanks: int
    strikes: int
    decisions: int
    also: tuple[Safe, ...] = ()
    perhaps: tuple[Safe, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadCard:
    """The head of a thread in the reader: its row, its author and why it needs a reply (or does not).

    `to` is the post that a reply answers, None where it answers the whole thread.
    """

    row: InquiryRow
    remote: str
    url: str
    closed: bool
    solved_at: Instant | None
    author: PersonCard | None
    why: str
    verbs: frozenset[str] = field(default_factory=frozenset)
    to: PostRow | None = None

    @property
    def reply_to(self) -> str | None:
        """The platform's id of the post that a reply answers."""
        return self.to.remote if self.to else None


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post in the reader; `id` grows with its time."""

    id: int
    remote: str
    author: Safe
    author_id: int | None
    role: str
    created_at: Instant
    edited_at: Instant | None
    state: str
    comment: bool
    reactions: int
    body: Safe
    url: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class PendingReply:
    """A reply of ours on its way: shown below the posts with its state."""

    action_id: str
    text: Safe
    by: str
    state: str
    why: str
    created_at: Instant
    not_before: Instant


@dataclass(frozen=True, slots=True)
class Note:
    """A colleague's private note; never leaves the console."""

    id: str
    author: str
    body: Safe
    at: Instant


@dataclass(frozen=True, slots=True)
class Draft:
    """Words that were begun and not sent.

    `kind` is reply, note, edit (of our post `of`), planned (what waits in the outbox as `of`), handover (its note), or,
    to the account `of`: message (in no thread), ask (for help with the thread) or engage (from engage first; in a
    thread it is to whoever began that). `key` is what it is kept under.
    """

    kind: str
    thread_id: int
    title: Safe
    source: str
    text: str
    at: Instant
    of: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """What the console knows of a thread beside its posts: a heading and lines, between its head and its posts."""

    title: Safe
    lines: tuple[Safe, ...]


class Found(NamedTuple):
    """One hit of the full-text search, newest first; `snippet` marks hits with « and »."""

    key: int
    thread_id: int
    title: Safe
    author: Safe
    source: str
    at: Instant
    snippet: Safe
    author_id: int | None = None
