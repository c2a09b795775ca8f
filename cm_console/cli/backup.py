"""`cm-console backup`: a whole copy of the database, also while a console is using it."""

from __future__ import annotations

from pathlib import Path

import click

from cm_console.cli.session import home_of, say
from cm_console.model.time import SystemClock, iso
from cm_console.services.desk import Impossible
from cm_console.store import backup


@click.command("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """Copy the database into FILE (else into the backups folder, named by the time), checked and private."""
    home = home_of(context)
    if not home.database.exists():
        raise Impossible(f"there is no database in {home.root} yet")
    stamp = str(iso(SystemClock().now())).replace(":", "")
    target = file or home.backups / f"community-{stamp}.db"
    backup(home.database, target)
    say(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")
