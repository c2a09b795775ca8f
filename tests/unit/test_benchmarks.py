"""The benchmarks run, at sizes that say nothing of speed; what is imported before the first frame is guarded here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import imports, worlds
from benchmarks.__main__ import main, run
from benchmarks.scale import SMALL
from benchmarks.table import Line, as_json, compared, table
from cm_console.store import fulltext
from cm_console.store.sqlite import connect, transaction


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds of tests stay among the files of tests."""
    monkeypatch.setenv("CM_BENCH_CACHE", str(tmp_path_factory.getbasetemp() / "worlds"))


def test_a_world_is_what_a_sync_and_a_team_would_have_left() -> None:
    """Badges, views, rollups and full text are those the store itself would have made."""
    home = worlds.home(SMALL.large)
    assert worlds.home(SMALL.large) == home
    conn = connect(home.database)
    views = dict(conn.execute("SELECT view, count(*) FROM thread GROUP BY view"))
    assert views[1] / SMALL.large == pytest.approx(0.1, abs=0.03)
    badges = dict(conn.execute("SELECT name, n FROM badge WHERE name LIKE 'view:%'"))
    assert badges == {f"view:{view}": n for view, n in views.items() if view}
    (posts,) = conn.execute("SELECT sum(posts) FROM member_day").fetchone()
    assert posts == conn.execute("SELECT count(*) FROM post").fetchone()[0] > SMALL.large
    with transaction(conn):
        conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')")
        assert not fulltext.merge(conn)
    conn.close()


@pytest.mark.parametrize("name", ["ingesting", "searching", "measuring"])
def test_a_benchmark_runs(name: str) -> None:
    """Each line compares or reports something above zero."""
    (lines,) = run((name,), SMALL).values()
    assert lines and all(line.ours > 0 for line in lines if line.base is not None)


def test_nothing_needless_is_imported_before_the_first_frame() -> None:
    """Each import is a delay for everybody who opens the console; what is heavy comes after the first frame."""
    loaded = imports.before_first_frame(worlds.home(SMALL.tiny).root)
    assert "cm_console.screens.inbox" in loaded and "cm_console.store.inbox" in loaded
    assert [name for name in imports.NEEDLESS if name in loaded] == []


def test_ratios_are_of_the_same_round_and_goals_know_their_direction() -> None:
    """The median of the rounds' ratios, not the ratio of medians."""
    line = compared("a", "ms", [10, 30, 50], [10, 10, 100], 1.0)
    assert (line.ours, line.base, line.ratio, line.met) == (30, 10, 1.0, True)
    assert compared("a", "ms", [12], [10], 1.1).met is False
    assert compared("a", "1/s", [6], [10], 0.6, most=False).met is True
    assert Line("a", "s", 1.0).met is None


def test_the_table_tells_what_was_missed() -> None:
    """For people; the JSON says the same for programs."""
    lines = [Line("slow thing", "ms", 12345.0, 10.0, 1234.5, 1.5), Line("thing", "s", 0.25)]
    first, second = table(lines).splitlines()[1:]
    assert "12,345" in first and "<= 1.5" in first and "MISSED" in first and "0.25" in second
    assert [line["met"] for line in as_json(lines)] == [False, None]


def test_the_command_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the machine it ran on."""
    target = tmp_path / "deep" / "bench.json"
    assert main(["--small", "--only", "searching", "--json", str(target)]) == 0
    report = json.loads(target.read_text())
    assert report["small"] is True and report["machine"]["cores"] and report["searching"][0]["unit"] == "ms"
    assert "searching:" in capsys.readouterr().out
