"""`cm-console members message` end to end: it leaves, becomes a thread of its own, and an answer in it waits for us."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cm_console.cli import run
from cm_console.model.moderation import UPHELD
from cm_console.model.records import Post
from cm_console.model.text import Untrusted
from cm_console.model.verb import Verb
from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]


def test_a_message_lands_as_a_thread_of_ours_and_its_answer_waits_for_us(forum: Shell) -> None:
    assert forum.platform is not None
    told = forum("members", "message", "mia", "Would you try the beta?", "--subject", "The beta")
    assert "to mia on forum, privately; take it back with: cm-console undo" in told
    (row,) = forum.json("outbox", "list")
    assert (row["verb"], row["title"], row["state"]) == ("message", "to mia, privately: The beta", "queued")
    assert row["member_id"] and row["thread_id"] is None
    forum("outbox", "send")
    assert forum.platform.told("mia") == ["Would you try the beta?"]
    (row,) = forum.json("outbox", "list", "--all")
    assert row["state"] == "sent" and row["thread_id"]
    thread = row["thread_id"]
    assert thread not in [each["id"] for each in forum.json("inbox", "list")]
    forum("sync")
    shown = forum.json("inbox", "show", str(thread))
    assert [post["body"] for post in shown["posts"]] == ["Would you try the beta?"]
    _, remote = forum.platform.messages[0]
    forum.platform.put(
        Post("answer", remote, "mia", forum.platform.clock.now(), Untrusted("Gladly, where do I begin?"))
    )
    forum("sync")
    waits = {each["id"]: each for each in forum.json("inbox", "list")}
    assert thread in waits
    forum("inbox", "reply", str(thread), "Here: https://beta.example")
    forum("outbox", "send")
    assert forum.platform.told("mia")[-1] == "Here: https://beta.example"


def test_it_is_taken_back_before_it_leaves_and_honest_after(forum: Shell) -> None:
    forum("members", "message", "mia", "Hello")
    assert "message" in forum("log") and "member:" in forum("log")
    forum("undo")
    assert forum.json("outbox", "list") == []
    assert forum.json("members", "show", "mia")["contacts"] == []
    forum("members", "message", "mia", "Hello")
    forum("outbox", "send")
    assert "what was written privately cannot be taken back" in forum("undo", code=1)
    assert "there is nothing to undo" in forum("undo", "--opposite", code=1), "said once; nothing unsays it"
    assert [each["way"] for each in forum.json("members", "show", "mia")["contacts"]] == ["message"]


def test_doubts_places_and_times(forum: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not filled in: thing" in forum("members", "message", "mia", "Would you try {thing}?", code=1)
    assert "there is nothing to send yet" in forum("members", "message", "mia", " ", code=1)
    key = "-----BEGIN RSA PRIVATE KEY-----"
    assert "Add --yes" in forum("members", "message", "mia", f"Here: {key}", code=1)
    assert forum.json("outbox", "list") == []
    sent = forum.json("members", "message", "mia", "{member}: {thing}", "--set", "thing=it", "--at", "3d")
    assert sent["to"]["handle"] == "mia" and sent["at"] is not None
    (row,) = forum.json("outbox", "list")
    assert row["text"] == "mia: it" and row["planned_at"] == sent["at"]
    assert "nobody is called 'nobody'" in forum("members", "message", "nobody", "Hello", code=1)
    assert "no account on chat" in forum("members", "message", "mia", "Hello", "--via", "chat", code=1)


def test_who_could_answer_is_asked_and_seen_first(forum: Shell) -> None:
    (thread,) = [each for each in forum.json("inbox", "list") if each["title"] == "API returns 403"]
    ask = ("members", "message", "mia", "--about", str(thread["id"]))
    told = forum(*ask)
    assert "to mia on forum, privately" in told and "something like “API returns 403” before" in told
    assert "{link}" not in told and "nothing is sent without --yes" in told
    assert forum.json("outbox", "list") == []
    assert "queued as" in forum(*ask, "--yes")
    assert [row["verb"] for row in forum.json("outbox", "list")] == ["message"]
    notes = forum.json("inbox", "show", str(thread["id"]))["notes"]
    assert [note["body"] for note in notes] == ["mia on forum was asked privately for help with this."]
    assert "there is no thread 99" in forum("members", "message", "mia", "--about", "99", code=1)
    config = forum.home / "config.toml"
    config.write_text(config.read_text() + '\n[templates]\nask = "{member}: {title}?"\n')
    assert "mia: API returns 403?" in forum(*ask)


def test_a_verdict_is_never_a_message(forum: Shell) -> None:
    assert Verb.MESSAGE not in UPHELD
    case = str(forum.json("moderation", "list")[0]["id"])
    assert run(["--home", str(forum.home), "moderation", "decide", case, "message"]) == 2
    assert "'message' is not one of" in forum.output()[1]


def test_engage_says_which_way_words_go_and_writes_privately(forum: Shell) -> None:
    (row,) = [row for row in forum.json("engage", "list", "greet") if row["member"] == "mia"]
    assert (row["route"], row["why_not"]) == ("in their thread", "")
    assert "in their thread" in forum("engage", "list", "greet")
    ask = ("engage", "greet", row["id"], "--privately", "--subject", "Welcome to you")
    told = forum(*ask)
    assert told.startswith("to mia on forum, privately:") and "Welcome, mia!" in told
    assert forum.json("outbox", "list") == []
    forum(*ask, "--yes")
    assert [sent["title"] for sent in forum.json("outbox", "list")] == ["to mia, privately: Welcome to you"]
    assert row["id"] not in [each["id"] for each in forum.json("engage", "list", "greet")]
    forum("undo")
    assert forum.platform is not None
    forum.platform.missing["message"] = "the right to write to members"
    forum("sync")
    why = "forum may not write to members privately: the right to write to members"
    assert why in forum(*ask, code=1)


def test_a_planned_message_is_edited_in_its_place(forum: Shell) -> None:
    forum("members", "message", "mia", "Hello", "--subject", "Beta", "--at", "4h")
    (row,) = forum.json("outbox", "list")
    edit = ("outbox", "edit", row["id"][:8])
    assert "say --text, --subject or --at" in forum(*edit, code=2)
    key = "-----BEGIN RSA PRIVATE KEY-----"
    assert "Add --yes" in forum(*edit, "--text", f"Here: {key}", code=1)
    assert forum(*edit, "--text", "Hello again", "--at", "2d").startswith("it goes out ")
    (edited,) = forum.json("outbox", "list")
    assert (edited["id"], edited["text"], edited["title"]) == (row["id"], "Hello again", "to mia, privately: Beta")
    assert edited["planned_at"] > row["planned_at"]
    (contact,) = forum.json("members", "show", "mia")["contacts"]
    assert contact["body"] == "Hello again"
    forum(*edit, "--subject", "")
    assert forum.json("outbox", "list")[0]["title"] == "to mia, privately"
    forum("undo")
    forum("undo")
    assert forum.json("outbox", "list") == [row]
    (thread, *_) = forum.json("inbox", "list")
    forum("inbox", "reply", str(thread["id"]), "Hi", "--at", "4h")
    reply = next(each for each in forum.json("outbox", "list") if each["verb"] == "reply")
    assert "a reply has no subject" in forum("outbox", "edit", reply["id"], "--subject", "Beta", code=1)


def test_a_message_by_command_leaves_what_was_begun_in_the_console(forum: Shell) -> None:
    with closing(sqlite3.connect(forum.home / "community.db")) as conn, conn:
        conn.execute("INSERT INTO draft SELECT 'message:' || id, 'Dear mia', 1 FROM member")
    forum("members", "message", "mia", "Hello")
    assert [each["text"] for each in forum.json("inbox", "drafts") if "mia" in each["title"]] == ["Dear mia"]
