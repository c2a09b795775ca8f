"""`inbox similar` and `inbox who` on the demo: some of those who wait asked what was answered before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cm_console.cli import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo community."""
    home = tmp_path_factory.mktemp("demo") / "home"
    assert run(["demo", "--keep", str(home), "--no-open"]) == 0
    return home


def said(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(["--home", str(home), "inbox", *words]) == 0
    return capsys.readouterr().out


def as_json(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(said(home, capsys, *words, "--json"))


def test_some_who_wait_in_the_demo_asked_what_was_answered(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = [row["id"] for row in as_json(home, capsys, "list", "--limit", "100")]
    best = {id: as_json(home, capsys, "similar", str(id))["found"] for id in waiting}
    likely = [id for id, found in best.items() if found and found[0]["percent"] >= 35]
    assert 8 <= len(likely) < len(waiting)
    first = max(likely, key=lambda id: best[id][0]["percent"])
    found = best[first][0]
    assert found["percent"] > 90 and found["answer"]["body"] and found["answer"]["at"].endswith("Z")
    assert first not in [one["id"] for one in best[first]]
    shown = said(home, capsys, "similar", str(first), "--answers")
    assert "100 % = " in shown and found["title"] in shown and found["answer"]["body"].split("\n")[0] in shown


def test_members_who_answered_such_questions_are_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = [row["id"] for row in as_json(home, capsys, "list", "--limit", "100")]
    people = {id: as_json(home, capsys, "who", str(id)) for id in waiting}
    some = next(id for id in waiting if people[id])
    first = people[some][0]
    assert first["mention"].startswith("@") and first["given"][0]["percent"] > 0
    assert first["mention"] in said(home, capsys, "who", str(some))
    assert run(["--home", str(home), "inbox", "who", "999999"]) == 1
    assert "no thread 999999" in capsys.readouterr().err
