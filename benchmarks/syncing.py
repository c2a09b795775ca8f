"""A sync from a Discourse-shaped server on loopback that takes 20 ms for each answer: reported, not judged."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.opening import console
from benchmarks.scale import Scale
from benchmarks.table import Line
from cm_console.model.time import SystemClock
from tests.servers.discourse import KEY, DiscourseServer

DELAY, PER_TOPIC, MEMBERS = 0.02, 20, 500
CONFIG = """\
community = "Bench"

[sources.forum]
kind = "discourse"
url = "{url}"
username = "{name}"
token = "env:CM_BENCH_KEY"
"""


@contextmanager
def _served(posts: int) -> Iterator[DiscourseServer]:
    """The server, on a thread of its own."""
    loop = asyncio.new_event_loop()
    server = DiscourseServer(SystemClock(), delay=DELAY)
    server.world.seed(posts, PER_TOPIC, members=MEMBERS)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def run(scale: Scale) -> list[Line]:
    """One whole `cm-console sync` as a process of its own."""
    with tempfile.TemporaryDirectory() as folder, _served(scale.synced) as server:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(url=server.url, name=server.me.username))
        config.chmod(0o600)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [*console(Path(folder)), "sync", "--json"],
            env={**os.environ, "CM_BENCH_KEY": KEY},
            capture_output=True,
            check=False,
        )
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.stderr.write(done.stderr.decode())
        raise RuntimeError(f"the sync ended with {done.returncode}")
    records = sum(outcome["records"] for outcome in json.loads(done.stdout))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [
        Line("requests in flight, most", "", server.most_in_flight),
        Line("requests", "", len(server.seen), note=f"{records:,} records, {scale.synced:,} posts"),
        Line("whole sync", "s", wall, note=f"{1000 * DELAY:g} ms for each answer"),
        Line("posts a second", "posts/s", scale.synced / wall),
        Line("CPU for each post", "us", 1e6 * cpu / scale.synced, note="starting and full text included"),
    ]
