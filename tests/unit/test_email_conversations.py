"""Threads do not depend on the order in which mails come; letters have no headers but ours; machines are known."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Refused
from cm_console.model.time import HOUR, Instant
from cm_console.sources.email.composing import compose, message_id
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.heads import Head, Role, head_of
from cm_console.sources.email.imap_parse import Value
from cm_console.sources.mail.addresses import is_machine, sendable
from cm_console.sources.mail.bodies import text_of
from cm_console.testing.hostile_texts import HOSTILE_TEXTS


def head(uid: int, id: str, *answers: str, subject: str = "S", sender: str = "ann@a.test") -> Head:
    block = f"Message-ID: <{id}>\r\nFrom: {sender}\r\nTo: us@b.test\r\nSubject: {subject}\r\n"
    block += f"References: {' '.join(f'<{answer}>' for answer in answers)}\r\n" if answers else ""
    date = f"22-Nov-2026 {uid // 60 % 24:02}:{uid % 60:02}:00 +0000"
    facts: dict[str, Value] = {"BODY[HEADER.FIELDS (X)]": block.encode(), "INTERNALDATE": date.encode()}
    return head_of(Role.INBOX, uid, facts, frozenset({"us@b.test"}))


TREE = [
    head(1, "a"),
    head(2, "b", "a"),
    head(3, "c", "b"),
    head(4, "d", "c"),
    head(5, "e", "unknown", "d"),
    head(6, "f", "unknown"),
    head(7, "g", "g"),
    head(8, "h", "i"),
    head(9, "i", "h"),
]


@given(st.permutations(TREE), st.integers(1, len(TREE)))
def test_threads_do_not_depend_on_the_order(order: list[Head], cut: int) -> None:
    known = Conversations(frozenset())
    known.add(order[:cut])
    known.add(order[cut:])
    assert {known.root(one) for one in TREE[:4]} == {"a"}
    assert [one.id for one in known.thread("a")] == ["a", "b", "c", "d"]
    assert [one.id for one in known.thread("unknown")] == ["e", "f"]
    assert known.root(TREE[6]) == "g"
    known.drop((Role.INBOX, 2))
    assert [one.id for one in known.thread("a")] == ["a", "c", "d"]


def letter(text: str = "Words", parents: list[str] | None = None, quote: str = "", **more: str) -> bytes:
    answered = head(1, "q@x", subject=more.pop("subject", "Brakes"), sender=more.pop("sender", "ann@a.test"))
    facts = {"id": "cm-1@b.test", "sender": "us@b.test", "name": "", "recipient": "ann@a.test", **more}
    return compose(text, answered, parents or ["q@x"], quote, at=Instant(HOUR), **facts)


@pytest.mark.parametrize(
    "text", ["x\r\nBcc: evil@x.test", "x\nTo: y", "=?utf-8?q?x=0ABcc:_y?=", "\u2028Bcc: y", "a" * 3_000]
)
def test_no_word_becomes_a_header(text: str) -> None:
    for raw in (letter(text, subject=text, name=text, quote=text), letter(sender=f"{text} <a@x.test>", quote="q")):
        made = message_from_bytes(raw)
        assert (
            made.keys()
            == [
                *("Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References"),
                *("X-CM-Console", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
            ][: len(made.keys())]
        )
        assert len(made.keys()) == 11 and made["to"] == "ann@a.test"
        assert max(map(len, raw.split(b"\r\n"))) < 998 and b"\n" not in raw.replace(b"\r\n", b"")


def test_headers_that_need_more_than_ascii() -> None:
    made = message_from_bytes(
        letter(subject="Fräge 自転車のブレーキがきしむのはなぜですか " * 3, name='Ünal "Bikes", Help')
    )
    assert str(make_header(decode_header(made["subject"]))).startswith(
        "Re: Fräge 自転車のブレーキがきしむのはなぜですか F"
    )
    assert str(make_header(decode_header(made["from"]))).startswith('Ünal "Bikes", Help')
    assert message_from_bytes(letter(name="Bikes, Help"))["from"] == '"Bikes, Help" <us@b.test>'


def test_long_threads_name_their_beginning_and_their_end() -> None:
    made = message_from_bytes(letter(parents=[f"{number:060}@x" for number in range(50)]))
    ids = made["references"].split()
    assert len(ids) == 20 and (ids[0], ids[-1]) == (f"<{0:060}@x>", f"<{49:060}@x>")
    assert made["in-reply-to"] == ids[-1]


def test_hostile_words_go_out_as_words() -> None:
    for text in HOSTILE_TEXTS:
        if not text.strip() or len(text) > 20_000:
            continue
        raw = letter(text, quote=text)
        made = message_from_bytes(raw)
        assert len(made.keys()) == 11 and b"\r\n.\r\n" not in raw.replace(b"\r\n.\r\n", b"\r\n..\r\n")
        payload = made.get_payload(decode=True)
        assert isinstance(payload, bytes) and b"\x1b" not in payload and b"\0" not in payload
        assert text_of(raw, fold=False) is not None


def test_every_attempt_has_the_same_id_and_other_words_another() -> None:
    action = Action("77", Verb.REPLY, text="a")
    assert message_id(action, "us@b.test") == message_id(action, "us@b.test")
    assert message_id(action, "us@b.test") != message_id(Action("77", Verb.REPLY, text="b"), "us@b.test")


@pytest.mark.parametrize(
    "local", ["no-reply", "noreply", "do-not-reply", "DoNotReply+7", "mailer-daemon", "bounce-7", "x.noreply"]
)
def test_machines(local: str) -> None:
    assert is_machine(f"{local}@x.test")


@pytest.mark.parametrize("local", ["ann", "reply", "anna.noreplyson", "support", "bouncer", "bob+list"])
def test_people(local: str) -> None:
    assert not is_machine(f"{local}@x.test")


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b", "a b@c", "a@b\r\nDATA", "<a@b>", "a,b@c", "ü@b", "a@b@c" + "x" * 300]
)
def test_no_addresses(address: str) -> None:
    with pytest.raises(Refused):
        sendable(address)
