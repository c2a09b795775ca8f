"""Every request the Mastodon source makes is what the official descriptions allow.

The OpenAPI file (abraham/mastodon-openapi) covers what members may do; what moderators may do stands only in the
documentation, whose method pages name each path and its parameters: these are read here.
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
from tests.contract.openapi import SPECS, covering, operations, wrong
from tests.servers.loopback import Seen
from tests.servers.mastodon_bench import MastodonBench

SPEC = SPECS / "mastodon" / "schema.json"
DOCS = SPECS / "mastodon-docs" / "content" / "en" / "methods"

UNCOVERED: set[str] = set()
"""What the source asks for beyond both descriptions; a change here is a change worth a look."""

PAGING = {"max_id", "min_id", "since_id", "limit"}

pytestmark = pytest.mark.skipif(
    not (SPEC.exists() and DOCS.exists()), reason="no descriptions of Mastodon at ../shared/specs"
)


@pytest.fixture
async def bench() -> AsyncIterator[MastodonBench]:
    made = await MastodonBench().start()
    yield made
    await made.close()


async def everything(bench: MastodonBench) -> list[Seen]:
    """Let the source do everything it can, and give the requests it made."""
    source = bench.source(hashtags="bikes, #c++")
    for number in range(45):
        bench.site.add_status(bench.ann, f"@team Question {number} #bikes")
    bench.site.add_status(bench.ann, "@team help me", visibility="direct")
    await source.check()
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    await push_every_verb(bench, source, but=bench.cannot)
    await more_targets(bench, source)
    for number in range(50):
        bench.site.add_status(bench.ann, f"@team Late question {number} #bikes")
    bench.clock.advance(600)
    await catch_up(bench, source, mirror)
    await source.close()
    return bench.server.seen


async def more_targets(bench: MastodonBench, source: Any) -> None:
    """A report taken, given back, closed and opened again; penalties that answer a report; a plan moved."""
    post = await bench.add_post(await bench.add_thread(2), "Buy followers here")
    report = Ref(Kind.REPORT, await bench.add_report(post))
    for verb in (Verb.ASSIGN, Verb.UNASSIGN, Verb.KEEP, Verb.REOPEN):
        await source.push(replace(await bench.action(verb, target=report), member=None))
    for verb in (Verb.WARN, Verb.SILENCE, Verb.BAN):
        post = await bench.add_post(await bench.add_thread(1), "Buy followers here")
        action = await bench.action(verb, target=Ref(Kind.MEMBER, bench.ann), report=await bench.add_report(post))
        await source.push(action)
    reply = await bench.action(Verb.REPLY)
    assert reply.target is not None
    await source.push(replace(reply, reply_to=reply.target.id))
    with pytest.raises(Conflict):
        await source.push(await bench.action(Verb.UNSCHEDULE, target=Ref(Kind.SCHEDULED, "1")))


def official(url: str) -> Any:
    """The OpenAPI file, mended where no validator reads it: a default that is no number, a header that is no object."""
    from openapi_core import OpenAPI

    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    wanted = ("/statuses", "/scheduled_statuses", "/conversations", "/notifications", "/instance", "verify_", "/tag/")
    fits = [path for path in spec["paths"] if path.endswith("/accounts/{id}") or any(part in path for part in wanted)]
    spec["paths"] = {path: spec["paths"][path] for path in fits}
    spec["servers"] = [{"url": url}]
    for methods in spec["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
            for parameter in operation.get("parameters", []):
                if parameter.get("name") == "Idempotency-Key":
                    parameter["schema"] = {"type": "string"}
    return spec, OpenAPI.from_dict(_without_bad_defaults(spec))


def _without_bad_defaults(part: Any) -> Any:
    if isinstance(part, dict):
        kept = (
            part.items() if part.get("default") != "null" else [pair for pair in part.items() if pair[0] != "default"]
        )
        return {name: _without_bad_defaults(value) for name, value in kept}
    return [_without_bad_defaults(value) for value in part] if isinstance(part, list) else part


def documented() -> dict[tuple[str, str], set[str]]:
    """Method and path pattern of what the method pages describe, with the names of its parameters."""
    found: dict[tuple[str, str], set[str]] = {}
    for page in sorted(DOCS.rglob("*.md")):
        for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            request = re.search(r"^(GET|POST|PUT|PATCH|DELETE) (/\S+) HTTP", section, flags=re.MULTILINE)
            if request:
                names = set(re.findall(r"^(\S+) *\n: ", section, flags=re.MULTILINE))
                found[request[1], re.sub(r":\w+", "[^/]+", request[2])] = names
    return found


async def test_every_request_is_what_the_descriptions_allow(bench: MastodonBench) -> None:
    spec, openapi = official(bench.server.url)
    known = operations(spec["paths"])
    docs = documented()
    covered: set[str] = set()
    documented_only: set[str] = set()
    uncovered: set[str] = set()
    problems: list[str] = []
    for seen in await everything(bench):
        path, names = covering(known, seen), described(docs, seen)
        if names is not None and (extra := parameters(seen) - names - PAGING):
            problems.append(f"{seen.method} {seen.path}: the documentation does not know {extra}")
        if path is None:
            (uncovered if names is None else documented_only).add(f"{seen.method} {plain(seen.path)}")
            continue
        covered.add(f"{seen.method} {path}")
        if problem := wrong(openapi, bench.server.url, seen):
            problems.append(problem)
    assert not problems, "\n".join(sorted(set(problems)))
    assert uncovered == UNCOVERED
    assert len(covered) == 17, "\n".join(sorted(covered))
    assert len(documented_only) == 13, "\n".join(sorted(documented_only))
    assert all("/admin/" in name for name in documented_only)


def test_a_wrong_request_is_noticed() -> None:
    _, openapi = official("http://x")
    json_type = {"content-type": "application/json"}
    good = Seen("POST", "/api/v1/statuses", json_type, b'{"status": "words", "visibility": "public"}')
    assert not wrong(openapi, "http://x", good)
    for body in (b'{"visibility": "public"}', b'{"status": 1}', b'{"status": "words", "visibility": "nobody"}'):
        assert wrong(openapi, "http://x", replace(good, body=body))
    docs = documented()
    told = Seen("POST", "/api/v1/admin/accounts/1/action", json_type, b'{"type": "none", "nonsense": 1}')
    assert parameters(told) - (described(docs, told) or set()) == {"nonsense"}
    assert described(docs, replace(told, target="/api/v1/admin/accounts/1/shout")) is None


def described(docs: dict[tuple[str, str], set[str]], seen: Seen) -> set[str] | None:
    """The parameters the documentation knows for a request; None if it does not know the request."""
    fits = [names for (method, path), names in docs.items() if method == seen.method and re.fullmatch(path, seen.path)]
    return set().union(*fits) if fits else None


def parameters(seen: Seen) -> set[str]:
    """The names of everything a request says; lists carry brackets in forms and in the documentation."""
    body = {f"{name}[]" if isinstance(value, list) else name for name, value in seen.json().items()}
    return set(seen.query) | body


def plain(path: str) -> str:
    """A path without what varies."""
    return re.sub(r"/\d+(?=/|$)", "/{id}", path)
