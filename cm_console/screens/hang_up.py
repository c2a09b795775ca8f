"""A terminal that goes away: the console is left as if asked to, and nothing waits or spins for what is gone."""

from __future__ import annotations

import select
from collections.abc import Callable
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from cm_console.screens.doors import Doors


class TerminalDriver(LinuxDriver):
    """Textual's driver, which tells its app to leave once the terminal has hung up.

    SIGHUP goes to the leader of the session only, and one that waits for us (make, a script) may keep it to itself.
    Textual alone reads the end of the input over and over then, and waits for ever for a writer that has died of EIO.
    """

    def __init__(self, app: Doors, **options: Any) -> None:
        super().__init__(app, **options)
        self._doors, self._hung_up = app, False
        self._file = cast("TextIOWrapper", _Output(cast("TextIOWrapper", self._file), self.hang_up))
        if self.input_tty:
            Thread(target=self._watch, daemon=True, name="hang-up").start()

    def hang_up(self) -> None:
        """From any thread: read no more, and leave."""
        if not self._hung_up:
            self._hung_up = True
            self.exit_event.set()
            self._doors.call_later(self._doors.leave)

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self.fileno, 0)  # an end is told though nothing is asked for
        if any(event & select.POLLHUP for _, event in poll.poll()):
            self.hang_up()


class _Output:
    """A file whose reader may be gone: what is written then goes nowhere."""

    def __init__(self, file: IO[str], gone: Callable[[], None]) -> None:
        self._file, self._gone = file, gone
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._gone()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._gone()
