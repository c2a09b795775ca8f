"""The directory: lists by key in every order, narrowed, decided on at once; files of persons written and read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.config import documented_people
from cm_console.model.directory import ALL, DUE, TEAM, Narrow, PersonRow, Sort, parse_narrow
from cm_console.model.people_file import Given, Misread, as_csv, as_json, read
from cm_console.model.segments import LEVELS, RANKED, SEGMENTS, parse_condition, shorter
from cm_console.model.time import DAY, Instant, midnight
from cm_console.services.desk import Impossible
from cm_console.services.directory import DirectoryService
from cm_console.services.people_files import PeopleFiles
from cm_console.store.batch import Community

from .persons_world import ZONE, World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four sources; ann is of the team."""
    made = make_world(tmp_path)
    made.community = Community(ZONE, team=frozenset({"ann"}))
    yield made
    made.store.close()


@pytest.fixture
def directory(world: World) -> DirectoryService:
    """The service over it."""
    return DirectoryService(world.desk, ZONE)


async def peopled(world: World, directory: DirectoryService) -> None:
    """A dozen members who wrote differently much at different times, one of the team, one who never wrote."""
    world.member("forum", "ann")
    for n in range(12):
        source = "chat" if n % 3 == 0 else "forum"
        name = f"user{n:02}"
        world.member(source, name, f"Name {n}", joined_at=Instant(world.clock.now() - n * 20 * DAY))
        for _ in range(n % 4):
            world.thread(source, "Q", (name, "x"), (name, "y"), hours_ago=24 * (n % 5))
        world.thread("forum", "Of ann", ("ann", "hello"), *([(name, "answer")] * (n % 3) if source == "forum" else []))
    world.member("forum", "lurker", joined_at=None)
    await directory.look_again()


def place(row: PersonRow, sort: Sort, way: int = 1) -> tuple[object, int]:
    """Where a row belongs, by its facts."""
    n = row.count
    quiet, here = (row.facts[name] for name in ("quiet_days", "here_days"))
    by = {
        Sort.SEEN: quiet if isinstance(quiet, int) else 10**6, Sort.POSTS: -n("posts_90"), Sort.NAME: row.handle,
        Sort.ANSWERS: -n("answers_90"), Sort.JOINED: here if isinstance(here, int) else 10**6,
    }[sort]  # fmt: skip
    return by, row.id if sort is Sort.NAME else -row.id


@pytest.mark.parametrize("sort", Sort)
async def test_pages_by_key_are_the_whole_list_in_order_both_ways(
    world: World, directory: DirectoryService, sort: Sort
) -> None:
    await peopled(world, directory)
    whole = await directory.page(ALL, sort, limit=100)
    assert [row.id for row in whole] == [row.id for row in sorted(whole, key=lambda row: place(row, sort))]
    assert len(whole) == await directory.count() == 13
    for size in (1, 4):
        forth = list[PersonRow]()
        while rows := await directory.page(ALL, sort, key=forth[-1].key if forth else None, limit=size):
            forth += rows
        assert forth == whole
        back = list[PersonRow]()
        while rows := await directory.page(ALL, sort, key=back[-1].key if back else None, forward=False, limit=size):
            back += rows
        assert back[::-1] == whole
    assert [await directory.row(row.id, ALL, sort) for row in whole] == whole


async def test_narrowed_by_words_source_tag_and_level(world: World, directory: DirectoryService) -> None:
    await peopled(world, directory)

    async def found(text: str) -> set[str]:
        rows = await directory.page(ALL, Sort.SEEN, parse_narrow(text), limit=100)
        assert len(rows) == await directory.count(ALL, parse_narrow(text))
        return {str(row.handle) for row in rows}

    assert await found("USER0 ame") == {f"user{n:02}" for n in range(10)}
    assert await found("name 11") == {"user11"}
    assert await found("source:CHAT") == {"user00", "user03", "user06", "user09"}
    assert await found("level:none") == {"user00", "lurker"}
    assert await found("level:nosuch") == set()
    rows = await directory.page(limit=100)
    by_name = {str(row.handle): row.id for row in rows}
    await directory.tag_each([by_name["user01"], by_name["user02"]], [("VIP", False)])
    assert await found("#vip") == await found("tag:vip") == {"user01", "user02"}
    assert await found("#vip source:forum 02") == {"user02"}


async def test_the_team_is_apart_and_lists_say_how_many(world: World, directory: DirectoryService) -> None:
    await peopled(world, directory)
    assert [row.handle for row in await directory.page(TEAM)] == ["ann"]
    counted = {each.name: each.count for each in await directory.lists()}
    assert counted[TEAM] == 1 and counted[ALL] == 13 and counted[DUE] == 0
    for name in directory.names:
        assert await directory.count(name) == counted[name], name
        for row in await directory.page(name, limit=100):
            assert name in (ALL, TEAM, DUE, *row.segments)
            assert directory.why(row, name)
    with pytest.raises(Impossible, match="no list 'nobody'; known: all, new"):
        await directory.page("nobody")


