"""The one way to the network: deadline, byte caps, redirects by hand, secrets added last.

Reads share connections and may run side by side; every write has a fresh connection, because a stale one makes needless
doubt. Nothing is ever tried twice here. See http_answers.py for what each status means.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from cm_console import __version__
from cm_console.model.errors import Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.settings import Secret
from cm_console.model.source import Budget
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.http_answers import RETRY_AFTER, Answer, Dialect, Judge, Request, budget_of, date_of, error_of
from cm_console.sources.http_bodies import Form, Query, packed, unpacked
from cm_console.sources.http_clients import CONNECT_TIMEOUT, Clients
from cm_console.sources.http_troubles import trouble

if TYPE_CHECKING:
    import httpx

Headers: TypeAlias = Mapping[str, str]
Guard: TypeAlias = Callable[[str], Awaitable[None]]
"""Called with each address before it is asked, redirects too; raises a SourceError where nobody may go."""
Peer: TypeAlias = Callable[[str], None]
"""Called with the IP address of each new connection before a byte is sent on it; raises a SourceError likewise."""

REDIRECTS = 5


class Gateway:
    """One platform seen through one token.

    Raises, from every request: SourceError; its words never hold a secret.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        headers: Mapping[str, str | Secret] | None = None,
        query: Mapping[str, Secret] | None = None,
        basic: tuple[str, Secret] | None = None,
        guard: Guard | None = None,
        peer: Peer | None = None,
        dialect: Dialect = RETRY_AFTER,
        judge: Judge | None = None,
        deadline: float = 30.0,
        parallel: int = 8,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._clock = clock
        self._headers = dict(headers or {})
        self._query = dict(query or {})
        self._basic, self._guard, self._peer = basic, guard, peer
        self._dialect, self._judge, self._deadline = dialect, judge, deadline
        self._places = asyncio.Semaphore(parallel)
        self._clients = Clients(deadline)
        self.budget: Budget | None = None

    def __repr__(self) -> str:
        return f"Gateway({self._base})"

    async def get(self, path: str, query: Query | None = None, *, headers: Headers | None = None) -> Answer:
        """Read something; up to `parallel` reads run side by side. With a validator in `headers`, 304 is an answer."""
        async with self._places:
            return await self._send(Request("GET", path, headers=headers or {}), query or {}, None)

    async def ask(self, path: str, body: object) -> Answer:
        """Read something that has to be asked for with a JSON body, as GraphQL has."""
        async with self._places:
            return await self._send(Request("POST", path, reads=True), {}, body)

    async def write(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Query | None = None,
        *,
        form: Query | None = None,
        headers: Headers | None = None,
    ) -> Answer:
        """Change something, with a JSON body or a form. An unclear end is an error with `landed=None`."""
        request = Request(method, path, headers=headers or {})
        return await self._send(request, query or {}, body if form is None else Form(form))

    async def close(self) -> None:
        """Close all connections; may be called twice."""
        await self._clients.close()

    def redact(self, text: str) -> str:
        """The text without our secrets, plain or as an address carries them."""
        for secret in (*self._headers.values(), *self._query.values(), *(self._basic or ())):
            if isinstance(secret, Secret) and (value := secret.reveal()):
                for part in (value, value.rpartition(" ")[2]):  # a header may say `Bearer` before it
                    for form in {part, quote(part), quote(part, safe=""), quote_plus(part)} - {""}:
                        text = text.replace(form, "***")
        return text

    async def _send(self, request: Request, query: Query, body: object) -> Answer:
        sent = _Sent(self._peer)
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._follow(request, query, body, sent)
        except TimeoutError:
            words = f"no whole answer from {self._host} within {self._deadline:g} seconds"
            raise Unreachable(words, landed=sent.landed(request)) from None
        self.budget = budget_of(answer.headers, self._dialect, self._clock.now()) or self.budget
        if error := error_of(answer, self._clock.now(), self._judge, self.redact):
            raise error
        return answer

    async def _follow(self, request: Request, query: Query, body: object, sent: _Sent) -> Answer:
        url = self._base + request.path
        for _ in range(REDIRECTS + 1):
            if self._guard is not None:
                await self._guard(url)
            ours = _origin(url) == _origin(self._base)
            answer = await self._once(request, url, query, body, sent, ours=ours)
            place = answer.headers.get("location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not place:
                if answer.status in (401, 403) and not ours:
                    words = f"{self._host} redirects to {_shown(url)}: is that the address to use?"
                    raise Refused(words, status=answer.status)
                return answer
            url = self._target(request, answer, _joined(url, place))
            query = {}
        raise Refused(f"{self._host} redirects {request} round in circles")

    def _target(self, request: Request, answer: Answer, target: str) -> str:
        where = self.redact(_shown(target))
        if urlsplit(target).scheme not in ("https", "http") or (
            self._base.startswith("https:") and urlsplit(target).scheme != "https"
        ):
            raise Refused(f"{self._host} redirects {request} to {where}, which is not safe", status=answer.status)
        if request.write and (answer.status not in (307, 308) or _origin(target) != _origin(self._base)):
            landed = None if answer.status in (302, 303) else False
            words = f"{self._host} redirects to {where}: is that the address to use?"
            raise Refused(words, landed=landed, status=answer.status)
        return target

    async def _once(self, request: Request, url: str, query: Query, body: object, sent: _Sent, *, ours: bool) -> Answer:
        import httpx

        try:
            parts = self._parts(request, query, body, ours=ours)
            async with self._clients.lend(write=request.write) as client:
                built = client.build_request(request.method, url, **parts, extensions={"trace": sent.trace})
                async with _streaming(client, built) as response:
                    content = await unpacked(response, request)
            headers = {name.lower(): value for name, value in response.headers.items()}
        except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, ValueError) as problem:
            raise self._broken(request, problem, sent) from None
        at, now = date_of(headers), self._clock.now()
        return Answer(request, response.status_code, headers, content, at, 0 if at is None else at - now)

    def _parts(self, request: Request, query: Query, body: object, *, ours: bool) -> _Parts:
        """Headers, query and content; with secrets only where they are `ours`."""
        headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": f"cm-console/{__version__}"}
        headers |= request.headers
        content, content_type = packed(body)
        if content_type:
            headers["content-type"] = content_type
        asked: dict[str, str | int | Sequence[int | str]] = dict(query)
        if ours:
            headers |= {name: self._reveal(value) for name, value in self._headers.items()}
            if self._basic is not None:
                headers["authorization"] = _basic(*self._basic)
            asked |= {name: self._reveal(value) for name, value in self._query.items()}
        encoded = {name.encode(): value.encode() for name, value in headers.items()}
        return {"headers": encoded, "params": asked or None, "content": content}

    def _reveal(self, value: str | Secret) -> str:
        if not isinstance(value, Secret):
            return value
        text = value.reveal()
        if not text or not text.isascii() or not text.isprintable() or text != text.strip():
            raise Unauthorized("the token is empty or has characters no token has: copy it again")
        return text

    def _broken(self, request: Request, problem: Exception, sent: _Sent) -> SourceError:
        what = trouble(problem, CONNECT_TIMEOUT, self.redact(str(problem)))
        landed = sent.landed(request)
        phase = "could not be reached" if not sent.started else "gave no whole answer"
        return Unreachable(f"{self._host} {phase}: {what}", landed=landed)

    @property
    def _host(self) -> str:
        return clean_line(_origin(self._base)[1] or self._base, 100)


