"""The Stack Exchange dump: what its rows become, and what happens when files break, grow, change or are missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.records import Kind, Member, Post, Record, Ref, Thread
from cm_console.model.source import PAGE_LIMIT, Cursor, Feed, Page
from cm_console.model.time import SystemClock, parse_iso
from cm_console.sources.stackexchange_dump import DumpSettings, StackExchangeDump

HERE = Path(__file__).parent
SMALL = HERE.parent / "data" / "dump"
REAL = HERE.parents[2] / "shared" / "data" / "stackexchange-bicycles-meta"
FEEDS = (Feed.MEMBERS, Feed.THREADS, Feed.REPORTS, Feed.ACTIVITY)
FILES = ("Posts.xml", "Comments.xml", "Users.xml", "Votes.xml")
OWN_FEED = {
    "Posts.xml": Feed.THREADS,
    "Comments.xml": Feed.THREADS,
    "Users.xml": Feed.MEMBERS,
    "Votes.xml": Feed.ACTIVITY,
}
DAY = "2024-06-01T00:00:00.000"

real_data = pytest.mark.skipif(not REAL.is_dir(), reason="the real dump in ../shared is not here")
Row = Mapping[str, object]
Rows = dict[str, list[Row]]


def source(folder: Path) -> StackExchangeDump:
    return StackExchangeDump(DumpSettings(str(folder)), SystemClock())


def xml(file: str, rows: Iterable[Row]) -> bytes:
    root = file.removesuffix(".xml").lower()
    lines = ("  <row " + " ".join(f"{k}={quoteattr(str(v))}" for k, v in row.items()) + " />\r\n" for row in rows)
    return f'\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<{root}>\r\n{"".join(lines)}</{root}>'.encode()


def write(folder: Path, rows: Mapping[str, Iterable[Row]]) -> None:
    folder.mkdir(exist_ok=True)
    for file in FILES:
        (folder / file).write_bytes(xml(file, rows.get(file, ())))


def question(id: int, **more: object) -> Row:
    fields = {"Id": id, "PostTypeId": 1, "CreationDate": DAY, "Body": f"<p>question {id}</p>", "Title": f"Title {id}"}
    return fields | {"OwnerUserId": 1} | more


def answer(id: int, to: int, **more: object) -> Row:
    return {"Id": id, "PostTypeId": 2, "ParentId": to, "CreationDate": DAY, "Body": f"<p>answer {id}</p>"} | more


def comment(id: int, on: int, **more: object) -> Row:
    return {"Id": id, "PostId": on, "Score": 0, "Text": f"comment {id}", "CreationDate": DAY, "UserId": 1} | more


def vote(id: int, on: int, kind: int, **more: object) -> Row:
    return {"Id": id, "PostId": on, "VoteTypeId": kind, "CreationDate": DAY} | more


def user(id: int, **more: object) -> Row:
    return {"Id": id, "CreationDate": DAY, "DisplayName": f"user number {id}"} | more


def many(posts: int = 240) -> Rows:
    """A dump that fills several pages of every feed; every fourth post is a question."""
    rows = [question(n) if n % 4 == 1 else answer(n, n - (n - 1) % 4) for n in range(1, posts + 1)]
    return {
        "Posts.xml": rows,
        "Comments.xml": [comment(n, n) for n in range(1, posts + 1)],
        "Users.xml": [user(n) for n in range(1, posts + 1)],
        "Votes.xml": [vote(n, n, (2, 3, 4, 2, 12, 15)[n % 6]) for n in range(1, posts + 1)],
    }


async def pull(dump: StackExchangeDump, feed: Feed, cursor: Cursor | None = None) -> list[Page]:
    return [page async for page in dump.pull(feed, cursor)]


async def broken_pull(
    dump: StackExchangeDump, feed: Feed, cursor: Cursor | None = None
) -> tuple[list[Page], SourceError | None]:
    pages: list[Page] = []
    try:
        async for page in dump.pull(feed, cursor):
            pages.append(page)  # noqa: PERF401  what came before an error is wanted
    except SourceError as error:
        return pages, error
    return pages, None


def records(pages: Iterable[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def keyed(pages: Iterable[Page]) -> dict[tuple[type, str], Record]:
    return {(type(record), record.id): record for record in records(pages)}


def ids(pages: Iterable[Page], kind: type = Post) -> list[str]:
    return [record.id for record in records(pages) if isinstance(record, kind)]


def notes(pages: Iterable[Page]) -> str:
    return "; ".join(page.note for page in pages if page.note)


class TestMapping:
    """What a row of the small dump becomes."""

    async def got(self, feed: Feed) -> dict[tuple[type, str], Any]:
        return keyed(await pull(source(SMALL), feed))

    async def test_members(self) -> None:
        got = await self.got(Feed.MEMBERS)
        assert len(got) == 10
        assert got[Member, "-1"].bot and not got[Member, "1"].bot
        assert got[Member, "2"] == Member("2", got[Member, "2"].handle, joined_at=parse_iso("2024-03-02T18:30:12.340Z"))
        assert got[Member, "3"].handle == "Zoë Ångström 🌱"
        assert got[Member, "6"].handle == "<b>bold</b> [red]name[/]"
        assert got[Member, "8"].handle == "user8", "an account without a name is shown as the site shows it"

    async def test_threads(self) -> None:
        got = await self.got(Feed.THREADS)
        assert Counter(kind.__name__ for kind, _ in got) == {"Thread": 3, "Post": 11}
        tomatoes, meeting, seeds = (got[Thread, id] for id in ("1", "5", "7"))
        assert tomatoes.title == "Yellow leaves on tomatoes: water & light?"
        assert (tomatoes.place, meeting.place) == ("tomatoes", "meetup"), "both ways of writing tags"
        assert (tomatoes.author, meeting.author) == ("2", None), "an author that left is nobody"
        assert (tomatoes.closed, meeting.closed) == (False, True)
        assert (tomatoes.solved_by, tomatoes.solved_at) == ("3", parse_iso("2024-03-06T00:00:00Z")), "the vote's day"
        assert (seeds.solved_by, seeds.solved_at) == ("8", parse_iso("2024-04-01T03:25:00Z")), "no vote: the answer's"
        assert meeting.solved_at is None and meeting.solved_by is None
        assert {record.url for record in got.values()} == {""}

    async def test_posts(self) -> None:
        got = await self.got(Feed.THREADS)
        first, edited = got[Post, "1"], got[Post, "3"]
        assert first.text == "My tomatoes get yellow leaves.\n\nWhat can I do?"
        assert (first.thread, first.author, first.edited_at) == ("1", "2", None)
        assert "https://garden.example/water" in edited.text
        assert edited.edited_at == parse_iso("2024-03-05T10:00:00Z")
        assert (edited.version, first.version) == ("2024-03-05T10:00:00.000", "2024-03-03T08:00:00.000")
        assert [got[Post, id].reactions for id in ("1", "2", "3", "8")] == [1, 1, 2, 0], "votes for and against"

    async def test_comments(self) -> None:
        got = await self.got(Feed.THREADS)
        remark = got[Post, "c3"]
        assert (remark.comment, remark.reply_to, remark.thread, remark.reactions) == (True, "3", "1", 1)
        assert got[Post, "c1"].text == "How often do you water them? A <div> is no pot.", "comments are no HTML"
        assert got[Post, "c4"].author is None

    async def test_reports_and_activity(self) -> None:
        reports = await self.got(Feed.REPORTS)
        assert {(r.target, r.kind, r.reporter) for r in reports.values()} == {
            (Ref(Kind.POST, "7"), "spam", None),
            (Ref(Kind.POST, "7"), "offensive", "4"),
            (Ref(Kind.POST, "2"), "moderator review", None),
        }
        assert all(report.closed_at is None for report in reports.values())
        activity = await self.got(Feed.ACTIVITY)
        assert {(a.id, a.kind, a.member, a.post) for a in activity.values()} == {
            (id, "reaction", None, post) for id, post in (("1", "1"), ("2", "2"), ("3", "3"), ("4", "3"), ("9", "7"))
        }

    async def test_what_is_skipped_is_told_once(self) -> None:
        pages = await pull(source(SMALL), Feed.THREADS)
        assert notes(pages) == "skipped: tag wikis 1"
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]

    async def test_check_tells_what_is_there(self) -> None:
        identity = await source(SMALL).check()
        assert identity.name == "Stack Exchange dump: 8 posts, 4 comments, 10 users, 11 votes"
        assert identity.feeds == frozenset(FEEDS) and not identity.missing and identity.version == ""

    async def test_nothing_can_be_told_to_it(self) -> None:
        action = Action("00000000-0000-4000-8000-000000000001", Verb.REPLY, Ref(Kind.THREAD, "1"), text="no")
        with pytest.raises(Refused, match="read only"):
            await source(SMALL).push(action)
        assert await source(SMALL).find(action) is None
        with pytest.raises(Refused):
            await pull(source(SMALL), Feed.SCHEDULED)


class TestRealDump:
    """Against thirteen years of a real community, counted a second time by a plain parser."""

    @staticmethod
    def counted(file: str, field: str | None = None) -> Counter[str]:
        return Counter(str(row.get(field or "")) for row in ElementTree.parse(REAL / file).getroot())

    @real_data
    async def test_nothing_is_lost_or_made_up(self) -> None:
        dump, got = source(REAL), {}
        for feed in FEEDS:
            pages = await pull(dump, feed)
            got[feed] = records(pages)
            assert len({(type(r), r.id) for r in got[feed]}) == len(got[feed]), "no record comes twice"
            assert all(len(page.records) <= PAGE_LIMIT for page in pages)
            assert pages[-1].done == pages[-1].total == len(got[feed])
        posts, votes = self.counted("Posts.xml", "PostTypeId"), self.counted("Votes.xml", "VoteTypeId")
        threads = [r for r in got[Feed.THREADS] if isinstance(r, Thread)]
        texts = [r for r in got[Feed.THREADS] if isinstance(r, Post)]
        assert len(got[Feed.MEMBERS]) == self.counted("Users.xml").total() == 2551
        assert len(threads) == posts["1"] == 453
        assert sum(not post.comment for post in texts) == posts["1"] + posts["2"] == 1424
        assert sum(post.comment for post in texts) == self.counted("Comments.xml").total() == 2448
        assert len(got[Feed.REPORTS]) == votes["4"] + votes["12"] + votes["15"] == 30
        assert len(got[Feed.ACTIVITY]) == votes["2"] + votes["3"] == 5417
        assert sum(thread.solved_at is not None for thread in threads) == 157
        known = {thread.id for thread in threads}
        assert all(post.thread in known for post in texts)

    @real_data
    async def test_reactions_are_the_votes(self) -> None:
        votes = ElementTree.parse(REAL / "Votes.xml").getroot()
        expected = Counter(row.get("PostId") for row in votes if row.get("VoteTypeId") in ("2", "3"))
        got = records(await pull(source(REAL), Feed.THREADS))
        posts = [record for record in got if isinstance(record, Post) and not record.comment]
        assert {post.id: post.reactions for post in posts} == {post.id: expected[post.id] for post in posts}

    @real_data
    async def test_what_is_left_out_is_told(self) -> None:
        assert notes(await pull(source(REAL), Feed.THREADS)) == "skipped: tag wiki excerpts 11, tag wikis 11"


class TestProgress:
    """Pages, cursors, and what a second pull brings."""

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_every_page_is_a_place_to_go_on(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        pages = await pull(source(tmp_path), feed)
        whole = keyed(pages)
        assert len(pages) > 1 and len(whole) == len(records(pages))
        for upto, page in enumerate(pages, 1):
            rest = await pull(source(tmp_path), feed, page.cursor)
            assert keyed(pages[:upto]) | keyed(rest) == whole
            assert len(records(pages[:upto])) + len(records(rest)) == len(whole), "and nothing comes twice"

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_progress_is_true(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        done = 0
        for page in await pull(source(tmp_path), feed):
            done += len(page.records)
            assert (page.done, len(page.gone)) == (done, 0)
        assert page.total == done and not page.more

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_an_unchanged_dump_is_not_even_read(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        cursor = (await pull(source(tmp_path), feed))[-1].cursor
        for file in FILES:
            found = (tmp_path / file).stat()
            (tmp_path / file).write_bytes(b"?" * found.st_size)
            os.utime(tmp_path / file, ns=(found.st_atime_ns, found.st_mtime_ns))
        assert await pull(source(tmp_path), feed, cursor) == []

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_a_copied_dump_brings_nothing_new(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        cursor = (await pull(source(tmp_path), feed))[-1].cursor
        for file in FILES:
            os.utime(tmp_path / file, ns=(1, 1))
        (page,) = await pull(source(tmp_path), feed, cursor)
        assert (page.records, page.more, page.note) == ((), False, "")
        assert await pull(source(tmp_path), feed, page.cursor) == []

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_a_dump_that_grew_brings_what_is_new(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many(200))
        before = await pull(source(tmp_path), feed)
        write(tmp_path, many(240))
        grown = await pull(source(tmp_path), feed, before[-1].cursor)
        fresh = keyed(await pull(source(tmp_path), feed))
        assert keyed(grown) == {key: fresh[key] for key in fresh.keys() - keyed(before).keys()}
        assert grown[-1].done == grown[-1].total == len(records(grown))
        assert await pull(source(tmp_path), feed, grown[-1].cursor) == []

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_growth_is_resumable_too(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many(20))
        before = await pull(source(tmp_path), feed)
        write(tmp_path, many())
        pages = await pull(source(tmp_path), feed, before[-1].cursor)
        for upto, page in enumerate(pages, 1):
            rest = await pull(source(tmp_path), feed, page.cursor)
            assert keyed(pages[:upto]) | keyed(rest) == keyed(pages)

    async def test_growth_between_two_pages_loses_nothing(self, tmp_path: Path) -> None:
        for feed in FEEDS:
            write(tmp_path, many(200))
            first = (await pull(source(tmp_path), feed))[0]
            write(tmp_path, many(240))
            rest = await pull(source(tmp_path), feed, first.cursor)
            assert keyed([first]) | keyed(rest) == keyed(await pull(source(tmp_path), feed))

    async def test_a_new_export_is_read_anew(self, tmp_path: Path) -> None:
        rows = many(40)
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Posts.xml"][1] = answer(2, 1, Body="<p>edited</p>", LastEditDate="2024-07-01T00:00:00.000")
        write(tmp_path, rows)
        again = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert keyed(again) == keyed(await pull(source(tmp_path), Feed.THREADS))
        assert [r.text for r in records(again) if isinstance(r, Post) and r.id == "2"] == ["edited"]

    async def test_an_absence_is_not_taken_for_a_deletion(self, tmp_path: Path) -> None:
        write(tmp_path, many(40))
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        write(tmp_path, many(20))
        pages = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert len(ids(pages)) == 40 and not any(page.gone for page in pages)

    async def test_a_new_vote_brings_its_post_again_and_no_other(self, tmp_path: Path) -> None:
        rows = many(40)
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Votes.xml"] += [vote(900, 6, 2), vote(901, 9, 3)]
        write(tmp_path, rows)
        pages = await pull(source(tmp_path), Feed.THREADS, cursor)
        assert ids(pages) == ["9", "6"] and ids(pages, Thread) == ["9"]

    async def test_a_late_acceptance_brings_its_thread_again(self, tmp_path: Path) -> None:
        rows: Rows = {"Posts.xml": [question(1, AcceptedAnswerId=2), answer(2, 1)]}
        write(tmp_path, rows)
        cursor = (await pull(source(tmp_path), Feed.THREADS))[-1].cursor
        rows["Votes.xml"] = [vote(1, 2, 1, CreationDate="2024-06-09T00:00:00.000")]
        write(tmp_path, rows)
        (thread,) = (r for r in records(await pull(source(tmp_path), Feed.THREADS, cursor)) if isinstance(r, Thread))
        assert thread.solved_at == parse_iso("2024-06-09T00:00:00Z")

    @pytest.mark.parametrize("cursor", ["", "{}", "[1]", "null", '{"offset": "x"}', '{"base": 5}', "\x00", "é"])
    async def test_a_cursor_nobody_knows_means_from_the_beginning(self, cursor: str) -> None:
        for feed in FEEDS:
            assert await pull(source(SMALL), feed, Cursor(cursor)) == await pull(source(SMALL), feed)


class TestOrder:
    """Rows may hang on rows that come later, or never."""

    async def test_a_thread_comes_before_its_posts(self, tmp_path: Path) -> None:
        posts = [answer(n, n + 300) for n in range(1, 201)] + [question(n) for n in range(500, 300, -1)]
        write(tmp_path, {"Posts.xml": posts, "Comments.xml": [comment(n, n) for n in range(1, 201)]})
        seen: set[str] = set()
        pages = await pull(source(tmp_path), Feed.THREADS)
        for page in pages:
            seen.update(ids([page], Thread))
            assert {r.thread for r in page.records if isinstance(r, Post)} <= seen
        assert len(ids(pages)) == 600

    async def test_orphans_are_named_and_come_when_their_parent_does(self, tmp_path: Path) -> None:
        rows: Rows = {
            "Posts.xml": [question(1), answer(3, 2)],
            "Comments.xml": [comment(1, 1), comment(2, 3), comment(3, 2), comment(4, 77)],
        }
        write(tmp_path, rows)
        pages = await pull(source(tmp_path), Feed.THREADS)
        assert ids(pages) == ["1", "c1"]
        assert "Posts.xml line 4: its question 2 is not in Posts.xml, row skipped" in notes(pages)
        assert "Comments.xml line 4: post 3 is no question or answer in Posts.xml, row skipped (and 2 more)" in (
            notes(pages)
        )
        rows["Posts.xml"].append(question(2))
        write(tmp_path, rows)
        assert ids(await pull(source(tmp_path), Feed.THREADS, pages[-1].cursor)) == ["2", "3", "c2", "c3"]

    async def test_an_accepted_answer_that_is_missing_still_solves(self, tmp_path: Path) -> None:
        moved = "2024-06-05T00:00:00.000"
        write(tmp_path, {"Posts.xml": [question(1, AcceptedAnswerId=99, LastActivityDate=moved)]})
        thread = records(await pull(source(tmp_path), Feed.THREADS))[0]
        assert isinstance(thread, Thread) and (thread.solved_by, thread.solved_at) == ("99", parse_iso(moved))


def mangle(folder: Path, file: str, old: bytes, new: bytes) -> None:
    """Replace the first place in a file where some bytes stand."""
    content = (folder / file).read_bytes()
    assert old in content
    (folder / file).write_bytes(content.replace(old, new, 1))


class TestBrokenFiles:
    """What can be read is kept; what cannot is named with file and line."""

    @given(data=st.data())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    def test_a_file_cut_anywhere(self, tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
        folder, rows = tmp_path_factory.mktemp("cut"), many(24)
        file = data.draw(st.sampled_from(FILES))
        feed = OWN_FEED[file]
        write(folder, rows)
        whole, content = asyncio.run(pull(source(folder), feed)), (folder / file).read_bytes()
        left = content[: data.draw(st.integers(0, len(content) - 1))]
        complete = left.count(b" />")
        write(folder, rows | {file: rows[file][:complete]})
        expected = asyncio.run(pull(source(folder), feed))

        (folder / file).write_bytes(left)
        pages, error = asyncio.run(broken_pull(source(folder), feed))
        assert keyed(pages) == keyed(expected), "as if the file had ended with its last whole row"
        line = left.count(b"\n") + 1
        lines = (line, line + left.endswith(b"\r"))
        assert isinstance(error, Malformed)
        assert str(error).startswith(tuple(f"{file} line {line}: " for line in lines)), error
        assert str(error).endswith(
            "1 row before it was read" if complete == 1 else f"; {complete} rows before it were read"
        )
        assert all(page.more for page in pages)

        again, same = asyncio.run(broken_pull(source(folder), feed, pages[-1].cursor))
        assert not again and str(same) == str(error), "it stays broken, and is not read again"
        (folder / file).write_bytes(content)
        mended = asyncio.run(pull(source(folder), feed, pages[-1].cursor))
        assert keyed(pages) | keyed(mended) == keyed(whole), "a mended file brings all the rest"
        shutil.rmtree(folder)

    @given(data=st.data())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    def test_any_damage_is_an_error_of_a_source(self, tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
        folder = tmp_path_factory.mktemp("damage")
        write(folder, many(12))
        file = data.draw(st.sampled_from(FILES))
        content = bytearray((folder / file).read_bytes())
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(content)))
            content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        (folder / file).write_bytes(content)
        for feed in FEEDS:
            pages, error = asyncio.run(broken_pull(source(folder), feed))
            assert error is None or (isinstance(error, Malformed) and file in str(error))
            for page in pages:
                asyncio.run(broken_pull(source(folder), feed, page.cursor))
        shutil.rmtree(folder)

    @pytest.mark.parametrize("file", FILES)
    async def test_one_broken_file_stops_no_other(self, tmp_path: Path, file: str) -> None:
        write(tmp_path, many())
        mangle(tmp_path, file, b'Id="200"', b"Id=200")
        words = f"{file} line 202: not well-formed (invalid token); 199 rows before it were read"
        for feed in FEEDS:
            pages, error = await broken_pull(source(tmp_path), feed)
            if feed in (OWN_FEED[file], Feed.REPORTS if file == "Votes.xml" else None):
                assert isinstance(error, Malformed) and str(error) == words
                assert records(pages)
            else:
                assert error is None
        threads, _ = await broken_pull(source(tmp_path), Feed.THREADS)
        assert ("c199" in ids(threads)) and ("c240" in ids(threads)) == (file in ("Users.xml", "Votes.xml"))
        assert (words in notes(threads)) == (file == "Votes.xml"), "threads come without them, and say so"

    async def test_the_line_is_right_when_a_pull_goes_on(self, tmp_path: Path) -> None:
        for feed, file in ((Feed.MEMBERS, "Users.xml"), (Feed.THREADS, "Comments.xml")):
            write(tmp_path, many())
            mangle(tmp_path, file, b'Id="230"', b"Id=230")
            pages, error = await broken_pull(source(tmp_path), feed)
            assert f"{file} line 232: " in str(error)
            for page in pages:
                _, later = await broken_pull(source(tmp_path), feed, page.cursor)
                assert str(later) == str(error)

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ('<row CreationDate="2024-01-01" DisplayName="x" />', "no Id"),
            ('<row Id="x" CreationDate="2024-01-01" />', "Id is no number"),
            ('<row Id="99999999999999999999" CreationDate="2024-01-01" />', "Id is no number"),
            ('<row Id="77" DisplayName="x" />', "no CreationDate"),
            ('<row Id="77" CreationDate="yesterday" />', "CreationDate is no time"),
            ('<user Id="77" CreationDate="2024-01-01" />', "<user> is no row"),
        ],
    )
    async def test_a_bad_row_is_named_and_skipped(self, tmp_path: Path, row: str, words: str) -> None:
        write(tmp_path, {"Users.xml": [user(n) for n in range(1, 6)]})
        mangle(tmp_path, "Users.xml", b'  <row Id="3"', f'  {row}\r\n  <row Id="3"'.encode())
        pages = await pull(source(tmp_path), Feed.MEMBERS)
        assert ids(pages, Member) == ["1", "2", "3", "4", "5"]
        assert notes(pages) == f"Users.xml line 5: {words}, row skipped"

    async def test_bad_rows_in_every_file(self, tmp_path: Path) -> None:
        rows = many(12)
        rows["Posts.xml"] += [{"Id": 50, "PostTypeId": 1}, {"Id": 51, "CreationDate": DAY}, answer(52, 1, ParentId="?")]
        rows["Comments.xml"] += [comment(50, 1, Score="many"), comment(51, 1, CreationDate="?")]
        rows["Votes.xml"] += [vote(50, 1, 2, PostId="?"), {"Id": 51, "PostId": 1}, vote(52, 1, 4, CreationDate="?")]
        write(tmp_path, rows)
        pages = await pull(source(tmp_path), Feed.THREADS)
        assert len(ids(pages)) == 24
        assert "Posts.xml line 15: no CreationDate, row skipped (and 1 more)" in notes(pages)
        assert "Posts.xml line 17: ParentId is no number" in notes(pages)
        assert "Comments.xml line 15: Score is no number, row skipped (and 1 more)" in notes(pages)
        votes = notes(await pull(source(tmp_path), Feed.ACTIVITY)) + notes(await pull(source(tmp_path), Feed.REPORTS))
        assert "Votes.xml line 15: PostId is no number" in votes and "Votes.xml line 16: no VoteTypeId" in votes
        assert "CreationDate" not in notes(await pull(source(tmp_path), Feed.ACTIVITY))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "line 1: no element found; 0 rows"),
            (b"<html></html>", "line 1: expected <users>, found <html>; 0 rows"),
            (b"\x00\x01\x02PK", "line 1: "),
            (b'<?xml version="1.0" encoding="klingon"?>\n<users></users>', "line 1: unknown encoding"),
            (b'<users>\n<row Id="1" CreationDate="2024-01-01" />\n</users>\n<users />', "line 4: junk after"),
            (b"<!DOCTYPE users SYSTEM 'file:///etc/passwd'>\n<users></users>", "line 1: a DTD is not read"),
        ],
    )
    async def test_what_is_no_such_file(self, tmp_path: Path, content: bytes, words: str) -> None:
        (tmp_path / "Users.xml").write_bytes(content)
        _, error = await broken_pull(source(tmp_path), Feed.MEMBERS)
        assert isinstance(error, Malformed) and f"Users.xml {words}" in str(error)

    async def test_no_entity_is_ever_expanded(self, tmp_path: Path) -> None:
        bomb = '<!DOCTYPE users [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><users><row Id="1" DisplayName="&b;" /></users>'
        (tmp_path / "Users.xml").write_text(bomb, encoding="utf-8")
        pages, error = await broken_pull(source(tmp_path), Feed.MEMBERS)
        assert not records(pages) and isinstance(error, Malformed) and "DTD" in str(error)

    async def test_an_endless_row_does_not_fill_the_memory(self, tmp_path: Path) -> None:
        content = (
            xml("Users.xml", [user(1)]).removesuffix(b"</users>") + b'<row Id="2" DisplayName="' + b"x" * (40 << 20)
        )
        (tmp_path / "Users.xml").write_bytes(content)
        tracemalloc.start()
        pages, error = await broken_pull(source(tmp_path), Feed.MEMBERS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert ids(pages, Member) == ["1"]
        assert str(error) == "Users.xml line 4: 4 MB without a row; 1 row before it was read"
        assert peak < 20 << 20

    async def test_rows_may_span_lines_and_hold_elements(self, tmp_path: Path) -> None:
        rows = "".join(f'<row\n Id="{n}"\n CreationDate="{DAY}"><b>x</b> &amp; </row>' for n in range(1, 151))
        text = f"<users><!-- {'c' * 300} -->\n\n{rows}</users>"
        for encoding in ("utf-8", "utf-16"):
            (tmp_path / "Users.xml").write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding))
            pages = await pull(source(tmp_path), Feed.MEMBERS)
            assert ids(pages, Member) == [str(n) for n in range(1, 151)]
            assert keyed(await pull(source(tmp_path), Feed.MEMBERS, pages[0].cursor)) == keyed(pages[1:])


class TestMissing:
    """What is not there is named, with its path."""

    async def test_no_folder(self, tmp_path: Path) -> None:
        nowhere = source(tmp_path / "nowhere")
        for feed in FEEDS:
            with pytest.raises(Unreachable, match="nowhere is not a folder"):
                await pull(nowhere, feed)
        with pytest.raises(Unreachable, match="nowhere is not a folder"):
            await nowhere.check()

    @pytest.mark.parametrize("path", ["~nobody-has-this-name/x", "x" * 5000, "a\x00b", ""])
    async def test_no_path_makes_it_crash(self, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(Unreachable):
            await StackExchangeDump(DumpSettings(path), SystemClock()).check()

    @pytest.mark.parametrize("file", FILES)
    async def test_no_file(self, tmp_path: Path, file: str) -> None:
        write(tmp_path, many(12))
        (tmp_path / file).unlink()
        for feed in FEEDS:
            _, error = await broken_pull(source(tmp_path), feed)
            if feed is OWN_FEED[file] or (file, feed) == ("Votes.xml", Feed.REPORTS):
                assert isinstance(error, Unreachable) and str(error) == f"{tmp_path / file} is missing"
            else:
                assert error is None
        identity = await source(tmp_path).check()
        assert set(identity.missing.values()) == {f"{tmp_path / file} is missing"}
        assert identity.feeds == frozenset(FEEDS) - set(identity.missing)

    async def test_comments_that_come_later(self, tmp_path: Path) -> None:
        write(tmp_path, many(12))
        whole = keyed(await pull(source(tmp_path), Feed.THREADS))
        comments = (tmp_path / "Comments.xml").read_bytes()
        (tmp_path / "Comments.xml").unlink()
        pages, _ = await broken_pull(source(tmp_path), Feed.THREADS)
        assert len(ids(pages)) == 12 and pages[-1].more
        (tmp_path / "Comments.xml").write_bytes(comments)
        assert keyed(pages) | keyed(await pull(source(tmp_path), Feed.THREADS, pages[-1].cursor)) == whole

    async def test_votes_that_come_later(self, tmp_path: Path) -> None:
        write(tmp_path, many(12))
        whole, votes = keyed(await pull(source(tmp_path), Feed.THREADS)), (tmp_path / "Votes.xml").read_bytes()
        (tmp_path / "Votes.xml").unlink()
        pages = await pull(source(tmp_path), Feed.THREADS)
        assert "Votes.xml is missing: reactions and times of acceptance are incomplete" in notes(pages)
        (tmp_path / "Votes.xml").write_bytes(votes)
        assert keyed(pages) | keyed(await pull(source(tmp_path), Feed.THREADS, pages[-1].cursor)) == whole

    async def test_a_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        write(tmp_path, many(12))
        (tmp_path / "Users.xml").unlink()
        (tmp_path / "Users.xml").mkdir()
        with pytest.raises(Unreachable, match=r"Users\.xml is not a file"):
            await pull(source(tmp_path), Feed.MEMBERS)

    async def test_a_file_that_changes_under_the_reader(self, tmp_path: Path) -> None:
        rows = many(4000)
        write(tmp_path, rows)
        pages = source(tmp_path).pull(Feed.MEMBERS, None)
        first = await anext(pages)
        write(tmp_path, rows | {"Users.xml": [*rows["Users.xml"], user(9999)]})
        with pytest.raises(Unreachable, match="changed while it was read"):
            async for _ in pages:
                pass
        rest = await pull(source(tmp_path), Feed.MEMBERS, first.cursor)
        assert len(records([first])) + len(records(rest)) == 4001


class TestManners:
    """It keeps out of the way of everything else."""

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_the_event_loop_goes_on_during_every_page(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        turns = 0

        async def spin() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        spinner = asyncio.create_task(spin())
        before = -1
        async for _ in source(tmp_path).pull(feed, None):
            assert turns > before
            before = turns
        spinner.cancel()

    @pytest.mark.parametrize("feed", FEEDS)
    async def test_it_can_be_stopped_anywhere(self, tmp_path: Path, feed: Feed) -> None:
        write(tmp_path, many())
        for turns in range(40):
            task = asyncio.create_task(pull(source(tmp_path), feed))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        dump = source(tmp_path)
        await dump.close()
        await dump.close()

    async def test_memory_does_not_grow_with_the_file(self, tmp_path: Path) -> None:
        peaks = []
        for size in (3_000, 12_000):
            write(tmp_path, {"Users.xml": [user(n) for n in range(size)]})
            tracemalloc.start()
            async for page in source(tmp_path).pull(Feed.MEMBERS, None):
                del page
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] * 1.2
