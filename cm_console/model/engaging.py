"""Engage first: whom to greet, congratulate, answer and thank, and what to begin a conversation with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cm_console.model.templates import PLACES
from cm_console.model.text import Safe
from cm_console.model.time import Instant


class Engage(StrEnum):
    """The lists to work through; nothing in them is ever sent without having been seen."""

    GREET = "greet"
    ANNIVERSARY = "anniversary"
    UNANSWERED = "unanswered"
    THANK = "thank"
    STARTERS = "starters"


MOST = 500
"""Rows a list has at most: those that count most today. What is dealt with makes room for the others."""

TEMPLATES = {
    Engage.GREET: "Welcome, {member}! Good to have you here. Just ask if there is anything you cannot find.",
    Engage.ANNIVERSARY: "{member}, you have been with us for {years} now. Thank you for staying!",
    Engage.UNANSWERED: "Hi {member}, sorry that this went unanswered. Is it still open? What did you try meanwhile?",
    Engage.THANK: "Thank you for helping here, {member}! It is good to have you in {community}.",
}
"""What is written unless the config says otherwise; every place is filled in before it is shown."""

MORE_PLACES = {Engage.ANNIVERSARY: "years", Engage.THANK: "answers"}
"""Beside the places every template knows: "2 years", "3 answers"."""


def places_of(view: Engage) -> tuple[str, ...]:
    """The places a template of this list may hold."""
    return (*PLACES, *((MORE_PLACES[view],) if view in MORE_PLACES else ()))


@dataclass(frozen=True, slots=True)
class EngageRules:
    """Who is in the lists. Days and hours count back from now; `years` are the anniversaries kept."""

    greet_days: int = 14
    unanswered_hours: int = 24
    thank_days: int = 14
    anniversary_days: int = 7
    active_days: int = 90
    years: tuple[int, ...] = (1, 2, 3, 5, 10, 15, 20)


@dataclass(frozen=True, slots=True)
class Starter:
    """Something to begin a conversation with. `months` are those it fits ("11", "12"); none is all year."""

    title: str
    text: str
    tags: tuple[str, ...] = ()
    months: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """Its title in small letters and dashes: how the command line and the database name it."""
        return re.sub(r"[\W_]+", "-", self.title.lower()).strip("-")[:60]

    def fits(self, day: date) -> bool:
        """Whether it fits the season."""
        return not self.months or day.month in self.months


STARTERS = (
    Starter("Introduce yourself", "New here, or quiet until now? Who are you, what brought you here?", ("welcome",)),
    Starter("What are you working on?", "Show what is on your desk this week, finished or not.", ("weekly",)),
    Starter("Small wins", "What went better than you expected lately? However small.", ("weekly",)),
    Starter("What would you tell yourself?", "One thing you wish you had known when you began.", ("advice",)),
    Starter("Show your setup", "A picture of where and how you do it, and the one thing you would change.", ("photo",)),
    Starter("Best tip of the month", "The trick that saved you the most time this month.", ("advice",)),
    Starter("What did not work?", "What did you try that failed, and what did you learn? No judging.", ("advice",)),
    Starter("Ask the long-timers", "The question you never dared to ask, for those who are here for long.", ("q&a",)),
    Starter("What is missing?", "If you could change one thing about this place, what would it be?", ("feedback",)),
    Starter("Looking back on the year", "Your best moment of the year here, and what is next.", ("season",), (12, 1)),
)  # fmt: skip
"""The library everybody has; those of the config come before them, and one of the same title takes its place."""


_NONE = Safe("")


class Route(StrEnum):
    """Which way words go to somebody."""

    THREAD = "in their thread"
    PRIVATELY = "privately"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class EngageRow:
    """One line of a list: who, why, since when, and which way the words would go.

    Attributes:
        subject: `member:12`, or `thread:5` for an unanswered one, or `starter:small-wins`.
        occasion: which anniversary it is, in years; else 0.
        member: how they are called; "" for starters.
        thread_id: the thread it is about, where the words go unless `route` says otherwise; None where there is none.
        since: what the time column counts from.
        why: in words.
        detail: what fills the list's own place: "2 years", "3 answers"; of starters their text.
        route: which way the words go.
        to_id, to: the account that is written to privately, and its source.
        why_not: why the words can go nowhere, "" if they can.
        key: its place in the list.
    """

    view: Engage
    subject: str
    since: Instant
    why: str
    member: Safe = _NONE
    member_id: int | None = None
    source: str = ""
    source_kind: str = ""
    thread_id: int | None = None
    title: Safe = _NONE
    detail: str = ""
    occasion: int = 0
    route: Route = Route.THREAD
    to_id: int | None = None
    to: str = ""
    why_not: str = ""
    tags: tuple[str, ...] = ()
    key: int = 0

    @property
    def id(self) -> str:
        """Unique over all lists."""
        return f"{self.view}:{self.subject}"

    @property
    def number(self) -> str:
        """How the command line names it: the id of the member or thread, or the starter's name."""
        return self.subject.partition(":")[2]
