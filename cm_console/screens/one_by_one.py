"""Replies that want a look before they are sent: one after the other in the composer, with what there is to look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cm_console.model.templates import SavedReply
from cm_console.screens.mode import ModeScreen

if TYPE_CHECKING:
    from cm_console.services.writing import WritingService


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A reply to a thread and why it wants a look; `saved` where places in it are to be asked for."""

    thread_id: int
    text: str
    why: tuple[str, ...]
    saved: SavedReply | None = None


Send = Callable[[Doubtful, str, bool, Sequence[str]], Awaitable[object]]
"""Sends words instead of those that were doubtful; True: the thread is done then; tags of the saved replies in them."""


async def judged(
    writing: WritingService, texts: Mapping[int, tuple[str, tuple[str, ...]]], saved: SavedReply | None = None
) -> tuple[dict[int, str], list[Doubtful]]:
    """Texts by their threads, with what is missing in each: those that can be sent, and those that want a look."""
    sure: dict[int, str] = {}
    doubtful: list[Doubtful] = []
    for id, (text, missing) in texts.items():
        if missing:
            names = ", ".join(f"{{{name}}}" for name in missing)
            doubtful.append(Doubtful(id, "", (f"{names} cannot be filled in from the thread",), saved))
        elif found := await writing.doubts(id, text):
            doubtful.append(Doubtful(id, text, tuple(doubt.words for doubt in found)))
        else:
            sure[id] = text
    return sure, doubtful


async def one_by_one(screen: ModeScreen, doubtful: Sequence[Doubtful], send: Send) -> int:
    """Open the composer for each; sent ones are decisions of their own. Escape ends it. Returns how many were sent."""
    sent = 0
    for number, each in enumerate(doubtful, 1):
        went = await _look(screen, each, (number, len(doubtful)), send)
        if went is None:
            break
        sent += went
    return sent


async def _look(screen: ModeScreen, each: Doubtful, place: tuple[int, int], send: Send) -> bool | None:
    """Whether it was sent; None to end."""
    from cm_console.screens.compose import ComposeScreen

    inbox, key = screen.services.inbox, f"reply:{each.thread_id}"
    card, begun = await inbox.thread(each.thread_id), await inbox.draft(key)
    if card is None:
        return False
    posts = await inbox.newest_posts(each.thread_id)

    async def keep(text: str) -> None:
        await inbox.save_draft(key, text)

    text = f"{begun.rstrip()}\n\n{each.text}" if begun.strip() and each.text not in begun else begun or each.text
    now, writing, zone = screen.services.clock.now(), screen.services.writing, screen.services.zone
    composer = ComposeScreen(
        "reply",
        card,
        posts,
        text,
        keep,
        now=now,
        writing=writing,
        zone=zone,
        saved=each.saved,
        why=each.why,
        place=place,
    )
    written = await screen.ask(composer)
    if written is not None:
        await send(each, *written, composer.tags)
        await keep("")
        return True
    if composer.skipped:
        await keep(begun)
    return False if composer.skipped else None


def told(what: str, sure: int, sent: int, doubtful: int) -> str:
    """What came of it, in a sentence."""
    parts = [f"{sure} together"] if sure else []
    parts += [f"{sent} one by one"] if sent else []
    parts += [f"{doubtful - sent} left out"] if doubtful > sent else []
    return f"{what}: {', '.join(parts)}; z takes the last back." if sure or sent else f"{what}: none was sent."
