"""The threads feed: issues, pull requests if wanted, and discussions of each repository, with who wrote in them.

Nothing new costs two requests that are free (304) and one GraphQL point a repository.

What GitHub shows nobody cheaply, and this feed therefore cannot see: reviews and comments on lines of code; who
reacted; a comment on an issue that a colleague minimises, until it changes; a deletion in an issue that is not among
the 40 that moved last; an edit or deletion in a discussion further back than its newest comments, or not among the 25
that moved last; when somebody joined.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.records import Record, Ref
from cm_console.model.source import PAGE_LIMIT, Cursor, Page
from cm_console.model.time import DAY, Instant, iso
from cm_console.sources.cursors import cursor_of, state_of
from cm_console.sources.github.discussions import DiscussionsPull, DiscussionsState
from cm_console.sources.github.issues import Batch, IssuesPull, IssuesState, Wanted
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Repo, Site

T = TypeVar("T")


class RepoState(Struct):
    """How far one repository is known."""

    issues: IssuesState = field(default_factory=IssuesState)
    discussions: DiscussionsState = field(default_factory=DiscussionsState)


class State(Struct):
    """How far each repository is known, by its id; `part` only makes each page's cursor differ from the one before."""

    repos: dict[str, RepoState] = field(default_factory=dict)
    part: int = 0


class ThreadsPull:
    """One pull of the threads feed."""

    def __init__(self, site: Site, cursor: Cursor | None, history: int, *, pulls: bool) -> None:
        self._site, self._pulls = site, pulls
        self._oldest = Instant(site.clock.now() - history * DAY) if history else None
        state = state_of(cursor, State)
        self._repos, self._part = state.repos, state.part
        self._before = self._place()
        self._done = 0
        self._totals: dict[str, int] = {}
        self._denied: Unauthorized | None = None

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new until caught up; the last page may be empty. A right that is missing is told at the end."""
        login = (await self._site.me()).login
        for repo in await self._site.repos():
            await self._site.team(repo)
            async with aclosing(self._of(repo, View(repo, login))) as batches:
                async for batch in batches:
                    for page in self._paged(batch):
                        yield page
        if self._denied is not None:
            raise self._denied
        note = "; ".join(self._site.unseen.values())
        yield Page((), (), _cursor(self._place(), 0), more=False, done=self._done, total=self._total, note=note)

    async def _of(self, repo: Repo, view: View) -> AsyncGenerator[Batch, None]:
        state = self._repos.setdefault(str(repo.id), RepoState())
        for walk in (state.issues.issues, state.issues.comments):
            if not walk.done and not walk.place and self._oldest is not None:
                walk.since = iso(self._oldest) or ""
        parts: list[tuple[str, IssuesPull | DiscussionsPull]] = []
        if repo.facts.has_issues:
            parts.append(("issues", IssuesPull(self._site, view, state.issues, Wanted(self._oldest, self._pulls))))
        if repo.facts.has_discussions:
            parts.append(("discussions", DiscussionsPull(self._site, view, state.discussions, self._oldest)))
        for name, part in parts:
            try:
                async with aclosing(part.batches()) as batches:
                    async for batch in batches:
                        if batch.total is not None:
                            self._totals[f"{repo.id} {name}"] = batch.total
                        yield batch
            except Gone as gone:
                yield Batch(note=f"{repo.name}: no {name} to read: {gone}")
            except Unauthorized as error:
                if error.status == 401:
                    raise
                self._denied = Unauthorized(f"{repo.name}, {name}: {error}", right=error.right, status=error.status)

    @property
    def _total(self) -> int | None:
        return max(sum(self._totals.values()), self._done) if self._totals else None

    def _paged(self, batch: Batch) -> Iterable[Page]:
        """A batch as pages; only the last carries the place behind it."""
        before, self._before = self._before, self._place()
        parts: list[tuple[list[Record], list[Ref]]] = [(part, []) for part in _chunks(batch.records)]
        parts += [([], part) for part in _chunks(batch.gone)]
        if batch.note and not parts:
            parts.append(([], []))
        for number, (found, gone) in enumerate(parts, 1):
            self._done += len(found)
            self._part += 1
            last = number == len(parts)
            cursor = _cursor(self._before if last else before, self._part)
            yield Page(tuple(found), tuple(gone), cursor, True, self._done, self._total, batch.note if last else "")

    def _place(self) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(self._repos))


def _cursor(repos: msgspec.Raw, part: int) -> Cursor:
    return cursor_of({"repos": repos, "part": part})


def _chunks(items: list[T]) -> list[list[T]]:
    return [items[start : start + PAGE_LIMIT] for start in range(0, len(items), PAGE_LIMIT)]
