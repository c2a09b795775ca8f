"""The command `cm-console`: its options, and its subcommands, imported one at a time."""

from __future__ import annotations

from importlib import import_module

import click

from cm_console import __version__
from cm_console.cli import COMMANDS


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
