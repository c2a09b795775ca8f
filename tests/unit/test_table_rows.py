"""Rows of files people keep by hand: charsets, quotes, lines; a bad row costs itself, a bad file what follows."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.errors import Unreachable
from cm_console.sources.table.rows import LINE_LIMIT, LINES_LIMIT, Row, Rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.csv"


def read(path: Path, data: bytes | str, encoding: str = "") -> list[Row]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(Rows(path, encoding))


def cells(rows: list[Row]) -> list[dict[str, str]]:
    return [row.cells for row in rows if not row.wrong]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n", {"a": "1", "b": "2"}),
        ("a;b\n1;2", {"a": "1", "b": "2"}),
        ("a\tb\n1\t2,3\n", {"a": "1", "b": "2,3"}),
        ("a|b\r\n1|2\r\n", {"a": "1", "b": "2"}),
        ("a,b\r1,2\r", {"a": "1", "b": "2"}),
        ('"a, x",b\n"1 ""q""",2\n', {"a, x": '1 "q"', "b": "2"}),
        ('a,b\n"two\nlines",2\n', {"a": "two\nlines", "b": "2"}),
        ("\n\n a  a ,b\n1,2\n", {"a a": "1", "b": "2"}),
        ("a,a,\n1,2,3\n", {"a": "1", "a (2)": "2", "column 3": "3"}),
        ("a,b\n1\n", {"a": "1"}),
        ("a,b\n1,2,,\n", {"a": "1", "b": "2"}),
        ('a,b\n5" pipe,2\n', {"a": '5" pipe', "b": "2"}),
        ('a,b\n"x" y,2\n', {"a": "x y", "b": "2"}),
        ("a,b\n\0,2\n", {"a": "\0", "b": "2"}),
        ("a\n1\n", {"a": "1"}),
    ],
)
def test_a_row(path: Path, text: str, found: dict[str, str]) -> None:
    assert cells(read(path, text)) == [found]


@pytest.mark.parametrize(
    ("data", "how"),
    [
        ("a\nGröße\n".encode(), ""),
        ("a\nGröße\n".encode("utf-8-sig"), ""),
        ("a\nGröße\n".encode("utf-8-sig"), "utf-8"),
        ("a\nGröße\n".encode("cp1252"), ""),
        ("a\nGröße\n".encode("cp1252"), "latin-1"),
        ("a\nGröße\n".encode("utf-16"), ""),
        ("a\nGröße\n".encode("utf-16-le"), "utf-16-le"),
        ("a\nGröße\n".encode("utf-16-le"), "utf-16"),
        (b"\xff\xfe" + "a\nGröße\n".encode("utf-16-le"), "utf-16-le"),
        ("a\nGröße\n".encode("mac-roman"), "macintosh"),
    ],
)
def test_charsets(path: Path, data: bytes, how: str) -> None:
    assert cells(read(path, data, encoding=how)) == [{"a": "Größe"}]


def test_letters_that_are_not_of_the_charset_are_shown_as_such(path: Path) -> None:
    assert cells(read(path, b"a\ncaf\xe9\n", encoding="utf-8")) == [{"a": "caf�"}]


def test_lines_are_counted_as_an_editor_does(path: Path) -> None:
    rows = read(path, '\na,b\n1,"x\ny"\n\n2,3\n4,5,6\n7,8\n')
    assert [(row.line, row.wrong) for row in rows] == [(3, ""), (6, ""), (7, "3 columns, the header has 2"), (8, "")]


def test_a_quote_that_is_never_closed_costs_one_row(path: Path) -> None:
    rows = read(path, 'a,b\n1,"open\n2,x\n3,"so\nit is"\n4,y\n')
    assert [row.line for row in rows if row.wrong] == [2]
    assert rows[0].wrong == "a quote is never closed"
    assert [row["a"] for row in cells(rows)] == ["2", "3", "4"]


def test_a_row_of_too_many_lines_does_not_swallow_the_others(path: Path) -> None:
    rows = read(path, 'a\n"' + "x\n" * (LINES_LIMIT + 50) + '"\nlast\n')
    assert rows[0].wrong == "a quote is never closed" and len(rows) > LINES_LIMIT


def test_a_quote_opened_in_the_last_row(path: Path) -> None:
    rows = read(path, 'a,b\n1,x\n2,"open')
    assert [(row.line, row.wrong) for row in rows] == [(2, ""), (3, "a quote is never closed")]


def test_a_row_of_endless_lines(path: Path) -> None:
    rows = read(path, "a,b\n1,x\n" + "z" * (LINE_LIMIT * 3) + "\n2,y\n")
    assert [(row.line, row.wrong) for row in rows] == [(2, ""), (3, "too long"), (4, "")]


def test_a_row_says_what_stood_before_it(path: Path) -> None:
    one, two = read(path, "a\n1\n2\n"), read(path, "a\n1\n3\n")
    assert one[1].before == two[1].before != one[0].before
    assert read(path, "b\n1\n")[0].before != one[0].before, "the header counts too"


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = read(
        path, '{"a": 1, "b": {"c": true}, "d": null, "e": ["x", 2]}\n\n{"a"\n[1]\n{"a": "\\ud800"}\n{"a": "z"}\n'
    )
    assert cells(rows)[0] == {"a": "1", "b.c": "yes", "e": "x, 2"}
    assert [(row.line, bool(row.wrong)) for row in rows] == [(1, False), (3, True), (4, True), (5, True), (6, False)]
    assert rows[2].wrong == "no JSON object {...}"


def test_packed(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv.gz"
    data = gzip.compress(b"a\tb\n" + b"1\t2\n" * 50_000)
    assert len(read(path, data)) == 50_000
    path.write_bytes(data[: len(data) - 20])
    rows = Rows(path)
    assert 0 < len(list(rows)) <= 50_000
    assert "breaks off or is damaged" in rows.fault and rows.fault.startswith("a.tsv.gz line ")


def test_nothing_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(Unreachable, match=str(path)):
            list(Rows(path))
    assert read(tmp_path / "empty.csv", "") == read(tmp_path / "space.csv", "\n \n") == []


def calls(work: Callable[[], object]) -> int:
    made = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize(
    "nasty",
    [
        lambda size: "a,b\n" + '1,"open\n' * size,
        lambda size: "a,b\n" + '"' * size,
        lambda size: "a,b\n" + ",".join("x" * size),
        lambda size: "a,b\n" + "1,2\n" * size,
        lambda size: "a," * size + "\n1,2\n",
    ],
)
def test_twice_the_size_is_twice_the_work(path: Path, nasty: Callable[[int], str]) -> None:
    def work(size: int) -> int:
        data = nasty(size).encode()
        return calls(lambda: read(path, data))

    small, large = work(1_000), work(2_000)
    assert large <= 2.3 * small + 1_000


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"a,b\n", b'"', b",", b"\n", b"\r\n", b"x", b"\xff", b"\0", b"\xfe\xff"])
        | st.binary(max_size=6)
    ),
    st.sampled_from([".csv", ".jsonl", ".csv.gz"]),
    st.sampled_from(["", "utf-8", "utf-16", "cp1252", "shift_jis", "utf-7"]),
)
def test_any_bytes_are_rows(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], ending: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    for row in read(path, b"".join(parts), encoding=encoding):
        assert row.line >= 1
