"""`cm-console members` as one runs it: who somebody is, what is kept on them, one person or two, forgotten."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cm_console.cli import run
from cm_console.config import Home, SourceConfig, write_new
from cm_console.model.privacy_file import csv_safe
from cm_console.model.records import Member, Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, Instant, SystemClock
from cm_console.sources.memory import PLATFORMS, Platform


@dataclass
class Shell:
    """A command line on a community with people on two sources."""

    home: Path
    output: Callable[[], tuple[str, str]]

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run a members command; its output. Fails unless it ends with `code`."""
        ended = run(["--home", str(self.home), "members", *words])
        out, err = self.output()
        assert ended == code, f"{words} ended with {ended}: {err}{out}"
        assert "Traceback" not in err
        return out if code == 0 else err

    def json(self, *words: str) -> Any:
        """What a command prints for programs."""
        return json.loads(self(*words, "--json"))


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """Mia on the forum and in the chat, leo on the forum; the forum keeps its texts for 30 days."""
    now, home = SystemClock().now(), Home(tmp_path / "home")
    settings = []
    for name in ("forum", "chat"):
        platform = PLATFORMS[f"members-{name}"] = Platform(f"members-{name}", me="us", clock=SystemClock())
        platform.put(Member(f"{name}-mia", Untrusted("mia"), Untrusted("Mia Lee")))
        platform.put(Thread(f"{name}-t", Untrusted("Brakes"), f"{name}-mia", Instant(now - DAY)))
        platform.put(Post(f"{name}-p", f"{name}-t", f"{name}-mia", Instant(now - DAY), Untrusted("=HYPERLINK(brakes)")))
        settings.append(SourceConfig(name, "memory", {"platform": platform.name}))
    forum = PLATFORMS["members-forum"]
    forum.put(Member("leo", Untrusted("leo")))
    forum.put(Thread("old", Untrusted("Old"), "leo", Instant(now - 90 * DAY)))
    forum.put(Post("old-p", "old", "leo", Instant(now - 90 * DAY), Untrusted("old words")))
    home.prepare()
    write_new(home.config, "Bikes", values={"me": "ann"}, sources=settings)

    def output() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    made = Shell(home.root, output)
    assert run(["--home", str(home.root), "sync"]) == 0
    output()
    yield made
    for name in ("forum", "chat"):
        del PLATFORMS[f"members-{name}"]


def test_who_somebody_is_and_what_is_kept_on_them(shell: Shell) -> None:
    assert "write source:handle" in shell("show", "mia", code=1)
    assert "noted on mia on forum; take it back with" in shell("note", "mia@forum", "likes tandems")
    assert shell("tag", "forum:mia", "--add", "Champion") == "mia on forum is tagged #champion\n"
    assert shell("tag", "forum:mia", "--remove", "nope") == "there is no #nope on mia on forum\n"
    shell("contact", "forum:mia", "rang about the beta", "--way", "call")
    shell("follow-up", "forum:mia", "ask again", "--on", "3d")
    text = shell("show", "forum:mia")
    assert all(words in text for words in ("Mia Lee", "#champion", "likes tandems", "rang about", "perhaps also"))
    known = shell.json("show", "forum:mia")
    assert known["role"] == "member" and known["tags"] == ["champion"] and known["accounts"][0]["handle"] == "mia"
    assert {line["what"] for line in known["timeline"]} == {"post", "note", "contact", "follow_up"}
    assert shell.json("follow-up") == []
    (due,) = shell.json("follow-up", "--until", "2w")
    shell("follow-up", "--done", due["id"])
    assert shell.json("follow-up", "--until", "2w") == []
    shell("tag", "forum:mia", "--remove", "champion")
    assert shell.json("show", "forum:mia")["tags"] == []
    assert "2020-01-01 has passed" in shell("follow-up", "forum:mia", "ask", "--on", "2020-01-01", code=1)
    for wrong in (("tag", "leo"), ("follow-up", "leo"), ("unmerge",)):
        shell(*wrong, code=2)


def test_several_tags_are_put_on_and_taken_off_as_one_decision(shell: Shell) -> None:
    def tags() -> list[str]:
        return list(shell.json("show", "forum:mia")["tags"])

    assert shell("tag", "forum:mia", "--add", "Big bug") == "mia on forum is tagged #big\nmia on forum is tagged #bug\n"
    assert tags() == ["big", "bug"]
    said = shell("tag", "forum:mia", "--add", "bug, #new", "--remove", "big nope")
    assert said.splitlines() == [
        "mia on forum is tagged #bug already",
        "mia on forum is tagged #new",
        "#big is taken off mia on forum",
        "there is no #nope on mia on forum",
    ]
    assert tags() == ["bug", "new"]
    for left in (["big", "bug"], []):
        assert run(["--home", str(shell.home), "undo"]) == 0
        shell.output()
        assert tags() == left
    shell("tag", "forum:mia", "--add", "one")
    shell("tag", "forum:mia", "--remove", "one")
    assert run(["--home", str(shell.home), "undo"]) == 0
    assert "untag" in shell.output()[0] and tags() == ["one"]
    assert "a tag needs a word" in shell("tag", "forum:mia", "--add", " , ", code=1)


