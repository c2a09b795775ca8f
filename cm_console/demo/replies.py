"""The demo's saved replies, macros, and what its platforms make of a text."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.model.length import Markup, TextRules, Unit
from cm_console.model.templates import Macro, SavedReply

REPLIES = (
    SavedReply(
        "welcome",
        "Welcome, first post",
        "Hello {member}, welcome to {community}!\n\nGood that you ask. The quickest way to a good answer: a photo of"
        " your wiring, the version you run, and what you expected to happen.\n\n{me}",
        ("newcomer",),
    ),
    SavedReply(
        "calibrate",
        "Calibrate the moisture probe",
        "Hello {member},\n\nthat is nearly always the calibration:\n\n1. dry probe in the air: note the value\n"
        "2. probe in a glass of water up to the line: note the value\n3. put both into *Settings → Probes*\n\n"
        "Tell us the two numbers if it still drifts.",
        ("hardware",),
    ),
    SavedReply(
        "logs",
        "Please send the log",
        "Hello {member}, could you put the last lines of the log here? `fernwerk log --tail 50` prints them."
        " Please take passwords and addresses out first.",
        ("needs-info",),
    ),
    SavedReply(
        "duplicate",
        "Answered elsewhere",
        "Hello {member}, this was answered here: {answer}\n\nWrite again if it does not fit “{title}”.",
        ("duplicate",),
    ),
    SavedReply(
        "shipped",
        "Is in the new version",
        "Good news, {member}: what you asked for in “{title}” is in version {version}. Thank you for pushing us!",
    ),
)
MACROS = (
    Macro("ask-log", "l", "Ask for the log", "logs", priority="low"),
    Macro("newcomer", "w", "Welcome a newcomer", "welcome", assign="me", status="open"),
    Macro(
        "hardware", "h", "Hardware, for João", note="Looks like hardware: {title}", tags=("hardware",), assign="joaoc"
    ),
)
TEXT: Mapping[str, TextRules] = {
    "forum": TextRules(Markup.MARKDOWN, 32_000),
    "chat": TextRules(Markup.PLAIN, 500, Unit.GRAPHEMES, link_counts_as=23),
    "blog": TextRules(Markup.QUOTES, 65_525, Unit.BYTES),
}
"""By source: a forum, a chat that counts as Mastodon does, the comments of a blog."""
