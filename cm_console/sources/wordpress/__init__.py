"""WordPress: the comments of a site, its posts and its calendar, seen through one account's application password.

Every post or page is a thread, its comments are the answers; a comment that waits for approval is a report of kind
"held". A comment on the post itself, an answer to one of ours and one that calls us by name wait for a reply of ours
(`muted_places` in the config takes categories out of that). People who comment without an account are members of
their own, told apart by a hash of site, name and e-mail address: the address itself is not kept.

WordPress does not tell when a comment was changed. What is new comes with each sync; edits are noticed among the newest
100 comments, whatever is held, marked as spam, binned or brought back is noticed however old it is. What nobody can
see from outside: an edit of an older comment, an older comment deleted for good without the bin, a post deleted
without the bin, posts imported with a date in the past (they come with their next comment), pingbacks, and members
removed from the site. Names and roles of members are read again once a week.

Rights follow the role of the account. Editor: all but the list of members, for which WordPress wants an Administrator
(without it, authors and those who comment are known). Author: approved comments, answers, own posts and plans.
WordPress knows neither bans, nor silence, nor private messages. It takes what is planned less than a minute ahead for
published, so that is refused; it publishes what is due when somebody visits the site. Removing puts into the bin;
restoring gives back the state before, so what was never approved waits for approval again. A whole post that was binned
with comments is restored in WordPress itself, which alone brings them back.

The site needs https (without it WordPress offers no application passwords) and a server that hands the Authorization
header to PHP. Facts: https://developer.wordpress.org/rest-api/ and WordPress's own source.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import SAFE, Action, Receipt, Replay, Verb, find
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.wordpress.site import Site

__all__ = ["WordPress", "WordPressSettings"]


@dataclass(frozen=True, slots=True)
class WordPressSettings:
    """What `source add wordpress` asks for."""

    url: str = setting(
        "The address of the site, with its folder if it has one.",
        where="the browser",
        example="https://blog.example.org",
    )
    username: str = setting(
        "The account that answers and decides; its role says what it may do: Editor, better Administrator.",
        where="Users > Profile > Username",
        example="sam",
    )
    token: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "An application password of that account, its spaces may stay; not the password you log in with.",
        where="Users > Profile > Application Passwords > name 'cm-console' > Add; it is shown once",
        example="env:WORDPRESS_PASSWORD",
    )
    history: int = setting("Days to go back on the first sync; 0 is everything.", example="365", default=365)
    types: str = setting(
        "What is a thread, by the names in the API's addresses.",
        where="the address /wp-json/wp/v2/types of the site, rest_base",
        example="posts pages",
        default="posts pages",
    )


class WordPress:
    """A site on WordPress: comments in all states, posts and pages, members, planned posts."""

    name: ClassVar[str] = "wordpress"
    settings: ClassVar[type] = WordPressSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.SCHEDULED})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        Verb.REPLY: find(settle=30.0),
        Verb.PUBLISH: find(settle=30.0),
        Verb.SCHEDULE: find(settle=30.0),
        Verb.UNSCHEDULE: SAFE,
        Verb.RESCHEDULE: SAFE,
        Verb.EDIT: SAFE,
        Verb.KEEP: SAFE,
        Verb.APPROVE: SAFE,
        Verb.HIDE: SAFE,
        Verb.SPAM: SAFE,
        Verb.REMOVE: SAFE,
        Verb.RESTORE: SAFE,
        Verb.CLOSE: SAFE,
        Verb.REOPEN: SAFE,
    }

    def __init__(self, settings: WordPressSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Site | None = None

    @property
    def budget(self) -> Budget | None:
        """WordPress has no limits of its own; a host may have some, and does not tell."""
        return None

    async def check(self) -> Identity:
        """Ask the site who we are, and by our role what we may do."""
        from cm_console.sources.wordpress.rights import identity

        return await identity(self._site, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what WordPress lets one see."""
        if feed is Feed.MEMBERS:
            from cm_console.sources.wordpress.members import MembersPull

            return MembersPull(self._site, cursor).pages()
        if feed is Feed.REPORTS:
            from cm_console.sources.wordpress.held import HeldPull

            return HeldPull(self._site, cursor).pages()
        if feed is Feed.SCHEDULED:
            from cm_console.sources.wordpress.scheduled import scheduled_pages

            return scheduled_pages(self._site, cursor)
        from cm_console.sources.wordpress.threads import ThreadsPull

        return ThreadsPull(self._site, cursor, self._settings.history).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        from cm_console.sources.wordpress.carrying import carry_out

        return await carry_out(self._site, action)

    async def find(self, action: Action) -> Receipt | None:
        """Look for what a lost attempt may have made."""
        from cm_console.sources.wordpress import looking

        return await looking.find(self._site, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.gate.close()

    @property
    def _site(self) -> Site:
        if self._made is None:
            from cm_console.sources.wordpress.site import Site

            settings = self._settings
            self._made = Site(settings.url, settings.username, settings.token, settings.types, self._clock)
        return self._made
