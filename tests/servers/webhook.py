"""A program that is told by webhook: it believes only what is signed, and keeps what it was told."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import msgspec

from cm_console.sources.webhook import signature
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen

SECRET = "of-the-receiver-only"
OLDEST = 300
"""Seconds after which a delivery is not believed."""


@dataclass
class Delivery:
    """One that was believed."""

    id: str
    title: str
    text: str
    place: str


@dataclass
class Receiver:
    """Keeps deliveries; `forgetful` ones take each as a new one, the others drop an id they have seen."""

    clock: Now
    forgetful: bool = True
    locked: bool = False
    kept: list[Delivery] = field(default_factory=list)
    answer: Reply | None = None

    def handle(self, seen: Seen) -> Reply:
        """GET shows nothing; a POST must be signed."""
        if not seen.write:
            return Reply({"error": "only POST"}, 405)
        if self.locked or not self._believes(seen):
            return Reply({"error": "bad signature"}, 401)
        said = msgspec.json.decode(seen.body)
        known = [delivery.id for delivery in self.kept]
        if self.forgetful or said["id"] not in known:
            self.kept.append(Delivery(said["id"], said["title"], said["text"], said["place"]))
        number = len(self.kept) if self.forgetful else [delivery.id for delivery in self.kept].index(said["id"]) + 1
        return self.answer or Reply({"id": f"T-{number}"}, 201)

    def _believes(self, seen: Seen) -> bool:
        at, given = seen.headers.get("x-timestamp", "0"), seen.headers.get("x-signature-256", "")
        fresh = abs(self.clock.now() // 1000 - int(at)) <= OLDEST
        return fresh and hmac.compare_digest(given, signature(SECRET, at, seen.body))


class WebhookServer(LoopbackServer):
    """The receiver on loopback."""

    def __init__(self, clock: Now, *, forgetful: bool = True) -> None:
        self.receiver = Receiver(clock, forgetful)
        super().__init__(self.receiver.handle, clock)
