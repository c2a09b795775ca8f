"""The GraphQL half of the GitHub stand-in: it gives what a document asks for, nothing else, and does what it says."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)

from tests.servers import github_json as shown
from tests.servers.github_world import Discussion, Issue, Refusal, Repo, Said

if TYPE_CHECKING:
    from tests.servers.github import GitHubServer

INTERFACES = frozenset({"Actor"})


@lru_cache
def parsed(document: str) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """The operation of a document and its fragments."""
    made = parse(document)
    operation = next(one for one in made.definitions if isinstance(one, OperationDefinitionNode))
    parts = {one.name.value: one for one in made.definitions if isinstance(one, FragmentDefinitionNode)}
    return operation, parts


def answer(server: GitHubServer, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Carry out a document; a refusal becomes an error in the answer."""
    operation, parts = parsed(document)
    picker = Picker(parts, variables)
    root = mutations(server) if operation.operation.value == "mutation" else queries(server, picker.faults)
    try:
        data = picker.pick(root, operation.selection_set)
    except Refusal as refusal:
        return {"data": None, "errors": [{"type": refusal.kind or "UNPROCESSABLE", "message": str(refusal)}]}
    return {"data": data} | ({"errors": picker.faults} if picker.faults else {})


class Picker:
    """Picks from objects what a selection names; what is a function is called with the field's arguments."""

    def __init__(self, parts: dict[str, FragmentDefinitionNode], variables: dict[str, Any]) -> None:
        self.parts, self.variables = parts, variables
        self.faults: list[dict[str, str]] = []

    def pick(self, value: Any, chosen: SelectionSetNode | None) -> Any:
        if callable(value):
            value = value()
        if value is None or chosen is None:
            return value
        if isinstance(value, list):
            return [self.pick(one, chosen) for one in value]
        made: dict[str, Any] = {}
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                made[(node.alias or node.name).value] = self._field(value, node)
                continue
            part = node if isinstance(node, InlineFragmentNode) else self.parts[node.name.value]  # type: ignore[attr-defined]  # the third kind is a spread
            kind = part.type_condition.name.value if part.type_condition else ""
            if kind in INTERFACES or kind == value["__typename"]:
                made |= self.pick(value, part.selection_set)
        return made

    def _field(self, value: dict[str, Any], node: FieldNode) -> Any:
        raw = value[node.name.value]
        given = {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in node.arguments or ()}
        return self.pick(raw(**given) if given else raw, node.selection_set)


def queries(server: GitHubServer, faults: list[dict[str, str]]) -> dict[str, Any]:
    """What can be asked for."""
    world = server.world

    def repository(owner: str, name: str) -> Any:
        repo = world.repo_named(owner, name)
        server.permit("discussions=read", graphql=True)
        return shown.shown_repo(world, repo)

    def node(id: str) -> Any:
        for repo in world.repos:
            if id in repo.talk:
                return shown.shown_said(world, repo, repo.talk[id])
        raise Refusal(200, f"Could not resolve to a node with the global id of '{id}'", kind="NOT_FOUND")

    def nodes(ids: list[str]) -> Any:
        assert len(ids) <= 100
        known = {said.node: said for repo in world.repos for said in repo.comments.values()}
        lost = "Could not resolve to a node with the id"
        faults.extend({"type": "NOT_FOUND", "message": f"{lost} '{id}'"} for id in ids if id not in known)
        found = [known.get(id) for id in ids]
        return [
            {
                "__typename": "IssueComment",
                "databaseId": one.id,
                "isMinimized": one.hidden,
                "author": shown.actor(one.user),
            }
            if one
            else None
            for one in found
        ]

    return {"repository": repository, "node": node, "nodes": nodes}


def mutations(server: GitHubServer) -> dict[str, Any]:
    """What can be done: each takes its input and gives its payload."""
    names = {name.removeprefix("do_"): getattr(Doing(server), name) for name in dir(Doing) if name.startswith("do_")}

    def of(do: Callable[[dict[str, Any]], Any]) -> Callable[..., Any]:
        return lambda input: {"__typename": "Payload", "clientMutationId": None} | (do(input) or {})

    return {name: of(do) for name, do in names.items()}


