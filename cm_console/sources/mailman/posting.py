"""Mail that goes out by SMTP: its Message-ID comes from the action, so that every try of it is the same message."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, moment
from cm_console.sources.mail.addresses import sendable
from cm_console.sources.mail.places import SMTP_PORTS, Place, place_of
from cm_console.sources.mail.smtp import Smtp

if TYPE_CHECKING:
    from cm_console.sources.mailman import MailmanSettings


_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent. `answers` are the Message-IDs of what it answers, the direct one last."""

    action_id: str
    to: str
    subject: str
    text: str
    at: Instant
    answers: Sequence[str] = ()


@dataclass(frozen=True)
class Outgoing:
    """The server that takes our mail, and who we are in it."""

    place: Place
    sender: str
    name: str
    login: str
    password: Secret

    @classmethod
    def of(cls, settings: MailmanSettings) -> Outgoing:
        """As the settings say; Refused where they name no server, or one without TLS elsewhere."""
        place = place_of(settings.smtp, SMTP_PORTS, key="smtp", insecure=False)
        sender = sendable(settings.sender).lower()
        return cls(place, sender, settings.sender_name, settings.smtp_login or sender, settings.smtp_password)

    def message_id(self, action_id: str, text: str) -> str:
        """The id of the mail that an action sends, without brackets: the same for every try of the same words."""
        words = blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
        return f"{action_id}.{words}@{self.sender.rpartition('@')[2]}"

    async def check(self) -> None:
        """Connect and log in."""
        (await self._session()).close()

    async def send(self, letter: Letter) -> None:
        """Hand a mail over; raises SourceError with `landed=None` only if the last answer is missing."""
        message, recipient = self.written(letter), sendable(letter.to)
        session = await self._session()
        try:
            await session.envelope(self.sender, [recipient], len(message))
            await session.data(message)
        finally:
            session.close()

    def written(self, letter: Letter) -> bytes:
        """The message as it goes out."""
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(clean_line(self.name, 100), addr_spec=self.sender)
        message["To"] = Address(addr_spec=sendable(letter.to))
        message["Subject"] = clean_line(letter.subject, 300)
        message["Date"] = moment(letter.at, _UTC)
        message["Message-ID"] = f"<{self.message_id(letter.action_id, letter.text)}>"
        if letter.answers:
            message["In-Reply-To"] = f"<{letter.answers[-1]}>"
            message["References"] = " ".join(f"<{id}>" for id in letter.answers)
        message.set_content(letter.text.strip() + "\n", cte="quoted-printable")
        return message.as_bytes()

    async def _session(self) -> Smtp:
        session = await Smtp.opened(self.place, ssl.create_default_context(), self._redact)
        if self.password.reveal():
            await session.login(self.login, self.password.reveal())
        return session

    def _redact(self, text: str) -> str:
        secret = self.password.reveal()
        return text.replace(secret, "***") if secret else text
