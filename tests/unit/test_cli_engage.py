"""`engage` and `inbox hand-over` as a person types them: nothing leaves without --yes, and undo takes it back."""

from __future__ import annotations

from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]

TEAMS = '\n[handover.infra]\nsource = "forum"\nplace = "Engineering"\n'


def test_a_newcomer_is_shown_then_greeted_then_taken_back(forum: Shell) -> None:
    (row,) = [row for row in forum.json("engage", "list", "greet") if row["member"] == "mia"]
    assert row["why"] == "began a thread"
    assert "Welcome, mia!" in forum("engage", "greet", row["id"])
    assert forum.json("outbox", "list") == []
    assert "queued as" in forum("engage", "greet", row["id"], "Hello there", "--yes")
    assert [sent["text"] for sent in forum.json("outbox", "list")] == ["Hello there"]
    assert "is not in the list greet" in forum("engage", "greet", row["id"], "--yes", code=1)
    forum("undo")
    assert [again["id"] for again in forum.json("engage", "list", "greet")] == [row["id"]]


def test_pass_over_and_put_off(forum: Shell) -> None:
    (row,) = forum.json("engage", "list", "greet")
    assert "in the past" not in forum("engage", "pass", "greet", row["id"], "--until", "3d")
    assert forum.json("engage", "list") == {"greet": 0, "anniversary": 0, "unanswered": 0, "thank": 0}
    forum("undo")
    forum("engage", "pass", "greet", row["id"])
    assert "nobody is in this list" in forum("engage", "list", "greet")


def test_a_starter_into_the_calendar(forum: Shell) -> None:
    first, *_ = forum.json("engage", "starters")
    made = forum.json("engage", "start", first["id"])
    assert forum.json("calendar", "show", made["entry"])["title"] == first["title"]
    assert forum.json("engage", "starters")[0]["id"] != first["id"]
    assert "there is no starter 'nope'" in forum("engage", "start", "nope", code=1)


def test_handing_over_shows_what_leaves_and_sends_it_only_with_a_yes(forum: Shell) -> None:
    config = forum.home / "config.toml"
    config.write_text(config.read_text() + TEAMS)
    thread = str(forum.json("inbox", "list")[0]["id"])
    shown = forum("inbox", "hand-over", thread, "infra", "--note", "please look")
    assert "please look" in shown and "nothing is sent without --yes" in shown
    assert forum.json("outbox", "list") == []
    forum("inbox", "hand-over", thread, "infra", "--yes")
    forum("outbox", "send")
    (handed,) = forum.json("inbox", "hand-over", thread)
    assert (handed["team"], handed["state"]) == ("infra", "sent")
    assert "teams outside: infra" in forum("inbox", "hand-over", thread, "infar", code=1)


def test_a_colleague_gets_a_note(forum: Shell) -> None:
    thread = str(forum.json("inbox", "list")[0]["id"])
    forum("inbox", "hand-over", thread, "ann", "--note", "mine, for the record")
    assert forum.json("inbox", "show", thread)["notes"][0]["body"] == "@ann mine, for the record"


def test_a_starter_is_not_planned_twice(forum: Shell) -> None:
    (first, *_) = forum.json("engage", "list", "starters")
    forum("engage", "start", first["id"])
    assert f"“{first['title']}” is in the calendar already: " in forum("engage", "start", first["id"], code=1)
