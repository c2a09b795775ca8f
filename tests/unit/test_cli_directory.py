"""`cm-console members list | segments | follow-ups | export | import`, as a person would run them."""

from __future__ import annotations

from pathlib import Path

from tests.unit.test_cli import Shell
from tests.unit.test_cli import forum as forum
from tests.unit.test_cli import shell as shell


def test_persons_are_listed_by_segment_with_the_reason(forum: Shell) -> None:
    rows = forum.json("members", "list", "--sort", "name")
    assert [row["handle"] for row in rows] == ["leo", "mia"]
    assert rows[0]["posts_90"] == 1 and rows[0]["segments"] == ["active"] and rows[0]["level"] == "Visitor"
    active = forum("members", "list", "--segment", "active")
    assert all(line.split("  ")[-1] in ("seen today", "seen 1d ago") for line in active.splitlines()), active
    assert "today  seen today" not in forum("members", "list") and "mia" in active
    forum("members", "follow-up", "forum:mia", "ask what they have seen today", "--on", "today")
    assert "seen today  ask what they have seen today" in forum("members", "list", "--segment", "due")
    assert "nobody is here" in forum("members", "list", "--segment", "champions")
    assert [row["role"] for row in forum.json("members", "list", "--segment", "team")] == ["team"]
    assert "no list 'vip'; known: all, new" in forum("members", "list", "--segment", "vip", code=1)
    assert [row["handle"] for row in forum.json("members", "list", "--words", "EO", "--source", "forum")] == ["leo"]
    assert forum.json("members", "list", "--level", "core") == []
    for option, known in (("--level", "visitor"), ("--source", "forum"), ("--tag", "none yet")):
        refused = forum("members", "list", option, "nope", "--json", code=1)
        assert f"there is no {option[2:]} 'nope'; known: " in refused and known in refused


def test_segments_of_the_config_are_counted_by_their_rules(forum: Shell) -> None:
    config = forum.home / "config.toml"
    rules = '\n[segments.vip]\nwhere = ["tag = vip"]\ntitle = "VIPs"\n[segments.quiet]\nenabled = false\n'
    config.write_text(config.read_text() + rules + '[levels]\nHere = ["posts >= 1"]\n')
    forum("members", "tag", "mia", "--add", "vip")
    told = forum.json("members", "segments")
    named = {each["name"]: each for each in told["segments"]}
    assert named["vip"] == {"name": "vip", "title": "VIPs", "members": 1, "rule": "tag = vip", "help": ""}
    assert "quiet" not in named and named["all"]["members"] == 2
    assert told["levels"] == [
        {"name": "Here", "rule": "posts >= 1", "members": 2}, {"name": "none", "rule": "", "members": 0}
    ]  # fmt: skip
    assert [row["why"] for row in forum.json("members", "list", "--segment", "vip")] == ["tag vip"]
    config.write_text(config.read_text() + '[segments.x]\nwhere = ["post >= 1"]\n')
    assert "segments.x.where must be a list of conditions" in forum("members", "segments", code=1)


def test_follow_ups_are_listed_until_they_are_done(forum: Shell) -> None:
    assert "nobody waits" in forum("members", "follow-ups")
    forum("members", "follow-up", "mia", "Ask about the book", "--on", "3d")
    (row,) = forum.json("members", "follow-ups")
    assert (row["handle"], row["why"]) == ("mia", "Ask about the book")
    assert "Ask about the book" in forum("members", "follow-ups")


def test_a_file_goes_out_and_comes_back_and_bad_rows_are_named(forum: Shell, tmp_path: Path) -> None:
    forum("members", "tag", "mia", "--add", "vip")
    out = tmp_path / "people.csv"
    assert f"2 persons written to {out}" in forum("members", "export", str(out))
    forum("members", "tag", "mia", "--remove", "vip")
    with out.open("a") as file:
        file.write("zed@forum,,,,,,,,,,,,,,,,,x,,\n")
    told = forum("members", "import", str(out), code=3)
    assert told.strip() == "cm-console: people.csv line 4, column who: nobody is 'zed@forum'"
    assert [row["handle"] for row in forum.json("members", "list", "--tag", "vip")] == ["mia"]
    forum("undo")
    assert "no tag 'vip'" in forum("members", "list", "--tag", "vip", code=1)
    assert len(forum.json("members", "list")) == 2
    out.write_text("who;tags\nmia@forum;vip\n")
    assert "its columns are apart by semicolons" in forum("members", "import", str(out), code=1)
    assert "ends neither in .csv nor in .json" in forum("members", "export", str(tmp_path / "people.txt"), code=1)
