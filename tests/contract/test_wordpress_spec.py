"""Every request the WordPress source makes is what a real site's own description of its API allows.

The description is the answer of a site's `/wp-json/`: for each route and method the arguments with their schemas.
"""

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
from cm_console.testing.driving import Mirror, catch_up
from tests.contract.every_verb import push_every_verb
from tests.contract.openapi import SPECS
from tests.servers.loopback import Seen
from tests.servers.wordpress_bench import WordPressBench
from tests.servers.wordpress_world import Comment

SPEC = SPECS / "wordpress" / "wp-json-discovery.json"
NO_SPEC = "the description of a real site's API is not at ../shared/specs/wordpress"

EVERYWHERE = {"_fields": "taken by every route, so no route describes it"}
"""Arguments that no route describes."""

TEXTS = {
    "content": "a text in place of the object: prepare_item_for_database takes either",
    "title": "a text in place of the object: prepare_item_for_database takes either",
}
"""Arguments described as an object of raw and rendered, which WordPress takes as plain text as well."""

UNDESCRIBED = {
    "status": {
        *("hold", "spam", "trash", "untrash", "unspam", "approved", "any", "post-trashed"),
    }
}
"""A comment's status is described as any text; these are the words WordPress knows (handle_status_param)."""


@pytest.fixture
async def bench() -> AsyncIterator[WordPressBench]:
    made = await WordPressBench().start()
    yield made
    await made.close()


async def everything(bench: WordPressBench) -> list[Seen]:
    """Let the source do everything it can, and give the requests it made."""
    source = bench.source(history=90)
    thread = await bench.add_thread(130)
    for id in range(1, 131):
        bench.site.add_article(bench.ann, f"Article {id}", "x")
    await source.check()
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    await push_every_verb(bench, source)
    await more_targets(bench, source, thread)
    bench.clock.advance(60)
    bench.site.set_status(bench.site.comments[3], "spam")
    bench.site.set_status(bench.site.comments[4], "hold")
    bench.site.trash_article(bench.site.articles[140 - 10])
    await catch_up(bench, source, mirror)
    bench.site.set_status(bench.site.comments[4], "approved")
    bench.site.set_status(bench.site.comments[3], "approved")
    await catch_up(bench, source, mirror)
    bench.server.me.role = "author"
    await source.check()
    await catch_up(bench, source, Mirror())
    await source.close()
    return bench.server.seen


async def more_targets(bench: WordPressBench, source: Any, thread: str) -> None:
    """Whole posts, pages, an answer to a comment, a plan that moves, the same words twice."""
    page = bench.site.add_article(bench.ann, "About", "<p>us</p>", type="pages")
    for target in (Ref(Kind.THREAD, thread), Ref(Kind.POST, f"post-{page.id}")):
        for verb in (Verb.EDIT, Verb.CLOSE, Verb.REMOVE):
            await source.push(replace(await bench.action(verb, target=target), title="A better title"))
    await source.push(await bench.action(Verb.RESTORE, target=Ref(Kind.POST, f"post-{page.id}")))
    for verb in (Verb.SPAM, Verb.HIDE):
        comment = Ref(Kind.POST, await bench.add_post(await bench.add_thread(1), f"For {verb}"))
        await source.push(await bench.action(verb, target=comment))
        await source.push(await bench.action(Verb.RESTORE, target=comment))
    reply = await bench.action(Verb.REPLY)
    parent = await bench.add_post(reply.target.id if reply.target else "", "Answer me")
    reply = replace(reply, reply_to=parent)
    assert (await source.push(reply)).remote_id == (await source.push(reply)).remote_id
    held = await bench.action(Verb.KEEP)
    await source.push(held)
    with pytest.raises(Conflict):
        await source.push(held)


@pytest.mark.skipif(not SPEC.exists(), reason=NO_SPEC)
async def test_every_request_is_what_the_site_describes(bench: WordPressBench) -> None:
    routes = json.loads(SPEC.read_text(encoding="utf-8"))["routes"]
    covered: set[str] = set()
    problems: list[str] = []
    for seen in await everything(bench):
        name, arguments = described(routes, seen)
        covered.add(name)
        problems += [f"{name}: {problem}" for problem in wrong(arguments, given(seen))]
    assert not problems, "\n".join(sorted(set(problems)))
    assert covered == {
        "GET /users/me",
        "GET /users",
        "GET /categories",
        "GET /comments",
        "POST /comments",
        "GET /comments/{id}",
        "POST /comments/{id}",
        "DELETE /comments/{id}",
        *(f"{method} /{kind}/{{id}}" for kind in ("posts", "pages") for method in ("GET", "POST", "DELETE")),
        *("GET /posts", "POST /posts", "GET /pages"),
    }


