"""An IMAP server over a MailWorld: what one mailbox client needs, with switches for what servers do not have."""

from __future__ import annotations

import re
import ssl
from base64 import b64decode
from collections.abc import Callable

from tests.servers.email_faults import Listener, Wire, hang
from tests.servers.email_world import Box, Mail, MailWorld, day_of, internal_date

CAPABILITIES = "IMAP4rev1 SASL-IR LITERAL+ ID ENABLE UIDPLUS MOVE CONDSTORE SPECIAL-USE AUTH=PLAIN"
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\()|(\))|([^\s()]+)')
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


class ImapServer(Listener):
    """Serves one account. `capabilities` may be changed; `starttls` offers it."""

    def __init__(
        self,
        world: MailWorld,
        user: str,
        password: str,
        *,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        starttls: bool = False,
    ) -> None:
        super().__init__(context=context, implicit=implicit)
        self.world, self.user, self.password, self.starttls = world, user, password, starttls
        self.capabilities = CAPABILITIES
        self.greeting = "* OK ready"
        self.after_starttls = b""

    async def converse(self, wire: Wire) -> None:
        await wire.say(self.greeting)
        session = _Session(self, wire)
        while await session.one():
            pass


class _Session:
    def __init__(self, server: ImapServer, wire: Wire) -> None:
        self.server, self.wire, self.world = server, wire, server.world
        self.box: Box | None = None
        self.writable = False
        self.logged_in = False
        self.secure = server.implicit

    async def one(self) -> bool:
        """One command; False ends the session."""
        line, literals = await self._command()
        tag, _, rest = line.decode("utf-8", "surrogateescape").partition(" ")
        name = rest.split(" ")[0].upper()
        words = rest if name not in ("LOGIN", "AUTHENTICATE") else name
        kind = self.server.fault(words)
        if kind in ("cut", "fail", "refuse", "hang"):
            return await self._before(tag, kind)
        answers, end = await self._do(tag, name, rest, literals)
        if kind == "lose":
            return False
        if kind:
            return await self._spoilt(tag, kind, answers, end)
        for answer in answers:
            self.wire.writer.write(answer + b"\r\n")
        if end:
            await self.wire.say(f"{tag} {end}")
        if name == "STARTTLS" and end.startswith("OK"):
            assert self.server.context is not None
            if self.server.after_starttls:
                return True
            await self.wire.upgrade(self.server.context)
            self.secure = True
        return name != "LOGOUT"

    async def _command(self) -> tuple[bytes, list[bytes]]:
        line, literals = b"", list[bytes]()
        while True:
            part = await self.wire.line()
            line += part
            found = _LITERAL.search(part)
            if not found:
                return line, literals
            if not found[2]:
                await self.wire.say("+ go on")
            literals.append(await self.wire.reader.readexactly(int(found[1])))

    async def _before(self, tag: str, kind: str) -> bool:
        if kind == "hang":
            await hang(self.server, self.wire)
        if kind in ("cut", "hang"):
            return False
        await self.wire.say(
            f"{tag} NO [SERVERBUG] the server is on fire" if kind == "fail" else f"{tag} NO not for you"
        )
        return True

    async def _spoilt(self, tag: str, kind: str, answers: list[bytes], end: str) -> bool:
        if kind == "garble":
            await self.wire.say(b"* 1 FETCH (UID 1 BODY[] \x00\xff((", f"{tag} OK")
        elif kind == "lie":
            await self.wire.say(b"* 1 FETCH (UID 1 BODY[]<0> {9999999999}", b"x" * 1_000)
        elif kind == "flood":
            self.wire.writer.write(b"* OK " + b"x" * 1_000 + b"\r\n")
            for _ in range(20_000):
                await self.wire.say(b"x" * 1_000)
        else:
            await self.wire.say(*(answer for answer in answers for _ in range(2)), f"{tag} {end}")
        return True

    async def _do(self, tag: str, name: str, rest: str, literals: list[bytes]) -> tuple[list[bytes], str]:
        free = {"CAPABILITY": self._capability, "STARTTLS": self._starttls, "LOGIN": self._login}
        if name == "AUTHENTICATE":
            return await self._authenticate(rest)
        if name in free:
            return free[name](rest)
        if name == "LOGOUT":
            return [b"* BYE"], "OK"
        if not self.logged_in:
            return [], "NO log in first"
        args = _tokens(rest)[1:]
        uid = name == "UID"
        do: Callable[[list[str]], tuple[list[bytes], str]] | None = getattr(
            self, f"_{'uid_' + args[0].lower() if uid else name.lower()}", None
        )
        if name == "APPEND":
            return self._append(args, literals[-1])
        if do is None:
            return [], "BAD what?"
        return do(args[1:] if uid else args)

    def _capability(self, rest: str) -> tuple[list[bytes], str]:
        extra = " STARTTLS" if self.server.starttls and not self.secure else ""
        return [f"* CAPABILITY {self.server.capabilities}{extra}".encode()], "OK"

    def _starttls(self, rest: str) -> tuple[list[bytes], str]:
        if not self.server.starttls:
            return [], "BAD not here"
        return [], "OK begin\r\n" + self.server.after_starttls.decode() if self.server.after_starttls else "OK begin"

    def _login(self, rest: str) -> tuple[list[bytes], str]:
        return self._admit(*_tokens(rest)[1:3])

    async def _authenticate(self, rest: str) -> tuple[list[bytes], str]:
        packed = rest.split(" ")[2:]
        if not packed:
            await self.wire.say("+ ")
            packed = [(await self.wire.line()).decode()]
        _, user, password = b64decode(packed[0]).decode().split("\0")
        return self._admit(user, password)

    def _admit(self, user: str, password: str) -> tuple[list[bytes], str]:
        if (user, password) != (self.server.user, self.server.password):
            return [], f"NO [AUTHENTICATIONFAILED] no such login with {password}"
        self.logged_in = True
        return [], "OK welcome"

    def _id(self, args: list[str]) -> tuple[list[bytes], str]:
        return [b'* ID ("name" "Stand-in" "version" "1.0")'], "OK"

    def _list(self, args: list[str]) -> tuple[list[bytes], str]:
        rows = [
            f'* LIST ({" ".join(box.uses)}) "/" "{box.name}"'.encode()
            for box in self.world.boxes.values()
            if box.listed
        ]
        return rows, "OK"

    def _status(self, args: list[str]) -> tuple[list[bytes], str]:
        box = self.world.boxes.get(args[0])
        if box is None:
            return [], "NO [NONEXISTENT] no such mailbox"
        facts = f"UIDVALIDITY {box.validity} UIDNEXT {box.next} HIGHESTMODSEQ {self.world.modseq}"
        return [f'* STATUS "{box.name}" ({facts})'.encode()], "OK"

    def _select(self, args: list[str], *, write: bool = True) -> tuple[list[bytes], str]:
        self.box = self.world.boxes.get(args[0])
        self.writable = write
        if self.box is None:
            return [], "NO [NONEXISTENT] no such mailbox"
        flags = ("\\Answered \\Seen \\Draft \\Deleted" + (" \\*" if self.box.keywords else "")) if write else ""
        rows = [
            f"* {len(self.box.mails)} EXISTS",
            "* FLAGS (\\Answered \\Seen \\Draft \\Deleted $CMDone)",
            f"* OK [PERMANENTFLAGS ({flags})] kept",
            f"* OK [UIDVALIDITY {self.box.validity}] ids",
            f"* OK [UIDNEXT {self.box.next}] next",
        ]
        if "CONDSTORE" in self.server.capabilities:
            rows.append(f"* OK [HIGHESTMODSEQ {self.world.modseq}] changes")
        return [row.encode() for row in rows], f"OK [READ-{'WRITE' if write else 'ONLY'}] there"

    def _examine(self, args: list[str]) -> tuple[list[bytes], str]:
        return self._select(args, write=False)

    def _uid_search(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        tokens = list(args)
        tests: list[Callable[[Mail], bool]] = []
        while tokens:
            tests.append(_criterion(tokens, self.box))
        found = [mail.uid for mail in self.box.mails if all(test(mail) for test in tests)]
        return [f"* SEARCH {' '.join(map(str, found))}".rstrip().encode()], "OK"

    def _uid_fetch(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        wanted, items = _uids(args[0], self.box), " ".join(args[1:])
        since = int(found[1]) if (found := re.search(r"CHANGEDSINCE (\d+)", items)) else 0
        rows = []
        for number, mail in enumerate(self.box.mails, 1):
            if mail.uid in wanted and mail.modseq > since:
                rows.append(f"* {number} FETCH (".encode() + _facts(mail, items, since) + b")")
        return rows, "OK"

    def _uid_store(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        if not self.writable:
            return [], "NO [READ-ONLY] only looking"
        for mail in self._of(args[0]):
            self.world.flag(mail, *args[3:-1], on=args[1].startswith("+"))
        return [], "OK"

    def _uid_move(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        if args[1] not in self.world.boxes:
            return [], "NO [TRYCREATE] no such mailbox"
        for mail in self._of(args[0]):
            self.world.move(self.box.name, mail, args[1])
        return [], "OK"

    def _uid_copy(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        for mail in self._of(args[0]):
            self.world.move(self.box.name, mail, args[1], keep=True)
        return [], "OK"

    def _uid_expunge(self, args: list[str]) -> tuple[list[bytes], str]:
        assert self.box is not None
        for mail in self._of(args[0]):
            if "\\Deleted" in mail.flags:
                self.box.mails.remove(mail)
        return [], "OK"

    def _of(self, uids: str) -> list[Mail]:
        assert self.box is not None
        wanted = _uids(uids, self.box)
        return [mail for mail in self.box.mails if mail.uid in wanted]

    def _append(self, args: list[str], raw: bytes) -> tuple[list[bytes], str]:
        flags = [word for word in args[1:] if word.startswith(("\\", "$"))]
        mail = self.world.put(args[0], raw, *flags)
        return [], f"OK [APPENDUID {self.world.boxes[args[0]].validity} {mail.uid}] there"


def _facts(mail: Mail, items: str, since: int) -> bytes:
    facts = [f"UID {mail.uid}".encode()]
    if "FLAGS" in items:
        facts.append(f"FLAGS ({' '.join(sorted(mail.flags))})".encode())
    if "INTERNALDATE" in items:
        facts.append(f'INTERNALDATE "{internal_date(mail.at)}"'.encode())
    if "RFC822.SIZE" in items:
        facts.append(f"RFC822.SIZE {len(mail.raw)}".encode())
    if since:
        facts.append(f"MODSEQ ({mail.modseq})".encode())
    if found := re.search(r"HEADER\.FIELDS \( ?([^)]*?) ?\)", items):
        block = mail.block(found[1])
        facts.append(f"BODY[HEADER.FIELDS ({found[1]})] {{{len(block)}}}\r\n".encode() + block)
    if found := re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", items):
        part = mail.raw[: int(found[1])]
        facts.append(f"BODY[]<0> {{{len(part)}}}\r\n".encode() + part)
    return b" ".join(facts)


def _tokens(text: str) -> list[str]:
    made = []
    for quoted, opening, closing, atom in _TOKEN.findall(text):
        made.append(opening or closing or atom or re.sub(r"\\(.)", r"\1", quoted))
    return made


def _uids(text: str, box: Box) -> set[int]:
    last = max((mail.uid for mail in box.mails), default=1)
    made: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition(":")
        ends = sorted(last if end == "*" else int(end) for end in (low, high or low))
        made |= {mail.uid for mail in box.mails if ends[0] <= mail.uid <= ends[1]}
    return made


def _criterion(tokens: list[str], box: Box) -> Callable[[Mail], bool]:
    key = tokens.pop(0).upper()
    if key == "OR":
        first, second = _criterion(tokens, box), _criterion(tokens, box)
        return lambda mail: first(mail) or second(mail)
    if key == "NOT":
        other = _criterion(tokens, box)
        return lambda mail: not other(mail)
    value = tokens.pop(0)
    if key == "UID":
        wanted = _uids(value, box)
        return lambda mail: mail.uid in wanted
    if key == "SINCE":
        return lambda mail: mail.at >= day_of(value)
    if key == "TEXT":
        return lambda mail: value.lower().encode() in mail.raw.lower()
    if key in ("FROM", "TO"):
        return lambda mail: value.lower() in str(mail.message.get(key, "")).lower()
    assert key == "HEADER", key
    looked = tokens.pop(0).lower()
    return lambda mail: any(looked in str(found).lower() for found in mail.message.get_all(value, []))
