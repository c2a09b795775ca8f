"""Tables pulled: every kind of row, what grew, what changed, what is gone, and bad rows by name."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.records import Activity, Kind, Member, Post, Record, Ref, Report, Scheduled, Thread
from cm_console.model.source import PAGE_LIMIT, Feed, Page
from cm_console.model.time import iso
from cm_console.sources.table import Table, TableSettings
from cm_console.sources.table.reading import BATCH_ROWS
from cm_console.testing import FakeClock
from cm_console.testing.driving import Mirror

STAMPS = count(1_700_000_000)


class Place:
    """A folder of tables, a mapping, and what was brought."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mirror = folder, Mirror()
        self.mapping = ""
        self.notes: list[str] = []

    def map(self, rows: str, columns: str, file: str = "a.csv", **more: str) -> None:
        """Another table: columns as "id=Nr at=When"."""
        pairs = "\n".join(f'{name} = "{column}"' for name, column in (pair.split("=") for pair in columns.split()))
        extra = "\n".join(f"{key} = {value}" for key, value in more.items())
        self.mapping += f'[[table]]\nfile = "{file}"\nrows = "{rows}"\n{extra}\n[table.columns]\n{pairs}\n'
        (self.folder / "map.toml").write_text(self.mapping)

    def write(self, text: str, file: str = "a.csv", *, more: bool = False) -> None:
        path = self.folder / file
        with path.open("a" if more else "w", encoding="utf-8", newline="") as out:
            out.write(text)
        os.utime(path, (next(STAMPS), next(STAMPS)))

    async def pull(self, feed: Feed = Feed.THREADS, *, most: int = 10_000) -> list[Page]:
        source = Table(TableSettings(str(self.folder / "map.toml")), FakeClock())
        pages: list[Page] = []
        async for page in source.pull(feed, self.mirror.cursors.get(feed)):
            self.mirror.apply(feed, page)
            pages.append(page)
            self.notes += [page.note] if page.note else []
            if len(pages) >= most:
                break
        return pages

    def all(self, kind: type[Record]) -> list[str]:
        return [record.id for record in self.mirror.records.values() if isinstance(record, kind)]

    def get(self, kind: Kind, id: str) -> Record:
        return self.mirror.records[Ref(kind, id)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def of(pages: list[Page], kind: type[Record]) -> list[str]:
    return [record.id for page in pages for record in page.records if isinstance(record, kind)]


async def test_members(place: Place) -> None:
    place.map("members", "id=Mail name=Name joined_at=Since staff=Team", timezone='"Europe/Berlin"', dates='"%d.%m.%Y"')
    place.write("Mail,Name,Since,Team\nAnn@X.org ,Ann Smith,22.11.2026,ja\nbo@x.org,,,\n")
    await place.pull(Feed.MEMBERS)
    ann, bo = place.get(Kind.MEMBER, "ann@x.org"), place.get(Kind.MEMBER, "bo@x.org")
    assert isinstance(ann, Member) and isinstance(bo, Member)
    assert (ann.handle, ann.name, iso(ann.joined_at), ann.staff) == (
        "Ann Smith",
        "Ann Smith",
        "2026-11-21T23:00:00Z",
        True,
    )
    assert (bo.handle, bo.joined_at, bo.staff) == ("bo", None, False), "a mail address is not shown whole"


async def test_events_and_who_came(place: Place) -> None:
    place.map("events", "id=Nr title=Title at=Start", "events.csv")
    place.map("attendance", "member=Who event=Event name=Name", "came.csv")
    place.map("members", "id=Mail", "members.csv")
    place.write("Nr,Title,Start\n7,Meetup Berlin,2026-11-22 18:00\n", "events.csv")
    place.write("Mail\nann@x.org\n", "members.csv")
    place.write("Who,Event,Name\nann@x.org,7,Ann\nbo@x.org,Meetup Berlin,Bo\nkim,9,\n,7,\n", "came.csv")
    await place.pull(Feed.SCHEDULED)
    await place.pull(Feed.ACTIVITY)
    event = place.get(Kind.SCHEDULED, "7")
    assert isinstance(event, Scheduled) and (event.title, iso(event.at)) == ("Meetup Berlin", "2026-11-22T18:00:00Z")
    visits = [record for record in place.mirror.records.values() if isinstance(record, Activity)]
    assert {(visit.member, visit.kind, visit.at) for visit in visits} == {
        ("ann@x.org", "visit", event.at),
        ("bo@x.org", "visit", event.at),
    }
    assert place.all(Member) == ["bo@x.org"], "ann has a row of her own"
    assert place.notes == [
        "left aside: came.csv line 4 column 'Event': there is no event '9', and no date; "
        "came.csv line 5 column 'Who': empty, but attendance need member"
    ]
    place.write("Nr,Title,Start\n7,Meetup Berlin,2026-11-22 18:00\n9,Party,2026-11-23\n", "events.csv")
    await place.pull(Feed.ACTIVITY)
    assert len(place.all(Activity)) == 3, "once the event is known, its row is read"


async def test_who_signed_up_and_stayed_away_made_no_visit(place: Place) -> None:
    place.map("attendance", "member=Who at=On came=There", complete="true")
    sheet = "Who,On,There\nann,2026-11-22,x\nbo,2026-11-22,no\nkim,,\nlee,2026-11-22,late\n"
    place.write(sheet)
    await place.pull(Feed.ACTIVITY)
    visits = [record for record in place.mirror.records.values() if isinstance(record, Activity)]
    assert [visit.member for visit in visits] == ["ann"] and place.all(Member) == ["ann", "bo", "kim"]
    assert place.notes == ["left aside: a.csv line 5 column 'There': 'late' is neither yes nor no"]
    place.write(sheet.replace("2,x", "2,").replace("no", "yes"))
    await place.pull(Feed.ACTIVITY)
    visits = [record for record in place.mirror.records.values() if isinstance(record, Activity)]
    assert [visit.member for visit in visits] == ["bo"]


async def test_threads_and_posts(place: Place) -> None:
    place.map("threads", "id=Id title=Title at=At author=By text=Text closed=Closed", "t.csv", place='"Forum"')
    place.map("posts", "id=Id thread=Thread at=At author=By text=Text title=Title reply_to=To", "p.csv")
    place.write("Id,Title,At,By,Text,Closed\n1,One,2026-11-22,ann,hello,yes\n", "t.csv")
    place.write(
        "Id,Thread,At,By,Text,Title,To\np1,1,2026-11-22,bo,answer,no,1\np2,2,2026-11-22,bo,first,Two,\n"
        "p3,2,2026-11-22,ann,second,other,p2\np4,,2026-11-22,,alone,,\n",
        "p.csv",
    )
    await place.pull()
    one, two, own = (place.get(Kind.THREAD, id) for id in ("1", "2", "p4"))
    assert isinstance(one, Thread) and isinstance(two, Thread) and isinstance(own, Thread)
    assert (one.title, one.place, one.closed, one.author) == ("One", "Forum", True, "ann")
    assert (two.title, two.author, own.title, own.author) == ("Two", "bo", "alone", None)
    posts = {post.id: post for post in place.mirror.records.values() if isinstance(post, Post)}
    assert {id: (post.thread, post.reply_to) for id, post in posts.items()} == {
        "1": ("1", None),
        "p1": ("1", "1"),
        "p2": ("2", None),
        "p3": ("2", "p2"),
        "p4": ("p4", None),
    }


async def test_reports(place: Place) -> None:
    place.map("reports", "id=Nr target=Post at=At kind=Kind reason=Why closed_at=Done agreed=Right target_kind=What")
    place.write(
        "Nr,Post,At,Kind,Why,Done,Right,What\n1,p1,2026-11-22,SPAM,ads,,,\n2,ann,2026-11-22,,,2026-11-23,no,member\n"
        "3,x,2026-11-22,,,,,car\n4,x,2026-11-22,,,,perhaps,\n"
    )
    await place.pull(Feed.REPORTS)
    one, two = place.get(Kind.REPORT, "1"), place.get(Kind.REPORT, "2")
    assert isinstance(one, Report) and isinstance(two, Report)
    assert (one.target, one.kind, one.reason, one.agreed) == (Ref(Kind.POST, "p1"), "spam", "ads", None)
    assert (two.target, iso(two.closed_at), two.agreed) == (Ref(Kind.MEMBER, "ann"), "2026-11-23T00:00:00Z", False)
    assert place.notes == [
        "left aside: a.csv line 4 column 'What': 'car' is none of post, thread, member; "
        "a.csv line 5 column 'Right': 'perhaps' is neither yes nor no"
    ]


async def test_bad_rows_are_named_and_the_rest_goes_in(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text", dates='"%d.%m.%Y"')
    place.write(
        'Id,At,Text\n1,22.11.2026,a\n2,31.02.2026,b\n3,22.11.2026,\n,22.11.2026,d\n5,22.11.2026,e,f\n6,22.11.2026,"open\n'
        "7,22.11.2026,g\n"
    )
    await place.pull()
    assert place.all(Post) == ["1", "7"]
    assert place.notes == [
        "left aside: a.csv line 3 column 'At': '31.02.2026' is no date like %d.%m.%Y; "
        "a.csv line 4 column 'Text': empty, but posts need text; "
        "a.csv line 5 column 'Id': empty, but it is what tells rows apart (and 2 more)"
    ]


async def test_a_file_that_grew_is_read_on(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text")
    place.write("Id,At,Text\n" + "".join(f"{n},2026-11-22,x\n" for n in range(200)))
    await place.pull()
    assert await place.pull() == []
    place.write("200,2026-11-22,x\n201,2026-11-22,x\n", more=True)
    assert of(await place.pull(), Post) == ["199", "200", "201"], "the last one may have been half written"
    assert not place.notes


async def test_a_changed_row_is_an_edit(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text")
    place.write("Id,At,Text\n1,2026-11-22,before\n2,2026-11-22,x\n")
    await place.pull()
    place.write("Id,At,Text\n1,2026-11-22,after!\n2,2026-11-22,x\n")
    pages = await place.pull()
    post = place.get(Kind.POST, "1")
    assert isinstance(post, Post) and post.text == "after!"
    assert all(not page.gone for page in pages) and place.notes == ["a.csv has changed: all of it is read again"]


async def test_content_tells_rows_apart_without_ids(place: Place) -> None:
    place.map("posts", "at=At text=Text")
    place.write("At,Text,Unmapped\n2026-11-22,a,1\n2026-11-22,b,1\n2026-11-22,a,1\n")
    await place.pull()
    ids = set(place.all(Post))
    place.write("At,Text,Unmapped\n2026-11-22,b,2\n2026-11-22,a,2\n")
    await place.pull()
    assert set(place.all(Post)) == ids and len(ids) == 2


async def test_what_vanishes_stays_unless_the_table_is_complete(place: Place) -> None:
    rows = "Id,At,Text\n1,2026-11-22,a\n2,2026-11-22,b\n"
    place.map("posts", "id=Id at=At text=Text")
    place.write(rows)
    await place.pull()
    place.write("Id,At,Text\n2,2026-11-22,b\n")
    await place.pull()
    assert place.all(Post) == ["1", "2"]
    place.mapping = ""
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write(rows)
    await place.pull()
    place.write("Id,At,Text\n2,2026-11-22,b\n")
    assert [ref for page in await place.pull() for ref in page.gone] == [Ref(Kind.THREAD, "1"), Ref(Kind.POST, "1")]
    assert place.all(Post) == ["2"] and await place.pull() == []


async def test_many_that_vanish_come_in_bounded_pages_and_can_be_resumed(place: Place) -> None:
    place.map("members", "id=Id", complete="true")
    place.write("Id\n" + "".join(f"m{n}\n" for n in range(1_000)))
    await place.pull(Feed.MEMBERS)
    place.write("Id\nm5\n")
    pages = await place.pull(Feed.MEMBERS, most=3)
    assert all(len(page.gone) + len(page.records) <= PAGE_LIMIT for page in pages)
    cursors = [page.cursor for page in pages]
    assert len(set(cursors)) == 3, "each page moves on"
    await place.pull(Feed.MEMBERS)
    assert place.all(Member) == ["m5"]


async def test_a_row_nobody_can_read_is_not_gone(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write("Id,At,Text\n1,2026-11-22,a\n2,2026-11-22,b\n")
    await place.pull()
    place.write("Id,At,Text\n1,someday,a\n2,2026-11-22,b\n")
    pages = await place.pull()
    assert Ref(Kind.POST, "1") not in [ref for page in pages for ref in page.gone]
    assert place.all(Post) == ["1", "2"]


async def test_a_file_that_breaks_off_deletes_nothing(place: Place) -> None:
    import gzip

    data = "Id,At,Text\n" + "".join(f"{n},2026-11-22,{os.urandom(200).hex()}\n" for n in range(1_000))
    place.map("posts", "id=Id at=At text=Text", "a.csv.gz", complete="true")
    packed = gzip.compress(data.encode())
    (place.folder / "a.csv.gz").write_bytes(packed)
    await place.pull()
    (place.folder / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    for _ in range(2):
        with pytest.raises(Malformed, match=r"a\.csv\.gz line \d+: it is packed with gzip and breaks off"):
            await place.pull()
    assert len(place.all(Post)) == 1_000
    (place.folder / "a.csv.gz").write_bytes(gzip.compress(data[:-417].encode()))
    await place.pull()
    assert len(place.all(Post)) == 999, "what it still held when it broke is not forgotten"


async def test_another_mapping_reads_everything_again_and_deletes_nothing(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text")
    place.write("Id,At,Text,Url\n1,2026-11-22,a,https://x.test\n2,2026-11-22,b,\n")
    await place.pull()
    place.mapping = ""
    place.map("posts", "id=Id at=At text=Text url=Url")
    assert of(await place.pull(), Post) == ["1", "2"]
    post = place.get(Kind.POST, "1")
    assert isinstance(post, Post) and post.url == "https://x.test"


async def test_what_vanished_while_the_mapping_changed_is_gone_too(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write("Id,At,Text\n1,2026-11-22,a\n2,2026-11-22,b\n")
    await place.pull()
    place.mapping = "# another\n"
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write("Id,At,Text\n2,2026-11-22,b\n")
    await place.pull()
    assert place.all(Post) == ["2"]


async def test_a_table_that_is_complete_no_more_deletes_nothing(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write("Id,At,Text\n1,2026-11-22,a\n2,2026-11-22,b\n")
    await place.pull()
    place.mapping = ""
    place.map("posts", "id=Id at=At text=Text")
    place.write("Id,At,Text\n2,2026-11-22,b\n")
    assert all(not page.gone for page in await place.pull())


async def test_the_thread_that_another_file_opened_keeps_its_title(place: Place) -> None:
    columns = "id=Id thread=T at=At text=Text title=Title"
    place.map("posts", columns, "a.csv")
    place.map("posts", columns, "b.csv")
    place.write("Id,T,At,Text,Title\n1,t,2026-11-22,a,First\n", "a.csv")
    place.write("Id,T,At,Text,Title\n2,t,2026-11-22,b,Second\n", "b.csv")
    await place.pull()
    place.write("3,t,2026-11-22,c,Third\n", "b.csv", more=True)
    await place.pull()
    thread = place.get(Kind.THREAD, "t")
    assert isinstance(thread, Thread) and thread.title == "First" and len(place.all(Post)) == 3


@pytest.mark.parametrize(
    ("columns", "text", "words"),
    [
        ("id=Id at=When text=Text", "Id,At,Text\n", r"a\.csv has no column 'When'; it has 'Id', 'At', 'Text'"),
        ("id=Id at=At text=Text", None, "is missing"),
    ],
)
async def test_files_that_do_not_fit_the_mapping(place: Place, columns: str, text: str | None, words: str) -> None:
    place.map("posts", columns)
    place.map("posts", "id=Id at=At text=Text", "b.csv")
    place.write("Id,At,Text\n1,2026-11-22,a\n", "b.csv")
    if text is not None:
        place.write(text)
    with pytest.raises((Malformed, Unreachable), match=words):
        await place.pull()
    assert place.all(Post) == ["1"], "the other file was read"


async def test_pages_are_bounded_also_when_nothing_comes_of_many_rows(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text")
    place.write("Id,At,Text\n" + "1,never,x\n" * (BATCH_ROWS * 2) + "2,2026-11-22,b\n")
    pages = await place.pull()
    assert len(pages) == 3 and place.all(Post) == ["2"]
    assert place.notes[0].endswith(f"(and {BATCH_ROWS - 3:,} more)")


async def test_a_whole_table_that_vanishes_is_held_by_the_engine(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.map("posts", "id=Id at=At text=Text", complete="true")
    place.write("Id,At,Text\n" + "".join(f"{n},2026-11-22,x\n" for n in range(50)))
    source = SourceConfig("sheet", "table", {"path": str(tmp_path / "map.toml")}, every=300)
    home = Home(tmp_path / "home")
    config = Config(home.config, "Bikes", ZoneInfo("UTC"), me="mo", sources=(source,))
    console = Console.open(config, home, clock=FakeClock())
    assert {outcome.state for outcome in await console.sync()} == {"ok"}
    place.write("Id,At,Text\n0,2026-11-22,x\n")
    held = next(outcome for outcome in await console.sync() if outcome.feed == Feed.THREADS)
    assert held.state == "held" and "98 of 100 items are gone" in held.words
    assert {outcome.state for outcome in await console.sync(accept_deletions=True)} == {"ok"}
    left = await console.store.read(lambda conn: conn.execute("SELECT count(*) FROM post WHERE state < 3").fetchone())
    await console.stop()
    assert left == (1,)


async def test_writing_is_refused(place: Place) -> None:
    place.map("posts", "id=Id at=At text=Text")
    assert await place.pull(Feed.REPORTS) == []
    source = Table(TableSettings("x.toml"), FakeClock())
    assert source.verbs == {} and source.budget is None
    with pytest.raises(Unreachable, match="is missing"):
        await source.check()
    with pytest.raises(Refused):
        await Table(TableSettings("x.csv"), FakeClock()).pull(Feed.REPORTS, None).__anext__()


CELLS = st.sampled_from(["1", "2026-11-22", "", "yes", "ann@x.org", '"', "x", "\n", "9" * 30]) | st.text(max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["members", "posts", "attendance", "reports"]), st.lists(st.lists(CELLS, max_size=4), max_size=6)
)
async def test_any_cells_are_read_or_left_aside(
    tmp_path_factory: pytest.TempPathFactory, kind: str, rows: list[list[str]]
) -> None:
    place = Place(tmp_path_factory.mktemp("any"))
    columns = {
        "members": "id=a joined_at=b staff=c",
        "posts": "id=a at=b text=c thread=d",
        "attendance": "member=a at=b event=c",
        "reports": "target=a at=b agreed=c id=d",
    }
    place.map(kind, columns[kind], complete="true")
    place.write("a,b,c,d\n" + "".join(",".join(row).encode("utf-8", "replace").decode() + "\n" for row in rows))
    for feed in Feed:
        try:
            await place.pull(feed)
        except SourceError as error:
            assert str(error)
