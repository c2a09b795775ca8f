"""HyperKitty, the archive of Mailman's lists, through its read-only API; no account is needed for what is public."""

from __future__ import annotations

from itertools import count
from typing import TypeVar

from cm_console.model.errors import Gone, SourceError, Unauthorized
from cm_console.model.time import Clock
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import Answer
from cm_console.sources.mailman.core import part
from cm_console.sources.mailman.wire_archive import ArchivedList, ArchivedThread, Mail, ShortMail, Slice, last_part

T = TypeVar("T")
PER_PAGE = 100


class Archive:
    """Reads an archive; `told` are the threads that this console has heard of since it started."""

    def __init__(self, url: str, clock: Clock) -> None:
        address = (url if "://" in url else f"https://{url}").rstrip("/").removesuffix("/api")
        self.url = address
        self.gate = Gateway(f"{address}/api", clock=clock, judge=_judge)
        self.told: set[str] = set()

    async def lists(self) -> frozenset[str]:
        """The addresses of the lists with a public archive. (Of any other list it knows, or answers, nothing.)"""
        names: set[str] = set()
        for offset in count(0, PER_PAGE):
            answer = await self.gate.get("/lists/", {"limit": PER_PAGE, "offset": offset})
            found = _slice(answer, ArchivedList)
            names |= {one.name.lower() for one in found.results}
            if len(found.results) < PER_PAGE or offset + PER_PAGE >= found.count:
                return frozenset(names)
        raise AssertionError

    async def mails(self, place: str, offset: int, limit: int = PER_PAGE) -> Slice[ShortMail]:
        """Some mails of a list, the last archived first; `count` is how many there are."""
        answer = await self.gate.get(f"/list/{part(place)}/emails/", {"limit": limit, "offset": offset})
        return _slice(answer, ShortMail)

    async def mail(self, place: str, hash: str) -> Mail:
        """One mail with its words; Gone if it is not there."""
        return (await self.gate.get(f"/list/{part(place)}/email/{part(hash)}/")).decode(Mail)

    async def mail_if_there(self, place: str, hash: str) -> Mail | None:
        """One mail, None if it is not there or not for everybody."""
        try:
            return await self.mail(place, hash)
        except (Gone, Unauthorized):
            return None

    async def opening(self, place: str, thread: str) -> Mail | None:
        """The first mail of a thread; None if the thread is gone or has none."""
        try:
            found = (await self.gate.get(f"/list/{part(place)}/thread/{part(thread)}/")).decode(ArchivedThread)
        except (Gone, Unauthorized):
            return None
        return await self.mail_if_there(place, last_part(found.starting_email)) if found.starting_email else None

    async def last_of(self, place: str, thread: str) -> ShortMail | None:
        """The newest mail of a thread; None if it is gone."""
        try:
            answer = await self.gate.get(f"/list/{part(place)}/thread/{part(thread)}/emails/", {"limit": 1000})
        except (Gone, Unauthorized):
            return None
        mails = _slice(answer, ShortMail).results
        return max(reversed(mails), key=lambda mail: mail.date, default=None)

    def thread_url(self, place: str, thread: str) -> str:
        """Where people read a thread."""
        return f"{self.url}/list/{part(place)}/thread/{part(thread)}/"

    def mail_url(self, place: str, hash: str) -> str:
        """Where people read a mail."""
        return f"{self.url}/list/{part(place)}/message/{part(hash)}/"


def _slice(answer: Answer, kind: type[T]) -> Slice[T]:
    """Some servers give a bare array, also where a limit is asked for."""
    if answer.body.lstrip()[:1] == b"[":
        found = answer.decode(list[kind])  # type: ignore[valid-type]  # a class held by a variable
        return Slice(found, len(found))
    return answer.decode(Slice[kind])  # type: ignore[valid-type]  # a class held by a variable


def _judge(answer: Answer, words: str) -> SourceError | None:
    if answer.status in (401, 403):
        return Unauthorized("this archive is not public", right="a public archive", status=answer.status)
    return None
