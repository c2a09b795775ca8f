"""`cm-console inbox clocks|due|views` and the views of `inbox list`, run as a person would."""

from __future__ import annotations

from cm_console.config import Home
from cm_console.model.records import Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import SystemClock
from tests.unit.test_cli import Shell
from tests.unit.test_cli import forum as forum
from tests.unit.test_cli import shell as shell

POLICY = '\n[[clocks]]\nname = "Support"\nfirst_reply = 4\nresolution = 48\n'


def under_a_policy(forum: Shell) -> int:
    """A policy from now on, and a thread that begins under it; returns its id."""
    config = Home(forum.home).config
    config.write_text(config.read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    forum("sync")
    platform, now = forum.platform, SystemClock().now()
    assert platform is not None
    platform.put(Thread("t9", Untrusted("Brand new"), "mia", now))
    platform.put(Post("p9", "t9", "mia", now, Untrusted("Please help")))
    forum("sync")
    (found,) = (row["id"] for row in forum.json("inbox", "list") if row["title"] == "Brand new")
    return int(found)


def test_clocks(forum: Shell) -> None:
    assert "no clock runs: [[clocks]]" in forum("inbox", "clocks")
    thread = str(under_a_policy(forum))
    first, resolution = forum.json("inbox", "clocks")
    assert (first["kind"], first["state"], first["thread"]) == ("first reply", "running", int(thread))
    assert resolution["kind"] == "resolution"
    assert "first reply: 3 h 59 m" in forum("inbox", "clocks", thread)
    assert "· Support" in forum("inbox", "clocks")
    forum("inbox", "done", thread)
    assert [clock["state"] for clock in forum.json("inbox", "clocks", thread)] == ["not needed", "hit"]
    assert [clock["result"] for clock in forum.json("inbox", "show", thread)["clocks"]] == ["void", "hit"]
    assert "resolution: hit" in forum("inbox", "show", thread)
    older = str(forum.json("inbox", "list")[0]["id"])
    assert "began before one was first seen" in forum("inbox", "clocks", older)
    assert "there is no thread 99" in forum("inbox", "clocks", "99", code=1)
    value = forum.json("metrics", "--only", "sla.hit_rate", "--from", "2020-01-01", "--to", "2100-01-01")["metrics"][0]
    assert (value["value"], value["n"]) == (100, 1)


def test_due_dates(forum: Shell) -> None:
    last = forum.json("inbox", "list")[-1]
    forum("inbox", "due", str(last["id"]), "--at", "30m")
    first = forum.json("inbox", "list")[0]
    assert first["id"] == last["id"] and first["due_at"] == first["due_by"]
    assert "left" in forum("inbox", "list").splitlines()[0]
    forum("inbox", "due", str(last["id"]), "--at", "none")
    assert forum.json("inbox", "list")[-1]["due_by"] is None
    assert "is no time" in forum("inbox", "due", str(last["id"]), "--at", "soon", code=1)
    assert "add --yes" in forum("inbox", "due", *(str(n) for n in range(1, 22)), "--at", "1d", code=2)


def test_saved_views(forum: Shell) -> None:
    assert forum("inbox", "views").strip() == "no saved views"
    forum("inbox", "views", "--save", "old", "--base", "unanswered", "older:90m", "api")
    assert forum.json("inbox", "views") == [{"name": "old", "base": "unanswered", "filter": "api older:90m"}]
    assert [row["title"] for row in forum.json("inbox", "list", "--view", "old")] == ["API returns 403"]
    assert forum.json("inbox", "list", "--view", "old", "--words", "2FA") == []
    assert "saved are: old" in forum("inbox", "list", "--view", "new", code=1)
    forum("inbox", "views", "--save", "without", "--", "-tag:bug", "-api")
    assert forum.json("inbox", "views")[-1]["filter"] == "-tag:bug -api"
    forum("inbox", "views", "--remove", "without")
    forum("inbox", "views", "--save", "new")
    assert [view["name"] for view in forum.json("inbox", "views")] == ["new", "old"]
    assert forum("inbox", "views", "--move", "new", "9") == "on place 2\n"
    assert forum("inbox", "views", "--rename", "old", "gone quiet") == "renamed to gone quiet\n"
    assert [view["name"] for view in forum.json("inbox", "views")] == ["gone quiet", "new"]
    assert "there is a view 'new' already" in forum("inbox", "views", "--rename", "gone quiet", "new", code=1)
    assert "there is no view 'x'" in forum("inbox", "views", "--move", "x", "1", code=1)
    assert "counted from 1" in forum("inbox", "views", "--move", "new", "0", code=1)
    forum("undo")
    assert [view["name"] for view in forum.json("inbox", "views")] == ["old", "new"]
    forum("inbox", "views", "--remove", "old")
    forum("inbox", "views", "--remove", "new")
    assert forum.json("inbox", "views") == []


def test_views_and_ages(forum: Shell) -> None:
    assert len(forum.json("inbox", "list", "--view", "unanswered")) == 2
    assert len(forum.json("inbox", "list", "--view", "newcomers")) == 2
    assert forum.json("inbox", "list", "--view", "mentions") == []
    assert len(forum.json("inbox", "list", "--older", "90m")) == 1
    assert "is no age" in forum("inbox", "list", "--older", "long", code=1)
    assert "there is no source 'x'; there are: forum" in forum("inbox", "list", "--source", "x", code=1)
    assert "one word too many" in forum("inbox", "list", "--tag", "two words", code=1)
    everything = forum.json("inbox", "list", "--view", "all")
    assert forum.json("inbox", "list", "--view", "all", "--words", "-source:forum") == []
    assert forum.json("inbox", "list", "--view", "all", "--assignee", "none") == everything != []
    some = forum.json("inbox", "list", "--view", "all", "--words", "-api")
    assert 0 < len(some) < len(everything)


def test_snoozing_until_news_or_a_morning(forum: Shell) -> None:
    first, second = (str(row["id"]) for row in forum.json("inbox", "list"))
    forum("inbox", "snooze", first, "--until", "news")
    forum("inbox", "snooze", second, "--until", "morning")
    why = {name: forum.json("inbox", "show", name)["why"] for name in (first, second)}
    assert why == {first: "put away until they write more than thanks", second: "put away until later"}
