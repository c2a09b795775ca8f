"""What a config is: frozen dataclasses, and the one error that tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from cm_console.model.business_hours import BusinessHours
    from cm_console.model.engaging import EngageRules, Starter
    from cm_console.model.guidelines import Guideline
    from cm_console.model.outside import OutsideTeam
    from cm_console.model.policy import Policy
    from cm_console.model.segments import PeopleRules
    from cm_console.model.templates import Macro, SavedReply
    from cm_console.model.triage import Rules, Triage

DEFAULT_EVERY = 300
EVERY_BY_KIND = {"memory": 5, "rss": 900}
"""Seconds between two pulls for kinds where the default is not what one expects."""

GRATITUDE: Mapping[str, tuple[str, ...]] = {
    "en": ("thank you", "thanks", "thx", "appreciate it", "much appreciated"),
    "de": ("danke", "dankeschön", "vielen dank"),
    "fr": ("merci",),
    "es": ("gracias",),
    "it": ("grazie",),
    "nl": ("bedankt", "dank je", "dank u"),
    "pt": ("obrigado", "obrigada"),
}
"""Words that thank someone, per language: the metric `gratitude` counts posts that hold one of them."""


class ConfigError(Exception):
    """The config cannot be used; `str(error)` is one plain line with file and line.

    Attributes:
        words: what is wrong, without the place.
        line: counted from 1; None when no line is to blame.
    """

    def __init__(self, words: str, *, file: str = "", line: int | None = None) -> None:
        place = f"{file} line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + words)
        self.words = words
        self.line = line


class NoConfig(ConfigError):
    """There is no config file yet: time for the guided start."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source as the config names it.

    Attributes:
        name: unique in the community; lower case letters, digits and dashes.
        kind: the entry point that speaks the platform's language, e.g. discourse.
        settings: what the kind asks for; secrets are references (`env:`, `command:`, `keyring:`), never values.
        every: seconds between two pulls.
        enabled: False rests the source without forgetting what was pulled.
        keep_days: texts older than so many days are blanked here; None keeps them.
    """

    name: str
    kind: str
    settings: Mapping[str, object] = field(default_factory=dict)
    every: int = DEFAULT_EVERY
    enabled: bool = True
    keep_days: int | None = None


def login_name() -> str:
    """Who works here, as the operating system calls them; "me" if it cannot tell."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return "me"


def _utc() -> ZoneInfo:
    return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Config:
    """One community as its config file says; `DOCUMENTED` explains every key. `office` is the table [business_hours].

    `team` and `bots` hold "handle" (on any source) or "source:handle". `keys` maps command ids to a key or
    "key,key"; `keys` checks them. `stamp` tells whether the file changed since it was read.
    None, and no starters, stand for what is built in: the config says nothing of it, its module is not needed.
    """

    path: Path
    community: str
    timezone: ZoneInfo = field(default_factory=_utc)
    me: str = field(default_factory=login_name)
    team: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    undo_seconds: int = 10
    first_reply_hours: float = 24.0
    theme: str = "calm"
    muted_places: tuple[str, ...] = ()
    allow_insecure_keyring: bool = False
    plugins: tuple[str, ...] = ()
    gratitude: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(GRATITUDE))
    needs_reply: Rules | None = None
    reply_within_hours: Mapping[str, float] = field(default_factory=dict)
    office: Mapping[str, Any] = field(default_factory=dict)
    clocks: tuple[Policy, ...] = ()
    people: PeopleRules | None = None
    engage: EngageRules | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    starters: tuple[Starter, ...] = ()
    handover: tuple[OutsideTeam, ...] = ()
    replies: tuple[SavedReply, ...] = ()
    macros: tuple[Macro, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    guidelines: tuple[Guideline, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    stamp: str = field(default="", compare=False, repr=False)

    def is_team(self, source: str, handle: str) -> bool:
        """Does the config name this member as one of the people who run the community?"""
        return _listed(self.team, source, handle)

    def is_bot(self, source: str, handle: str) -> bool:
        """Does the config name this member as a bot?"""
        return _listed(self.bots, source, handle)

    @property
    def business_hours(self) -> BusinessHours:
        """When the team works: Monday to Friday from nine to five unless the config says otherwise."""
        from cm_console.model.business_hours import WEEK, WEEKDAYS, BusinessHours

        week = tuple(self.office.get(day, WEEK[number]) for number, day in enumerate(WEEKDAYS))
        holidays = frozenset(self.office.get("holidays", ()))
        return BusinessHours(self.office.get("timezone", self.timezone), week, holidays)

    @property
    def triage(self) -> Triage:
        """What decides the inbox: rules, how soon an answer is promised, clocks, words that thank."""
        from cm_console.model.inbox import REPLY_WITHIN, Priority
        from cm_console.model.time import HOUR
        from cm_console.model.triage import Rules, Triage

        usual = {Priority.NONE: self.first_reply_hours * HOUR, Priority.NORMAL: self.first_reply_hours * HOUR}
        said = {Priority[level.upper()]: hours * HOUR for level, hours in self.reply_within_hours.items()}
        within = {**REPLY_WITHIN, **usual, **said}
        policies = (replace(policy, hours=self.business_hours if policy.in_hours else None) for policy in self.clocks)
        thanks = sorted({word for words in self.gratitude.values() for word in words})
        rules = self.needs_reply or Rules()
        return Triage(tuple(int(within[each]) for each in Priority), rules, tuple(policies), tuple(thanks))


def _listed(entries: tuple[str, ...], source: str, handle: str) -> bool:
    wanted = {handle.casefold(), f"{source}:{handle}".casefold()}
    return any(entry.casefold() in wanted for entry in entries)
