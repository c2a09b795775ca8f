"""Headers of mails: names, ids, answers and dates out of what programs of thirty years wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.time import iso
from cm_console.sources.mail.headers import Address, address_of, fields_of, head_of, split, words


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        (b"=?UTF-8?B?R3LDtsOfZQ==?= und mehr", "Größe und mehr"),
        (b"=?utf-8?b?R3LDtsOfZQ?= x", "Größe x"),
        (b"a =?iso-8859-1?Q?Gr=F6=DFe?= b", "a Größe b"),
        (b"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?= =?iso-8859-1?q?=F6?=", "aö"),
        (b"=?utf-8?b?w7bD?= =?utf-8?b?n8O8?=", "öçü".replace("ç", "ß")),
        (b"=?utf-8*en?q?x_y?=", "x y"),
        (b"=?no-such?q?=E9?=", "é"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("Größe".encode(), "Größe"),
        ("Größe".encode("cp1252"), "Größe"),
        (b"two\r\n\tlines", "two lines"),
        (b"", ""),
    ],
)
def test_words(raw: bytes, text: str) -> None:
    assert words(raw) == text


@pytest.mark.parametrize(
    ("raw", "who"),
    [
        (b"Ann Smith <Ann@Example.org>", Address("Ann Smith", "ann@example.org")),
        (b'"Smith, Ann" <ann@example.org>', Address("Smith, Ann", "ann@example.org")),
        (b"=?utf-8?q?J=C3=BCrgen?= <j@example.org>", Address("Jürgen", "j@example.org")),
        (b"ann@example.org (Ann Smith)", Address("Ann Smith", "ann@example.org")),
        (b"ann at example.org (Ann Smith)", Address("Ann Smith", "ann@example.org")),
        (b"ann@example.org", Address("", "ann@example.org")),
        (b'"ann@example.org" <ann@example.org>', Address("", "ann@example.org")),
        (b"<ann@example.org>, Bob <bob@example.org>", Address("", "ann@example.org")),
        (b"undisclosed", Address("undisclosed", "")),
        (b'"Boss <boss@corp.org>" <eve@example.org>', Address("", "eve@example.org")),
        (b'"P1 <b>" <p1@example.org>', Address("P1 <b>", "p1@example.org")),
        (b"=?utf-8?q?Boss_=3Cboss@corp.org=3E?= <eve@example.org>", Address("", "eve@example.org")),
        (b"=?utf-8?q?=22Boss=22?= <eve@example.org>", Address("Boss", "eve@example.org")),
        (b"Eve (<boss@corp.org>) <eve@example.org>", Address("", "eve@example.org")),
        (b'"A \\"<b@corp.org>\\" C" <eve@example.org>', Address("", "eve@example.org")),
        (b'"unbalanced <ann@example.org>', Address("unbalanced", "ann@example.org")),
        (b"=?utf-8?q?Ann_=3Cann@example.org=3E?=", Address("Ann", "ann@example.org")),
        (b"", Address("", "")),
        (b"(" * 5_000, Address("(" * 200, "")),
    ],
)
def test_address(raw: bytes, who: Address) -> None:
    assert address_of(raw) == who


def test_only_the_part_before_the_at_is_shown() -> None:
    assert Address("Ann", "ann.smith@example.org").handle == "ann.smith"
    assert Address("Ann", "").handle == "Ann" and Address("Ann", "").id == "ann"


def test_who_stands_behind_a_list_that_puts_its_own_address_there() -> None:
    message = b"From: 'Ann Smith' via Users <users@list.org>\nReply-To: ann@example.org\n\nx"
    assert head_of(message).author == Address("Ann Smith", "ann@example.org")
    answer_to_list = b"From: Ann via Users <users@list.org>\nReply-To: Users <users@list.org>\n\nx"
    assert head_of(answer_to_list).author == Address("Ann", "users@list.org")


def test_head() -> None:
    head = head_of(
        b"Message-ID: <c@x>\r\nReferences: <a@x>\r\n <b@x> <c@x>\r\nIn-Reply-To: Your message <b@x> of Monday\r\n"
        b"Subject: Re: =?utf-8?q?=C3=B6?=\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n"
        b"List-Id: The Users <users.x.org>\r\n\r\nbody <d@x>"
    )
    assert (head.id, head.parents, head.subject, head.place) == ("c@x", ("a@x", "b@x"), "Re: ö", "The Users")
    assert (iso(head.date), head.known) == ("2026-11-22T09:00:00Z", True)


@pytest.mark.parametrize(
    ("said", "place"), [(b"<users.x.org>", "users"), (b'"Users" <u.x>', "Users"), (b"users.x.org", "users"), (b"", "")]
)
def test_place(said: bytes, place: str) -> None:
    assert head_of(b"List-Id: " + said + b"\n\n").place == place


def test_the_direct_parent_stands_last_once() -> None:
    head = head_of(b"References: <a@x> <b@x> <a@x>\nIn-Reply-To: <b@x>\nMessage-ID: <z@x>\n\n")
    assert head.parents == ("a@x", "b@x") or head.parents == ("b@x", "a@x")[::-1]


def test_an_endless_list_of_references_keeps_its_ends() -> None:
    many = b" ".join(b"<%d@x>" % n for n in range(900))
    head = head_of(b"References: " + many + b"\nMessage-ID: <z@x>\n\n")
    assert len(head.parents) == 50 and (head.parents[0], head.parents[-1]) == ("0@x", "899@x")


@pytest.mark.parametrize("said", [b"", b"Message-ID: \n", b"Message-ID: two words\n"])
def test_without_an_id_the_content_stands_for_it(said: bytes) -> None:
    one, two = head_of(said + b"Subject: a\n\nx"), head_of(said + b"Subject: a\n\ny")
    assert one.id.startswith("hash:") and one.id != two.id and one == head_of(said + b"Subject: a\n\nx")


@pytest.mark.parametrize("said", [b"a@x", b"<a@x>", b"< a@x >", b"<a@x> (added by postmaster)"])
def test_ids_with_and_without_brackets(said: bytes) -> None:
    assert head_of(b"Message-ID: " + said + b"\n\n").id == "a@x"


def test_ids_that_are_too_long_or_odd_get_another() -> None:
    assert head_of(b"Message-ID: <" + b"a" * 400 + b"@x>\n\n").id.startswith("hash:")
    assert head_of("Message-ID: <ö@x>\n\n".encode()).id.startswith("hash:")


def test_the_head_ends_at_the_first_empty_line() -> None:
    assert split(b"A: b\r\n\r\nC: d") == (b"A: b", b"C: d")
    assert split(b"\nbody") == (b"", b"body")
    assert split(b"A: b") == (b"A: b", b"")
    assert fields_of(b"A: b\n c\nbad line\na : d\nC:") == {"a": [b"b\n c", b"d"], "c": [b""]}
    assert not head_of(b"no header\nat all\n\nSubject: x").known


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"From", b"Message-ID", b"References", b"Date", b"Subject", b"List-Id"])
)
def test_any_bytes_are_a_head(value: bytes, name: bytes) -> None:
    head = head_of(name + b": " + value)
    "".join((head.id, *head.parents, head.subject, head.author.name, head.place)).encode()