async def test_several_at_once_and_one_undo(world: World, directory: DirectoryService) -> None:
    await peopled(world, directory)
    ids = [row.id for row in await directory.page(limit=3)]
    await directory.tag_each(ids, [("vip", False), ("old", True)])
    await directory.note_each(ids, "Met them.")
    await directory.follow_up_each(ids, Instant(world.clock.now() - DAY), "Call")
    rows = await directory.page(DUE, limit=10)
    assert {row.id for row in rows} == set(ids)
    assert all((row.tags, row.notes, row.due) == (("vip",), 1, "Call") for row in rows)
    assert await directory.follow_up_done_each([*ids[:1], *ids[:1]]) == 1
    assert await directory.count(DUE) == 2
    for left in (3, 0):
        await world.journal.undo()
        assert await directory.count(DUE) == left
    await world.journal.undo()
    await world.journal.undo()
    assert all(not row.tags and not row.notes for row in await directory.page(limit=3))


async def test_due_is_one_row_a_person_soonest_first(world: World, directory: DirectoryService) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia2")
    third = world.member("forum", "leo")
    await world.persons.merge(one, other)
    await directory.look_again()
    now = world.clock.now()
    for person, days, words in ((one, 5, "later"), (other, 2, "first"), (third, 3, "leo's")):
        await world.persons.follow_up(person, Instant(now + days * DAY), words)
    rows = await directory.page(DUE, limit=1)
    rows += await directory.page(DUE, key=rows[0].key, limit=5)
    assert [(row.handle, row.due) for row in rows] == [("mia", "first"), ("leo", "leo's")]


async def test_the_thread_to_answer_is_one_that_waits(world: World, directory: DirectoryService) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia2")
    world.member("forum", "leo")
    waits = world.thread("chat", "Help?", ("mia2", "help"), hours_ago=90)
    world.thread("forum", "Thanks", ("mia", "answered"), ("leo", "yes"), hours_ago=2)
    await world.persons.merge(one, other)
    assert await directory.thread_to_answer(one) == waits
    assert await directory.thread_to_answer(world.member("forum", "new")) is None


# Files


@pytest.fixture
def files(world: World, directory: DirectoryService) -> PeopleFiles:
    """Export and import."""
    return PeopleFiles(world.desk, directory)


async def test_what_is_exported_and_imported_changes_nothing_and_elsewhere_brings_it_all(
    world: World, directory: DirectoryService, files: PeopleFiles, tmp_path: Path
) -> None:
    await peopled(world, directory)
    ids = [row.id for row in await directory.page(limit=2)]
    await directory.tag_each(ids, [("vip", False), ("core", False)])
    for text in ("=cmd|' /C calc'!A0", "'=1+1", 'two\nlines, "quoted"', "+49 30 1234", "@mention"):
        await directory.note_each(ids, text)
    await directory.follow_up_each(ids[:1], midnight(date(2026, 12, 1), ZONE), "-5 % off?")
    await directory.look_again()
    before = await directory.page(limit=20)
    for name in ("people.csv", "people.json"):
        path = tmp_path / name
        assert await files.export(path) == 13
        assert path.stat().st_mode & 0o077 == 0
        same = await files.load(path)
        assert same.words == "13 rows: new are 0 tags, 0 notes, 0 follow-ups, 0 links" and not same.wrong
    cells = [cell for row in csv.reader(io.StringIO((tmp_path / "people.csv").read_text())) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    for _ in range(7):
        await world.journal.undo()
    assert not any(row.tags or row.notes for row in await directory.page(limit=20))
    for name in ("people.csv", "people.json"):
        done = await files.load(tmp_path / name)
        assert done.words == "13 rows: new are 4 tags, 10 notes, 1 follow-up, 0 links"
        await directory.look_again()
        now = await directory.page(limit=20)
        assert [(r.id, r.tags, r.notes, r.due) for r in now] == [(r.id, r.tags, r.notes, r.due) for r in before]
        await world.journal.undo()


async def test_bad_rows_are_named_and_the_others_used(
    world: World, directory: DirectoryService, files: PeopleFiles, tmp_path: Path
) -> None:
    world.member("forum", "mia", email="Mia@Example.org")
    world.member("chat", "mia-chat")
    world.member("forum", "zed")
    world.member("forum", "Zed", joined_at=None)
    path = tmp_path / "in.csv"
    path.write_text(
        "who,mail,tags,notes,follow_ups,same_as\n"
        ',mia@example.org ,#VIP,"one\n---\ntwo",2026-12-01 call,mia-chat@chat\n'
        "nobody@forum,,x,,,\n"
        "mia@forum,,ok,,soon ask,\n"
        ",,x,,,\n"
        "mia@forum,,,,,nobody@chat\n"
        "mia,,x,,,\n"
        "mia@forum,,fine,,,\n"
        "mia@forum,a,b,c,2026-12-01 d,,g\n"
        ",other@example.org,x,,,\n"
    )
    done = await files.load(path)
    assert done.words == "9 rows: new are 2 tags, 2 notes, 1 follow-up, 1 link"
    assert done.wrong == (
        "in.csv line 5, column who: nobody is 'nobody@forum'",
        "in.csv line 6, column follow_ups: 'soon' is no day such as 2026-12-01",
        "in.csv line 7, column who: it does not say who: handle@source, or a mail address",
        "in.csv line 8, column same_as: nobody is 'nobody@chat'",
        "in.csv line 9, column who: 'mia' is not handle@source",
        "in.csv line 11: there are 7 cells, but 6 columns",
        "in.csv line 12, column mail: nobody is 'other@example.org'",
    )
    again = await files.load(path)
    assert again.words.endswith("new are 0 tags, 0 notes, 0 follow-ups, 0 links") and again.wrong == done.wrong
    await world.journal.undo()
    assert world.one("SELECT count(*) FROM member_tag") == 0
    assert world.rows("SELECT person_id FROM member WHERE person_id IS NOT NULL") == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "name,tags\n", "a.csv line 1: there is no column who"),
        ("a.csv", "who,x\n", "a.csv line 1: there is none of the columns tags"),
        ("a.csv", 'who,tags\n"a', "a.csv line 2: this is no CSV"),
        ("a.json", "{", "a.json line 1: this is no JSON"),
        ("a.json", "{}", "this is no list of persons"),
        ("a.txt", "", "ends neither in .csv nor in .json"),
    ],
)
async def test_a_file_that_says_nothing_is_refused(
    files: PeopleFiles, tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Impossible, match=words.replace(".", r"\.")):
        await files.load(tmp_path / name)
    with pytest.raises(Impossible, match="cannot be read: No such file"):
        await files.load(tmp_path / "none.csv")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12)
