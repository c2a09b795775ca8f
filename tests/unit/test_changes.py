"""Whoever shows what changed hears of it at once, and then no more often than a person can see."""

from __future__ import annotations

import asyncio

import pytest

from cm_console.services.changes import AT_LATEST, Changes

PACE, AFTER_A_KEY = 10.0, 0.25


class Listener:
    """Hears of changes on an event loop whose time stands still until `after`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.heard: list[frozenset[str]] = []
        self.changes = Changes(PACE, AFTER_A_KEY)
        self.changes.listener = lambda: self.heard.append(self.changes.take())
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def after(self, seconds: float) -> list[frozenset[str]]:
        """What was heard until then."""
        self.now += seconds
        for _ in range(3):
            await asyncio.sleep(0)
        return self.heard


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    return Listener(monkeypatch)


async def test_the_first_change_is_heard_at_once_and_a_storm_only_now_and_then(listener: Listener) -> None:
    """A pull changes something with every page; the screens must still have time for keys."""
    changes = listener.changes
    changes.add(["inbox"])
    assert listener.heard == [{"inbox"}]
    for _ in range(100):
        changes.add(["status"])
        changes.add(["metrics"])
    assert await listener.after(PACE - 0.1) == [{"inbox"}]
    assert await listener.after(0.2) == [{"inbox"}, {"status", "metrics"}]
    assert changes.take() == set()
    changes.add(["outbox"])
    assert len(await listener.after(PACE - 0.1)) == 2, "the pace goes on from the second time"
    assert (await listener.after(0.2))[2:] == [{"outbox"}]


async def test_after_a_quiet_time_it_is_at_once_again(listener: Listener) -> None:
    listener.changes.add(["inbox"])
    assert await listener.after(PACE) == [{"inbox"}]
    listener.changes.add(["outbox"])
    assert listener.heard == [{"inbox"}, {"outbox"}]


async def test_what_was_taken_meanwhile_is_not_told_and_what_came_after_it_is(listener: Listener) -> None:
    changes = listener.changes
    for topic in ("inbox", "status"):
        changes.add([topic])
    assert changes.take() == {"status"}
    assert await listener.after(PACE + 1) == [{"inbox"}]
    for topic in ("inbox", "status"):
        changes.add([topic])
    changes.take()
    changes.add(["metrics"])
    assert await listener.after(PACE + 1) == [{"inbox"}, {"inbox"}, {"metrics"}]


async def test_watchers_hear_everything_at_once(listener: Listener) -> None:
    """The outbox must not wait for the screens."""
    heard: list[frozenset[str]] = []
    listener.changes.watchers.append(heard.append)
    for topic in ("inbox", "outbox", "outbox"):
        listener.changes.add([topic])
    assert heard == [{"inbox"}, {"outbox"}, {"outbox"}]


async def test_who_listens_no_more_is_not_called(listener: Listener) -> None:
    """The app is gone before the pace allows the next call."""
    listener.changes.add(["inbox"])
    listener.changes.add(["inbox"])
    listener.changes.listener = None
    assert await listener.after(PACE + 1) == [{"inbox"}] and not listener.changes.dirty


async def test_what_changes_elsewhere_waits_for_who_types_but_not_for_ever(listener: Listener) -> None:
    changes = listener.changes
    changes.pressed()
    changes.add(["inbox"])
    assert await listener.after(AFTER_A_KEY - 0.05) == []
    changes.pressed()
    assert await listener.after(AFTER_A_KEY - 0.05) == [], "it waits after the last key"
    assert await listener.after(0.1) == [{"inbox"}]
    await listener.after(PACE)
    changes.pressed()
    changes.add(["outbox"])
    for _ in range(int(AT_LATEST / 0.2) - 1):
        assert len(await listener.after(0.2)) == 1
        changes.pressed()
    assert (await listener.after(0.25))[1:] == [{"outbox"}], "a key held down"
