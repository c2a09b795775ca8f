"""A terminal for programs to be timed in: a pty with a pyte screen behind it that answers what terminals are asked."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import pyte

KEYS = {"down": b"\x1b[B", "up": b"\x1b[A", "page down": b"\x1b[6~", "page up": b"\x1b[5~"}
COLUMNS, ROWS = 120, 40
PAUSE = 0.003
"""Seconds without output after which what came is looked at."""

_QUERY = re.compile(
    rb"\x1b\[(?P<attributes>[>=]?)0?c|\x1b\[(?P<status>[56])n|\x1b\[(?P<mode>\?\d+)\$p|\x1b\[(?P<window>14|18)t"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
_NOT_FOR_PYTE = re.compile(
    rb"\x1b[P_^X][^\x1b]*\x1b\\|\x1b\[[<>=][0-9;:]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[\?u|\x1b\[[0-9]* q"
)
_UNFINISHED = re.compile(rb"\x1b(?:[\[\]P_^X][^\x07a-zA-Z]{0,200}(?:\x1b)?)?$")


class Effort(NamedTuple):
    """What something cost the program: seconds by the clock, on a CPU, and waiting for one behind other programs."""

    wall: float
    cpu: float
    queued: float


class Rest(NamedTuple):
    """When a program came to rest: its last output (None: there was none), and what it has cost since it began."""

    last: float | None
    cpu: float
    queued: float


class TooLate(Exception):
    """What was waited for did not appear; the words hold the screen."""


class Terminal:
    """One program on a pty; a context manager. The clock starts just before the program is spawned."""

    def __init__(self, command: Sequence[str], *, environment: dict[str, str] | None = None) -> None:
        self.command, self.environment = list(command), environment or {}
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""
        self._arrived: deque[tuple[float, bytes]] = deque()

    def __enter__(self) -> Terminal:
        """Spawn."""
        outside, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * 8, ROWS * 16))
        environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TERM_PROGRAM")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **self.environment}
        self.started = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
                for number in (0, 1, 2):
                    os.dup2(inside, number)
                os.closerange(3, 256)
                os.execvpe(self.command[0], self.command, environment)
            finally:
                os._exit(127)
        os.close(inside)
        self.fd = outside
        os.set_blocking(outside, False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the program, the hard way if need be."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(self.pid, number)
            end = time.perf_counter() + 3
            while time.perf_counter() < end:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.fd)
                    return
                with suppress(TooLate):
                    self._pump(0.02)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    def press(self, key: str) -> None:
        """Send a key."""
        os.write(self.fd, KEYS.get(key, key.encode()))

    def appears(self, wanted: Callable[[str], bool], *, since: float | None = None, timeout: float = 60) -> float:
        """Seconds until the screen satisfies `wanted`: to the arrival of the bytes that did it, parsing not counted.

        Raises:
            TooLate: the time is up or the program ended.
        """
        begin = self.started if since is None else since
        end, seen = time.perf_counter() + timeout, time.perf_counter()
        while not wanted(self.text()):
            if time.perf_counter() > end:
                raise TooLate("not seen:\n" + "\n".join(line.rstrip() for line in self.screen.display if line.strip()))
            if not self._arrived:
                self._pump(0.25)
            seen = self._show() or time.perf_counter()
        return seen - begin

    def opened(self, wanted: Callable[[str], bool]) -> Effort:
        """What it took from the spawn until the screen satisfied `wanted`."""
        wall = self.appears(wanted)
        return Effort(wall, *self._scheduled())

    def pressed(self, key: str, wanted: Callable[[str], bool]) -> Effort:
        """What it took from the key until the screen satisfied `wanted`."""
        self.settle(0.0)
        cpu, queued = self._scheduled()
        at = time.perf_counter()
        self.press(key)
        wall = self.appears(wanted, since=at, timeout=20)
        cpu_now, queued_now = self._scheduled()
        return Effort(wall, cpu_now - cpu, queued_now - queued)

    def settle(self, quiet: float = 0.25, most: float = 5.0) -> None:
        """Read until nothing has come for `quiet` seconds."""
        end = time.perf_counter() + most
        while time.perf_counter() < end and self._pump(quiet):
            pass
        while self._show() is not None:
            pass

    def rest(self, quiet: float, longest: float) -> Rest:
        """Read until nothing has come for `quiet` seconds and the program has not been at work all that time.

        Raises:
            TooLate: it has not come to rest for so long.
        """
        begin = calm = time.perf_counter()
        last = None
        while time.perf_counter() - calm < quiet:
            if self._pump(0.03):
                last = self._arrived[-1][0]
                calm = time.perf_counter()
            elif self._works():
                calm = time.perf_counter()
            if calm - begin > longest:
                raise TooLate(f"still at work after {longest:.0f} s:\n{self.text().strip()}")
        while self._show() is not None:
            pass
        return Rest(last, *self._scheduled())

    def peak_mb(self) -> float:
        """The most memory the program has held so far."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def _works(self) -> bool:
        """Whether a thread runs, could run, or waits for the disk."""
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:  # a thread that just ended
                continue
            if state in "RD":
                return True
        return False

    def _scheduled(self) -> tuple[float, float]:
        cpu = queued = 0
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                ran, waited, _ = (thread / "schedstat").read_text().split()
            except OSError:  # a thread that just ended
                continue
            cpu, queued = cpu + int(ran), queued + int(waited)
        return cpu / 1e9, queued / 1e9

    def _pump(self, timeout: float) -> bool:
        """Take what the program writes, waiting so long for it; False if nothing came.

        Nothing is parsed before the program has paused: parsing takes longer than many a frame does to be written.
        """
        ready = select.select([self.fd], [], [], timeout)[0]
        came = bool(ready)
        while ready:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError as error:
                raise TooLate(f"{self.command} ended:\n{self.text().strip()}") from error
            self._arrived.append((time.perf_counter(), data))
            for query in _QUERY.finditer(data):
                os.write(self.fd, self._answer(query))
            ready = select.select([self.fd], [], [], PAUSE)[0]
        return came

    def _show(self) -> float | None:
        """Bring the next piece of what arrived onto the screen; when it had arrived, None if there is none."""
        if not self._arrived:
            return None
        arrived, data = self._arrived.popleft()
        data = self._pending + data
        cut = _UNFINISHED.search(data)
        self._pending, data = (data[cut.start() :], data[: cut.start()]) if cut else (b"", data)
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))
        return arrived

    def _answer(self, query: re.Match[bytes]) -> bytes:
        value = query[query.lastgroup or 0]
        match query.lastgroup:
            case "attributes":
                return {b"": b"\x1b[?62;22c", b">": b"\x1b[>1;10;0c"}.get(value, b"\x1bP!|00000000\x1b\\")
            case "status":
                return b"\x1b[0n" if value == b"5" else b"\x1b[1;1R"
            case "mode":
                return b"\x1b[%s;%d$y" % (value, 2 if value == b"?2026" else 0)
            case "window":
                high, wide = (ROWS * 16, COLUMNS * 8) if value == b"14" else (ROWS, COLUMNS)
                return b"\x1b[%d;%d;%dt" % (4 if value == b"14" else 8, high, wide)
            case _:
                return b"\x1b]%s;rgb:1111/1111/1111\x1b\\" % value
