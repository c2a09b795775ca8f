"""Which conversation a mail belongs to: by what it names, else by its subject; decided once."""

from __future__ import annotations

import pytest

from cm_console.model.time import DAY, Instant
from cm_console.sources.mail.headers import Address, Head
from cm_console.sources.mail.threads import Threads, bare_subject, title_of

NOW = Instant(1_790_000_000_000)


class Archive:
    """Messages placed one after the other."""

    def __init__(self) -> None:
        self.threads, self.count = Threads(), 0

    def __call__(self, id: str, *parents: str, subject: str = "x", days: int = 0, at: int | None = None) -> str:
        self.count += 1
        head = Head(id, parents, subject, Address(), None, "", True)
        self.placed = self.threads.place(head, (0, self.count if at is None else at), Instant(NOW + days * DAY))
        return self.placed.thread


@pytest.fixture
def place() -> Archive:
    return Archive()


def test_answers_join_what_they_answer(place: Archive) -> None:
    assert [place("a"), place("b", "a"), place("c", "a", "b"), place("d", "c")] == ["a"] * 4
    assert (place.placed.parent, place.placed.opens) == ("c", False)


def test_an_ancestor_nobody_has_seen_holds_its_children_together(place: Archive) -> None:
    assert place("b", "a") == "a"
    assert (place.placed.opens, place.placed.parent) == (True, None)
    assert place("c", "a") == "a"
    assert (place.placed.opens, place.placed.parent) == (False, None)
    assert place("a") == "a"
    assert (place.placed.opens, place.placed.parent) == (True, None), (
        "the oldest message names its conversation when it comes at last"
    )


def test_what_was_decided_stays(place: Archive) -> None:
    assert place("c", "b") == "b"
    assert place("b", "a") == "b", "its answer stands there already"
    assert place("d", "a") == "b" and place("a") == "b", "so the whole conversation does"


def test_the_nearest_known_ancestor_counts(place: Archive) -> None:
    place("one")
    place("two")
    assert place("x", "two", "unknown", "one", "gone") == "one"


def test_a_message_that_answers_itself_or_its_answer(place: Archive) -> None:
    assert place("a", "b") == "b"
    assert place("b", "a") == "b"


def test_an_answer_without_references_joins_its_subject(place: Archive) -> None:
    place("a", subject="[users] Release 2.0")
    assert place("b", subject="AW: Re[2]:  release 2.0", days=59) == "a"
    assert place("c", subject="Re: Release 2.0", days=119) == "a", "it was alive 60 days before"
    assert place("d", subject="Re: Release 2.0", days=180) == "d"
    assert place("e", subject="Release 2.0") == "e", "not an answer"
    assert place("f", subject="Fwd: Release 2.0") == "f", "nor is this"
    assert place("g", subject="Re: ") == "g"


def test_the_same_message_twice_is_one(place: Archive) -> None:
    place("a", at=1)
    place("a", at=2)
    assert (place.placed.repeat, place.placed.opens) == (True, False)
    place("a", at=1)
    assert (place.placed.repeat, place.placed.opens) == (False, True), "the same one, read again"


@pytest.mark.parametrize(
    ("subject", "bare", "title"),
    [
        ("Hello  World", "hello world", "Hello  World"),
        ("Re: RE: Sv: hello", "hello", "hello"),
        ("[users] Re: hello", "hello", "[users] hello"),
        ("Re: [users] Re: hello", "hello", "[users] hello"),
        ("Fwd: hello", "hello", "Fwd: hello"),
        ("Reading: a list", "reading: a list", "Reading: a list"),
        ("", "", "(no subject)"),
        ("Re:", "", "(no subject)"),
    ],
)
def test_subjects(subject: str, bare: str, title: str) -> None:
    assert bare_subject(subject)[0] == bare
    assert title_of(subject) == title


def test_a_subject_of_prefixes_ends() -> None:
    assert bare_subject("Re: " * 10_000)[1]
    assert title_of("[a]" * 10_000)