def test_a_file_that_cannot_be_read_is_named_with_its_folder(shell: Shell, tmp_path: Path) -> None:
    gone = tmp_path / "nowhere" / "nope.csv"
    assert shell("import", str(gone), code=1) == f"cm-console: {gone} cannot be read: No such file or directory\n"


@pytest.mark.parametrize("how", ["--accept", "--reject", "--never"])
def test_what_was_said_of_two_accounts_is_undone_exactly(shell: Shell, how: str) -> None:
    before = shell.json("suggestions"), shell.json("show", "forum:mia")
    (found,) = before[0]
    shell("suggestions", how, str(found["id"]), str(found["other_id"]))
    assert shell.json("suggestions") == []
    assert run(["--home", str(shell.home), "undo"]) == 0
    shell.output()
    assert (shell.json("suggestions"), shell.json("show", "forum:mia")) == before


def test_one_person_or_two(shell: Shell) -> None:
    (found,) = shell.json("suggestions")
    pair = (str(found["id"]), str(found["other_id"]))
    assert found["reasons"] == ["handle", "name"]
    shell("suggestions", "--accept", *pair)
    assert shell.json("suggestions") == []
    known = shell.json("show", "mia")
    assert len(known["accounts"]) == 2 and known["links"][0]["reason"] == "same handle, same full name"
    shell("unmerge", "--link", known["links"][0]["id"])
    assert "are not one person; take it back" in shell("suggestions", "--reject", *pair)
    assert "that was said already" in shell("suggestions", "--reject", *pair)
    assert shell.json("suggestions") == [] and "no two accounts" in shell("suggestions")
    assert "one person now" in shell("merge", "forum:mia", "chat:mia")
    assert "left: mia on forum" in shell("unmerge", "chat:mia")
    shell("suggestions", "--never", *pair)
    assert shell.json("suggestions", "forum:mia") == []


def test_forgetting_asks_for_the_handle_and_names_the_copies(shell: Shell) -> None:
    shell("merge", "forum:mia", "chat:mia")
    copy = shell.home / "old.db"
    copy.write_bytes(b"")
    assert "nothing was forgotten" in shell("forget", "mia", "--confirm", "mya", code=1)
    told = shell("forget", "mia", "--confirm", "Mia")
    assert "2 accounts, 2 posts" in told and f"still holds it: {copy}" in told
    assert "nobody is called" in shell("show", "mia", code=1)
    assert run(["--home", str(shell.home), "sync"]) == 0
    shell.output()
    assert "nobody is called" in shell("show", "mia", code=1)


def test_everything_known_is_exported_also_safe_for_a_spreadsheet(shell: Shell, tmp_path: Path) -> None:
    known = json.loads(shell("export-person", "forum:mia"))
    assert known["accounts"] == ["mia on forum"] and known["tables"]["post"][0]["body"] == "=HYPERLINK(brakes)"
    target = tmp_path / "mia.csv"
    shell("export-person", "forum:mia", "--format", "csv", "--to", str(target))
    assert target.stat().st_mode & 0o077 == 0
    rows = list(csv.reader(io.StringIO(target.read_text())))
    assert rows[0] == ["table", "row", "column", "value"] and ["post", "1", "body", "'=HYPERLINK(brakes)"] in rows
    assert not [row for row in rows[1:] if row[3][:1] in ("=", "+", "@")]


def test_no_export_writes_over_a_file_unasked(shell: Shell, tmp_path: Path) -> None:
    target, nowhere = tmp_path / "p.json", tmp_path / "nowhere" / "p.json"
    for words in (("export-person", "forum:mia", "--to"), ("export",)):
        target.write_text("mine")
        refused = shell(*words, str(target), code=1).splitlines()
        assert refused == [f"cm-console: {target} is there already; add --force to write over it"]
        assert target.read_text() == "mine"
        shell(*words, str(target), "--force")
        assert "mia" in target.read_text() and target.stat().st_mode & 0o077 == 0
        refused = shell(*words, str(nowhere), code=1).splitlines()
        assert refused == [f"cm-console: {nowhere} cannot be written: No such file or directory"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1"])
def test_no_value_begins_like_a_formula(text: str) -> None:
    assert csv_safe(text) == f"'{text}" and csv_safe("plain") == "plain"


def test_texts_kept_for_some_days_only_are_told_and_let_go(shell: Shell) -> None:
    assert "no source has keep_days" in shell("retention")
    config = shell.home / "config.toml"
    config.write_text(config.read_text().replace("\n[sources.forum]\n", "\n[sources.forum]\nkeep_days = 30\n"))
    assert "forum keeps texts for 30 days: 1 post is older" in shell("retention")
    assert shell.json("retention") == [{"source": "forum", "keep_days": 30, "due": 1, "counts": {"post": 1}}]
    told = shell("retention", "--apply").splitlines()
    assert told[0].startswith("Let go: 1 post, 1 title.") and "nothing is older" in told[1]
    assert shell.json("retention") == [{"source": "forum", "keep_days": 30, "due": 0, "counts": {}}]
    assert shell.json("show", "leo")["timeline"][0]["text"] == ""
    assert shell.json("show", "forum:mia")["timeline"][0]["text"] == "=HYPERLINK(brakes)"
