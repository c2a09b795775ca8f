"""GitHub, also GitHub Enterprise: issues, pull requests if wanted, and Discussions of one or several repositories.

Facts: https://docs.github.com/rest and https://docs.github.com/graphql . 5,000 requests and 5,000 GraphQL points an
hour; a sync without news costs one point a repository. First the newest: history goes back as far as the setting says.

What the token needs. Fine-grained (Settings > Developer settings > Fine-grained tokens, resource owner: whose the
repositories are): Metadata: Read for anything; Issues: Read to read issues, Read and write to answer, edit, remove,
hide, close, lock and assign; Pull requests likewise if they are wanted; Discussions: Read to read them, Read and write
to answer, solve and moderate; the organisation permission Blocking users: Read and write to ban. Classic: scope `repo`
(`public_repo` if all is public), and `admin:org` to ban, or `user` where the repositories are one's own. The account
also needs a role in the repository: Triage to hide, close, assign and choose answers; Write to lock and to edit or
remove what others wrote; Admin to remove whole issues.

A comment this console writes ends in a hidden marker by which it is found again if an answer is lost; readers never see
it. A new thread is published in the place `issues` or in a category of Discussions; if there are several repositories,
in `bikes: issues` (or just `bikes`) or `bikes: General`. HIDE minimises a comment, SPAM does so as spam; only comments
can be hidden. REMOVE deletes for good. ASSIGN puts one colleague in place of whoever was assigned. BAN blocks for good:
GitHub's programs know no end. Reports that members send to GitHub are seen by nobody but its staff, and there are no
private messages. The website and the name on X that people give in their profiles come with discussions and comments,
for suggestions who is the same person; mail addresses are not asked for.

It cannot see: reviews and comments on lines of code; who reacted; when somebody joined; a comment on an issue that a
colleague minimises, until it changes; a deletion in an issue that is not among the 40 that moved last; an edit or
deletion in a discussion further back than its newest comments, or not among the 25 that moved last.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import SAFE, Action, Receipt, Replay, Verb, find
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.github.site import Site

__all__ = ["GitHub", "GitHubSettings"]


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """What `source add github` asks for."""

    repos: str = setting(
        "The repositories, as owner/name, with a comma between several.",
        where="the address of each in the browser",
        example="octo-org/bikes,octo-org/helmets",
    )
    token: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "A token of the account that answers and decides.",
        where="github.com > Settings > Developer settings > Fine-grained tokens: Metadata: Read, Issues and "
        "Discussions: Read and write; for bans the organisation permission Blocking users: Read and write",
        example="env:GITHUB_TOKEN",
    )
    pull_requests: bool = setting(
        "Bring pull requests too? Their conversation comes, reviews and comments on lines of code do not.",
        example="true",
        default=False,
    )
    history: int = setting("Days to go back on the first sync; 0 is everything.", example="90", default=365)
    api: str = setting(
        "The address of the API; only GitHub Enterprise has another.",
        where="GitHub Enterprise Server: https://YOUR-HOST/api/v3; with data residency: https://api.YOUR-NAME.ghe.com",
        example="https://github.example.org/api/v3",
        default="https://api.github.com",
    )


class GitHub:
    """Issues and Discussions on GitHub: threads, the team, comments, moderation."""

    name: ClassVar[str] = "github"
    settings: ClassVar[type] = GitHubSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.MEMBERS, Feed.THREADS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        Verb.REPLY: find(settle=30.0),
        Verb.PUBLISH: find(settle=30.0),
        **dict.fromkeys((Verb.EDIT, Verb.REMOVE, Verb.HIDE, Verb.SPAM, Verb.RESTORE), SAFE),
        **dict.fromkeys((Verb.CLOSE, Verb.REOPEN, Verb.LOCK, Verb.UNLOCK, Verb.ASSIGN, Verb.UNASSIGN), SAFE),
        **dict.fromkeys((Verb.SOLVE, Verb.UNSOLVE, Verb.BAN, Verb.UNBAN), SAFE),
    }

    def __init__(self, settings: GitHubSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Site | None = None

    @property
    def budget(self) -> Budget | None:
        """The tighter of the two budgets as last seen: requests, and GraphQL points."""
        return self._made.budget if self._made is not None else None

    async def check(self) -> Identity:
        """Ask who we are, and try what the token may do."""
        from cm_console.sources.github.identity import identity

        return await identity(self._site, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new; see the module of each feed for what GitHub lets one see."""
        if feed is Feed.MEMBERS:
            from cm_console.sources.github.members import MembersPull

            return MembersPull(self._site, cursor).pages()
        from cm_console.sources.github.threads import ThreadsPull

        return ThreadsPull(self._site, cursor, self._settings.history, pulls=self._settings.pull_requests).pages()

    async def push(self, action: Action) -> Receipt:
        """Carry it out, unless the target is not what the person saw."""
        from cm_console.sources.github.carrying import carry_out

        return await carry_out(self._site, action)

    async def find(self, action: Action) -> Receipt | None:
        """Look for what a lost attempt may have made."""
        from cm_console.sources.github import looking

        return await looking.find(self._site, action)

    async def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            await self._made.gate.close()

    @property
    def _site(self) -> Site:
        if self._made is None:
            from cm_console.sources.github.site import Site

            self._made = Site(self._settings.api, self._settings.token, self._settings.repos, self._clock)
        return self._made
