"""A webhook passes the contract, with receivers that are idempotent and that are not; only what is signed counts."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import ClassVar

import msgspec
import pytest

from cm_console.model.action import Action, ReplayKind, Verb
from cm_console.model.errors import Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.records import Record, Ref, Thread, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.webhook import Webhook, WebhookSettings
from cm_console.testing import SourceContract
from tests.servers.loopback import Reply
from tests.servers.loopback_bench import LoopbackBench
from tests.servers.webhook import SECRET, WebhookServer

NOTHING = "a webhook reads nothing"
CANNOT = dict.fromkeys(
    (
        "add_member",
        "add_thread",
        "add_post",
        "edit_post",
        "delete_post",
        "add_report",
        "colleague_acts",
        "repeat_next_page",
    ),
    NOTHING,
)


class WebhookBench(LoopbackBench):
    """A receiver that checks every signature."""

    kind: ClassVar[SourceKind] = Webhook
    cannot: ClassVar[Mapping[str, str]] = CANNOT
    idempotent: ClassVar[bool] = False
    server: WebhookServer
    secrets = (SECRET,)
    place = "ops"

    def __init__(self) -> None:
        super().__init__()
        self.server = WebhookServer(self.clock, forgetful=not self.idempotent)

    def settings(self) -> WebhookSettings:
        return WebhookSettings(f"{self.server.url}/hook?team=ops", Secret(SECRET), self.idempotent, private=True)

    def source(self) -> Webhook:
        return Webhook(self.settings(), self.clock)

    async def truth(self) -> Mapping[Ref, Record]:
        at = Instant(0)
        made = [
            Thread(f"T-{n}", Untrusted(each.title), None, at) for n, each in enumerate(self.server.receiver.kept, 1)
        ]
        return {ref_of(thread): thread for thread in made}

    async def unauthorized(self) -> None:
        self.server.receiver.locked = True


class IdempotentBench(WebhookBench):
    """One whose receiver drops what it has seen."""

    idempotent = True


BY_READING = frozenset(
    {
        "test_no_connection",
        "test_a_server_error",
        "test_refused",
        "test_throttled",
        "test_garbled",
        "test_unauthorized",
        "test_verbs_do_what_they_say",
        "test_a_push_can_be_cancelled_at_every_await",
        "test_a_pull_brings_everything_in_bounded_pages",
        "test_a_pull_resumes_after_any_page",
        "test_a_pull_cut_short_again_and_again_gets_through",
        "test_a_server_that_goes_away_inside_a_pull_costs_nothing",
        "test_changes_between_pages_are_not_missed",
        "test_nothing_new_brings_nothing_and_asks_little",
        "test_a_pull_can_be_cancelled_at_every_await",
    }
)
"""Tests of the contract that see by pulling what came of something; what they ask of writes is asked below."""


class WriteOnly(SourceContract):
    """The contract for what has no feeds."""

    @pytest.fixture(autouse=True)
    def only_what_can_be_seen(self, request: pytest.FixtureRequest) -> None:
        if request.function.__name__ in BY_READING:
            pytest.skip(NOTHING)


class TestWebhook(WriteOnly):
    """A receiver that takes each delivery as a new one."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[WebhookBench]:
        bench = await WebhookBench().start()
        yield bench
        await bench.close()


