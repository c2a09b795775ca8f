"""Writing to one member of a list: past the list, to nobody else, and asked about where nobody can look."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from fnmatch import fnmatchcase

import pytest

from cm_console.model.action import Action, ReplayKind, Verb
from cm_console.model.errors import Refused, Unreachable
from cm_console.model.records import Kind, Ref
from cm_console.sources.mailman import Mailman
from tests.servers.mailman import TEAM
from tests.servers.mailman_bench import MailmanBench

ANN = "ann@ex.test"

BENCH = MailmanBench


def to(bench: MailmanBench, member: str = ANN, text: str = "Would you show it to us?", title: str = "Bell") -> Action:
    now = bench.clock.now()
    return Action(
        "a-1", Verb.MESSAGE, Ref(Kind.MEMBER, member), text=text, title=title, place=bench.place, tried_at=now
    )


def taken(bench: MailmanBench) -> list[tuple[str, EmailMessage]]:
    return [(to, message_from_bytes(raw, policy=policy.default)) for to, raw in bench.server.smtp.taken]


async def test_it_goes_to_the_member_past_the_list(bench: MailmanBench, source: Mailman) -> None:
    receipt = await source.push(to(bench))
    [(address, mail)] = taken(bench)
    assert (address, mail["to"], mail["from"], mail["subject"]) == (ANN, ANN, TEAM, "Bell")
    assert mail.get_content().split() == ["Would", "you", "show", "it", "to", "us?"]
    assert (mail["cc"], mail["bcc"], mail["in-reply-to"]) == (None, None, None)
    assert mail["message-id"] == f"<{receipt.remote_id}>"
    assert receipt.note == f"it went to {ANN} alone; an answer comes to the mailbox of {TEAM}"
    assert not bench.talk.archive
    assert not bench.talk.held


async def test_nobody_can_look_so_a_person_is_asked(bench: MailmanBench, source: Mailman) -> None:
    """Within the source it is told; the outbox asks where nobody can know."""
    replay = source.verbs[Verb.MESSAGE]
    assert (replay.kind, replay.findable) == (ReplayKind.ASK, False)
    bench.server.smtp.lose = True
    with pytest.raises(Unreachable) as lost:
        await source.push(to(bench))
    assert lost.value.landed is None
    assert await source.find(to(bench)) is None
    bench.server.smtp.refuse = b"450 4.2.0 greylisted\r\n"
    with pytest.raises(Unreachable) as later:
        await source.push(to(bench))
    assert later.value.landed is False


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("talk@lists.ex.test", "address of a mailing list"),
        ("Talk@Lists.ex.test", "address of a mailing list"),
        ("talk-owner@lists.ex.test", "address of a mailing list"),
        ("talk-confirm+abc123@lists.ex.test", "address of a mailing list"),
        ("other@lists.ex.test", "address of a mailing list"),
        (TEAM, "the address we write from"),
        ("no-reply@ex.test", "is no person"),
        ("", "is no person"),
        ("ann", "no address one can write to"),
        ("ann@ex.test\r\nBcc: bob@ex.test", "no address one can write to"),
        ("ann@ex.test>\r\nRCPT TO:<bob@ex.test", "no address one can write to"),
    ],
)
async def test_nothing_goes_to_lists_to_machines_and_to_nowhere(bench: MailmanBench, member: str, words: str) -> None:
    """Also a list of the server that this source does not look after."""
    bench.world.add_list("other@lists.ex.test")
    source = bench.source(lists="talk@lists.ex.test")
    with pytest.raises(Refused, match=words) as error:
        await source.push(to(bench, member))
    assert error.value.landed is False
    assert not taken(bench)
    await source.close()


async def test_who_is_called_like_a_role_is_a_person(bench: MailmanBench, source: Mailman) -> None:
    await source.push(to(bench, "shop-owner@ex.test"))
    assert [address for address, _ in taken(bench)] == ["shop-owner@ex.test"]


async def test_without_a_title_the_first_words_are_the_subject(bench: MailmanBench, source: Mailman) -> None:
    await source.push(to(bench, text="\nGrüße\r\nBcc: bob@ex.test", title=" "))
    [(_, mail)] = taken(bench)
    assert (mail["subject"], mail["bcc"]) == ("Grüße", None)
    await source.push(to(bench, title="Bell\r\nBcc: bob@ex.test"))
    assert taken(bench)[1][1]["bcc"] is None
    with pytest.raises(Refused, match="needs a text"):
        await source.push(to(bench, text=" "))


async def test_it_is_known_whom_it_can_reach(bench: MailmanBench, source: Mailman) -> None:
    """An archive may give a name only: that is told before anything is written."""
    pattern = (await source.check()).some[Verb.MESSAGE]
    assert [fnmatchcase(id, pattern) for id in (ANN, "ann")] == [True, False]


async def test_what_is_needed_to_write(bench: MailmanBench) -> None:
    source = bench.source(smtp="")
    with pytest.raises(Refused, match="'smtp' and 'sender'"):
        await source.push(to(bench))
    identity = await source.check()
    assert Verb.MESSAGE not in identity.verbs
    assert "'smtp' and 'sender'" in identity.missing[Verb.MESSAGE]
    await source.close()
