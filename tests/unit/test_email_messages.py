"""Writing to a member of a mailbox: whom it reaches, which subject it has, whom nobody would read it at."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Refused, SourceError
from cm_console.model.records import Kind, Post, Ref, Thread, ThreadKind
from cm_console.model.source import Feed
from cm_console.model.text import Untrusted
from cm_console.sources.mail.bodies import text_of
from tests.servers.email_bench import ANN, US, EmailBench, mail

VIA = "via Riders <riders@lists.test>"
LIST = "List-Id: <riders.lists.test>\r\nList-Post: <mailto:riders@lists.test>\r\nPrecedence: list"


class Plain(EmailBench):
    """A server that files nothing, and no copies to ourselves: where doubt is possible."""

    settings: ClassVar[dict[str, Any]] = {"copies": "us"}


BENCH = Plain


def to(bench: EmailBench, member: str = ANN, text: str = "Would you show it to us?", **more: Any) -> Action:
    said = {"title": "Your bell", "place": "ops@ops.test", **more}
    return Action("2" * 32, Verb.MESSAGE, Ref(Kind.MEMBER, member), text=text, tried_at=bench.clock.now(), **said)


async def push(bench: EmailBench, action: Action, **settings: Any) -> str:
    source = bench.source(**settings)
    try:
        return (await source.push(action)).remote_id
    finally:
        await source.close()


async def test_it_goes_to_the_member_and_begins_a_conversation(bench: Plain) -> None:
    source = bench.source()
    receipt = await source.push(to(bench))
    ((sender, recipients, raw),) = bench.world.handed
    assert (sender, recipients) == (US, [ANN])
    said = message_from_bytes(raw)
    assert (said["to"], said["subject"], said["in-reply-to"], said["cc"]) == (ANN, "Your bell", None, None)
    assert text_of(raw) == "Would you show it to us?"
    (copy,) = bench.world.boxes["Sent"].mails
    assert copy.id == receipt.remote_id and copy.raw == raw and "\\Draft" not in copy.flags
    assert "2" * 32 in copy.id
    (thread,) = [record for record in receipt.records if isinstance(record, Thread)]
    (post,) = [record for record in receipt.records if isinstance(record, Post)]
    assert (thread.id, thread.kind, thread.title, thread.author) == (copy.id, ThreadKind.DIRECT, "Your bell", US)
    assert (post.id, post.thread, post.reply_to) == (copy.id, copy.id, None)
    answer = mail("a@ann.test", ANN, "Re: Your bell", "Gladly.", bench.clock.now(), copy.id)
    bench.world.put("INBOX", answer)
    pulled = [record async for page in source.pull(Feed.THREADS, None) for record in page.records]
    assert {record.thread for record in pulled if isinstance(record, Post)} == {copy.id}
    await source.close()


async def test_a_repeat_sends_nothing_and_it_is_found(bench: Plain) -> None:
    action, source = to(bench), bench.source()
    assert await source.find(action) is None
    receipt = await source.push(action)
    assert (await source.push(action)).remote_id == receipt.remote_id
    found = await source.find(action)
    assert found is not None
    assert (found.remote_id, found.records) == (receipt.remote_id, receipt.records)
    assert len(bench.world.handed) == 1
    await source.close()


async def test_after_the_last_byte_a_person_is_asked(bench: Plain) -> None:
    bench.smtp.plan("lose", lambda command: command == "the final dot")
    with pytest.raises(SourceError) as error:
        await push(bench, to(bench))
    assert error.value.landed is None
    source = bench.source()
    with pytest.raises(Refused, match="may have gone out or not"):
        await source.find(to(bench))
    await source.close()
    assert len(bench.world.handed) == 1


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Welcome!\n\nWe meet on Thursday.", "Welcome!"),
        ("\n \nGrüße aus der Werkstatt 🚲", "Grüße aus der Werkstatt 🚲"),
        (
            "Every word of this is worth reading, but not all of them fit",
            "Every word of this is worth reading, but not all of them fit",
        ),
        (
            "Every word of this is worth reading, but not all of them fit!",
            "Every word of this is worth reading, but not all of them …",
        ),
        ("x" * 80, "x" * 60 + " …"),
        ("Hi\r\nBcc: everybody@list.test", "Hi"),
    ],
)
async def test_without_a_title_the_first_words_are_the_subject(bench: Plain, text: str, subject: str) -> None:
    await push(bench, to(bench, text=text, title=" "))
    said = message_from_bytes(bench.world.handed[0][2])
    assert str(make_header(decode_header(said["subject"]))) == subject
    assert said["bcc"] is None


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("no-reply@ann.test", "is no person"),
        ("bounces+17@ann.test", "is no person"),
        ("auto:ann@ann.test", "is no person"),
        ("bounce:mailer-daemon@ann.test", "is no person"),
        ("", "is no person"),
        (US, "address of this mailbox"),
        ("info@bikes.test", "address of this mailbox"),
        ("ann miller", "no address one can write to"),
        ("ann@ann.test\r\nBcc: bob@bob.test", "no address one can write to"),
        ("ann@ann.test>\r\nRCPT TO:<bob@bob.test", "no address one can write to"),
        ("ann@ann.test, bob@bob.test", "no address one can write to"),
    ],
)
async def test_nothing_goes_to_machines_to_ourselves_and_to_nowhere(bench: Plain, member: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as error:
        await push(bench, to(bench, member), aliases="info@bikes.test")
    assert error.value.landed is False
    assert not bench.world.handed and not bench.world.boxes["Sent"].mails


async def test_it_is_known_whom_it_can_reach(bench: Plain) -> None:
    """Who gave no address is a name only: that is told before anything is written."""
    source = bench.source()
    pattern = (await source.check()).some[Verb.MESSAGE]
    assert [fnmatchcase(id, pattern) for id in (ANN, "ann miller")] == [True, False]
    await source.close()


async def test_it_needs_a_member_and_a_text(bench: Plain) -> None:
    with pytest.raises(Refused, match="needs a text"):
        await push(bench, to(bench, text=" \n"))
    with pytest.raises(Refused, match="no person"):
        await push(bench, Action("3" * 32, Verb.MESSAGE, Ref(Kind.THREAD, ANN), text="Hello"))
    assert not bench.world.handed


@pytest.mark.parametrize("box", ["INBOX", "Archive"])
async def test_what_is_private_never_goes_to_a_list(bench: Plain, box: str) -> None:
    """A list that puts its own address there makes it the id of whoever wrote."""
    raw = mail(
        "l@lists.test",
        f'"Zoe {VIA.partition("<")[0].strip()}" <riders@lists.test>',
        "Ride",
        "Sunday?",
        bench.clock.now(),
        more=LIST,
    )
    bench.world.put(box, raw)
    with pytest.raises(Refused, match=r"riders@lists\.test is a mailing list: all its members would read it"):
        await push(bench, to(bench, "riders@lists.test"))
    assert not bench.world.handed
    await push(bench, to(bench, "ders@lists.test"))
    assert bench.world.handed[0][1] == ["ders@lists.test"]


async def test_who_is_not_taken_gets_nothing(bench: Plain) -> None:
    with pytest.raises(Refused, match="no such user"):
        await push(bench, to(bench, "reject@ann.test"))
    assert not bench.world.handed and not bench.world.boxes["Sent"].mails


async def test_a_name_in_other_letters_is_written_as_mail_servers_take_it(bench: Plain) -> None:
    await push(bench, to(bench, Untrusted("ann@bücher.example")))
    assert bench.world.handed[0][1] == ["ann@xn--bcher-kva.example"]
