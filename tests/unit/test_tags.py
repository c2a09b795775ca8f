"""Tags are words without spaces, whoever gives them and wherever: what is exported comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cm_console.model.tags import tag_words
from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]


@pytest.mark.parametrize(
    ("typed", "tags"),
    [("bug", ["bug"]), ("#Big bug,later ,bug", ["big", "bug", "later"]), (" # , ", []), ("a\u202eb", ["a�b"])],
)
def test_what_is_typed_is_read_as_tags(typed: str, tags: list[str]) -> None:
    assert tag_words(typed) == tags


def test_each_word_is_a_tag_of_a_person(forum: Shell) -> None:
    assert "mia on forum is tagged #a" in forum("members", "tag", "mia", "--add", "A b")
    shown = forum("members", "show", "mia")
    assert "#a" in shown and "#b" in shown
    forum("undo")
    assert "#b" not in forum("members", "show", "mia"), "one undo for both"
    assert "a tag needs a word" in forum("members", "tag", "mia", "--add", "#", code=1)
    forum("members", "tag", "mia", "--add", "#Helper")
    assert "#helper" in forum("members", "show", "mia")


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_tags_come_back_from_a_file_as_they_were(forum: Shell, tmp_path: Path, ending: str) -> None:
    forum("members", "tag", "mia", "--add", "helper")
    forum("members", "tag", "mia", "--add", "berlin")
    file = tmp_path / f"people.{ending}"
    forum("members", "export", str(file))
    for tag in ("helper", "berlin"):
        forum("members", "tag", "mia", "--remove", tag)
    forum("members", "import", str(file))
    shown = forum("members", "show", "mia")
    assert "#helper" in shown and "#berlin" in shown


def test_a_json_file_may_hold_several_in_one(forum: Shell, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text(json.dumps([{"who": "mia@forum", "tags": ["big bug"]}]))
    forum("members", "import", str(file))
    shown = forum("members", "show", "mia")
    assert "#big" in shown and "#bug" in shown
