"""The parts of Mastodon's JSON that the source reads, as typed structs; unknown fields are passed over.

Field names are those of https://docs.joinmastodon.org/entities and of recorded answers. GoToSocial, Pleroma and the
like leave fields out or send null: only what nothing can be done without is required.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

Moment = Annotated[datetime, Meta(tz=True)]


class PleromaAccount(Struct):
    """What Pleroma adds to an account."""

    is_admin: bool | None = False
    is_moderator: bool | None = False


class ProfileField(Struct):
    """A line of a profile; `verified_at` once the page it names has linked back to the profile."""

    value: str | None = ""
    verified_at: str | None = None


class Account(Struct):
    """An account. `acct` has the domain of accounts of other servers; `roles` are those shown in public."""

    id: str
    acct: str = ""
    username: str = ""
    display_name: str | None = ""
    url: str | None = ""
    bot: bool | None = False
    created_at: Moment | None = None
    roles: list[object] | None = None
    pleroma: PleromaAccount | None = None
    fields: list[ProfileField] | None = None
    suspended: bool | None = False
    memorial: bool | None = False


class Role(Struct):
    """A role with its rights: a number of bits, written as text."""

    name: str | None = ""
    permissions: str | int | None = None


class Me(Account):
    """The account a token acts as. Before 4.0 there is no role, on Pleroma neither."""

    role: Role | None = None


class Mention(Struct):
    """Somebody a status names."""

    id: str
    acct: str = ""


class Media(Struct):
    """An attachment; `description` is what its author says it shows."""

    id: str | None = ""
    type: str | None = ""
    url: str | None = ""
    description: str | None = ""


class Option(Struct):
    """One answer of a poll."""

    title: str = ""
    votes_count: int | None = None


class Poll(Struct):
    """A poll."""

    options: list[Option] | None = None


class Status(Struct):
    """A status. `content` is HTML; it is not there in the answer to a deletion."""

    id: str
    created_at: Moment
    account: Account
    content: str | None = ""
    in_reply_to_id: str | None = None
    visibility: str | None = "public"
    spoiler_text: str | None = ""
    sensitive: bool | None = False
    language: str | None = None
    url: str | None = ""
    uri: str | None = ""
    edited_at: Moment | None = None
    replies_count: int | None = 0
    reblogs_count: int | None = 0
    favourites_count: int | None = 0
    mentions: list[Mention] | None = None
    media_attachments: list[Media] | None = None
    poll: Poll | None = None
    reblog: object = None


class Context(Struct):
    """What stands above and below a status, as far as we may see it."""

    ancestors: list[Status] = field(default_factory=list)
    descendants: list[Status] = field(default_factory=list)


class Notification(Struct):
    """Something that happened to us."""

    id: str
    type: str
    created_at: Moment
    status: Status | None = None


class Conversation(Struct):
    """Direct messages among the same people; its id is not what lists are paged by."""

    id: str
    last_status: Status | None = None


class Params(Struct):
    """What a scheduled status will say."""

    text: str | None = ""
    in_reply_to_id: str | int | None = None
    visibility: str | None = None
    spoiler_text: str | None = ""


class ScheduledStatus(Struct):
    """A status the server will publish by itself."""

    id: str
    scheduled_at: Moment
    params: Params


class StatusesLimits(Struct):
    """How long a status may be."""

    max_characters: int | None = None
    characters_reserved_per_url: int | None = None


class Configuration(Struct):
    """Limits of a server."""

    statuses: StatusesLimits | None = None


class Instance(Struct):
    """What a server tells of itself, in its second form or its first (`max_toot_chars` is Pleroma's)."""

    version: str = ""
    source_url: str | None = ""
    configuration: Configuration | None = None
    max_toot_chars: int | None = None


class Application(Struct):
    """The app a token was made by; since 4.3 with its scopes."""

    scopes: list[str] | UnsetType | None = UNSET
