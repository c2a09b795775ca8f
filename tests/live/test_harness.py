"""The harness itself: a process is asked until it answers and ended with all it started; the proxy does as ordered."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from cm_console.testing import FakeClock
from tests.live.fault_proxy import FaultProxy
from tests.live.places import Unavailable, debian, free_port, made_once
from tests.live.processes import Process, answers
from tests.servers.loopback import LoopbackServer, Reply, Seen


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CM_CONSOLE_LIVE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_process_is_ready_when_it_answers_and_ends_with_its_children(tmp_path: Path) -> None:
    port, children = free_port(), tmp_path / "children"
    code = (
        "import subprocess, sys, http.server; from pathlib import Path\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        f"Path({str(children)!r}).write_text(str(child.pid))\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()"
    )
    process = Process([sys.executable, "-c", code], tmp_path / "log", cwd=tmp_path)
    process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/children"), seconds=30)
    process.stop()
    process.stop()
    assert not answers(f"http://127.0.0.1:{port}/children")
    assert _ends_soon(int(children.read_text())), "a child outlived its server"


def test_a_process_that_ends_early_shows_its_log(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "print('port taken'); raise SystemExit(3)"], tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"(?s)ended before it was ready.*port taken.*status 3"):
        process.wait_until(lambda: False, seconds=30)
    process.stop()


def test_what_is_half_made_is_made_anew(cache: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half").touch()
        raise Unavailable("no network")

    with pytest.raises(Unavailable):
        made_once("thing", "v1", fails)
    folder = made_once("thing", "v1", lambda folder: (folder / "whole").touch())
    assert {path.name for path in folder.iterdir()} == {"whole", ".made"}
    assert made_once("thing", "v1", fails) == folder, "made once"
    assert made_once("thing", "v2", lambda folder: None) != folder


def test_a_missing_package_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Unavailable, match="no-such-program is missing"):
        debian("php8.2-cli", provides="no-such-program")
    debian("anything", provides="python3")


async def test_the_proxy_loses_an_answer_after_the_server_did_it_and_cuts_before(clock: FakeClock) -> None:
    done: list[str] = []

    def handler(seen: Seen) -> Reply:
        done.append(seen.path)
        return Reply({"ok": True})

    server = LoopbackServer(handler, clock)
    await server.start()
    async with FaultProxy(server.port) as proxy, httpx.AsyncClient(trust_env=False) as client:
        lost, cut = proxy.lose_answer(rb"POST /lost"), proxy.cut_before(rb"secret words")
        assert (await client.get(f"{proxy.url}/first")).status_code == 200
        with pytest.raises(httpx.TransportError):
            await client.post(f"{proxy.url}/lost", json={})
        with pytest.raises(httpx.TransportError):
            await client.post(f"{proxy.url}/cut", json={"text": "secret words"})
        assert (await client.post(f"{proxy.url}/lost", json={})).status_code == 200
    await server.stop()
    assert done == ["/first", "/lost", "/lost"]
    assert lost.done and cut.done


async def test_the_proxy_goes_on_while_a_test_stops_its_event_loop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        async with FaultProxy(server.getsockname()[1]) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
                client.sendall(b"words")
                there, _ = server.accept()
            with there:
                assert (there.recv(5), there.recv(1)) == (b"words", b""), "it came, and so did the end"


def _ends_soon(pid: int) -> bool:
    """A process that was killed is there until the system has got round to it."""
    deadline = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
