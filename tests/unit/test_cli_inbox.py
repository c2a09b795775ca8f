"""`cm-console inbox`: what is not there is refused in plain words, and nothing is done to the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from cm_console.cli.inbox import command
from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]
GONE = "99999"
CALLS: dict[str, tuple[str, ...]] = {
    "show": (GONE,),
    "note": (GONE, "words"),
    "assign": ("1", GONE),
    "priority": ("1", GONE, "--to", "high"),
    "snooze": ("1", GONE, "--until", "3d"),
    "tag": ("1", GONE, "--add", "bug"),
    "tell": (GONE,),
    "done": ("1", GONE),
    "wait": ("1", GONE),
    "reopen": ("1", GONE),
    "reply": (GONE, "words"),
    "macro": ("later", "1", GONE),
    "clocks": (GONE,),
    "due": ("1", GONE, "--at", "3d"),
    "similar": (GONE,),
    "who": (GONE,),
    "hand-over": (GONE, "ann", "--note", "words"),
    "merge": ("1", GONE),
    "split": (GONE,),
    "duplicates": ("--of", GONE),
}
WITHOUT = {"list", "drafts", "views"}
"""Those that take no thread."""


@pytest.fixture
def staffed(forum: Shell) -> Iterator[Shell]:
    """The forum with two colleagues and a macro in its config."""
    config = forum.home / "config.toml"
    text = config.read_text()
    config.write_text(
        text.replace('me = "ann"', 'me = "ann"\nteam = ["forum:mira", "ann"]', 1)
        + '\n[macros.later]\nkey = "l"\ntitle = "Later"\nstatus = "waiting"\ntags = ["later"]\n'
    )
    yield forum


def dump(shell: Shell) -> list[object]:
    """What was decided."""
    with sqlite3.connect(shell.home / "community.db") as conn:
        rows = conn.execute("SELECT id, status, priority, assignee, due_by, lead_id FROM thread").fetchall()
        return [rows, conn.execute("SELECT * FROM tag").fetchall(), conn.execute("SELECT op FROM journal").fetchall()]


def test_every_verb_is_walked() -> None:
    assert CALLS.keys() | WITHOUT == command.commands.keys()


@pytest.mark.parametrize("verb", CALLS)
def test_a_thread_that_is_not_there_is_said_in_one_line_and_nothing_is_done(staffed: Shell, verb: str) -> None:
    before = dump(staffed)
    assert staffed("inbox", verb, *CALLS[verb], code=1) == f"cm-console: there is no thread {GONE}\n"
    assert dump(staffed) == before


def test_a_note_that_names_nobody_of_the_team_is_kept_and_says_so(staffed: Shell) -> None:
    said = staffed("inbox", "note", "1", "@mirra, see here; ask @Mira or @ann")
    back = "take it back with: cm-console undo\n"
    assert said == f"noted on 1; nobody of the team is called mirra, did you mean mira?; {back}"
    assert "@mirra, see here" in staffed("inbox", "show", "1")
    assert staffed("inbox", "note", "1", "@mira: see here") == f"noted on 1; {back}"


def test_inquiries_are_assigned_to_colleagues_only(staffed: Shell) -> None:
    err = staffed("inbox", "assign", "1", "--to", "mirra", code=1)
    assert err == "cm-console: nobody of the team is called mirra, did you mean mira? There are: ann, mira\n"
    staffed("inbox", "assign", "1", "--to", "Mira")
    assert [row["assignee"] for row in staffed.json("inbox", "list", "--assignee", "mira")] == ["mira"]
    assert "--to NAME or --nobody" in staffed("inbox", "assign", "1", "--to", "mira", "--nobody", code=2)


def test_who_has_used_this_database_is_a_colleague(staffed: Shell) -> None:
    config = staffed.home / "config.toml"
    text = config.read_text()
    config.write_text(text.replace('me = "ann"', 'me = "zoe"', 1))
    staffed("inbox", "tag", "1", "--add", "seen")
    config.write_text(text)
    staffed("inbox", "assign", "1", "--to", "zoe")


def test_without_a_team_in_the_config_anybody_is_a_colleague(forum: Shell) -> None:
    forum("inbox", "assign", "1", "--to", "whoever")
    assert "nobody" not in forum("inbox", "note", "1", "@anybody")


def test_tags_are_words_wherever_they_are_typed(forum: Shell) -> None:
    forum("inbox", "tag", "1", "--add", "Big bug, #later")
    assert forum.json("inbox", "show", "1")["tags"] == ["big", "bug", "later"]
    forum("inbox", "tag", "1", "--remove", "bug later")
    assert forum.json("inbox", "show", "1")["tags"] == ["big"]


def test_show_says_what_was_decided(forum: Shell) -> None:
    forum("inbox", "tag", "1", "--add", "bug")
    forum("inbox", "assign", "1", "--to", "bob")
    forum("inbox", "priority", "1", "--to", "high")
    (line,) = [line for line in forum("inbox", "show", "1").splitlines() if "priority" in line]
    assert line.startswith("open · priority high · assigned to bob · #bug · due 20")
    forum("inbox", "snooze", "1", "--until", "2030-01-01")
    assert "snoozed until 2030-01-01" in forum("inbox", "show", "1")


@pytest.mark.parametrize(
    ("narrow", "why"),
    [
        ("older:zz", "older: wants an age"),
        ("source:nope", "there is no source 'nope'; there are: forum"),
        ("-source:nope", "there is no source 'nope'"),
        ("tag:", "tag: wants a name right behind it"),
    ],
)
def test_a_view_with_a_filter_that_is_none_is_not_saved(forum: Shell, narrow: str, why: str) -> None:
    assert f"not saved: {why}" in forum("inbox", "views", "--save", "x", "--", narrow, code=1)
    assert forum.json("inbox", "views") == []
    forum("inbox", "views", "--save", "x", "older:3d source:forum -tag:bug 2FA")
    assert [view["name"] for view in forum.json("inbox", "views")] == ["x"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("assign", "1"), "1 is assigned to ann"),
        (("assign", "1", "--to", "MIRA"), "1 is assigned to mira"),
        (("assign", "1", "2", "--nobody"), "2 inquiries are assigned to nobody"),
        (("priority", "1", "--to", "high"), "1 is of high priority"),
        (("priority", "1", "1", "--to", "none"), "1 is without priority"),
        (("snooze", "1", "--until", "2030-01-02 10:00"), "1 is snoozed until 2030-01-02 10:00"),
        (("snooze", "1", "2", "--until", "reply"), "2 inquiries are snoozed until they write"),
        (("snooze", "1", "--until", "news"), "1 is snoozed until more than thanks"),
        (("tag", "1", "--add", "Big bug", "--remove", "#old"), "1 is tagged #big #bug and without #old"),
        (("due", "1", "--at", "2030-01-02 10:00"), "1 is due 2030-01-02 10:00"),
        (("due", "1", "--at", "none"), "1 is due as promised to all"),
        (("done", "1"), "1 is done"),
        (("done", "1", "2"), "2 inquiries are done"),
        (("wait", "1"), "1 is waiting for the member"),
        (("reopen", "1"), "1 is open again"),
    ],
)
def test_what_was_done_is_said_in_one_line_with_its_undo(staffed: Shell, words: tuple[str, ...], said: str) -> None:
    assert staffed("inbox", *words) == f"{said}; take it back with: cm-console undo\n"
    staffed("undo")
    assert "nothing to undo" in staffed("undo", code=1)


def test_a_view_that_is_removed_says_so(forum: Shell) -> None:
    forum("inbox", "views", "--save", "old", "api")
    assert forum("inbox", "views", "--remove", "old") == "the view old is gone; take it back with: cm-console undo\n"
    forum("undo")
    assert [view["name"] for view in forum.json("inbox", "views")] == ["old"]
