"""200 replies written offline; the console is killed at any moment, again and again: all are there exactly once.

The platform is the Discourse stand-in on loopback, which also loses answers, does things late, stumbles and throttles.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cm_console.config import Home, SourceConfig, write_new
from cm_console.console import Console
from cm_console.model.outbox import State
from cm_console.model.time import Instant, SystemClock
from cm_console.store.sqlite import connect
from tests.servers.discourse import KEY, DiscourseServer
from tests.servers.loopback import Fault, Seen
from tests.worlds import thread_ids

ROOT = Path(__file__).parents[2]
"""Where `python -m tests...` works."""

THREADS = 20


class Forgetful(DiscourseServer):
    """Without the protection Discourse has for two minutes: ours must do alone."""

    def remember(self, seen: Seen, make: Callable[[], object]) -> object:
        return make()


@dataclass
class Site:
    """The platform, and who is to be killed when it is written to."""

    server: DiscourseServer
    home: Home
    dice: random.Random
    victim: int = 0
    writes_left: int = -1
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def strike(self, seen: Seen) -> Fault | None:
        """What goes wrong with a request; writes also count down to the death of the console."""
        if not seen.write:
            return None
        self.writes_left -= 1
        if self.writes_left == 0:
            self.kill()  # the request has arrived and will be carried out; nobody hears the answer
        kind = self.dice.choices(("", "lose", "late", "fail_before", "fail_after", "throttle"), (70, 8, 6, 5, 5, 2))[0]
        self.faults[kind] += 1
        now = self.server.clock.now()
        until = Instant(now + 300)
        return Fault(kind, lambda _: True, delay=self.dice.uniform(0.02, 0.25), until=until) if kind else None

    def kill(self) -> None:
        """No warning, no clean-up."""
        if self.victim:
            with suppress(ProcessLookupError):
                os.kill(self.victim, signal.SIGKILL)
            self.victim = 0

    def there(self) -> Counter[str]:
        """How often each of our replies stands on the platform."""
        ours = [post for post in self.server.world.posts.values() if post.user == self.server.me.id]
        return Counter(post.raw for post in ours if post.raw.startswith("Reply "))


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A forum with twenty questions, and a home that knows them."""
    monkeypatch.setenv("CM_TEST_KEY", KEY)
    server = Forgetful(SystemClock())
    ann = server.world.add_user("ann")
    for number in range(THREADS):
        server.world.add_topic(ann.id, f"Question number {number}", "How does one do this?")
    await server.start()
    home = Home(tmp_path / "home")
    home.prepare()
    settings = {"url": server.url, "username": "team", "token": "env:CM_TEST_KEY"}
    write_new(home.config, "Bikes", values={"undo_seconds": 0}, sources=[SourceConfig("forum", "discourse", settings)])
    yield Site(server, home, random.Random(20261122))
    await server.stop()


async def write_offline(site: Site, number: int) -> None:
    """Replies are queued by a console that only ever pulled."""
    from cm_console.config import load

    console = Console.open(load(site.home.config), site.home)
    await console.sync()
    threads = await thread_ids(console)
    assert len(threads) == THREADS
    for n in range(number):
        await console.inbox.reply(threads[n % THREADS], f"Reply {n}, long enough for any forum.")
    await console.stop()


async def run_and_kill(site: Site, kills: int, *mutants: str) -> None:
    """Start consoles and kill them at random moments, then let one finish its work."""
    zygote = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.property.kill_console", str(site.home.root), *mutants,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert zygote.stdin is not None and zygote.stdout is not None
    site.server.chance = site.strike
    loop = asyncio.get_running_loop()
    status = -1
    while status != 0:
        zygote.stdin.write(b"go\n")
        site.victim = int(await zygote.stdout.readline())
        timer = None
        if site.kills < kills and site.dice.random() < 0.6:
            site.writes_left = site.dice.randrange(1, 6)
        elif site.kills < kills:
            timer = loop.call_later(site.dice.uniform(0.01, 0.3), site.kill)
        status = int(await zygote.stdout.readline())
        assert status in (0, signal.SIGKILL), f"the console ended by itself: {status}"
        site.kills += status == signal.SIGKILL
        site.victim, site.writes_left = 0, -1
        if timer is not None:
            timer.cancel()
    zygote.stdin.close()
    await zygote.wait()
    await site.server.quiet()


