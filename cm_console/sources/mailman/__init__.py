"""Mailing lists on Mailman 3: what is held, who wants in, the members, and the archive in HyperKitty.

Read are held messages, people who wait for a moderator's word to join or to leave, rosters, and, where the address of
HyperKitty is given, public archives from the newest mail back to the date in the settings. People are shown by the part
of their address before the @. Attachments are listed by name; of quotes longer than 8 lines the first 3 stay.

`keep` and `approve` accept a held message, `spam` discards it, `reject` sends it back with the reason; `ignore` leaves
it held, where it goes on waiting. The same words answer whoever wants to join or to leave, and so do the keys of their
case: keep, remove, spam. `silence` holds what a member writes, `kick` unsubscribes them, `ban` refuses their mail and
their joining but leaves them subscribed; with a held message at hand it is discarded, too. They act on the list of the
case, without one on all lists of this source, and end only by `unsilence` and `unban`. An answer goes by SMTP to the
list, or, if what is answered is still held, to its author alone. A message to a member goes by SMTP to their address
and past the lists: nobody can look whether it arrived, and what they answer comes to the sender's mailbox, not here.

Not seen: how a colleague decided (Mailman forgets what was decided), who left a list, deletions in the archive beyond
the newest 50 mails, old mail that is imported into the archive later, archives that are not public. "Joined" is when
the server first heard of an address; a member who joins while another leaves shows within a day. The REST account may
do everything on every list of the server: keep its password as you keep root's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import ASK, SAFE, Action, Receipt, Replay, Verb, find
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.mailman.site import Site

__all__ = ["Mailman", "MailmanSettings"]


@dataclass(frozen=True, slots=True)
class MailmanSettings:
    """What `source add mailman` asks for."""

    url: str = setting(
        "The address of Mailman's REST API. It usually listens on the server itself only, without TLS: from elsewhere"
        " go through a tunnel (ssh -N -L 8001:localhost:8001 SERVER) and give http://localhost:8001.",
        where="hostname and port of the section [webservice] in mailman.cfg; Docker: container mailman-core, port 8001",
        example="http://localhost:8001",
    )
    password: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "The REST account's password: it may do everything on every list.",
        where="admin_pass of [webservice] in mailman.cfg; Docker: MAILMAN_REST_PASSWORD",
        example="env:MAILMAN_REST",
    )
    username: str = setting(
        "The REST account.",
        where="admin_user of [webservice] in mailman.cfg; Docker: MAILMAN_REST_USER",
        example="restadmin",
        default="restadmin",
    )
    lists: str = setting(
        "The lists to look after, by address, with commas; empty is all that the server has.",
        example="users@lists.example.org, dev@lists.example.org",
        default="",
    )
    archive: str = setting(
        "The address of HyperKitty, to read public archives; without it only what is held is seen.",
        where="the page that lists the archives, without what follows `hyperkitty` or `archives`",
        example="https://lists.example.org/archives",
        default="",
    )
    history: int = setting("Days of archive to go back on the first sync; 0 is everything.", example="365", default=365)
    bans: str = setting(
        "Where `ban` holds: `list` (that of the case; without one, all of this source), or `server` (all lists there).",
        example="list",
        default="list",
    )
    sender: str = setting(
        "The address that answers come from; it should be a member of the lists, or they hold its mail.",
        example="team@example.org",
        default="",
    )
    sender_name: str = setting("The name beside it.", example="Example Bikes", default="")
    smtp: str = setting(
        "The SMTP server for answers: a name means TLS on port 465, NAME:587 means STARTTLS, which must succeed."
        " plain:// is for this machine only.",
        where="your mail provider's help page, under outgoing mail",
        example="smtp.example.org:587",
        default="",
    )
    smtp_login: str = setting("The SMTP login, where it is not the sender's address.", example="team", default="")
    smtp_password: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "The SMTP password, where the server wants one.",
        where="the mailbox's password, or an app password",
        example="env:TEAM_SMTP",
        default=Secret(""),
    )


class Mailman:
    """Mailing lists on Mailman 3: held mail, requests to join, members, the archive."""

    name: ClassVar[str] = "mailman"
    settings: ClassVar[type] = MailmanSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS, Feed.REPORTS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        **dict.fromkeys((Verb.REPLY, Verb.PUBLISH), find(settle=300.0)),
        Verb.MESSAGE: ASK,
        **dict.fromkeys((Verb.KEEP, Verb.APPROVE, Verb.REJECT, Verb.SPAM, Verb.IGNORE), SAFE),
        **dict.fromkeys((Verb.SILENCE, Verb.UNSILENCE, Verb.KICK, Verb.BAN, Verb.UNBAN), SAFE),
    }

    def __init__(self, settings: MailmanSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Site | None = None

    @property
    def budget(self) -> Budget | None:
        """Mailman knows no limit."""
        return None

    async def check(self) -> Identity:
        """Ask Mailman, its archive and the mail server, as far as they are named."""
        from cm_console.sources.mailman.identity import identity

        return await identity(self._site, self._settings.username, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what Mailman lets one see."""
        site = self._site
        if feed is Feed.MEMBERS:
            from cm_console.sources.mailman.members import MembersPull

            return MembersPull(site.core, cursor).pages()
        if feed is Feed.REPORTS:
            from cm_console.sources.mailman.reports import ReportsPull

            return ReportsPull(site.core, site.archive, cursor).pages()
        from cm_console.sources.mailman.threads import ThreadsPull, nothing

        if site.archive is None:
            return nothing(cursor)
        return ThreadsPull(site.core, site.archive, cursor, self._settings.history).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless it was decided already."""
        from cm_console.sources.mailman.carrying import carry_out

        return await carry_out(self._site, action)

    async def find(self, action: Action) -> Receipt | None:
        """Look for a mail of ours; Refused where nobody can see it."""
        from cm_console.sources.mailman import looking

        return await looking.find(self._site, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.close()

    @property
    def _site(self) -> Site:
        if self._made is None:
            from cm_console.sources.mailman.site import Site

            self._made = Site(self._settings, self._clock)
        return self._made
