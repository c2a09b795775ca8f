"""How the stand-in shows its world: REST's JSON, and the objects that GraphQL documents pick from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cm_console.model.time import iso
from tests.servers.github_world import ROLES, Discussion, Issue, Repo, Said, User, World, cook

WEB = "https://github.com"
API = "https://api.github.com"


def rest_user(user: User | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {"login": user.login, "id": user.id, "type": user.type, "html_url": f"{WEB}/{user.login}"}


def association(repo: Repo, user: User | None) -> str:
    return "COLLABORATOR" if user in repo.tied else "CONTRIBUTOR"


def rest_repo(repo: Repo) -> dict[str, Any]:
    level = ROLES.index(repo.role)
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": rest_user(repo.owner),
        "private": repo.private,
        "html_url": f"{WEB}/{repo.full_name}",
        "has_issues": repo.has_issues,
        "has_discussions": repo.has_discussions,
        "archived": repo.archived,
        "permissions": {
            "admin": level >= 4,
            "maintain": level >= 4,
            "push": level >= 3,
            "triage": level >= 2,
            "pull": True,
        },
    }


def rest_issue(repo: Repo, issue: Issue) -> dict[str, Any]:
    kind = "pull" if issue.pull else "issues"
    data = {
        "id": 10_000_000 + repo.id * 1000 + issue.number,
        "node_id": f"I_{repo.id}_{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "user": rest_user(issue.user),
        "state": issue.state,
        "state_reason": issue.reason,
        "locked": bool(issue.locked),
        "assignee": rest_user(issue.assignees[0]) if issue.assignees else None,
        "assignees": [rest_user(user) for user in issue.assignees],
        "comments": len(repo.said_in(issue.number)),
        "created_at": iso(issue.created),
        "updated_at": iso(issue.updated),
        "author_association": association(repo, issue.user),
        "body": issue.body or None,
        "body_html": cook(issue.body) or None,
        "body_text": issue.body or None,
        "html_url": f"{WEB}/{repo.full_name}/{kind}/{issue.number}",
        "reactions": {"total_count": issue.reactions, "+1": issue.reactions},
    }
    return data | ({"pull_request": {"url": f"{API}/pulls/{issue.number}"}} if issue.pull else {})


def rest_comment(repo: Repo, said: Said) -> dict[str, Any]:
    kind = "pull" if repo.issues[said.thread].pull else "issues"
    return {
        "id": said.id,
        "node_id": said.node,
        "user": rest_user(said.user),
        "created_at": iso(said.created),
        "updated_at": iso(said.updated),
        "author_association": association(repo, said.user),
        "body": said.body,
        "body_html": cook(said.body),
        "body_text": said.body,
        "html_url": f"{WEB}/{repo.full_name}/{kind}/{said.thread}#issuecomment-{said.id}",
        "issue_url": f"{API}/repos/{repo.full_name}/issues/{said.thread}",
        "reactions": {"total_count": said.reactions},
    }


def actor(user: User | None) -> dict[str, Any] | None:
    if user is None:
        return None
    login = user.login.removesuffix("[bot]") if user.type == "Bot" else user.login
    made = {"__typename": user.type, "login": login, "url": f"{WEB}/{user.login}", "databaseId": user.id}
    return made | (
        {"websiteUrl": user.site or None, "twitterUsername": user.handle or None} if user.type == "User" else {}
    )


def connection(items: Sequence[Any], show: Callable[[Any], Any], key: Callable[[Any], str]) -> Callable[..., Any]:
    """A list as GraphQL gives it: in parts, each going on after the key of the last before it."""

    def part(first: int | None = None, last: int | None = None, after: str | None = None, **_: object) -> Any:
        assert first is not None or last is not None, "GitHub wants `first` or `last`"
        assert (first or last or 0) <= 100, "GitHub gives at most 100"
        keys = [key(item) for item in items]
        start = 0 if after is None else next((n for n, k in enumerate(keys) if k > after), len(items))
        chosen = items[start:][:first] if first is not None else items[-(last or 0) :]
        more = first is not None and start + len(chosen) < len(items)
        end = key(chosen[-1]) if chosen else None
        info = {"hasNextPage": more, "endCursor": end}
        return {"totalCount": len(items), "nodes": [show(item) for item in chosen], "pageInfo": info}

    return part


def shown_said(world: World, repo: Repo, said: Said) -> dict[str, Any]:
    """A comment or reply in a discussion."""
    home = repo.discussions[said.thread]
    replies = repo.talk_in(said.thread, said.node) if not said.parent else []
    return {
        "__typename": "DiscussionComment",
        "id": said.node,
        "url": f"{WEB}/{repo.full_name}/discussions/{said.thread}#discussioncomment-{said.id}",
        "createdAt": iso(said.created),
        "updatedAt": iso(said.updated),
        "lastEditedAt": iso(said.edited),
        "deletedAt": iso(said.deleted),
        "isMinimized": said.hidden,
        "isAnswer": home.answer == said.node,
        "upvoteCount": 1,
        "body": said.body,
        "bodyHTML": cook(said.body),
        "author": actor(said.user),
        "authorAssociation": association(repo, said.user),
        "replyTo": {"id": said.parent} if said.parent else None,
        "replies": connection(replies, lambda one: shown_said(world, repo, one), lambda one: f"{one.id:012d}"),
        "discussion": lambda: shown_discussion(world, repo, home),
    }


def shown_discussion(world: World, repo: Repo, found: Discussion) -> dict[str, Any]:
    """A discussion."""
    talk = repo.talk_in(found.number)
    return {
        "__typename": "Discussion",
        "id": found.node,
        "number": found.number,
        "title": found.title,
        "url": f"{WEB}/{repo.full_name}/discussions/{found.number}",
        "createdAt": iso(found.created),
        "updatedAt": iso(found.updated),
        "lastEditedAt": iso(found.edited),
        "closed": found.closed,
        "locked": bool(found.locked),
        "upvoteCount": found.upvotes,
        "body": found.body,
        "bodyHTML": cook(found.body),
        "author": actor(found.user),
        "authorAssociation": association(repo, found.user),
        "category": shown_category(world, found.category),
        "answerChosenAt": iso(found.answered) if found.answer else None,
        "answer": {"id": found.answer} if found.answer else None,
        "repository": {"databaseId": repo.id},
        "comments": connection(talk, lambda one: shown_said(world, repo, one), lambda one: f"{one.id:012d}"),
    }


def shown_category(world: World, name: str) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-")
    return {"id": f"DIC_{slug}", "name": name, "slug": slug, "isAnswerable": world.categories[name]}


def shown_repo(world: World, repo: Repo) -> dict[str, Any]:
    """A repository with its discussions."""

    def discussions(orderBy: dict[str, str], **part: Any) -> Any:
        name = "updated" if orderBy["field"] == "UPDATED_AT" else "created"
        assert orderBy["direction"] == "DESC"

        def key(one: Discussion) -> str:
            return f"{10**14 - getattr(one, name):015d}.{10**9 - one.number:010d}"

        newest = sorted(repo.discussions.values(), key=key)
        return connection(newest, lambda one: shown_discussion(world, repo, one), key)(**part)

    def one(number: int) -> Any:
        found = repo.discussions.get(number)
        return shown_discussion(world, repo, found) if found else None

    names = list(world.categories)
    categories = connection(names, lambda name: shown_category(world, name), str)
    return {"discussions": discussions, "discussion": one, "discussionCategories": categories}
