"""SMTP submission step by step, so that only after the final dot is anything unclear.

RFC 5321, 6409 (submission), 3207 (STARTTLS), 4954 (AUTH).
"""

from __future__ import annotations

import re
import ssl
from base64 import b64encode
from collections.abc import Sequence

from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.mail.connection import Connection, connect, secure
from cm_console.sources.mail.logins import Redact, login_refused
from cm_console.sources.mail.places import Place, Security

SECONDS = 60.0
FINAL_SECONDS = 300.0
"""How long a server may take to say that it has the message; filters run then (RFC 5321, 4.5.3.2)."""
LINE_LIMIT, LINES_LIMIT = 4_096, 200

_ANSWER = re.compile(rb"(\d{3})([ -]?)(.*)", re.DOTALL)
_STARTING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Smtp:
    """One session, for one message. Raises SourceError with `landed=False` for everything before the final dot."""

    def __init__(self, connection: Connection, redact: Redact) -> None:
        self._connection = connection
        self._redact = redact
        self.offers: dict[str, str] = {}

    @classmethod
    async def opened(cls, place: Place, context: ssl.SSLContext, redact: Redact) -> Smtp:
        """Connect and be greeted, with TLS in place; raises as Imap.opened."""
        connection = await connect(place, context)
        made = cls(connection, redact)
        async with connection.within(SECONDS):
            code, words = await made._answer()
        made._expect(code, words, 220)
        await made._hello()
        if place.security is Security.STARTTLS:
            await made._start_tls(context)
        return made

    async def _hello(self) -> None:
        _, *lines = (await self._ask(b"EHLO [127.0.0.1]", 250)).split("\n")
        self.offers = {name.upper(): rest.upper() for name, _, rest in (line.partition(" ") for line in lines)}

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        where = self._connection.place
        if "STARTTLS" not in self.offers:
            self.close()
            raise Refused(f"{where} does not offer STARTTLS, or somebody on the way hides it: nothing was sent")
        await self._ask(b"STARTTLS", 220)
        async with self._connection.within(SECONDS):
            await secure(self._connection, context)
        await self._hello()

    async def login(self, user: str, password: str) -> None:
        """Log in, where the server wants a login. Raises Unauthorized."""
        place = self._connection.place
        ways = self.offers.get("AUTH", "").split()
        if not ways:
            return
        try:
            if "PLAIN" in ways:
                await self._ask(b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()), 235)
            elif "LOGIN" in ways:
                await self._ask(b"AUTH LOGIN", 334)
                await self._ask(b64encode(user.encode()), 334)
                await self._ask(b64encode(password.encode()), 235)
            else:
                raise login_refused(place, f"it takes no passwords, only {clean_line(' '.join(ways), 60)}")
        except Refused as refusal:
            raise login_refused(place, str(refusal).partition(" says no: ")[2]) from None

    async def envelope(self, sender: str, recipients: Sequence[str], size: int) -> None:
        """Say from whom and to whom.

        Raises:
            Refused: one of them is not wanted, or the message is too long; nothing was sent to anybody.
        """
        most = self.offers.get("SIZE", "")
        if most.isdigit() and 0 < int(most) < size:
            where = self._connection.place
            raise Refused(f"the message has {size:,} bytes, {where} takes at most {int(most):,}: shorten it")
        size_said = f" SIZE={size}" if "SIZE" in self.offers else ""
        await self._ask(f"MAIL FROM:<{sender}>{size_said}".encode(), 250)
        for recipient in recipients:
            await self._ask(f"RCPT TO:<{recipient}>".encode(), 250, 251)

    async def data(self, message: bytes) -> None:
        """Send the message.

        Raises:
            SourceError: with `landed=False` if the server says no, `landed=None` if its last answer never came.
        """
        await self._ask(b"DATA", 354)
        body = _STARTING_DOT.sub(b"..", message)
        async with self._connection.within(FINAL_SECONDS):
            await self._connection.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        try:
            async with self._connection.within(FINAL_SECONDS):
                await self._connection.send(b".\r\n")
                code, words = await self._answer()
        except Malformed as error:
            raise Malformed(str(error), landed=None) from None
        except SourceError as error:
            raise Unreachable(f"{error} after the whole message was sent", landed=None) from None
        self._expect(code, words, 250)

    def close(self) -> None:
        """End the session."""
        self._connection.leave(b"QUIT\r\n")

    async def _ask(self, line: bytes, *wanted: int) -> str:
        async with self._connection.within(SECONDS):
            await self._connection.send(line + b"\r\n")
            code, words = await self._answer()
        self._expect(code, words, *wanted)
        return words

    async def _answer(self) -> tuple[int, str]:
        """Code and words of an answer, its lines joined by line ends."""
        lines: list[str] = []
        for _ in range(LINES_LIMIT):
            found = _ANSWER.fullmatch(await self._connection.line(LINE_LIMIT))
            if found is None:
                raise Malformed(f"{self._connection.place} gave an answer nobody can read")
            lines.append(found[3].decode("utf-8", "replace"))
            if found[2] != b"-":
                return int(found[1]), "\n".join(lines)
        raise Malformed(f"{self._connection.place} says more than any answer needs")

    def _expect(self, code: int, words: str, *wanted: int) -> None:
        if code in wanted:
            return
        where, said = self._connection.place, clean_line(self._redact(words), 200)
        if 400 <= code < 500:
            raise Unreachable(f"{where} cannot take it now: {code} {said}", status=code)
        raise Refused(f"{where} says no: {code} {said}", status=code)
