"""Every request the GitHub source makes is what GitHub describes: GraphQL by the official schema, REST by its docs."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_ast_schema,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from cm_console.model.action import Verb
from cm_console.model.records import Kind, Ref
from cm_console.sources.github.documents import DOCUMENTS
from cm_console.testing.driving import Mirror, catch_up
from tests.contract.every_verb import push_every_verb
from tests.contract.openapi import SPECS
from tests.servers.github_bench import DiscussionsBench, GitHubBench
from tests.servers.loopback import Reply, Seen

SPEC = SPECS / "github" / "schema.graphql"
here = pytest.mark.skipif(not SPEC.exists(), reason="the official GraphQL schema is not at ../shared/specs/github")

PAGES = {"per_page", "page"}
LISTS = PAGES | {"sort", "direction", "since"}
DOCUMENTED: dict[str, tuple[set[str], set[str]]] = {
    "GET /user": (set(), set()),
    "GET /user/{id}": (set(), set()),
    "GET /repos/{owner}/{repo}": (set(), set()),
    "GET /repos/{owner}/{repo}/assignees": (PAGES, set()),
    "GET /repos/{owner}/{repo}/issues": (LISTS | {"state", "creator"}, set()),
    "POST /repos/{owner}/{repo}/issues": (set(), {"title", "body"}),
    "GET /repos/{owner}/{repo}/issues/comments": (LISTS, set()),
    "GET /repos/{owner}/{repo}/issues/comments/{id}": (set(), set()),
    "PATCH /repos/{owner}/{repo}/issues/comments/{id}": (set(), {"body"}),
    "DELETE /repos/{owner}/{repo}/issues/comments/{id}": (set(), set()),
    "GET /repos/{owner}/{repo}/issues/{id}": (set(), set()),
    "PATCH /repos/{owner}/{repo}/issues/{id}": (set(), {"title", "body", "state", "state_reason", "assignees"}),
    "GET /repos/{owner}/{repo}/issues/{id}/comments": (PAGES | {"since"}, set()),
    "POST /repos/{owner}/{repo}/issues/{id}/comments": (set(), {"body"}),
    "PUT /repos/{owner}/{repo}/issues/{id}/lock": (set(), {"lock_reason"}),
    "DELETE /repos/{owner}/{repo}/issues/{id}/lock": (set(), set()),
    "GET /orgs/{org}/blocks": (PAGES, set()),
    "GET /orgs/{org}/blocks/{username}": (set(), set()),
    "PUT /orgs/{org}/blocks/{username}": (set(), set()),
    "DELETE /orgs/{org}/blocks/{username}": (set(), set()),
}
"""REST as https://docs.github.com/rest describes it, as far as we use it: parameters of the query, fields of the body.

