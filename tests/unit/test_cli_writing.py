"""Answers without a screen: saved replies, doubts, later, macros, drafts."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from cm_console.config import load
from cm_console.model.records import Post
from cm_console.model.text import Untrusted
from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]


def test_saved_replies_are_kept_listed_and_sent(forum: Shell) -> None:
    forum("replies", "add", "reset", "Hello {member}, see {page}.", "--title", "Reset", "--tag", "2fa")
    (reply,) = forum.json("replies", "list")
    assert (reply["name"], reply["places"]) == ("reset", ["member", "page"])
    assert forum("replies", "show", "reset") == "Hello {member}, see {page}.\n"
    assert "there is a saved reply reset already" in forum("replies", "add", "reset", "x", "--title", "y", code=1)
    (row,) = [row for row in forum.json("inbox", "list") if row["author"] == "mia"]
    id = str(row["id"])
    assert "not filled in: page; fill it in with --set page=..." in forum(
        "inbox", "reply", id, "--saved", "reset", code=1
    )
    forum("inbox", "reply", id, "--saved", "reset", "--set", "page=the docs")
    shown = forum.json("inbox", "show", id)
    assert [reply["text"] for reply in shown["pending"]] == ["Hello mia, see the docs."]
    assert shown["tags"] == ["2fa"]
    forum("replies", "remove", "reset")
    assert forum.json("replies", "list") == []


def test_doubts_need_a_yes_and_what_stops_cannot_be_sent(forum: Shell) -> None:
    id = str(forum.json("inbox", "list")[0]["id"])
    assert forum.platform is not None
    said = forum("inbox", "reply", id, "Hi @everyone", code=1)
    assert "@everyone calls everybody. Add --yes to send it all the same" in said
    slip = "{membr}: did you mean {member}?. Add --yes to send it all the same"
    assert slip in forum("inbox", "reply", id, "Hi {membr}", code=1)
    assert "{title} is not filled in" in forum("inbox", "reply", id, "About {title}", "--yes", code=1)
    assert forum.json("inbox", "show", id)["pending"] == []
    forum("inbox", "reply", id, "Hi @everyone", "--yes")
    assert len(forum.json("inbox", "show", id)["pending"]) == 1


def test_too_long_is_refused_before_it_is_queued(forum: Shell) -> None:
    from cm_console.model.length import TextRules

    assert forum.platform is not None
    forum.platform.text = TextRules(most=5)
    forum("source", "check", "forum")
    forum("sync")
    id = str(forum.json("inbox", "list")[0]["id"])
    assert "6 characters, 5 are allowed" in forum("inbox", "reply", id, "sixsix", "--yes", code=1)
    assert forum.json("inbox", "show", id)["pending"] == []


def test_a_reply_can_wait(forum: Shell) -> None:
    id = str(forum.json("inbox", "list")[0]["id"])
    assert "is no time" in forum("inbox", "reply", id, "Hi", "--at", "soonish", code=1)
    forum("inbox", "reply", id, "Hi", "--at", "4h")
    forum("outbox", "send")
    (reply,) = forum.json("inbox", "show", id)["pending"]
    assert reply["state"] == "queued"
    forum("undo")
    assert forum.json("inbox", "show", id)["pending"] == []


def test_a_macro_from_the_command_line(forum: Shell) -> None:
    config = load(forum.home / "config.toml")
    with config.path.open("a") as file:
        file.write('\n[macros.low]\nkey = "l"\ntitle = "Low"\npriority = "low"\ntags = ["x"]\n')
    ids = [str(row["id"]) for row in forum.json("inbox", "list")]
    forum("inbox", "macro", "l", *ids)
    assert {(row["priority"], tuple(row["tags"])) for row in forum.json("inbox", "list")} == {("low", ("x",))}
    forum("undo")
    assert {(row["priority"], tuple(row["tags"])) for row in forum.json("inbox", "list")} == {("none", ())}
    assert "there is no macro z; there are: low" in forum("inbox", "macro", "z", ids[0], code=1)
    assert forum.json("replies", "macros")[0]["name"] == "low"


def test_a_macro_asks_about_a_reply_that_waits_already_and_does_nothing_until_then(forum: Shell) -> None:
    forum("replies", "add", "dots", "You need dot 5.1.", "--title", "Dots")
    with load(forum.home / "config.toml").path.open("a") as file:
        file.write('\n[macros.oil]\nkey = "o"\ntitle = "Oil"\nreply = "dots"\ntags = ["x"]\n')
    first, second = [str(row["id"]) for row in forum.json("inbox", "list")][:2]
    forum("inbox", "reply", second, "Hi", "--at", "2030-01-02 10:00", "--then", "keep")
    said = forum("inbox", "macro", "oil", first, second, code=1)
    assert said.startswith(
        f"cm-console: nothing was done: thread {second}: your reply waits already, for Wed 2 Jan 2030"
    )
    assert said.endswith("Add --yes to send it all the same\n")
    assert [row["tags"] for row in forum.json("inbox", "list")][:2] == [[], []]
    forum("inbox", "macro", "oil", first, second, "--yes")
    assert len(forum.json("outbox", "list")) == 3


def test_drafts_are_listed(forum: Shell) -> None:
    assert forum("inbox", "drafts") == "nothing was begun\n"
    assert forum.json("inbox", "drafts") == []


def test_a_planned_reply_is_edited_and_one_that_is_leaving_is_not(forum: Shell) -> None:
    id = str(forum.json("inbox", "list")[0]["id"])
    forum("inbox", "reply", id, "Hi", "--at", "4h")
    (row,) = forum.json("outbox", "list")
    action = row["id"][:8]
    assert "say --text, --subject or --at" in forum("outbox", "edit", action, code=2)
    assert "calls everybody. Add --yes" in forum("outbox", "edit", action, "--text", "Hi @all", code=1)
    assert forum("outbox", "edit", action, "--text", "Hello", "--at", "2d").startswith("it goes out ")
    (edited,) = forum.json("outbox", "list")
    assert (edited["id"], edited["text"]) == (row["id"], "Hello") and edited["planned_at"] > row["planned_at"]
    forum("undo")
    assert forum.json("outbox", "list") == [row]
    forum("undo")
    assert "this reply was taken back" in forum("outbox", "edit", row["id"], "--text", "Hello", code=1)
    forum("inbox", "reply", id, "At once")
    now = next(row["id"] for row in forum.json("outbox", "list"))
    assert "only a reply or message that is planned" in forum("outbox", "edit", now, "--text", "Hello", code=1)
    assert "there is no one action" in forum("outbox", "edit", "nix", "--text", "Hello", code=1)


def test_whoever_spoke_after_the_question_is_a_doubt_unless_it_was_read(forum: Shell) -> None:
    assert forum.platform is not None
    (row,) = [row for row in forum.json("inbox", "list") if row["author"] == "mia"]
    id = str(row["id"])
    thread = forum.json("inbox", "show", id)
    at = forum.platform.clock.now()
    forum.platform.put(Post("late", "t0", "leo", at, Untrusted("Press the button.")))
    forum("sync")
    said = forum("inbox", "reply", id, "Hold it.", code=1)
    assert "leo wrote meanwhile: “Press the button.”. Add --yes" in said
    (asked, late) = [post["id"] for post in forum.json("inbox", "show", id)["posts"]]
    assert thread["posts"][0]["id"] == asked
    assert "leo wrote meanwhile" in forum("inbox", "reply", id, "Hold it.", "--seen", str(asked), code=1)
    assert f"thread {id} has no post 99" in forum("inbox", "reply", id, "Hold it.", "--seen", "99", code=1)
    forum("inbox", "reply", id, "Hold it.", "--seen", str(late))
    assert [reply["text"] for reply in forum.json("inbox", "show", id)["pending"]] == ["Hold it."]


def test_the_doubts_of_the_screen_are_those_of_the_command_line(forum: Shell) -> None:
    (first, *_) = forum.json("inbox", "list")
    id = str(first["id"])
    forum("inbox", "note", id, "He was banned in the old forum in 2019, mind that.")
    for words, doubt in (
        ("My key is ghp_" + "a1B2" * 9, "it holds what looks like"),
        ("a\u200bb", "it holds 1 character that cannot be seen"),
        ("Were you banned in the old forum in 2019, mind that?", "it holds words of a private note"),
        ("Ask mia.b@posteo.de", "it holds a mail address"),
    ):
        assert doubt in forum("inbox", "reply", id, words, code=1), words
    assert forum.json("inbox", "show", id)["pending"] == []
    forum("inbox", "reply", id, "Ask mia.b@posteo.de", "--yes")
    config = load(forum.home / "config.toml")
    config.path.write_text(config.path.read_text().replace('me = "ann"', 'me = "bob"'))
    assert "ann is answering already: “Ask mia.b@posteo.de”" in forum("inbox", "reply", id, "Hi", code=1)


def test_a_draft_is_thrown_away(forum: Shell) -> None:
    id = str(forum.json("inbox", "list")[0]["id"])
    assert forum("inbox", "drafts").startswith("nothing was begun")
    with closing(sqlite3.connect(forum.home / "community.db")) as conn, conn:
        conn.execute("INSERT INTO draft VALUES(?, 'Half', 1)", (f"reply:{id}",))
    assert "no draft is note:1" in forum("inbox", "drafts", "--discard", "note:1", code=1)
    assert [draft["key"] for draft in forum.json("inbox", "drafts")] == [f"reply:{id}"]
    assert f"reply:{id} is gone" in forum("inbox", "drafts", "--discard", f"reply:{id}")
    assert forum.json("inbox", "drafts") == []
