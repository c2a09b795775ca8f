"""Dumps to order for the tests of the Stack Exchange dump, and what a pull of them brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cm_console.model.errors import SourceError
from cm_console.model.records import Post, Record
from cm_console.model.source import Cursor, Feed, Page
from cm_console.model.time import SystemClock
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


def mangle(folder: Path, file: str, old: bytes, new: bytes) -> None:
    """Replace the first place in a file where some bytes stand."""
    content = (folder / file).read_bytes()
    assert old in content
    (folder / file).write_bytes(content.replace(old, new, 1))
