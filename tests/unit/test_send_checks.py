"""Doubts before members read something: each kind is found, and ordinary answers pass without any."""

from __future__ import annotations

import pytest

from cm_console.model.length import TextRules
from cm_console.model.send_checks import Account, Doubt, Since, check_account, check_parcel, check_since, check_words
from cm_console.testing.hostile_texts import HOSTILE_TEXTS

RULES = TextRules()
HERE = Account("forum", "discourse", "7", "ann")


def words(text: str, **how: object) -> list[str]:
    return [doubt.words for doubt in check_words(text, RULES, **how)]  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "text",
    [
        "Hello mia, press reset for 10 s; then look at https://example.org/a?b=c#d.",
        "Write to support@fernwerk.org or me@example.org, or open `/home/@everyone/x`.",
        "Set `{x}` in the set {a, b}; my password is wrong? The password: yours. The secret is patience.",
        "def f(a): return f'{a}'  # ids like 3fa85f64-5717-4562-b3fc-2c963f66afa6 and 9f86d081884c7d65",
        "@mia and @herebert: 👩‍👩‍👧 naïve Ελληνικά עברית العربية\n\n\ttabs",
    ],
)
def test_an_ordinary_answer_raises_no_doubt(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Hi @everyone!", "@everyone calls everybody"),
        ("@Here and @channel", "@here, @channel calls everybody"),
        ("ask @moderators", "@moderators calls a whole group"),
        ("use ghp_" + "a1B2" * 9, "it holds what looks like a GitHub token"),
        ("-----BEGIN RSA PRIVATE KEY-----", "it holds what looks like a private key"),
        ("key AKIAABCDEFGHIJKLMNOP", "it holds what looks like an AWS key"),
        ("password: hunter2!", "it holds what looks like a password"),
        ("postgres://me:s3cret@db.example/x", "it holds what looks like a login in an address"),
        ("mail mia.b@posteo.de", "it holds a mail address: mia.b@posteo.de"),
        ("a\u200bb", "it holds 1 character that cannot be seen"),
        ("a\u202eb\u202cc", "it holds 2 characters that cannot be seen"),
        ("I am {me}", "{me} is not filled in"),
        ("{member}, {title}", "{member}, {title} are not filled in"),
        ("  \n", "there is nothing to send yet"),
    ],
)
def test_each_kind_of_doubt_is_found(text: str, doubt: str) -> None:
    assert words(text) == [doubt]


def test_what_stops_comes_first_and_cannot_be_sent() -> None:
    found = check_words("@all {order}", TextRules(most=5), names={"order"})
    assert [doubt.stops for doubt in found] == [True, True, False]
    assert found[0].words.startswith("12 characters, 5 are allowed")


def test_what_only_one_member_reads_may_call_and_name() -> None:
    assert words("@all: mia.b@posteo.de", public=False) == []
    assert words("password: hunter2!", public=False) == ["it holds what looks like a password"]


def test_a_private_note_that_was_pasted_is_found() -> None:
    note = "Careful:\nshe was banned from the old forum in 2019,  for spam"
    assert words("You know, She was banned from the old\nforum in 2019!", notes=[note]) == [
        "it holds words of a private note"
    ]
    assert words("The old forum? It was closed in 2019.", notes=[note, "Careful:"]) == []


def test_a_note_may_quote_what_everybody_reads() -> None:
    note = "Looks like hardware: Two probes in one pot influence each other?"
    text = "What you asked in “Two probes in one pot influence each other?” is fixed."
    assert words(text, notes=[note]) == ["it holds words of a private note"]
    assert words(text, notes=[note], known="Two probes in one pot influence each other?") == []


def test_somebody_else_than_last_time() -> None:
    before = Account("forum", "discourse", "9", "ann-test")
    said = "the last answer on forum went out as ann-test, this one as ann"
    assert check_account(HERE, before, "", [], me="ann", team=()) == [Doubt(said)]
    assert check_account(HERE, HERE, "7", [], me="ann", team=("ann", "forum:bob")) == []


def test_the_threads_other_account_and_a_colleagues() -> None:
    other = Account("forum2", "discourse", "9", "acme")
    found = check_account(HERE, None, "9", [other], me="ann", team=())
    assert [doubt.words for doubt in found] == [
        "this thread was answered as acme (source forum2); this goes out as ann"
    ]
    assert check_account(HERE, None, "9", [Account("chat", "matrix", "9", "acme")], me="ann", team=()) == []
    assert check_account(HERE, None, "", [], me="bob", team=("forum:ann", "bob")) == [
        Doubt("you are bob, and forum has the account of ann: it goes out in their name")
    ]


def test_who_spoke_meanwhile() -> None:
    news = [Since("bob", "Try\nreset", on_its_way=True), *(Since(f"m{n}", "hm") for n in range(4))]
    assert [doubt.words for doubt in check_since(news)] == [
        "bob is answering already: “Try reset”",
        "m0 wrote meanwhile: “hm”",
        "m1 wrote meanwhile: “hm”",
        "and 2 more since you read it",
    ]


def test_hostile_texts_break_nothing() -> None:
    for text in HOSTILE_TEXTS:
        check_words(text[:20_000], RULES, notes=[text[:2_000]])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi {membr}", ["{membr}: did you mean {member}?"]),
        ("Hi {Member} and { title }", ["{Member}: did you mean {member}?", "{ title }: did you mean {title}?"]),
        ("{ordre} is it", ["{ordre}: did you mean {order}?"]),
        ("{foo}, {x} and {n}", []),
        ("`{membr}` and\n```\n{membr}\n```", []),
        ("> Hi {membr}\n\nno", []),
    ],
)
def test_a_slip_in_a_place_is_a_doubt(text: str, found: list[str]) -> None:
    assert [doubt.words for doubt in check_words(text, TextRules(), names={"order"}) if not doubt.stops] == found
    assert not any(doubt.stops for doubt in check_words("Hi {membr}", TextRules()))


def test_a_parcel_too_long_for_where_it_goes_stops() -> None:
    (found,) = check_parcel("Help", "x" * 30, "", TextRules(most=20))
    assert found.stops and "30" in found.words
    assert check_parcel("Help", "> {title}", "look", TextRules()) == []
