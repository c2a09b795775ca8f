"""Who works on this database: each console holds a lock file for its life, so that a dead one is known by its lock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
else:
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True


class Ownership:
    """A console's name in the outbox, alive as long as its lock file is locked: no clock, no process ids."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner = owner
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor: int | None = self._open(owner)
        if not _try_lock(self._descriptor):
            raise RuntimeError(f"another console already calls itself {owner}")

    def dead(self, owner: str) -> bool:
        """Whether a console of that name no longer lives: its lock can be taken, or its file is gone."""
        if owner == self.owner:
            return False
        if not self.is_free(self._path(owner)):
            return False
        self._path(owner).unlink(missing_ok=True)
        return True

    @staticmethod
    def is_free(path: Path) -> bool:
        """Whether nobody alive holds this lock file."""
        if not path.exists():
            return True
        descriptor = os.open(path, os.O_RDWR)
        try:
            return _try_lock(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self, task: str) -> Iterator[bool]:
        """Do a task that only one console should do at a time; yields whether it is ours now."""
        descriptor = self._open(f"task-{task}")
        try:
            yield _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Give the name up; may be called twice."""
        if self._descriptor is not None:
            self._path(self.owner).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def _open(self, name: str) -> int:
        return os.open(self._path(name), os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