class Doing:
    """Each mutation of GitHub that the source sends."""

    def __init__(self, server: GitHubServer) -> None:
        self.server, self.world = server, server.world

    def discussion(self, id: str) -> tuple[Repo, Discussion]:
        for repo in self.world.repos:
            for found in repo.discussions.values():
                if found.node == id:
                    return repo, found
        raise Refusal(200, "Could not resolve to a Discussion", kind="NOT_FOUND")

    def said(self, id: str) -> tuple[Repo, Said]:
        for repo in self.world.repos:
            for one in (*repo.talk.values(), *repo.comments.values()):
                if one.node == id and one.deleted is None:
                    return repo, one
        raise Refusal(200, "Could not resolve to a node", kind="NOT_FOUND")

    def may(self, repo: Repo, role: str, *, own: bool = False) -> None:
        self.server.permit("discussions=write", graphql=True)
        if not own and not self.server.has(repo, role):
            raise Refusal(200, f"{self.server.me.login} does not have the correct permissions", kind="FORBIDDEN")

    def show(self, repo: Repo, found: Discussion) -> dict[str, Any]:
        return {"discussion": shown.shown_discussion(self.world, repo, found)}

    def do_addDiscussionComment(self, given: dict[str, Any]) -> Any:
        repo, found = self.discussion(given["discussionId"])
        self.may(repo, "read")
        self.server.admits_words(given["body"], locked=bool(found.locked) and not self.server.has(repo, "write"))
        parent = given.get("replyToId") or ""
        if parent and self.said(parent)[1].parent:
            raise Refusal(200, "Parent comment is already in a thread, cannot reply to it", kind="UNPROCESSABLE")
        made = self.world.add_talk(repo, found.number, self.server.me, given["body"], parent)
        return {"comment": shown.shown_said(self.world, repo, made)}

    def do_createDiscussion(self, given: dict[str, Any]) -> Any:
        repo = next(one for one in self.world.repos if f"R_{one.id}" == given["repositoryId"])
        self.may(repo, "read")
        self.server.admits_words(given["body"])
        names = {shown.shown_category(self.world, name)["id"]: name for name in self.world.categories}
        category = names[given["categoryId"]]
        made = self.world.add_discussion(repo, self.server.me, given["title"], given["body"], category)
        return self.show(repo, made)

    def do_updateDiscussion(self, given: dict[str, Any]) -> Any:
        repo, found = self.discussion(given["discussionId"])
        self.may(repo, "write", own=found.user is self.server.me)
        self.world.edit(found, given.get("body", found.body))
        found.title = given.get("title", found.title)
        return self.show(repo, found)

    def do_updateDiscussionComment(self, given: dict[str, Any]) -> Any:
        repo, said = self.said(given["commentId"])
        self.may(repo, "write", own=said.user is self.server.me)
        self.world.edit(said, given["body"])
        return {"comment": shown.shown_said(self.world, repo, said)}

    def do_deleteDiscussion(self, given: dict[str, Any]) -> Any:
        repo, found = self.discussion(given["id"])
        self.may(repo, "write")
        del repo.discussions[found.number]
        repo.talk = {node: said for node, said in repo.talk.items() if said.thread != found.number}

    def do_deleteDiscussionComment(self, given: dict[str, Any]) -> Any:
        repo, said = self.said(given["id"])
        self.may(repo, "write", own=said.user is self.server.me)
        self.world.delete_talk(repo, said.node)

    def do_deleteIssue(self, given: dict[str, Any]) -> Any:
        repo, issue = self.issue(given["issueId"])
        self.may(repo, "admin")
        del repo.issues[issue.number]
        repo.comments = {id: said for id, said in repo.comments.items() if said.thread != issue.number}

    def issue(self, id: str) -> tuple[Repo, Issue]:
        for repo in self.world.repos:
            for found in repo.issues.values():
                if f"I_{repo.id}_{found.number}" == id:
                    return repo, found
        raise Refusal(200, "Could not resolve to an Issue", kind="NOT_FOUND")

    def do_minimizeComment(self, given: dict[str, Any]) -> Any:
        repo, said = self.said(given["subjectId"])
        self.may(repo, "triage")
        assert given["classifier"] in ("ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM")
        self.server.hidden_as[said.node] = given["classifier"]
        said.hidden = True

    def do_unminimizeComment(self, given: dict[str, Any]) -> Any:
        repo, said = self.said(given["subjectId"])
        self.may(repo, "triage")
        said.hidden = False

    def do_closeDiscussion(self, given: dict[str, Any]) -> Any:
        return self._set(given["discussionId"], closed=True)

    def do_reopenDiscussion(self, given: dict[str, Any]) -> Any:
        return self._set(given["discussionId"], closed=False)

    def _set(self, id: str, *, closed: bool) -> Any:
        repo, found = self.discussion(id)
        self.may(repo, "triage")
        found.closed, found.updated = closed, self.world.now()
        return self.show(repo, found)

    def do_lockLockable(self, given: dict[str, Any]) -> Any:
        repo, found = self.discussion(given["lockableId"])
        self.may(repo, "triage")
        found.locked = given.get("lockReason") or "yes"

    def do_unlockLockable(self, given: dict[str, Any]) -> Any:
        repo, found = self.discussion(given["lockableId"])
        self.may(repo, "triage")
        found.locked = ""

    def do_markDiscussionCommentAsAnswer(self, given: dict[str, Any]) -> Any:
        return self._answer(given["id"], given["id"])

    def do_unmarkDiscussionCommentAsAnswer(self, given: dict[str, Any]) -> Any:
        return self._answer(given["id"], "")

    def _answer(self, id: str, answer: str) -> Any:
        repo, said = self.said(id)
        found = repo.discussions[said.thread]
        self.may(repo, "triage", own=found.user is self.server.me)
        found.answer, found.answered, found.updated = answer, self.world.now(), self.world.now()
        return self.show(repo, found)
