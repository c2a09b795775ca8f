"""Mail servers that lie, hang or hide their TLS; and how addresses of servers and IMAP's own writing are read."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.errors import Malformed, Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.settings import Secret
from cm_console.sources.email import Email, EmailSettings
from cm_console.sources.email.imap_parse import Atom, items_of, number_of, values
from cm_console.sources.email.imap_words import any_of, folder, folder_name, quoted, uid_set
from cm_console.sources.mail.connection import Connection, connect
from cm_console.sources.mail.places import IMAP_PORTS, SMTP_PORTS, Place, Security, place_of
from cm_console.testing import FakeClock
from tests.servers.email_faults import Listener, Wire
from tests.servers.email_imap import ImapServer
from tests.servers.email_smtp import SmtpServer
from tests.servers.email_world import MailWorld

PASSWORD = "a long password"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, with its key in the same file."""
    x509 = pytest.importorskip("cryptography.x509", reason="it comes with keyring on Linux only")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.bikes.test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = made.sign(key, hashes.SHA256())
    path.write_bytes(key.private_bytes(*plain) + signed.public_bytes(serialization.Encoding.PEM))
    return path


def context_of(certificate: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate)
    return made


@asynccontextmanager
async def servers(certificate: Path | None = None, **how: Any) -> AsyncIterator[tuple[ImapServer, SmtpServer]]:
    context = context_of(certificate) if certificate else None
    world = MailWorld(FakeClock())
    imap = ImapServer(world, "me@bikes.test", PASSWORD, context=context, **how)
    smtp = SmtpServer(world, "me@bikes.test", PASSWORD, context=context, **how)
    await imap.start()
    await smtp.start()
    yield imap, smtp
    await imap.stop()
    await smtp.stop()


def email(imap: str, smtp: str = "", **more: Any) -> Email:
    return Email(EmailSettings("me@bikes.test", imap, Secret(PASSWORD), smtp, **more), FakeClock())


async def checked(source: Email) -> Any:
    try:
        return await source.check()
    finally:
        await source.close()


@pytest.mark.parametrize("scheme", ["tls", "starttls"])
async def test_tls_from_the_first_byte_or_by_starttls(certificate: Path, scheme: str) -> None:
    async with servers(certificate, implicit=scheme == "tls", starttls=scheme == "starttls") as (imap, smtp):
        places = [f"{scheme}://127.0.0.1:{server.port}" for server in (imap, smtp)]
        assert (await checked(email(*places, ca=str(certificate)))).name == "me@bikes.test"
        assert smtp.seen.count("EHLO [127.0.0.1]") == (2 if scheme == "starttls" else 1)
        with pytest.raises(Refused, match=r"certificate that is not good .* `ca`"):
            await checked(email(*places))
        other = [place.replace("127.0.0.1", "localhost") for place in places]
        with pytest.raises(Refused, match="certificate"):
            await checked(email(*other, ca=str(certificate)))
    assert sum(said.startswith("AUTHENTICATE") for said in imap.seen) == 1


@pytest.mark.parametrize("which", ["imap", "smtp"])
async def test_a_server_that_offers_no_starttls_gets_no_password(certificate: Path, which: str) -> None:
    async with servers(certificate) as (imap, smtp):
        places = {"imap": f"plain://127.0.0.1:{imap.port}", "smtp": f"plain://127.0.0.1:{smtp.port}"}
        places[which] = places[which].replace("plain", "starttls")
        with pytest.raises(Refused, match="does not offer STARTTLS, or somebody on the way hides it"):
            await checked(email(**places, ca=str(certificate)))
    assert (imap.seen == ["CAPABILITY"]) if which == "imap" else ("AUTH" not in smtp.seen)


async def test_what_comes_before_tls_is_not_believed_after_it(certificate: Path) -> None:
    async with servers(certificate, starttls=True) as (imap, _):
        imap.after_starttls = b"* OK forged\r\nc3 OK forged"
        with pytest.raises(Refused, match="forging"):
            await checked(email(f"starttls://127.0.0.1:{imap.port}", ca=str(certificate)))
    assert imap.seen == ["CAPABILITY", "STARTTLS"]


async def test_no_tls_behind_a_tls_address(certificate: Path) -> None:
    async with servers() as (imap, _):
        with pytest.raises(Unreachable, match="starttls://"):
            await checked(email(f"127.0.0.1:{imap.port}", ca=str(certificate)))
        with pytest.raises(Refused, match="no file with a certificate"):
            await checked(email(f"127.0.0.1:{imap.port}", ca=__file__))


GREETINGS = {
    "* PREAUTH come in": Refused,
    "* BYE too busy": Unreachable,
    "220 sink ESMTP": Malformed,
    "HTTP/1.1 400 Bad Request": Malformed,
}


@pytest.mark.parametrize("greeting", GREETINGS)
async def test_greetings(greeting: str) -> None:
    async with servers() as (imap, _):
        imap.greeting = greeting
        with pytest.raises(GREETINGS[greeting]):
            await checked(email(f"plain://127.0.0.1:{imap.port}"))
    assert not imap.seen


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN SASL-IR"])
async def test_every_way_to_log_in(capabilities: str) -> None:
    async with servers() as (imap, _):
        imap.capabilities = capabilities
        source = email(f"plain://127.0.0.1:{imap.port}")
        assert (await checked(source)).name == "me@bikes.test"
        imap.password = "another"
        with pytest.raises(Unauthorized) as error:
            await checked(source)
        assert PASSWORD not in str(error.value) and "***" in str(error.value)


