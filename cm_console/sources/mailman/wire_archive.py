"""The parts of HyperKitty's JSON that the source reads; unknown fields are passed over. As seen on HyperKitty 1.3.12.

Mails and threads name each other by address; the last part of such an address is the hash or the thread's id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct, field

T = TypeVar("T")
Moment = Annotated[datetime, Meta(tz=True)]


class Slice(Struct, Generic[T]):
    """Some of a list, as it comes when a limit is asked for."""

    results: list[T]
    count: int = 0


class ArchivedList(Struct):
    """A list with a public archive; `name` is its address."""

    name: str


class Sender(Struct):
    """Who wrote; the address is masked: `bob (a) ex.test`."""

    address: str = ""

    @property
    def plain(self) -> str:
        """The address without the mask, in lower case."""
        return self.address.replace(" (a) ", "@").strip().lower()


class ShortMail(Struct):
    """A mail as lists show it."""

    message_id: str
    message_id_hash: str
    date: Moment
    thread: str = ""
    parent: str | None = None


class Attachment(Struct):
    """A file with a mail, by name."""

    name: str | None = ""
    content_type: str | None = ""
    size: int | None = None


class Votes(Struct):
    """Thumbs up and down."""

    likes: int = 0


class Mail(ShortMail):
    """A mail with its words, as HyperKitty made them readable."""

    sender: Sender = field(default_factory=Sender)
    sender_name: str | None = ""
    subject: str | None = ""
    content: str | None = ""
    votes: Votes = field(default_factory=Votes)
    attachments: list[Attachment] = field(default_factory=list)


class ArchivedThread(Struct):
    """A thread; `starting_email` is the address of its first mail."""

    thread_id: str
    subject: str | None = ""
    starting_email: str | None = None


def last_part(address: str | None) -> str:
    """The hash or id at the end of an address."""
    return (address or "").rstrip("/").rpartition("/")[2]
