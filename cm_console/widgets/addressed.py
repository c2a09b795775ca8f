"""Whom a private message is for, as lines over the words one writes: who they are, what was said to them, by them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cm_console.model.person import Moment, Person
from cm_console.model.text import clean_line
from cm_console.model.time import day_age
from cm_console.widgets.lines import LABEL, Line, fit, labelled, one_line, wrap
from cm_console.widgets.person import away, who_lines

CONTACTS, SAID = 2, 3
"""The newest of each that are shown."""


def addressed_lines(person: Person, said: Sequence[Moment], now: int, zone: ZoneInfo, width: int) -> list[Line]:
    """A few lines of `width` cells: who, how the team was in touch, what they wrote last, notes, tags.

    Days are those of the calendar in a zone, as on their page.
    """
    room = max(8, width - LABEL)
    lines = labelled("WHO", who_lines(person, now, room, zone))
    for each in person.contacts[:CONTACTS]:
        head = f"{each.way} by {each.author} {away(each.at, now, zone)}: "
        lines += labelled("CONTACT", [[(fit(one_line(f"{head}{clean_line(each.body, room)}"), room).rstrip(), "")]])
    wrote = [f"{day_age(each.at, now, zone)} “{each.title}”: {each.text}" for each in said[:SAID]]
    lines += labelled("WROTE", [[(fit(one_line(words), room).rstrip(), "quote")] for words in wrote])
    for note in person.notes[:CONTACTS]:
        words = f"{note.author} {day_age(note.at, now, zone)}: {clean_line(note.body, room)}"
        lines += labelled("NOTE", [[(fit(one_line(words), room).rstrip(), "")]])
    if person.tags:
        lines += labelled("TAGS", [[(line, "")] for line in wrap(" ".join(f"#{each}" for each in person.tags), room)])
    return [line for line in lines if line]
