"""Matrix: the rooms of a community, seen through one account on one homeserver.

What is a thread in a chat? A message that answers nothing begins one; answers (`m.in_reply_to`, however long the
chain) and the messages of a Matrix thread (`m.thread`) join it. Its title is its first line, its place the room. A
private talk is one thread from beginning to end and always ours to answer. Who answers without using "reply" begins a
new thread, as nobody can tell: put rooms where people just chat under `muted_places` in the config.

What it cannot see: encrypted messages (they are shown as such; nothing is ever sent unencrypted into an encrypted
room), rooms this account is not in, invitations until you accept them in a Matrix client, and an edit that was itself
removed. Threads keep the name their room had when they were read. When the first message of a thread is removed the
thread stays, closed, if somebody answered it within the next fifty messages; else it goes. A removed answer no longer
tells what it answered: on a first sync the answers to it make a thread of their own.

A message to a member goes into the private talk with them, its subject on top: the one that is there if nobody else is
in it (refused if it is encrypted), else a room that is made for it, to which the member is invited. Later messages go
there too; whoever left is invited again. It is one thread in the inbox, also where `rooms` names only some rooms. Who
takes no invitations cannot be written to, nor anybody where the homeserver encrypts every private room by itself.

Removing is for good. A ban is for all rooms of the community (see `rooms`) where this account may ban, a kick for the
room at hand. Matrix knows no end of a ban or suspension. Moderating rooms needs power level 50 there. Reports,
suspensions (silence) and server notices (warn) need a server administrator on Synapse; notices also the section
`server_notices` in Synapse's config. A report on a whole room is nowhere listed. Scheduling is the server's own
(MSC4140, unstable), as far ahead as its `max_event_delay_duration` allows.

Get a token that stays the same, on a device of its own. Type the second line yourself, so that the password stands in
no history, then ctrl-d; the answer holds `access_token`. (On servers with the Matrix Authentication Service the
operator issues one: `mas-cli manage issue-compatibility-token USER`.)

    curl https://matrix.example.org/_matrix/client/v3/login -d @-
    {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "sam"}, "password": "..."}

The server drops a repeated message by token and device: a new token while something is in doubt may send it twice,
unless it is found by the id that each message carries. Facts: https://spec.matrix.org and Synapse's admin API.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import SAFE, Action, Receipt, Replay, Verb, find, keyed
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.matrix.server import Server

__all__ = ["Matrix", "MatrixSettings"]

REMEMBERED = 30 * 60.0
"""Seconds for which Synapse drops the repeat of a transaction (of a message it knows longer: a day)."""
SETTLE = 10.0
"""Seconds after which a look is reliable: what a server takes it shows at once, but it may be slow to take it."""


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """What `source add matrix` asks for."""

    url: str = setting(
        "The address of the homeserver.",
        where="your Matrix client: All settings > Help & About > Homeserver",
        example="https://matrix.example.org",
    )
    token: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "An access token of the account that answers and decides; keep it as long as you can.",
        where="a login of its own, see docs/sources/matrix.md; or Element: All settings > Help & About > Advanced >"
        " Access token, and never sign out there",
        example="env:MATRIX_TOKEN",
    )
    rooms: str = setting(
        "The community's rooms, with commas between; without it all rooms this account is in.",
        where="Room settings > General > Published addresses",
        example="#general:example.org, #help:example.org",
        default="",
    )
    history: int = setting(
        "Days to go back on the first sync, 90 if not given; 0 is everything.", example="365", default=90
    )


class Matrix:
    """Chat rooms on Matrix: threads, private talks, members, reports, planned messages."""

    name: ClassVar[str] = "matrix"
    settings: ClassVar[type] = MatrixSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.SCHEDULED})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        Verb.REPLY: keyed(REMEMBERED, findable=True, settle=SETTLE),
        Verb.PUBLISH: keyed(REMEMBERED, findable=True, settle=SETTLE),
        Verb.MESSAGE: keyed(REMEMBERED, findable=True, settle=SETTLE),
        Verb.SCHEDULE: find(settle=SETTLE),
        Verb.WARN: keyed(REMEMBERED),
        **dict.fromkeys((Verb.EDIT, Verb.REMOVE, Verb.KEEP, Verb.IGNORE, Verb.UNSCHEDULE), SAFE),
        **dict.fromkeys((Verb.KICK, Verb.BAN, Verb.UNBAN, Verb.SILENCE, Verb.UNSILENCE), SAFE),
    }

    def __init__(self, settings: MatrixSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Server | None = None

    @property
    def budget(self) -> Budget | None:
        """Matrix does not tell; 429 says when to go on."""
        return None

    async def check(self) -> Identity:
        """Ask the server who we are and what the token may do."""
        from cm_console.sources.matrix.identity import identity

        return await identity(self._server, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what Matrix lets one see."""
        if feed is Feed.MEMBERS:
            from cm_console.sources.matrix.members import MembersPull

            return MembersPull(self._server, cursor).pages()
        if feed is Feed.REPORTS:
            from cm_console.sources.matrix.reports import ReportsPull

            return ReportsPull(self._server, cursor).pages()
        if feed is Feed.SCHEDULED:
            from cm_console.sources.matrix.scheduled import scheduled_pages

            return scheduled_pages(self._server, cursor)
        from cm_console.sources.matrix.threads import ThreadsPull

        return ThreadsPull(self._server, cursor, self._settings.history).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        from cm_console.sources.matrix.carrying import carry_out

        return await carry_out(self._server, action)

    async def find(self, action: Action) -> Receipt | None:
        """Look for what a lost attempt may have made."""
        from cm_console.sources.matrix import looking

        return await looking.find(self._server, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.gate.close()

    @property
    def _server(self) -> Server:
        if self._made is None:
            from cm_console.sources.matrix.server import Server

            settings = self._settings
            self._made = Server(settings.url, settings.token, settings.rooms, self._clock)
        return self._made
