"""IMAP, as much of it as one mailbox needs: log in, folders, search, fetch, flags, move, append.

RFC 3501/9051, with UIDPLUS (4315), CONDSTORE (7162), MOVE (6851) and SPECIAL-USE (6154) where the server has them.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cm_console.model.errors import Malformed, Refused, Unreachable
from cm_console.model.text import clean_line
from cm_console.sources.email.imap_exchange import LITERAL_LIMIT, LONG_SECONDS, SECONDS, STATUS, Exchange, Literal
from cm_console.sources.email.imap_parse import Value, bytes_of, items_of, number_of
from cm_console.sources.email.imap_words import folder, folder_name, quoted, uid_set
from cm_console.sources.mail.connection import Connection, connect, secure
from cm_console.sources.mail.logins import Redact, login_refused
from cm_console.sources.mail.places import Place, Security


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder; `uses` are its attributes in lower case, with their backslash."""

    name: str
    delimiter: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """How a folder is: ids mean something only together with `validity`; `next` is the id the next message gets."""

    validity: int
    next: int
    modseq: int
    keeps_keywords: bool = False
    writable: bool = False


class Imap(Exchange):
    """One session. Commands run one after the other; raises SourceError."""

    def __init__(self, connection: Connection, redact: Redact) -> None:
        super().__init__(connection, redact)
        self.capabilities: frozenset[str] = frozenset()
        self.selected: tuple[str, bool] | None = None
        self.changing = False
        """Whether a change of messages was asked for: what goes wrong afterwards may have left it done."""

    @classmethod
    async def opened(cls, place: Place, context: ssl.SSLContext, redact: Redact) -> Imap:
        """Connect and be greeted, with TLS in place.

        Raises:
            Refused: the server does not offer the STARTTLS we insist on, or shows a bad certificate.
            Unreachable: nobody is there.
        """
        connection = await connect(place, context)
        made = cls(connection, redact)
        async with connection.within(SECONDS):
            await made._greeted()
        await made._ask_capabilities()
        if place.security is Security.STARTTLS:
            await made._start_tls(context)
        return made

    async def _greeted(self) -> None:
        found = STATUS.match(await self.connection.line(LITERAL_LIMIT))
        word = found[2].upper() if found and found[1] == b"*" else b""
        if found is None or word not in (b"OK", b"PREAUTH", b"BYE"):
            raise Malformed(f"what answers at {self.connection.place} is no IMAP server")
        if word == b"BYE":
            raise Unreachable(f"{self.connection.place} wants no connection now: {self.words(found[4])}")
        if word == b"PREAUTH":
            raise Refused(f"{self.connection.place} says we are logged in before we were: somebody may be forging it")

    async def _ask_capabilities(self) -> None:
        said = await self.command(b"CAPABILITY")
        found = (str(value).upper() for _, words in said.of("CAPABILITY") for value in words)
        self.capabilities = frozenset(found)

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        where = self.connection.place
        if "STARTTLS" not in self.capabilities:
            self.connection.close()
            raise Refused(f"{where} does not offer STARTTLS, or somebody on the way hides it: nothing was sent")
        await self.command(b"STARTTLS")
        async with self.connection.within(SECONDS):
            await secure(self.connection, context)
        await self._ask_capabilities()

    async def login(self, user: str, password: str) -> None:
        """Log in. Raises Unauthorized if the server does not want us."""
        try:
            if "AUTH=PLAIN" not in self.capabilities:
                await self.command(b"LOGIN ", _login(user), b" ", _login(password))
            else:
                token = b64encode(f"\0{user}\0{password}".encode())
                at_once = "SASL-IR" in self.capabilities
                words = b"AUTHENTICATE PLAIN " + token if at_once else b"AUTHENTICATE PLAIN"
                await self.command(words, replies=() if at_once else (token,))
        except Refused as refusal:
            raise login_refused(self.connection.place, str(refusal).partition(" says no: ")[2]) from None
        await self._ask_capabilities()

    async def who(self) -> str:
        """The server's name and version, as far as it tells."""
        if "ID" not in self.capabilities:
            return ""
        said = (await self.command(b"ID NIL")).of("ID")
        told = said[0][1][0] if said and said[0][1] else None
        words = [bytes_of(value).decode("utf-8", "replace") for value in told or ()] if isinstance(told, list) else []
        facts = dict(zip(map(str.lower, words[::2]), words[1::2], strict=False))
        return clean_line(" ".join(facts[key] for key in ("name", "version") if facts.get(key)), 80)

    async def folders(self) -> list[Folder]:
        """All folders there are."""
        special = b" RETURN (SPECIAL-USE)" if {"SPECIAL-USE", "LIST-EXTENDED"} <= self.capabilities else b""
        said = await self.command(b'LIST "" "*"' + special)
        found = []
        for _, row in said.of("LIST"):
            if len(row) >= 3 and isinstance(row[0], list):
                uses = frozenset(str(use).lower() for use in row[0])
                found.append(Folder(folder_name(bytes_of(row[2])), bytes_of(row[1]).decode("latin-1"), uses))
        return found

    async def open(self, name: str, *, write: bool = False) -> State:
        """Go into a folder. Raises Refused if there is none of that name."""
        verb = b"SELECT " if write else b"EXAMINE "
        self.selected = None
        said = await self.command(verb + folder(name) + (b" (CONDSTORE)" if self.has_modseq else b""))
        self.selected = (name, write)
        flags = said.codes.get("PERMANENTFLAGS", b"")
        keeps = b"\\*" in flags or b"$cmdone" in flags.lower()
        validity, following, modseq = (said.code(code) for code in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"))
        return State(validity, following, modseq, keeps, write and "READ-ONLY" not in said.codes)

    async def enter(self, name: str, *, write: bool = False) -> None:
        """Be in a folder; nothing is asked if we are."""
        if self.selected is None or self.selected[0] != name or (write and not self.selected[1]):
            await self.open(name, write=write)

    async def status(self, name: str) -> State:
        """How a folder is that we are not in."""
        asked = b" (UIDVALIDITY UIDNEXT HIGHESTMODSEQ)" if self.has_modseq else b" (UIDVALIDITY UIDNEXT)"
        said = await self.command(b"STATUS " + folder(name) + asked)
        facts = items_of(said.of("STATUS")[0][1][-1]) if said.of("STATUS") else {}
        validity, following, modseq = (number_of(facts.get(key)) for key in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"))
        return State(validity, following, modseq)

    @property
    def has_modseq(self) -> bool:
        """Does the server number changes (CONDSTORE)?"""
        return not {"CONDSTORE", "QRESYNC"}.isdisjoint(self.capabilities)

    async def search(self, criteria: bytes) -> list[int]:
        """The ids of what fits, ascending."""
        said = await self.command(b"UID SEARCH " + criteria, seconds=LONG_SECONDS)
        return sorted({number_of(value) for _, row in said.of("SEARCH") for value in row} - {0})

    async def fetch(self, uids: bytes, items: bytes, *, since: int = 0, literal: int = LITERAL_LIMIT) -> Fetched:
        """Items of messages by id; `since` only of those changed after that modseq. What is not there is left out."""
        changed = f" (CHANGEDSINCE {since})".encode() if since else b""
        said = await self.command(
            b"UID FETCH " + uids + b" (UID " + items + b")" + changed, seconds=LONG_SECONDS, literal=literal
        )
        found: dict[int, dict[str, Value]] = {}
        for _, row in said.of("FETCH"):
            facts = items_of(row[0] if row else None)
            if uid := number_of(facts.get("UID")):
                found.setdefault(uid, {}).update(facts)
        return found

    async def flag(self, uids: Iterable[int], flags: bytes, *, on: bool) -> None:
        """Set or take away flags."""
        self.changing = True
        await self.command(b"UID STORE " + uid_set(uids) + (b" +" if on else b" -") + b"FLAGS.SILENT (" + flags + b")")

    async def move(self, uids: Iterable[int], name: str) -> None:
        """Move messages; without MOVE and UIDPLUS a copy is made and the old ones are only marked as deleted."""
        self.changing = True
        these = uid_set(uids)
        if "MOVE" in self.capabilities:
            await self.command(b"UID MOVE " + these + b" " + folder(name))
            return
        await self.command(b"UID COPY " + these + b" " + folder(name))
        await self.command(b"UID STORE " + these + b" +FLAGS.SILENT (\\Deleted)")
        if "UIDPLUS" in self.capabilities:
            await self.command(b"UID EXPUNGE " + these)

    async def drop(self, uids: Iterable[int]) -> None:
        """Delete messages for good, and only these."""
        these = uid_set(uids)
        await self.command(b"UID STORE " + these + b" +FLAGS.SILENT (\\Deleted)")
        if "UIDPLUS" in self.capabilities:
            await self.command(b"UID EXPUNGE " + these)

    async def append(self, name: str, flags: bytes, message: bytes) -> None:
        """Put a message into a folder."""
        await self.command(b"APPEND " + folder(name) + b" (" + flags + b") ", Literal(message), seconds=LONG_SECONDS)

    def leave(self) -> None:
        """End the session."""
        self.connection.leave(b"bye LOGOUT\r\n")


Fetched = Mapping[int, Mapping[str, Value]]
"""Items by the message's id."""


def _login(word: str) -> bytes | Literal:
    return quoted(word) if word.isascii() and word.isprintable() else Literal(word.encode())
