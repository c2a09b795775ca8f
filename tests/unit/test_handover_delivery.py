"""A hand-over through the engine: to a webhook that checks signatures, and to a forum whose answer brings it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cm_console.console import Console, new_uuid
from cm_console.model.handover import OutsideTeam
from cm_console.model.inbox import Status
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from tests.servers.webhook import SECRET, WebhookServer
from tests.worlds import Lab, make_lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    lab = make_lab(tmp_path, "forum", "staff")
    lab.more = {"handover": (OutsideTeam("infra", "staff", "Engineering"), OutsideTeam("ops", "ops", "oncall"))}
    yield lab
    await lab.close()


async def later(lab: Lab, console: Console, seconds: float) -> None:
    lab.clock.advance(seconds)
    await console.idle()


async def test_an_answer_in_the_team_s_forum_opens_the_inquiry_again(lab: Lab) -> None:
    await lab.benches["forum"].add_thread(text="Where is the key?")
    console = lab.console()
    await console.start()
    await console.idle()
    service = console.handover
    await service.hand_over(1, await service.preview(1, "infra", "please look"))
    await console.inbox.done([1])
    await later(lab, console, 11)
    (handed,) = await service.of_thread(1)
    assert handed.state == "sent"
    await lab.benches["staff"].add_post(handed.remote, "Under the mat.")
    await later(lab, console, 301)
    await later(lab, console, 21)
    row, (note,) = await console.inbox.row(1), await console.inbox.notes(1)
    assert row is not None
    assert row.status is Status.OPEN
    assert note.author == "infra"
    assert note.body.endswith("Under the mat.")


async def test_a_webhook_is_told_once_signed_and_its_answer_is_linked(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_SECRET", SECRET)
    server = WebhookServer(lab.clock)
    await server.start()
    await lab.benches["forum"].add_thread(text="The site is down")
    settings = {"url": f"{server.url}/hook", "secret": "env:OPS_SECRET", "private": True}
    lab.wrap = lambda source: source
    console = lab.console()
    ops = replace(console.config.sources[0], name="ops", kind="webhook", settings=settings)
    console.config = replace(console.config, sources=(*console.config.sources, ops))
    console.new_id = new_uuid
    await console.start()
    await console.idle()
    parcel = await console.handover.preview(1, "ops", "")
    await console.handover.hand_over(1, parcel)
    await later(lab, console, 11)
    (told,) = server.receiver.kept
    assert (told.place, told.title) == ("oncall", parcel.title)
    assert "> The site is down" in told.text
    (handed,) = await console.handover.of_thread(1)
    assert handed.words == "ops: T-1 (sent)"
    assert [seen.method for seen in server.seen if seen.write] == ["POST"]
    await console.stop()
    await server.stop()


async def test_a_source_that_cannot_publish_is_named_before_anything_leaves(lab: Lab) -> None:
    lab.benches["staff"].platform.missing[Verb.PUBLISH] = "create topics"
    await lab.benches["forum"].add_thread()
    console = lab.console()
    await console.start()
    await console.idle()
    with pytest.raises(Impossible, match="infra cannot be told: staff may not publish: create topics"):
        await console.handover.preview(1, "infra", "")