class _Parts(TypedDict):
    headers: dict[bytes, bytes]
    params: dict[str, str | int | Sequence[int | str]] | None
    content: bytes | None


class _Sent:
    """Whether the first byte of a request may have left us, and to whom it goes; told by httpx as it happens."""

    def __init__(self, peer: Peer | None = None) -> None:
        self.started = False
        self._peer = peer

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.started = True
        elif self._peer is not None and event.endswith("connect_tcp.complete"):
            stream = info["return_value"]
            try:
                self._peer(str(stream.get_extra_info("server_addr")[0]))
            except SourceError:
                await stream.aclose()
                raise

    def landed(self, request: Request) -> bool | None:
        return None if request.write and self.started else False


@asynccontextmanager
async def _streaming(client: httpx.AsyncClient, request: httpx.Request) -> AsyncIterator[httpx.Response]:
    response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        await response.aclose()


def _basic(name: str, secret: Secret) -> str:
    """RFC 7617, in UTF-8: a password may hold what a header may not."""
    return "Basic " + b64encode(f"{name}:{secret.reveal()}".encode()).decode()


def _joined(url: str, place: str) -> str:
    """Where a redirect points to; an address of no scheme we follow if it is none."""
    try:
        joined = urljoin(url, place)
        _origin(joined)
    except (ValueError, Refused):
        return "invalid:"
    return joined


def _shown(url: str) -> str:
    """An address without what may be secret in it."""
    scheme, host, _ = _origin(url)
    return clean_line(f"{scheme}://{urlsplit(url).netloc.rpartition('@')[2] or host}", 100)


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        raise Refused(f"{clean_line(url, 100)} is no address: write it like https://example.org") from None
    return parts.scheme, (parts.hostname or "").lower(), port
