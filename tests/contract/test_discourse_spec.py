"""Every request the Discourse source makes is what the official OpenAPI file allows, where that file covers it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Conflict
from cm_console.model.records import Kind, Ref
from cm_console.model.source import Feed
from cm_console.testing.driving import Mirror, catch_up
from tests.contract.every_verb import push_every_verb
from tests.contract.openapi import SPECS, covering, operations, wrong
from tests.servers.discourse_bench import DiscourseBench
from tests.servers.loopback import Seen

SPEC = SPECS / "discourse" / "openapi.json"

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
    "GET /user-cards.json",
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
    await push_every_verb(bench, source)
    await more_targets(bench, source, message.id)
    bench.site.add_post(1, bench.ann, "One more, so that the topic moves")
    await catch_up(bench, source, mirror)
    await source.close()
    source = bench.source(profiles=True)
    await catch_up(bench, source, Mirror())
    bench.server.me.admin = False
    await source.check()
    await source.push(await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, str(bench.ann))))
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
    await source.push(await bench.action(Verb.REMOVE, target=Ref(Kind.POST, post.id)))
    await source.push(await bench.action(Verb.RESTORE, target=Ref(Kind.POST, post.id)))
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
    known = operations(spec["paths"])
    covered: set[str] = set()
    uncovered: set[str] = set()
    problems: list[str] = []
    for seen in await everything(bench):
        template = covering(known, seen)
        (uncovered if template is None else covered).add(f"{seen.method} {template or plain(seen.path)}")
        if template is not None and (problem := wrong(official, bench.server.url, without(seen))):
            problems.append(problem)
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
    assert not wrong(official, "http://x", good)
    for body in (b'{"topic_id": 1}', b'{"raw": "words", "topic_id": "1"}', b'{"raw": "words", "nonsense": 1}'):
        assert wrong(official, "http://x", replace(good, body=body))


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
