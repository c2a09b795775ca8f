"""Mastodon, and servers that speak its language (GoToSocial, Pleroma, Akkoma): one account seen through one token.

Facts: https://docs.joinmastodon.org. A token has 300 requests in five minutes, 30 deletions in half an hour. Read are
what names us (as far as the account's own filters let it through), direct messages, our own posts with their answers,
hashtags to watch; with moderator's rights reports, open and closed, sign-ups that wait, and who joined. A reported post
comes with what it answers; it is no question to us, so it waits for nobody in the inbox.

What it cannot see: an edit or a deletion comes at once among the newest 40 of each list, else when its thread is read
again, after an eighth of the time it has been quiet, and only of the 40 liveliest threads. Of a post with more than 400
answers only those that name us come. Of pictures their descriptions and addresses come.

A message to a member is a direct post that names them and nobody else: whoever else it named would get it too, so such
a text is refused. It has no subject. The server's staff can read it, as any direct post.

What it cannot do: Mastodon lets no app delete other people's posts (warn, silence or ban who wrote them, or follow the
link to the report), ends no silence or ban by itself, and lets one take a report only for oneself; it knows "mark as
sensitive" and "freeze", for which there is no verb here. Keeping and ignoring a report are the same. What is done to an
account closes all reports on it; a warning closes only the one it answers and reaches only members of the server.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import ASK, SAFE, Action, Receipt, Replay, Verb, keyed
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.mastodon.server import Server

__all__ = ["Mastodon", "MastodonSettings"]

KEY_LIVES = 3_600.0
"""Seconds for which Mastodon knows an Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class MastodonSettings:
    """What `source add mastodon` asks for.

    Raises:
        ValueError: a visibility that Mastodon does not know.
    """

    url: str = setting("The address of the server.", where="the browser", example="https://social.example.org")
    token: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "An access token of the account that answers.",
        where=(
            "Preferences > Development > New application: scopes read, write:statuses; for moderators also"
            " admin:read:accounts, admin:read:reports, admin:write:accounts, admin:write:reports, and a role with"
            " 'Manage Reports' and 'Manage Users'. Elsewhere: any app that shows its token"
        ),
        example="env:MASTODON_TOKEN",
    )
    history: int = setting("Days to go back on the first sync; 0 is everything.", example="30", default=30)
    hashtags: str = setting(
        "Hashtags to watch, separated by commas: posts of anybody with one of them come into the inbox.",
        example="ourproject, ourmeetup",
        default="",
    )
    visibility: str = setting(
        "Who sees new posts: public, unlisted or private. Answers are seen by those who see the question.",
        where="Preferences > Other > Posting privacy",
        example="public",
        default="public",
    )

    def __post_init__(self) -> None:
        if self.visibility not in ("public", "unlisted", "private"):
            raise ValueError(f"visibility must be public, unlisted or private, not {self.visibility!r}")


class Mastodon:
    """An account on Mastodon or a server like it: mentions, direct messages, reports, planned posts."""

    name: ClassVar[str] = "mastodon"
    settings: ClassVar[type] = MastodonSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.SCHEDULED})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        **dict.fromkeys(
            (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.SCHEDULE), keyed(KEY_LIVES, findable=True, settle=60.0)
        ),
        **dict.fromkeys((Verb.EDIT, Verb.REMOVE, Verb.UNSCHEDULE, Verb.RESCHEDULE), SAFE),
        **dict.fromkeys((Verb.KEEP, Verb.IGNORE, Verb.REOPEN, Verb.ASSIGN, Verb.UNASSIGN), SAFE),
        **dict.fromkeys((Verb.APPROVE, Verb.REJECT), SAFE),
        **dict.fromkeys((Verb.SILENCE, Verb.UNSILENCE, Verb.BAN, Verb.UNBAN), SAFE),
        Verb.WARN: ASK,
    }

    def __init__(self, settings: MastodonSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Server | None = None

    @property
    def budget(self) -> Budget | None:
        """Requests left in these five minutes."""
        return self._made.gate.budget if self._made else None

    async def check(self) -> Identity:
        """Ask the server who we are and try what the token may do."""
        from cm_console.sources.mastodon.identity import identity

        return await identity(self._server, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what the server lets one see."""
        settings = self._settings
        if feed is Feed.MEMBERS:
            from cm_console.sources.mastodon.members import members_pages

            return members_pages(self._server, cursor)
        if feed is Feed.REPORTS:
            from cm_console.sources.mastodon.reports import ReportsPull

            return ReportsPull(self._server, cursor, settings.history).pages()
        if feed is Feed.SCHEDULED:
            from cm_console.sources.mastodon.scheduled import scheduled_pages

            return scheduled_pages(self._server, cursor)
        from cm_console.sources.mastodon.threads import ThreadsPull

        return ThreadsPull(self._server, cursor, settings.history, settings.hashtags).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        from cm_console.sources.mastodon.carrying import carry_out

        return await carry_out(self._server, action, self._settings.visibility)

    async def find(self, action: Action) -> Receipt | None:
        """Look for what a lost attempt may have made."""
        from cm_console.sources.mastodon import looking

        return await looking.find(self._server, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.gate.close()

    @property
    def _server(self) -> Server:
        if self._made is None:
            from cm_console.sources.mastodon.server import Server

            self._made = Server(self._settings.url, self._settings.token, self._clock)
        return self._made
