"""Segments and levels: rules over a few facts of a person that one can read, as data; each says why somebody is in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

FIELDS: Mapping[str, tuple[str, str]] = {
    "posts": ("{n} posts in all", "posts written, ever"),
    "posts_30": ("{n} posts in 30 days", "posts of the last 30 days"),
    "posts_90": ("{n} posts in 90 days", "posts of the last 90 days"),
    "posts_365": ("{n} posts in a year", "posts of the last 365 days"),
    "posts_before": ("{n} posts in the 90 days before", "posts of the 90 days before the last 30"),
    "posts_earlier": ("{n} posts earlier", "posts from before those 90 days"),
    "answers_90": ("{n} answers in 90 days", "posts of the last 90 days in threads somebody else began"),
    "answers_365": ("{n} answers in a year", "the same of the last 365 days"),
    "thanks_90": ("{n} thanks in 90 days", "reactions to posts of the last 90 days"),
    "thanks_365": ("{n} thanks in a year", "reactions to posts of the last 365 days"),
    "score_90": ("{n} answers and thanks in 90 days", "answers_90 and thanks_90 together"),
    "came_365": ("came {n} times in a year", "times they came, of the last 365 days: meetups, sign-in sheets"),
    "parts_365": ("took part {n} times in a year", "posts_365 and came_365 together"),
    "quiet_days": ("last seen {n} days ago", "days since they posted, reacted, visited or came; 0: today"),
    "here_days": ("here {n} days", "days since they joined; where no source says so, since they were first seen"),
    "accounts": ("{n} accounts", "accounts linked as this person"),
}
"""The numbers a condition can ask for: in words with the number, and what they count. Today is in every window."""
TEXTS: Mapping[str, str] = {
    "tag": "a tag the team gave them",
    "source": "a source on which they have an account",
    "level": "their level, in lower case",
}
"""What a condition can ask for besides numbers; only with = or !=."""
DAYS_AGO = ("quiet_days", "here_days")
"""Facts that change by a day every day."""
RANKED = ("posts_90", "answers_90", "score_90")
"""What `top` can rank by."""
MOST = 40
"""Segments there can be: each is a bit of a number."""

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt, "=": eq, "!=": ne}
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|!=|==|=|>|<)\s*(\S.*?)\s*")

Facts = Mapping[str, "int | frozenset[str] | None"]
"""A person's facts by the name of the field; None: nobody knows, and no condition on it holds."""


class Condition(NamedTuple):
    """One thing that must hold: a field, how it compares, and with what."""

    field: str
    op: str
    value: int | str

    def __str__(self) -> str:
        return f"{self.field} {self.op} {self.value}"

    def holds(self, facts: Facts) -> bool:
        """Whether it does for a person; never where nobody knows."""
        has = facts.get(self.field)
        if has is None:
            return False
        if isinstance(has, frozenset):
            return (self.value in has) is (self.op == "=")
        number = self.value
        assert isinstance(number, int)
        return _COMPARE[self.op](has, number)


