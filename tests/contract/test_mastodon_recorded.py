"""Every recorded answer of a real Mastodon 4.6 that the source would read is parsed; the others are excused by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest

from cm_console.model.records import Kind, ThreadKind
from cm_console.model.time import Instant, instant, parse_iso
from cm_console.sources.http_answers import X_RATELIMIT_ISO, Answer, Request, budget_of
from cm_console.sources.mastodon import records, wire, wire_admin
from cm_console.sources.mastodon.flavours import Flavour, flavour_of
from cm_console.sources.mastodon.server import rights_of
from cm_console.sources.mastodon.wording import same

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "mastodon" / "mastodon_py_cassettes"

PARSED: tuple[tuple[str, str, Any], ...] = (
    ("GET", r"/api/v1/accounts/verify_credentials", wire.Me),
    ("GET", r"/api/v[12]/instance", wire.Instance),
    ("GET", r"/api/v1/accounts/\d+/statuses", list[wire.Status]),
    ("GET", r"/api/v1/timelines/list/\d+", list[wire.Status]),
    ("GET", r"/api/v1/notifications", list[wire.Notification]),
    ("GET", r"/api/v1/conversations", list[wire.Conversation]),
    ("GET", r"/api/v1/statuses/\d+", wire.Status),
    ("GET", r"/api/v1/statuses/\d+/context", wire.Context),
    ("DELETE", r"/api/v1/statuses/\d+", wire.Status),
    ("POST", r"/api/v1/statuses", wire.Status),
    ("GET", r"/api/v1/scheduled_statuses", list[wire.ScheduledStatus]),
    ("(GET|PUT)", r"/api/v1/scheduled_statuses/\d+", wire.ScheduledStatus),
    ("GET", r"/api/v1/admin/reports", list[wire_admin.AdminReport]),
    ("GET", r"/api/v1/admin/reports/\d+", wire_admin.AdminReport),
    ("POST", r"/api/v1/admin/reports/\d+/\w+", wire_admin.AdminReport),
    ("GET", r"/api/v2/admin/accounts", list[wire_admin.AdminAccount]),
    ("GET", r"/api/v1/admin/accounts/\d+", wire_admin.AdminAccount),
    ("POST", r"/api/v1/admin/accounts/\d+/(enable|un\w+)", wire_admin.AdminAccount),
)
"""Method, path -> the struct that reads it; a POST of a status with a time gives a plan."""

EXCUSED = (
    r"POST /api/v1/accounts/\d+/(mute|unmute|follow|unfollow)",
    r"GET /api/v1/accounts/relationships",
    r"POST /api/v1/admin/accounts/\d+/action",  # an empty object
    r"POST /api/v2/media",
    r"POST /api/v1/reports",
    r"(POST|DELETE) /api/v1/lists.*",
    r"(GET|PATCH|POST) /api/v[12]/notifications/.+",
    r"GET /api/v2/notifications",
    r"POST /api/v1/conversations/\d+/read",
    r"POST /api/v1/statuses/\d+/favourite",
    r"DELETE /api/v1/scheduled_statuses/\d+",
    r"GET /api/v1/streaming/.*",
    r"GET /api/v2/search",
    r"GET /api/v1/timelines/link",
)
"""What the source never asks, or of which only the success matters."""

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers at ../shared/recorded/mastodon")


class Exchange(NamedTuple):
    """A recorded request and its answer."""

    method: str
    path: str
    sent: str
    status: int
    headers: dict[str, str]
    body: bytes


@cache
def exchanges() -> tuple[Exchange, ...]:
    return tuple(_read())


def _read() -> Iterator[Exchange]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for file in sorted(RECORDED.glob("*.yaml")):
        for one in yaml.load(file.read_text(encoding="utf-8"), Loader=loader)["interactions"]:
            request, response = one["request"], one["response"]
            body = response["body"]["string"]
            yield Exchange(
                request["method"],
                urlsplit(request["uri"]).path.rstrip("/"),
                str(request["body"] or ""),
                response["status"]["code"],
                {name.lower(): values[0] for name, values in response["headers"].items()},
                body if isinstance(body, bytes) else body.encode(),
            )


def kind_of(one: Exchange) -> Any:
    if one.method == "POST" and "scheduled_at" in one.sent:
        return wire.ScheduledStatus
    fits = (kind for method, path, kind in PARSED if re.fullmatch(f"{method} {path}", f"{one.method} {one.path}"))
    return next(fits, None)


def parsed(kind: Any) -> list[Any]:
    found = [one for one in exchanges() if kind_of(one) == kind and one.status == 200]
    return [msgspec.json.decode(one.body, type=kind) for one in found]


def test_every_recorded_answer_is_parsed_or_excused() -> None:
    seen: set[int] = set()
    for one in exchanges():
        kind = kind_of(one)
        if kind is None:
            assert any(re.fullmatch(excuse, f"{one.method} {one.path}") for excuse in EXCUSED), one[:2]
        elif one.status == 200:
            msgspec.json.decode(one.body, type=kind)
            seen.add([known for _, _, known in PARSED].index(kind))
    read = {kind for _, _, kind in PARSED}
    assert len(exchanges()) > 120
    assert {PARSED[place][2] for place in seen} == read


def test_statuses_become_records() -> None:
    statuses = [status for page in parsed(list[wire.Status]) for status in page] + parsed(wire.Status)
    statuses += [one.status for page in parsed(list[wire.Notification]) for one in page if one.status]
    statuses += [talk.last_status for page in parsed(list[wire.Conversation]) for talk in page if talk.last_status]
    assert len(statuses) > 60
    for status in statuses:
        post, thread = records.post(status, status.id, "117020565693913441"), records.thread(status, status.id)
        assert post.author == status.account.id
        assert post.created_at == instant(status.created_at)
        assert thread.kind is (ThreadKind.DIRECT if status.visibility == "direct" else ThreadKind.TOPIC)
        assert "<" not in post.text.replace("<http", "")
        assert records.member(status.account).joined_at is not None


def test_what_they_say() -> None:
    talks = parsed(list[wire.Conversation])[0]
    assert talks[0].last_status is not None
    assert records.text_of(talks[0].last_status) == "@admin ilu bby ;3"
    assert records.post(talks[0].last_status, "x", "117020565693913441").mentions_us
    assert same("ilu bby ;3", talks[0].last_status.content or "")
    assert {"mention", "admin.sign_up"} <= {one.type for page in parsed(list[wire.Notification]) for one in page}
    reply = next(status for status in parsed(wire.Status) if status.in_reply_to_id)
    assert records.post(reply, reply.in_reply_to_id or "", "1").reply_to == reply.in_reply_to_id
    plan = records.scheduled(parsed(wire.ScheduledStatus)[0])
    assert (plan.title, plan.at) == ("please ensure adequate headroom", parse_iso("4000-01-01T14:33:14Z"))


def test_reports_are_on_their_statuses() -> None:
    open, closed = parsed(list[wire_admin.AdminReport])[0][0], parsed(wire_admin.AdminReport)[0]
    report = records.reports(open)[0]
    assert (report.id, report.target.kind) == (f"1-{(open.statuses or [])[0].id}", Kind.POST)
    assert (report.reason, report.kind, report.closed_at) == ("api crimes", "other", None)
    assert records.reports(closed)[0].closed_at == instant(closed.action_taken_at)
    states = [(one.suspended, one.silenced, one.disabled) for one in parsed(wire_admin.AdminAccount)]
    assert {(True, False, False), (False, True, False), (False, False, True)} <= set(states)


def test_roles_and_versions() -> None:
    rights = {rights_of(me) for me in parsed(wire.Me)}
    assert rights == {65_536, 8_388_607}, "nobody special, and an owner"
    versions = {flavour_of(told.version, told.source_url or "") for told in parsed(wire.Instance)}
    assert versions == {Flavour.MASTODON}
    limits = {told.configuration.statuses.max_characters for told in parsed(wire.Instance)}
    assert limits == {500}


def test_links_and_budgets_are_read() -> None:
    page = next(one for one in exchanges() if one.path.endswith("/statuses") and "link" in one.headers)
    answer = Answer(Request("GET", page.path), 200, page.headers, page.body)
    assert "min_id=117020580518794573" in answer.link("prev")
    assert "max_id=117020580489281910" in answer.link("next")
    told = [budget_of(one.headers, X_RATELIMIT_ISO, Instant(0)) for one in exchanges() if "api/v1" in one.path]
    budgets = [budget for budget in told if budget]
    assert len(budgets) > 100
    assert {budget.limit for budget in budgets} >= {30, 300}
    dated = next(one for one in exchanges() if "date" in one.headers and "x-ratelimit-reset" in one.headers)
    budget = budget_of(dated.headers, X_RATELIMIT_ISO, Instant(0))
    at = instant(parsedate_to_datetime(dated.headers["date"]).astimezone(UTC))
    assert budget is not None
    assert 0 < budget.resets_at - at <= 300_000