async def test_a_session_that_was_ended_is_opened_again() -> None:
    async with servers() as (imap, _):
        source = email(f"plain://127.0.0.1:{imap.port}")
        await source.check()
        await imap.hang_up()
        await source.check()
        await source.close()


class Silent(Listener):
    """Says what it is told to, and then nothing."""

    words = b""

    async def converse(self, wire: Wire) -> None:
        wire.writer.write(self.words)
        await wire.reader.read()


@asynccontextmanager
async def silent(words: bytes = b"") -> AsyncIterator[Connection]:
    server = Silent()
    server.words = words
    await server.start()
    connection = await connect(Place("127.0.0.1", server.port, Security.PLAIN), None)
    yield connection
    connection.close()
    await server.stop()


async def test_a_deadline_ends_the_connection() -> None:
    async with silent(b"half a li") as connection:
        with pytest.raises(Unreachable, match=r"no whole answer .* within 0.01 seconds"):
            async with connection.within(0.01):
                await connection.line(100)
        assert not connection.usable


async def test_a_line_has_an_end() -> None:
    async with silent(b"x" * 300_000) as connection:
        with pytest.raises(Malformed, match="more than 1,000 bytes"):
            async with connection.within(10):
                await connection.line(1_000)
        assert not connection.usable


async def test_more_bytes_than_are_held_come_whole() -> None:
    async with silent(b"x" * 2_000_000 + b"\r\nend\n") as connection:
        async with connection.within(10):
            assert await connection.exactly(2_000_000) == b"x" * 2_000_000
            assert [await connection.line(10), await connection.line(10)] == [b"", b"end"]
        reading = asyncio.create_task(connection.line(10))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


PLACES = {
    "imap.example.org": Place("imap.example.org", 993, Security.TLS),
    "imap.example.org:143": Place("imap.example.org", 143, Security.STARTTLS),
    "imap.example.org:4993": Place("imap.example.org", 4993, Security.TLS),
    "starttls://imap.example.org": Place("imap.example.org", 143, Security.STARTTLS),
    "tls://[::1]:10993": Place("::1", 10993, Security.TLS),
    "plain://127.0.0.9": Place("127.0.0.9", 143, Security.PLAIN),
    "plain://localhost:1": Place("localhost", 1, Security.PLAIN),
}


@pytest.mark.parametrize("text", PLACES)
def test_places(text: str) -> None:
    assert place_of(text, IMAP_PORTS, key="imap", insecure=False) == PLACES[text]


def test_smtp_ports() -> None:
    for text, made in (("s.test", (465, "tls")), ("s.test:587", (587, "starttls")), ("s.test:25", (25, "starttls"))):
        place = place_of(text, SMTP_PORTS, key="smtp", insecure=False)
        assert (place.port, place.security) == made


NO_PLACES = ("", "http://x", "a b", "x:99999", "user@x", "x/y", "x\r\n", "plain://example.org", "plain://10.0.0.1:143")


@pytest.mark.parametrize("text", [place for place in NO_PLACES if place != "x\r\n"])
def test_no_places(text: str) -> None:
    with pytest.raises(Refused, match="imap"):
        place_of(text, IMAP_PORTS, key="imap", insecure=False)


def test_plain_elsewhere_only_if_it_is_meant() -> None:
    assert place_of("plain://10.0.0.1", IMAP_PORTS, key="imap", insecure=True).security is Security.PLAIN


def test_answers_are_taken_asunder() -> None:
    chunks = [
        b"5 FETCH (FLAGS (\\Seen $X) BODY[HEADER.FIELDS (A B)] {3}",
        b')("',
        b' BODY[]<0> "a\\"\\\\b" X NIL MODSEQ (12))',
    ]
    number, name, facts = values(chunks)
    assert (number, name) == ("5", "FETCH")
    found = items_of(facts)
    assert found["FLAGS"] == [Atom("\\Seen"), Atom("$X")] and found["BODY[HEADER.FIELDS (A B)]"] == b')("'
    assert (found["BODY[]<0>"], found["X"], number_of(found["MODSEQ"])) == (b'a"\\b', None, 12)


@pytest.mark.parametrize("line", [b"(", b")", b'"open', b"a [b", b"((", b"(" * 60 + b")" * 60, b"{5}x", b"a {"])
def test_what_is_no_answer(line: bytes) -> None:
    with pytest.raises(Malformed):
        values([line])


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(line: bytes) -> None:
    try:
        values([line, b"literal"])
    except SourceError as error:
        assert isinstance(error, Malformed)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_names_of_folders_go_there_and_back(name: str) -> None:
    written = folder(name)
    assert written.isascii() and written[:1] == b'"'
    [read] = values([written])
    assert isinstance(read, bytes) and folder_name(read) == name


def test_known_names() -> None:
    assert folder("Müll & mehr") == b'"M&APw-ll &- mehr"'
    assert folder_name(b"&ZeVnLIqe-") == "日本語" and folder_name(b"a&broken") == "a&broken"
    assert folder_name("Müll".encode()) == "Müll" and folder_name(b"&AAA") == "&AAA"


@pytest.mark.parametrize("name", ["", "x\r\ny", "x\0", "\x7f"])
def test_what_no_folder_is_called(name: str) -> None:
    with pytest.raises(Refused):
        folder(name)


def test_nothing_quoted_begins_a_command() -> None:
    assert quoted('a"\\b') == b'"a\\"\\\\b"'
    for text in ("a\r\nb", "a\nb", "ü", "\0"):
        with pytest.raises(Refused):
            quoted(text)
    assert uid_set([7, 3, 1, 2, 2, 9, 10]) == b"1:3,7,9:10"
    assert any_of([b"A", b"B", b"C"]) == b"OR A OR B C"
