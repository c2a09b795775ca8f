"""Matrix on the wire, as typed structs: https://spec.matrix.org/v1.18/client-server-api/

What members wrote (`content`) is any JSON at all and read with care in events.py: one odd message must not stop a feed.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Event(Struct):
    """One event of a room; `content` and `unsigned` are whatever somebody made them."""

    type: str = ""
    event_id: str = ""
    sender: str = ""
    origin_server_ts: int | float = 0
    content: Any = None
    unsigned: Any = None
    state_key: str | None = None
    redacts: Any = None
    room_id: str = ""


class Timeline(Struct):
    """The newest events of a room; `limited` when older ones since the last time are left out."""

    events: list[Event] = field(default_factory=list)
    limited: bool = False
    prev_batch: str = ""


class Events(Struct):
    """Just events."""

    events: list[Event] = field(default_factory=list)


class Summary(Struct):
    """Up to five others who are in a room without a name, or were asked to come."""

    heroes: list[str] = field(default_factory=list, name="m.heroes")
    joined: int | None = field(default=None, name="m.joined_member_count")
    invited: int | None = field(default=None, name="m.invited_member_count")


class JoinedRoom(Struct):
    """A room we are in, in an answer to /sync."""

    timeline: Timeline = field(default_factory=Timeline)
    state: Events = field(default_factory=Events)
    summary: Summary = field(default_factory=Summary)


class SyncRooms(Struct):
    """Rooms in an answer to /sync."""

    join: dict[str, JoinedRoom] = field(default_factory=dict)
    invite: dict[str, Any] = field(default_factory=dict)
    leave: dict[str, Any] = field(default_factory=dict)


class Sync(Struct):
    """GET /sync."""

    next_batch: str
    rooms: SyncRooms = field(default_factory=SyncRooms)
    account_data: Events = field(default_factory=Events)


class Messages(Struct):
    """GET /rooms/{id}/messages; no `end` when there is nothing further."""

    chunk: list[Event] = field(default_factory=list)
    end: str = ""


class Members(Struct):
    """GET /rooms/{id}/members."""

    chunk: list[Event] = field(default_factory=list)


class Profile(Struct):
    """A member's name in a room."""

    display_name: str | None = None


class JoinedMembers(Struct):
    """GET /rooms/{id}/joined_members."""

    joined: dict[str, Profile] = field(default_factory=dict)


class Context(Struct):
    """GET /rooms/{id}/context/{event}."""

    event: Event
    events_after: list[Event] = field(default_factory=list)


class Whoami(Struct):
    """GET /account/whoami."""

    user_id: str


class Versions(Struct):
    """GET /versions."""

    versions: list[str] = field(default_factory=list)
    unstable_features: dict[str, Any] = field(default_factory=dict)


class Capabilities(Struct):
    """GET /capabilities."""

    capabilities: dict[str, Any] = field(default_factory=dict)


class WellKnown(Struct):
    """GET /.well-known/matrix/client."""

    homeserver: dict[str, Any] = field(default_factory=dict, name="m.homeserver")


class Sent(Struct):
    """What sending and redacting answer."""

    event_id: str


class Delayed(Struct):
    """What sending later answers (MSC4140)."""

    delay_id: str


class DelayedEvent(Struct):
    """An event the server will send later; the names of the first drafts of MSC4140 and of later ones."""

    delay_id: str
    room_id: str
    type: str = ""
    content: Any = None
    delay: int | None = None
    running_since: int | None = None
    delay_ms: int = 0
    delayed_since_ts: int = 0

    @property
    def at(self) -> int:
        """When it goes out, by the server's clock."""
        delay = self.delay if self.delay is not None else self.delay_ms
        return (self.running_since if self.running_since is not None else self.delayed_since_ts) + delay


class DelayedEvents(Struct):
    """Everything of ours the server will send later."""

    delayed_events: list[DelayedEvent] = field(default_factory=list)


class Alias(Struct):
    """GET /directory/room/{alias}."""

    room_id: str


class Membership(Struct):
    """The content of a member event, as GET /rooms/{id}/state/m.room.member/{user} gives it."""

    membership: str = ""


class EventReport(Struct):
    """Synapse: a message somebody reported; the list leaves `event_json` out."""

    id: int
    received_ts: int = 0
    room_id: str = ""
    event_id: str = ""
    user_id: str | None = None
    sender: str | None = None
    reason: str | None = None
    name: str | None = None
    canonical_alias: str | None = None
    event_json: Event | None = None


class UserReport(Struct):
    """Synapse: a member somebody reported."""

    id: int
    received_ts: int = 0
    target_user_id: str = ""
    user_id: str | None = None
    reason: str | None = None


class EventReports(Struct):
    """Synapse: GET /_synapse/admin/v1/event_reports."""

    event_reports: list[EventReport] = field(default_factory=list)
    total: int = 0
    next_token: int | None = None


class UserReports(Struct):
    """Synapse: GET /_synapse/admin/v1/user_reports."""

    user_reports: list[UserReport] = field(default_factory=list)
    total: int = 0
    next_token: int | None = None


class FetchedEvent(Struct):
    """Synapse: GET /_synapse/admin/v1/fetch_event/{id}."""

    event: Event


class Account(Struct):
    """Synapse: GET /_synapse/admin/v2/users/{id}."""

    name: str = ""
    suspended: bool = False
    deactivated: bool = False


class Admin(Struct):
    """Synapse: GET /_synapse/admin/v1/users/{id}/admin."""

    admin: bool = False


class ServerVersion(Struct):
    """Synapse: GET /_synapse/admin/v1/server_version."""

    server_version: str = ""
