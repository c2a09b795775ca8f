"""The plain commands, run as a person would: exit code, output and what the platform got."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread as Running
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cm_console.cli import run
from cm_console.config import Home, SourceConfig, write_new
from cm_console.model.moderation import Guideline
from cm_console.model.records import Kind, Member, Post, Ref, Report, Scheduled, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant, SystemClock, iso, parse_iso
from cm_console.sources.memory import PLATFORMS, Platform

DUMP = Path(__file__).parents[1] / "data" / "dump"


@dataclass
class Shell:
    """A command line on one home."""

    home: Path
    output: Callable[[], tuple[str, str]]
    platform: Platform | None = None

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run a command; its output. Fails unless it ends with `code`."""
        ended = run(["--home", str(self.home), *words])
        out, err = self.output()
        assert ended == code, f"{words} ended with {ended}: {err}{out}"
        assert "Traceback" not in err
        return out if code == 0 else err

    def json(self, *words: str) -> Any:
        """What a command prints for programs."""
        return json.loads(self(*words, "--json"))


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A command line on an empty home."""

    def output() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return Shell(tmp_path / "home", output)


@pytest.fixture
def forum(shell: Shell) -> Iterator[Shell]:
    """A command line on a community with two questions and one reported post, pulled once."""
    now = SystemClock().now()
    platform = shell.platform = PLATFORMS["cli"] = Platform("cli", me="me", clock=SystemClock())
    platform.put(Member("me", Untrusted("team"), staff=True))
    for id in ("mia", "leo"):
        platform.put(Member(id, Untrusted(id), joined_at=Instant(now - 30 * DAY)))
    for number, (author, title) in enumerate([("mia", "How do I reset 2FA?"), ("leo", "API returns 403")]):
        at = Instant(now - (number + 1) * HOUR)
        platform.put(Thread(f"t{number}", Untrusted(title), author, at, place=Untrusted("support")))
        platform.put(Post(f"p{number}", f"t{number}", author, at, Untrusted(f"{title} Please help, ümläut 表")))
    platform.put(Report("r1", Ref(Kind.POST, "p1"), "mia", "spam", now, Untrusted("an advert")))
    home = Home(shell.home)
    home.prepare()
    sources = [SourceConfig("forum", "memory", {"platform": "cli"})]
    rules = [Guideline(3, "No advertising", strikes=2)]
    write_new(home.config, "Test", values={"me": "ann", "undo_seconds": 0}, sources=sources, guidelines=rules)
    shell("sync")
    yield shell
    del PLATFORMS["cli"]


def test_a_dump_from_nothing_in_three_commands(shell: Shell) -> None:
    assert "added bikes" in shell("source", "add", "stackexchange-dump", "bikes", f"path={DUMP}")
    first = shell.json("sync")
    assert sum(feed["changed"] for feed in first) > 10
    assert all(feed["state"] == "ok" for feed in first)
    assert sum(feed["changed"] for feed in shell.json("sync")) == 0
    assert shell.json("inbox", "list", "--view", "all")
    assert shell.json("metrics", "--from", "2000-01-01", "--to", "2030-01-01")["metrics"][0]["value"] > 0


def test_a_dump_cut_short_keeps_what_was_read_and_names_the_line(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    for file in DUMP.glob("*.xml"):
        (folder / file.name).write_bytes(file.read_bytes())
    posts = (folder / "Posts.xml").read_bytes()
    (folder / "Posts.xml").write_bytes(posts[: len(posts) * 2 // 3])
    shell("source", "add", "stackexchange-dump", "bikes", f"path={folder}")
    err = shell("sync", code=3)
    assert "Posts.xml line " in err
    assert shell.json("inbox", "list", "--view", "all")


def test_the_inbox_lists_who_waits_and_a_reply_gets_there_once(forum: Shell) -> None:
    rows = forum.json("inbox", "list")
    assert [row["title"] for row in rows] == ["API returns 403", "How do I reset 2FA?"]
    forum("inbox", "reply", str(rows[0]["id"]), "Try a new key.")
    assert [row["state"] for row in forum.json("outbox", "list")] == ["queued"]
    forum("outbox", "send")
    forum("outbox", "send")
    assert forum.platform is not None
    said = [record.text for record in forum.platform.records(Kind.POST) if isinstance(record, Post)]
    assert said.count(Untrusted("Try a new key.")) == 1
    assert [row["title"] for row in forum.json("inbox", "list")] == ["How do I reset 2FA?"]
    assert forum.json("outbox", "list", "--all")[0]["state"] == "sent"
    assert "Try a new key." in forum("inbox", "show", str(rows[0]["id"]))


def test_decisions_are_undone_exactly(forum: Shell) -> None:
    before = forum.json("inbox", "list")
    ids = [str(row["id"]) for row in before]
    forum("inbox", "assign", *ids, "--to", "bob")
    forum("inbox", "priority", ids[0], "--to", "urgent")
    forum("inbox", "tag", ids[0], "--add", "Account")
    assert forum.json("inbox", "list", "--tag", "account")[0]["assignee"] == "bob"
    for _ in range(3):
        forum("undo")
    assert forum.json("inbox", "list") == before
    assert "nothing to undo" in forum("undo", code=1)
    assert [line["op"] for line in forum.json("log")][:2] == ["undo assign", "undo assign"]


def test_snooze_done_and_wait_move_between_views(forum: Shell) -> None:
    ids = [str(row["id"]) for row in forum.json("inbox", "list")]
    forum("inbox", "snooze", ids[0], "--until", "3d")
    forum("inbox", "done", ids[1])
    assert forum.json("inbox", "list") == []
    assert [row["id"] for row in forum.json("inbox", "list", "--view", "snoozed")] == [int(ids[0])]
    assert [row["id"] for row in forum.json("inbox", "list", "--view", "done")] == [int(ids[1])]
    assert "is no time" in forum("inbox", "snooze", ids[0], "--until", "soon", code=1)


def test_a_case_is_decided_with_a_guideline_and_lands(forum: Shell) -> None:
    case = forum.json("moderation", "list")[0]
    assert (case["reports"], case["accused"]) == (1, "leo")
    assert "no guideline 9" in forum("moderation", "decide", str(case["id"]), "remove", "--guideline", "9", code=1)
    forum("moderation", "decide", str(case["id"]), "remove", "--guideline", "3")
    forum("outbox", "send")
    assert forum.json("moderation", "list") == []
    card = forum.json("moderation", "show", str(case["id"]))
    assert (card["who"]["strikes"], card["decisions"][0]["state"]) == (2, "sent")
    assert "has ended" in forum("moderation", "decide", str(case["id"]), "keep", code=1)


def test_what_is_too_late_to_undo_is_said_once(forum: Shell) -> None:
    first, second = [str(row["id"]) for row in forum.json("inbox", "list")]
    forum("inbox", "priority", first, "--to", "high")
    forum("inbox", "reply", second, "Try a new key.")
    forum("outbox", "send")
    assert "to remove it there: cm-console undo --opposite; the next undo goes on" in forum("undo", code=1)
    assert "took back priority of “" in forum("undo")
    assert "nothing to undo" in forum("undo", code=1)


def test_the_opposite_is_that_of_what_was_just_too_late(forum: Shell) -> None:
    first, second = [str(row["id"]) for row in forum.json("inbox", "list")]
    forum("inbox", "priority", first, "--to", "high")
    forum("inbox", "reply", second, "Try a new key.")
    forum("outbox", "send")
    assert "too late" in forum("undo", code=1)
    assert "took back reply of “" in forum("undo", "--opposite")
    assert [row["verb"] for row in forum.json("outbox", "list")] == ["remove"]
    assert "took back priority of “" in forum("undo")


def test_an_undo_that_comes_too_late_offers_the_opposite(forum: Shell) -> None:
    case = str(forum.json("moderation", "list")[0]["id"])
    forum("moderation", "decide", case, "hide")
    forum("outbox", "send")
    assert "too late" in forum("undo", code=1)
    forum("undo", "--opposite")
    forum("outbox", "send")
    assert {row["verb"]: row["state"] for row in forum.json("outbox", "list", "--all")} == {
        "hide": "sent",
        "restore": "sent",
    }


def test_an_entry_is_planned_scheduled_and_taken_back(forum: Shell) -> None:
    id = forum(
        "calendar", "add", "Weekly thread", "What did you build?", "--at", "2031-05-05T10:00", "--on", "forum"
    ).strip()
    forum("calendar", "schedule", id)
    assert forum.json("calendar", "show", id)["state"] == "scheduled"
    assert "2031-05-06 10:00" in forum("calendar", "move", id, "--days", "1")
    forum("calendar", "unschedule", id)
    assert forum.json("calendar", "show", id)["state"] == "draft"
    assert "no source" in forum("calendar", "schedule", id, "--on", "nowhere", code=1)


def test_what_is_planned_there_is_listed_moved_taken_off_and_copied(forum: Shell) -> None:
    at = parse_iso("2031-05-05T08:00:00Z")
    assert forum.platform is not None
    for id, title in (("a", "Winter chains"), ("b", "Lights \x1b[2J")):
        forum.platform.plan(Scheduled(id, Untrusted(title), Untrusted("Grease them."), at, f"https://x.test/{id}"), "")
    forum("sync")
    days = ("calendar", "list", "--from", "2031-05-01", "--days", "9")
    listed = forum(*days)
    assert "forum:a" in listed and "planned there" in listed and "\x1b" not in listed
    (first, _), shown = forum.json(*days), forum("calendar", "show", "forum:a")
    assert (first["id"], first["kind"], first["at"]) == ("forum:a", "planned there", "2031-05-05T08:00:00Z")
    assert "Grease them." in shown and "https://x.test/a" in shown and "planned there" in shown
    assert "2031-05-06" in forum("calendar", "move", "forum:a", "--days", "1")
    assert forum.json("calendar", "show", "forum:a")["told"]["verb"] == "reschedule"
    assert "(there still Mon 2031-05-05" in forum("calendar", "show", "forum:a")
    forum("calendar", "schedule", "forum:a", "--at", "2031-05-07T10:00")
    forum("calendar", "unschedule", "forum:b")
    assert "taken off" in forum(*days)
    copy = forum("calendar", "duplicate", "forum:a", "--at", "2031-05-09T10:00").strip()
    assert forum.json("calendar", "show", copy)["title"] == "Winter chains"
    forum("outbox", "send")
    assert {row["id"] for row in forum.json(*days)} == {"forum:a", copy}
    moved = forum.platform.get(Ref(Kind.SCHEDULED, "a"))
    assert isinstance(moved, Scheduled) and iso(moved.at) == forum.json("calendar", "show", "forum:a")["planned_at"]
    assert "its new time" in forum("calendar", "schedule", "forum:a", code=1)
    assert "nothing planned there" in forum("calendar", "show", "forum:x", code=1)
    assert "only show, schedule" in forum("calendar", "delete", "forum:a", code=1)


def test_search_finds_words_and_beginnings_of_nothing(forum: Shell) -> None:
    assert forum.json("search", "reset")[0]["title"] == "How do I reset 2FA?"
    assert forum.json("search", "umlaut")
    assert forum.json("search", '"', "(", "AND") == []
    assert "nothing found" in forum("search", "zebra")


def test_metrics_and_goals(forum: Shell) -> None:
    figures = forum.json("metrics", "--only", "posts,unanswered")
    assert [metric["id"] for metric in figures["metrics"]] == ["posts", "unanswered"]
    assert "known:" in forum("metrics", "--only", "nonsense", code=2)
    assert "Kaplan-Meier" in forum("metrics", "formula", "response.median")
    forum("metrics", "goal", "response.coverage", "90", "--by", "2031-01-01", "--purpose", "nobody waits unseen")
    assert forum.json("metrics", "goals")[0]["target"] == 90


def test_backup_and_restore_bring_the_same_back(forum: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    before = forum.json("inbox", "list")
    forum("backup", str(copy))
    assert copy.stat().st_mode & 0o077 == 0
    forum("inbox", "done", *(str(row["id"]) for row in before))
    forum("restore", str(copy))
    assert forum.json("inbox", "list") == before
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 100)
    assert "broken.db" in forum("restore", str(broken), code=1)
    assert forum.json("inbox", "list") == before


def test_doctor_says_what_to_do(shell: Shell) -> None:
    shell.home.mkdir()
    ended = run(["--home", str(shell.home), "doctor"])
    out, _ = shell.output()
    assert ended == 1
    assert "LOOK  config: none at" in out
    assert "-> run cm-console, or cm-console demo" in out


def test_doctor_on_a_healthy_community(forum: Shell) -> None:
    findings = {finding["what"]: finding for finding in forum.json("doctor")}
    assert findings["database"]["ok"]
    assert findings["source forum"]["ok"]
    assert findings["privacy"]["ok"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["inbox", "list"], 1, "there is no config at"),
        (["source", "add", "nonsense", "x"], 1, "there is no source kind 'nonsense'"),
        (["source", "add", "discourse", "x", "url=https://forum.example"], 1, "username is missing"),
        (["source", "add", "stackexchange-dump", "x", "pth=/tmp"], 1, "path is missing"),
        (["source", "add", "stackexchange-dump", "x", "nonsense"], 2, "is not FIELD=VALUE"),
        (["nonsense"], 2, "No such command"),
        (["inbox", "show", "x"], 2, "'x' is no thread: write its number"),
        (["demo"], 1, "this is not a terminal"),
        ([], 1, "this is not a terminal"),
    ],
)
def test_bad_input_is_told_in_a_line_or_two(
    shell: Shell, words: list[str], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    err = shell(*words, code=code)
    assert said in err
    assert len(err.strip().splitlines()) <= 5


def test_a_token_typed_where_a_reference_belongs_is_refused_and_not_repeated(shell: Shell) -> None:
    err = shell("source", "add", "discourse", "x", "url=https://f.example", "username=me", "token=s3cr3t-t0ken", code=1)
    assert "must be a reference" in err
    assert "s3cr3t" not in err
    assert "s3cr3t" not in "".join(file.read_text() for file in shell.home.rglob("*.toml"))


def test_a_newer_database_is_refused_untouched(forum: Shell) -> None:
    from cm_console.store.sqlite import connect

    database = forum.home / "community.db"
    conn = connect(database)
    conn.execute("PRAGMA user_version = 999")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    before = database.read_bytes()
    assert "written by a newer version" in forum("inbox", "list", code=1)
    assert database.read_bytes() == before


def test_a_wrong_config_names_file_and_line(forum: Shell) -> None:
    config = forum.home / "config.toml"
    config.write_text(config.read_text().replace("undo_seconds = 0", 'undo_seconds = "soon"'))
    assert "config.toml line " in forum("inbox", "list", code=1)


def test_one_failing_source_does_not_stop_the_others(forum: Shell) -> None:
    forum("source", "add", "memory", "gone", "platform=nowhere", "--no-check")
    err = forum("sync", code=3)
    assert "gone" in err
    states = {feed["source"]: feed["state"] for feed in json.loads(_stdout(forum, "sync", "--json", code=3))}
    assert states["forum"] == "ok"
    assert states["gone"] != "ok"


def _stdout(shell: Shell, *words: str, code: int) -> str:
    assert run(["--home", str(shell.home), *words]) == code
    return shell.output()[0]


def test_the_platform_is_told_of_a_thread(forum: Shell) -> None:
    id = str(forum.json("inbox", "list")[0]["id"])
    offered = forum("inbox", "tell", id)
    assert "close" in offered and "reopen" not in offered
    assert "take it back" in forum("inbox", "tell", id, "close")
    assert forum.json("outbox", "list")[0]["verb"] == "close"
    assert "cannot be told now; what can: close" in forum("inbox", "tell", id, "reopen", code=1)
    assert "knows no colleague 'zoe'" in forum("inbox", "tell", id, "assign", "--to", "zoe", code=1)
    forum("undo")
    assert forum.json("outbox", "list") == []


def test_a_check_goes_on_after_a_source_that_cannot_be_reached_and_says_what_to_do(
    forum: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKED_KEY", "not-a-real-one")
    fields = ("url=http://127.0.0.1:9", "username=me", "token=env:CHECKED_KEY")
    forum("source", "add", "discourse", "away", *fields, "--no-check")
    said = _stdout(forum, "source", "check", code=1)
    assert "away: 127.0.0.1 could not be reached" in said and "is its address right, and is it up?" in said
    assert "forum: " in said and "reads   activity, members" in said


def test_a_check_tells_what_a_token_lacks(forum: Shell) -> None:
    assert forum.platform
    forum.platform.missing = {"ban": "the right to suspend", "reports": "the role of a moderator"}
    said = forum("source", "check", "forum")
    assert "cannot ban: the right to suspend" in said and "cannot read reports: the role of a moderator" in said


def test_a_source_that_was_added_leads_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    said = shell("source", "add", "memory", "mem", "platform=cli", "--no-check")
    assert "next:" not in said
    monkeypatch.setenv("CHECKED_KEY", "not-a-real-one")
    fields = ("url=http://127.0.0.1:9", "username=me", "token=env:CHECKED_KEY")
    said = _stdout(shell, "source", "add", "discourse", "away", *fields, code=3)
    assert "nothing answers there" in said and "can be set too" in said and "history" in said
    assert "mend it in" in said and "then: cm-console source check away" in said


def test_what_cannot_be_added_is_said_before_anything_is_made_or_asked(tmp_path: Path, forum: Shell) -> None:
    fresh = tmp_path / "fresh"
    for kind, name, words in (
        ("email", "my mail", "'my mail' is no name for a source: lower case letters"),
        ("email", "x" * 61, "is no name for a source"),
        ("nokind", "mail", "there is no source kind 'nokind'"),
    ):
        assert words in forum("--home", str(fresh), "source", "add", kind, name, code=1)
    assert not fresh.exists() or not list(fresh.glob("*.toml"))
    assert "there is a source forum already: name this one otherwise" in forum(
        "source", "add", "email", "forum", code=1
    )


def test_notes_without_end_come_to_one(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "a.csv").write_text("Who,When\n" + (",2026-11-22\n" + "ann,2026-11-22\n" * 999) * 25)
    columns = 'columns = { member = "Who", at = "When" }'
    (tmp_path / "a.toml").write_text(f'[[table]]\nfile = "a.csv"\nrows = "attendance"\n{columns}\n')
    shell("source", "add", "table", "meet", f"path={tmp_path / 'a.toml'}", "--no-check")
    said = shell("sync")
    assert said.count("left aside: a.csv line ") == 20
    assert said.endswith("meet activity: and 5 more notes (--json has them all)\n")


def test_a_right_that_many_verbs_lack_is_told_once(forum: Shell) -> None:
    assert forum.platform
    forum.platform.missing = {"ban": "the role", "silence": "the role", "reports": "the role"}
    lines = forum("source", "check", "forum").splitlines()
    assert [line.strip() for line in lines if "cannot" in line] == [
        "cannot read reports: the role",
        "cannot ban, silence: the role",
    ]
    said = forum("source", "add", "memory", "twin", "platform=cli")
    assert said.endswith("next: cm-console sync twin\n")


def test_a_refused_login_lacks_no_right() -> None:
    from cm_console.cli.source_words import advice
    from cm_console.model.errors import Throttled, Unauthorized
    from cm_console.sources.email import Email
    from cm_console.sources.mail.logins import LOGIN_RIGHT
    from cm_console.sources.mastodon import Mastodon

    utc = ZoneInfo("UTC")
    refused = Unauthorized("refused the login", right=LOGIN_RIGHT)
    words = advice(Email.__new__(Email), refused, utc)
    assert words.startswith("look at its password. Where to get one: ") and "lacks" not in words
    words = advice(Mastodon.__new__(Mastodon), Unauthorized("no", right="admin:read:reports"), utc)
    assert words.startswith("look at its token. It lacks: admin:read:reports. Where to get one: Preferences >")
    words = advice(Mastodon.__new__(Mastodon), Throttled("Too many requests", until=Instant(3_600_000)), utc)
    assert words == "nothing is wrong with it; it asks to wait until 01:00:00"


def test_a_sync_that_has_to_wait_says_until_when(forum: Shell) -> None:
    from cm_console.cli.sync import _report
    from cm_console.services.sync import Outcome

    _report([Outcome("soc", "threads", "waiting", "Too many requests", until=3_600_000)], False, ZoneInfo("UTC"))
    assert "soc threads: Too many requests (wait until 01:00:00)" in forum.output()[1]


class Silent(BaseHTTPRequestHandler):
    """Answers that it is there."""

    def do_GET(self) -> None:
        """Nothing to say."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Not on the test's terminal."""


def test_what_is_only_told_things_is_never_behind(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKED_KEY", "0123456789abcdef0123456789abcdef")
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        Running(target=server.serve_forever, daemon=True).start()
        url = f"url=http://127.0.0.1:{server.server_port}"
        said = shell("source", "add", "webhook", "ops", url, "secret=env:CHECKED_KEY", "private=true")
        server.shutdown()
    assert "next:" not in said and '[handover.TEAM] with source = "ops"' in said
    assert [source["state"] for source in shell.json("source", "list")] == ["silent"]
