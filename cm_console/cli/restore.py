"""`cm-console restore`: put a backup in the place of the database; what was there is kept."""

from __future__ import annotations

from pathlib import Path

import click

from cm_console.cli.session import home_of, say
from cm_console.model.time import SystemClock, iso
from cm_console.services.desk import Impossible
from cm_console.services.ownership import Ownership
from cm_console.store import Store, backup


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Put FILE in the place of the database; the old one goes into the backups folder."""
    home = home_of(context)
    home.prepare()
    for lock in home.locks.glob("*.lock"):
        if not Ownership.is_free(lock):
            raise Impossible("a console is open on this database: close it first")
    fresh = home.database.with_suffix(".restored")
    backup(file, fresh)
    Store.open(fresh).close()
    stamp = str(iso(SystemClock().now())).replace(":", "")
    kept = home.backups / f"replaced-{stamp}.db"
    for suffix in ("", "-wal", "-shm"):
        old = home.database.with_name(home.database.name + suffix)
        if old.exists():
            old.replace(kept.with_name(kept.name + suffix))
    for leftover in home.root.glob(fresh.name + "-*"):
        leftover.unlink()
    fresh.replace(home.database)
    say(f"restored from {file}; the old database is {kept}" if kept.exists() else f"restored from {file}")
