"""The email source against a real Dovecot and an SMTP sink: pulls, each verb read back over IMAP, lost answers, TLS."""

from __future__ import annotations

import imaplib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Gone, Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread, ThreadKind, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, SystemClock
from cm_console.sources.email import Email, EmailSettings
from tests.live import dovecot
from tests.live.conftest import Live
from tests.live.fault_proxy import FaultProxy, Order
from tests.servers.email_bench import mail

ANN = "Ann <ann@ann.test>"


@pytest.fixture(scope="session", name="dovecot")
def _dovecot(live: Live) -> dovecot.Dovecot:
    return live.get("dovecot", dovecot.Dovecot)


class Counting(FaultProxy):
    """A proxy that notes what passes."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.asked: list[bytes] = []

    def take(self, said: bytes) -> Order | None:
        """Also note it."""
        self.asked.append(said)
        return super().take(said)


@dataclass
class Mailbox:
    """A mailbox of its own on the real servers, seen by the source through two proxies."""

    server: dovecot.Dovecot
    imap: Counting
    smtp: FaultProxy
    address: str
    sources: list[Email] = field(default_factory=list)

    def source(self, **changed: Any) -> Email:
        places = {"imap": f"plain://127.0.0.1:{self.imap.port}", "smtp": f"plain://127.0.0.1:{self.smtp.port}"}
        values = {"address": self.address, "password": Secret(dovecot.PASSWORD), "name": "Bikes, Help", **places}
        source = Email(EmailSettings(**{**values, **changed}), SystemClock())
        self.sources.append(source)
        return source

    def write(self, subject: str, text: str = "Hello", *answers: str, ago: int = 0, sender: str = ANN) -> str:
        """A member writes; gives the Message-ID."""
        id = f"{uuid4().hex[:10]}@ann.test"
        at = Instant(SystemClock().now() - ago)
        self.server.deliver(self.address, mail(id, sender, subject, text, at, *answers, to=self.address))
        return id

    @contextmanager
    def reader(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """An independent look at the mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", self.server.imap)
        imap.login(self.address, dovecot.PASSWORD)
        imap.select(folder)
        yield imap
        imap.logout()

    def flags(self, folder: str, id: str) -> list[str] | None:
        """The flags of a message in a folder, None if it is not there."""
        with self.reader(folder) as imap:
            uids = imap.uid("SEARCH", "HEADER", "Message-ID", f'"<{id}>"')[1][0].split()
            if not uids:
                return None
            assert len(uids) == 1, f"{id} stands {len(uids)} times in {folder}"
            answer = imap.uid("FETCH", uids[0].decode(), "(FLAGS)")[1][0]
        return sorted(flag.decode() for flag in imaplib.ParseFlags(answer) if flag != b"\\Recent")

    def mine(self) -> list[Any]:
        """What the sink took of this mailbox."""
        return [(to, message) for to, message in self.server.sent() if self.address in str(message["from"])]


@pytest.fixture
async def box(dovecot: dovecot.Dovecot) -> AsyncIterator[Mailbox]:
    async with Counting(dovecot.imap) as imap, FaultProxy(dovecot.smtp) as smtp:
        made = Mailbox(dovecot, imap, smtp, f"box{uuid4().hex[:8]}@bikes.test")
        yield made
        for source in made.sources:
            await source.close()


@dataclass
class Taken:
    """What pulls brought."""

    records: dict[Ref, Record] = field(default_factory=dict)
    cursor: Cursor | None = None
    pages: list[Page] = field(default_factory=list)

    async def pull(self, source: Email) -> Taken:
        """Pull to the end; gives what this pull alone brought."""
        alone = Taken()
        async for page in source.pull(Feed.THREADS, self.cursor):
            alone.pages.append(page)
            for record in page.records:
                alone.records[ref_of(record)] = self.records[ref_of(record)] = record
            for ref in page.gone:
                self.records.pop(ref, None)
            self.cursor = page.cursor
        return alone

    def post(self, id: str) -> Post:
        found = self.records[Ref(Kind.POST, id)]
        assert isinstance(found, Post)
        return found

    def thread(self, id: str) -> Thread:
        found = self.records[Ref(Kind.THREAD, id)]
        assert isinstance(found, Thread)
        return found


def answer(thread: str, text: str = "Like this.", **more: Any) -> Action:
    now = SystemClock().now()
    return Action(str(uuid4()), Verb.REPLY, Ref(Kind.THREAD, thread), thread, text=text, tried_at=now, **more)


def about(verb: Verb, kind: Kind, id: str) -> Action:
    return Action(str(uuid4()), verb, Ref(kind, id))


