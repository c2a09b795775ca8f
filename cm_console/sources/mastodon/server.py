"""One server seen through one token: the requests that several parts of the source need, and what its refusals mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from cm_console.model.errors import Gone, Refused, SourceError, Unauthorized
from cm_console.model.settings import Secret
from cm_console.model.time import Clock
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import X_RATELIMIT_ISO, Answer
from cm_console.sources.http_bodies import Query
from cm_console.sources.mastodon import wire, wire_admin
from cm_console.sources.mastodon.flavours import Flavour, flavour_of

T = TypeVar("T")
ADMINISTRATOR, MANAGE_REPORTS, MANAGE_USERS = 1, 1 << 4, 1 << 10
"""Bits of a role's permissions. Source: app/models/user_role.rb."""
REPORTS_ROLE, USERS_ROLE = "a role with 'Manage Reports'", "a role with 'Manage Users'"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server tells of itself: its software, and how long a status may be (in its way to count)."""

    flavour: Flavour
    version: str
    longest: int
    per_url: int


class Server:
    """Reads and writes as one account; who that is and what the server is like is asked once."""

    def __init__(self, url: str, token: Secret, clock: Clock) -> None:
        self.url = address(url)
        self.clock = clock
        bearer = Secret(f"Bearer {token.reveal().strip()}")
        headers: dict[str, str | Secret] = {"Authorization": bearer}
        self.gate = Gateway(self.url, clock=clock, headers=headers, dialect=X_RATELIMIT_ISO, judge=_judge)
        self._me: wire.Me | None = None
        self._facts: Facts | None = None

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.gate.get(path, query)).decode(kind)

    async def me(self) -> wire.Me:
        """The account the token acts as."""
        if self._me is None:
            self._me = await self.read("/api/v1/accounts/verify_credentials", wire.Me)
        return self._me

    async def facts(self) -> Facts:
        """What the server is, asked in the newer way, else in the older one."""
        if self._facts is None:
            try:
                told = await self.read("/api/v2/instance", wire.Instance)
            except Gone:
                told = await self.read("/api/v1/instance", wire.Instance)
            limits = (told.configuration.statuses if told.configuration else None) or wire.StatusesLimits()
            self._facts = Facts(
                flavour_of(told.version, told.source_url or ""),
                told.version,
                limits.max_characters or told.max_toot_chars or 500,
                limits.characters_reserved_per_url or 23,
            )
        return self._facts

    async def status(self, id: str) -> wire.Status:
        """One status; Gone if it is deleted or not for us."""
        return await self.read(f"/api/v1/statuses/{part(id)}", wire.Status)

    async def context(self, id: str) -> wire.Context:
        """What stands above and below a status."""
        return await self.read(f"/api/v1/statuses/{part(id)}/context", wire.Context)

    async def account(self, id: str) -> wire_admin.AdminAccount:
        """An account as staff sees it."""
        return await self.read(f"/api/v1/admin/accounts/{part(id)}", wire_admin.AdminAccount)

    async def report(self, id: str) -> wire_admin.AdminReport:
        """A report."""
        return await self.read(f"/api/v1/admin/reports/{part(id)}", wire_admin.AdminReport)


def address(url: str) -> str:
    """Where the server is, out of what people copy: the address of a profile, `@team@social.example.org`."""
    scheme, _, rest = url.strip().rpartition("://")
    return f"{scheme or 'https'}://{rest.partition('/')[0].rpartition('@')[2]}"


def rights_of(me: wire.Me) -> int | None:
    """The bits of our role; None if the server does not tell."""
    said = str(me.role.permissions) if me.role and me.role.permissions is not None else ""
    return int(said) if said.isascii() and said.isdigit() else None


def part(id: str) -> str:
    """An id as a part of a path: opaque, other servers do not count in numbers."""
    if not id:
        raise Gone("it is not on the server (yet)")
    return quote(id, safe="")


def scope_of(method: str, path: str) -> str:
    """The scope a request needs, as one ticks it when making the token."""
    way = "read" if method == "GET" else "write"
    if "/admin/" in path:
        return f"admin:{way}:{'reports' if '/reports' in path else 'accounts'}"
    if "/notifications" in path:
        return f"{way}:notifications"
    if "/accounts/" in path and not path.endswith("/statuses"):
        return f"{way}:accounts"
    return f"{way}:statuses"


def _judge(answer: Answer, words: str) -> SourceError | None:
    """403 stands for a missing scope, for a missing role, and for one single thing that is not allowed.

    Every target is read before it is written, so who lacks a role hears of it there; what is refused to a write is that
    one thing (acting on somebody who ranks above us).
    """
    request = answer.request
    if answer.status != 403:
        return None
    said, right = words.lower(), scope_of(request.method, request.path)
    if "scope" in said or "insufficient" in said:
        return Unauthorized(words, right=right, status=403)
    if "your login" in said or "e-mail" in said:
        return Unauthorized(words, right="an account that may log in", status=403)
    if request.write:
        return Refused(words, status=403)
    role = f" and {REPORTS_ROLE if '/reports' in request.path else USERS_ROLE}" if "/admin/" in request.path else ""
    return Unauthorized(words, right=right + role, status=403)
