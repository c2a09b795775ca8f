"""One GitHub seen through one token: addresses, requests, budgets, and what is known of us and the repositories."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from cm_console.model.errors import Gone, Malformed, Refused, Unauthorized
from cm_console.model.settings import Secret
from cm_console.model.source import Budget
from cm_console.model.text import clean_line
from cm_console.model.time import Clock
from cm_console.sources.github import documents, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.answers import faults_of, refusal
from cm_console.sources.github.ids import ISSUE, Spot
from cm_console.sources.http import Gateway
from cm_console.sources.http_answers import X_RATELIMIT, Answer, budget_of
from cm_console.sources.http_bodies import Query

T = TypeVar("T")
PER_PAGE = 100
STAFF = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""The ties to a repository (author_association) that make somebody staff."""
MEDIA = "application/vnd.github.full+json"
"""Bodies as written and as HTML."""
API_VERSION = "2022-11-28"
_ADDRESS = re.compile(r"(?:[a-z]+://(?:[^/@]+@)?|git@)[^/:]+(?::[0-9]+/|[/:])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


@dataclass
class Repo:
    """A repository, as the token sees it; `team` are those to whom issues may be assigned, None before it is read."""

    facts: wire.Repository
    team: frozenset[int] | None = None
    categories: list[graph.Category] = field(default_factory=list)

    @property
    def id(self) -> int:
        """Its number, the same after a change of name."""
        return self.facts.id

    @property
    def name(self) -> str:
        """`owner/name`."""
        return self.facts.full_name

    @property
    def path(self) -> str:
        """Where its REST addresses begin."""
        return f"/repos/{quote(self.facts.owner.login, safe='')}/{quote(self.facts.name, safe='')}"

    @property
    def named(self) -> dict[str, object]:
        """How GraphQL is told which repository."""
        return {"owner": self.facts.owner.login, "name": self.facts.name}

    def spot(self, number: int, kind: str = ISSUE) -> Spot:
        """An issue or a discussion here."""
        return Spot(self.id, kind, number)

    def staff(self, id: int | None, association: str) -> bool:
        """Is this account one of those who run the repository?"""
        return association.upper() in STAFF or (id is not None and id in (self.team or ()))


class Site:
    """Reads and writes as one account; what it learns of names it keeps as long as it lives.

    Attributes:
        budgets: by resource, REST's `core` and `graphql` apart.
        unseen: repositories of the setting that the token cannot see, and the words for it.
        skew: GitHub's clock less ours in milliseconds, as of the last answer.
    """

    def __init__(self, api: str, token: Secret, repos: str, clock: Clock) -> None:
        base, self._rest = addresses(api)
        self.clock = clock
        self.wanted = list(dict.fromkeys(map(named, repos.replace(",", " ").split())))
        headers: dict[str, str | Secret] = {
            "authorization": Secret(f"Bearer {token.reveal()}"),
            "accept": MEDIA,
            "x-github-api-version": API_VERSION,
            "x-github-next-global-id": "1",
        }
        self.gate = Gateway(
            base,
            clock=clock,
            headers=headers,
            dialect=X_RATELIMIT,
            judge=lambda answer, words: refusal(answer, words, clock.now(), self.gate.redact),
        )
        self.budgets: dict[str, Budget] = {}
        self.unseen: dict[str, str] = {}
        self.skew = 0
        self._me: wire.User | None = None
        self._repos: list[Repo] | None = None

    @property
    def budget(self) -> Budget | None:
        """The tighter of the two budgets: REST and GraphQL are counted apart."""
        return min(self.budgets.values(), key=lambda one: one.remaining / max(one.limit, 1), default=None)

    async def get(self, path: str, query: Query | None = None, *, etag: str = "") -> Answer:
        """GET a path; with an `etag`, 304 says that nothing has changed, and costs nothing."""
        headers = {"if-none-match": etag} if etag else None
        return self._noted(await self.gate.get(self._rest + path, query, headers=headers))

    async def read(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """GET a path as a typed struct."""
        return (await self.get(path, query)).decode(kind)

    async def write(self, method: str, path: str, body: object = None, *, there: str = "", role: str = "") -> Answer:
        """Change something by REST.

        GitHub also says 404 to what one may see, but not change: then `there`, which must be readable, is looked at.
        `role` is the role in the repository that this takes.
        """
        try:
            return self._noted(await self.gate.write(method, self._rest + path, body))
        except Gone as gone:
            if not there:
                raise
            await self.get(there)
            raise Unauthorized("GitHub does not let this account do that", right=role, status=gone.status) from None
        except Unauthorized as error:
            raise Unauthorized(str(error), right=error.right or role, status=error.status) from None

    async def ask(
        self, document: str, kind: type[T], given: Mapping[str, object], *, right: str = "", partial: bool = False
    ) -> T:
        """Read something by GraphQL. `partial`: what is gone is null in it, and no error."""
        answer = self._noted(await self.gate.ask("/graphql", {"query": document, "variables": given}))
        return self._data(answer, kind, right, partial=partial)

    async def tell(self, document: str, given: Mapping[str, object], *, right: str = "") -> graph.Payload:
        """Change something by GraphQL."""
        body = {"query": document, "variables": {"input": given}}
        answer = self._noted(await self.gate.write("POST", "/graphql", body))
        return self._data(answer, graph.Done, right).done or graph.Payload()

    async def me(self) -> wire.User:
        """The account whose token this is."""
        if self._me is None:
            self._me = await self.read("/user", wire.User)
        return self._me

    async def repos(self) -> list[Repo]:
        """The repositories of the setting that the token can see, asked for once; why the others are not, in `unseen`.

        Raises:
            Unauthorized: it can see none of them.
        """
        if self._repos is None:
            found: dict[int, Repo] = {}
            for name in self.wanted:
                if (repo := await self._look_up(name)) is not None:
                    found.setdefault(repo.id, repo)
            if not found:
                told = "; ".join(self.unseen.values()) or "the setting 'repos' names no repository"
                raise Unauthorized(told, right=f"read access to {', '.join(self.unseen) or 'a repository'}")
            self._repos = list(found.values())
        return self._repos

    async def repo(self, spot: Spot) -> Repo:
        """The repository of a spot; Gone if it is not (or no longer) among ours."""
        for repo in await self.repos():
            if repo.id == spot.repo:
                return repo
        raise Gone("its repository is not in the setting 'repos'")

    async def team(self, repo: Repo) -> frozenset[int]:
        """The ids of those to whom issues may be assigned: who runs the repository."""
        if repo.team is None:
            found: set[int] = set()
            page: int | None = 1
            while page is not None:
                answer = await self._team_page(repo, page)
                found |= {user.id for user in answer.decode(list[wire.User])} if answer else set()
                page = page + 1 if answer and answer.link("next") else None
            repo.team = frozenset(found)
        return repo.team

    async def _team_page(self, repo: Repo, page: int) -> Answer | None:
        try:
            return await self.get(f"{repo.path}/assignees", {"per_page": PER_PAGE, "page": page})
        except (Gone, Unauthorized) as error:
            if error.status == 401:
                raise
            return None

    async def categories(self, repo: Repo) -> list[graph.Category]:
        """The categories of its discussions, asked for once."""
        if not repo.categories and repo.facts.has_discussions:
            kind = graph.InRepository[graph.Categories]
            there = (await self.ask(documents.CATEGORIES, kind, repo.named)).repository
            repo.categories = there.discussionCategories.there if there else []
        return repo.categories

    async def _look_up(self, name: str) -> Repo | None:
        if not _NAME.fullmatch(name):
            raise Refused(f"{clean_line(name, 60)!r} is no repository: write owner/name, several with a comma between")
        try:
            return Repo(await self.read(f"/repos/{name}", wire.Repository))
        except (Gone, Unauthorized) as error:
            if error.status == 401:
                raise
            self.unseen[name] = f"{name} is not there, or this token may not see it"
            return None

    def _noted(self, answer: Answer) -> Answer:
        self.skew = answer.skew
        resource = answer.headers.get("x-ratelimit-resource", "core")
        if budget := budget_of(answer.headers, X_RATELIMIT, self.clock.now()):
            self.budgets[resource] = budget
        return answer

    def _data(self, answer: Answer, kind: type[T], right: str, *, partial: bool = False) -> T:
        envelope: graph.Envelope[T] = answer.decode(cast("Any", graph.Envelope)[kind])
        faults = envelope.errors or []
        if partial and envelope.data is not None and all(fault.type == "NOT_FOUND" for fault in faults):
            return envelope.data
        if faults:
            raise faults_of(faults, answer, self.clock.now(), right)
        if envelope.data is None:
            landed = None if answer.request.write else False
            raise Malformed("GitHub's answer holds neither data nor an error", landed=landed)
        return envelope.data


def named(repo: str) -> str:
    """A repository as owner/name, out of the address people copy from the browser or give to git."""
    path = _ADDRESS.sub("", repo)
    return path if path == repo else "/".join(path.split("/")[:2]).removesuffix(".git")


def addresses(api: str) -> tuple[str, str]:
    """Where GraphQL's address begins, and what REST's has in addition.

    `https://api.github.com` has both at its root; GitHub Enterprise Server has `/api/v3` and `/api/graphql`.
    """
    url = (api if "://" in api else f"https://{api}").strip().rstrip("/")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in ("github.com", "www.github.com"):
        return "https://api.github.com", ""
    if parts.scheme == "https" and not parts.path and not host.startswith("api."):
        url += "/api/v3"
    return (url.removesuffix("/v3"), "/v3") if url.endswith("/api/v3") else (url, "")