The machine-readable description is too big to keep; this table was written from its pages issues, comments, assignees,
users, orgs/blocking and repos.
"""


WHOLE = {name: text for name, text in DOCUMENTS.items() if not text.lstrip().startswith("fragment")}
"""The documents without the fragments they are made of."""


@cache
def schema() -> GraphQLSchema:
    document = parse(SPEC.read_text(encoding="utf-8"), no_location=True)
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


async def everything(bench: GitHubBench) -> None:
    """Let the source do everything it can."""
    source = bench.source()
    mirror = Mirror()
    await bench.add_thread(130)
    await bench.add_thread(2)
    await source.check()
    home = bench.world.add_discussion(bench.repo, bench.ann, "A long talk", "Who has the best chain?")
    top = bench.world.add_talk(bench.repo, home.number, bench.ann, "I have")
    for number in range(130):
        bench.world.add_talk(bench.repo, home.number, bench.ann, f"No, I, for the {number}th time", top.node)
    await catch_up(bench, source, mirror)
    await push_every_verb(bench, source, but=bench.cannot)
    thread = Ref(Kind.THREAD, await bench.add_thread(2))
    reply = await bench.action(Verb.REPLY, target=thread)
    await source.push(replace(reply, reply_to=await bench.add_post(thread.id, "An answer")))
    await source.push(replace(await bench.action(Verb.EDIT, target=Ref(Kind.POST, thread.id)), text="New words"))
    await source.push(replace(await bench.action(Verb.EDIT, target=thread), title="A better title"))
    for verb, reason in ((Verb.LOCK, "too heated"), (Verb.CLOSE, "not planned"), (Verb.CLOSE, "duplicate")):
        await source.push(replace(await bench.action(verb, target=thread), reason=reason))
        await source.push(await bench.action(Verb.REOPEN, target=thread))
    await source.push(await bench.action(Verb.REMOVE, target=thread))
    bench.clock.advance(60)
    await bench.delete_post(await bench.add_post(await bench.add_thread(1), "Soon gone"))
    await catch_up(bench, source, mirror)
    bench.clock.advance(60)
    await bench.add_post(await bench.add_thread(130), "One more")
    await catch_up(bench, source, mirror)
    await source.close()


@pytest.fixture
async def answered() -> AsyncIterator[list[tuple[Seen, Reply]]]:
    """Every request of two communities, one with issues and one with discussions, with its answer."""
    made: list[tuple[Seen, Reply]] = []
    for kind in (GitHubBench, DiscussionsBench):
        bench = await kind().start()
        await everything(bench)
        made += bench.server.answered
        await bench.close()
    yield made


def asked(seen: Seen) -> tuple[str, dict[str, Any]]:
    body = json.loads(seen.body)
    return body["query"], body["variables"]


def plain(seen: Seen) -> str:
    """A REST request without what varies."""
    path = re.sub(r"^/repos/[^/]+/[^/]+", "/repos/{owner}/{repo}", seen.path)
    path = re.sub(r"^/orgs/[^/]+", "/orgs/{org}", path)
    path = re.sub(r"/blocks/[^/]+", "/blocks/{username}", path)
    return f"{seen.method} {re.sub(r'/[0-9]+(?=/|$)', '/{id}', path)}"


def wrong_in(document: str, variables: dict[str, Any]) -> list[str]:
    """What the official schema says against a document and its variables."""
    made = parse(document)
    problems = [str(error) for error in validate(schema(), made)]
    operation = next(one for one in made.definitions if isinstance(one, OperationDefinitionNode))
    values = get_variable_values(schema(), operation.variable_definitions or (), variables)
    return problems + ([str(error) for error in values] if isinstance(values, list) else [])


@here
def test_every_document_is_valid() -> None:
    for name, text in WHOLE.items():
        assert validate(schema(), parse(text)) == [], name


@here
def test_a_wrong_request_is_noticed() -> None:
    query = DOCUMENTS["DISCUSSION"]
    good = {"owner": "octo", "name": "bikes", "number": 1, "after": None}
    assert wrong_in(query, good) == []
    assert wrong_in(query, good | {"number": "one"})
    assert wrong_in(query, {"owner": "octo"})
    assert wrong_in(query.replace("upvoteCount", "upvotes"), good)
    hide = {"input": {"subjectId": "IC_1", "classifier": "SPAM"}}
    assert wrong_in(DOCUMENTS["MINIMIZE"], hide) == []
    assert wrong_in(DOCUMENTS["MINIMIZE"], {"input": {"subjectId": "IC_1", "classifier": "RUDE"}})
    assert wrong_in(DOCUMENTS["MINIMIZE"], {"input": {"subjectId": "IC_1"}})


@here
async def test_every_graphql_request_and_answer_is_what_the_schema_allows(answered: list[tuple[Seen, Reply]]) -> None:
    used = set()
    for seen, reply in answered:
        if not seen.path.endswith("/graphql"):
            continue
        document, variables = asked(seen)
        assert wrong_in(document, variables) == []
        used.add(document)
        assert isinstance(reply.data, dict)
        if "errors" not in reply.data:
            check_answer(document, reply.data["data"])
    assert used == set(WHOLE.values()), [name for name, text in WHOLE.items() if text not in used]


async def test_every_rest_request_is_documented(answered: list[tuple[Seen, Reply]]) -> None:
    used = set()
    for seen, _ in answered:
        if seen.path.endswith("/graphql"):
            continue
        used.add(plain(seen))
        query, fields = DOCUMENTED[plain(seen)]
        assert set(seen.query) <= query, f"{seen.method} {seen.target}"
        assert set(seen.json()) <= fields, f"{seen.method} {seen.target} {seen.body!r}"
        assert seen.headers["accept"] == "application/vnd.github.full+json"
        assert seen.headers["x-github-api-version"] == "2022-11-28"
        assert seen.headers["user-agent"].startswith("cm-console/")
    assert used == set(DOCUMENTED)


def check_answer(document: str, data: Any) -> None:
    """Fail if the stand-in gives what GitHub could not: wrong types, null where there is none, unknown enum values."""
    made = parse(document)
    operation = next(one for one in made.definitions if isinstance(one, OperationDefinitionNode))
    parts = {one.name.value: one for one in made.definitions if isinstance(one, FragmentDefinitionNode)}
    root = schema().query_type if operation.operation.value == "query" else schema().mutation_type
    assert root is not None
    _check(root, operation.selection_set, data, parts)


def _check(
    kind: GraphQLNamedType, chosen: SelectionSetNode, data: Any, parts: dict[str, FragmentDefinitionNode]
) -> None:
    for node in chosen.selections:
        if isinstance(node, FieldNode):
            if node.name.value != "__typename" and (node.alias or node.name).value in data:
                field = kind.fields[node.name.value]  # type: ignore[attr-defined]  # only object types have selections
                _check_value(field.type, node.selection_set, data[(node.alias or node.name).value], parts)
            continue
        part = node if isinstance(node, InlineFragmentNode) else parts[node.name.value]  # type: ignore[attr-defined]  # a spread
        assert part.type_condition is not None
        inner = schema().get_type(part.type_condition.name.value)
        assert inner is not None
        if data:
            _check(inner, part.selection_set, data, parts)


def _check_value(
    kind: Any, chosen: SelectionSetNode | None, value: Any, parts: dict[str, FragmentDefinitionNode]
) -> None:
    if is_non_null_type(kind):
        assert value is not None, f"null for {kind}"
        kind = kind.of_type
    if value is None:
        return
    if is_list_type(kind):
        for one in value:
            _check_value(kind.of_type, chosen, one, parts)
        return
    named = get_named_type(kind)
    if is_enum_type(named):
        assert value in named.values, f"{value} is no {named}"
    elif is_leaf_type(named):
        kinds = {"Int": int, "Boolean": bool}
        assert isinstance(value, kinds.get(named.name, str)), f"{value!r} is no {named}"
    elif chosen is not None:
        _check(named, chosen, value, parts)
