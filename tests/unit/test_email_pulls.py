"""What a pull of a mailbox asks for and brings: cost, both ends, threads, machines, bounces, what was thrown away."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Malformed, Refused
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread, ThreadKind, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed, Page
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.sources.email import Email
from cm_console.sources.email.texts import READ
from tests.servers.email_bench import ANN, US, EmailBench, mail

BENCH = EmailBench


@dataclass
class Reader:
    """Pulls and keeps what came; each pull by a fresh process unless told otherwise."""

    bench: EmailBench
    settings: dict[str, object] = field(default_factory=dict)
    cursor: Cursor | None = None
    records: dict[Ref, Record] = field(default_factory=dict)
    gone: set[Ref] = field(default_factory=set)

    async def pull(self, source: Email | None = None) -> list[Page]:
        ours = source or self.bench.source(**self.settings)
        pages = []
        async for page in ours.pull(Feed.THREADS, self.cursor):
            pages.append(page)
            self.take(page)
        if source is None:
            await ours.close()
        return pages

    def take(self, page: Page) -> None:
        self.cursor = page.cursor
        self.records |= {ref_of(record): record for record in page.records}
        for ref in page.gone:
            self.gone.add(ref)
            self.records.pop(ref, None)

    def post(self, id: str) -> Post:
        found = self.records[Ref(Kind.POST, id)]
        assert isinstance(found, Post)
        return found

    def thread(self, id: str) -> Thread:
        found = self.records[Ref(Kind.THREAD, id)]
        assert isinstance(found, Thread)
        return found

    def author(self, id: str) -> Member:
        found = self.records[Ref(Kind.MEMBER, self.post(id).author or "")]
        assert isinstance(found, Member)
        return found


@pytest.fixture
def reader(bench: EmailBench) -> Reader:
    return Reader(bench)


def put(
    bench: EmailBench,
    id: str,
    *answers: str,
    box: str = "INBOX",
    sender: str = ANN,
    subject: str = "Brakes",
    text: str = "Some words",
    ago: int = 0,
    more: str = "",
    to: str = US,
) -> str:
    at = Instant(bench.clock.now() - ago)
    bench.world.put(box, mail(id, sender, subject, text, at, *answers, more=more, to=to), at=at)
    return id


async def test_nothing_new_costs_four_commands(bench: EmailBench, reader: Reader) -> None:
    await bench.add_thread(50)
    source = bench.source()
    await reader.pull(source)
    before = bench.requests
    assert not await reader.pull(source)
    assert [said.split()[0] for said in bench.imap.seen[before - len(bench.smtp.seen) :]] == ["EXAMINE"] + [
        "STATUS"
    ] * 3
    await source.close()


async def test_a_new_answer_costs_ten_commands_after_a_restart(bench: EmailBench, reader: Reader) -> None:
    for number in range(30):
        put(bench, f"{number}@x", ago=HOUR)
    await reader.pull()
    put(bench, "new@x", "3@x", subject="Re: Brakes")
    bench.imap.seen.clear()
    await reader.pull()
    work = [
        said
        for said in bench.imap.seen
        if said.split()[0] not in ("CAPABILITY", "AUTHENTICATE", "LIST", "STATUS", "LOGOUT")
    ]
    kinds = [" ".join(said.split()[: 2 if said.startswith("UID") else 1]) for said in work]
    assert kinds.count("UID FETCH") == 4, "its head, the thread's other head, its text, changed flags"
    assert len(work) == 10 and reader.post("new@x").thread == "3@x"


async def test_the_first_pull_is_bounded_and_newest_first(bench: EmailBench, reader: Reader) -> None:
    for number in range(100, 0, -1):
        put(bench, f"{number}@x", subject=f"Day {number}", ago=number * DAY)
    put(bench, "ours@x", "7@x", box="Sent", sender=US, ago=6 * DAY)
    reader.settings = {"history": 50}
    pages = await reader.pull()
    posts = [[record.id for record in page.records if isinstance(record, Post)] for page in pages]
    assert set(posts[1]) == {*(f"{number}@x" for number in range(1, 30)), "ours@x"}
    assert sum(map(len, posts)) == pytest.approx(51, abs=1)
    assert [page.done for page in pages][1:3] == [30, pages[-1].total]


async def test_stopped_on_the_way_back_what_is_new_comes_first(bench: EmailBench, reader: Reader) -> None:
    for number in range(100, 0, -1):
        put(bench, f"{number}@x", ago=number * HOUR)
    source = bench.source()
    pages = source.pull(Feed.THREADS, None)
    for _ in range(2):
        reader.take(await anext(pages))
    await pages.aclose()
    await source.close()
    assert Ref(Kind.POST, "30@x") in reader.records and Ref(Kind.POST, "31@x") not in reader.records
    put(bench, "new@x")
    again = await reader.pull()
    assert [record.id for record in again[0].records if isinstance(record, Post)] == ["new@x"]
    assert sum(isinstance(record, Post) for page in again for record in page.records) == 71
    assert sum(isinstance(record, Post) for record in reader.records.values()) == 101


async def test_a_longer_history_goes_back_further(bench: EmailBench, reader: Reader) -> None:
    put(bench, "old@x", ago=90 * DAY)
    put(bench, "new@x", ago=DAY)
    reader.settings = {"history": 30}
    await reader.pull()
    assert Ref(Kind.POST, "old@x") not in reader.records
    reader.settings = {"history": 0}
    await reader.pull()
    assert Ref(Kind.POST, "old@x") in reader.records


async def test_threads_whatever_comes_first(bench: EmailBench, reader: Reader) -> None:
    put(bench, "c@x", "b@x", ago=3 * HOUR, subject="AW: Brakes")  # its program names only what it answers
    put(bench, "a@x", ago=5 * HOUR)
    put(bench, "b@x", "a@x", ago=4 * HOUR, box="Sent", sender=US)
    put(bench, "lost@x", "never@seen", "nor@this", ago=HOUR, subject="Re: Forwarded to you")
    await reader.pull()
    assert {reader.post(id).thread for id in ("a@x", "b@x", "c@x")} == {"a@x"}
    assert reader.post("c@x").reply_to == "b@x"
    thread = reader.thread("a@x")
    assert (thread.title, thread.author, thread.created_at) == ("Brakes", ANN, bench.clock.now() - 5 * HOUR)
    assert reader.thread("never@seen").title == "Forwarded to you"
    put(bench, "d@x", "c@x", subject="Re: Brakes")
    await reader.pull()
    assert reader.post("d@x").thread == "a@x" and reader.thread("a@x") == thread


async def test_an_answer_that_names_nothing_joins_the_same_subject_of_the_same_person(
    bench: EmailBench, reader: Reader
) -> None:
    put(bench, "a@x", ago=9 * HOUR)
    put(bench, "other@x", sender="bob@bob.test", ago=8 * HOUR)
    put(bench, "ours@x", "a@x", box="Sent", sender=US, to=ANN, subject="Re: Brakes", ago=7 * HOUR)
    put(bench, "b@x", subject="Re: Brakes", ago=6 * HOUR)
    put(bench, "stranger@x", subject="Re: Brakes", sender="eve@eve.test", ago=5 * HOUR)
    put(bench, "again@x", subject="Brakes", ago=4 * HOUR)
    await reader.pull()
    put(bench, "late@x", subject="re: brakes", ago=HOUR)
    await reader.pull()
    threads = {id: reader.post(id).thread for id in ("a@x", "ours@x", "b@x", "stranger@x", "other@x", "again@x")}
    assert threads.pop("b@x") == threads.pop("ours@x") == threads.pop("a@x") == "a@x"
    assert all(id == thread for id, thread in threads.items())
    assert reader.post("late@x").thread == "again@x"


MACHINES = {
    "vacation": "Auto-Submitted: auto-replied",
    "newsletter": "Precedence: bulk\r\nList-Unsubscribe: <mailto:off@ann.test>",
    "exchange": "X-Autoreply: yes",
    "null": "Return-Path: <>",
}


async def test_machines_are_not_the_person(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x", ago=HOUR)
    for id, more in MACHINES.items():
        put(bench, id, "a@x", more=more)
    put(bench, "bot", sender="Shop <no-reply@shop.test>", subject="Your parcel")
    put(bench, "person", "a@x", more="Auto-Submitted: no")
    await reader.pull()
    for id in MACHINES:
        assert (reader.author(id).bot, reader.post(id).author) == (True, f"auto:{ANN}")
    assert not reader.author("person").bot and reader.author("person") == reader.author("a@x")
    assert reader.thread("a@x").kind is ThreadKind.DIRECT
    assert reader.author("bot").bot and reader.thread("bot").kind is ThreadKind.TOPIC


async def test_lists_are_public_and_contact_forms_are_people(bench: EmailBench, reader: Reader) -> None:
    listed = 'List-Id: "Bike talk" <talk.lists.test>\r\nPrecedence: list\r\nList-Post: <mailto:talk@lists.test>'
    put(bench, "l@x", more=listed, to=f"talk@lists.test, {US}")
    put(bench, "m@x", more=listed, to="talk@lists.test")
    put(bench, "form@x", sender=US, more="Reply-To: Cleo <cleo@cleo.test>", subject="Contact form")
    put(bench, "mine@x", box="Sent", sender=US, to=ANN)
    await reader.pull()
    thread = reader.thread("l@x")
    assert (thread.kind, thread.place) == (ThreadKind.TOPIC, "Bike talk")
    assert reader.post("l@x").mentions_us and not reader.post("m@x").mentions_us
    form = reader.author("form@x")
    assert (form.id, form.name, form.staff) == ("cleo@cleo.test", "Cleo", False)
    assert reader.author("mine@x").staff and reader.author("mine@x").id == US


def report(id: str, original: str, action: str) -> bytes:
    """A delivery report as Postfix writes it."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.test (Mail Delivery System)\r\nTo: {US}\r\nMessage-ID: <{id}>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\nAction: {action}\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\nSubject: Re\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_bounce_of_our_answer_brings_its_thread_back(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x", ago=HOUR)
    put(bench, "ours@x", "a@x", box="Sent", sender=US, to=ANN, ago=HOUR // 2)
    await reader.pull()
    for id, original, action in (("1", "ours@x", "failed"), ("2", "ours@x", "delayed"), ("3", "forged@x", "failed")):
        bench.world.put("INBOX", report(f"{id}@mx", original, action))
    await reader.pull()
    assert (reader.post("1@mx").thread, reader.post("1@mx").reply_to) == ("a@x", "ours@x")
    assert not reader.author("1@mx").bot, "somebody has to look at it"
    assert reader.author("2@mx").bot and reader.author("3@mx").bot
    assert reader.post("3@mx").thread != "a@x"


async def test_what_is_thrown_away_goes_unless_a_copy_stays(bench: EmailBench, reader: Reader) -> None:
    for id in ("a@x", "b@x", "twice@x", "twice@x", "archived@x", "erased@x"):
        put(bench, id, subject=id, ago=HOUR)
    put(bench, "answer@x", "a@x", subject="Re: a@x")
    put(bench, "spam@x", box="Junk")
    await reader.pull()
    inbox = bench.world.boxes["INBOX"]
    for id, to in (("a@x", "Trash"), ("b@x", "Junk"), ("twice@x", "Trash"), ("archived@x", "Archive")):
        found = inbox.by_id(id)
        assert found is not None
        bench.world.move("INBOX", found, to)
    erased = inbox.by_id("erased@x")
    assert erased is not None
    inbox.mails.remove(erased)
    put(bench, "more spam@x", box="Junk")
    await reader.pull()
    assert reader.gone == {
        Ref(Kind.POST, "a@x"),
        Ref(Kind.POST, "b@x"),
        Ref(Kind.THREAD, "b@x"),
        *(Ref(kind, made) for kind in (Kind.POST, Kind.THREAD) for made in ids_of(bench, "Junk", "more spam@x")),
    }
    assert reader.thread("a@x").title == "a@x"
    assert {Ref(Kind.POST, id) for id in ("twice@x", "archived@x", "erased@x")} <= set(reader.records)
    back = bench.world.boxes["Junk"].by_id("b@x")
    assert back is not None
    bench.world.move("Junk", back, "INBOX")
    await reader.pull()
    assert {Ref(Kind.POST, "b@x"), Ref(Kind.THREAD, "b@x")} <= set(reader.records)


def ids_of(bench: EmailBench, box: str, id: str) -> list[str]:
    """The id a message has for us: one with a blank in it is none."""
    from cm_console.sources.email.heads import Role, head_of
    from cm_console.sources.email.imap_parse import Value

    found = bench.world.boxes[box].by_id(id)
    assert found is not None
    facts: dict[str, Value] = {"BODY[HEADER.FIELDS ()]": found.raw.split(b"\r\n\r\n")[0]}
    return [head_of(Role.JUNK, 1, facts, frozenset()).id]


async def test_numbers_that_lost_their_meaning_double_nothing(bench: EmailBench, reader: Reader) -> None:
    for number in range(5):
        put(bench, f"{number}@x", ago=HOUR)
    source = bench.source()
    await reader.pull(source)
    bench.world.boxes["INBOX"].mails.pop(0)
    bench.world.renumber("INBOX")
    put(bench, "new@x")
    pages = await reader.pull(source)
    assert [page.note for page in pages if page.note] == ["INBOX was made anew on the server: it is read again"]
    assert sum(isinstance(record, Post) for record in reader.records.values()) == 6
    assert not await reader.pull(source)
    await source.close()


@pytest.mark.parametrize("same_process", [True, False])
async def test_done_by_a_colleague_and_open_again_with_the_next_mail(
    bench: EmailBench, reader: Reader, same_process: bool
) -> None:
    put(bench, "a@x", ago=HOUR)
    put(bench, "b@x", "a@x", ago=HOUR)
    source = bench.source()
    process = source if same_process else None
    await reader.pull(process)
    inbox = bench.world.boxes["INBOX"].mails
    bench.world.flag(inbox[0], "$CMDone", on=True)
    await reader.pull(process)
    assert not reader.thread("a@x").closed
    bench.world.flag(inbox[1], "$cmdone", "\\Seen", on=True)
    await reader.pull(process)
    assert reader.thread("a@x").closed
    put(bench, "c@x", "a@x", "b@x")
    await reader.pull(process)
    assert not reader.thread("a@x").closed
    bench.world.flag(inbox[2], "$CMDone", on=True)
    await reader.pull(process)
    assert reader.thread("a@x").closed
    bench.world.flag(inbox[0], "$CMDone", on=False)
    await reader.pull(process)
    assert not reader.thread("a@x").closed
    await source.close()


async def test_mail_that_somebody_has_read_is_not_asked_for_again_and_again(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x")
    await reader.pull()
    bench.world.flag(bench.world.boxes["INBOX"].mails[0], "\\Seen", on=True)
    await reader.pull()
    bench.imap.seen.clear()
    assert not await reader.pull() and not bench.asked("FETCH")


async def test_a_copy_that_stays_keeps_it_also_in_a_thread_that_was_looked_at(
    bench: EmailBench, reader: Reader
) -> None:
    for _ in range(2):
        put(bench, "a@x", ago=HOUR)
    await reader.pull()
    source = bench.source()
    put(bench, "b@x", "a@x")
    await reader.pull(source)
    bench.world.move("INBOX", bench.world.boxes["INBOX"].mails[0], "Trash")
    await reader.pull(source)
    assert not reader.gone
    bench.world.move("INBOX", bench.world.boxes["INBOX"].mails[0], "Trash")
    await reader.pull(source)
    assert reader.gone == {Ref(Kind.POST, "a@x")}
    await source.close()


async def test_marked_as_deleted_is_gone_until_it_is_not(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x")
    source = bench.source()
    await reader.pull(source)
    [found] = bench.world.boxes["INBOX"].mails
    bench.world.flag(found, "\\Deleted", on=True)
    await reader.pull(source)
    assert Ref(Kind.POST, "a@x") in reader.gone and Ref(Kind.POST, "a@x") not in reader.records
    bench.world.flag(found, "\\Deleted", on=False)
    await reader.pull(source)
    assert reader.post("a@x").text == "Some words"
    await source.close()


async def test_what_may_not_have_gone_out_is_held_until_it_has(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x", ago=HOUR)
    put(bench, "ours@x", "a@x", box="Sent", sender=US)
    [copy] = bench.world.boxes["Sent"].mails
    bench.world.flag(copy, "\\Draft", on=True)
    await reader.pull()
    assert reader.post("ours@x").state is PostState.HELD
    await reader.pull()
    bench.world.flag(copy, "\\Draft", on=False)
    await reader.pull()
    assert reader.post("ours@x").state is PostState.VISIBLE
    bench.imap.seen.clear()
    await reader.pull()
    assert not bench.asked('EXAMINE "Sent"'), "nothing is held any more"


async def test_a_huge_mail_is_read_at_its_beginning(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x", text="word " * 300_000)
    await reader.pull()
    text = reader.post("a@x").text
    assert text.startswith("word word") and len(text) < READ
    assert text.endswith("[the rest of this message, 1.8 MB, is not read]")
    assert all(f"<0.{READ}>" in asked for asked in bench.asked("BODY.PEEK[]"))


async def test_without_change_numbers_new_mail_still_comes(bench: EmailBench, reader: Reader) -> None:
    bench.imap.capabilities = "IMAP4rev1"
    bench.imap.password = bench.smtp.password = "plain password"
    reader.settings = {"password": Secret("plain password")}
    put(bench, "a@x")
    await reader.pull()
    put(bench, "b@x", "a@x")
    await reader.pull()
    assert reader.post("b@x").thread == "a@x"
    assert not bench.asked("CONDSTORE") and not bench.asked("CHANGEDSINCE")


async def test_mail_without_an_id_has_one_all_the_same(bench: EmailBench, reader: Reader) -> None:
    raw = b"From: ann@ann.test\r\nSubject: No id\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\n\r\nwords"
    for _ in range(2):
        bench.world.put("INBOX", raw)
    source = bench.source()
    await reader.pull(source)
    [post] = [record for record in reader.records.values() if isinstance(record, Post)]
    assert post.id.startswith("hash:") and post.text == "words"
    await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.POST, post.id)))
    assert [len(bench.world.boxes[box].mails) for box in ("INBOX", "Junk")] == [0, 2]
    await source.close()


HORRORS = {
    "latin": b"Subject: Gr\xf6\xdfe\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nf\xfcr 5 \x80",
    "lies": b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    + "für 5 €".encode(),
    "unknown": b"Subject: =?x-none?b?R3L2396?=\r\nContent-Type: text/plain; charset=x-none\r\n\r\n"
    + "für 5 €".encode(),
    "html": b"Subject: Gr\xc3\xb6\xc3\x9fe\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<script>alert(1)</script>"
    b"<p>f&uuml;r <b>5</b> &euro;</p>",
}


async def test_charsets_in_the_wild(bench: EmailBench, reader: Reader) -> None:
    for id, rest in HORRORS.items():
        bench.world.put("INBOX", f"Message-ID: <{id}@x>\r\nFrom: ann@ann.test\r\n".encode() + rest)
    mixed = (
        b"Message-ID: <mixed@x>\r\nFrom: =?utf-8?b?w4Q=?= <a@x.test>\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; format=flowed\r\n\r\nsoft \r\nline\r\n"
        b"--b\r\nContent-Type: application/x-msdownload; name*=utf-8''b%C3%B6se.exe\r\n"
        b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQ!!!broken\r\n"
    )
    bench.world.put("INBOX", mixed)
    await reader.pull()
    assert {reader.post(f"{id}@x").text for id in HORRORS} == {"für 5 €"}
    assert {reader.thread(f"{id}@x").title for id in ("latin", "lies", "html")} == {"Größe"}
    assert reader.post("mixed@x").text.startswith("soft line\n\n[attached: böse.exe, application/x-msdownload,")
    assert reader.author("mixed@x").name == "Ä"


async def test_a_date_in_the_future_is_not_believed(bench: EmailBench, reader: Reader) -> None:
    at = Instant(bench.clock.now() - MINUTE)
    bench.world.put("INBOX", mail("a@x", ANN, "Soon", "words", Instant(at + 400 * DAY)), at=at)
    await reader.pull()
    assert reader.post("a@x").created_at == at


async def test_a_server_that_lies_about_lengths_is_not_believed(bench: EmailBench, reader: Reader) -> None:
    put(bench, "a@x")
    for kind in ("lie", "flood"):
        bench.imap.plan(kind, lambda said: "BODY.PEEK[]" in said)
        with pytest.raises(Malformed):
            await reader.pull()
    await reader.pull()
    assert Ref(Kind.POST, "a@x") in reader.records


async def test_a_folder_that_is_not_there(bench: EmailBench, reader: Reader) -> None:
    reader.settings = {"folder": 'In"box\\'}
    with pytest.raises(Refused, match="no such mailbox"):
        await reader.pull()
    assert 'EXAMINE "In\\"box\\\\" (CONDSTORE)' in bench.imap.seen
    reader.settings = {"folder": "INBOX\r\na DELETE Sent"}
    with pytest.raises(Refused, match="no name of a folder"):
        await reader.pull()
