"""A webhook: tells another program, signed, what is handed over or published; nothing is read.

Each delivery is one POST of JSON: `event` ("published"), `id`, `sent_at` (ISO 8601), `title`, `text` (Markdown) and
`place`. It is signed as many do it: `X-Signature-256: sha256=HEX`, the HMAC-SHA256 with the shared secret of
`X-Timestamp` (seconds since 1970), a full stop and the body as it arrived. A receiver should compare in constant time
and refuse old timestamps. `X-Delivery-Id` and `Idempotency-Key` carry the id of the action, the same at every try.

Any answer 2xx is a receipt. What it made of it may be named by a `Location` header or by `url` or `id` in a JSON body:
it is shown with the thread, so it must be another one for each delivery. If no answer comes, nobody can know whether it
arrived, and a person is asked; a receiver that drops deliveries whose id it has seen is declared `idempotent = true`:
then it is simply sent again. Addresses in private networks are told only with `private = true`. What it cannot do:
everything else. Redirects to another host are not followed. A check asks the address with GET and sends nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from cm_console.model.action import ASK, Action, Receipt, Replay, Verb, keyed
from cm_console.model.errors import Conflict, Gone, Refused, SourceError, Throttled, Unauthorized
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.text import clean_line
from cm_console.model.time import Clock, iso

if TYPE_CHECKING:
    from cm_console.sources.http import Gateway
    from cm_console.sources.http_answers import Answer

__all__ = ["Webhook", "WebhookSettings", "signature"]

LONGEST = 500
"""Characters of an address or id that a receiver may name."""
_ANSWERS = (Unauthorized, Refused, Gone, Conflict, Throttled)
"""Refusals of a GET that still show that somebody is there."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What `source add webhook` asks for."""

    url: str = setting(
        "The address that is told.",
        where="the program that receives it",
        example="https://ops.example.org/hooks/community",
    )
    secret: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "The secret that signs each delivery; the receiver has the same.",
        where="make one: openssl rand -hex 32",
        example="keyring:ops/secret",
    )
    idempotent: bool = setting(
        "Does the receiver drop a delivery whose id it has seen? Then a lost answer needs no person.",
        example="true",
        default=False,
    )
    private: bool = setting("Allow addresses on this machine and in private networks.", example="false", default=False)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Signature-256` holds: `sha256=` and the HMAC of timestamp, full stop and body, in hex."""
    import hashlib
    import hmac

    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """A webhook: signed deliveries to another program, write only."""

    name: ClassVar[str] = "webhook"
    settings: ClassVar[type] = WebhookSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset()
    verbs: ClassVar[Mapping[Verb, Replay]] = {Verb.PUBLISH: ASK}

    def __init__(self, settings: WebhookSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._made: Gateway | None = None
        if settings.idempotent:
            vars(self)["verbs"] = {Verb.PUBLISH: keyed(float("inf"))}

    @property
    def budget(self) -> Budget | None:
        """As the receiver last told."""
        return self._made.budget if self._made is not None else None

    async def check(self) -> Identity:
        """Is somebody there? Whether the secret is the right one shows with the first delivery."""
        host = clean_line(urlsplit(self._settings.url).hostname or "", 100)
        gate = self._gate
        with suppress(*_ANSWERS):
            await gate.get(self._path)
        return Identity(member=host, name=host, verbs=frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Always Refused: nothing is read."""
        raise Refused(f"a webhook has no {feed}")

    async def push(self, action: Action) -> Receipt:
        """Deliver it; what the answer says of it is the receipt."""
        if action.verb is not Verb.PUBLISH:
            raise Refused(f"a webhook cannot {action.verb}")
        from msgspec import Raw, json

        now = self._clock.now()
        told = {"event": "published", "id": action.id, "sent_at": iso(now)}
        body = json.encode(told | {"title": str(action.title), "text": str(action.text), "place": str(action.place)})
        timestamp = str(now // 1000)
        headers = {
            "x-signature-256": signature(self._settings.secret.reveal(), timestamp, body),
            "x-timestamp": timestamp,
            "x-delivery-id": action.id,
            "idempotency-key": action.id,
        }
        answer = await self._gate.write("POST", self._path, Raw(body), headers=headers)
        return Receipt(_named(answer, self._settings.url) or action.id)

    async def find(self, action: Action) -> Receipt | None:
        """Nobody can look there."""
        return None

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.close()

    @property
    def _path(self) -> str:
        parts = urlsplit(self._settings.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def _gate(self) -> Gateway:
        if self._made is None:
            from cm_console.sources.http import Gateway
            from cm_console.sources.public_only import public_only, public_peer

            parts = urlsplit(self._settings.url)
            if parts.scheme not in ("https", "http") or not parts.hostname:
                raise Refused("url must be an address such as https://ops.example.org/hook")
            guard, peer = (None, None) if self._settings.private else (public_only, public_peer)
            origin = f"{parts.scheme}://{parts.netloc}"
            self._made = Gateway(origin, clock=self._clock, guard=guard, peer=peer)
        return self._made


def _named(answer: Answer, url: str) -> str:
    """What the receiver made of it: an address, or its id; "" where it says nothing one can read."""
    from urllib.parse import urljoin

    place = answer.headers.get("location", "")
    if place:
        return clean_line(urljoin(url, place), LONGEST).strip()
    try:
        said = answer.decode(dict)
    except SourceError:
        return ""
    found = next((said[name] for name in ("url", "html_url", "id") if isinstance(said.get(name), str | int)), "")
    return clean_line(str(found), LONGEST).strip()
