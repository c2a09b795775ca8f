"""The parts of Mailman core's JSON (API 3.1) that the source reads; unknown fields are passed over.

Field names as in Mailman's own documentation (docs.mailman3.org) and as seen on Mailman 3.3.10. Times are UTC.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Problem(Struct):
    """What a refusal says."""

    title: str = ""
    description: str = ""


class Versions(Struct):
    """`/system/versions`."""

    mailman_version: str = ""


class MailingList(Struct):
    """A list; `fqdn_listname` is its address."""

    list_id: str
    fqdn_listname: str
    display_name: str = ""
    member_count: int = 0


class Lists(Struct):
    """A page of lists; without entries the field is not there."""

    total_size: int = 0
    entries: list[MailingList] = field(default_factory=list)


class Membership(Struct):
    """Somebody on a list in a role: member, nonmember, owner or moderator."""

    member_id: str
    email: str
    list_id: str = ""
    role: str = ""
    display_name: str = ""
    moderation_action: str | None = None


class Roster(Struct):
    """A page of memberships."""

    total_size: int = 0
    entries: list[Membership] = field(default_factory=list)


class Address(Struct):
    """What the server knows of an address: since when, whether somebody has answered from it, and a name."""

    email: str
    display_name: str | None = ""
    registered_on: str | None = None
    verified_on: str | None = None


class Held(Struct):
    """A held message. `reason` is what the reasons say together; `msg` the whole message, fit for 7 bits."""

    request_id: int
    message_id: str = ""
    sender: str = ""
    moderation_sender: str | None = None
    subject: str = ""
    reason: str | None = ""
    moderation_reasons: list[Any] = field(default_factory=list)
    hold_date: str = ""
    msg: str = ""


class HeldMessages(Struct):
    """A page of held messages."""

    total_size: int = 0
    entries: list[Held] = field(default_factory=list)


class Request(Struct):
    """Somebody wants in or out."""

    token: str
    email: str = ""
    display_name: str | None = ""
    when: str | None = None


class Requests(Struct):
    """A page of requests."""

    total_size: int = 0
    entries: list[Request] = field(default_factory=list)


class Banned(Struct):
    """An address that is banned; whether by itself, by a pattern or on the whole server is not told."""

    email: str = ""
