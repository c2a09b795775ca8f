"""The config file on disk: read with a stamp, replaced whole (0600, synced, renamed) under a lock on its folder."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cm_console.config.places import make_private
from cm_console.config.shape import ConfigError, NoConfig

LARGEST = 1_000_000
"""Most bytes a config file may have."""


def read_text(path: Path) -> tuple[str, str]:
    """The text of a config file, and a stamp that differs after any change. Raises NoConfig, ConfigError."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise ConfigError("is not a file", file=str(path))
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise NoConfig(f"there is no config at {path} yet; run cm-console to make one") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from None
    if len(content) > LARGEST:
        raise ConfigError(f"is larger than {LARGEST:,} bytes: not a config of cm-console", file=str(path))
    return _decode(content, path.name), _stamp(facts)


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise ConfigError("is not UTF-8 text; save it as UTF-8", file=file, line=line)


def _stamp(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns}-{facts.st_ino}-{facts.st_size}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time, by a lock on the folder itself: no lock file is left behind."""
    try:
        make_private(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigError(f"cannot be used: {error.strerror}", file=str(folder)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_file(target: Path, text: str, before: str | None) -> str:
    """Put `text` in the place of a file that still holds `before`, all or nothing; gives its stamp.

    Raises:
        ConfigError: it cannot be written, or someone else changed it meanwhile; it is as they left it.
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
    try:
        stamp = _write(temporary, text)
        if before is not None and read_text(target)[0] != before:
            raise ConfigError("was changed while we changed it; look at it again", file=target.name)
        temporary.replace(target)
        _sync(target.parent)
        return stamp
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}; it is as it was", file=str(target)) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write(path: Path, text: str) -> str:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
        return _stamp(os.fstat(descriptor))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
