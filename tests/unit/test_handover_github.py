"""A hand-over that becomes an issue on GitHub: linked both ways, answered there, found once, refused aloud."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cm_console.console import Console
from cm_console.model.handover import Handed, OutsideTeam
from cm_console.model.inbox import Status, View
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Ref, Thread
from tests.servers.github import TOKEN, GitHubServer, is_write
from tests.servers.github_world import Issue
from tests.worlds import Lab, make_lab

LINK = "https://forum.example/t/1"
QUESTION = "Where is the key, @ann? It fixes #1 for me."


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    lab = make_lab(tmp_path, "forum")
    lab.more = {"handover": (OutsideTeam("infra", "issues", "octo/bikes"),)}
    lab.wrap = lambda source: source
    yield lab
    await lab.close()


@pytest.fixture
async def github(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GitHubServer]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    server = GitHubServer(lab.clock)
    server.repo.team.append(server.world.add_user("bob"))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def console(lab: Lab, github: GitHubServer) -> Console:
    """A console with a forum, where a question waits, and a repository."""
    thread = Ref(Kind.THREAD, await lab.bench.add_thread(text=QUESTION))
    asked = lab.bench.platform.get(thread)
    assert isinstance(asked, Thread)
    lab.bench.platform.put(replace(asked, url=LINK))
    console = lab.console()
    settings = {"repos": "octo/bikes", "token": "env:GITHUB_TOKEN", "api": github.url}
    issues = replace(console.config.sources[0], name="issues", kind="github", settings=settings)
    console.config = replace(console.config, sources=(*console.config.sources, issues))
    await console.start()
    await console.idle()
    return console


async def later(lab: Lab, console: Console, seconds: float) -> None:
    lab.clock.advance(seconds)
    await console.idle()


async def hand_over(lab: Lab, console: Console) -> None:
    """To infra, past the time for second thoughts."""
    await console.handover.hand_over(1, await console.handover.preview(1, "infra", "please look"))
    await later(lab, console, 11)


async def handed(console: Console) -> Handed:
    (one,) = await console.handover.of_thread(1)
    return one


def only(github: GitHubServer) -> Issue:
    (issue,) = github.repo.issues.values()
    return issue


async def came_back(lab: Lab, console: Console) -> list[str]:
    """What stands in the notes of the inquiry after the next sync."""
    await later(lab, console, 301)
    await later(lab, console, 21)
    return [note.body for note in await console.inbox.notes(1)]


async def test_it_becomes_an_issue_and_both_know_of_each_other(
    lab: Lab, github: GitHubServer, console: Console
) -> None:
    await hand_over(lab, console)
    issue = only(github)
    assert issue.title == "A question 1"
    said = f"please look\n\n> {QUESTION.replace('@ann', '`@ann`')}\n\n{LINK}\nHanded over by mo, Bikes Meta (thread:1)."
    assert issue.body.partition("\n\n<!--")[0] == said
    one = await handed(console)
    assert (one.state, one.url) == ("sent", "https://github.com/octo/bikes/issues/1")
    assert one.words == "infra: https://github.com/octo/bikes/issues/1 (sent)"
    assert one.here is not None
    there = await console.inbox.thread(one.here)
    assert there is not None
    assert there.url == one.url
    origin = await console.handover.origin(one.here)
    assert origin is not None
    assert (origin.thread_id, origin.title) == (1, "A question 1")
    await later(lab, console, 301)
    assert len(await console.inbox.page(View.ALL)) == 2, "what was pulled is what was sent"
    assert one.here not in [row.id for row in await console.inbox.page(View.NEEDS_REPLY)]


async def test_an_answer_there_brings_it_back_once(lab: Lab, github: GitHubServer, console: Console) -> None:
    await hand_over(lab, console)
    await console.inbox.done([1])
    github.world.add_comment(github.repo, 1, github.me, "Nobody but us has said something yet.")
    assert await came_back(lab, console) == []
    github.world.add_comment(github.repo, 1, github.repo.team[-1], "Under the mat.")
    (note,) = await came_back(lab, console)
    assert note == "infra (bob) answered: https://github.com/octo/bikes/issues/1\nUnder the mat."
    row = await console.inbox.row(1)
    assert row is not None
    assert row.status is Status.OPEN
    assert [each.id for each in await console.inbox.page(View.NEEDS_REPLY)] == [1], "not the issue too"
    assert (await handed(console)).words.endswith("(sent) · came back")
    assert len(await came_back(lab, console)) == 1
    github.world.add_comment(github.repo, 1, github.repo.team[-1], "Or above the door.")
    assert len(await came_back(lab, console)) == 2


async def test_what_they_close_comes_back_too(lab: Lab, github: GitHubServer, console: Console) -> None:
    await hand_over(lab, console)
    await console.inbox.done([1])
    issue = only(github)
    lab.clock.advance(5)
    issue.state, issue.updated = "closed", lab.clock.now()
    assert await came_back(lab, console) == ["infra closed it: https://github.com/octo/bikes/issues/1"]
    one = await handed(console)
    assert one.words == "infra: https://github.com/octo/bikes/issues/1 (closed there)"
    assert one.answered_at is None, "nobody has said anything"


async def test_a_lost_answer_makes_one_issue(lab: Lab, github: GitHubServer, console: Console) -> None:
    github.plan("lose", is_write)
    await hand_over(lab, console)
    assert (await handed(console)).state == State.UNCERTAIN
    for _ in range(4):
        await later(lab, console, 31)
    one = await handed(console)
    assert (one.state, one.url) == ("sent", "https://github.com/octo/bikes/issues/1")
    assert len(github.repo.issues) == 1
    assert len([seen for seen in github.seen if is_write(seen)]) == 1


async def test_a_refusal_is_shown_where_it_was_handed_over(lab: Lab, github: GitHubServer, console: Console) -> None:
    github.lacks = {"issues=write"}
    await hand_over(lab, console)
    assert not github.repo.issues
    one = await handed(console)
    assert one.state == State.FAILED
    assert "Issues: Read and write" in one.words
    assert one.url == ""


async def test_a_place_that_is_not_there_is_named_with_those_that_are(
    lab: Lab, github: GitHubServer, console: Console
) -> None:
    parcel = await console.handover.preview(1, "infra", "")
    await console.handover.hand_over(1, replace(parcel, place="octo/cars"))
    await later(lab, console, 11)
    assert "there are: bikes: issues; bikes: " in (await handed(console)).words
    assert not github.repo.issues


async def test_taken_back_in_time_nothing_leaves(lab: Lab, github: GitHubServer, console: Console) -> None:
    await console.handover.hand_over(1, await console.handover.preview(1, "infra", ""))
    await console.journal.undo()
    await later(lab, console, 60)
    assert not github.repo.issues
    assert await console.handover.of_thread(1) == []
