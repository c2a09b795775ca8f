"""How `cm-console members` tells of persons: as aligned text for people, as values for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import say
from cm_console.model.person import Happening, Moment, Person, Suggestion
from cm_console.model.plural import counted
from cm_console.model.text import clean_line
from cm_console.model.time import Instant, day_age, iso, moment

WHAT = {
    Happening.POST: "wrote", Happening.CAME: "came to", Happening.DECISION: "was judged", Happening.REPORT: "reported",
    Happening.SENT: "we sent", Happening.CONTACT: "contact", Happening.NOTE: "note", Happening.FOLLOW_UP: "follow-up",
}  # fmt: skip


def member_argument(function: Callable[..., None]) -> Callable[..., None]:
    """The argument that names a person."""
    return click.argument("member", metavar="MEMBER")(function)


def suggestion_json(each: Suggestion) -> dict[str, object]:
    """A suggestion for programs."""
    return {
        "id": each.one.id,
        "account": each.one.at,
        "other_id": each.other.id,
        "other": each.other.at,
        "why": each.words,
        "reasons": [reason.name.lower() for reason in each.reasons],
    }


def person_json(person: Person) -> dict[str, object]:
    """A person for programs, times as ISO 8601."""
    facts = {**asdict(person), "role": person.role, "since": iso(person.since)}
    facts["suggestions"] = [suggestion_json(each) for each in person.suggestions]
    return {name: _dated(value) for name, value in facts.items()}


def _dated(value: object) -> object:
    if isinstance(value, dict):
        return {name: iso(each) if _is_time(name, each) else _dated(each) for name, each in value.items()}
    return [_dated(each) for each in value] if isinstance(value, list | tuple) else value


def _is_time(name: str, value: object) -> bool:
    return isinstance(value, int) and (name == "at" or name.endswith("_at"))


def say_person(person: Person, now: Instant, zone: ZoneInfo) -> None:
    """A person in lines, in the order in which one asks."""
    main = person.main
    since = f" · here {day_age(person.since, now, zone)}" if person.since is not None else ""
    say(f"{main.handle} {main.name} ({person.role}){since} · person {person.id}")
    for account in person.accounts:
        facts = f"{counted(account.posts, 'post')}, {counted(account.answers, 'answer')}, {account.thanks} thanks"
        say(f"  {account.id:>6}  {account.at} · {facts} {account.url}".rstrip())
    for each in person.suggestions:
        say(f"  perhaps also {each.one.at} ({each.one.id}) = {each.other.at} ({each.other.id}): {each.words}")
    n = person.inquiries
    begun = f"{counted(n.all, 'thread')} begun, {n.waiting} waiting, {n.done} done"
    say(f"{begun} · {counted(person.strikes, 'strike')} · came {counted(person.attended, 'time')}")
    if person.tags:
        say("tags: " + " ".join(f"#{tag}" for tag in person.tags))
    for follow_up in person.follow_ups:
        done = "done" if follow_up.done_at is not None else f"{moment(follow_up.due_at, zone):%Y-%m-%d}"
        say(f"follow-up {done}: {clean_line(follow_up.body)} ({follow_up.author}, {follow_up.id})")
    for note in person.notes:
        say(f"note by {note.author} {moment(note.at, zone):%Y-%m-%d}: {clean_line(note.body)}")
    for contact in person.contacts:
        say(f"{contact.way} by {contact.author} {moment(contact.at, zone):%Y-%m-%d}: {clean_line(contact.body, 120)}")
    for decision in person.decisions:
        undone = " (undone)" if decision.undone else ""
        say(f"{decision.verb} by {decision.actor} {moment(decision.at, zone):%Y-%m-%d}{undone}: {decision.about}")


def say_moments(moments: Sequence[Moment], zone: ZoneInfo) -> None:
    """A timeline, newest first."""
    if moments:
        say()
    for each in moments:
        words = " · ".join(filter(None, (clean_line(each.title, 60), clean_line(each.text, 100))))
        say(f"{moment(each.at, zone):%Y-%m-%d %H:%M}  {each.source:<8} {WHAT[each.what]:<10} {words}")