def parse_condition(text: str) -> Condition:
    """Read "posts_90 >= 4" or "tag = vip".

    Raises:
        ValueError: it cannot be read; the words say what.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError('; write "posts_90 >= 4"')
    name, op, value = found[1], found[2].replace("==", "="), found[3]
    if name in TEXTS:
        if op not in ("=", "!="):
            raise ValueError(f"; {name} is compared with = or !=")
        return Condition(name, op, value.strip("'\"").lstrip("#").lower())
    if name not in FIELDS:
        raise ValueError(f"; there is no {name}: it is one of {', '.join((*FIELDS, *TEXTS))}")
    if not re.fullmatch(r"\d{1,9}", value):
        raise ValueError(f"; {name} is compared with a whole number")
    return Condition(name, op, int(value))


@dataclass(frozen=True, slots=True)
class Top:
    """Only those who rank high: the first so many, or the first so many per cent of all with any; equals with them."""

    number: int
    percent: bool
    by: str

    @property
    def short(self) -> str:
        """How high."""
        return f"top {self.number}{' %' if self.percent else ''}"

    def __str__(self) -> str:
        return f"{self.short} by {self.by}"


@dataclass(frozen=True, slots=True)
class Segment:
    """Some persons, and why: all conditions hold, and they rank among the `top` if there is one."""

    name: str
    title: str
    where: tuple[Condition, ...]
    top: Top | None = None
    help: str = ""

    @property
    def rule(self) -> str:
        """The rule as it is written."""
        return " and ".join([*map(str, self.where), *([str(self.top)] if self.top else [])])

    def holds(self, facts: Facts, least: int | None) -> bool:
        """Whether a person is in it; `least` is what one must have at least to rank among the top."""
        if self.top is not None:
            has = facts.get(self.top.by)
            if least is None or not isinstance(has, int) or has < least:
                return False
        return all(condition.holds(facts) for condition in self.where)

    def why(self, facts: Facts) -> str:
        """What of a person fulfils it, in words; each fact once."""
        names = [*([self.top.by] if self.top else []), *(condition.field for condition in self.where)]
        said = [words for name in dict.fromkeys(names) if (words := said_of(name, facts))]
        return ", ".join(said) + (f" ({self.top.short})" if self.top else "")


def said_of(name: str, facts: Facts) -> str:
    """A fact of a person in words; "" where there is nothing to say."""
    has = facts.get(name)
    if has is None:
        return ""
    if isinstance(has, frozenset):
        return f"{name} {', '.join(sorted(has))}" if has else ""
    if name == "score_90" and isinstance(facts.get("answers_90"), int):
        return f"{facts['answers_90']:,} answers and {facts['thanks_90']:,} thanks in 90 days"
    if name == "quiet_days" and has == 0:
        return "seen today"
    words = FIELDS[name][0].format(n=f"{has:,}")
    return re.sub(r"\b1 (post|answer|day|account|time)s\b", r"1 \1", words)


def _segment(name: str, title: str, where: Sequence[str], help: str, top: Top | None = None) -> Segment:
    return Segment(name, title, tuple(map(parse_condition, where)), top, help)


def shorter(why: str) -> str:
    """The same without the windows, for a list: the rule tells them."""
    return re.sub(r" in (?:\d+ days|a year|all)\b| \(top [^)]*\)", "", why)


SEGMENTS: tuple[Segment, ...] = (
    _segment("new", "New", ["here_days < 30"], "Joined within the last 30 days; the metric `members.new`."),
    _segment(
        "active", "Active", ["quiet_days < 30"],
        "Posted, reacted, visited or came within the last 30 days; the metric `active.monthly`.",
    ),
    _segment(
        "champions", "Champions", ["score_90 >= 5"], "Give most of the answers and get most of the thanks.",
        Top(10, False, "score_90"),
    ),
    _segment("helpers", "Helpers", ["answers_90 >= 3"], "Answer others."),
    _segment(
        "quiet", "Quiet", ["posts_before >= 4", "quiet_days >= 30"],
        "Wrote regularly and were not seen for 30 days. The metric `regulars.lost` over 30 days also counts those who "
        "write no more but still read, react or come.",
    ),
    _segment(
        "returned", "Returned", ["posts_30 >= 1", "posts_before = 0", "posts_earlier >= 1"],
        "Write again after 90 days or more without a post; the metric `contributors.reactivated` over 30 days.",
    ),
    _segment(
        "at-risk", "At risk", ["posts_90 >= 4", "quiet_days >= 7", "quiet_days < 30"],
        "Among the busiest quarter, and not seen for a week.", Top(25, True, "posts_90"),
    ),
)  # fmt: skip
"""What holds unless the config says otherwise; thresholds after Savannah, Common Room and our own metrics."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much somebody takes part: the last level whose conditions hold is theirs."""

    name: str
    where: tuple[Condition, ...]

    @property
    def rule(self) -> str:
        """The rule as it is written."""
        return " and ".join(map(str, self.where))


def level(name: str, *where: str) -> Level:
    """A level of conditions as they are written; raises ValueError."""
    return Level(name, tuple(map(parse_condition, where)))


LEVELS: tuple[Level, ...] = (
    level("Visitor", "parts_365 >= 1"),
    level("Participant", "parts_365 >= 3"),
    level("Contributor", "parts_365 >= 3", "answers_365 >= 5"),
    level("Core", "parts_365 >= 3", "answers_365 >= 20", "quiet_days < 60"),
)
"""Savannah's levels over a year: a conversation is a post or an attendance, a contribution an answer to somebody.

Where she asks for 1 and 5 contributions we ask for 5 and 20: of the demo's members 27 and 3 in a hundred, few are core.
Who has not been seen for two months carries nothing at the moment, whatever they gave before.
"""


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """The segments and levels of a community, in order."""

    segments: tuple[Segment, ...] = SEGMENTS
    levels: tuple[Level, ...] = LEVELS
    names: Mapping[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {each.name: number for number, each in enumerate(self.segments)})

    @property
    def stamp(self) -> str:
        """Tells whether the rules are the same as those something was made by."""
        rules = [(each.name, each.rule) for each in self.segments] + [(each.name, each.rule) for each in self.levels]
        return "; ".join(f"{name}: {rule}" for name, rule in rules)

    def level_of(self, facts: Facts) -> int:
        """The number of a person's level, counted from 1; 0: none."""
        holding = (n for n, each in enumerate(self.levels, 1) if all(one.holds(facts) for one in each.where))
        return max(holding, default=0)

    def level_name(self, number: int) -> str:
        """A level in a word."""
        return self.levels[number - 1].name if 0 < number <= len(self.levels) else ""

    def bits(self, facts: Facts, least: Mapping[str, int | None]) -> int:
        """The segments a person is in, as bits; `least`: by segment, what ranking among its top takes."""
        return sum(1 << n for n, each in enumerate(self.segments) if each.holds(facts, least.get(each.name)))

    def turning_days(self, fact: str) -> frozenset[int]:
        """The numbers of days at which a condition on one of DAYS_AGO turns."""
        wheres = [*(each.where for each in self.segments), *(each.where for each in self.levels)]
        asked = [one for where in wheres for one in where if one.field == fact]
        return frozenset(day for one in asked if isinstance(one.value, int) for day in (one.value, one.value + 1))


DEFAULT = PeopleRules()
