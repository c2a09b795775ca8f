"""Every recorded answer of the real GitHub is read by our structs, or excused by name; the stand-in has its fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cm_console.model.errors import Refused
from cm_console.model.time import Instant
from cm_console.sources.github import records, wire
from cm_console.sources.github.answers import refusal, scopes
from cm_console.sources.github.lists import following
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Repo
from cm_console.sources.http_answers import Answer, Request
from cm_console.testing import FakeClock
from tests.servers import github_json as shown
from tests.servers.github_world import World

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "github"
HOOKS = "octokit_webhooks_examples_subset.json"
EXCUSED = {
    "get-root": "addresses are known",
    "labels": "labels are not read",
    "mark-notifications-as-read": "notifications are not read: mentions are seen where they stand",
}
READ = ("add-labels-to-issue", "errors", "lock-issue", "paginate-issues", "search-issues")
MEDIA = {"body_html", "body_text"}
"""Fields that come with the media type `full`, which was not asked for when the answers were recorded."""
SHOWN_NOW = {"pull_request", "assignees"}

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers at ../shared/recorded/github")


def calls(name: str) -> list[dict[str, Any]]:
    found = json.loads((RECORDED / "octokit_fixtures" / name / "normalized-fixture.json").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def hooks(name: str) -> list[dict[str, Any]]:
    told = json.loads((RECORDED / HOOKS).read_text(encoding="utf-8"))
    return [example for one in told if one["name"] == name for example in one["examples"]]


def answer(call: dict[str, Any]) -> Answer:
    headers = {name: str(value) for name, value in call["headers"].items()}
    body = json.dumps(call["response"]).encode()
    return Answer(Request(call["method"].upper(), call["path"]), call["status"], headers, body)


def view() -> View:
    owner = wire.User(1, "octokit-fixture-org")
    return View(
        Repo(wire.Repository(1000, "R_1", "paginate-issues", "octokit-fixture-org/paginate-issues", owner)), "me"
    )


def test_every_recording_is_read_or_excused() -> None:
    there = {path.parent.name for path in RECORDED.rglob("normalized-fixture.json")}
    assert there == set(EXCUSED) | set(READ)


def test_pages_of_issues_become_records_and_lead_on() -> None:
    pages = [answer(call) for call in calls("paginate-issues")]
    issues = [issue for page in pages for issue in page.decode(list[wire.Issue])]
    assert [issue.number for issue in issues] == list(range(13, 0, -1))
    assert [following(page) for page in pages] == [*({"page": str(n)} for n in (2, 3, 4, 5)), {}]
    granted = scopes(pages[0])
    assert granted and {"repo", "admin:org", "user"} < granted
    made = [record for issue in issues for record in records.issue(issue, view())]
    assert len(made) == 3 * 13
    thread = records.issue_thread(issues[0], view())
    assert (thread.id, thread.title, thread.author, thread.closed) == ("1000/i13", "Test issue 13", "1000", False)
    assert thread.created_at == 1_507_651_200_000


def test_single_issues_are_read() -> None:
    found = msgspec.convert(calls("search-issues")[0]["response"]["items"], list[wire.Issue])
    found.append(answer(calls("add-labels-to-issue")[0]).decode(wire.Issue))
    assert found[0].title == "Sesame seeds split without a pop!"
    assert found[-1].assignees == []


def test_locking_answers_nothing() -> None:
    assert [(call["method"], call["status"]) for call in calls("lock-issue")] == [("put", 204), ("delete", 204)]


def test_a_refusal_says_which_field_is_wrong() -> None:
    error = refusal(answer(calls("errors")[0]), "", Instant(0))
    assert isinstance(error, Refused)
    assert str(error) == "Validation Failed; color invalid"


def test_hooks_carry_the_same_issues_and_comments() -> None:
    for example in hooks("issue_comment"):
        comment = msgspec.convert(example["comment"], wire.Comment)
        issue = msgspec.convert(example["issue"], wire.Issue)
        assert comment.number == issue.number
        post = [*records.comment(comment, view(), hidden=False)][-1]
        assert post.id == f"1000/i{issue.number}/{comment.id}"
        assert not comment.on_pull_request
    for example in hooks("issues"):
        msgspec.convert(example["issue"], wire.Issue)
    for example in (*hooks("member"), *hooks("org_block")):
        msgspec.convert(example.get("member") or example["blocked_user"], wire.User)
        assert example["sender"]["id"]
    for example in (*hooks("discussion"), *hooks("discussion_comment")):
        user = msgspec.convert((example.get("comment") or example["discussion"])["user"], wire.User)
        assert user.login
        assert example["repository"]["id"] == msgspec.convert(example["repository"], wire.Repository).id


def test_the_stand_in_shows_only_what_github_shows() -> None:
    world = World(FakeClock())
    owner = world.add_user("octo", "Organization")
    repo = world.add_repo(owner, "bikes")
    issue = world.add_issue(repo, world.add_user("ann"), "A question", "Why?", pull=True)
    said = world.add_comment(repo, issue.number, owner, "Because.")
    real_issue, real_comment = calls("paginate-issues")[0]["response"][0], hooks("issue_comment")[0]["comment"]
    assert set(shown.rest_issue(repo, issue)) <= set(real_issue) | MEDIA | SHOWN_NOW
    assert set(shown.rest_comment(repo, said)) <= set(real_comment) | MEDIA | {"reactions"}
    assert set(shown.rest_user(owner) or {}) <= set(real_issue["user"])
    real_repo = hooks("discussion")[0]["repository"]
    assert set(shown.rest_repo(repo)) <= set(real_repo) | {"permissions", "has_discussions"}
