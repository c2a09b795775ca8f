"""Issues and their comments, and pull requests if wanted: two lists, and a count against deletions.

GitHub tells nobody of a deleted comment, and the issue does not move. But each issue comes with the number of its
comments: where that is not what we know of the thread, the thread is read whole once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from msgspec import Struct, field

from cm_console.model.errors import Gone
from cm_console.model.records import Kind, Record, Ref
from cm_console.model.time import Instant, instant
from cm_console.sources.github import documents, records, wire
from cm_console.sources.github import wire_graphql as graph
from cm_console.sources.github.lists import ListWalk, Look, Walk
from cm_console.sources.github.records import View
from cm_console.sources.github.site import PER_PAGE, Site
from cm_console.sources.github.texts import digest

KEPT_IDS = 2_000
"""Most ids of comments kept in mind for finding deletions: those of the threads that moved last."""
LONGEST = 500
"""A thread with more comments is not read whole for the sake of deletions."""


class Batch(Struct):
    """What one step brought."""

    records: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    total: int | None = None
    note: str = ""


class IssuesState(Struct):
    """How far the two lists are known, and the comments of the threads that moved last, by number."""

    issues: Walk = field(default_factory=Walk)
    comments: Walk = field(default_factory=Walk)
    ids: dict[str, list[int]] = field(default_factory=dict)


NOTHING = graph.Beside()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for: nothing from before `oldest`; pull requests or not."""

    oldest: Instant | None
    pulls: bool


