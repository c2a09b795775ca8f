"""The documented keys of saved replies and macros."""

from __future__ import annotations

import re

from cm_console.config import values
from cm_console.config.option import REQUIRED, Option
from cm_console.config.values import ValueKind
from cm_console.model.inbox import Priority
from cm_console.model.templates import MACRO_KEY, SNOOZE, STATUSES


def _matching(words: str, pattern: str) -> ValueKind:
    def accept(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return ValueKind(words, accept)


LEVELS = tuple(level.name.lower() for level in Priority)
KEY = _matching("one letter or digit", MACRO_KEY)
SPAN = _matching('a time such as "4h", "3d" or "2w", or "reply"', SNOOZE)

REPLIES = (
    Option("replies.NAME.title", values.LINE, REQUIRED, "What the chooser shows.", "Reset the sensor"),
    Option(
        "replies.NAME.text",
        values.TEXT,
        REQUIRED,
        "The words, in Markdown. {member}, {title}, {link}, {me}, {community}, {source} and {place} are filled in; "
        "any other place in braces is asked for. What is not filled in cannot be sent.",
        "Hello {member}, please hold the button for ten seconds.",
    ),
    Option("replies.NAME.tags", values.LINES, (), "Tags the inquiry gets when it is sent.", ("hardware",)),
)
MACROS = (
    Option("macros.NAME.key", KEY, REQUIRED, "The letter or digit after m.", "d"),
    Option("macros.NAME.title", values.LINE, REQUIRED, "What the chooser shows.", "Duplicate"),
    Option("macros.NAME.reply", values.LINE, "", "The name of the saved reply that is sent.", "reset"),
    Option("macros.NAME.note", values.TEXT, "", "A private note for colleagues, with the same places.", "Asked twice"),
    Option("macros.NAME.tags", values.LINES, (), "Tags the inquiries get.", ("duplicate",)),
    Option("macros.NAME.assign", values.LINE, "", 'Who gets them: a colleague, "me" or "nobody".', "me"),
    Option("macros.NAME.status", values.one_of(STATUSES), "", "What becomes of them.", "done"),
    Option("macros.NAME.priority", values.one_of(LEVELS), "", "How urgent they are.", "low"),
    Option(
        "macros.NAME.snooze",
        SPAN,
        "",
        "Put away for so long, or until they write again.",
        "3d",
    ),
)
