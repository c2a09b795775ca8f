"""The SQLite this console runs on: the driver, its version gate and how a connection is set up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3.dbapi2 as sqlite3
    except ImportError:
        import sqlite3

sqlite3.register_adapter(type(None), lambda nothing: nothing)
# The driver looks for an adapter of whatever is no number and no text, and for None it searches in vain at 0.8 us each.

Connection = sqlite3.Connection
Row = sqlite3.Row
DatabaseError = sqlite3.DatabaseError
OperationalError = sqlite3.OperationalError
JOURNAL_TRIES, JOURNAL_PAUSE = 200, 0.02
"""How often, and after how many seconds, a new file is asked again to keep its journal so: four seconds in all."""
MOST_ROWS = 64
"""Rows of one statement; fewer in powers of two, so that there are few different statements."""
VERSION: tuple[int, ...] = tuple(int(part) for part in sqlite3.sqlite_version.split("."))


def wal_is_safe(version: tuple[int, ...] = VERSION) -> bool:
    """Whether this SQLite has the fix of the WAL-reset bug, which can corrupt a file that two consoles write.

    Fixed in 3.51.3, and in 3.50.7 and 3.44.6 of the older lines; 3.52.0 was withdrawn.
    Source: https://sqlite.org/wal.html#walresetbug
    """
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    return version >= (3, 51, 3) and version[:3] != (3, 52, 0)


def create_private(path: Path) -> None:
    """Make the file and its folder, readable by their owner only; the side files of SQLite inherit the mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def connect(path: Path, *, query_only: bool = False) -> Connection:
    """Open a connection for one thread, durable to a power cut, with statements of ours only trusted."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=256)
    _keep_journal(conn, "WAL" if wal_is_safe() else "TRUNCATE")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "busy_timeout=5000"):
        conn.execute(f"PRAGMA {pragma}")
    conn.execute(f"PRAGMA cache_size={-2000 if query_only else -16000}")
    conn.execute("PRAGMA wal_autocheckpoint=4000")
    if query_only:
        conn.execute("PRAGMA query_only=ON")
    return conn


def _keep_journal(conn: Connection, mode: str) -> None:
    """Two who change a new file's journal at once do not wait for each other: one is told at once that it is locked."""
    for left in reversed(range(JOURNAL_TRIES)):
        try:
            conn.execute(f"PRAGMA journal_mode={mode}")
            return
        except OperationalError as error:
            if not left or "locked" not in str(error):
                raise
            time.sleep(JOURNAL_PAUSE)


def connect_reading(path: Path) -> Connection:
    """Open a file only to read it: nothing of it changes, not even how it keeps its journal."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=5.0)


@contextmanager
def transaction(conn: Connection) -> Iterator[Connection]:
    """All or nothing: BEGIN IMMEDIATE, COMMIT, and ROLLBACK on any exception."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def execute_rows(conn: Connection, sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement for rows that stand where it says ROWS, many at once.

    A statement that triggers follow first keeps what it might have to take back: pages of 4 kB, each time.
    """
    at, step = 0, MOST_ROWS
    while at < len(rows):
        while step > len(rows) - at:
            step >>= 1
        marks = f"({','.join('?' * len(rows[at]))})"
        values = [value for row in rows[at : at + step] for value in row]
        conn.execute(sql.replace("ROWS", f"VALUES {','.join([marks] * step)}"), values)
        at += step


def like(words: str) -> str:
    """A LIKE pattern for what contains some words; to be used with ESCAPE and a backslash."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
