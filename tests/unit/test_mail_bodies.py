"""Bodies of mails: alternatives, charsets, attachments, quotes; nothing a message holds raises anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.sources.mail.bodies import text_of
from cm_console.sources.mail.quoting import flowed, folded


def mail(head: str, body: bytes) -> bytes:
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Subject: x", b"plain words\r\nmore\r\n", "plain words\nmore"),
        ("Content-Type: text/plain; charset=utf-8", "Größe".encode(), "Größe"),
        ("Content-Type: text/plain; charset=utf-8", "Größe".encode("cp1252"), "Größe"),
        ("Content-Type: text/plain; charset=iso-8859-1", "Größe".encode(), "Größe"),
        ("Content-Type: text/plain", "Größe".encode("cp1252"), "Größe"),
        ("Content-Type: text/plain; charset=no-such", "Größe".encode(), "Größe"),
        ('Content-Type: text/plain; charset="idna"', b"words", "words"),
        ("Content-Type: text/plain; charset=koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("Content-Transfer-Encoding: base64", b"R3LDtsOfZQ==", "Größe"),
        ("Content-Transfer-Encoding: base64", b"R3LDtsOfZQ", "Größe"),
        ("Content-Transfer-Encoding: base64", b"not base64 at all!", None),
        ("Content-Transfer-Encoding: quoted-printable", b"Gr=C3=B6=C3=9Fe =\r\nend", "Größe end"),
        ("Content-Transfer-Encoding: quoted-printable", b"100=% and =ZZ", None),
        ("Content-Transfer-Encoding: nonsense", b"words", "words"),
        (
            "Content-Type: text/html",
            b"<p>Hi <b>there</b> <a href='https://x.test'>you</a>",
            "Hi there you <https://x.test>",
        ),
        ("Content-Type: text/html", b"<meta charset=koi8-r><p>" + "Привет".encode("koi8-r"), "Привет"),
        ("Content-Type: nonsense", b"words", "words"),
        ("Content-Type: multipart/mixed", b"words", "words"),
        ('Content-Type: multipart/mixed; boundary="b"', b"words without parts", "words without parts"),
        ('Content-Type: text/plain; format="flowed"', b"soft \r\nend\r\n> q \r\n> r", "soft end\n> q r"),
        ("Content-Type: image/png", b"xxxx", "[attached: no name, image/png, 1 kB]"),
        ("Content-Type: text/plain; charset*=utf-9'de'x", b"words", "words"),
        ("Subject: x", b"", ""),
    ],
)
def test_text(head: str, body: bytes, text: str | None) -> None:
    found = text_of(mail(head, body))
    assert found == text if text is not None else found


def multipart(kind: str, *parts: str) -> bytes:
    inner = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return mail(f'Content-Type: multipart/{kind}; boundary="b"', f"preamble\r\n{inner}--b--\r\nepilogue".encode())


PLAIN, HTML = "Content-Type: text/plain\r\n\r\nplain", "Content-Type: text/html\r\n\r\n<p>rich"


def test_the_plain_one_of_two_alternatives_is_read() -> None:
    assert text_of(multipart("alternative", PLAIN, HTML)) == text_of(multipart("alternative", HTML, PLAIN)) == "plain"
    assert text_of(multipart("alternative", HTML)) == "rich"
    assert text_of(multipart("alternative", "Content-Type: text/calendar\r\n\r\nx")).startswith("[attached: no name")


def test_attachments_are_listed_and_never_opened() -> None:
    message = EmailMessage()
    message.set_content("see the plan")
    message.add_alternative("<p>see the plan", subtype="html")
    message.add_attachment(b"x" * 12_000, maintype="application", subtype="pdf", filename="Plän.pdf")
    message.add_attachment("inner words", filename="notes.txt")
    inner = EmailMessage()
    inner["Subject"] = "An older mail"
    inner.set_content("secret inner words")
    message.add_attachment(inner)
    assert text_of(message.as_bytes()) == (
        "see the plan\n\n[attached: Plän.pdf, application/pdf, 12 kB]\n[attached: notes.txt, text/plain, 1 kB]\n"
        "[attached message: An older mail]"
    )


def test_several_texts_stand_one_after_the_other_and_signatures_are_not_shown() -> None:
    footer = "Content-Type: text/plain\r\n\r\n-- footer"
    signature = "Content-Type: application/pgp-signature; name=s.asc\r\n\r\nxxx"
    assert text_of(multipart("mixed", PLAIN, footer, signature)) == "plain\n\n-- footer"


def test_a_part_that_never_ends() -> None:
    assert text_of(multipart("mixed", PLAIN).rpartition(b"--b--")[0]) == "plain"


def test_a_message_cannot_be_nested_without_end() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000))
    assert len(text_of(deep + b"\n\nwords")) > 1_000
    rfc822 = b"Content-Type: message/rfc822\n\n" * 3_000 + b"Subject: x\n\nwords"
    assert text_of(rfc822)


def test_many_parts_are_cut() -> None:
    text = text_of(multipart("mixed", *["Content-Type: image/png\r\n\r\nx"] * 1_000))
    assert text.count("\n") < 210 and text.endswith("[more parts are not shown]")


def test_long_quotes_are_folded() -> None:
    quote = "\n".join(f"> line {n}" for n in range(20))
    text = f"On Monday Ann wrote:\n{quote}\n\nI agree.\n\n> one\n> two\nYes."
    shown = (
        "On Monday Ann wrote:\n> line 0\n> line 1\n> line 2\n> [17 more quoted lines]\n\nI agree.\n\n> one\n> two\nYes."
    )
    assert folded(text) == shown
    assert folded(shown) == shown
    assert text_of(mail("Subject: x", text.encode()), fold=False) == text


def test_what_stands_under_a_forwarding_line_is_a_quote() -> None:
    old = "\n".join(f"old {n}" for n in range(9))
    assert folded(f"Yes.\n-----Original Message-----\nFrom: Ann\n{old}") == (
        "Yes.\n> -----Original Message-----\n> From: Ann\n> old 0\n> [8 more quoted lines]"
    )
    assert folded("____________________________\njust a line") == "____________________________\njust a line"
    assert (
        folded("Yes.\n____________________________\njust\na line") == "Yes.\n____________________________\njust\na line"
    )


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("a \nb\nc", "a b\nc"),
        ("> a \n> b\nc", "> a b\nc"),
        ("> a \n>> b", "> a \n>> b"),
        ("-- \nAnn", "-- \nAnn"),
        (" From x", "From x"),
        ("", ""),
    ],
)
def test_flowed(text: str, joined: str) -> None:
    assert flowed(text, delete_space=False) == joined


def test_flowed_without_its_spaces() -> None:
    assert flowed("ab \ncd", delete_space=True) == "abcd"


def calls(work: Callable[[], object]) -> int:
    made = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize(
    "nasty",
    [
        lambda size: mail("Subject: x", b"> q\n" * size),
        lambda size: mail("Content-Type: text/plain; format=flowed", b"a \n" * size),
        lambda size: mail("Content-Transfer-Encoding: quoted-printable", b"=C3=B6" * size),
        lambda size: multipart("mixed", *["\r\nx"] * size),
        lambda size: mail("Content-Type: multipart/mixed; boundary=b", b"--b\n" * size),
        lambda size: mail("Subject: " + "=?utf-8?q?=C3?= " * size, b"x"),
        lambda size: mail("Content-Type: text/html", b"<b>x" * size),
    ],
)
def test_twice_the_size_is_twice_the_work(nasty: Callable[[int], bytes]) -> None:
    small, large = calls(lambda: text_of(nasty(2_000))), calls(lambda: text_of(nasty(4_000)))
    assert large <= 2.3 * small + 500


def test_lines_do_not_cost_as_much_as_they_are_nested_deep() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(200))
    assert calls(lambda: text_of(deep + b"\nwords\n" * 5_000)) < 100_000


HEADS = st.lists(
    st.sampled_from(
        [
            b'Content-Type: multipart/mixed; boundary="b"',
            b"Content-Type: multipart/alternative; boundary=b",
            b"Content-Type: text/html; charset=utf-16",
            b"Content-Type: text/plain; charset*0=ut; charset*1=f-8",
            b"Content-Type: message/rfc822",
            b"Content-Type: message/delivery-status",
            b"Content-Transfer-Encoding: base64",
            b"Content-Transfer-Encoding: x-uuencode",
            b"Content-Disposition: attachment; filename*=utf-8''%FF%00",
            b"Content-Disposition: \xff\xfe",
            b"",
            b"--b",
            b"--b--",
            b"begin 644 x",
            b"words",
        ]
    )
    | st.binary(max_size=20),
    max_size=15,
)


@settings(max_examples=300, deadline=None)
@given(HEADS)
def test_any_bytes_are_a_text(lines: list[bytes]) -> None:
    text_of(b"\n".join(lines)).encode()
