"""Who is the same person: every reason, every answer, by hand too; and z leaves no trace of any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cm_console.model.records import Member
from cm_console.model.text import Untrusted
from cm_console.screens.person import PersonScreen
from cm_console.store import ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from tests.screens.stage import ZONE, Stage, make_stage, press, said, text_of

OTHERS = {
    "same mail address": Member("c1", Untrusted("other"), Untrusted("O"), email="mia@x.example"),
    "linked profile": Member("c1", Untrusted("other"), Untrusted("O"), links=("https://forum.example/u/mia",)),
    "same handle": Member("c1", Untrusted("Mia"), Untrusted("O")),
    "same full name": Member("c1", Untrusted("other"), Untrusted("Mia Lee")),
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Mia on the forum, with everything a platform can vouch for."""
    made = make_stage(tmp_path)
    made.thread("Brakes squeal", author="mia")
    url = "https://forum.example/u/mia"
    made.save(Member("m-mia", Untrusted("mia"), Untrusted("Mia Lee"), url=url, email="mia@x.example"))
    yield made
    made.store.close()


def elsewhere(stage: Stage, member: Member) -> None:
    """An account on the chat."""

    def chat(conn: Connection) -> None:
        ingest.save(conn, sources.ensure(conn, "chat", "matrix"), Community(ZONE), stage.clock.now(), [member])

    stage.store._run(chat, True)


def kept(stage: Stage) -> list[object]:
    """All that merging and taking apart may change."""

    def read(conn: Connection) -> list[object]:
        return [
            conn.execute("SELECT id, person_id FROM member ORDER BY id").fetchall(),
            conn.execute("SELECT * FROM account_link ORDER BY id").fetchall(),
            conn.execute("SELECT item, body FROM note").fetchall(),
        ]

    return stage.store.read_now(read)


def accounts(pilot: Pilot[None]) -> int:
    """How many the person who is shown has."""
    assert isinstance(pilot.app.screen, PersonScreen) and pilot.app.screen.known is not None
    return len(pilot.app.screen.known.accounts)


@pytest.mark.parametrize("reason", OTHERS)
@pytest.mark.parametrize(("answer", "left"), [("y", "linked"), ("n", ""), ("x", "")])
async def test_each_reason_is_told_each_answer_taken_and_z_leaves_no_trace(
    stage: Stage, reason: str, answer: str, left: str
) -> None:
    elsewhere(stage, OTHERS[reason])
    before = kept(stage)
    async with stage.open("120x40") as pilot:
        await press(pilot, "w")
        assert f"on chat: {reason}" in text_of(pilot)
        await press(pilot, "s", answer)
        assert "PERHAPS" not in text_of(pilot) and ("linked:" in text_of(pilot)) is bool(left)
        assert kept(stage) != before
        await press(pilot, "z")
        assert f"on chat: {reason}" in text_of(pilot) and "linked:" not in text_of(pilot)
        assert kept(stage) == before


async def test_what_was_rejected_is_asked_again_for_another_reason_what_is_never_is_not(stage: Stage) -> None:
    both = Member("c1", Untrusted("mia"), Untrusted("O"), email="mia@x.example")
    for answer, again in (("n", True), ("x", False)):
        elsewhere(stage, OTHERS["same handle"])
        async with stage.open("120x40") as pilot:
            await press(pilot, "w", "s", answer)
            elsewhere(stage, both)
            stage.services.changes.add(("members",))
            await press(pilot)
            assert ("on chat: same mail address" in text_of(pilot)) is again
            await press(pilot, "escape", "z")
        elsewhere(stage, Member("c1", Untrusted("mia"), Untrusted("O"), email="else@x.example"))


async def test_by_hand_together_and_apart_and_back(stage: Stage) -> None:
    elsewhere(stage, Member("c1", Untrusted("zed"), Untrusted("Z")))
    async with stage.open("120x40", notices=True) as pilot:
        await press(pilot, "w", "n", *"tall", "enter")
        apart = kept(stage)
        await press(pilot, "M", *"chat:zed", "enter", "1")
        together = kept(stage)
        assert "One person now: mia on forum, zed on chat" in said(pilot)[-1] and accounts(pilot) == 2
        await press(pilot, "U", "2")
        assert accounts(pilot) == 1 and said(pilot)[-1] == "Taken apart; z takes it back."
        await press(pilot, "z")
        assert kept(stage) == together and accounts(pilot) == 2
        await press(pilot, "z")
        assert kept(stage) == apart and accounts(pilot) == 1
        await press(pilot, "M", *"nobody", "enter")
        assert said(pilot)[-1] == "nobody else is called so"
