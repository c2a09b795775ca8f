"""Mailman core seen through its REST account: requests that several parts of the source need, and what refusals mean.

Writes are forms. There is no rate limit, and no key that would make a repeat safe: what was decided is not found any
more (404), and that is what a repeat is told.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from itertools import count
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from cm_console.model.errors import Gone, Malformed, Refused, SourceError, Unauthorized
from cm_console.model.records import Member
from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import Answer
from cm_console.sources.http_bodies import Query
from cm_console.sources.mailman import records, wire
from cm_console.sources.mailman.ids import Pending

T = TypeVar("T")
API = "3.1"
PER_PAGE = 100
HELD_PER_PAGE = 10
"""Held messages come whole, with their attachments."""
WHERE = "they are admin_user and admin_pass of the section [webservice] in mailman.cfg"
PEOPLE = 20_000
"""Most people remembered."""


class Core:
    """Reads and writes with the REST account; what it learns of people it keeps until the next sweep of members."""

    def __init__(
        self, url: str, login: tuple[str, Secret], lists: str, clock: Clock, *, ours: frozenset[str] = frozenset()
    ) -> None:
        self.clock, self._ours = clock, ours
        address = (url if "://" in url else f"http://{url}").rstrip("/").removesuffix(f"/{API}").rstrip("/")
        self.gate = Gateway(f"{address}/{API}", clock=clock, basic=login, judge=_judge)
        self.host = clean_line(urlsplit(address).netloc, 100)
        self._wanted = [name.strip().lower() for name in lists.split(",") if name.strip()]
        self._people: dict[str, Member] = {}
        self._staff: frozenset[str] | None = None

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.gate.get(path, query)).decode(kind)

    async def write(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Change something."""
        return await self.gate.write(method, path, form=form)

    async def lists(self) -> list[wire.MailingList]:
        """The lists of the setting, all if there is none; Refused if one of them is not there."""
        found: list[wire.MailingList] = []
        for page in count(1):
            part = await self.read("/lists", wire.Lists, {"count": PER_PAGE, "page": page})
            found += part.entries
            if page * PER_PAGE >= part.total_size:
                break
        if not self._wanted:
            return found
        names = {name.lower(): one for one in found for name in (one.list_id, one.fqdn_listname)}
        for wanted in self._wanted:
            if wanted not in names:
                known = clean_line(", ".join(one.fqdn_listname for one in found), 200) or "none"
                raise Refused(f"there is no list {clean_line(wanted, 80)} here; there are: {known}")
        return [*{one.list_id: one for one in (names[wanted] for wanted in self._wanted)}.values()]

    async def list_at(self, name: str) -> wire.MailingList:
        """One of our lists, by id or address; Refused if there is none."""
        for one in await self.lists():
            if name.strip().lower() in (one.list_id.lower(), one.fqdn_listname.lower()):
                return one
        raise Refused(f"there is no list {clean_line(name, 80)} among ours")

    async def roster(self, list_id: str, role: str, page: int = 1) -> wire.Roster:
        """A page of the people who are on a list in a role."""
        path = f"/lists/{part(list_id)}/roster/{role}"
        return await self.read(path, wire.Roster, {"count": PER_PAGE, "page": page})

    async def membership(self, list_id: str, role: str, address: str) -> wire.Membership | None:
        """Somebody on a list in a role, None if they are not."""
        try:
            return await self.read(f"/lists/{part(list_id)}/{role}/{part(address)}", wire.Membership)
        except Gone:
            return None

    async def held(self, list_id: str, page: int) -> tuple[int, list[wire.Held], int]:
        """How many messages a list holds, those of one page, and how many of the page are too big to be read."""
        path = f"/lists/{part(list_id)}/held"
        try:
            found = await self.read(path, wire.HeldMessages, {"count": HELD_PER_PAGE, "page": page})
            return found.total_size, found.entries, 0
        except Malformed:
            total = (await self.read(f"{path}/count", _Count)).count
        entries, unread = list[wire.Held](), 0
        for number in range((page - 1) * HELD_PER_PAGE + 1, min(page * HELD_PER_PAGE, total) + 1):
            try:
                entries += (await self.read(path, wire.HeldMessages, {"count": 1, "page": number})).entries
            except Malformed:
                unread += 1
        return total, entries, unread

    async def held_message(self, pending: Pending) -> wire.Held | None:
        """A held message, None if it was decided, also if another one has its number now."""
        path = f"/lists/{part(pending.list_id)}/held/{pending.request}"
        try:
            found = await self.read(path, wire.Held)
        except Gone:
            return None
        return found if records.held_id(pending.list_id, found) == pending else None

    async def requests(self, list_id: str, kind: str) -> AsyncGenerator[wire.Request, None]:
        """Those who wait for a moderator's word to join or to leave."""
        for page in count(1):
            query: dict[str, str | int] = {"token_owner": "moderator", "count": PER_PAGE, "page": page}
            query |= {} if kind == "subscription" else {"request_type": kind}
            found = await self.read(f"/lists/{part(list_id)}/requests", wire.Requests, query)
            for request in found.entries:
                yield request
            if page * PER_PAGE >= found.total_size:
                return

    async def request(self, pending: Pending) -> wire.Request | None:
        """Somebody who wants in or out, None if that was decided."""
        try:
            return await self.read(f"/lists/{part(pending.list_id)}/requests/{part(pending.key)}", wire.Request)
        except Gone:
            return None

    async def still_waits(self, pending: Pending) -> bool:
        """Is it undecided? One that is too big to be read is still there."""
        try:
            waits = self.held_message(pending) if pending.kind == "held" else self.request(pending)
            return await waits is not None
        except Malformed:
            return True

    async def person(self, address: str, name: str = "") -> Member:
        """Somebody by their address, the same wherever they turn up; `name` is taken if the server knows none."""
        address = address.strip().lower()
        if address not in self._people:
            try:
                known = await self.read(f"/addresses/{part(address)}", wire.Address)
            except Gone:
                known = wire.Address(address)
            if len(self._people) >= PEOPLE:
                self._people.clear()
            self._people[address] = records.person(known, name, staff=address in await self.staff())
        return self._people[address]

    async def staff(self) -> frozenset[str]:
        """The addresses of owners and moderators of our lists, and the one that we answer from."""
        if self._staff is None:
            found = set(self._ours)
            for one in await self.lists():
                for role in ("owner", "moderator"):
                    found |= {who.email.lower() for who in (await self.roster(one.list_id, role)).entries}
            self._staff = frozenset(found)
        return self._staff

    def forget_people(self) -> None:
        """Ask anew for whoever turns up from now on."""
        self._people.clear()
        self._staff = None


class _Count(msgspec.Struct):
    count: int = 0


def part(text: str) -> str:
    """A text as a part of a path."""
    return quote(text.encode("utf-8", "replace"), safe="@")


def _judge(answer: Answer, words: str) -> SourceError | None:
    """Mailman says in `description` what is wrong."""
    try:
        problem = answer.decode(wire.Problem)
    except Malformed:
        problem = wire.Problem()
    said = clean_line(problem.description, 300) or words
    if answer.status in (401, 403):
        words = f"Mailman does not take this username with this password ({said}): {WHERE}"
        return Unauthorized(words, status=answer.status)
    if answer.status == 404:
        return Gone("Mailman has no such thing (any more)", status=404)
    return Refused(said, status=answer.status) if answer.status == 400 else None
