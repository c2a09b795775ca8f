"""A message to a member through the outbox: once, as an inquiry of its own, and back when they answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.inbox import View
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Ref
from tests.servers.email_bench import ANN, PASSWORD, US, EmailBench, mail
from tests.servers.mastodon import TOKEN
from tests.servers.mastodon_bench import MastodonBench
from tests.worlds import queue, rows


@dataclass(frozen=True)
class Way:
    """A platform to write to, how a source finds it, its member, and how they answer."""

    bench: Callable[[], Any]
    settings: Callable[[Any], dict[str, Any]]
    secret: str
    member: Callable[[Any], str]
    answers: Callable[[Any, str], object]


def mail_back(bench: EmailBench, id: str) -> object:
    return bench.world.put("INBOX", mail("a@ann.test", ANN, "Re: Your bell", "Gladly?", bench.clock.now(), id))


MASTODON = Way(
    MastodonBench,
    lambda b: {"url": b.server.url, "token": "env:SECRET", "history": 0},
    TOKEN,
    lambda b: b.ann,
    lambda b, id: b.site.add_status(b.ann, "@team Gladly?", reply_to=id, visibility="direct"),
)
EMAIL = Way(
    EmailBench,
    lambda b: {
        "address": US,
        "imap": f"plain://127.0.0.1:{b.imap.port}",
        "smtp": f"plain://127.0.0.1:{b.smtp.port}",
        "password": "env:SECRET",
        "copies": "server",
        "history": 0,
    },
    PASSWORD,
    lambda b: ANN,
    mail_back,
)


@pytest.fixture(params=[MASTODON, EMAIL], ids=["mastodon", "email"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Way, Any, Console]]:
    way: Way = request.param
    bench = await way.bench().start()
    monkeypatch.setenv("SECRET", way.secret)
    home = Home(tmp_path / "home")
    source = SourceConfig("there", request.node.callspec.id, way.settings(bench))
    console = Console.open(Config(home.config, "Bikes", ZoneInfo("UTC"), sources=(source,)), home, clock=bench.clock)
    yield way, bench, console
    await console.stop()
    await bench.close()


async def test_it_is_an_inquiry_that_waits_once_they_answer(world: tuple[Way, Any, Console]) -> None:
    way, bench, console = world
    await console.sync()
    member = Ref(Kind.MEMBER, way.member(bench))
    action = Action("", Verb.MESSAGE, member, text="Would you show it to us?", title="Your bell")
    await queue(console, action, source="there")
    bench.clock.advance(30)
    await console.deliver()
    (row,) = await rows(console)
    assert row.state is State.SENT
    assert len(await bench.told(member.id)) == 1
    (inquiry,) = await console.inbox.page(View.ALL)
    assert inquiry.kind == "direct"
    assert await console.inbox.page(View.NEEDS_REPLY) == []
    bench.clock.advance(600)
    way.answers(bench, row.remote_id or "")
    await console.sync()
    (waiting,) = await console.inbox.page(View.NEEDS_REPLY)
    assert waiting.id == inquiry.id