class TestIdempotent(WriteOnly):
    """A receiver that is told safely twice."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[WebhookBench]:
        bench = await IdempotentBench().start()
        yield bench
        await bench.close()


@pytest.fixture
async def bench() -> AsyncIterator[WebhookBench]:
    bench = await WebhookBench().start()
    yield bench
    await bench.close()


ACTION = Action("a-1", Verb.PUBLISH, title="2FA", text="Please look", place="ops")


async def test_a_delivery_is_signed_over_time_and_body(bench: WebhookBench) -> None:
    source = bench.source()
    assert (await source.push(ACTION)).remote_id == "T-1"
    (seen,) = bench.server.seen
    told = seen.headers["x-timestamp"].encode() + b"." + seen.body
    assert seen.headers["x-signature-256"] == "sha256=" + hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
    assert (seen.headers["x-delivery-id"], seen.headers["idempotency-key"]) == ("a-1", "a-1")
    assert seen.target == "/hook?team=ops"
    assert msgspec.json.decode(seen.body)["text"] == "Please look"
    await source.close()


async def test_another_secret_is_not_believed(bench: WebhookBench) -> None:
    source = Webhook(replace(bench.settings(), secret=Secret("guessed")), bench.clock)
    with pytest.raises(Unauthorized):
        await source.push(ACTION)
    assert bench.server.receiver.kept == []
    await source.close()


@pytest.mark.parametrize(
    ("answer", "remote"),
    [
        (Reply({"url": "https://ops.example/T-9"}, 200), "https://ops.example/T-9"),
        (Reply(None, 201, {"Location": "https://ops.example/T-8"}), "https://ops.example/T-8"),
        (Reply({"id": 7}, 200), "7"),
        (Reply(None, 204), "a-1"),
        (Reply(b"thanks!", 200), "a-1"),
        (Reply({"id": {"a": 1}}, 200), "a-1"),
        (Reply(["x"], 200), "a-1"),
    ],
)
async def test_the_receipt_names_what_it_became(bench: WebhookBench, answer: Reply, remote: str) -> None:
    bench.server.receiver.answer = answer
    source = bench.source()
    assert (await source.push(ACTION)).remote_id == remote
    await source.close()


TROUBLES = [
    ("fail_before", Unreachable, None, 0),
    ("fail_after", Unreachable, None, 1),
    ("lose", Unreachable, None, 1),
    ("refuse", Refused, False, 0),
    ("throttle", Throttled, False, 0),
]


@pytest.mark.parametrize(("fault", "kind", "landed", "kept"), TROUBLES, ids=[case[0] for case in TROUBLES])
async def test_an_error_says_whether_it_may_have_arrived(
    bench: WebhookBench, fault: str, kind: type[SourceError], landed: bool | None, kept: int
) -> None:
    bench.server.plan(fault, until=Instant(bench.clock.now() + 60_000))
    source = bench.source()
    with pytest.raises(kind) as caught:
        await source.push(ACTION)
    assert caught.value.landed is landed
    assert len(bench.server.receiver.kept) == kept
    assert SECRET not in str(caught.value)
    await source.close()


async def test_nobody_there_is_certainly_not_told(bench: WebhookBench) -> None:
    await bench.drop_next()
    source = bench.source()
    with pytest.raises(Unreachable) as caught:
        await source.push(ACTION)
    assert caught.value.landed is False
    await source.close()


async def test_an_idempotent_receiver_is_told_again_and_takes_it_once() -> None:
    bench = await IdempotentBench().start()
    source = bench.source()
    await bench.lose_next_answer()
    with pytest.raises(Unreachable):
        await source.push(ACTION)
    bench.clock.advance(30)
    assert (await source.push(ACTION)).remote_id == "T-1"
    assert len(bench.server.receiver.kept) == 1
    assert len(bench.server.seen) == 2
    await source.close()
    await bench.close()


async def test_private_addresses_want_a_yes(bench: WebhookBench) -> None:
    source = Webhook(replace(bench.settings(), private=False), bench.clock)
    with pytest.raises(Refused, match="private = true"):
        await source.push(ACTION)
    assert bench.server.seen == []
    await source.close()


def test_what_a_repeat_does_is_as_declared(bench: WebhookBench) -> None:
    source = bench.source()
    assert source.verbs[Verb.PUBLISH].kind is ReplayKind.ASK
    sure = Webhook(replace(bench.settings(), idempotent=True), bench.clock)
    assert sure.verbs[Verb.PUBLISH].kind is ReplayKind.KEYED
    assert Webhook.verbs[Verb.PUBLISH].kind is ReplayKind.ASK


async def test_an_address_must_be_one(bench: WebhookBench) -> None:
    source = Webhook(replace(bench.settings(), url="ops.example.org"), bench.clock)
    with pytest.raises(Refused, match="https://"):
        await source.check()
