"""The Stack Exchange dump: what its rows become, checked by hand and against a real community."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cm_console.model.action import Action, Verb
from cm_console.model.errors import Refused
from cm_console.model.records import Kind, Member, Post, Ref, Thread
from cm_console.model.source import PAGE_LIMIT, Feed
from cm_console.model.time import parse_iso
from tests.unit.dump_rows import (
    FEEDS,
    REAL,
    SMALL,
    Rows,
    answer,
    comment,
    ids,
    keyed,
    notes,
    pull,
    question,
    records,
    source,
    write,
)

real_data = pytest.mark.skipif(not REAL.is_dir(), reason="the real dump in ../shared is not here")


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
