"""The tools that tests stand on: the clock, cancelling at an await, replayed recordings, the hostile texts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from cm_console.testing import HOSTILE_TEXTS, FakeClock, ReplayTransport, cut


async def test_the_clock_stands_still_until_advanced() -> None:
    """A sleeper wakes when its deadline has passed, not before, and in order of the deadlines."""
    clock, woken = FakeClock(start=1_000), list[str]()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    tasks = [asyncio.ensure_future(sleeper(name, seconds)) for name, seconds in (("b", 2), ("a", 1), ("c", 3))]
    await clock.sleeping(3)
    clock.advance(0.999)
    await asyncio.sleep(0)
    assert woken == [] and clock.sleepers == 3
    clock.advance(1.001)
    await asyncio.sleep(0)
    assert woken == ["a", "b"] and clock.now() == 3_000 and clock.sleepers == 1
    clock.advance(1)
    await asyncio.gather(*tasks)
    assert woken == ["a", "b", "c"]


async def test_tick_lets_a_periodic_task_run_as_often_as_due() -> None:
    """Each time at its own deadline."""
    clock, times = FakeClock(start=0), list[int]()

    async def every_minute() -> None:
        while True:
            await clock.sleep(60)
            times.append(clock.now())

    task = asyncio.ensure_future(every_minute())
    await clock.sleeping()
    await clock.tick(200)
    assert times == [60_000, 120_000, 180_000] and clock.now() == 200_000
    task.cancel()
    await asyncio.wait({task})
    assert clock.sleepers == 0


async def test_sleeping_waits_for_the_sleeper() -> None:
    """However many rounds of the loop it takes to get there."""
    clock = FakeClock()

    async def slow() -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        await clock.sleep(1)

    task = asyncio.ensure_future(slow())
    await clock.sleeping()
    clock.advance(1)
    await task
    await clock.sleep(0)


async def test_cut_reaches_every_await_and_then_the_end() -> None:
    """Three awaits: three cuts, each one further; the fourth run ends by itself."""
    reached: list[int] = []

    async def three() -> None:
        for number in range(3):
            reached.append(number)
            await asyncio.sleep(0)

    assert [await cut(three(), step) for step in (1, 2, 3, 4)] == [True, True, True, False]
    assert reached == [0, 0, 1, 0, 1, 2, 0, 1, 2]


async def test_cut_cancels_what_is_under_way() -> None:
    """The awaited future is cancelled, as a real cancellation does; results and errors pass through otherwise."""
    future = asyncio.get_running_loop().create_future()

    async def waits() -> None:
        await future

    assert await cut(waits(), 1)
    assert future.cancelled()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("its own trouble")

    with pytest.raises(ValueError, match="its own trouble"):
        await cut(fails(), 9)


async def test_cut_sees_a_swallowed_cancellation() -> None:
    """A coroutine that goes on when told to stop."""

    async def deaf() -> None:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return

    with pytest.raises(AssertionError, match="swallowed"):
        await cut(deaf(), 1)


async def test_recordings_are_played_in_order(tmp_path: Path) -> None:
    """The first unplayed match, then the last one again; status and headers as recorded; the rest is named."""
    recordings: list[dict[str, object]] = [
        {"path": "/latest.json", "json": {"page": 1}, "headers": {"x-left": "9"}},
        {"path": "/latest.json", "json": {"page": 2}},
        {"path": "/t.json?page=2", "json": []},
        {"method": "POST", "path": "/posts.json", "status": 422, "text": "no"},
    ]
    for number, recording in enumerate(recordings):
        (tmp_path / f"{number}.json").write_text(json.dumps(recording))
    replay = ReplayTransport(tmp_path)
    async with httpx.AsyncClient(transport=replay.mock, base_url="https://forum.test") as http:
        first = await http.get("/latest.json?x=1")
        assert first.json() == {"page": 1} and first.headers["x-left"] == "9"
        assert [(await http.get("/latest.json")).json()["page"] for _ in range(2)] == [2, 2]
        assert (await http.get("/t.json?page=2")).json() == []
        assert replay.unplayed == ["POST /posts.json"]
        answer = await http.post("/posts.json", json={})
        assert (answer.status_code, answer.text) == (422, "no")
        with pytest.raises(AssertionError, match=r"not recorded: GET /t\.json\?page=3"):
            await http.get("/t.json?page=3")
    assert replay.unplayed == [] and replay.seen[0] == "GET /latest.json?x=1"


def test_the_hostile_texts_cover_what_they_promise() -> None:
    """All control characters alone and within a word, each opener of a sequence, lone surrogates, a megabyte."""
    assert len(HOSTILE_TEXTS) >= 500 and len(set(HOSTILE_TEXTS)) == len(HOSTILE_TEXTS)
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)):
        assert f"a{chr(code)}b" in HOSTILE_TEXTS
    for opener in ("\x1b]52;", "\x1b]8;;", "\x1b]1337;", "\x1bP", "\x1b_", "\x1b[6n", "\x9b6n", "\x9d0;"):
        assert any(opener in text for text in HOSTILE_TEXTS), repr(opener)
    for piece in ("[/]", "[@click=app.quit]", "\u202e", "\u2066", "\U000e0068", "\ud800", "\u200b", "=1+1", "\\x1b"):
        assert any(piece in text for text in HOSTILE_TEXTS), repr(piece)
    assert max(map(len, HOSTILE_TEXTS)) == 1_000_000
