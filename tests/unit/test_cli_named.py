"""Colleagues, sources, fields and views as they are named on the command line: who or what is not there is told."""

from __future__ import annotations

import pytest

from cm_console.cli import run
from tests.unit.test_cli import Shell, forum, shell
from tests.unit.test_cli_inbox import staffed

__all__ = ["forum", "shell", "staffed"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--assignee", "nobdy"), "nobody of the team is called nobdy; there are: ann, mira"),
        (("--assignee", "mirra"), "nobody of the team is called mirra, did you mean mira? There are: ann, mira"),
        (("--words", "assignee:nobdy"), "nobody of the team is called nobdy; there are: ann, mira"),
        (("--words", "-assignee:nobdy"), "nobody of the team is called nobdy; there are: ann, mira"),
        (("--words", "source:nope"), "there is no source 'nope'; there are: forum"),
        (("--words", "-source:nope"), "there is no source 'nope'; there are: forum"),
    ],
)
def test_a_list_of_who_or_what_is_not_there_is_not_no_work(staffed: Shell, words: tuple[str, str], why: str) -> None:
    assert staffed("inbox", "list", *words, code=1) == f"cm-console: {why}\n"


def test_a_colleague_is_found_however_the_name_is_written(staffed: Shell) -> None:
    staffed("inbox", "assign", "1", "--to", "mira")
    for name in ("mira", "MIRA"):
        assert [row["id"] for row in staffed.json("inbox", "list", "--assignee", name)] == [1]
    assert staffed.json("inbox", "list", "--assignee", "ann") == []
    assert len(staffed.json("inbox", "list", "--assignee", "none")) == 1


def test_who_has_left_the_team_and_still_has_work_is_found(staffed: Shell) -> None:
    staffed("inbox", "assign", "1", "--to", "mira")
    config = staffed.home / "config.toml"
    config.write_text(config.read_text().replace('"forum:mira", ', ""))
    assert [row["id"] for row in staffed.json("inbox", "list", "--assignee", "mira")] == [1]
    assert "nobody of the team is called miro" in staffed("inbox", "list", "--assignee", "miro", code=1)


def test_a_view_is_not_saved_for_nobody_nor_with_a_field_there_is_not(staffed: Shell) -> None:
    why = "not saved: nobody of the team is called nobdy"
    assert why in staffed("inbox", "views", "--save", "x", "assignee:nobdy", code=1)
    assert "not saved: assignee: Mira is written mira" in staffed(
        "inbox", "views", "--save", "x", "assignee:Mira", code=1
    )
    why = "not saved: foo: is no field and looked for as a word; fields are source:, tag:, assignee:, older:, newer:"
    for words in ("foo:bar", "-foo:bar"):
        assert why in staffed("inbox", "views", "--save", "x", "--", words, code=1)
    assert staffed.json("inbox", "views") == []
    for words in ("assignee:mira", "assignee:me", "-assignee:none", "10:30 host:8080 http://x.org std::map a:b"):
        staffed("inbox", "views", "--save", "x", "--", words)


def test_words_with_a_colon_that_somebody_wrote_are_no_field(forum: Shell) -> None:
    from cm_console.model.records import Post, Thread
    from cm_console.model.text import Untrusted

    assert forum.platform is not None
    at = forum.platform.clock.now()
    forum.platform.put(Thread("t8", Untrusted("kernel:panic at noon"), "mia", at))
    forum.platform.put(Post("p8", "t8", "mia", at, Untrusted("See above")))
    forum("sync")
    forum("inbox", "views", "--save", "x", "kernel:panic")
    assert [row["title"] for row in forum.json("inbox", "list", "--words", "kernel:panic")] == ["kernel:panic at noon"]
    assert "kernel: is no field" in forum("inbox", "views", "--save", "y", "kernel:oops", code=1)


def test_a_list_without_rows_tells_of_a_field_there_is_not(forum: Shell) -> None:
    assert forum("inbox", "list", "--words", "foo:bar") == "nobody waits here\n"
    assert forum.json("inbox", "list", "--words", "foo:bar") == []
    run(["--home", str(forum.home), "inbox", "list", "--words", "foo:bar"])
    assert "foo: is no field and looked for as a word; fields are source:" in forum.output()[1]


def test_me_is_understood_wherever_a_colleague_is_named(staffed: Shell) -> None:
    staffed("inbox", "assign", "1", "--to", "me")
    staffed("inbox", "assign", "2", "--to", "Me")
    assert {row["assignee"] for row in staffed.json("inbox", "list", "--assignee", "me")} == {"ann"}
    staffed("inbox", "assign", "1", "--to", "mira")
    assert staffed("inbox", "hand-over", "1", "me", "--note", "mine").startswith("assigned to ann,")
    assert staffed.json("inbox", "show", "1")["assignee"] == "ann"
    assert staffed("inbox", "hand-over", "1", "Mira", "--note", "yours").startswith("assigned to mira,")
    assert "colleagues: ann, mira; teams outside" in staffed("inbox", "hand-over", "1", "zoe", code=1)


def test_a_view_that_is_not_there_names_those_built_in_and_the_nearest(forum: Shell) -> None:
    every = "needs-reply, mine, unassigned, mentions, newcomers, unanswered, waiting, snoozed, done, all"
    said = forum("inbox", "list", "--view", "zzz", code=1)
    assert said == f"cm-console: there is no view 'zzz'; there are: {every}; saved are: none\n"
    said = forum("inbox", "list", "--view", "snozed", code=1)
    assert "there is no view 'snozed', did you mean 'snoozed'? There are: needs-reply" in said
    forum("inbox", "views", "--save", "old api")
    assert "did you mean 'old api'? There" in forum("inbox", "list", "--view", "old-api", code=1)
    said = forum("inbox", "views", "--remove", "done", code=1)
    assert said == "cm-console: there is no view 'done'; saved are: old api\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("inbox", "done", "abc"), "'abc' is no thread: write its number, see cm-console inbox list"),
        (("inbox", "done", "1", "9" * 25), "' is no thread: write its number"),
        (("inbox", "show", "1.5"), "'1.5' is no thread"),
        (("inbox", "merge", "x", "1"), "'x' is no thread"),
        (("inbox", "reply", "1", "Hi", "--seen", "x"), "'x' is no post"),
        (("inbox", "duplicates", "--of", "x"), "'x' is no thread"),
        (("moderation", "show", "x"), "'x' is no case: write its number, see cm-console moderation list"),
        (("members", "suggestions", "--accept", "x", "1"), "'x' is no account"),
        (("feedback", "mark", "x", "--theme", "t"), "'x' is no thread"),
    ],
)
def test_what_is_no_number_is_told_in_plain_words(forum: Shell, words: tuple[str, ...], why: str) -> None:
    said = forum(*words, code=2)
    assert why in said and "integer" not in said


def test_a_number_may_have_its_hash(forum: Shell) -> None:
    forum("inbox", "done", "#1")
    assert [row["id"] for row in forum.json("inbox", "list", "--view", "done")] == [1]
