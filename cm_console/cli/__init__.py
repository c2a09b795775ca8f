"""Everything the console knows and does as a plain command: for screen readers, cron and pipes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly (some source failed).
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from cm_console import __version__

COMMANDS = {
    "demo": ("cm_console.cli.demo", "Open a complete demo community; no account, no network."),
    "source": ("cm_console.cli.source", "Sources: which kinds there are; add, list, check, remove."),
    "sync": ("cm_console.cli.sync", "Pull from all sources, or from those named."),
    "outbox": ("cm_console.cli.outbox", "What is on its way to the platforms: list, show, send, cancel, resolve."),
    "inbox": ("cm_console.cli.inbox", "Inquiries: list, show, reply, note, assign, snooze, tag, priority, done."),
    "moderation": ("cm_console.cli.moderation", "Cases: list, show, decide, claim, escalate, note, guidelines."),
    "calendar": ("cm_console.cli.calendar", "Planned content: list, show, add, edit, schedule, move, delete."),
    "metrics": ("cm_console.cli.metrics", "Numbers with their previous window, formula and the rows behind them."),
    "search": ("cm_console.cli.search", "Full-text search in everything pulled, newest first."),
    "undo": ("cm_console.cli.undo", "Take back what you did last."),
    "log": ("cm_console.cli.log", "The journal: who decided what, newest first."),
    "doctor": ("cm_console.cli.doctor", "Check versions, database, keyring, sources, rights, disk and clock."),
    "backup": ("cm_console.cli.backup", "Copy the database into a file, also while it is in use."),
    "restore": ("cm_console.cli.restore", "Put a backup in the place of the database; the old one is kept."),
}
"""Command -> module with a click command named `command`, and one line of help. Modules are imported when asked for."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", metavar="DIR", help="Folder with config and data (else CM_CONSOLE_HOME, else the usual one).")
@click.version_option(__version__, prog_name="cm-console")
@click.pass_context
def main(context: click.Context, home: str | None) -> None:
    """A terminal console for people who run communities. Without a command it opens the console."""
    context.obj = home
    if context.invoked_subcommand is None:
        from cm_console.cli.start import start

        context.exit(start(home))


def run(arguments: list[str]) -> int:
    """Run one command line; every error a person can cause is one or two plain lines on stderr."""
    from cm_console.cli.session import plain_errors

    return plain_errors(lambda: _invoke(arguments))


def _invoke(arguments: list[str]) -> int:
    try:
        result = main.main(arguments, prog_name="cm-console", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 1
    return result if isinstance(result, int) else 0
