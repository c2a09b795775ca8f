"""Every request the Discourse source makes is what the official OpenAPI file allows, where that file covers it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Conflict
from cm_console.model.records import Kind, Ref
from cm_console.model.source import Feed
from cm_console.testing.driving import Mirror, catch_up
from tests.servers.discourse_bench import DiscourseBench
from tests.servers.loopback import Seen

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "discourse" / "openapi.json"

BEYOND = {
    "take_action": "hiding at once with a flag: PostActionsController reads it, the file leaves it out",
    "is_warning": "an official warning: PostsController#create permits it to staff, the file leaves it out",
}
"""Fields of bodies that the official file does not know, with the reason why they are sent all the same."""

BODIES_OF_GETS = {
    "/t/{id}/posts.json": "the file wants `post_ids[]` in the body of a GET; Discourse reads the query as well",
}

UNCOVERED = {
    "GET /about.json",
    "GET /admin/plugins.json",
    "GET /review.json",
    "GET /review/{id}.json",
    "PUT /review/{id}/perform/{action_id}.json",
    "PUT /posts/{id}/recover.json",
    "PUT /posts/{id}/unhide.json",
    "PUT /t/{id}/recover.json",
    "PUT /admin/users/{id}/unsilence.json",
    "PUT /admin/users/{id}/unsuspend.json",
    "PUT /assign/assign.json",
    "PUT /assign/unassign.json",
    "POST /solution/accept.json",
    "POST /solution/unaccept.json",
}
"""What the source asks for beyond the official file; a change here is a change worth a look."""


@pytest.fixture
async def bench() -> AsyncIterator[DiscourseBench]:
    made = await DiscourseBench().start()
    yield made
    await made.close()


async def everything(bench: DiscourseBench) -> list[Seen]:
    """Let the source do everything it can, and give the requests it made."""
    source = bench.source()
    await bench.add_thread(130)
    message = bench.site.add_topic(bench.ann, "Help me", "I cannot log in", allowed=[bench.ann, bench.server.me.id])
    await source.check()
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    for verb in source.verbs:
        action = await bench.action(verb)
        if verb in (
            Verb.UNSCHEDULE,
            Verb.RESCHEDULE,
            Verb.RESTORE,
            Verb.UNSOLVE,
            Verb.UNASSIGN,
            Verb.UNBAN,
            Verb.UNSILENCE,
        ):
            first = {Verb.UNSCHEDULE: Verb.SCHEDULE, Verb.RESTORE: Verb.REMOVE, Verb.UNSOLVE: Verb.SOLVE}
            first |= {
                Verb.RESCHEDULE: Verb.SCHEDULE,
                Verb.UNASSIGN: Verb.ASSIGN,
                Verb.UNBAN: Verb.BAN,
                Verb.UNSILENCE: Verb.SILENCE,
            }
            before = await bench.action(first[verb])
            receipt = await source.push(before)
            action = replace(action, target=before.target or Ref(Kind.SCHEDULED, receipt.remote_id))
        await source.push(action)
        await source.find(action)
    await more_targets(bench, source, message.id)
    bench.site.add_post(1, bench.ann, "One more, so that the topic moves")
    await catch_up(bench, source, mirror)
    bench.server.me.admin = False
    await source.check()
    async for _ in source.pull(Feed.MEMBERS, None):
        pass
    await source.close()
    return bench.server.seen


async def more_targets(bench: DiscourseBench, source: Any, message: int) -> None:
    """Verbs on topics instead of posts, a held post, an answer to a post, a stale review."""
    topic = Ref(Kind.THREAD, await bench.add_thread(2))
    for verb in (Verb.HIDE, Verb.RESTORE, Verb.REMOVE, Verb.RESTORE, Verb.EDIT):
        await source.push(replace(await bench.action(verb, target=topic), title="A better title"))
    post = (await bench.truth())[Ref(Kind.POST, str(bench.site.topics[message].posts[0]))]
    await source.push(replace(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, str(message))), reply_to=post.id))
    held = bench.site.hold(bench.ann, "Please let me in, I have much to say", title="My first topic here")
    await source.push(await bench.action(Verb.APPROVE, target=Ref(Kind.POST, f"review-{held.id}")))
    hidden = Ref(Kind.POST, await bench.add_post(topic.id, "Something hidden by its readers"))
    bench.site.posts[int(hidden.id)].hidden = True
    await source.push(await bench.action(Verb.RESTORE, target=hidden))
    with pytest.raises(Conflict):
        await source.push(await bench.action(Verb.KEEP, target=Ref(Kind.REPORT, str(held.id))))


@pytest.mark.skipif(not SPEC.exists(), reason="the official OpenAPI file is not at ../shared/specs/discourse")
async def test_every_request_is_what_the_official_file_allows(bench: DiscourseBench) -> None:
    from openapi_core import OpenAPI

    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    spec["servers"] = [{"url": bench.server.url}]
    for path in BODIES_OF_GETS:
        spec["paths"][path]["get"].pop("requestBody")
    official = OpenAPI.from_dict(spec)
    templates = {(method, template) for template, methods in spec["paths"].items() for method in methods}
    covered: set[str] = set()
    uncovered: set[str] = set()
    problems: list[str] = []
    for seen in await everything(bench):
        name = covering(templates, seen)
        if name is None:
            uncovered.add(f"{seen.method} {plain(seen.path)}")
            continue
        covered.add(name)
        try:
            official.validate_request(Wire(bench.server.url, without(seen)))
        except Exception as error:  # noqa: BLE001  whatever the validator raises is the finding
            problems.append(f"{name}: {error} {getattr(error.__cause__, 'schema_errors', error.__cause__)}")
    assert not problems, "\n".join(problems)
    assert uncovered == UNCOVERED
    assert len(covered) >= 20, covered


def test_a_wrong_request_is_noticed() -> None:
    if not SPEC.exists():
        pytest.skip("the official OpenAPI file is not at ../shared/specs/discourse")
    from openapi_core import OpenAPI

    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    paths = {"/posts.json": spec["paths"]["/posts.json"]}
    official = OpenAPI.from_dict({**spec, "servers": [{"url": "http://x"}], "paths": paths})
    good = Seen("POST", "/posts.json", {"content-type": "application/json"}, b'{"raw": "words", "topic_id": 1}')
    official.validate_request(Wire("http://x", good))
    for body in (b'{"topic_id": 1}', b'{"raw": "words", "topic_id": "1"}', b'{"raw": "words", "nonsense": 1}'):
        with pytest.raises(Exception, match=r".+"):
            official.validate_request(Wire("http://x", replace(good, body=body)))


def covering(templates: set[tuple[str, str]], seen: Seen) -> str | None:
    """The official path that covers a request; fixed parts win over parameters."""
    fits = [
        template
        for method, template in templates
        if method == seen.method.lower() and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), seen.path)
    ]
    best = min(fits, key=lambda template: template.count("{"), default=None)
    return f"{seen.method} {best}" if best else None


def plain(path: str) -> str:
    """A path that is not covered, without what varies."""
    path = re.sub(r"/perform/\w+", "/perform/{action_id}", path)
    return re.sub(r"/-?\d+(?=[/.])", "/{id}", path)


def without(seen: Seen) -> Seen:
    """A request without the fields of BEYOND."""
    if not seen.body:
        return seen
    body = {name: value for name, value in json.loads(seen.body).items() if name not in BEYOND}
    return replace(seen, body=json.dumps(body).encode())


class Wire:
    """A request in the form openapi-core reads."""

    def __init__(self, host: str, seen: Seen) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url, self.path, self.method = host, seen.path, seen.method.lower()
        self.body = seen.body or None
        self.content_type = seen.headers.get("content-type", "application/json")
        query: ImmutableMultiDict[str, str] = ImmutableMultiDict(parse_qsl(urlsplit(seen.target).query))
        self.parameters = RequestParameters(query=query, header=Headers(seen.headers), cookie=ImmutableMultiDict())
