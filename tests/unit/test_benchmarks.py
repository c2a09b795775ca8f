"""The benchmarks run, at sizes that say nothing of speed; what is imported before the first frame is guarded here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import every_key, imports, key_strokes, lived_in, worlds
from benchmarks.__main__ import main, run
from benchmarks.scale import SMALL
from benchmarks.table import Line, as_json, compared, table
from cm_console import keys
from cm_console.store import fulltext, thread_words
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


def test_a_world_a_team_worked_in_is_sound_and_begins_with_the_long_thread() -> None:
    """What is derived from what the team did is what the store itself makes of it."""
    home = lived_in.home(SMALL.tiny)
    conn = connect(home.database)
    kept = dict(conn.execute("SELECT name, n FROM badge WHERE name LIKE 'view:%'"))
    assert kept == dict(
        conn.execute("SELECT 'view:' || view, count(*) FROM thread WHERE view > 0 AND under IS NULL GROUP BY view")
    )
    (title,) = conn.execute("SELECT title FROM thread WHERE view = 1 ORDER BY urgency LIMIT 1").fetchone()
    assert title.endswith("a long thread") and min(kept[f"view:{view}"] for view in (1, 2, 3, 4)) > 0
    assert not thread_words.untidy(conn)
    for name in ("tag", "feedback", "member_tag", "follow_up", "action", "saved_view", "note"):
        assert conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] > 0, name
    conn.close()


def test_every_command_is_pressed_or_excluded_with_a_reason() -> None:
    """A new command is measured without a word here, and an old one does not stay in the lists."""
    places = {place.scope for place in key_strokes.PLACES}
    pressed = {each.command.id for place in key_strokes.PLACES for each in every_key.commands(place)}
    known = {command.id for scope in places for command in keys.commands(scope)}
    assert pressed == known - key_strokes.EXCLUDED.keys()
    assert key_strokes.EXCLUDED.keys() | key_strokes.STROKES.keys() <= {command.id for command in keys.COMMANDS}
    assert all(key_strokes.EXCLUDED.values()) and places >= {"inbox", "members", "person", "engage", "feedback"}


def test_keys_are_pressed_in_a_terminal_in_both_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that moves and one that opens something; each is measured in both and undone."""
    few = [each for each in every_key.commands(key_strokes.PLACES[0]) if each.command.id in ("list.down", "inbox.tag")]
    monkeypatch.setattr(every_key, "commands", lambda place: few if place is key_strokes.PLACES[0] else [])
    summary, *lines = every_key.run(replace(SMALL, commands=1))
    assert {line.what for line in lines} == {"inbox: j (down)", "inbox: l (tag)", "inbox: l x enter (tag)"}
    assert all(line.ours > 0 and line.base and "by the clock" in line.note for line in lines)
    assert summary.what.startswith("commands") and "3 measured" in summary.note


MOST_MODULES = 78
"""Modules of ours before the first frame; each costs some 0.2 ms, what it defines not counted."""


def test_nothing_needless_is_imported_before_the_first_frame() -> None:
    """Each import is a delay for everybody who opens the console; what is heavy comes after the first frame."""
    loaded = imports.before_first_frame(worlds.home(SMALL.tiny).root)
    assert "cm_console.screens.inbox" in loaded and "cm_console.store.inbox" in loaded
    assert [name for name in imports.NEEDLESS if name in loaded] == []
    ours = sorted(name for name in loaded if name.partition(".")[0] == "cm_console")
    assert len(ours) <= MOST_MODULES, ours


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
