"""The file under the store: who may read it, what a migration, a full disk or damage does to it, and its copies."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.records import Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.store import READERS, Store, StoreError, backup, ingest, schema, schema_number, sources
from cm_console.store import sqlite as sqlite_module
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection, connect, transaction, wal_is_safe
from cm_console.testing import START
from tests.worlds import dump, make_lab

if TYPE_CHECKING:
    from sqlite_utils import Database

COMMUNITY = Community(ZoneInfo("UTC"))
FULL = "the disk is full: free some space, nothing was lost"


def pages_of(number: int, size: int = 2_000) -> list[Thread | Post]:
    """A thread and a post of random looking words."""
    text = "".join(hashlib.sha256(f"{number}-{n}".encode()).hexdigest() + " " for n in range(size // 65))
    return [
        Thread(f"t{number}", Untrusted(f"Thread {number}"), "ann", Instant(START)),
        Post(f"p{number}", f"t{number}", "ann", Instant(START + number), Untrusted(text)),
    ]


def fill(number: int) -> Callable[[Connection], int]:
    def change(conn: Connection) -> int:
        return ingest.save(conn, sources.ensure(conn, "forum", "memory"), COMMUNITY, START, pages_of(number)).changed

    return change


def count(conn: Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM post").fetchone()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = tmp_path / "new" / "community.db"
        store = Store.open(path)
        asyncio.run(store.write(fill(1)))
        files = {file.name: mode(file) for file in path.parent.iterdir()}
        assert set(files) == {"community.db", "community.db-wal", "community.db-shm"}
        assert set(files.values()) == {0o600} and mode(path.parent) == 0o700
        backup(path, path.parent / "copy.db")
        assert mode(path.parent / "copy.db") == 0o600
        store.close()
    finally:
        os.umask(before)


async def test_everything_a_console_makes_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        lab = make_lab(tmp_path / "home")
        console = lab.console()
        await console.sync()
        found = {path: mode(path) for path in (tmp_path / "home").rglob("*")}
        assert {m for path, m in found.items() if path.is_dir()} == {0o700}
        assert {m for path, m in found.items() if path.is_file()} == {0o600}
        await lab.close()
    finally:
        os.umask(before)


def test_a_file_somebody_opened_wider_is_closed_again(tmp_path: Path) -> None:
    Store.open(tmp_path / "c.db").close()
    (tmp_path / "c.db").chmod(0o644)
    Store.open(tmp_path / "c.db").close()
    assert mode(tmp_path / "c.db") == 0o600


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"this is a letter to my aunt, not a database at all", "file is not a database"), (b"x" * 5_000, "file is not")],
)
def test_what_is_no_database_is_told_and_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=words) as caught:
        Store.open(path)
    assert "Restore a backup: cm-console restore FILE" in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.db").mkdir()
    with pytest.raises(StoreError, match=r"c\.db cannot be opened"):
        Store.open(tmp_path / "c.db")


def test_a_damaged_file_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    store = Store.open(path)
    for number in range(40):
        store._run(fill(number), True)
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(8, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    with pytest.raises(StoreError, match="malformed"):
        for number in range(40, 60):
            Store.open(path)._run(fill(number), True)
    with pytest.raises(StoreError, match=r"is damaged|cannot be copied"):
        backup(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists() and not (tmp_path / "copy.db.part").exists()


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_newer_database_is_refused_and_not_touched(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "c.db"
    store = Store.open(path)
    store._run(fill(1), True)
    store.close()
    conn = connect(path)
    conn.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    conn.execute(f"PRAGMA journal_mode = {journal}")
    conn.close()
    path.chmod(0o640)
    before = (path.read_bytes(), mode(path), path.stat().st_mtime_ns)
    with pytest.raises(StoreError, match="written by a newer version") as caught:
        Store.open(path)
    assert "update cm-console" in str(caught.value)
    assert (path.read_bytes(), mode(path), path.stat().st_mtime_ns) == before
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size and file != path] in ([], ["c.db-shm"])


def test_many_who_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    for attempt in range(25):
        path = tmp_path / f"{attempt}.db"
        failed: list[BaseException] = []

        def start(path: Path = path, failed: list[BaseException] = failed) -> None:
            try:
                Store.open(path).close()
            except BaseException as error:  # noqa: BLE001  told below
                failed.append(error)

        threads = [threading.Thread(target=start) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert not list(tmp_path.glob("*before-migration*"))


def test_the_version_gate() -> None:
    good = [(3, 51, 3), (3, 53, 4), (3, 50, 7), (3, 44, 6), (3, 50, 9), (4, 0, 0)]
    bad = [(3, 51, 2), (3, 50, 6), (3, 44, 5), (3, 40, 1), (3, 52, 0), (3, 45, 9)]
    assert [wal_is_safe(version) for version in good + bad] == [True] * len(good) + [False] * len(bad)


def test_an_sqlite_with_the_wal_bug_keeps_a_plain_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "wal_is_safe", lambda: False)
    store = Store.open(tmp_path / "c.db")
    store._run(fill(1), True)
    assert store._run(lambda conn: conn.execute("PRAGMA journal_mode").fetchone()[0], False) == "truncate"
    store.close()
    assert not (tmp_path / "c.db-wal").exists()


async def test_every_connection_is_durable_and_trusts_nothing(store: Store) -> None:
    wanted = {"synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "busy_timeout": 5000, "journal_mode": "wal"}

    def settings(conn: Connection) -> dict[str, object]:
        return {name: conn.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}

    assert await store.read(settings) == wanted == await store.write(settings)
    await store.write(fill(1))
    with pytest.raises(StoreError, match="read-only"):
        await store.read(lambda conn: conn.execute("DELETE FROM thread"))


def plus_one(db: Database) -> None:
    """A migration of tomorrow: a table, a column filled from others."""
    db.conn.execute("CREATE TABLE tomorrow(id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    db.conn.execute("ALTER TABLE post ADD COLUMN words INTEGER NOT NULL DEFAULT 0")
    db.conn.execute("UPDATE post SET words = length(body)")
    db.conn.execute("INSERT INTO tomorrow SELECT id, body FROM post")


def add_migration(monkeypatch: pytest.MonkeyPatch, step: Callable[[Database], None]) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema_number, "KNOWN", len(schema.MIGRATIONS))


def test_the_number_of_migrations_is_known_without_reading_them() -> None:
    """An up-to-date file is opened without them; one that a migration is missing from must not pass for one."""
    assert len(schema.MIGRATIONS) == schema_number.KNOWN, "a new migration raises schema_number.KNOWN by one"


def test_an_up_to_date_file_is_opened_without_reading_the_migrations(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    Store.open(path).close()
    code = (
        "import sys; from pathlib import Path; from cm_console.store import Store;"
        f" Store.open(Path({str(path)!r})).close(); print([n for n in sys.modules if 'store.schema' in n])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['cm_console.store.schema_number']"


def shape(path: Path) -> tuple[int, list[str], int, int]:
    """Schema number, tables, posts and filled rows of a file as it lies there."""
    conn = connect(path)
    try:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
        posts = count(conn) if "post" in tables else 0
        words = (
            int(conn.execute("SELECT count(*) FROM post WHERE words > 0").fetchone()[0]) if "tomorrow" in tables else 0
        )
        return int(conn.execute("PRAGMA user_version").fetchone()[0]), [t for t in tables if t[0] != "_"], posts, words
    finally:
        conn.close()


def images(path: Path, folder: Path, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file as a kill before each statement of `work` would leave it."""
    original, number = sqlite_module.connect, 0

    def traced(where: Path, **named: Any) -> Connection:
        conn = original(where, **named)
        if where == path:
            conn.set_trace_callback(lambda statement: take())
        return conn

    def take() -> None:
        nonlocal number
        number += 1
        for suffix in ("", "-wal"):
            if (source := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(source, folder / f"{number:04d}.db{suffix}")

    with monkeypatch.context() as patch:
        patch.setattr("cm_console.store.connect", traced)
        work()
    for taken in range(1, number + 1):
        if (image := folder / f"{taken:04d}.db").exists():
            yield image


def test_killed_at_any_statement_of_a_migration_it_is_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "c.db", tmp_path / "images"
    folder.mkdir()
    store = Store.open(path)
    for number in range(5):
        store._run(fill(number), True)
    store.close()
    old = shape(path)
    add_migration(monkeypatch, plus_one)
    seen = set()
    taken = list(images(path, folder, lambda: Store.open(path).close(), monkeypatch))
    new = shape(path)
    before, after = len(schema.MIGRATIONS) - 1, len(schema.MIGRATIONS)
    assert (old[0], old[2:], new[0], new[2:]) == (before, (5, 0), after, (5, 5))
    for image in taken:
        found = shape(image)
        assert found in (old, new), image
        seen.add(found[0])
        Store.open(image).close()
        assert shape(image) == new
    assert seen <= {before, after} and before in seen and len(taken) > 10


def test_killed_while_it_is_made_a_database_is_made_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = tmp_path / "c.db", tmp_path / "images"
    folder.mkdir()
    taken = list(images(path, folder, lambda: Store.open(path).close(), monkeypatch))
    whole = shape(path)
    for image in taken[::4]:
        number, tables, *filled = shape(image)
        assert (number > 0) is bool(tables) and filled == [0, 0]
        assert number < whole[0] or tables == whole[1]
        Store.open(image).close()
        assert shape(image) == whole
    assert len(taken) > 60


def test_a_migration_that_fails_leaves_the_old_file_and_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "community.db"
    store = Store.open(path)
    store._run(fill(1), True)
    store.close()
    old = shape(path)

    def broken(db: Database) -> None:
        plus_one(db)
        db.conn.execute("INSERT INTO nowhere VALUES(1)")

    add_migration(monkeypatch, broken)
    with pytest.raises(StoreError, match="no such table: nowhere"):
        Store.open(path)
    assert shape(path) == old
    kept = tmp_path / "community-before-migration.db"
    assert shape(kept) == old and mode(kept) == 0o600


def test_a_migration_keeps_a_backup_and_an_opening_without_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, kept = tmp_path / "community.db", tmp_path / "community-before-migration.db"
    store = Store.open(path)
    store._run(fill(1), True)
    store.close()
    Store.open(path).close()
    assert not kept.exists()
    add_migration(monkeypatch, plus_one)
    Store.open(path).close()
    after = len(schema.MIGRATIONS)
    assert (shape(kept)[0], shape(path)[0], shape(kept)[2]) == (after - 1, after, 1)


async def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    await store.write(fill(1))
    before = await store.read(dump)

    def half(conn: Connection) -> None:
        fill(2)(conn)
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await store.write(half)
    assert await store.read(dump) == before
    assert await store.write(fill(3)) == 2


async def test_readers_go_on_while_somebody_writes(store: Store) -> None:
    await store.write(fill(1))
    begun, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        fill(2)(conn)
        begun.set()
        assert go_on.wait(10)

    writing = asyncio.ensure_future(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    assert await asyncio.gather(*(store.read(count) for _ in range(READERS * 2))) == [1] * READERS * 2
    go_on.set()
    await writing
    assert await store.read(count) == 2


async def test_sql_never_runs_on_the_event_loop(store: Store) -> None:
    here = threading.get_ident()
    assert await store.read(lambda conn: threading.get_ident()) != here
    assert await store.write(lambda conn: threading.get_ident()) != here


async def test_two_consoles_that_write_at_once_wait_for_each_other(tmp_path: Path) -> None:
    stores = [Store.open(tmp_path / "c.db") for _ in range(2)]
    await asyncio.gather(*(store.write(fill(n * 100 + i)) for n, store in enumerate(stores) for i in range(40)))
    assert [await store.read(count) for store in stores] == [80, 80]
    for store in stores:
        store.close()


async def test_closing_waits_for_what_is_under_way_and_twice_is_fine(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "c.db")
    writing = asyncio.ensure_future(store.write(fill(1)))
    await asyncio.sleep(0)
    await asyncio.to_thread(store.close)
    assert await writing == 2
    store.close()
    assert shape(tmp_path / "c.db")[2] == 1
    assert not (tmp_path / "c.db-wal").exists(), "nobody is left behind with the file"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs more rights; the test with a page limit covers the rest")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def _until_full(store: Store) -> int:
    number = 0
    with pytest.raises(StoreError) as caught:
        for number in range(1, 5_000):
            await store.write(fill(number))
    assert str(caught.value).endswith(FULL)
    return number - 1


async def test_a_full_disk_is_one_clear_line_and_nothing_is_half_written(small_disk: Path) -> None:
    store = Store.open(small_disk / "c.db")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 700_000)
    written = await _until_full(store)
    assert written > 3 and await store.read(count) == written
    with pytest.raises(StoreError):
        await store.write(fill(written + 1))
    ballast.unlink()
    await store.write(fill(written + 1))
    assert await store.read(count) == written + 1
    store._run(lambda conn: conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')"), True)
    assert store._run(lambda conn: conn.execute("PRAGMA integrity_check").fetchone()[0], False) == "ok"
    store.close()


async def test_a_file_that_may_not_grow_is_the_same(store: Store) -> None:
    def limit(pages: int) -> Callable[[Connection], object]:
        return lambda conn: conn.execute(f"PRAGMA max_page_count = {pages}").fetchone()

    await store.write(fill(0))
    await store.write(limit(200))
    written = await _until_full(store)
    assert await store.read(count) == written + 1
    await store.write(limit(100_000))
    await store.write(fill(written + 1))
    assert await store.read(count) == written + 2
    assert (await store.read(lambda conn: conn.execute("PRAGMA integrity_check").fetchone()))[0] == "ok"


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(tmp_path / "c.db").close()
    original = sqlite_module.connect
    monkeypatch.setattr("cm_console.store.connect", lambda path, **named: original(path, query_only=True))
    store = Store(tmp_path / "c.db")
    with pytest.raises(StoreError, match=r"c\.db: the file is read-only"):
        await store.write(fill(1))
    assert await store.read(count) == 0
    store.close()


def test_a_read_only_disk_is_told_at_the_start(small_disk: Path) -> None:
    Store.open(small_disk / "c.db").close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match=r"c\.db cannot be opened: Read-only file system"):
        Store.open(small_disk / "c.db")


async def test_a_copy_made_while_it_is_used_is_whole(store: Store, tmp_path: Path) -> None:
    for number in range(5):
        await store.write(fill(number))
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    busy = asyncio.gather(*(store.write(fill(number)) for number in range(5, 25)))
    await asyncio.to_thread(backup, store.path, target)
    await busy
    conn = connect(target)
    assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    posts, threads = count(conn), conn.execute("SELECT count(*) FROM thread").fetchone()[0]
    assert 5 <= posts <= 25 and posts == threads
    conn.close()


async def test_a_copy_is_one_plain_file_and_copying_does_not_touch_what_it_copies(store: Store, tmp_path: Path) -> None:
    await store.write(fill(1))
    folder = tmp_path / "copies"
    folder.mkdir()
    backup(store.path, folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    before = (folder / "copy.db").read_bytes()
    backup(folder / "copy.db", folder / "again.db")
    assert (folder / "copy.db").read_bytes() == before
    assert sorted(file.name for file in folder.iterdir()) == ["again.db", "copy.db"]
    assert shape(folder / "again.db") == shape(folder / "copy.db")


async def test_a_copy_that_was_interrupted_is_no_copy(store: Store, tmp_path: Path) -> None:
    await store.write(fill(1))
    (tmp_path / "copy.db.part").write_bytes(b"half of an earlier one")
    backup(store.path, tmp_path / "copy.db")
    assert shape(tmp_path / "copy.db")[2] == 1 and not (tmp_path / "copy.db.part").exists()


def test_what_is_not_there_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be copied"):
        backup(tmp_path / "nothing.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_transaction_is_undone_by_any_exception(tmp_path: Path) -> None:
    conn = connect(tmp_path / "x.db")
    conn.execute("CREATE TABLE t(a)")
    with pytest.raises(KeyboardInterrupt), transaction(conn):
        conn.execute("INSERT INTO t VALUES(1)")
        raise KeyboardInterrupt
    assert conn.execute("SELECT count(*) FROM t").fetchone()[0] == 0 and not conn.in_transaction
    conn.close()
