"""A hand-over on the command line, from a forum to an issue on GitHub and back, both over HTTP."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cm_console.cli import run
from cm_console.model.time import SystemClock
from tests.servers.discourse_bench import DiscourseBench
from tests.servers.github import TOKEN, GitHubServer

TEAMS = '\n[handover.infra]\nsource = "issues"\nplace = "octo/bikes"\n'
Say = Callable[..., Awaitable[Any]]


@pytest.fixture
async def github() -> AsyncIterator[GitHubServer]:
    server = GitHubServer(SystemClock())
    server.repo.team.append(server.world.add_user("bob"))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def forum() -> AsyncIterator[DiscourseBench]:
    bench = await DiscourseBench().start()
    await bench.add_thread(text="Where is the key, @ann?")
    yield bench
    await bench.close()


@pytest.fixture
def say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command; gives what it printed, as data where it ends in --json."""

    async def typed(*words: str, code: int = 0) -> Any:
        ended = await asyncio.to_thread(run, ["--home", str(tmp_path / "home"), *words])
        out, err = capsys.readouterr()
        assert ended == code, f"{words} ended with {ended}: {err}{out}"
        return json.loads(out) if words[-1] == "--json" else out or err

    return typed


async def test_from_a_forum_to_an_issue_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say, github: GitHubServer, forum: DiscourseBench
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("FORUM_KEY", forum.secrets[0])
    who = f"username={forum.server.me.username}"
    await say("source", "add", "discourse", "forum", f"url={forum.server.url}", who, "token=env:FORUM_KEY")
    issues = ("repos=octo/bikes", "token=env:GITHUB_TOKEN", f"api={github.url}")
    await say("source", "add", "github", "issues", *issues)
    config = tmp_path / "home" / "config.toml"
    config.write_text(config.read_text() + TEAMS)
    await say("sync")
    (asked,) = await say("inbox", "list", "--json")
    thread = str(asked["id"])
    parcel = await say("inbox", "hand-over", thread, "infra", "--note", "please look", "--json")
    assert not github.repo.issues and parcel["doubts"] == []
    doubted = await say("inbox", "hand-over", thread, "infra", "--note", "ask @everyone")
    assert doubted.startswith("! @everyone calls everybody\n") and "nothing is sent without --yes" in doubted
    note = ("--note", "see {title}", "--yes")
    assert "{title} is not filled in" in await say("inbox", "hand-over", thread, "infra", *note, code=1)
    await say("inbox", "hand-over", thread, "infra", "--note", "please look", "--yes")
    await say("outbox", "send")
    (issue,) = github.repo.issues.values()
    assert issue.body.partition("\n\n<!--")[0] == parcel["body"]
    assert f"{forum.server.url}/t/" in parcel["body"]
    (handed,) = await say("inbox", "hand-over", thread, "--json")
    assert (handed["state"], handed["url"]) == ("sent", f"https://github.com/octo/bikes/issues/{issue.number}")
    assert handed["url"] in await say("inbox", "hand-over", thread)
    await say("inbox", "done", thread)
    github.world.add_comment(github.repo, issue.number, github.repo.team[-1], "Under the mat.")
    await say("sync")
    shown = await say("inbox", "show", thread, "--json")
    assert [note["body"] for note in shown["notes"]] == [f"infra (bob) answered: {handed['url']}\nUnder the mat."]
    assert shown["status"] == "open"
    (handed,) = await say("inbox", "hand-over", thread, "--json")
    assert handed["answered_at"]


async def test_a_sync_also_wakes_what_was_snoozed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say, forum: DiscourseBench
) -> None:
    """Whoever works on the command line alone has no console open that would."""
    monkeypatch.setenv("FORUM_KEY", forum.secrets[0])
    who = f"username={forum.server.me.username}"
    await say("source", "add", "discourse", "forum", f"url={forum.server.url}", who, "token=env:FORUM_KEY")
    await say("sync")
    (asked,) = await say("inbox", "list", "--json")
    await say("inbox", "snooze", str(asked["id"]), "--until", "4h")
    assert await say("inbox", "list", "--json") == []
    with closing(sqlite3.connect(tmp_path / "home" / "community.db")) as conn, conn:
        conn.execute("UPDATE thread SET snoozed_until = 1 WHERE snoozed_until IS NOT NULL")
    await say("sync")
    assert [row["id"] for row in await say("inbox", "list", "--json")] == [asked["id"]]
