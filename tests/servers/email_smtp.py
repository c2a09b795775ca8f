"""An SMTP server that hands what it takes to a MailWorld, and files it in Sent itself if it is asked to."""

from __future__ import annotations

import ssl
from base64 import b64decode

from tests.servers.email_faults import Listener, Wire, hang
from tests.servers.email_world import MailWorld


class SmtpServer(Listener):
    """Takes mail of one account. `reject@...` gets 550, `defer@...` 451."""

    def __init__(
        self,
        world: MailWorld,
        user: str,
        password: str,
        *,
        files: bool = False,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        starttls: bool = False,
    ) -> None:
        super().__init__(context=context, implicit=implicit)
        self.world, self.user, self.password = world, user, password
        self.files, self.starttls = files, starttls
        self.offers = ["SIZE 5000000", "8BITMIME"]
        self.ways = "PLAIN LOGIN"
        self.final = "250 2.0.0 taken"

    async def converse(self, wire: Wire) -> None:
        await wire.say("220 sink ESMTP")
        session = _Session(self, wire)
        while await session.one():
            pass


class _Session:
    def __init__(self, server: SmtpServer, wire: Wire) -> None:
        self.server, self.wire = server, wire
        self.secure = server.implicit
        self.known = not server.ways
        self.sender, self.recipients = "", list[str]()

    async def one(self) -> bool:
        line = (await self.wire.line()).decode("utf-8", "replace")
        name = line.split(" ")[0].upper()
        kind = self.server.fault(name if name == "AUTH" else line)
        if kind == "hang":
            await hang(self.server, self.wire)
        if kind in ("cut", "hang"):
            return False
        if kind in ("fail", "refuse"):
            await self.wire.say("451 4.3.0 the server is on fire" if kind == "fail" else "554 5.7.1 not for you")
            return True
        if name == "DATA":
            return await self._data()
        await self.wire.say(*await self._answer(name, line))
        if name == "STARTTLS" and self.server.starttls:
            assert self.server.context is not None
            await self.wire.upgrade(self.server.context)
            self.secure = True
        return name != "QUIT"

    async def _answer(self, name: str, line: str) -> list[str]:
        address = line.partition("<")[2].partition(">")[0]
        match name:
            case "EHLO":
                offers = [*self.server.offers, *([f"AUTH {self.server.ways}"] if self.server.ways else [])]
                offers += ["STARTTLS"] if self.server.starttls and not self.secure else []
                return ["250-sink", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]
            case "STARTTLS":
                return ["220 begin" if self.server.starttls else "502 not here"]
            case "AUTH":
                return [await self._auth(line.split(" ")[1:])]
            case "MAIL":
                self.sender = address
                return ["250 ok" if self.known else "530 5.7.0 log in first"]
            case "RCPT" if address.startswith("reject@"):
                return ["550 5.1.1 no such user"]
            case "RCPT" if address.startswith("defer@"):
                return ["451 4.7.1 try again later"]
            case "RCPT":
                self.recipients.append(address)
                return ["250 ok"]
            case "QUIT":
                return ["221 bye"]
        return ["500 what?"]

    async def _auth(self, words: list[str]) -> str:
        if words[0].upper() == "PLAIN":
            _, user, password = b64decode(words[1]).decode().split("\0")
        else:
            await self.wire.say("334 VXNlcm5hbWU6")
            user = b64decode(await self.wire.line()).decode()
            await self.wire.say("334 UGFzc3dvcmQ6")
            password = b64decode(await self.wire.line()).decode()
        self.known = (user, password) == (self.server.user, self.server.password)
        return "235 welcome" if self.known else f"535 5.7.8 not with {password}"

    async def _data(self) -> bool:
        await self.wire.say("354 go on")
        lines: list[bytes] = []
        while (line := await self.wire.reader.readuntil(b"\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        raw = b"".join(lines)
        kind = self.server.fault("the final dot")
        if kind == "late":
            self.server.later(lambda: self._take(raw))
            return False
        if kind in ("fail", "refuse"):
            await self.wire.say("451 4.3.0 on fire" if kind == "fail" else "554 5.7.1 looks like spam")
            return True
        if kind == "cut":
            return False
        self._take(raw)
        if kind == "lose":
            return False
        await self.wire.say("what was that?" if kind == "garble" else self.server.final)
        return True

    def _take(self, raw: bytes) -> None:
        world = self.server.world
        world.handed.append((self.sender, list(self.recipients), raw))
        if self.server.files:
            world.put("Sent", raw, "\\Seen")
        if self.sender in self.recipients:
            world.put("INBOX", raw)
