"""Mappings: what is wrong is said by key, a first one is begun from a header, and is never written over."""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from cm_console.model.errors import Malformed, Refused, SourceError, Unreachable
from cm_console.model.source import Feed
from cm_console.sources import table as table_source
from cm_console.sources.table import Table, TableSettings
from cm_console.sources.table.identity import LOOKED_AT
from cm_console.sources.table.kinds import KINDS
from cm_console.sources.table.mapping import read_mapping
from cm_console.sources.table.starting import example, guess, start_mapping
from cm_console.testing import FakeClock

GOOD = 'columns = { member = "Who", at = "When" }'


def table(more: str = GOOD, file: str = "a.csv", rows: str = "attendance") -> str:
    return f'[[table]]\nfile = "{file}"\nrows = "{rows}"\n{more}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", "line 1"),
        ("", "missing required field `table`"),
        ("table = []", "has no [[table]]"),
        ("[[table]]\nfile = 1", "Expected `str`, got `int` - at `$.table[0].file`"),
        (table() + "colums = 1", "unknown field `colums`"),
        (table(rows="people"), "table 1 (a.csv): rows = 'people' is none of members, events"),
        (table() + table('columns = { who = "x" }'), "table 2 (a.csv): attendance have no 'who'; they have member,"),
        (table('columns = { at = "When" }'), "member is missing in its columns: who came"),
        (table('columns = { member = "Who" }'), "attendance needs at or event"),
        (table('encoding = "klingon"\n' + GOOD), "encoding = 'klingon'"),
        (table('delimiter = ",,"\n' + GOOD), "delimiter = ',,'"),
        (table('timezone = "Berlin"\n' + GOOD), "timezone = 'Berlin' is no time zone like Europe/Berlin"),
        (table('timezone = "../../etc"\n' + GOOD), "is no time zone"),
        (table('dates = "day.month"\n' + GOOD), "dates = 'day.month' is no format like"),
        ('timezone = "Mars"\n' + table(), "timezone = 'Mars'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(Malformed) as caught:
        read_mapping(path)
    assert words in str(caught.value) and str(caught.value).startswith("a.toml")


def test_bytes_that_are_no_text_and_nothing_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    with pytest.raises(Unreachable, match="is missing"):
        read_mapping(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Malformed, match=r"a\.toml: 'utf-8' codec"):
        read_mapping(path)


def test_what_is_said_once_holds_for_all_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('timezone = "Europe/Berlin"\ndates = "%d.%m.%Y"\n' + table() + table('dates = "%Y"\n' + GOOD))
    one, two = read_mapping(path).specs
    assert (one.timezone, one.dates, two.timezone, two.dates) == (*("Europe/Berlin", "%d.%m.%Y"), "Europe/Berlin", "%Y")


@pytest.mark.parametrize(
    ("header", "kind", "columns"),
    [
        ("E-Mail,Name,Joined at", "members", {"id": "E-Mail", "name": "Name", "joined_at": "Joined at"}),
        (
            "Datum,Event,Name,E-Mail",
            "attendance",
            {"member": "E-Mail", "at": "Datum", "event": "Event", "name": "Name"},
        ),
        (
            "Event,E-Mail,Date,Came",
            "attendance",
            {"member": "E-Mail", "at": "Date", "event": "Event", "came": "Came"},
        ),
        (
            "Title,Starts at,Location,Description",
            "events",
            {"title": "Title", "at": "Starts at", "text": "Description"},
        ),
        ("id,thread_id,author,created_at,body", "posts", None),
        ("Id,Subject,Date,From", "threads", {"id": "Id", "title": "Subject", "at": "Date", "author": "From"}),
        ("Post ID,Reason,Date,Reported by", "reports", None),
        ("foo,bar", "members", {}),
    ],
)
def test_a_header_is_recognised(header: str, kind: str, columns: dict[str, str] | None) -> None:
    found, guessed = guess(header.split(","))
    assert found == kind and (columns is None or guessed == columns)


def test_columns_of_every_kind_are_explained_once() -> None:
    for columns in KINDS.values():
        assert len({column.name for column in columns}) == len(columns)
        assert all(column.help for column in columns) and any(column.required for column in columns)


async def test_a_long_file_is_not_read_whole_to_tell_of_it(tmp_path: Path) -> None:
    data, mapping = tmp_path / "a.csv", tmp_path / "a.toml"
    data.write_text("Who,When\n,2026-11-22\n" + "ann,2026-11-22\n" * (3 * LOOKED_AT))
    mapping.write_text(table())
    me = await Table(TableSettings(str(mapping)), FakeClock()).check()
    counted = int(me.name.removeprefix("more than ").removesuffix(" attendance").replace(",", ""))
    assert me.name.startswith("more than ") and LOOKED_AT - 1 <= counted < 2 * LOOKED_AT
    assert [key for key in me.missing if key.startswith(f"read 1 of the first {counted + 1:,} rows of a.csv")]


def test_the_docs_name_every_column_and_their_mapping_works(tmp_path: Path) -> None:
    words = table_source.__doc__ or ""
    said = re.findall(r"^- (\w+): ([\w*, ]+\w\*?)", words, re.MULTILINE)
    names = {kind: [column.name + "*" * column.required for column in columns] for kind, columns in KINDS.items()}
    assert {kind: columns.split(", ") for kind, columns in said} == names
    example = words.partition("looks like this")[2].partition("\n\n")[2].partition("\n\n")[0]
    (tmp_path / "a.toml").write_text(textwrap.dedent(example))
    assert [spec.rows for spec in read_mapping(tmp_path / "a.toml").specs] == ["members", "events", "attendance"]


SHEET = 'Datum;"Name";E-Mail;Event\n21.11.2026;Ann;ann@x.org;Meetup\n5.12.2026;Bo;;Meetup\n'


async def test_the_first_check_begins_a_mapping_and_the_second_uses_it(tmp_path: Path) -> None:
    data, mapping = tmp_path / "sheet.csv", tmp_path / "sheet.csv.toml"
    data.write_text(SHEET)
    source = Table(TableSettings(str(data)), FakeClock())
    with pytest.raises(Refused, match=r"sheet\.csv has no mapping: cm-console source check begins one"):
        await anext(aiter(source.pull(Feed.ACTIVITY, None)))
    with pytest.raises(Refused) as caught:
        await source.check()
    assert str(mapping) in str(caught.value)
    made = tomllib.loads(mapping.read_text())["table"][0]
    assert (made["rows"], made["dates"], made["file"]) == ("attendance", "%d.%m.%Y", "sheet.csv")
    me = await source.check()
    assert me.name == "1 attendance" and me.feeds == {Feed.ACTIVITY}
    assert me.missing["read 1 of 2 rows of sheet.csv"] == (
        "sheet.csv line 3 column 'E-Mail': empty, but attendance need member"
    )
    assert me.missing[Feed.REPORTS] == "the mapping has no such table"


async def test_a_mapping_is_never_written_over(tmp_path: Path) -> None:
    data, mapping = tmp_path / "sheet.csv", tmp_path / "sheet.csv.toml"
    data.write_text(SHEET)
    mapping.write_text("# mine")
    with pytest.raises(Malformed):
        await Table(TableSettings(str(data)), FakeClock()).check()
    assert mapping.read_text() == "# mine"


def test_two_consoles_that_begin_the_same_mapping(tmp_path: Path) -> None:
    data, mapping = tmp_path / "sheet.csv", tmp_path / "sheet.csv.toml"
    data.write_text(SHEET)
    mapping.write_text("# from the other one")
    with pytest.raises(Unreachable, match="File exists"):
        start_mapping(data)
    assert mapping.read_text() == "# from the other one"


@pytest.mark.parametrize("data", ["", "\n\n", b"\xff\xff\xff\xff"])
async def test_there_is_nothing_to_begin_with(tmp_path: Path, data: str | bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(SourceError):
        await Table(TableSettings(str(path)), FakeClock()).check()
    with pytest.raises(Unreachable, match="is missing"):
        await Table(TableSettings(str(tmp_path / "none.csv")), FakeClock()).check()


@pytest.mark.parametrize(
    "header",
    ['"we ""quote""",b', "tab\there,b", "new\nline", "\x7f\x1b[31m,b", "é,日本", '"two\nlines",E-Mail', "]]>,#"],
)
def test_an_example_can_be_read_whatever_the_header_holds(tmp_path: Path, header: str) -> None:
    path = tmp_path / 'it"s \x1b odd.csv'
    path.write_text(f"{header}\n1,2\n")
    text = example(path)
    made = tomllib.loads(text)["table"][0]
    assert made["file"] == path.name and "\x1b" not in text.replace("\\u001b", "")


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        (["2026-11-22", "2026-11-22T10:00:00Z"], ""),
        (["22.11.2026 10:00"], "%d.%m.%Y %H:%M"),
        (["22.11.2026", "31.02.2026"], "%d.%m.%Y"),
        (["11/22/2026", "01/02/2026"], "%m/%d/%Y"),
        (["01/02/2026"], "%d/%m/%Y"),
        (["whenever"], ""),
    ],
)
def test_how_dates_are_written_is_guessed(tmp_path: Path, dates: list[str], form: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("title,start\n" + "".join(f"x,{date}\n" for date in dates))
    assert tomllib.loads(example(path))["table"][0]["dates"] == form


def test_json_lines_have_a_header_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"user": {"email": "x"}, "body": "hi"}\n{"date": "2026-11-22"}\n')
    made = tomllib.loads(example(path))["table"][0]
    assert made["rows"] == "posts" and "user.email" in example(path)