TAGS = st.lists(st.from_regex(r"[a-z=+-]{1,8}", fullmatch=True))


@given(notes=st.lists(TEXTS.filter(str.strip), max_size=3), tags=TAGS)
def test_a_row_is_read_as_it_was_written(notes: list[str], tags: list[str]) -> None:
    due = [{"on": "2026-12-01", "about": "=1"}]
    row = {"who": "=a@b", "id": 1, "tags": tags, "notes": notes, "follow_ups": due}
    (plain,) = read(as_json([row]), is_json=True)
    (table,) = read(as_csv([row]), is_json=False)
    assert isinstance(plain, Given) and isinstance(table, Given)
    if not any("---" in note for note in notes):
        assert (table.notes, table.tags, table.who, table.follow_ups) == (
            plain.notes, plain.tags, "=a@b", ((date(2026, 12, 1), "=1"),),
        )  # fmt: skip


NAMES = st.sampled_from(("who", "mail", "tags", "notes", "follow_ups", "on", "about", "same_as"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
)


@given(value=VALUES)
def test_no_json_breaks_the_reader(value: object) -> None:
    try:
        rows = list(read(json.dumps(value), is_json=True))
    except Misread as wrong:
        assert "line" in str(wrong)
    else:
        assert all(isinstance(row, Given | Misread) for row in rows)


# Rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("posts_90", 'write "posts_90 >= 4"'),
        ("post >= 4", "there is no post: it is one of posts"),
        ("posts >= many", "posts is compared with a whole number"),
        ("tag >= vip", "tag is compared with = or !="),
    ],
)
def test_a_condition_that_cannot_be_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_condition(text)


def test_a_condition_holds_only_where_somebody_knows() -> None:
    assert parse_condition("quiet_days >= 0").holds({"quiet_days": 0})
    assert not parse_condition("quiet_days >= 0").holds({"quiet_days": None})
    assert not parse_condition("quiet_days < 9").holds({})
    assert parse_condition("tag != vip").holds({"tag": frozenset({"x"})})
    assert str(parse_condition("tag == '#VIP'")) == "tag = vip"


def test_why_says_each_fact_once_and_shorter_for_lists() -> None:
    champions = next(each for each in SEGMENTS if each.name == "champions")
    why = champions.why({"score_90": 9, "answers_90": 4, "thanks_90": 5})
    assert why == "4 answers and 5 thanks in 90 days (top 10)"
    assert shorter(why) == "4 answers and 5 thanks"
    assert Narrow() == parse_narrow("  ")


def test_the_settings_name_the_segments_and_levels_there_are() -> None:
    assert ", ".join(each.name for each in SEGMENTS) == documented_people.SEGMENTS
    assert ", ".join(each.name for each in LEVELS) == documented_people.LEVELS
    assert documented_people.RANKED == RANKED


async def test_of_accounts_that_show_the_same_name_the_id_of_the_export_says_which(
    world: World, directory: DirectoryService, files: PeopleFiles, tmp_path: Path
) -> None:
    first, second = world.member("forum", "wilma"), world.member("forum", "wil\u200bma")
    await world.persons.tag(second, "vip")
    await directory.look_again()
    path = tmp_path / "people.csv"
    assert await files.export(path) == 2
    await world.persons.tag(second, "vip", remove=True)
    done = await files.load(path)
    assert (done.tags, done.wrong) == (1, ())
    assert world.rows("SELECT member_id, tag FROM member_tag") == [(second, "vip")] and first != second
