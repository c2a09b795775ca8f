"""A stateful stand-in for GitHub on loopback; also a program: `python -m tests.servers.github --help`.

It answers what the source asks, the way GitHub does where that matters: ETags and 304, Link headers, seconds in times,
silence about who may not see, budgets in headers, limits told with 403, permissions named in headers, and GraphQL
answers that hold what was asked for and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import sys
from collections.abc import Callable, Sequence
from re import Match
from typing import Any
from urllib.parse import urlencode

import msgspec

from cm_console.model.time import HOUR, Instant, SystemClock, parse_iso
from tests.servers import github_json as shown
from tests.servers.github_graphql import answer
from tests.servers.github_world import ROLES, Issue, Refusal, Repo, Said, User, World
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen
from tests.servers.routes import Routes

TOKEN = "github_pat_0123456789abcdef"
NO_TOKEN_RIGHT = "Resource not accessible by personal access token"

route = Routes["GitHubServer"](repo="/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)", n=r"(\d+)")


def is_write(seen: Seen) -> bool:
    """Does this request change something? GraphQL asks by POST too."""
    return seen.write and not (seen.path.endswith("/graphql") and seen.json()["query"].lstrip().startswith("query"))


class GitHubServer(LoopbackServer):
    """One GitHub with one token, which acts as `me`.

    Attributes:
        token: the one that works; change it to make ours worthless.
        scopes: what a classic token may, None for a fine-grained one.
        lacks: permissions (`issues=write`) that a fine-grained token does not have.
        silent: say 404 instead of 403 where an account may not write.
        page_limit: the last page of a repository's comments that may be asked for.
        keyset: Link headers with `after` instead of `page`.
        prefix: where REST lives, as on GitHub Enterprise Server.
        answered: every request with its answer.
    """

    def __init__(self, clock: Now, *, delay: float = 0.0) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock = clock
        self.world = World(clock)
        self.me = self.world.add_user("bikes-team")
        self.org = self.world.add_user("octo", "Organization")
        self.repo = self.world.add_repo(self.org, "bikes")
        self.repo.team.append(self.me)
        self.token = TOKEN
        self.scopes: str | None = None
        self.lacks: set[str] = set()
        self.silent = self.keyset = False
        self.prefix = ""
        self.used = {"core": 0, "graphql": 0}
        self.limits = {"core": 5000, "graphql": 5000}
        self.hidden_as: dict[str, str] = {}
        self.page_limit = 10_000
        self.answered: list[tuple[Seen, Reply]] = []

    def has(self, repo: Repo, role: str) -> bool:
        return ROLES.index(repo.role) >= ROLES.index(role)

    def permit(self, permission: str, *, graphql: bool = False) -> None:
        """Refuse what the token may not."""
        if permission in self.lacks or permission.replace("=write", "=read") in self.lacks:
            headers = {"x-accepted-github-permissions": permission}
            raise Refusal(200 if graphql else 403, NO_TOKEN_RIGHT, headers, "FORBIDDEN")
        if self.scopes is not None and permission.endswith("=write") and "repo" not in self.scopes:
            kind, words = "INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes: ['repo']"
            raise Refusal(200 if graphql else 404, words if graphql else "Not Found", kind=kind)

    def may(self, repo: Repo, role: str, *, own: bool = False) -> None:
        """Refuse what the account may not."""
        self.permit("issues=write")
        if repo.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        if not own and not self.has(repo, role):
            raise Refusal(404, "Not Found") if self.silent else Refusal(403, "Must have admin rights to Repository.")

    def admits_words(self, body: str, *, locked: bool = False) -> None:
        if locked:
            raise Refusal(403, "Unable to create comment because issue is locked.", kind="FORBIDDEN")
        if not body.strip() or len(body) > 65_536:
            raise Refusal(422, "Validation Failed: body is too long (maximum is 65536 characters)")

    def throttled(self, until: Instant) -> Reply:
        """GitHub's primary limit, told with 403."""
        body = {"message": f"API rate limit exceeded for user ID {self.me.id}.", "documentation_url": "https://docs"}
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "5000"}
        return Reply(body, 403, headers | {"x-ratelimit-reset": str(-(-until // 1000))})

    def handle(self, seen: Seen) -> Reply:
        """Answer one request."""
        try:
            reply = self._answer_to(seen)
        except Refusal as refusal:
            reply = Reply({"message": str(refusal)}, refusal.status, refusal.headers)
        resource = "graphql" if seen.path.endswith("graphql") else "core"
        self.used[resource] += reply.status != 304
        limit = self.limits[resource]
        told = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(limit - self.used[resource], 0)),
            "x-ratelimit-reset": str((self.clock.now() + HOUR) // 1000),
            "x-ratelimit-resource": resource,
            **({} if self.scopes is None else {"x-oauth-scopes": self.scopes, "x-accepted-oauth-scopes": "repo"}),
        }
        reply = Reply(reply.data, reply.status, told | dict(reply.headers))
        self.answered.append((seen, reply))
        return reply

    def _answer_to(self, seen: Seen) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "Bad credentials")
        assert seen.headers.get("user-agent"), "GitHub refuses those who do not say who they are"
        if seen.path == ("/api/graphql" if self.prefix else "/graphql"):
            body = seen.json()
            return Reply(answer(self, body["query"], body.get("variables") or {}))
        path = seen.path.removeprefix(self.prefix)
        reply = route.answer(self, seen, path)
        if reply is None:
            raise Refusal(404, "Not Found")
        return self._tagged(seen, reply)

    def _tagged(self, seen: Seen, reply: Reply) -> Reply:
        if seen.method != "GET" or reply.status != 200:
            return reply
        etag = f'W/"{hashlib.sha256(msgspec.json.encode(reply.data)).hexdigest()}"'
        headers = {**reply.headers, "etag": etag}
        if seen.headers.get("if-none-match") == etag:
            return Reply(None, 304, headers)
        return Reply(reply.data, 200, headers)

    def listed(self, seen: Seen, items: Sequence[Any], show: Callable[[Any], object]) -> Reply:
        """One page of a list, with the Link header to the others."""
        size, page = int(seen.one("per_page", "30")), int(seen.one("page", "1"))
        assert size <= 100
        if page > self.page_limit and seen.path.endswith("/issues/comments"):
            raise Refusal(422, "In order to keep the API fast for everyone, pagination is limited for this resource.")
        start = (page - 1) * size
        if self.keyset and (after := seen.one("after")):
            start = next((n + 1 for n, item in enumerate(items) if str(id(item)) == after), len(items))
        part = items[start : start + size]
        asked = {name: values[0] for name, values in seen.query.items() if name not in ("page", "after")}
        links = []
        if start + size < len(items):
            following = {"after": str(id(part[-1]))} if self.keyset else {"page": str(page + 1)}
            links.append((following, "next"))
            if not self.keyset:
                links.append(({"page": str(-(-len(items) // size))}, "last"))
        told = ", ".join(
            f'<https://api.github.com/repositories/1/x?{urlencode(asked | more)}>; rel="{rel}"' for more, rel in links
        )
        return Reply([show(item) for item in part], headers={"link": told} if told else {})

    def repo_of(self, found: Match[str]) -> Repo:
        return self.world.repo_named(found["owner"], found["name"])

    def issue_of(self, found: Match[str]) -> tuple[Repo, Issue]:
        repo = self.repo_of(found)
        issue = repo.issues.get(int(found[3]))
        if issue is None:
            raise Refusal(404, "Not Found")
        return repo, issue

    def comment_of(self, found: Match[str]) -> tuple[Repo, Said]:
        repo = self.repo_of(found)
        said = repo.comments.get(int(found[3]))
        if said is None:
            raise Refusal(404, "Not Found")
        return repo, said


def _moved(seen: Seen, items: Sequence[Any]) -> list[Any]:
    """Those that moved since, in the order asked for."""
    since = parse_iso(seen.one("since")) if seen.one("since") else 0
    by = "updated" if seen.one("sort") == "updated" else "created"
    found = [item for item in items if item.updated >= since]
    newest_first = seen.one("direction", "desc" if "state" in seen.query else "asc") == "desc"
    key: Callable[[Any], tuple[int, int]] = lambda item: (getattr(item, by), getattr(item, "id", 0) or item.number)  # noqa: E731
    return sorted(found, key=key, reverse=newest_first)


@route("GET", "/user")
def whoami(server: GitHubServer, seen: Seen, _: Match[str]) -> object:
    return shown.rest_user(server.me)


@route("GET", "/user/{n}")
def user_by_id(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    user = server.world.users.get(int(found[1]))
    if user is None:
        raise Refusal(404, "Not Found")
    return shown.rest_user(user)


@route("GET", "{repo}")
def repo(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    return shown.rest_repo(server.repo_of(found))


@route("GET", "{repo}/assignees")
def assignees(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    return server.listed(seen, server.repo_of(found).team, shown.rest_user)


@route("GET", "{repo}/issues")
def issues(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo = server.repo_of(found)
    if not repo.has_issues:
        raise Refusal(410, "Issues are disabled for this repo")
    server.permit("issues=read")
    there = [one for one in repo.issues.values() if seen.one("state", "open") in ("all", one.state)]
    if creator := seen.one("creator"):
        there = [one for one in there if one.user and one.user.login == creator]
    return server.listed(seen, _moved(seen, there), lambda issue: shown.rest_issue(repo, issue))


@route("POST", "{repo}/issues")
def open_issue(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, body = server.repo_of(found), seen.json()
    server.may(repo, "read")
    server.admits_words(body["body"])
    made = server.world.add_issue(repo, server.me, body["title"], body["body"])
    return Reply(shown.rest_issue(repo, made), 201)


@route("GET", "{repo}/issues/comments")
def comments(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo = server.repo_of(found)
    server.permit("issues=read")
    there = _moved(seen, [*repo.comments.values()])
    return server.listed(seen, there, lambda said: shown.rest_comment(repo, said))


@route("GET", "{repo}/issues/comments/{n}")
def one_comment(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    return shown.rest_comment(*server.comment_of(found))


@route("PATCH", "{repo}/issues/comments/{n}")
def edit_comment(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, said = server.comment_of(found)
    server.may(repo, "write", own=said.user is server.me)
    server.admits_words(seen.json()["body"])
    server.world.edit(said, seen.json()["body"])
    return shown.rest_comment(repo, said)


@route("DELETE", "{repo}/issues/comments/{n}")
def delete_comment(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, said = server.comment_of(found)
    server.may(repo, "write", own=said.user is server.me)
    del repo.comments[said.id]
    return Reply(status=204)


@route("GET", "{repo}/issues/{n}")
def one_issue(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    return shown.rest_issue(*server.issue_of(found))


@route("PATCH", "{repo}/issues/{n}")
def change_issue(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, issue = server.issue_of(found)
    body = seen.json()
    server.may(repo, "triage" if set(body) <= {"state", "state_reason", "assignees"} else "write")
    issue.title, issue.state = body.get("title", issue.title), body.get("state", issue.state)
    issue.body, issue.reason = body.get("body", issue.body), body.get("state_reason")
    if "assignees" in body:  # those who may not are left out without a word
        issue.assignees = [user for user in repo.team if user.login in body["assignees"]]
    issue.updated = server.world.now()
    return shown.rest_issue(repo, issue)


@route("GET", "{repo}/issues/{n}/comments")
def comments_of_issue(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, issue = server.issue_of(found)
    there = _moved(seen, repo.said_in(issue.number))
    return server.listed(seen, there, lambda said: shown.rest_comment(repo, said))


@route("POST", "{repo}/issues/{n}/comments")
def comment(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, issue = server.issue_of(found)
    server.may(repo, "read")
    server.admits_words(seen.json()["body"], locked=bool(issue.locked) and not server.has(repo, "write"))
    made = server.world.add_comment(repo, issue.number, server.me, seen.json()["body"])
    return Reply(shown.rest_comment(repo, made), 201)


@route("PUT", "{repo}/issues/{n}/lock")
def lock(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, issue = server.issue_of(found)
    server.may(repo, "write")
    reason = seen.json().get("lock_reason", "yes")
    assert reason in ("yes", "off-topic", "too heated", "resolved", "spam")
    issue.locked = reason
    return Reply(status=204)


@route("DELETE", "{repo}/issues/{n}/lock")
def unlock(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    repo, issue = server.issue_of(found)
    server.may(repo, "write")
    issue.locked = ""
    return Reply(status=204)


def _blocks(server: GitHubServer, found: Match[str]) -> set[int]:
    owner = found["org"]
    if owner:
        server.permit("organization_user_blocking=write")
        if not server.has(server.repo, "admin"):
            raise Refusal(404, "Not Found")
    else:
        server.permit("blocking=write")
    return server.world.blocks.setdefault(owner or server.me.login, set())


def _named(server: GitHubServer, login: str) -> User:
    found = next((user for user in server.world.users.values() if user.login == login), None)
    if found is None:
        raise Refusal(404, "Not Found")
    return found


BLOCKS = "(?:/orgs/(?P<org>[^/]+)|/user)/blocks"


@route("GET", BLOCKS)
def blocked(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    return [shown.rest_user(server.world.users[id]) for id in sorted(_blocks(server, found))]


@route("GET", f"{BLOCKS}/(?P<login>[^/]+)")
def is_blocked(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    if _named(server, found["login"]).id not in _blocks(server, found):
        raise Refusal(404, "Not Found")
    return Reply(status=204)


@route("PUT", f"{BLOCKS}/(?P<login>[^/]+)")
def block(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    user, blocks = _named(server, found["login"]), _blocks(server, found)
    if user.id in blocks:
        raise Refusal(422, "Blocked user has already been blocked")
    blocks.add(user.id)
    return Reply(status=204)


@route("DELETE", f"{BLOCKS}/(?P<login>[^/]+)")
def unblock(server: GitHubServer, seen: Seen, found: Match[str]) -> object:
    _blocks(server, found).discard(_named(server, found["login"]).id)
    return Reply(status=204)


def seed(server: GitHubServer, threads: int) -> None:
    """A small community: every third thread a discussion."""
    world, repo = server.world, server.repo
    people = [world.add_user(name) for name in ("ann", "leo", "mia", "zed")]
    for number in range(threads):
        user = people[number % 4]
        words = f"My chain slips in gear {number % 11}. What can I do, @{server.me.login}?"
        if number % 3 == 2:
            home = world.add_discussion(repo, user, f"How do you lubricate chain {number}?", words)
            top = world.add_talk(repo, home.number, people[(number + 1) % 4], "With wax, every 200 km.")
            world.add_talk(repo, home.number, user, "Thank you!", top.node)
        else:
            issue = world.add_issue(repo, user, f"Gear {number % 11} slips ({number})", words)
            world.add_comment(repo, issue.number, people[(number + 2) % 4], "Same here, on a *Rohloff*.")


async def serve(arguments: argparse.Namespace) -> None:
    """Run until the program is ended; prints the address first."""
    server = GitHubServer(SystemClock(), delay=arguments.delay_ms / 1000)
    server.repo.role = arguments.role
    seed(server, arguments.threads)
    await server.start(arguments.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.github --port 0`; the token is TOKEN, the repository octo/bikes."""
    parser = argparse.ArgumentParser(description=f"A GitHub stand-in; repository octo/bikes, token {TOKEN}.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=60)
    parser.add_argument("--role", choices=ROLES, default="admin")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
