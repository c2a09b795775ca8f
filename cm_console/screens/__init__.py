"""One screen per column; this table says where each one is, so that none is imported before it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.command import Provider

    from cm_console.screens.mode import ModeScreen

SCREENS: Mapping[str, tuple[str, str]] = {
    "inbox": ("cm_console.screens.inbox", "InboxScreen"),
    "moderation": ("cm_console.screens.moderation", "ModerationScreen"),
    "calendar": ("cm_console.screens.calendar", "CalendarScreen"),
    "metrics": ("cm_console.screens.metrics", "MetricsScreen"),
    "members": ("cm_console.screens.members", "MembersScreen"),
    "outbox": ("cm_console.screens.outbox", "OutboxScreen"),
    "search": ("cm_console.screens.search", "SearchScreen"),
    "similar": ("cm_console.screens.similar", "SimilarScreen"),
    "answerers": ("cm_console.screens.answerers", "AnswerersScreen"),
    "engage": ("cm_console.screens.engage", "EngageScreen"),
    "feedback": ("cm_console.screens.feedback", "FeedbackScreen"),
    "person": ("cm_console.screens.person", "PersonScreen"),
}


def screen_class(name: str) -> type[ModeScreen]:
    """Import a screen; the key is its scope in `keys/table.py`."""
    module, attribute = SCREENS[name]
    return cast("type[ModeScreen]", getattr(import_module(module), attribute))


def key_commands() -> type[Provider]:
    """Import what the palette finds."""
    from cm_console.screens.palette import KeyCommands

    return KeyCommands
