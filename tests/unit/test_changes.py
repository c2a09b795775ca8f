"""Whoever shows what changed hears of it at once, and then no more often than a person can see."""

from __future__ import annotations

import asyncio

import pytest

from cm_console.services import changes as module
from cm_console.services.changes import Changes


async def test_the_first_change_is_heard_at_once_and_a_storm_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull changes something with every page; the screens must still have time for keys."""
    monkeypatch.setattr(module, "PACE", 0.05)
    changes, heard, again = Changes(), list[frozenset[str]](), asyncio.Event()

    def listen() -> None:
        heard.append(changes.take())
        if len(heard) == 2:
            again.set()

    changes.listener = listen
    began = asyncio.get_running_loop().time()
    changes.add(["inbox"])
    assert heard == [{"inbox"}]
    for _ in range(100):
        changes.add(["status"])
        changes.add(["metrics"])
    assert len(heard) == 1 and changes.dirty
    await asyncio.wait_for(again.wait(), 5)
    assert heard[1] == {"status", "metrics"} and asyncio.get_running_loop().time() - began >= 0.05


async def test_watchers_hear_everything_at_once() -> None:
    """The outbox must not wait for the screens."""
    changes, heard = Changes(), list[frozenset[str]]()
    changes.watchers.append(heard.append)
    changes.listener = lambda: None
    for topic in ("inbox", "outbox"):
        changes.add([topic])
    assert heard == [{"inbox"}, {"outbox"}]


async def test_who_listens_no_more_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app is gone before the pace allows the next call."""
    monkeypatch.setattr(module, "PACE", 0.01)
    changes, heard = Changes(), list[frozenset[str]]()
    changes.listener = lambda: heard.append(changes.take())
    changes.add(["inbox"])
    changes.add(["inbox"])
    changes.listener = None
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, later.set)
    await later.wait()
    assert len(heard) == 1
