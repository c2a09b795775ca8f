"""One mailbox: its servers, its folders, the sessions on them, and what is known of its conversations."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cm_console.model.errors import Refused, Unauthorized
from cm_console.model.text import clean_line
from cm_console.model.time import DAY, Clock, Instant
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.folders import Folders, sorted_out
from cm_console.sources.email.imap import Imap
from cm_console.sources.mail.addresses import sendable
from cm_console.sources.mail.places import IMAP_PORTS, SMTP_PORTS, place_of
from cm_console.sources.mail.smtp import Smtp

if TYPE_CHECKING:
    from cm_console.sources.email import EmailSettings

IDLE_SECONDS = 100.0
"""A session that was silent for longer may be dead: a fresh one is opened."""
_FILE_THEMSELVES = ("gmail.com", "googlemail.com", "office365.com", "outlook.com", "hotmail.com")


class Account:
    """A mailbox as its settings say; two sessions at most: one that pulls, one that acts."""

    def __init__(self, settings: EmailSettings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.address = settings.address.strip().lower()
        self.ours = frozenset({self.address, *settings.aliases.lower().split()})
        self.conversations = Conversations(self.ours)
        self._sessions: dict[str, Imap] = {}
        self._locks = {"pull": asyncio.Lock(), "act": asyncio.Lock()}
        self._folders: Folders | None = None
        self._context: ssl.SSLContext | None = None

    @property
    def sender(self) -> str:
        """Our address as it goes into an envelope."""
        return sendable(self.settings.address)

    @property
    def since(self) -> Instant:
        """How far back the first sync goes; 0 is everything."""
        return Instant(max(0, self.clock.now() - self.settings.history * DAY) if self.settings.history > 0 else 0)

    @asynccontextmanager
    async def session(self, use: str) -> AsyncIterator[Imap]:
        """A session, logged in; `use` is "pull" or "act". Raises SourceError."""
        async with self._locks[use]:
            held = self._sessions.get(use)
            silent = asyncio.get_running_loop().time() - (held.connection.used_at if held else 0.0)
            if held is None or not held.connection.usable or silent > IDLE_SECONDS:
                if held is not None:
                    held.connection.close()
                held = self._sessions[use] = await self._logged_in()
            yield held

    async def _logged_in(self) -> Imap:
        settings = self.settings
        place = place_of(settings.imap, IMAP_PORTS, key="imap", insecure=settings.insecure)
        login, password = self._login()
        imap = await Imap.opened(place, await self.tls(), self.redact)
        try:
            await imap.login(login, password)
        except BaseException:
            imap.connection.close()
            raise
        return imap

    async def smtp(self) -> Smtp:
        """A fresh session to send one message, logged in.

        Raises:
            Refused: there is no SMTP server in the settings.
        """
        settings = self.settings
        if not settings.smtp.strip():
            raise Refused("this mailbox is read only: name the server for outgoing mail in `smtp`")
        place = place_of(settings.smtp, SMTP_PORTS, key="smtp", insecure=settings.insecure)
        login, password = self._login()
        smtp = await Smtp.opened(place, await self.tls(), self.redact)
        try:
            await smtp.login(login, password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def folders(self, imap: Imap, *, fresh: bool = False) -> Folders:
        """Which folder is what; asked once, or again if `fresh`."""
        if self._folders is None or fresh:
            self._folders = sorted_out(await imap.folders(), self.settings)
        return self._folders

    def files_itself(self, imap: Imap) -> bool:
        """Does the server put what we send into Sent?"""
        match self.settings.copies.strip().lower():
            case "server":
                return True
            case "us":
                return False
            case "auto":
                host = imap.connection.place.host.lower()
                known = any(host == name or host.endswith(f".{name}") for name in _FILE_THEMSELVES)
                return known or "X-GM-EXT-1" in imap.capabilities
        raise Refused(f"copies = {clean_line(self.settings.copies, 20)!r} is none of auto, us, server")

    async def tls(self) -> ssl.SSLContext:
        """What certificates are checked against."""
        if self._context is None:
            self._context = await asyncio.to_thread(self._make_context)
        return self._context

    def _make_context(self) -> ssl.SSLContext:
        if not self.settings.ca:
            return ssl.create_default_context()
        path = Path(self.settings.ca).expanduser()
        try:
            return ssl.create_default_context(cafile=str(path))
        except (OSError, ValueError) as problem:
            raise Refused(f"ca = {path} is no file with a certificate: {clean_line(str(problem), 120)}") from None

    def _login(self) -> tuple[str, str]:
        login, password = self.settings.login or self.settings.address, self.settings.password.reveal()
        if not password or any(mark in login + password for mark in "\0\r\n"):
            raise Unauthorized("login or password is empty or has a line end in it: copy it again", right="a password")
        return login.strip(), password

    def redact(self, text: str) -> str:
        """A text without our password, plain or as a login carries it."""
        login, password = self.settings.login or self.settings.address, self.settings.password.reveal()
        if not password:
            return text
        for form in (f"\0{login.strip()}\0{password}", password):
            text = text.replace(b64encode(form.encode()).decode(), "***")
        return text.replace(password, "***")

    def close(self) -> None:
        """End the sessions; may be called twice."""
        for session in self._sessions.values():
            session.leave()
        self._sessions.clear()
