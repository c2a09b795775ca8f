"""Who we are on GitHub, and what this token may really do.

A classic token tells its scopes. A fine-grained one tells nothing of itself: what can be read is tried, and of writing
only the account's role in each repository is known; a write it may not do is refused with the right to ask for.
"""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Refused, Unauthorized
from cm_console.model.length import Markup, TextRules
from cm_console.model.source import Feed, Identity
from cm_console.sources.github import documents, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.answers import scopes
from cm_console.sources.github.blocking import block_right, blocks_path
from cm_console.sources.github.discussions import RIGHT
from cm_console.sources.github.site import Repo, Site
from cm_console.sources.github.texts import BODY_LIMIT, MARK

TRIAGE = frozenset(
    {Verb.CLOSE, Verb.REOPEN, Verb.ASSIGN, Verb.UNASSIGN, Verb.HIDE, Verb.SPAM, Verb.RESTORE, Verb.SOLVE, Verb.UNSOLVE}
)
WRITE = frozenset({Verb.LOCK, Verb.UNLOCK})
"""The least role that a verb takes; whoever may read may write, edit and remove their own words."""
BLOCKING = frozenset({Verb.BAN, Verb.UNBAN})
ON_ISSUES = frozenset({Verb.ASSIGN, Verb.UNASSIGN})
ON_DISCUSSIONS = frozenset({Verb.SOLVE, Verb.UNSOLVE})
ISSUES_READ = "the token's permission Issues: Read (or the scope 'repo'; 'public_repo' for public repositories)"


async def identity(site: Site, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask who we are, and find out for each feed and verb whether it is there for us; else which right is missing."""
    answer = await site.get("/user")
    me, granted = answer.decode(wire.User), scopes(answer)
    repos = await site.repos()
    missing: dict[str, str] = _by_role(repos)
    missing |= await _by_trying(site, repos)
    if granted is not None and not granted & _enough(repos):
        words = f"the token's scope {' or '.join(sorted(_enough(repos)))}"
        missing |= dict.fromkeys((verb for verb in verbs if verb not in BLOCKING), words)
    missing |= await _blocking(site, repos)
    return Identity(
        member=str(me.id),
        name=me.login,
        version=answer.headers.get("x-github-enterprise-version", ""),
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=answer.at,
        some={
            **dict.fromkeys(ON_ISSUES, "*/i*"),
            **dict.fromkeys(ON_DISCUSSIONS, "*/d*"),
            **dict.fromkeys((Verb.HIDE, Verb.SPAM), "*/*/*"),
        },
        text=TextRules(Markup.MARKDOWN, BODY_LIMIT - MARK),
    )


def _enough(repos: list[Repo]) -> frozenset[str]:
    """The scopes of a classic token of which one is enough for all these repositories."""
    return frozenset({"repo"} if any(repo.facts.private for repo in repos) else {"repo", "public_repo"})


def _by_role(repos: list[Repo]) -> dict[str, str]:
    """What the account's roles do not allow in any of the repositories, and what none of them has."""
    missing: dict[str, str] = {}
    names = ", ".join(repo.name for repo in repos)
    where = f"in {names} (an admin gives it: Settings > Collaborators and teams)"
    rights = [repo.facts.permissions for repo in repos]
    if not any(right.push or right.maintain or right.admin for right in rights):
        missing |= dict.fromkeys(WRITE, f"the Write role {where}")
        if not any(right.triage for right in rights):
            missing |= dict.fromkeys(TRIAGE, f"the Triage role {where}")
    if not any(repo.facts.has_issues for repo in repos):
        missing |= dict.fromkeys(ON_ISSUES, "issues switched on (repository Settings > General > Features)")
    if not any(repo.facts.has_discussions for repo in repos):
        missing |= dict.fromkeys(ON_DISCUSSIONS, "Discussions switched on (repository Settings > General > Features)")
    return missing


async def _by_trying(site: Site, repos: list[Repo]) -> dict[str, str]:
    """Reads that are refused."""
    lacking = [f"read access to {name}" for name in site.unseen]
    for repo in repos:
        if repo.facts.has_issues:
            try:
                await site.get(f"{repo.path}/issues", {"per_page": 1})
            except (Gone, Unauthorized) as error:
                lacking.append(f"{ISSUES_READ} in {repo.name}" if error.status != 410 else f"issues in {repo.name}")
        if repo.facts.has_discussions:
            kind = graph.InRepository[graph.Discussions]
            try:
                await site.ask(documents.HEADS, kind, repo.named | {"first": 1, "after": None})
            except (Gone, Unauthorized, Refused):
                lacking.append(f"{RIGHT} in {repo.name}")
    return {Feed.THREADS: "; ".join(lacking)} if lacking else {}


async def _blocking(site: Site, repos: list[Repo]) -> dict[str, str]:
    """May we read whom the owners block? Who may not cannot block either."""
    missing: dict[str, str] = {}
    for repo in repos:
        path = await blocks_path(site, repo)
        try:
            if path is not None:
                await site.get(path, {"per_page": 1})
                continue
        except (Gone, Unauthorized) as error:
            if error.status == 401:
                raise
        missing |= dict.fromkeys(BLOCKING, block_right(repo))
    return missing
