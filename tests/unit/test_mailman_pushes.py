"""What the Mailman source does when told something: decisions, colleagues, lost answers, penalties, answers by mail."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Malformed, Refused, Unauthorized, Unreachable
from cm_console.model.records import Kind, Ref, Report
from cm_console.model.settings import Secret
from cm_console.model.time import DAY, Instant
from cm_console.sources.mailman import Mailman, ids
from cm_console.testing.driving import deliver, look
from tests.servers.mailman_bench import MailmanBench
from tests.servers.mailman_world import Held

STRANGER = "eve@ex.test"

BENCH = MailmanBench


def on_held(bench: MailmanBench, verb: Verb, held: Held, **more: object) -> Action:
    """As the console asks: about the post, with the report that is answered."""
    id = bench.held_id(held)
    target = Ref(Kind.MEMBER, held.sender) if verb in (Verb.BAN, Verb.SILENCE, Verb.KICK) else Ref(Kind.POST, id)
    made = Action(f"a-{verb}", verb, target, id, report=id, tried_at=bench.clock.now())
    return replace(made, **more)  # type: ignore[arg-type]  # a few fields


def on_member(bench: MailmanBench, verb: Verb, address: str, **more: object) -> Action:
    made = Action(f"a-{verb}", verb, Ref(Kind.MEMBER, address), tried_at=bench.clock.now())
    return replace(made, **more)  # type: ignore[arg-type]  # a few fields


@pytest.mark.parametrize("verb", [Verb.KEEP, Verb.APPROVE])
async def test_accepted_it_goes_out(bench: MailmanBench, source: Mailman, verb: Verb) -> None:
    held = bench.hold(STRANGER)
    receipt = await source.push(on_held(bench, verb, held))
    assert not bench.talk.held and [mail.sender for mail in bench.talk.archive] == [STRANGER]
    [report] = receipt.records
    assert isinstance(report, Report) and report.closed_at is not None and report.agreed is False


async def test_rejected_it_goes_back_with_the_reason(bench: MailmanBench, source: Mailman) -> None:
    receipt = await source.push(on_held(bench, Verb.REJECT, bench.hold(STRANGER), reason="Grüße & guideline 3"))
    assert bench.world.sent[-1][0::2] == (STRANGER, "Grüße & guideline 3") and not bench.talk.held
    assert isinstance(receipt.records[0], Report) and receipt.records[0].agreed is True


async def test_discarded_nobody_hears_of_it(bench: MailmanBench, source: Mailman) -> None:
    await source.push(on_held(bench, Verb.SPAM, bench.hold(STRANGER), reason="not sent"))
    assert not bench.talk.held and not bench.world.sent and not bench.talk.archive


async def test_ignored_it_stays_and_we_say_so(bench: MailmanBench, source: Mailman) -> None:
    receipt = await source.push(on_held(bench, Verb.IGNORE, bench.hold()))
    assert len(bench.talk.held) == 1 and "goes on waiting" in receipt.note and not receipt.records


@pytest.mark.parametrize("verb", [Verb.KEEP, Verb.SPAM, Verb.REJECT, Verb.BAN])
async def test_a_lost_answer_is_sent_again_and_does_nothing_twice(
    bench: MailmanBench, source: Mailman, verb: Verb
) -> None:
    """And a message that has the number by now is not touched: on SQLite it is given again."""
    held = bench.hold(STRANGER)
    action = on_held(bench, verb, held, reason="no")
    bench.server.plan("lose", lambda seen: "/held/" in seen.target and seen.write)
    if verb is Verb.BAN:
        assert "still waits" in (await source.push(action)).note
    else:
        with pytest.raises(Unreachable) as lost:
            await source.push(action)
        assert lost.value.landed is None
    another = bench.hold("ann@ex.test")
    assert another.request == held.request
    sent, archived = list(bench.world.sent), list(bench.talk.archive)
    assert await deliver(bench, source, action)
    assert bench.talk.held == {another.request: another} and (bench.world.sent, bench.talk.archive) == (sent, archived)


@pytest.mark.parametrize("verb", [Verb.KEEP, Verb.SPAM, Verb.REJECT, Verb.IGNORE])
@pytest.mark.parametrize("theirs", ["accept", "discard"])
async def test_a_colleague_was_faster(bench: MailmanBench, source: Mailman, verb: Verb, theirs: str) -> None:
    """Only the archive can tell: what was to be stopped and has gone out is told, everything else is settled."""
    held = bench.hold(STRANGER)
    bench.world.handle(bench.talk, held, theirs, "")
    with pytest.raises(Conflict) as caught:
        await source.push(on_held(bench, verb, held))
    stopped_too_late = theirs == "accept" and verb in (Verb.SPAM, Verb.REJECT)
    assert caught.value.settled is not stopped_too_late
    assert ("went out" in caught.value.current) is (theirs == "accept")


async def test_without_an_archive_a_faster_colleague_settles_it(bench: MailmanBench) -> None:
    held = bench.hold(STRANGER)
    bench.world.handle(bench.talk, held, "accept", "")
    source = bench.source(archive="")
    with pytest.raises(Conflict) as caught:
        await source.push(on_held(bench, Verb.SPAM, held))
    assert caught.value.settled and "Mailman does not tell" in caught.value.current
    await source.close()


@pytest.mark.parametrize(
    ("verb", "member", "told"),
    [
        (Verb.KEEP, True, ""),
        (Verb.APPROVE, True, ""),
        (Verb.REJECT, False, "Not now"),
        (Verb.KICK, False, "Not now"),
        (Verb.SPAM, False, ""),
        (Verb.IGNORE, False, ""),
    ],
)
async def test_whoever_wants_in(bench: MailmanBench, source: Mailman, verb: Verb, member: bool, told: str) -> None:
    wish = bench.world.wish(bench.talk, "dora@ex.test", "Dora")
    report = f"subscription:{bench.talk.id}/{wish.token}"
    receipt = await source.push(on_member(bench, verb, "dora@ex.test", report=report, reason="Not now"))
    assert bool(bench.talk.on("dora@ex.test", "member")) is member
    assert [words for _, _, words in bench.world.sent] == ([told] if told else [])
    assert bool(bench.talk.wishes) is (verb is Verb.IGNORE) is not bool(receipt.records)


async def test_who_is_in_already_is_in(bench: MailmanBench, source: Mailman) -> None:
    """Mailman says 409, and it is as wanted."""
    wish = bench.world.wish(bench.talk, "ann@ex.test")
    with pytest.raises(Conflict) as caught:
        await source.push(
            on_member(bench, Verb.KEEP, "ann@ex.test", report=f"subscription:{bench.talk.id}/{wish.token}")
        )
    assert caught.value.settled and caught.value.current == "already a member"


async def test_whoever_wants_out(bench: MailmanBench, source: Mailman) -> None:
    wish = bench.world.wish(bench.talk, "ann@ex.test", kind="unsubscription")
    action = on_member(bench, Verb.KEEP, "ann@ex.test", report=f"unsubscription:{bench.talk.id}/{wish.token}")
    await source.push(action)
    assert bench.talk.on("ann@ex.test", "member") is None
    with pytest.raises(Conflict) as caught:
        await source.push(action)
    assert caught.value.settled, "a repeat is what was wanted"


@pytest.mark.parametrize(("verb", "joined", "settled"), [(Verb.KEEP, True, True), (Verb.KEEP, False, False)])
async def test_a_colleague_let_them_in_or_not(
    bench: MailmanBench, source: Mailman, verb: Verb, joined: bool, settled: bool
) -> None:
    wish = bench.world.wish(bench.talk, "dora@ex.test")
    del bench.talk.wishes[wish.token]
    if joined:
        bench.world.add_member(bench.talk, "dora@ex.test")
    report = f"subscription:{bench.talk.id}/{wish.token}"
    with pytest.raises(Conflict) as caught:
        await source.push(on_member(bench, verb, "dora@ex.test", report=report))
    assert caught.value.settled is settled and "member" in caught.value.current


async def test_a_ban_holds_on_the_list_of_the_case_or_on_all_of_ours(bench: MailmanBench, source: Mailman) -> None:
    other = bench.world.add_list("other@lists.ex.test")
    held = bench.hold(STRANGER)
    receipt = await source.push(on_held(bench, Verb.BAN, held))
    assert (bench.talk.bans, other.bans, bench.talk.held) == ({STRANGER}, set(), {})
    assert "discarded" in receipt.note and receipt.records
    assert "stay subscribed" in (await source.push(on_member(bench, Verb.BAN, "ann@ex.test"))).note
    assert "ann@ex.test" in bench.talk.bans & other.bans and bench.talk.on("ann@ex.test", "member")
    await source.push(on_member(bench, Verb.UNBAN, "ann@ex.test"))
    assert "ann@ex.test" not in bench.talk.bans | other.bans


async def test_a_ban_of_the_whole_server(bench: MailmanBench) -> None:
    source = bench.source(bans="server")
    for _ in range(2):
        await source.push(on_member(bench, Verb.BAN, STRANGER))
        assert (bench.world.bans, bench.talk.bans) == ({STRANGER}, set())
    await source.push(on_member(bench, Verb.UNBAN, STRANGER))
    assert not bench.world.bans
    await source.close()


async def test_a_ban_by_a_pattern_is_not_ours_to_take_back(bench: MailmanBench, source: Mailman) -> None:
    bench.talk.bans |= {"^.*@ex[.]test", STRANGER}
    with pytest.raises(Refused, match="by a pattern"):
        await source.push(on_member(bench, Verb.UNBAN, STRANGER))


async def test_a_race_for_a_ban_does_no_harm(bench: MailmanBench, source: Mailman) -> None:
    """Banned between our look and our word: Mailman says 400, and it is as wanted."""
    plain, bans = bench.server.handle, bench.talk.bans

    def handle(seen):  # type: ignore[no-untyped-def]  # as the method it stands for
        if seen.method == "POST" and seen.path.endswith("/bans"):
            bans.add(STRANGER)
        return plain(seen)

    bench.server._handler = handle
    await source.push(on_member(bench, Verb.BAN, STRANGER))
    assert bans == {STRANGER}


async def test_silenced_and_back(bench: MailmanBench, source: Mailman) -> None:
    held = bench.hold("ann@ex.test")
    await source.push(on_held(bench, Verb.SILENCE, held))
    ann = bench.talk.on("ann@ex.test", "member")
    assert ann is not None and ann.action == "hold" and not bench.talk.held
    await source.push(on_member(bench, Verb.UNSILENCE, "ann@ex.test"))
    assert ann.action == ""
    with pytest.raises(Refused, match="never wrote"):
        await source.push(on_member(bench, Verb.SILENCE, "nobody@ex.test"))
    for verb in (Verb.SILENCE, Verb.BAN):
        with pytest.raises(Refused, match="by itself"):
            await source.push(on_member(bench, verb, "ann@ex.test", until=Instant(bench.clock.now() + DAY)))


async def test_thrown_out_also_where_moderators_are_asked(bench: MailmanBench, source: Mailman) -> None:
    await source.push(on_member(bench, Verb.KICK, "ann@ex.test"))
    assert bench.talk.on("ann@ex.test", "member") is None and not bench.talk.wishes, "it only became a request"
    with pytest.raises(Conflict) as caught:
        await source.push(on_member(bench, Verb.KICK, "ann@ex.test"))
    assert caught.value.settled


def mail_of(bench: MailmanBench) -> tuple[str, dict[str, str], str]:
    """The last mail that left: to whom, its headers, its words."""
    recipient, raw = bench.server.smtp.taken[-1]
    message = message_from_bytes(raw, policy=policy.default)
    return (
        recipient,
        {name: str(value) for name, value in message.items()},
        str(message.get_content()).replace("\r\n", "\n"),
    )


async def test_an_answer_goes_to_the_list_as_mail_programs_write_it(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(3)
    first, _, last = (bench.talk.archive[number] for number in (0, 1, 2))
    text = "Grüße\n.\n..dots\nFrom here on " + "long " * 300
    action = replace(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)), text=text, reply_to=None)
    receipt = await source.push(action)
    to, headers, words = mail_of(bench)
    assert (to, headers["To"], headers["From"]) == (bench.talk.address, bench.talk.address, "team@ex.test")
    assert headers["Subject"] == f"Re: {first.subject}"
    assert headers["In-Reply-To"] == f"<{last.message_id}>"
    assert headers["References"] == f"<{first.message_id}> <{last.message_id}>"
    assert headers["Message-ID"].startswith(f"<{action.id}.") and headers["Message-ID"].endswith("@ex.test>")
    assert words.strip() == text.strip() and all(
        len(line) <= 78 for line in bench.server.smtp.taken[-1][1].split(b"\r\n")
    )
    made = bench.talk.mail(ids.split(receipt.remote_id)[1])
    assert made is not None and made.thread == first.hash and made.parent == last.hash


async def test_an_answer_to_one_mail_names_that(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(3)
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    await source.push(replace(action, reply_to=ids.mail(bench.talk.id, bench.talk.archive[1].hash)))
    assert mail_of(bench)[1]["In-Reply-To"] == f"<{bench.talk.archive[1].message_id}>"


async def test_an_answer_to_what_is_held_goes_to_its_author_alone(bench: MailmanBench, source: Mailman) -> None:
    held = bench.hold(STRANGER)
    action = on_held(bench, Verb.REPLY, held, text="What do you mean?", target=Ref(Kind.THREAD, bench.held_id(held)))
    receipt = await source.push(action)
    to, headers, _ = mail_of(bench)
    assert (to, headers["In-Reply-To"]) == (STRANGER, held.message_id) and "alone" in receipt.note
    with pytest.raises(Refused, match="one person alone"):
        await source.find(action)
    bench.world.handle(bench.talk, held, "accept", "")
    with pytest.raises(Conflict):
        await source.push(replace(action, id="another"))
    assert len(bench.server.smtp.taken) == 1, "a private answer must never become a public one"


async def test_an_answer_to_a_held_answer_waits_for_its_decision(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(1)
    held = bench.hold(answers=bench.talk.archive[0].message_id)
    action = await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread))
    with pytest.raises(Refused, match="still held"):
        await source.push(replace(action, reply_to=bench.held_id(held)))


async def test_a_lost_answer_is_looked_for_in_archive_and_queue(bench: MailmanBench, source: Mailman) -> None:
    action = await bench.action(Verb.REPLY)
    bench.server.smtp.lose = True
    with pytest.raises(Unreachable) as lost:
        await source.push(action)
    assert lost.value.landed is None
    found = await look(bench, source, action)
    assert found is not None and bench.talk.mail(ids.split(found.remote_id)[1]) is not None
    for one in bench.talk.members:
        one.action = "hold"
    action = await bench.action(Verb.REPLY)
    bench.server.smtp.lose = True
    with pytest.raises(Unreachable):
        await source.push(action)
    found = await look(bench, source, action)
    assert found is not None and "holds it" in found.note


async def test_where_nobody_can_look_a_person_is_asked(bench: MailmanBench, source: Mailman) -> None:
    """None would mean that it is not there, and it would be sent twice."""
    action = await bench.action(Verb.REPLY)
    bench.talk.public = False
    with pytest.raises(Refused, match="no public archive"):
        await source.find(action)


async def test_no_means_no_and_later_means_later(bench: MailmanBench, source: Mailman) -> None:
    action = await bench.action(Verb.REPLY)
    bench.server.smtp.refuse = b"550 5.7.1 not from you\r\n"
    with pytest.raises(Refused, match="not from you") as refused:
        await source.push(action)
    bench.server.smtp.refuse = b"450 4.2.0 greylisted\r\n"
    with pytest.raises(Unreachable, match="greylisted") as later:
        await source.push(action)
    assert (refused.value.landed, later.value.landed) == (False, False)
    bench.server.smtp.garble = True
    with pytest.raises(Malformed) as garbled:
        await source.push(action)
    assert garbled.value.landed is None


async def test_what_is_needed_to_write(bench: MailmanBench) -> None:
    source = bench.source(smtp="")
    with pytest.raises(Refused, match="'smtp' and 'sender'"):
        await source.push(await bench.action(Verb.REPLY))
    await source.close()
    source = bench.source(archive="")
    with pytest.raises(Refused, match="'archive'"):
        await source.push(await bench.action(Verb.REPLY))
    await source.close()
    source = bench.source(smtp="plain://mail.example.org")
    with pytest.raises(Refused, match="without TLS"):
        await source.check()
    await source.close()


async def test_a_new_thread_on_a_list(bench: MailmanBench, source: Mailman) -> None:
    action = replace(await bench.action(Verb.PUBLISH), title="Meetup\r\nBcc: all@ex.test", place="talk.lists.ex.test")
    receipt = await source.push(action)
    _, headers, _ = mail_of(bench)
    assert headers["Subject"] == "Meetup Bcc: all@ex.test" and "Bcc" not in headers, "a line end would add headers"
    assert bench.talk.archive[-1].hash == ids.split(receipt.remote_id)[1]
    with pytest.raises(Refused, match="no list nowhere"):
        await source.push(replace(action, place="nowhere"))


async def test_a_changed_password(bench: MailmanBench, source: Mailman) -> None:
    held = bench.hold()
    bench.server.password = "changed"
    with pytest.raises(Unauthorized, match=r"mailman\.cfg"):
        await source.push(on_held(bench, Verb.SPAM, held))
    assert len(bench.talk.held) == 1


async def test_the_password_is_never_told(bench: MailmanBench) -> None:
    source = bench.source(smtp_password=Secret("smtp-secret"))
    assert "smtp-secret" not in repr(source._settings)
    bench.server.smtp.refuse = b"550 smtp-secret is no good\r\n"
    with pytest.raises(Refused) as caught:
        await source.push(await bench.action(Verb.REPLY))
    assert "smtp-secret" not in str(caught.value)
    await source.close()


async def test_a_target_that_cannot_be(bench: MailmanBench, source: Mailman) -> None:
    with pytest.raises(Refused, match="what waits"):
        await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.POST, "talk.lists.ex.test/ABC")))
    with pytest.raises(Refused, match="needs a member"):
        await source.push(await bench.action(Verb.BAN, target=Ref(Kind.POST, "talk.lists.ex.test/ABC")))
    with pytest.raises(Gone):
        await source.push(await bench.action(Verb.SPAM, target=Ref(Kind.REPORT, "held:talk.lists.ex.test/7")))
