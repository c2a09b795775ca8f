"""The first start: a community's name and time zone, then the console opens on it, or the demo shows what it is."""

from __future__ import annotations

import click

from cm_console.config import ConfigError, Home, load, write_new


def guided_start(home: Home) -> int:
    """Ask the few things a new community needs, write its documented config and open it. Returns the exit code."""
    from cm_console.cli.start import DONE, open_console

    click.echo(
        "Welcome to cm-console.\n\n"
        f"There is no community in {home.root} yet.\n"
        "  1  start one here\n"
        "  2  look at the demo community first (no account, no network)\n"
        "  3  leave\n"
    )
    try:
        choice = click.prompt("Your choice", type=click.Choice(["1", "2", "3"]), default="1", show_choices=False)
        if choice == "3":
            return DONE
        if choice == "2":
            from cm_console.cli.demo import open_demo

            return open_demo()
        _write(home)
    except click.Abort:
        click.echo("\nNothing was written.")
        return 1
    click.echo(
        "\nAdd a source when you like:  cm-console source add KIND NAME    (cm-console source kinds lists them)\n"
    )
    click.pause("Press any key to open the console ...")
    return open_console(load(home.config), home)


def _write(home: Home) -> None:
    from zoneinfo import available_timezones

    name = click.prompt("What is the community called?")
    while True:
        zone = click.prompt("In which time zone does it live?", default=_local_zone())
        if zone in available_timezones():
            break
        near = [known for known in sorted(available_timezones()) if zone.lower() in known.lower()][:5]
        click.echo(f"There is no zone {zone}{': perhaps ' + ', '.join(near) if near else '; e.g. Europe/Berlin'}.")
    home.prepare()
    try:
        write_new(home.config, name, values={"timezone": zone})
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {home.config}; every setting is explained in it.")


def _local_zone() -> str:
    import os
    from pathlib import Path

    link = Path("/etc/localtime")
    parts = link.resolve().parts if link.is_symlink() else ()
    zone = "/".join(parts[parts.index("zoneinfo") + 1 :]) if "zoneinfo" in parts else ""
    return os.environ.get("TZ", "").lstrip(":") or zone.removeprefix("Etc/") or "UTC"