class IssuesPull:
    """One pull of the issues of one repository."""

    def __init__(self, site: Site, view: View, state: IssuesState, wanted: Wanted) -> None:
        self._site, self._view, self._state, self._wanted = site, view, state, wanted
        self._path = f"{view.repo.path}/issues"
        self._ids = {int(number): set(ids) for number, ids in state.ids.items()}
        self._counts: dict[int, int] = {}
        self._first = not state.issues.done

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Bring what is new."""
        issues = ListWalk(
            self._site, self._path, {"state": "all"}, self._state.issues, list[wire.Issue], _look_of_issue
        )
        comments = ListWalk(
            self._site, f"{self._path}/comments", {}, self._state.comments, list[wire.Comment], _look_of_comment
        )
        whole = self._first and not self._state.issues.place
        async with aclosing(issues.run()) as pages:
            async for listed in pages:
                yield Batch(self._opened(listed, whole=whole), total=issues.total)
        async with aclosing(comments.run()) as pages:
            async for found in pages:
                yield await self._said(found, total=comments.total)
        for note in filter(None, (issues.note, comments.note)):
            yield Batch(note=note)
        async with aclosing(self._mend(issues.missing, comments.missing)) as batches:
            async for batch in batches:
                self._state.ids = self._kept()
                yield batch
        issues.finish()
        comments.finish()
        self._state.ids = self._kept()

    def _opened(self, issues: Iterable[wire.Issue], *, whole: bool) -> list[Record]:
        made: list[Record] = []
        for issue in filter(self._is_wanted, issues):
            self._counts[issue.number] = issue.comments
            inside = self._wanted.oldest is None or instant(issue.created_at) >= self._wanted.oldest
            if issue.comments == 0 or (whole and inside):
                self._ids.setdefault(issue.number, set())
            made += records.issue(issue, self._view)
        return records.once(made)

    def _is_wanted(self, issue: wire.Issue) -> bool:
        return self._wanted.pulls or issue.pull_request is None

    async def _said(self, comments: Sequence[wire.Comment], total: int | None = None) -> Batch:
        comments = [one for one in comments if one.number and (self._wanted.pulls or not one.on_pull_request)]
        made = await self._older_threads(comments)
        beside = await beside_of(self._site, comments)
        for one in comments:
            self._ids.get(one.number, set()).add(one.id)
            told = beside.get(one.id, NOTHING)
            links = records.profiles(told.author) if told.author else ()
            made += records.comment(one, self._view, hidden=told.isMinimized, links=links)
        return Batch(records.once(made), total=total)

    async def _older_threads(self, comments: Iterable[wire.Comment]) -> list[Record]:
        """The threads of comments older than our history that were edited within it: nobody brought them yet."""
        oldest, made = self._wanted.oldest, list[Record]()
        if oldest is None:
            return made
        old = {one.number for one in comments if instant(one.created_at) < oldest}
        for number in sorted(old - self._counts.keys() - self._ids.keys()):
            issue = await self._issue(number)
            made += [] if issue is None else records.issue(issue, self._view)
        return made

    async def _issue(self, number: int) -> wire.Issue | None:
        try:
            issue = await self._site.read(f"{self._path}/{number}", wire.Issue)
        except Gone:
            return None
        return issue if issue.number == number else None  # it was moved: we were sent to another place

    async def _mend(self, issues: Iterable[str], comments: Iterable[str]) -> AsyncGenerator[Batch, None]:
        """Find what was deleted: issues and comments that vanished from their windows, and by counting."""
        for number in map(int, issues):
            if await self._issue(number) is None:
                spot = self._view.repo.spot(number)
                ids = self._ids.pop(number, set())
                refs = [Ref(Kind.THREAD, spot.thread), *(Ref(Kind.POST, str(spot.at(id))) for id in sorted(ids))]
                yield Batch(gone=[*refs, Ref(Kind.POST, str(spot))])
        for name in comments:
            thread, _, id = name.partition("/")
            if int(thread) not in self._counts and await self._is_gone(id):
                self._ids.get(int(thread), set()).discard(int(id))
                yield Batch(gone=[Ref(Kind.POST, str(self._view.repo.spot(int(thread)).at(id)))])
        for number, count in self._counts.items():
            known = self._ids.get(number)
            unsure = known is None and not self._first
            if count <= LONGEST and (unsure or (known is not None and len(known) != count)):
                yield await self._recount(number, known or set())

    async def _is_gone(self, id: str) -> bool:
        try:
            await self._site.get(f"{self._path}/comments/{id}")
        except Gone:
            return True
        return False

    async def _recount(self, number: int, known: set[int]) -> Batch:
        """Read a thread whole: what is in it, and what is no longer."""
        comments: list[wire.Comment] = []
        for page in range(1, LONGEST // PER_PAGE + 2):
            query = {"per_page": PER_PAGE, "page": page}
            found = await self._site.read(f"{self._path}/{number}/comments", list[wire.Comment], query)
            comments += found
            if len(found) < PER_PAGE:
                break
        there = {one.id for one in comments}
        self._ids[number] = there
        batch = await self._said([one for one in comments if one.id not in known])
        spot = self._view.repo.spot(number)
        batch.gone = [Ref(Kind.POST, str(spot.at(id))) for id in sorted(known - there)]
        return batch

    def _kept(self) -> dict[str, list[int]]:
        kept: dict[str, list[int]] = {}
        room = KEPT_IDS
        for number in dict.fromkeys((*self._counts, *self._ids)):
            ids = self._ids.get(number)
            if ids is not None and len(ids) < room:
                kept[str(number)] = sorted(ids)
                room -= len(ids) + 1
        return kept


async def beside_of(site: Site, comments: Sequence[wire.Comment]) -> dict[int, graph.Beside]:
    """What REST does not tell of these comments, by their ids."""
    found: dict[int, graph.Beside] = {}
    ids = [one.node_id for one in comments if one.node_id]
    for start in range(0, len(ids), PER_PAGE):
        part = ids[start : start + PER_PAGE]
        answer = await site.ask(documents.BESIDE, graph.Nodes, {"ids": part}, partial=True)
        found |= {one.databaseId: one for one in answer.nodes if one and one.databaseId is not None}
    return found


def _look_of_issue(issue: wire.Issue) -> Look:
    assigned = [user.id for user in issue.assignees or []]
    reactions = issue.reactions.total_count if issue.reactions else 0
    mark = digest(issue.title, issue.body, issue.state, assigned, issue.comments, reactions)
    return Look(str(issue.number), instant(issue.updated_at), mark)


def _look_of_comment(comment: wire.Comment) -> Look:
    reactions = comment.reactions.total_count if comment.reactions else 0
    return Look(f"{comment.number}/{comment.id}", instant(comment.updated_at), digest(comment.body, reactions))
