"""Everything the console knows and does as a plain command: for screen readers, cron and pipes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly (some source failed).
"""

from __future__ import annotations

import sys

COMMANDS = {
    "demo": ("cm_console.cli.demo", "Open a complete demo community; no account, no network."),
    "source": ("cm_console.cli.source", "Sources: which kinds there are; add, list, check, remove."),
    "sync": ("cm_console.cli.sync", "Pull from all sources, or from those named."),
    "outbox": ("cm_console.cli.outbox", "What is on its way to the platforms: list, show, send, cancel, resolve."),
    "inbox": ("cm_console.cli.inbox", "Inquiries: list, show, reply, note, assign, snooze, tag, priority, done."),
    "engage": ("cm_console.cli.engage", "Greet, congratulate, answer and thank: lists to work through; starters."),
    "feedback": ("cm_console.cli.feedback", "What members ask for, by theme: list, mark, themes, answer, export."),
    "replies": ("cm_console.cli.replies", "Saved replies and macros: list, show, add, remove."),
    "moderation": ("cm_console.cli.moderation", "Cases: list, show, decide, claim, escalate, note, guidelines."),
    "calendar": ("cm_console.cli.calendar", "Planned content: list, show, add, edit, schedule, move, delete."),
    "metrics": ("cm_console.cli.metrics", "Numbers with their previous window, formula and the rows behind them."),
    "members": ("cm_console.cli.members", "Persons: show, note, tag, follow up, merge, suggestions, forget, export."),
    "search": ("cm_console.cli.search", "Full-text search in everything pulled, newest first."),
    "undo": ("cm_console.cli.undo", "Take back what you did last."),
    "log": ("cm_console.cli.log", "The journal: who decided what, newest first."),
    "doctor": ("cm_console.cli.doctor", "Check versions, database, keyring, sources, rights, disk and clock."),
    "backup": ("cm_console.cli.backup", "Copy the database into a file, also while it is in use."),
    "restore": ("cm_console.cli.restore", "Put a backup in the place of the database; the old one is kept."),
}
"""Command -> module with a click command named `command`, and one line of help. Modules are imported when asked for."""


def run(arguments: list[str]) -> int:
    """Run one command line; every error a person can cause is one or two plain lines on stderr."""
    from cm_console.cli.session import plain_errors

    return plain_errors(lambda: _invoke(arguments))


def _invoke(arguments: list[str]) -> int:
    import click

    from cm_console.cli.group import main

    try:
        result = main.main(arguments, prog_name="cm-console", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 1
    return result if isinstance(result, int) else 0
