"""Pulling an archive: what grew, what was rewritten, folders, broken messages, and what is shown of people."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.records import Kind, Member, Post, Ref, Thread
from cm_console.model.source import Feed, Page
from cm_console.model.time import iso
from cm_console.sources.mbox import Mbox, MboxSettings
from cm_console.testing import FakeClock
from cm_console.testing.driving import Mirror

POSTMARK = b"From ann@example.org Sun Nov 22 08:00:00 2026\n"
STAMPS = count(1_700_000_000)


def mail(
    id: str, body: str = "words", head: str = "", refs: str = "", subject: str = "Hello", who: str = "ann"
) -> bytes:
    lines = [f"From: {who.title()} <{who}@example.org>", f"Subject: {subject}", f"Message-ID: <{id}>"]
    lines += [f"References: {refs}"] if refs else []
    lines += [head] if head else []
    return POSTMARK + "\n".join([*lines, "", body, "", ""]).encode()


class Place:
    """An archive, sources on it, and what they brought."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.mirror = path, FakeClock(), Mirror()
        self.source = self.fresh()

    def fresh(self) -> Mbox:
        return Mbox(MboxSettings(str(self.path)), self.clock)

    def write(self, *mails: bytes, name: str = "", more: bool = False) -> None:
        path = self.path / name if name else self.path
        with path.open("ab" if more else "wb") as file:
            file.write(b"".join(mails))
        os.utime(path, (next(STAMPS), next(STAMPS)))

    async def pull(self, *, restart: bool = False, most: int = 10_000) -> list[Page]:
        if restart:
            self.source = self.fresh()
        before = len(self.mirror.pages)
        async for page in self.source.pull(Feed.THREADS, self.mirror.cursors.get(Feed.THREADS)):
            self.mirror.apply(Feed.THREADS, page)
            if len(self.mirror.pages) - before >= most:
                break
        return self.mirror.pages[before:]

    def of(self, kind: type) -> dict[str, object]:
        return {record.id: record for record in self.mirror.records.values() if isinstance(record, kind)}

    @property
    def texts(self) -> dict[str, str]:
        return {id: str(post.text) for id, post in self.of(Post).items() if isinstance(post, Post)}

    @property
    def threads(self) -> dict[str, str]:
        return {id: post.thread for id, post in self.of(Post).items() if isinstance(post, Post)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "users.mbox")


