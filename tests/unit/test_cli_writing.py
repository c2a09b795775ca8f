"""Answers without a screen: saved replies, doubts, later, macros, drafts."""

from __future__ import annotations

from cm_console.config import load
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


def test_drafts_are_listed(forum: Shell) -> None:
    assert forum("inbox", "drafts") == "nothing was begun\n"
    assert forum.json("inbox", "drafts") == []
