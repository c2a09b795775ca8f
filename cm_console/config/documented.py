"""Every key a config file may hold, once: the new file and docs/config.md come from it, checks from its parts."""

from __future__ import annotations

from cm_console.config.documented_basics import COMMUNITY, GUIDELINES, PROGRAM, SOURCES
from cm_console.config.documented_engage import ENGAGE
from cm_console.config.documented_inbox import CLOCKS, INBOX
from cm_console.config.documented_people import PEOPLE
from cm_console.config.documented_replies import MACROS, REPLIES
from cm_console.config.option import REQUIRED as REQUIRED
from cm_console.config.option import Option as Option
from cm_console.config.option import fixed

DOCUMENTED: tuple[Option, ...] = (
    *COMMUNITY, *INBOX, *PROGRAM, *CLOCKS, *PEOPLE, *ENGAGE, *REPLIES, *MACROS, *GUIDELINES, *SOURCES,
)  # fmt: skip


def section(prefix: str) -> dict[str, Option]:
    """The fixed keys of one table: "" for the top level, "guidelines", "sources.NAME"."""
    return fixed(DOCUMENTED, prefix)


def option(key: str) -> Option:
    """The entry of one documented key.

    Raises:
        KeyError: there is no such key.
    """
    return {entry.key: entry for entry in DOCUMENTED}[key]
