"""What the email source writes: answers and what becomes of them when something breaks, moves, marks, refusals."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Gone, Malformed, Refused, SourceError, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, PostState, Ref, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import Feed
from cm_console.model.time import HOUR, Instant
from cm_console.sources.mail.bodies import text_of
from tests.servers.email_bench import ANN, PASSWORD, US, EmailBench, mail
from tests.servers.email_world import Box


class Plain(EmailBench):
    """A server that files nothing, and no copies to ourselves: where doubt is possible."""

    settings: ClassVar[dict[str, Any]] = {"copies": "us"}


BENCH = Plain


def put(bench: EmailBench, id: str = "q@ann.test", **more: Any) -> str:
    sender, box, answers = more.pop("sender", ANN), more.pop("box", "INBOX"), more.pop("answers", ())
    at = Instant(bench.clock.now() - HOUR)
    raw = mail(id, sender, more.pop("subject", "Brakes"), more.pop("text", "They squeak."), at, *answers, **more)
    bench.world.put(box, raw, at=at)
    return id


def answer(bench: EmailBench, thread: str = "q@ann.test", text: str = "Oil them.", **more: Any) -> Action:
    target = Ref(Kind.THREAD, thread)
    return Action("0" * 32, Verb.REPLY, target, thread, text=text, tried_at=bench.clock.now(), **more)


def flags(bench: EmailBench, box: str, id: str) -> set[str] | None:
    found = bench.world.boxes[box].by_id(id)
    return None if found is None else set(found.flags)


async def push(bench: EmailBench, action: Action, **settings: Any) -> str:
    source = bench.source(**settings)
    try:
        return (await source.push(action)).remote_id
    finally:
        await source.close()


async def find(bench: EmailBench, action: Action) -> str | None:
    source = bench.source()
    try:
        receipt = await source.find(action)
        return None if receipt is None else receipt.remote_id
    finally:
        await source.close()


async def test_the_copy_is_marked_until_the_server_has_taken_it(bench: Plain) -> None:
    put(bench)
    seen: list[set[str]] = []

    def note(command: str) -> bool:
        if command in ("DATA", "the final dot"):
            [copy] = bench.world.boxes["Sent"].mails
            seen.append(set(copy.flags))
        return False

    bench.smtp.plan("cut", note)
    id = await push(bench, answer(bench))
    assert seen == [{"\\Seen", "\\Draft"}] * 2
    assert flags(bench, "Sent", id) == {"\\Seen"} and flags(bench, "INBOX", "q@ann.test") == {"\\Seen", "\\Answered"}
    [(sender, to, raw)] = bench.world.handed
    assert (sender, to) == (US, [ANN]) and raw == bench.world.boxes["Sent"].mails[0].raw


@pytest.mark.parametrize("kind", ["lose", "late", "garble"])
async def test_after_the_last_byte_a_person_is_asked(bench: Plain, kind: str) -> None:
    put(bench)
    action = answer(bench)
    bench.smtp.plan(kind, lambda command: command == "the final dot")
    with pytest.raises((Unreachable, Malformed)) as error:
        await push(bench, action)
    assert error.value.landed is None
    await bench.quiet()
    with pytest.raises(Refused, match="may have gone out or not"):
        await find(bench, action)
    assert len(bench.world.handed) == 1
    id = await push(bench, action)  # the person said: send it again
    assert len(bench.world.handed) == 2 and len(bench.world.boxes["Sent"].mails) == 1
    assert flags(bench, "Sent", id) == {"\\Seen"} and await find(bench, action) == id


@pytest.mark.parametrize(
    ("moment", "fault", "kind"),
    [
        ("MAIL", "cut", Unreachable),
        ("RCPT", "refuse", Refused),
        ("DATA", "refuse", Refused),
        ("DATA", "cut", Unreachable),
        ("the final dot", "refuse", Refused),
        ("the final dot", "fail", Unreachable),
    ],
)
async def test_what_was_surely_not_sent_leaves_no_copy(
    bench: Plain, moment: str, fault: str, kind: type[SourceError]
) -> None:
    put(bench)
    bench.smtp.plan(fault, lambda command: command.startswith(moment))
    with pytest.raises(kind) as error:
        await push(bench, answer(bench))
    assert error.value.landed is False
    assert not bench.world.handed and not bench.world.boxes["Sent"].mails
    assert await find(bench, answer(bench)) is None
    await push(bench, answer(bench))
    assert len(bench.world.handed) == 1 == len(bench.world.boxes["Sent"].mails)


async def test_the_last_answer_of_the_mailbox_does_not_unsend_it(bench: Plain) -> None:
    put(bench)
    bench.imap.plan("refuse", lambda command: "Answered" in command)
    source = bench.source()
    receipt = await source.push(answer(bench))
    assert receipt.note.startswith("sent; but the mailbox could not be told") and len(bench.world.handed) == 1
    await source.close()


async def test_no_copy_no_mail(bench: Plain) -> None:
    put(bench)
    bench.imap.plan("refuse", lambda command: command.startswith("APPEND"))
    with pytest.raises(Refused) as error:
        await push(bench, answer(bench))
    assert error.value.landed is False and not bench.world.handed


async def test_an_answer_to_it_or_a_bounce_proves_that_it_went_out(bench: Plain) -> None:
    put(bench)
    action = answer(bench)
    bench.smtp.plan("lose", lambda command: command == "the final dot")
    with pytest.raises(Unreachable):
        await push(bench, action)
    [copy] = bench.world.boxes["Sent"].mails
    at = bench.clock.now()
    bench.world.put("INBOX", mail("thanks@ann.test", ANN, "Re: Brakes", "Thanks", at, copy.id), at=at)
    assert await find(bench, action) == copy.id == await push(bench, action)
    assert len(bench.world.handed) == 1


REFUSED = {
    "no-reply@shop.test": "sent by a machine",
    "Shop <donotreply+123@shop.test>": "sent by a machine",
    "bounces+7=x@lists.test": "sent by a machine",
    "MAILER-DAEMON@mx.test": "sent by a machine",
    "nobody": "no address|sent by a machine",
    "a b@x.test": "no address|sent by a machine",
    "x@-": "no address",
}


@pytest.mark.parametrize("sender", REFUSED)
async def test_nothing_goes_to_machines_and_to_nowhere(bench: Plain, sender: str) -> None:
    put(bench, sender=sender)
    with pytest.raises(Refused, match=REFUSED[sender]):
        await push(bench, answer(bench))
    assert not bench.smtp.seen


async def test_whom_an_answer_goes_to(bench: Plain) -> None:
    put(bench, "a@x", more="Reply-To: Ann at work <Ann.Work@Über.test>")
    put(bench, "b@x", more=f"Reply-To: {US}")
    put(bench, "c@x", sender=US, box="Sent", to="Bob <bob@bob.test>")
    put(bench, "d@x", sender=US, more="Reply-To: cleo@cleo.test")
    for number, id in enumerate(("a@x", "b@x", "c@x", "d@x")):
        await push(bench, replace(answer(bench, id), id=str(number)))
    recipients = [to for _, to, _ in bench.world.handed]
    assert recipients == [["ann.work@xn--ber-goa.test"], [ANN], ["bob@bob.test"], ["cleo@cleo.test"]]


async def test_the_newest_of_a_person_is_answered_or_the_one_asked_for(bench: Plain) -> None:
    put(bench)
    put(bench, "two@ann.test", answers=("q@ann.test",), subject="Re: Brakes")
    put(bench, "away@ann.test", answers=("q@ann.test", "two@ann.test"), more="Auto-Submitted: auto-replied")
    await push(bench, answer(bench))
    await push(bench, replace(answer(bench, reply_to="q@ann.test"), id="1"))
    heads = [raw.split(b"\r\n\r\n")[0] for _, _, raw in bench.world.handed]
    assert b"In-Reply-To: <two@ann.test>" in heads[0]
    assert b"References: <q@ann.test>\r\n <two@ann.test>\r\n" in heads[0]
    assert b"In-Reply-To: <q@ann.test>\r\nReferences: <q@ann.test>\r\n" in heads[1]


async def test_what_is_archived_can_be_answered_what_is_thrown_away_cannot(bench: Plain) -> None:
    put(bench, "kept@x", box="Archive")
    put(bench, "lost@x", box="Trash")
    await push(bench, answer(bench, "kept@x"))
    with pytest.raises(Gone):
        await push(bench, replace(answer(bench, "lost@x"), id="1"))


async def test_too_long_is_refused_before_it_is_sent(bench: Plain) -> None:
    put(bench)
    bench.smtp.offers = ["SIZE 2000"]
    with pytest.raises(Refused, match=r"the message has [2-9],\d{3} bytes, .* takes at most 2,000"):
        await push(bench, answer(bench, text="word " * 1_000))
    with pytest.raises(Refused, match="empty"):
        await push(bench, answer(bench, text=" \n"))
    assert not bench.world.boxes["Sent"].mails


def letter(bench: EmailBench, **more: Any) -> Action:
    said = {"title": "From the community: brakes", "text": "Can you look?", "place": "ops@ops.test", **more}
    return Action("1" * 32, Verb.PUBLISH, tried_at=bench.clock.now(), **said)


async def test_a_new_mail_begins_a_conversation_that_its_answer_joins(bench: Plain) -> None:
    id = await push(bench, letter(bench))
    ((sender, to, _),) = bench.world.handed
    assert (sender, to) == (US, ["ops@ops.test"])
    (copy,) = bench.world.boxes["Sent"].mails
    assert (copy.id, copy.message["subject"], copy.message["in-reply-to"]) == (id, "From the community: brakes", None)
    assert "\\Draft" not in copy.flags
    assert await push(bench, letter(bench)) == id and len(bench.world.handed) == 1  # a repeat sends nothing
    put(bench, "a@ops.test", sender="ops@ops.test", subject="Re: brakes", answers=(id,))
    source = bench.source()
    pulled = [record async for page in source.pull(Feed.THREADS, None) for record in page.records]
    assert {record.thread for record in pulled if isinstance(record, Post)} == {id}
    await source.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"place": ""}, "place must be the address"),
        ({"place": "ops"}, "place must be the address"),
        ({"place": "no-reply@ops.test"}, "place must be the address"),
        ({"place": "a@b.test\r\nBcc: c@d.test"}, "."),
        ({"title": " "}, "needs a subject"),
        ({"text": " "}, "needs a subject and a text"),
    ],
)
async def test_a_new_mail_wants_an_address_a_subject_and_a_text(bench: Plain, more: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        await push(bench, letter(bench, **more))
    assert bench.world.handed == []


async def test_read_only_without_smtp_and_without_sent(bench: Plain) -> None:
    put(bench)
    with pytest.raises(Refused, match="read only"):
        await push(bench, answer(bench), smtp="")
    del bench.world.boxes["Sent"]
    with pytest.raises(Refused, match="no folder for sent"):
        await push(bench, answer(bench))
    source = bench.source()
    missing = (await source.check()).missing
    assert missing == dict.fromkeys(("reply", "publish", "message"), "a folder for sent mail: create one, or set sent")
    await source.close()


async def test_what_a_mailbox_cannot_do_is_named(bench: Plain) -> None:
    put(bench)
    bench.world.boxes["INBOX"].keywords = False
    del bench.world.boxes["Junk"], bench.world.boxes["Trash"]
    source = bench.source(smtp="")
    me = await source.check()
    writes = {"reply", "publish", "message"}
    assert not me.verbs and set(me.missing) == writes | {"spam", "remove", "restore", "close", "reopen"}
    with pytest.raises(Refused, match="keeps no marks"):
        await source.push(await bench.action(Verb.CLOSE, target=Ref(Kind.THREAD, "q@ann.test")))
    with pytest.raises(Refused, match="no folder for junk"):
        await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.POST, "q@ann.test")))
    await source.close()


async def test_a_refused_login_at_smtp_keeps_the_password_to_itself(bench: Plain) -> None:
    put(bench)
    bench.smtp.password = "another"
    for ways in ("PLAIN LOGIN", "LOGIN", "XOAUTH2"):
        bench.smtp.ways = ways
        with pytest.raises(Unauthorized, match="refused the login") as error:
            await push(bench, answer(bench))
        assert PASSWORD not in str(error.value) and not bench.world.boxes["Sent"].mails
    with pytest.raises(Unauthorized, match="line end"):
        await push(bench, answer(bench), password=Secret("x\r\na DELETE INBOX"))


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN UIDPLUS", "IMAP4rev1 AUTH=PLAIN"])
async def test_old_servers_without_move(bench: Plain, capabilities: str) -> None:
    bench.imap.capabilities = capabilities
    put(bench)
    source, target = bench.source(), Ref(Kind.POST, "q@ann.test")
    pages = [page async for page in source.pull(Feed.THREADS, None)]
    for verb, box in ((Verb.SPAM, "Junk"), (Verb.RESTORE, "INBOX"), (Verb.REMOVE, "Trash")):
        await source.push(await bench.action(verb, target=target))
        mails = ((name, one) for name in ("INBOX", "Junk", "Trash") for one in bench.world.boxes[name].mails)
        standing = [name for name, one in mails if one.id == target.id and "\\Deleted" not in one.flags]
        assert standing == [box]
        pages += [page async for page in source.pull(Feed.THREADS, pages[-1].cursor)]
        assert (target in pages[-1].gone) is (box != "INBOX")
        if "UIDPLUS" in capabilities:
            assert sum(len(bench.world.boxes[name].mails) for name in ("INBOX", "Junk", "Trash")) == 1
        assert any(isinstance(record, Post) for record in pages[-1].records) is (box == "INBOX")
    await source.close()


async def test_a_whole_thread_goes_as_far_as_others_wrote_it(bench: Plain) -> None:
    put(bench)
    put(bench, "b@bob.test", sender="bob@bob.test", answers=("q@ann.test",))
    put(bench, "us@x", box="Sent", sender=US, answers=("q@ann.test",))
    put(bench, "other@ann.test", subject="Pedals")
    put(bench, "copy@x", sender=US, answers=("q@ann.test",))
    source, target = bench.source(), Ref(Kind.THREAD, "q@ann.test")
    for verb, box, state in ((Verb.SPAM, "Junk", PostState.DELETED), (Verb.RESTORE, "INBOX", PostState.VISIBLE)):
        for _ in range(2):  # a repeat changes nothing
            receipt = await source.push(await bench.action(verb, target=target))
            posts = {record.id: record.state for record in receipt.records if isinstance(record, Post)}
            assert posts == {"q@ann.test": state, "b@bob.test": state}
            there = {one.id for one in bench.world.boxes[box].mails}
            assert there - {"other@ann.test", "copy@x"} == {"q@ann.test", "b@bob.test"}
            assert [one.id for one in bench.world.boxes["Sent"].mails] == ["us@x"]
            assert {"other@ann.test", "copy@x"} <= {one.id for one in bench.world.boxes["INBOX"].mails}
    bench.world.put("INBOX", b"From: ann@ann.test\r\nSubject: no id\r\n\r\nbuy", at=bench.clock.now())
    nameless = bench.world.boxes["INBOX"].mails[-1]
    pulled = [record async for page in source.pull(Feed.THREADS, None) for record in page.records]
    [thread] = [record.id for record in pulled if isinstance(record, Thread) and record.title == "no id"]
    await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.THREAD, thread)))
    assert [one.raw for one in bench.world.boxes["Junk"].mails] == [nameless.raw]
    with pytest.raises(Gone, match="this thread"):
        await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.THREAD, "never@x")))
    await source.close()


async def test_a_folder_that_a_setting_names_and_nobody_has(bench: Plain) -> None:
    for key, verb in (("sent", "reply"), ("junk", "spam"), ("trash", "remove")):
        source = bench.source(**{key: "Nowhere"})
        missing = (await source.check()).missing
        assert (
            set(missing) - {"publish", "message"} == {verb}
            and ("publish" in missing) is (key == "sent")
            and f"`{key}`" in missing[verb]
        )
        assert "'Nowhere' (there are: INBOX, " in missing[verb]
        await source.close()
    bench.world.boxes["Shared"] = Box("Shared", listed=False)
    source = bench.source(junk="Shared")
    assert not (await source.check()).missing, "a server need not list what others share"
    await source.close()
    source = bench.source(folder="Nowhere")
    with pytest.raises(Refused, match=r"no folder called 'Nowhere' \(there are: INBOX, .*setting `folder`"):
        await source.check()
    await source.close()


async def test_what_is_nowhere_cannot_be_moved(bench: Plain) -> None:
    put(bench)
    bench.world.flag(bench.world.boxes["INBOX"].mails[0], "\\Deleted", on=True)
    source = bench.source()
    for verb in (Verb.SPAM, Verb.REMOVE, Verb.RESTORE):
        for id in ("q@ann.test", "never@x"):
            with pytest.raises(Gone):
                await source.push(await bench.action(verb, target=Ref(Kind.POST, id)))
    with pytest.raises(Gone):
        await source.push(await bench.action(Verb.CLOSE, target=Ref(Kind.THREAD, "q@ann.test")))
    await source.close()


async def test_a_hanging_server_can_be_left(bench: Plain) -> None:
    put(bench)
    source = bench.source()
    bench.smtp.plan("hang", lambda command: command == "DATA")
    pushing = asyncio.create_task(source.push(answer(bench)))
    await asyncio.wait_for(bench.smtp.hanging.wait(), 10)
    pushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pushing
    assert not bench.world.handed
    with pytest.raises(Refused, match="may have gone out or not"):
        await source.find(answer(bench))
    await source.close()


async def test_what_stands_in_sent_is_what_was_sent(bench: Plain) -> None:
    put(bench, text="They squeak.\n\nOn 1 May you wrote:\n> old\n\n-- \nAnn\nBike street 1")
    text = (
        "Dear Ann,\n\n.\nFrom today on:\n> no quote\n  indented\n" + "ein langer Satz über Öl " * 20 + "\n\n-- \nHelp"
    )
    source = bench.source(name='Bikes, "Help" Ü')
    receipt = await source.push(answer(bench, text=text))
    [(_, _, raw)] = bench.world.handed
    post = receipt.records[-1]
    assert isinstance(post, Post)
    whole = text_of(raw, fold=False)
    assert whole.startswith(text[:-8].rstrip() + "\n\n--") and post.text == text_of(raw)
    assert whole.endswith("ann@ann.test wrote:\n> They squeak.\n> \n> On 1 May you wrote:\n>> old")
    assert all(len(line) <= 78 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"")
    await source.close()
