"""Discourse: a forum seen through one API key.

Facts: https://docs.discourse.org (the official OpenAPI file) and, for the review queue, Discourse's own source. An
admin key has 60 requests a minute by default and no headers that tell how many are left; 429 tells when to go on.

A message to a member is a thread that only its reader sees, with a subject of at most 255 characters. Staff reaches
every member; another account must be in a group that the site setting `personal message enabled groups` names, and
reaches who takes messages from it. A message whose answer was lost is not sent twice: it carries the action's id, which
is unique on the site.

Mail addresses and websites of members come only with the setting `profiles`, to find the accounts of one person on
several platforms. An address counts once its owner has confirmed it; only a hash of it is kept. Discourse shows
addresses to admins (to moderators if `moderators view emails` is on) and writes each look at a hundred members into its
staff log: once a week for all, and when somebody joins. Websites cost one request for fifty members.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import SAFE, Action, Receipt, Replay, Verb, find, keyed
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.discourse.site import Site

__all__ = ["Discourse", "DiscourseSettings"]


@dataclass(frozen=True, slots=True)
class DiscourseSettings:
    """What `source add discourse` asks for."""

    url: str = setting("The address of the forum.", where="the browser", example="https://forum.example.org")
    username: str = setting("The account that answers and decides.", where="your profile there", example="sam")
    token: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "An API key for that account.",
        where="Admin > Advanced > API keys > New API key: user level 'Single user', scope 'Global'",
        example="env:DISCOURSE_KEY",
    )
    history: int = setting("Days to go back on the first sync; 0 is everything.", example="365", default=0)
    drafts: str = setting(
        "A category only staff can read, where scheduled topics wait; without it nothing is scheduled there.",
        where="Categories",
        example="Staff",
        default="",
    )
    profiles: bool = setting(
        "Bring members' mail addresses and websites too, so that the same person elsewhere is suggested?",
        where="addresses only for whoever may see them there, which is written down under Admin > Logs > Staff actions",
        example="true",
        default=False,
    )


class Discourse:
    """A forum on Discourse: topics, messages, members, the review queue."""

    name: ClassVar[str] = "discourse"
    settings: ClassVar[type] = DiscourseSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.SCHEDULED})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        **dict.fromkeys(set(Verb) - {Verb.KICK, Verb.LOCK, Verb.UNLOCK}, SAFE),
        Verb.REPLY: find(settle=30.0),
        Verb.WARN: find(settle=30.0),
        Verb.PUBLISH: keyed(inf, findable=True),
        Verb.MESSAGE: keyed(inf, findable=True),
        Verb.SCHEDULE: keyed(inf),
    }

    def __init__(self, settings: DiscourseSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Site | None = None

    @property
    def budget(self) -> Budget | None:
        """Discourse does not tell."""
        return None

    async def check(self) -> Identity:
        """Ask the site who we are and try what the key may do."""
        from cm_console.sources.discourse.identity import identity

        return await identity(self._site, self.feeds, frozenset(self.verbs), self._settings.drafts)

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what Discourse lets one see."""
        if feed is Feed.MEMBERS:
            from cm_console.sources.discourse.members import MembersPull

            return MembersPull(self._site, cursor, profiles=self._settings.profiles).pages()
        if feed is Feed.REPORTS:
            from cm_console.sources.discourse.reports import ReportsPull

            return ReportsPull(self._site, cursor).pages()
        if feed is Feed.SCHEDULED:
            from cm_console.sources.discourse.scheduled import scheduled_pages

            return scheduled_pages(self._site, cursor, self._settings.drafts)
        from cm_console.sources.discourse.threads import ThreadsPull

        return ThreadsPull(self._site, cursor, self._settings.history).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        from cm_console.sources.discourse.carrying import carry_out

        return await carry_out(self._site, action, self._settings.drafts)

    async def find(self, action: Action) -> Receipt | None:
        """Look for what a lost attempt may have made."""
        from cm_console.sources.discourse import looking

        return await looking.find(self._site, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.gate.close()

    @property
    def _site(self) -> Site:
        if self._made is None:
            from cm_console.sources.discourse.site import Site

            settings = self._settings
            self._made = Site(settings.url, settings.username, settings.token, self._clock)
        return self._made
