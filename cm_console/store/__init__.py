"""The store: one SQLite file, one writer thread, two reader threads; no SQL ever runs on the event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Generic, TypeVar

from cm_console.store import schema_number
from cm_console.store.sqlite import (
    VERSION,
    Connection,
    DatabaseError,
    OperationalError,
    connect,
    connect_reading,
    create_private,
    transaction,
)

T = TypeVar("T")
READERS = 2
STOPPED_AGAIN = 0.02
"""Seconds until a read that nobody waits for is stopped again, if it came between two statements."""


class StoreError(Exception):
    """The database cannot be used; the words say what, where and what to do."""


class Store:
    """The only door to the database: `await read(fn)` and `await write(fn)`, where `fn(conn)` is plain SQL code.

    A write is one transaction. A read sees one consistent state if it is one statement.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[Connection] = []
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the database and bring its schema up to date, with a backup before a migration.

        Raises:
            StoreError: not a database, a newer one, damaged, or not writable; nothing was changed.
        """
        try:
            has = _schema_of(path)
            create_private(path)
            if has != schema_number.KNOWN:
                with closing(connect(path)) as conn:
                    _migrate(conn, path, backed_up=has > 0)
            store = cls(path)
            store._connection(write=False)
        except schema_number.NewerDatabase as error:
            raise StoreError(f"{path} was written by a newer version: {error}") from error
        except DatabaseError as error:
            raise StoreError(f"{path} cannot be opened: {error}. Restore a backup: cm-console restore FILE") from error
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
        return store

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query on a reader thread; when whoever waits for it is cancelled, it is stopped in SQLite too."""
        asked = _Asked(query)
        answer = asyncio.get_running_loop().run_in_executor(self._readers, self._run, asked, False)
        try:
            return await answer
        except asyncio.CancelledError:
            asked.stop()
            raise

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change on the writer thread, in one transaction.

        Raises:
            StoreError: the disk is full or the file cannot be written; nothing of the change was kept.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._run, change, True)

    async def write_erasing(self, change: Callable[[Connection], T]) -> T:
        """Run a change whose deleted words are overwritten in the file as well; see `rewording.erasing`."""
        from cm_console.store.rewording import erasing

        def erase(conn: Connection) -> T:
            with erasing(conn):
                return change(conn)

        return await self.write(erase)

    async def maintain(self, work: Callable[[Connection], T]) -> T:
        """Run on the writer thread what can be in no transaction, such as VACUUM; no write runs meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._maintain, work)

    def _maintain(self, work: Callable[[Connection], T]) -> T:
        try:
            return work(self._connection(True))
        except DatabaseError as error:
            raise StoreError(f"{self.path.name}: {error}") from error

    def read_now(self, query: Callable[[Connection], T]) -> T:
        """Run a query in the calling thread; for start-up and the command line, never on a running event loop."""
        return self._run(query, False)

    def close(self) -> None:
        """Wait for what is under way, then close every connection; may be called twice."""
        self._writer.shutdown()
        self._readers.shutdown()
        with self._lock:
            while self._open:
                self._open.pop().close()

    def _run(self, work: Callable[[Connection], T], write: bool) -> T:
        try:
            conn = self._connection(write)
            if not write:
                return work(conn)
            with transaction(conn):
                return work(conn)
        except DatabaseError as error:
            words = {
                "database or disk is full": "the disk is full: free some space, nothing was lost",
                "attempt to write a readonly database": "the file is read-only",
            }.get(str(error), str(error))
            raise StoreError(f"{self.path.name}: {words}") from error

    def _connection(self, write: bool) -> Connection:
        purpose = "writing" if write else "reading"
        conn: Connection | None = getattr(self._local, purpose, None)
        if conn is None:
            conn = connect(self.path, query_only=not write)
            setattr(self._local, purpose, conn)
            with self._lock:
                self._open.append(conn)
        return conn


class _Asked(Generic[T]):
    """A query somebody waits for, until they do so no longer."""

    def __init__(self, query: Callable[[Connection], T]) -> None:
        self._query, self._lock = query, threading.Lock()
        self._conn: Connection | None = None
        self._stopped = False

    def __call__(self, conn: Connection) -> T:
        """Ask; raises if nobody waits any more, which nobody hears."""
        with self._lock:
            self._conn = None if self._stopped else conn
        try:
            if self._stopped:
                raise OperationalError("nobody waits for it")
            return self._query(conn)
        except OperationalError as error:
            traceback.clear_frames(error.__traceback__)  # cursors left open would keep the connection interrupted
            raise
        finally:
            with self._lock:
                self._conn = None

    def stop(self) -> None:
        """Nobody waits any more; asked again until it is over, as SQLite stops only what runs at that moment."""
        with self._lock:
            self._stopped = True
            if self._conn is not None:
                self._conn.interrupt()
                asyncio.get_running_loop().call_later(STOPPED_AGAIN, self.stop)


def _schema_of(path: Path) -> int:
    """How many migrations a file has, 0 if there is none; raises NewerDatabase, and leaves such a file as it is."""
    if not path.exists() or path.stat().st_size == 0:
        return 0
    os.close(os.open(path, os.O_RDWR))
    with closing(connect_reading(path)) as conn:
        has: int = conn.execute("PRAGMA user_version").fetchone()[0]
        if has != schema_number.KNOWN:
            from cm_console.store import schema

            schema.pending(conn)
        return has


def _migrate(conn: Connection, path: Path, *, backed_up: bool) -> None:
    from cm_console.store import schema

    if schema.pending(conn):
        if backed_up:
            backup(path, path.with_name(f"{path.stem}-before-migration{path.suffix}"))
        schema.migrate(conn)


def backup(source: Path, target: Path) -> None:
    """Copy a database, also while it is in use, into a private file; the target appears once it is whole.

    Raises:
        StoreError: the source cannot be read, or the copy is not sound.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    create_private(part)
    try:
        with closing(connect_reading(source)) as reader, closing(connect(part)) as writer:
            reader.backup(writer)
            verdict = writer.execute("PRAGMA quick_check").fetchone()[0]
            writer.execute("PRAGMA journal_mode=DELETE")
    except DatabaseError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{source} cannot be copied: {error}") from error
    if verdict != "ok":
        part.unlink(missing_ok=True)
        raise StoreError(f"{source} is damaged: {verdict}")
    part.replace(target)


__all__ = ["READERS", "VERSION", "Store", "StoreError", "backup"]
