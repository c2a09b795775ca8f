"""When and on what one comes back to a person: own answers, as a follow-up is no snooze."""

from __future__ import annotations

from cm_console.model.follow_up import follow_up_at
from cm_console.model.time import Instant
from cm_console.screens.dialogs import Ask, Choice, Choose
from cm_console.screens.kept_words import ask_words
from cm_console.screens.mode import ModeScreen

CHOICES = [
    Choice("t", "tomorrow", "1"),
    Choice("d", "in some days …", "days"),
    Choice("w", "next Monday", "mon"),
    Choice("o", "on a day …", "day"),
]
QUESTIONS = {
    "days": ("In how many days?", "3, or 2w for two weeks"),
    "day": ("On which day?", "2026-12-01, 26 Nov, thu, tomorrow 10:30"),
}


async def ask_day(screen: ModeScreen) -> Instant | None:
    """On which day; one that is no day, or has passed, stays in its question. None: back."""
    zone, now = screen.services.zone, screen.services.clock.now
    answer = await screen.ask(Choose("Follow up when?", CHOICES))
    if answer in QUESTIONS:
        title, hint = QUESTIONS[answer]
        answer = await screen.ask(Ask(title, hint=hint, check=lambda text: follow_up_at(text, now(), zone)))
    return follow_up_at(answer, now(), zone) if answer else None


async def ask_what(screen: ModeScreen, about: str) -> str | None:
    """On what; `about` whom, so that words one leaves with escape come back."""
    return await ask_words(screen, f"follow-up {about}", "Follow up on what?", "ask how it went")
