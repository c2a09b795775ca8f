"""This process and its children: nobody else reads its files or memory, and no child inherits a token by accident."""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Mapping

from cm_console.secrets.redaction import RedactingFilter, redactor

_used: set[str] = set()


def note_variable(name: str) -> None:
    """Remember that an environment variable holds a secret."""
    _used.add(name)


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a program we start (editor, browser, a secret's command).

    It lacks every CM_ variable but CM_CONSOLE_HOME, and every variable a secret was read from; also GPG_TTY, so that
    no password prompt paints over the console's screen.
    """
    given = os.environ if environ is None else environ
    return {
        name: value
        for name, value in given.items()
        if name not in _used and name != "GPG_TTY" and (not name.startswith("CM_") or name == "CM_CONSOLE_HOME")
    }


def harden() -> None:
    """Make what we write ours alone (umask 077), leave no core dumps, and keep secrets out of the log.

    Handlers added to the root logger later need their own RedactingFilter(redactor).
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handlers = [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort else [])]
    for handler in handlers:
        if not any(isinstance(present, RedactingFilter) for present in handler.filters):
            handler.addFilter(RedactingFilter(redactor))
    for name in ("httpx", "httpcore", "keyring"):
        logging.getLogger(name).setLevel(logging.WARNING)
