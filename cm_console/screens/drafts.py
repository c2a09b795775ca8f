"""What was begun and not sent: gone on with, or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.containers import Vertical
from textual.content import Content

from cm_console.model.thread import Draft
from cm_console.screens.dialogs import Choice, Choose, confirm
from cm_console.widgets.lines import one_line

if TYPE_CHECKING:
    from cm_console.screens.mode import ModeScreen

SHOWN = 9
"""Drafts that have a number at once."""
KINDS = {"note": "note on ", "edit": "edit in ", "planned": "planned for ", "handover": "hand-over of "}
FIRST = {
    "greet": "greeting to ",
    "anniversary": "congratulation to ",
    "thank": "thanks to ",
    "unanswered": "answer to ",
}
"""What a draft is, before the title of its thread or who it is for; a reply is said nothing of."""
OLDER = "older"


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The answer that throws a draft away."""

    draft: Draft


class Drafts(Choose[Draft | Unwanted | str]):
    """Which draft: its number goes on with it, `x` throws away the one under the bar."""

    def __init__(self, drafts: Sequence[Draft], older: int) -> None:
        choices: list[Choice[Draft | Unwanted | str]] = [
            Choice(str(n), f"{what(draft)}{draft.title}: {one_line(draft.text)}", draft)
            for n, draft in enumerate(drafts, 1)
        ]
        choices += [Choice("m", f"{older} older", OLDER)] if older else []
        super().__init__("Go on with which draft?", choices)

    def on_mount(self) -> None:
        """The box says what else can be done."""
        self.query_one(Vertical).border_subtitle = Content("enter goes on · x throws it away · esc back")

    def pressed(self, event: events.Key) -> None:
        """See Choose."""
        value = self.choices[self.answers.at].value
        if event.key in ("x", "delete") and isinstance(value, Draft):
            self.answer(Unwanted(value))
        else:
            super().pressed(event)


def what(draft: Draft) -> str:
    """What a draft is, before its title."""
    known = {**KINDS, "engage": FIRST.get(draft.key.split(":")[1], "")} if draft.kind == "engage" else KINDS
    return known.get(draft.kind, "")


async def go_on(screen: ModeScreen, draft: Draft) -> str | None:
    """Open what a draft was begun in; None: that is the composer of its thread.

    Raises:
        Impossible: it cannot be gone on with; the draft stays.
    """
    if draft.kind == "edit":
        from cm_console.screens.telling import edit_answer

        return await edit_answer(screen, draft.thread_id, int(draft.of))
    if draft.kind == "handover":
        from cm_console.screens.handing_over import hand_over

        return await hand_over(screen, [draft.thread_id])
    if draft.kind == "engage":
        from cm_console.screens import engage_writing

        return await engage_writing.go_on(screen, draft)
    if draft.kind == "planned":
        from cm_console.screens import replan

        if (words := await replan.go_on(screen, draft)) is not None or draft.thread_id:
            return words
    if not draft.thread_id or draft.kind == "ask":
        from cm_console.screens.messaging import write_privately

        to, about = int(draft.key.rpartition(":")[2]), draft.thread_id or None
        return await write_privately(screen, to, about=about, to_it=True)
    return None


async def choose_draft(screen: ModeScreen) -> Draft | None:
    """Ask which draft to go on with; None for none. Those that are thrown away are gone then, the rest is asked again.

    Nothing is thrown away without a question.
    """
    skipped = 0
    while drafts := await screen.services.writing.drafts() if screen.services.writing is not None else []:
        rest = drafts[skipped:] or drafts
        answer: Draft | Unwanted | str | None = await screen.ask(Drafts(rest[:SHOWN], max(0, len(rest) - SHOWN)))
        if isinstance(answer, Unwanted):
            await _throw_away(screen, answer.draft)
        elif isinstance(answer, str):
            skipped += SHOWN
        else:
            return answer
    screen.say("Nothing was begun." if not skipped else "Nothing is left.")
    return None


async def _throw_away(screen: ModeScreen, draft: Draft) -> None:
    begun = one_line(draft.text)[:100]
    if await screen.ask(confirm("Throw this draft away?", f"{draft.title}: {begun}", "yes, it is gone then")):
        await screen.services.inbox.save_draft(draft.key, "")
