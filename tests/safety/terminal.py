"""A real pseudo-terminal with a program in it: keys in, every byte out, and the screen as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

KEYS = {
    "enter": b"\r",
    "esc": b"\x1b",
    "tab": b"\t",
    "down": b"\x1b[B",
    "ctrl+s": b"\x13",
    "ctrl+d": b"\x04",
    "ctrl+q": b"\x11",
    "home": b"\x1b[H",
}
ASKS, HOLDS = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal holds a frame back until it is whole, and that it does.

https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
"""
BEGINS, ENDS = b"\x1b[?2026h", b"\x1b[?2026l"


class _Screen(pyte.Screen):
    def write_process_input(self, data: str) -> None:
        """The terminal's answers are not needed."""


class Terminal:
    """`with Terminal(argv) as t: t.wait("Inbox"); t.press("j")`; `t.received` holds all output."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], *, columns: int = 120, rows: int = 40) -> None:
        self.received = bytearray()
        self._asked = False
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            os.execvpe(argv[0], list(argv), {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **env})
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.status: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            os.killpg(self._pid, signal.SIGKILL)
            self._reap()
        if self._descriptor >= 0:
            os.close(self._descriptor)

    @property
    def whole(self) -> bool:
        """Whether no frame is half painted: the program says where each begins and ends."""
        return self.received.rfind(BEGINS) <= self.received.rfind(ENDS)

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self._screen.display)

    def press(self, *keys: str, quiet: float = 0.35) -> None:
        """Type keys one by one, each time until the program has nothing more to say."""
        for key in keys:
            os.write(self._descriptor, KEYS.get(key) or key.encode())
            self.settle(quiet)

    def settle(self, quiet: float = 0.35, most: float = 20.0) -> None:
        """Read until nothing comes for `quiet` seconds and the frame is whole."""
        end = time.monotonic() + most
        while time.monotonic() < end and (self._read(quiet) or not (self.whole or self.status is not None)):
            pass

    def wait(self, words: str, most: float = 30.0) -> None:
        """Read until the screen shows the words; fails with the screen if it never does."""
        self.wait_for(lambda: words in self.text, repr(words), most)

    def wait_for(self, shown: Callable[[], bool], what: str = "what was waited for", most: float = 30.0) -> None:
        """Read until the screen is whole and as it should be; fails with the screen if it never is."""
        end = time.monotonic() + most
        while not (self.whole and shown()):
            if time.monotonic() > end or (not self._read(0.25) and self.status is not None):
                raise AssertionError(f"{what} never showed; the screen was:\n{self.text}")

    def end(self, most: float = 20.0) -> int:
        """Read until the program has ended; its exit code (negative: the signal)."""
        deadline = time.monotonic() + most
        while self.status is None and time.monotonic() < deadline:
            self._read(0.25)
        if self.status is None:
            raise AssertionError(f"it did not end; the screen was:\n{self.text}")
        return os.waitstatus_to_exitcode(self.status)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self._pid, number)

    def hang_up(self, most: float = 20.0) -> int:
        """Go away, as a closed window does; the program's exit code."""
        os.close(self._descriptor)
        self._descriptor, end = -1, time.monotonic() + most
        while time.monotonic() < end:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self.status = status
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)  # an end sets no event
        raise AssertionError("it goes on without a terminal")

    def _read(self, wait: float) -> bool:
        if self.status is not None:
            return False
        ready, _, _ = select.select([self._descriptor], [], [], wait)
        if not ready:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:
            data = b""
        if not data:
            self._reap()
            return False
        self.received += data
        self._stream.feed(data)
        if not self._asked and ASKS in self.received:
            self._asked = True
            os.write(self._descriptor, HOLDS)
        return True

    def _reap(self) -> None:
        _, self.status = os.waitpid(self._pid, 0)