async def test_a_full_pull_brings_all_of_it_newest_first(box: Mailbox) -> None:
    old = box.write("An old question", ago=20 * DAY)
    ids = [box.write(f"Question {n}", f"Words {n}", ago=n * HOUR) for n in range(70, 0, -1)]
    last = box.write("Re: An old question", "Still broken: größer 🚲", old)
    box.write("Long ago", ago=800 * DAY)
    taken = await Taken().pull(box.source())
    posts = [record for record in taken.records.values() if isinstance(record, Post)]
    assert {post.id for post in posts} >= {old, last, *ids}
    assert taken.post(last).text == "Still broken: größer 🚲"
    assert taken.post(last).thread == old
    thread = taken.thread(old)
    assert (thread.title, thread.author, thread.kind) == ("An old question", "ann@ann.test", ThreadKind.DIRECT)
    ann = Member("ann@ann.test", Untrusted("ann@ann.test"), Untrusted("Ann"), email="ann@ann.test")
    assert ann in taken.records.values()
    firsts = [record.id for record in taken.pages[1].records if isinstance(record, Post)]
    assert last in firsts and ids[0] not in firsts
    assert taken.pages[-1].done == taken.pages[-1].total == len(posts)


async def test_a_second_pull_asks_only_for_what_is_new(box: Mailbox) -> None:
    for number in range(40):
        box.write(f"Question {number}")
    taken = Taken()
    await taken.pull(box.source())
    box.imap.asked.clear()
    again = box.source()
    assert not (await taken.pull(again)).records
    assert not any(b"FETCH" in said or b"SEARCH" in said for said in box.imap.asked)
    new = box.write("Something new")
    box.imap.asked.clear()
    assert set((await taken.pull(again)).records) >= {Ref(Kind.POST, new), Ref(Kind.THREAD, new)}
    fetched = [said.partition(b" ")[2] for said in box.imap.asked if b"FETCH" in said]
    assert len(fetched) == 3, "one for its head, one for its text, one for flags that have changed"
    assert all(said.startswith((b"UID FETCH 41 ", b"UID FETCH 1:41 (UID FLAGS) (CHANGEDSINCE ")) for said in fetched)
    assert len(box.imap.asked) == 8


async def test_an_answer_goes_out_once_and_is_filed(box: Mailbox) -> None:
    question = box.write("Brakes ü squeak", "Since yesterday.\nWhy?")
    source, taken = box.source(), Taken()
    await taken.pull(source)
    action = answer(question, "Clean them.\n.\nFrom there on they are silent 🚲.\n\n" + "long words " * 30)
    receipt = await source.push(action)
    [(to, message)] = box.mine()
    assert to == ["ann@ann.test"] == [message["to"]]
    assert message["in-reply-to"] == message["references"] == f"<{question}>"
    assert message["message-id"] == f"<{receipt.remote_id}>"
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert (
        "\r\n.\r\n From there on they are silent 🚲.\r\n".encode() in text and b"> Since yesterday.\r\n> Why?" in text
    )
    assert box.flags("Sent", receipt.remote_id) == ["\\Seen"]
    assert box.flags("INBOX", question) == ["\\Answered", "\\Seen"]
    await taken.pull(source)
    post = taken.post(receipt.remote_id)
    assert (post.thread, post.author, post.reply_to) == (question, box.address, question)
    assert post == receipt.records[-1]
    again = await source.push(action)
    assert again.remote_id == receipt.remote_id and len(box.mine()) == 1
    found = await source.find(action)
    assert found is not None and found.remote_id == receipt.remote_id


async def test_a_lost_answer_after_the_last_byte_is_not_sent_again(box: Mailbox) -> None:
    question = box.write("Lost?")
    source, action = box.source(), answer(question)
    order = box.smtp.lose_answer(rb"\r\n\.\r\n\Z")
    with pytest.raises(Unreachable) as lost:
        await source.push(action)
    assert order.done and lost.value.landed is None
    assert len(box.mine()) == 1
    with pytest.raises(Refused, match="confirmation was lost"):
        await source.find(action)
    copy = box.mine()[0][1]["message-id"].strip("<>")
    assert box.flags("Sent", copy) == ["\\Draft", "\\Seen"]
    taken = await Taken().pull(source)
    assert taken.post(copy).state is PostState.HELD
    box.write("Re: Lost?", "Thank you!", question, copy)
    found = await source.find(action)
    assert found is not None and found.remote_id == copy, "an answer to it proves that it went out"
    assert (await source.push(action)).remote_id == copy and len(box.mine()) == 1


