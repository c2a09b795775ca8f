"""A person: one or more accounts, what the team knows of them, and why two accounts may be the same human."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from cm_console.model.inbox import Status
from cm_console.model.moderation import DecisionRow
from cm_console.model.text import Safe
from cm_console.model.thread import Note
from cm_console.model.time import Instant


class LinkState(StrEnum):
    """What the team said of two accounts: one person; not on these grounds; never ask again."""

    SAME = "same"
    REJECTED = "rejected"
    NEVER = "never"


class Reason(StrEnum):
    """Why two accounts may be one person, the strongest first."""

    MAIL = "same mail address"
    LINK = "linked profile"
    HANDLE = "same handle"
    NAME = "same full name"


def looking_like(handle: str) -> str:
    """What is said of a name that can be taken for another's, after it."""
    return f" (looks like {handle})" if handle else ""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a person; `answers` are posts in threads of others, `thanks` the reactions to their posts."""

    id: int
    source: str
    source_kind: str
    remote: str
    handle: Safe
    name: Safe
    role: str
    joined_at: Instant | None
    posts: int
    answers: int
    thanks: int
    first_post_at: Instant | None
    last_post_at: Instant | None
    url: str
    alike: str = ""
    """The handle of somebody else that theirs can be taken for."""

    @property
    def at(self) -> Safe:
        """Who and where, and whom they look like: mia on forum."""
        return Safe(f"{self.handle} on {self.source}{looking_like(self.alike)}")


@dataclass(frozen=True, slots=True)
class Named:
    """An account as a suggestion or a choice shows it."""

    id: int
    person: int
    source: str
    source_kind: str
    handle: Safe
    name: Safe
    posts: int
    alike: str = ""
    """The handle of somebody else that theirs can be taken for."""

    @property
    def at(self) -> Safe:
        """Who and where, and whom they look like: mia on forum."""
        return Safe(f"{self.handle} on {self.source}{looking_like(self.alike)}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two accounts of different persons that may be the same human, and why."""

    one: Named
    other: Named
    reasons: tuple[Reason, ...]

    @property
    def words(self) -> str:
        """The reasons in words."""
        return ", ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Link:
    """Two accounts the team said are one person."""

    id: str
    one: int
    other: int
    reason: Safe
    at: Instant
    actor: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to come back to with a person, and when; `who` is the account it hangs on."""

    id: str
    member_id: int
    who: Safe
    source: str
    due_at: Instant
    body: Safe
    author: str
    at: Instant
    done_at: Instant | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the team keeps on a person, to be seen beside what they wrote."""

    tags: tuple[str, ...]
    notes: tuple[Note, ...]
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """How the team was in touch: by hand (call, coffee ...), or what the console sent: `way` says which."""

    id: str
    at: Instant
    way: str
    body: Safe
    author: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A thread a person began, and how it stands."""

    id: int
    source: str
    title: Safe
    status: Status
    waits: bool
    last_post_at: Instant


@dataclass(frozen=True, slots=True)
class Inquiries:
    """Threads a person began: all of them, those that wait for us, those that are done; and the newest."""

    all: int = 0
    waiting: int = 0
    done: int = 0
    newest: tuple[Begun, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Everything the console knows of one human, but for the timeline, which is read in pages."""

    id: int
    accounts: tuple[Account, ...]
    links: tuple[Link, ...]
    tags: tuple[str, ...]
    notes: tuple[Note, ...]
    follow_ups: tuple[FollowUp, ...]
    inquiries: Inquiries
    strikes: int
    decisions: tuple[DecisionRow, ...]
    contacts: tuple[Contact, ...]
    attended: int
    suggestions: tuple[Suggestion, ...]

    @property
    def main(self) -> Account:
        """The account they write most with: the person is called by it."""
        return max(self.accounts, key=lambda account: (account.posts, -account.id))

    @property
    def since(self) -> Instant | None:
        """When the first of their accounts joined, or wrote."""
        known = [at for each in self.accounts for at in (each.joined_at, each.first_post_at) if at is not None]
        return min(known, default=None)

    @property
    def role(self) -> str:
        """Team if any account is of the team; bot if all are bots."""
        roles = {account.role for account in self.accounts}
        return "team" if "team" in roles else "bot" if roles == {"bot"} else "member"


class Happening(IntEnum):
    """The kinds of lines in a person's timeline; the order breaks ties of the same moment."""

    POST = 0
    CAME = 1
    DECISION = 2
    REPORT = 3
    SENT = 4
    CONTACT = 5
    NOTE = 6
    FOLLOW_UP = 7


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline; `key` orders it, newest first, and is where the next page goes on."""

    key: tuple[int, int, int | str]
    what: Happening
    at: Instant
    source: str
    title: Safe
    text: Safe
    thread_id: int | None = None
    case_id: int | None = None
    url: str = ""

    @property
    def id(self) -> tuple[int, int | str]:
        """Who it is in a list."""
        return self.key[1], self.key[2]

    @property
    def post_id(self) -> int | None:
        """The post it is, if it is one."""
        return int(self.key[2]) if self.what is Happening.POST else None
