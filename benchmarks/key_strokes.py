"""What is pressed for each command of the table: where, what answers its question, and the way back.

A command that stands in no list here is pressed as it is and left with escape, so a new one is measured from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.words import vocabulary

WORD = tuple(vocabulary()[0][:3])
"""What is searched: how the most frequent word of every world begins, so that something is found in each."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere keys work.

    Attributes:
        name: how the table calls it.
        scope: a key of `keys.SCOPES`.
        way: keys that lead there from the inbox's first row.
        sign: words of the screen by which one knows to be there.
        only: of the commands only those whose ids begin so; "" for all.
        fresh: come there anew for each command, as the screen does not show whether one still is.
    """

    name: str
    scope: str
    way: tuple[str, ...]
    sign: str
    only: str = ""
    fresh: bool = False


PLACES = (
    Place("inbox", "inbox", (), "Needs reply ─"),
    Place("long thread", "inbox", ("enter",), "Needs reply ─", "list.", fresh=True),
    Place("members", "members", ("5",), "At risk  Due  Team"),
    Place("outbox", "outbox", ("O",), "Outbox ─"),
    Place("search", "search", ("ctrl+f", *WORD), "Search ─", "search."),
    Place("similar", "similar", ("j", "s"), "Similar, answered ─"),
    Place("who could answer", "answerers", ("j", "W"), "Who could answer ─"),
    Place("person", "person", ("w", "w"), "all platforms ─ newest first"),
    Place("feedback", "feedback", ("F",), "Feedback "),
    Place("engage", "engage", ("E",), "Engage "),
    Place("compose", "compose", ("r",), "^s send"),
)
"""The screens of inbox and members. Global keys are pressed in the inbox only: they do the same everywhere."""

EXCLUDED: Mapping[str, str] = {
    "app.quit": "ends the program",
    "feedback.export": "writes everything that is marked into a file: as long as there is much",
    "members.export": "writes the whole list into a file: as long as it is long",
    "inbox.open_link": "a world's threads have no address",
    "similar.copy_link": "a world's threads have no address",
    "person.open_link": "a world's members have no address",
    "person.forget": "removes for good: there is no way back to the next round",
    "members.suggestions": "compares all accounts, 0.1 s for 100,000, once when one sits down to decide",
    "many.mark_all": "reads as many rows as are selected, 10,000 at most, in pages between which keys go on",
    "many.mark_others": "reads the others as well, 10,000 at most",
    "app.sync": "a world's source is off",
}
"""What is not pressed, and why."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a command is pressed.

    Attributes:
        before: keys that make it possible, not measured.
        then: keys that answer its question: measured together as a line of their own.
        back: keys that undo it, not measured.
    """

    before: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    back: tuple[str, ...] = ("escape",)


_UNDO = ("z",)
STROKES: Mapping[str, Stroke] = {
    "app.undo": Stroke(before=("e",), back=()),
    "list.down": Stroke(back=("k",)),
    "list.up": Stroke(before=("j",), back=()),
    "list.page_down": Stroke(back=("pageup",)),
    "list.page_up": Stroke(before=("pagedown",), back=()),
    "list.top": Stroke(before=("end",), back=()),
    "list.bottom": Stroke(back=("home",)),
    "list.read_down": Stroke(back=("K",)),
    "list.read_up": Stroke(before=("J",), back=()),
    "list.back": Stroke(before=("slash", "x"), back=()),
    "many.mark": Stroke(back=("k", "escape")),
    "many.mark_range": Stroke(back=("escape",)),
    "list.filter": Stroke(then=WORD, back=("escape",)),
    "inbox.note": Stroke(then=("h", "ctrl+s"), back=_UNDO),
    "inbox.assign": Stroke(then=("1",), back=_UNDO),
    "inbox.snooze": Stroke(then=("1",), back=_UNDO),
    "inbox.done": Stroke(back=_UNDO),
    "inbox.wait": Stroke(back=_UNDO),
    "inbox.tag": Stroke(then=("x", "enter"), back=_UNDO),
    "inbox.priority": Stroke(then=("1",), back=_UNDO),
    "inbox.due": Stroke(then=("3", "d", "enter"), back=_UNDO),
    "inbox.moderate": Stroke(then=("x", "enter"), back=_UNDO),
    "inbox.feedback": Stroke(then=("x", "enter"), back=_UNDO),
    "inbox.more": Stroke(back=("v",)),
    "inbox.next_view": Stroke(back=("left_square_bracket",)),
    "inbox.previous_view": Stroke(back=("right_square_bracket",)),
    "inbox.views": Stroke(then=("4",), back=("backslash", "1")),
    "inbox.reply": Stroke(then=("x", "ctrl+s"), back=_UNDO),
    "members.note": Stroke(then=("x", "enter"), back=_UNDO),
    "members.tag": Stroke(then=("x", "enter"), back=_UNDO),
    "members.next_list": Stroke(back=("left_square_bracket",)),
    "members.previous_list": Stroke(back=("right_square_bracket",)),
    "outbox.next_view": Stroke(back=("left_square_bracket",)),
    "outbox.previous_view": Stroke(back=("right_square_bracket",)),
    "person.note": Stroke(then=("x", "enter"), back=_UNDO),
    "person.tag": Stroke(then=("x", "enter"), back=_UNDO),
    "person.next_section": Stroke(back=("left_square_bracket",)),
    "person.previous_section": Stroke(back=("right_square_bracket",)),
    "engage.pass_over": Stroke(back=_UNDO),
    "engage.snooze": Stroke(then=("1",), back=_UNDO),
    "engage.next_view": Stroke(back=("left_square_bracket",)),
    "engage.previous_view": Stroke(back=("right_square_bracket",)),
    "engage.start": Stroke(back=("escape",)),
    "compose.send": Stroke(before=("x",), back=_UNDO),
    "compose.send_done": Stroke(before=("x",), back=_UNDO),
    "compose.editor": Stroke(back=()),
}
"""Commands that need more than their key and escape."""
