"""The keys of a config that decide engage-first and hand-over: who is listed, what is written, which teams."""

from __future__ import annotations

from cm_console.config import values
from cm_console.config.option import REQUIRED, Option
from cm_console.config.values import ValueKind, nearest
from cm_console.model import outside
from cm_console.model.asking import ASK, ASK_PLACES
from cm_console.model.engaging import TEMPLATES, Engage, EngageRules, places_of
from cm_console.model.templates import places

_USUAL = EngageRules()
_DAYS = values.whole(" of days", 1, 366)


def _only(known: tuple[str, ...]) -> ValueKind:
    def accept(value: object) -> str:
        text = str(values.TEXT.accept(value))
        for place in places(text):
            if place not in known:
                raise ValueError(f"; {{{place}}} is not a place{nearest(place, known)}")
        if not text.strip():
            raise ValueError
        return text

    return ValueKind("text with no other places than " + ", ".join(f"{{{place}}}" for place in known), accept)


def _years(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(each) is int and 1 <= each <= 99 for each in value):
        raise ValueError
    return tuple(sorted(set(value)))


def _months(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(each) is int and 1 <= each <= 12 for each in value):
        raise ValueError
    return tuple(value)


_TOLD = {
    Engage.GREET: "a newcomer after their first post",
    Engage.ANNIVERSARY: "a member on the anniversary of joining",
    Engage.UNANSWERED: "a member whom nobody answered",
    Engage.THANK: "a member who helped others",
}
_OUTSIDE = _only(tuple(outside.PLACES))

ENGAGE: tuple[Option, ...] = (
    Option("engage.greet_days", _DAYS, _USUAL.greet_days, "Newcomers are listed for so many days after they wrote."),
    Option(
        "engage.unanswered_hours",
        values.whole(" of hours", 1, 8760),
        _USUAL.unanswered_hours,
        "Threads of members that nobody answered are listed after so many hours.",
    ),
    Option("engage.thank_days", _DAYS, _USUAL.thank_days, "Helpers are listed for what they did in so many days."),
    Option("engage.anniversary_days", _DAYS, _USUAL.anniversary_days, "Anniversaries are listed for so many days."),
    Option(
        "engage.active_days",
        _DAYS,
        _USUAL.active_days,
        "Anniversaries are kept of members who wrote within so many days.",
    ),
    Option(
        "engage.years",
        ValueKind("a list of whole numbers from 1 to 99", _years),
        _USUAL.years,
        "Which anniversaries are kept.",
    ),
    *(
        Option(f"templates.{view}", _only(places_of(view)), TEMPLATES[view], f"What is written to {_TOLD[view]}.")
        for view in _TOLD
    ),
    Option("templates.ask", _only(ASK_PLACES), ASK, "What a member who could answer a question is asked privately."),
    Option("starters.title", values.LINE, REQUIRED, "A conversation starter's title, each once.", "Show your setup"),
    Option("starters.text", values.TEXT, REQUIRED, "What is posted.", "A picture, and what you would change."),
    Option("starters.tags", values.LINES, (), "Words to find it by.", ("photo",)),
    Option(
        "starters.months",
        ValueKind("a list of months from 1 to 12", _months),
        (),
        "The months it fits; outside of them it comes last.",
        (11, 12),
        unset="all year",
    ),
    Option(
        "handover.NAME.source",
        values.LINE,
        REQUIRED,
        "Through which source a team outside is told: one that can publish, such as github, email or webhook.",
        "forum",
    ),
    Option(
        "handover.NAME.place",
        values.LINE,
        "",
        "Where there, as entries of the calendar have it: a repository, a mail address.",
        "acme/infra",
        unset="the source's own",
    ),
    Option("handover.NAME.title", _OUTSIDE, outside.TITLE, "The title or subject they get."),
    Option(
        "handover.NAME.body",
        _OUTSIDE,
        outside.BODY,
        "What they get to read. The member is only named where it says {member}; {link} leads back to the thread.",
        "{note} {words} {link}",
        unset="the note, the last words of members quoted, the link, who hands over",
    ),
)
