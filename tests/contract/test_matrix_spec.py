"""Every request the Matrix source makes is what the official descriptions allow, where they cover it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Refused
from cm_console.model.records import Kind, Ref
from cm_console.testing.driving import Mirror, catch_up
from tests.contract.every_verb import push_every_verb
from tests.contract.openapi import SPECS, covering, operations, wrong
from tests.servers.loopback import Seen
from tests.servers.matrix_bench import MatrixBench

FOLDER = SPECS / "matrix" / "data" / "api" / "client-server"
FILES = (
    "account-data",
    "banning",
    "capabilities",
    "create_room",
    "directory",
    "event_context",
    "kicking",
    "leaving",
    "message_pagination",
    "profile",
    "redaction",
    "room_send",
    "room_state",
    "rooms",
    "sync",
    "versions",
    "whoami",
)
BEYOND = {"org.matrix.msc4140.delay": "delayed events are not in the specification yet (MSC4140)"}
"""Parameters that the official files do not know, with the reason why they are sent all the same."""

UNCOVERED = {
    "GET /_matrix/client/unstable/org.matrix.msc4140/delayed_events",
    "POST /_matrix/client/unstable/org.matrix.msc4140/delayed_events/{id}",
    "GET /_synapse/admin/v1/server_version",
    "GET /_synapse/admin/v1/users/{id}/admin",
    "GET /_synapse/admin/v2/users/{id}",
    "PUT /_synapse/admin/v1/suspend/{id}",
    "PUT /_synapse/admin/v1/send_server_notice/{id}",
    "GET /_synapse/admin/v1/event_reports",
    "GET /_synapse/admin/v1/event_reports/{id}",
    "DELETE /_synapse/admin/v1/event_reports/{id}",
    "GET /_synapse/admin/v1/user_reports",
    "GET /_synapse/admin/v1/user_reports/{id}",
    "DELETE /_synapse/admin/v1/user_reports/{id}",
    "GET /_synapse/admin/v1/fetch_event/{id}",
}
"""What the source asks for beyond the official files: Synapse's own, and MSC4140. Tried on a real one in tests/live."""

needs_files = pytest.mark.skipif(not FOLDER.exists(), reason="the official files are not at ../shared/specs/matrix")


@pytest.fixture
async def bench() -> AsyncIterator[MatrixBench]:
    made = await MatrixBench().start()
    yield made
    await made.close()


async def everything(bench: MatrixBench) -> list[Seen]:
    """Let the source do everything it can, and give the requests it made."""
    bench.site.add(bench.room, "m.room.canonical_alias", bench.me, {"alias": "#general:cm.test"}, state_key="")
    source = bench.source(rooms="#general:cm.test")
    post = await bench.add_post(await bench.add_thread(230), "Buy followers")
    await bench.add_report(post)
    bench.site.flag_user(bench.ann, bench.bob, "rude")
    await source.check()
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    await push_every_verb(bench, source)
    flag = bench.site.flag_user(bench.ann, bench.bob, "rude")
    await source.push(await bench.action(Verb.IGNORE, target=Ref(Kind.MEMBER, bench.ann), report=f"user-{flag}"))
    late = await bench.add_thread(2)
    for number in range(120):
        await bench.add_post(late, f"Line {number}")
    await bench.edit_post(post, "Buy more followers")
    await bench.delete_post(late)
    bench.site.join(bench.room, bench.site.account("dora"))
    elsewhere = bench.site.room(bench.ann, "Elsewhere")
    asked = bench.site.say(elsewhere, bench.ann, "A question in a room we are not in")
    bench.site.flag(bench.site.say(elsewhere, bench.ann, "An answer", to=asked), bench.ann, "rude")
    await catch_up(bench, source, mirror)
    bench.site.room(bench.ann, "Two")
    bench.server.blocking.add(bench.bob)
    with pytest.raises(Refused):
        await source.push(await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, bench.bob)))
    await source.close()
    return bench.server.seen


@needs_files
async def test_every_request_is_what_the_official_files_allow(bench: MatrixBench) -> None:
    officials = {name: official(name, bench.server.url) for name in FILES}
    covered: set[str] = set()
    uncovered: set[str] = set()
    problems: list[str] = []
    for seen in await everything(bench):
        found = [(name, path) for name, (_, paths) in officials.items() if (path := covering(paths, seen))]
        if not found:
            uncovered.add(f"{seen.method} {plain(seen.target)}")
            continue
        name, path = min(found, key=lambda pair: pair[1].count("{"))
        covered.add(f"{seen.method} {path}")
        if problem := wrong(officials[name][0], bench.server.url, seen, beyond=BEYOND):
            problems.append(problem)
    assert not problems, "\n".join(sorted(set(problems)))
    assert uncovered == UNCOVERED
    assert len(covered) == 21, sorted(covered)


@needs_files
def test_a_wrong_request_is_noticed() -> None:
    spec, _ = official("banning", "http://x")
    path = "/_matrix/client/v3/rooms/%21a%3Ab/ban"
    headers = {"content-type": "application/json", "authorization": "Bearer x"}
    good = Seen("POST", path, headers, b'{"user_id": "@ann:cm.test", "reason": "spam"}')
    assert not wrong(spec, "http://x", good)
    for body in (b"{}", b'{"user_id": 1}', b'{"user_id": "@ann:cm.test", "reason": 5}'):
        assert wrong(spec, "http://x", replace(good, body=body))


def official(name: str, host: str) -> tuple[Any, set[tuple[str, str]]]:
    """One official file, and its methods with their paths from the root."""
    import yaml
    from openapi_core import OpenAPI

    file = FOLDER / f"{name}.yaml"
    spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    base = spec["servers"][0]["variables"]["basePath"]["default"]
    spec["servers"] = [{"url": host + base}]
    return OpenAPI.from_dict(spec, base_uri=file.as_uri()), operations(spec["paths"], base)


def plain(target: str) -> str:
    """A path that is not covered, without what varies."""
    path = urlsplit(target).path
    path = re.sub(r"(delayed_events|suspend|send_server_notice|fetch_event|users)/[^/]+", r"\1/{id}", path)
    return re.sub(r"_reports/\d+", "_reports/{id}", path)
