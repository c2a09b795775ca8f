"""`cm-console inbox merge|split|duplicates` and `cm-console feedback`, run as a person would."""

from __future__ import annotations

import json

from cm_console.config import Home
from cm_console.model.records import Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import SystemClock
from tests.unit.test_cli import Shell
from tests.unit.test_cli import forum as forum
from tests.unit.test_cli import shell as shell


def wishes(forum: Shell) -> list[int]:
    """Two threads of one member that wish for the same; their ids."""
    platform, now = forum.platform, SystemClock().now()
    assert platform is not None
    for n in (8, 9):
        platform.put(Thread(f"t{n}", Untrusted("Offline maps wanted"), "mia", now))
        platform.put(Post(f"p{n}", f"t{n}", "mia", now, Untrusted("=Please, maps without a network")))
    forum("sync")
    return sorted(int(row["id"]) for row in forum.json("inbox", "list") if row["title"] == "Offline maps wanted")


def test_duplicates_are_joined_and_split(forum: Shell) -> None:
    lead, other = wishes(forum)
    (found,) = forum.json("inbox", "duplicates", "--of", str(lead))
    assert (found["other"], found["why"]) == (other, "same person, 0s apart, same title")
    assert "same title" in forum("inbox", "duplicates")
    before = len(forum.json("inbox", "list"))
    assert "one inquiry of 2" in forum("inbox", "merge", str(lead), str(other))
    rows = {row["id"]: row for row in forum.json("inbox", "list")}
    assert len(rows) == before - 1 and rows[lead]["joined"] == 1
    forum("inbox", "done", str(lead))
    assert lead not in {row["id"] for row in forum.json("inbox", "list")}
    forum("undo")
    assert "apart again: 1" in forum("inbox", "split", str(other))
    assert len(forum.json("inbox", "list")) == before
    assert "one thread already" in forum("inbox", "split", str(other), code=1)
    assert "add --yes" in forum("inbox", "merge", "1", *(str(n) for n in range(2, 24)), code=2)


def test_feedback_is_marked_answered_and_exported(forum: Shell) -> None:
    first, second = (str(id) for id in wishes(forum))
    assert "nothing is marked" in forum("feedback", "themes")
    forum("feedback", "mark", first, second, "--theme", "Offline maps", "--area", "app")
    (theme,) = forum.json("feedback", "themes")
    assert (theme["name"], theme["count"], theme["people"], theme["open"]) == ("Offline maps", 2, 1, 2)
    shown = forum("feedback", "answer", "offline maps", "shipped in 2.4")
    assert "shipped in 2.4. Thank you" in shown and "1 would be queued" in shown
    assert forum.json("outbox", "list") == []
    loud = ["feedback", "answer", "offline maps", "shipped, @everyone", "--send"]
    assert "@everyone calls everybody. Add --yes to send it all the same; nothing was queued" in forum(*loud, code=1)
    assert forum.json("outbox", "list") == []
    assert "1 queued" in forum("feedback", "answer", "offline maps", "shipped in 2.4", "--send")
    assert len(forum.json("outbox", "list")) == 1
    assert "answered: shipped in 2.4" in forum("feedback", "themes")
    forum("undo")
    assert [item["answered_at"] for item in forum.json("feedback", "list")] == [None, None]
    file = Home(forum.home).root / "f.json"
    assert "2 written" in forum("feedback", "export", str(file), "--theme", "Offline maps")
    assert len(json.loads(file.read_text(encoding="utf-8"))) == 2
    there = forum("feedback", "export", str(file), code=1)
    assert there.strip() == f"cm-console: {file} is there already; add --force to write over it"
    assert "2 written" in forum("feedback", "export", str(file), "--force")
    nowhere = file.parent / "nowhere" / "f.json"
    assert f"{nowhere} cannot be written" in forum("feedback", "export", str(nowhere), code=1)
    for words in (("export", str(file), "--force", "--theme", "nope"), ("list", "--theme", "nope")):
        assert "no theme “nope”; known: Offline maps" in forum("feedback", *words, code=1)
    assert len(json.loads(file.read_text(encoding="utf-8"))) == 2 and forum.json(
        "feedback", "list", "--theme", "offline MAPS"
    )
    refused = forum("feedback", "answer", "offline maps", "done", "--only", "999", code=1)
    assert "nobody waits for it in thread 999; threads that do: " in refused
    forum("feedback", "export", str(file.with_suffix(".csv")))
    assert "'=Please" in file.with_suffix(".csv").read_text(encoding="utf-8")
    forum("feedback", "rename", "Offline maps", "Maps")
    id = forum.json("feedback", "list", "--theme", "Maps")[0]["id"]
    forum("feedback", "unmark", id)
    assert len(forum.json("feedback", "list")) == 1
    assert "no such post" in forum("feedback", "mark", first, "--theme", "x", "--post", "nope", code=1)
    assert "no theme “nothing”; known: Maps" in forum("feedback", "answer", "nothing", "done", code=1)
    metric = forum.json("metrics", "--only", "feedback", "--from", "2020-01-01", "--to", "2100-01-01")["metrics"][0]
    assert metric["value"] == 1
