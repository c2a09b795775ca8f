"""The Stack Exchange dump: files that are broken, missing or change under the reader."""

from __future__ import annotations

import asyncio
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cm_console.model.errors import Malformed, Unreachable
from cm_console.model.records import Member
from cm_console.model.source import Feed
from cm_console.model.time import SystemClock
from cm_console.sources.stackexchange_dump import DumpSettings, StackExchangeDump
from tests.unit.dump_rows import (
    DAY,
    FEEDS,
    FILES,
    OWN_FEED,
    answer,
    broken_pull,
    comment,
    ids,
    keyed,
    mangle,
    many,
    notes,
    pull,
    records,
    source,
    user,
    vote,
    write,
    xml,
)


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