def posts_in(pages: Iterable[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records if isinstance(record, Post)]


@pytest.mark.parametrize("restart", [False, True])
async def test_a_file_that_grew_is_read_on(place: Place, restart: bool) -> None:
    place.write(mail("a"), mail("b", refs="<a>"))
    await place.pull()
    assert await place.pull(restart=restart) == []
    place.write(mail("c", refs="<b>"), more=True)
    assert posts_in(await place.pull(restart=restart)) == ["b", "c"], "the last one is read again: it may have grown"
    assert set(place.threads.values()) == {"a"}


@pytest.mark.parametrize("restart", [False, True])
async def test_the_last_message_may_have_been_half_written(place: Place, restart: bool) -> None:
    whole = mail("b", "all of its words")
    place.write(mail("a"), whole[:-9])
    await place.pull()
    place.write(whole[-9:], mail("c"), more=True)
    await place.pull(restart=restart)
    assert place.texts["b"] == "all of its words" and len(place.texts) == 3


@pytest.mark.parametrize("restart", [False, True])
async def test_a_rewritten_file_is_noticed_also_when_it_is_as_long(place: Place, restart: bool) -> None:
    place.write(*(mail(f"m{n}") for n in range(50)))
    await place.pull()
    place.write(*(mail(f"m{n}", "wordy" if n == 7 else "words") for n in range(50)), mail("new"))
    pages = await place.pull(restart=restart)
    assert place.texts["m7"] == "wordy" and "new" in place.texts
    assert pages[0].note == "users.mbox was rewritten: all of it is read again"
    assert await place.pull(restart=restart) == []


async def test_messages_that_moved_within_a_file_are_not_lost(place: Place) -> None:
    """The same source, from the beginning, after a rewrite that moved everything."""
    place.write(*(mail(f"m{n}") for n in range(100)))
    await place.pull(most=1)
    place.write(mail("first"), *(mail(f"m{n}") for n in range(100)))
    place.mirror = Mirror()
    await place.pull()
    assert len(place.texts) == 101


async def test_what_vanished_from_a_file_is_not_deleted(place: Place) -> None:
    place.write(mail("a"), mail("b"))
    await place.pull()
    place.write(mail("b"))
    pages = await place.pull()
    assert all(not page.gone for page in pages) and set(place.texts) == {"a", "b"}


async def test_a_folder_of_files_in_the_order_of_months(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(gzip.compress(mail("b", refs="<a>")), name="2024-April.txt.gz")
    place.write(mail("c", refs="<b>"), name="2024-March.txt")
    place.write(mail("a"), name="2023-December.txt")
    place.write(b"not a mailbox", name="README.txt")
    place.write(b"\x00\x01", name="a.msf")
    await place.pull()
    assert place.threads == {"a": "a", "b": "b", "c": "b"}, "March was read before April: the answer came first"
    me = await place.source.check()
    assert me.name == "mbox archive: 3 messages in 3 files" and not me.missing


async def test_only_the_file_that_changed_is_read(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for n in range(3):
        place.write(mail(f"m{n}", refs="<root>"), name=f"{n}.mbox")
    await place.pull()
    place.write(mail("new", refs="<m0>"), name="1.mbox", more=True)
    assert posts_in(await place.pull(restart=True)) == ["m1", "new"]
    assert place.threads["new"] == "root", "also after a restart it is known what stands in the other files"


async def test_a_new_file_is_read_last(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(mail("b", refs="<a>"), name="b.mbox")
    await place.pull()
    place.write(mail("a", refs="<older>"), name="a.mbox")
    await place.pull(restart=True)
    assert place.threads == {"b": "a", "a": "a"}, "what was decided stays"


async def test_the_same_message_in_two_files_is_one(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(mail("a", "first"), mail("a", "again"), name="1.mbox")
    place.write(mail("a", "elsewhere"), name="2.mbox")
    assert posts_in(await place.pull()) == ["a"] and place.texts == {"a": "first"}


async def test_bad_messages_are_named_and_the_rest_is_kept(place: Place) -> None:
    bad = POSTMARK + b"no header\n\nwords\n\n"
    place.write(mail("a"), bad, mail("b"), bad)
    pages = await place.pull()
    assert set(place.texts) == {"a", "b"}
    assert [page.note for page in pages] == ["users.mbox line 8: no header of a message, skipped (and 1 more)"]


async def test_a_damaged_file_gives_what_stands_before_and_is_told_each_time(tmp_path: Path) -> None:
    place = Place(tmp_path)
    data = gzip.compress(b"".join(mail(f"m{n}", os.urandom(40_000).hex()) for n in range(60)))
    place.write(data[: len(data) // 2], name="a.mbox.gz")
    place.write(mail("z"), name="b.mbox")
    for restart in (False, True):
        with pytest.raises(
            Malformed, match=r"a\.mbox\.gz: it is packed with gzip and breaks off .*; \d+ messages before"
        ):
            await place.pull(restart=restart)
    assert {"m0", "m9", "z"} < set(place.texts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"From: ann\n\nno mbox", "is no mbox: it does not begin"),
        (gzip.compress(b"x", mtime=0)[:9], "breaks off or is damaged"),
    ],
)
async def test_a_file_that_is_no_mbox(place: Place, content: bytes, words: str) -> None:
    place.write(content)
    with pytest.raises(Malformed, match=words):
        await place.pull()
    with pytest.raises(Malformed, match=words):
        await place.source.check()


async def test_a_file_called_mbox_that_is_none_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(mail("a"), name="a.mbox")
    place.write(b"hello", name="b.mbox")
    with pytest.raises(Malformed, match=r"b\.mbox is no mbox"):
        await place.pull()
    assert set(place.texts) == {"a"} and "read b.mbox" in (await place.source.check()).missing


async def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="is missing"):
        await Place(tmp_path / "none.mbox").pull()
    with pytest.raises(Malformed, match="has no mbox file in it"):
        await Place(tmp_path).pull()


async def test_what_is_shown_of_people_and_places(place: Place) -> None:
    place.write(
        mail("a", head="List-Id: The Users <users.x.org>\nDate: Sat, 21 Nov 2026 10:00:00 +0100", who="ann"),
        mail("b", head="Date: Sat, 21 Nov 2099 10:00:00 +0000", refs="<a>", who="bob"),
        POSTMARK + b"Subject: nobody\n\nx\n",
    )
    await place.pull()
    ann, bob = place.of(Member)["ann@example.org"], place.of(Member)["bob@example.org"]
    assert isinstance(ann, Member) and (ann.handle, ann.name) == ("ann", "Ann") and isinstance(bob, Member)
    thread, post = place.mirror.records[Ref(Kind.THREAD, "a")], place.mirror.records[Ref(Kind.POST, "b")]
    assert isinstance(thread, Thread) and isinstance(post, Post)
    assert (thread.title, thread.place, thread.author) == ("Hello", "The Users", "ann@example.org")
    assert (iso(thread.created_at), iso(post.created_at)) == ("2026-11-21T09:00:00Z", "2026-11-22T08:00:00Z")
    assert (post.reply_to, len(place.texts)) == ("a", 3)


async def test_writing_is_refused(place: Place) -> None:
    with pytest.raises(Refused, match="an mbox has no reports"):
        await anext(aiter(place.source.pull(Feed.REPORTS, None)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [POSTMARK, b"\n\n", b"Message-ID: <a>\n", b"References: <b> <a>\n", b"From: x\n", mail("q"), b"\xff"]
        )
        | st.binary(max_size=12),
        max_size=12,
    )
)
async def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    place = Place(tmp_path_factory.getbasetemp() / "fuzz.mbox")
    place.write(b"".join(parts))
    try:
        await place.pull()
    except SourceError as error:
        assert str(error)