@pytest.mark.skipif(not SPEC.exists(), reason=NO_SPEC)
def test_a_wrong_request_is_noticed() -> None:
    routes = json.loads(SPEC.read_text(encoding="utf-8"))["routes"]
    head = {"content-type": "application/json"}
    for method, target, body in (
        ("GET", "/wp-json/wp/v2/comments?per_page=101", b""),
        ("GET", "/wp-json/wp/v2/comments?orderby=karma", b""),
        ("GET", "/wp-json/wp/v2/comments?modified_after=2026-01-01T00:00:00Z", b""),
        ("GET", "/wp-json/wp/v2/comments?after=yesterday", b""),
        ("GET", "/wp-json/wp/v2/posts?status=publish,hidden", b""),
        ("POST", "/wp-json/wp/v2/comments", b'{"post": "five", "content": "x"}'),
        ("POST", "/wp-json/wp/v2/posts", b'{"status": "planned"}'),
        ("POST", "/wp-json/wp/v2/comments/5", b'{"status": "approve"}'),
        ("POST", "/wp-json/wp/v2/comments/5", b'{"karma": 1}'),
        ("POST", "/wp-json/wp/v2/posts/5", b'{"comment_status": "shut"}'),
    ):
        seen = Seen(method, target, head, body)
        _, arguments = described(routes, seen)
        assert wrong(arguments, given(seen)), f"{method} {target} {body!r}"
    with pytest.raises(AssertionError):
        described(routes, Seen("POST", "/wp-json/wp/v2/reports", head, b""))


@pytest.mark.skipif(not SPEC.exists(), reason=NO_SPEC)
async def test_the_stand_in_answers_no_field_that_a_real_site_has_not(bench: WordPressBench) -> None:
    """What the site may be told of a comment or post it also tells: names and types of what our stand-in answers."""
    routes = json.loads(SPEC.read_text(encoding="utf-8"))["routes"]
    article = bench.site.add_article(bench.ann, "Title", "x")
    comment = Comment(1, article.id, "words", bench.clock.now())
    known = {"id", "type", "link", "_links", "modified_gmt", "meta", "registered_date", "capabilities"}
    for path, shown in (
        ("/wp/v2/comments/(?P<id>[\\d]+)", bench.server.shown_comment(comment, edit=True)),
        ("/wp/v2/posts/(?P<id>[\\d]+)", bench.server.shown_article(article, edit=True)),
        ("/wp/v2/users/(?P<id>[\\d]+)", bench.server.shown_user(bench.server.me, edit=True)),
    ):
        told = next(end["args"] for end in routes[path]["endpoints"] if "POST" in end["methods"])
        assert set(shown) - known <= set(told), path
        compared = {name: value for name, value in shown.items() if name in told and name not in ("content", "meta")}
        assert not wrong(told, compared)


def described(routes: dict[str, Any], seen: Seen) -> tuple[str, dict[str, Any]]:
    """The route a request goes to, in short, and the arguments it takes."""
    path = seen.path.removeprefix("/wp-json")
    fits = [route for route in routes if re.fullmatch(route, path)]
    for route in sorted(fits, key=len):
        for end in routes[route]["endpoints"]:
            if seen.method in end["methods"]:
                short = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route.removeprefix("/wp/v2"))
                return f"{seen.method} {short}", end["args"]
    raise AssertionError(f"no route takes {seen.method} {path}")


def given(seen: Seen) -> dict[str, Any]:
    """The arguments of a request, as WordPress reads them."""
    if seen.method == "GET":
        return {name: values[0] for name, values in seen.query.items()}
    assert not seen.query
    return dict(seen.json())


def wrong(arguments: dict[str, Any], values: dict[str, Any]) -> list[str]:
    """What is not as described."""
    problems = []
    for name, value in values.items():
        if name in EVERYWHERE or (name in TEXTS and isinstance(value, str)):
            continue
        if name not in arguments:
            problems.append(f"{name} is no argument")
        elif flaw := flawed(arguments[name], value):
            problems.append(f"{name}={value!r}: {flaw}")
        elif name == "status" and arguments[name].get("type") == "string" and "enum" not in arguments[name]:
            problems += [f"status {value!r} is no word of WordPress's"] * (value not in UNDESCRIBED["status"])
    missing = [name for name, schema in arguments.items() if schema.get("required") and name not in values]
    return [*problems, *(f"{name} is missing" for name in missing)]


def flawed(schema: dict[str, Any], value: Any) -> str:
    """What is wrong with a value, "" if nothing; WordPress reads lists from commas and numbers from text."""
    kinds = schema.get("type", "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds and not isinstance(value, dict):
        items = value.split(",") if isinstance(value, str) else value
        return "; ".join(filter(None, (flawed(schema.get("items", {}), item) for item in items)))
    if "integer" in kinds:
        if not re.fullmatch(r"-?\d+", str(value)):
            return "no whole number"
        low, high = schema.get("minimum"), schema.get("maximum")
        outside = (low is not None and int(value) < low) or (high is not None and int(value) > high)
        return "out of bounds" if outside else ""
    if "object" in kinds:
        return "" if isinstance(value, dict) else "no object"
    if not isinstance(value, str):
        return "no text"
    if "enum" in schema and value not in schema["enum"]:
        return f"none of {schema['enum']}"
    if schema.get("format") == "date-time" and not re.fullmatch(
        r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}(Z|[+-]\d\d:?\d\d)?", value
    ):
        return "no time"
    return "" if schema.get("format") != "ip" or re.fullmatch(r"[\d.]+|[\da-f:]+", value) else "no address"