async def test_a_copy_to_ourselves_proves_it(box: Mailbox) -> None:
    question = box.write("Lost, too?")
    source, action = box.source(self_copy=True), answer(question)
    box.smtp.lose_answer(rb"\r\n\.\r\n\Z")
    with pytest.raises(Unreachable):
        await source.push(action)
    [(to, _)] = box.mine()
    assert to == ["ann@ann.test", box.address]
    found = await source.find(action)
    assert found is not None and (await source.push(action)).remote_id == found.remote_id
    assert len(box.mine()) == 1


def to_member(address: str, **more: Any) -> Action:
    now = SystemClock().now()
    said = {"title": "Grüße aus der Werkstatt", "text": "Would you show it to us?", **more}
    return Action(str(uuid4()), Verb.MESSAGE, Ref(Kind.MEMBER, address), tried_at=now, **said)


async def test_a_message_to_a_member_goes_out_once_and_begins_a_thread(box: Mailbox) -> None:
    box.write("My bell")
    source, taken, action = box.source(), Taken(), to_member("ann@ann.test")
    await taken.pull(source)
    receipt = await source.push(action)
    [(to, message)] = box.mine()
    assert to == ["ann@ann.test"] == [message["to"]]
    assert message["in-reply-to"] is None
    assert message["message-id"] == f"<{receipt.remote_id}>"
    assert box.flags("Sent", receipt.remote_id) == ["\\Seen"]
    assert (await source.push(action)).remote_id == receipt.remote_id
    found = await source.find(action)
    assert found is not None
    assert found.records == receipt.records
    assert len(box.mine()) == 1
    answer_id = box.write("Re: Grüße aus der Werkstatt", "Gladly.", receipt.remote_id)
    await taken.pull(source)
    assert taken.thread(receipt.remote_id).title == "Grüße aus der Werkstatt"
    assert taken.post(receipt.remote_id) == receipt.records[-1]
    assert taken.post(answer_id).thread == receipt.remote_id


async def test_a_message_whose_answer_was_lost_is_looked_for(box: Mailbox) -> None:
    source, action = box.source(self_copy=True), to_member("ann@ann.test")
    box.smtp.lose_answer(rb"\r\n\.\r\n\Z")
    with pytest.raises(Unreachable) as lost:
        await source.push(action)
    assert lost.value.landed is None
    found = await source.find(action)
    assert found is not None
    assert (await source.push(action)).remote_id == found.remote_id
    assert len(box.mine()) == 1


async def test_a_message_to_a_list_or_a_machine_is_not_sent(box: Mailbox) -> None:
    by = '"Zoe via Riders" <riders@lists.test>'
    more = "List-Id: <riders.lists.test>\r\nList-Post: <mailto:Riders@lists.test>\r\nPrecedence: list"
    box.server.deliver(box.address, mail("l1@lists.test", by, "Ride", "Sunday?", SystemClock().now(), more=more))
    for address, words in (("riders@lists.test", "mailing list"), ("no-reply@ann.test", "no person")):
        with pytest.raises(Refused, match=words):
            await box.source().push(to_member(address))
    assert not box.mine()


@pytest.mark.parametrize("moment", [rb"MAIL FROM", rb"RCPT TO", rb"DATA\r\n"])
async def test_before_the_last_byte_nothing_is_unclear(box: Mailbox, moment: bytes) -> None:
    question = box.write("Cut")
    source, action = box.source(), answer(question)
    order = box.smtp.cut_before(moment)
    with pytest.raises(Unreachable) as cut:
        await source.push(action)
    assert order.done and cut.value.landed is False and not box.mine()
    receipt = await source.push(action)
    assert len(box.mine()) == 1 and box.flags("Sent", receipt.remote_id) == ["\\Seen"]


@pytest.mark.parametrize(("who", "kind"), [("reject", Refused), ("defer", Unreachable)])
async def test_a_recipient_who_is_not_taken(box: Mailbox, who: str, kind: type[SourceError]) -> None:
    question = box.write("Nobody home", sender=f"{who}@ann.test")
    source, action = box.source(), answer(question)
    with pytest.raises(kind) as error:
        await source.push(action)
    assert error.value.landed is False and not box.mine()
    assert await source.find(action) is None