def figures(site: Site, wanted: int, seconds: float) -> str:
    """What happened, for the record."""
    there = site.there()
    conn = connect(site.home.database, query_only=True)
    tries = dict(conn.execute("SELECT kind, count(*) FROM attempt GROUP BY kind").fetchall())
    conn.close()
    twice = sum(n - 1 for n in there.values())
    lost = wanted - len(there)
    faults = ", ".join(f"{kind} {n}" for kind, n in sorted(site.faults.items()) if kind)
    return (
        f"{wanted} replies, {site.kills} kills, {tries.get('send', 0)} sends, {tries.get('look', 0)} looks,"
        f" faults: {faults}; duplicates {twice}, lost {lost}, {seconds:.1f} s"
    )


@pytest.mark.slow
async def test_killed_at_any_moment_every_reply_is_there_exactly_once(site: Site) -> None:
    await write_offline(site, 200)
    begun = time.monotonic()
    await run_and_kill(site, 80)
    print(figures(site, 200, time.monotonic() - begun))
    assert site.kills >= 50
    assert site.there() == Counter({f"Reply {n}, long enough for any forum.": 1 for n in range(200)})
    conn = connect(site.home.database)
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert conn.execute("SELECT state, count(*), count(DISTINCT remote_id) FROM action GROUP BY 1").fetchall() == [
        (State.SENT, 200, 200)
    ]
    conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')")
    conn.close()
    for thread in {post.topic for post in site.server.world.posts.values()}:
        posts = (site.server.world.posts[id] for id in site.server.world.topics[thread].posts)
        numbers = [int(post.raw.split()[1][:-1]) for post in posts if post.raw.startswith("Reply ")]
        assert numbers == sorted(numbers), "a thread lost its order"


@pytest.mark.slow
@pytest.mark.parametrize("mutants", [("doubt_taken_for_no", "taken_over_to_queued"), ("no_time_to_settle",)])
async def test_a_console_that_just_tries_again_doubles_replies(site: Site, mutants: tuple[str, ...]) -> None:
    await write_offline(site, 40)
    begun = time.monotonic()
    await run_and_kill(site, 8, *mutants)
    print("+".join(mutants), figures(site, 40, time.monotonic() - begun))
    assert max(site.there().values()) > 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_ends_a_watching_console_cleanly_in_the_middle_of_its_work(site: Site, number: int) -> None:
    await write_offline(site, 40)
    console = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cm_console", "--home", str(site.home.root), "sync", "--watch",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    third = asyncio.Event()
    seen: list[Seen] = []

    def strike(request: Seen) -> None:
        if request.write:
            seen.append(request)
            if len(seen) == 3:
                third.set()

    site.server.chance = strike
    await asyncio.wait_for(third.wait(), 30)
    console.send_signal(number)
    out, err = await asyncio.wait_for(console.communicate(), 20)
    assert (console.returncode, err) == (0, b"")
    assert re.fullmatch(rb"watching 1 sources; ctrl\+c ends it\s*", out)
    assert [path.name for path in site.home.locks.iterdir() if not path.name.startswith("task-")] == []
    conn = connect(site.home.database)
    states = Counter(state for (state,) in conn.execute("SELECT state FROM action"))
    conn.close()
    assert states[State.SENDING] == 0 and states.total() == 40
    assert states[State.SENT] <= sum(site.there().values()) <= states[State.SENT] + states[State.UNCERTAIN]
