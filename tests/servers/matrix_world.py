"""What a homeserver knows: accounts, rooms as one stream of events, reports, what is to be sent later."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.servers.loopback import Now

MESSAGE, MEMBER, REDACTION = "m.room.message", "m.room.member", "m.room.redaction"
STRONG = 10**9
"""The power of a creator since room version 12."""


class Refusal(Exception):
    """A request the server declines."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


@dataclass
class Account:
    """Somebody on this server."""

    id: str
    admin: bool = False
    suspended: bool = False
    deactivated: bool = False


@dataclass
class Stored:
    """One event; its place in the stream is its index."""

    index: int
    id: str
    room: str
    type: str
    sender: str
    at: int
    content: dict[str, Any]
    state_key: str | None = None
    redacted_by: str = ""
    before: dict[str, Any] | None = None
    replaces: str = ""


@dataclass
class Delayed:
    """A message to be sent later."""

    id: str
    room: str
    sender: str
    content: dict[str, Any]
    since: int
    delay: int


@dataclass
class Flag:
    """A report, on an event or a user."""

    id: int
    at: int
    by: str
    reason: str
    room: str = ""
    event: str = ""
    user: str = ""


@dataclass
class World:
    """One homeserver, `cm.test`."""

    clock: Now
    accounts: dict[str, Account] = field(default_factory=dict)
    events: list[Stored] = field(default_factory=list)
    state: dict[str, dict[tuple[str, str], Stored]] = field(default_factory=dict)
    event_flags: dict[int, Flag] = field(default_factory=dict)
    user_flags: dict[int, Flag] = field(default_factory=dict)
    delayed: dict[str, Delayed] = field(default_factory=dict)
    notices: list[tuple[str, str]] = field(default_factory=list)
    direct: dict[str, list[str]] = field(default_factory=dict)
    related: dict[str, list[Stored]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def account(self, name: str, *, admin: bool = False) -> str:
        """Register somebody; gives the user id."""
        id = f"@{name}:cm.test"
        self.accounts[id] = Account(id, admin)
        return id

    def room(self, creator: str, name: str = "", *, version: str = "12", more: dict[str, Any] | None = None) -> str:
        """Create a public room; gives its id, which has no server part since version 12."""
        id = f"!room{next(self._numbers)}" + ("" if version == "12" else ":cm.test")
        self.state[id] = {}
        self.add(id, "m.room.create", creator, {"room_version": version, **(more or {})}, state_key="")
        self.join(id, creator)
        users = {} if version == "12" else {creator: 100}
        self.add(
            id, "m.room.power_levels", creator, {"users": users, "ban": 50, "kick": 50, "redact": 50}, state_key=""
        )
        if name:
            self.add(id, "m.room.name", creator, {"name": name}, state_key="")
        return id

    def add(
        self, room: str, type: str, sender: str, content: dict[str, Any], *, state_key: str | None = None
    ) -> Stored:
        """One more event."""
        index = len(self.events)
        event = Stored(index, f"$e{index}", room, type, sender, int(self.clock.now()), content, state_key)
        if state_key is not None:
            before = self.state[room].get((type, state_key))
            event.before, event.replaces = (before.content, before.id) if before else (None, "")
            self.state[room][type, state_key] = event
        self.events.append(event)
        related = content.get("m.relates_to")
        if isinstance(related, dict) and isinstance(related.get("event_id"), str):
            self.related.setdefault(related["event_id"], []).append(event)
        return event

    def say(self, room: str, sender: str, text: str, *, to: str = "", thread: str = "", **more: Any) -> str:
        """A message, perhaps an answer; gives the event id."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": text, **more}
        if thread:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread}
        elif to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": to}}
        return self.add(room, MESSAGE, sender, content).id

    def rewrite(self, id: str, text: str) -> str:
        """Its author edits a message."""
        event = self.event(id)
        new = {"msgtype": "m.text", "body": text}
        related = {"rel_type": "m.replace", "event_id": id}
        content = {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": related}
        return self.add(event.room, MESSAGE, event.sender, content).id

    def redact(self, id: str, by: str) -> Stored:
        """Remove what an event says."""
        event = self.event(id)
        made = self.add(event.room, REDACTION, by, {"redacts": id})
        event.content, event.redacted_by = {}, made.id
        return made

    def member(self, room: str, user: str, membership: str, by: str, **more: Any) -> None:
        """Change how somebody stands in a room."""
        self.add(room, MEMBER, by, {"membership": membership, **more}, state_key=user)

    def join(self, room: str, user: str, name: str = "") -> None:
        """Somebody comes in."""
        self.member(room, user, "join", user, displayname=name or user[1:].partition(":")[0])

    def stands(self, room: str, user: str) -> str:
        """join, leave, ban, or "" for one who never was there."""
        event = self.state.get(room, {}).get((MEMBER, user))
        return event.content.get("membership", "") if event else ""

    def joined(self, user: str) -> list[str]:
        """The rooms somebody is in."""
        return [room for room in self.state if self.stands(room, user) == "join"]

    def power(self, room: str, user: str) -> int:
        """A member's power there."""
        create = self.state[room]["m.room.create", ""]
        more = create.content.get("additional_creators", [])
        if create.content.get("room_version") == "12" and user in (create.sender, *more):
            return STRONG
        levels = self.state[room]["m.room.power_levels", ""].content
        return int(levels.get("users", {}).get(user, 0))

    def promote(self, room: str, user: str, level: int, by: str) -> None:
        """Give somebody power."""
        levels = self.state[room]["m.room.power_levels", ""].content
        content = {**levels, "users": {**levels["users"], user: level}}
        self.add(room, "m.room.power_levels", by, content, state_key="")

    def event(self, id: str) -> Stored:
        """One event; 404 if there is none."""
        number = id.removeprefix("$e")
        if not number.isdigit() or int(number) >= len(self.events):
            raise Refusal(404, "M_NOT_FOUND", "Event not found.")
        return self.events[int(number)]

    def edits(self, id: str) -> list[Stored]:
        """The edits of a message by its author, oldest first."""
        mine = self.event(id).sender
        return [e for e in self.relating(id, "m.replace") if e.sender == mine]

    def relating(self, id: str, kind: str) -> list[Stored]:
        """The events that relate to one in this way, and were not removed."""
        found = self.related.get(id, [])
        return [e for e in found if (e.content.get("m.relates_to") or {}).get("rel_type") == kind]

    def flag(self, id: str, by: str, reason: str) -> int:
        """Somebody reports a message."""
        number, event = next(self._numbers), self.event(id)
        self.event_flags[number] = Flag(number, int(self.clock.now()), by, reason, event.room, id, event.sender)
        return number

    def flag_user(self, user: str, by: str, reason: str) -> int:
        """Somebody reports a member."""
        number = next(self._numbers)
        self.user_flags[number] = Flag(number, int(self.clock.now()), by, reason, user=user)
        return number

    def later(self, room: str, sender: str, content: dict[str, Any], delay: int) -> str:
        """A message to be sent after so many milliseconds."""
        id = f"syd_{next(self._numbers)}"
        self.delayed[id] = Delayed(id, room, sender, content, int(self.clock.now()), delay)
        return id

    def send_due(self) -> None:
        """Send what is due."""
        for id, delayed in list(self.delayed.items()):
            if delayed.since + delayed.delay <= self.clock.now():
                del self.delayed[id]
                self.add(delayed.room, MESSAGE, delayed.sender, delayed.content)