async def test_junk_and_back(box: Mailbox) -> None:
    spam, other = box.write("WIN MONEY", "now"), box.write("A question")
    source, taken = box.source(), Taken()
    await taken.pull(source)
    receipt = await source.push(about(Verb.SPAM, Kind.POST, spam))
    assert isinstance(receipt.records[-1], Post) and receipt.records[-1].state is PostState.DELETED
    assert box.flags("INBOX", spam) is None and box.flags("Junk", spam) == []
    await source.push(about(Verb.SPAM, Kind.POST, spam))
    pulled = await taken.pull(box.source())
    assert {ref for page in pulled.pages for ref in page.gone} == {Ref(Kind.POST, spam), Ref(Kind.THREAD, spam)}
    await source.push(about(Verb.RESTORE, Kind.POST, spam))
    assert box.flags("INBOX", spam) == [] and box.flags("Junk", spam) is None
    await taken.pull(box.source())
    assert {taken.post(id).state for id in (spam, other)} == {PostState.VISIBLE}
    assert taken.thread(spam).title == "WIN MONEY"


async def test_trash_and_what_is_gone(box: Mailbox) -> None:
    rude = box.write("Rude")
    source = box.source()
    await source.push(about(Verb.REMOVE, Kind.POST, rude))
    assert box.flags("INBOX", rude) is None and box.flags("Trash", rude) == []
    with box.reader("Trash") as imap:
        imap.store("1", "+FLAGS", "(\\Deleted)")
        imap.expunge()
    for verb in (Verb.REMOVE, Verb.SPAM, Verb.RESTORE):
        with pytest.raises(Gone):
            await source.push(about(verb, Kind.POST, rude))
    with pytest.raises(Gone):
        await source.push(answer(rude))


async def test_closed_by_us_and_opened_by_a_colleague(box: Mailbox) -> None:
    first = box.write("To be closed")
    second = box.write("Re: To be closed", "and more", first)
    source, taken = box.source(), Taken()
    await taken.pull(source)
    receipt = await source.push(about(Verb.CLOSE, Kind.THREAD, first))
    assert isinstance(receipt.records[0], Thread) and receipt.records[0].closed
    assert box.flags("INBOX", first) == box.flags("INBOX", second) == ["$CMDone"]
    await taken.pull(box.source())
    assert taken.thread(first).closed
    with box.reader() as imap:
        imap.store("1:*", "-FLAGS", "($CMDone)")
    await taken.pull(box.source())
    assert not taken.thread(first).closed
    await source.push(about(Verb.CLOSE, Kind.THREAD, first))
    await taken.pull(source)
    box.write("Re: To be closed", "not yet!", first)
    await taken.pull(box.source())
    assert not taken.thread(first).closed
    await source.push(about(Verb.REOPEN, Kind.THREAD, first))
    assert box.flags("INBOX", first) == []


async def test_a_mailbox_that_was_made_anew_is_read_again_without_doubles(box: Mailbox) -> None:
    ids = {box.write(f"Question {number}") for number in range(5)}
    taken = Taken()
    await taken.pull(box.source())
    folder = box.server.folder / "mail" / box.address.partition("@")[0]
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (folder / name).unlink(missing_ok=True)
    (uidlist := folder / "dovecot-uidlist").write_text("3 V1234567 N1 G00112233445566778899aabbccddeeff\n")
    shutil.chown(uidlist, "mail", "mail")
    new = box.write("Afterwards")
    pulled = await taken.pull(box.source())
    assert any("made anew" in page.note for page in pulled.pages)
    assert {ref.id for ref in taken.records if ref.kind is Kind.POST} == {*ids, new}


async def test_a_folder_with_any_name(box: Mailbox) -> None:
    box.write("In the inbox")
    with box.reader() as imap:
        imap.uid("COPY", "1", '"M&APw-ll &- mehr"')
    taken = await Taken().pull(box.source(folder="Müll & mehr"))
    assert sum(isinstance(record, Post) for record in taken.records.values()) == 1


@pytest.mark.parametrize("scheme", ["tls", "starttls"])
async def test_tls_with_our_own_authority(box: Mailbox, scheme: str) -> None:
    port = box.server.imaps if scheme == "tls" else box.server.imap
    place = f"{scheme}://127.0.0.1:{port}"
    me = await box.source(imap=place, ca=str(box.server.ca), smtp="").check()
    assert me.name == box.address and me.version.startswith("Dovecot")
    assert "smtp" in me.missing["reply"] and Verb.SPAM in me.verbs
    with pytest.raises(Refused, match="certificate"):
        await box.source(imap=place).check()


async def test_who_we_are(box: Mailbox) -> None:
    me = await box.source().check()
    assert me.verbs == set(Email.verbs) and not me.missing
    with pytest.raises(Unauthorized, match="app password") as error:
        await box.source(password=Secret("wrong")).check()
    assert error.value.right == "login"
    action = replace(answer("none@ann.test"), text="To nobody")
    with pytest.raises(Gone):
        await box.source().push(action)
