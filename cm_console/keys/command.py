"""What a key can do: one command."""

from __future__ import annotations

from typing import NamedTuple

PLACES = ("inbox", "moderation", "calendar", "metrics", "members", "outbox", "search")
"""Where `app.<place>` goes."""
GO = "g"
"""The prefix of two-key commands, written "g i" in the table; it is no key of its own and cannot be remapped."""
ELSEWHERE = ("views", "themes", "engage", "drafts")
"""Actions of the inbox that open another list."""


class Command(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: the name in the config, "screen.action"; the screen's method is `action_<action>`.
        key: one or more keys, comma-separated, the shown one first; "g i" is g and then i.
        label: one or two words for the footer.
        help: one line for the help screen, the palette and the docs.
        screen: a key of SCOPES; "" is everywhere.
        footer: shown in the footer, as far as the line goes.
        fixed: cannot be remapped away, so that nobody is locked in.
    """

    id: str
    key: str
    label: str
    help: str
    screen: str = ""
    footer: bool = True
    fixed: bool = False

    @property
    def action(self) -> str:
        """The action that does it: `action_<name>` of the screen, or of the app."""
        scope, _, name = self.id.partition(".")
        return f"go('{name}')" if scope == "app" and name in PLACES else name

    @property
    def about_row(self) -> bool:
        """Whether it concerns the row under the cursor: not what moves, or goes to another list."""
        elsewhere = self.action in ELSEWHERE or self.action.startswith(("next_", "previous_"))
        return self.screen not in ("", "list") and not elsewhere
