"""A person as lines: who they are on all platforms, what hangs over them, what the team keeps on them; pure."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cm_console.model.guidelines import Guideline
from cm_console.model.person import Account, Begun, FollowUp, Happening, Moment, Person, looking_like
from cm_console.model.plural import counted
from cm_console.model.text import clean_line
from cm_console.model.time import day_age
from cm_console.widgets.decided import decision_lines
from cm_console.widgets.lines import LABEL, Cell, Line, fit, hue, labelled, one_line, tag, wrap
from cm_console.widgets.posts import STATUS

CONTACTS, DECISIONS = 8, 8
"""How many of each are shown; the timeline has all."""
GLYPHS = {
    Happening.POST: ("·", "wrote", ""), Happening.CAME: ("⌂", "came", "good"),
    Happening.DECISION: ("✗", "judged", "bad"), Happening.REPORT: ("⚑", "reported", "warn"),
    Happening.SENT: ("⇡", "we sent", "accent"), Happening.CONTACT: ("☏", "contact", "accent"),
    Happening.NOTE: ("✎", "note", "dim"), Happening.FOLLOW_UP: ("◷", "follow-up", "accent"),
}  # fmt: skip
"""For each kind of line in a timeline its glyph, word and tone."""


def person_lines(
    person: Person, clauses: Sequence[Guideline], me: str, now: int, zone: ZoneInfo, width: int
) -> list[Line]:
    """The whole pane in lines of `width` cells; days are those of the calendar in a zone."""
    room = max(8, width - LABEL)
    lines = labelled("WHO", who_lines(person, now, room, zone))
    lines += labelled(
        "ACCOUNTS", [line for account in person.accounts for line in _account(account, person, now, room, zone)]
    )
    perhaps = [line for each in person.suggestions for line in wrap(f"{each.other.at}: {each.words}", room - 2)]
    lines += labelled("PERHAPS", [[("? ", "warn"), (line, "")] for line in perhaps])
    if person.tags:
        lines += labelled("TAGS", [[(line, "")] for line in wrap(" ".join(f"#{each}" for each in person.tags), room)])
    lines += labelled("DUE", [line for each in person.follow_ups for line in _follow_up(each, now, room, zone)])
    for note in person.notes:
        said: Line = [(one_line(note.author), "strong"), (f" {day_age(note.at, now, zone)}", "dim")]
        lines += labelled("NOTE", [said, *([(line, "")] for line in wrap(note.body, room))])
    lines += labelled("THREADS", _threads(person, now, room, zone))
    strikes = f"✗ {counted(person.strikes, 'strike')}" if person.strikes else "no strikes"
    lines += labelled("STRIKES", [[(strikes, "bad" if person.strikes else "dim")]])
    decided = [line for each in person.decisions[:DECISIONS] for line in decision_lines(each, clauses, me, now, room)]
    lines += labelled("DECIDED", decided)
    contacts = [
        line for each in person.contacts[:CONTACTS] for line in _contact(each.way, each.author, each.at, now, zone)
    ]
    spoken: list[Line] = []
    for each, head in zip(person.contacts[:CONTACTS], contacts, strict=True):
        spoken += [head, [(fit(clean_line(each.body, 4 * room), room).rstrip(), "quote")]]
    lines += labelled("CONTACT", spoken)
    return lines[:-1] if lines else lines


def _contact(way: str, author: str, at: int, now: int, zone: ZoneInfo) -> list[Line]:
    return [[(one_line(way), ""), (f" by {one_line(author)}  {away(at, now, zone)}", "dim")]]


def away(at: int, now: int, zone: ZoneInfo) -> str:
    """How far a contact is away: what is planned is still to come."""
    return f"in {day_age(at, now, zone)}" if at > now else day_age(at, now, zone)


def who_lines(person: Person, now: int, room: int, zone: ZoneInfo) -> list[Line]:
    """How they are called, how long they are here, how much they wrote."""
    main = person.main
    names = dict.fromkeys(one_line(each.name) for each in person.accounts if each.name and each.name != main.handle)
    first: Line = [(one_line(main.handle), "strong")]
    if main.alike:
        first.append((looking_like(one_line(main.alike)), "warn"))
    if names:
        first.append((" " + ", ".join(names), ""))
    if person.role != "member":
        first.append((f" {person.role}", "accent"))
    facts = [f"here {day_age(person.since, now, zone)}"] if person.since is not None else []
    posts, answers, thanks = (
        sum(counts) for counts in zip(*((a.posts, a.answers, a.thanks) for a in person.accounts), strict=True)
    )
    facts += [counted(posts, "post")]
    facts += [counted(answers, "answer")] if answers else []
    facts += [f"{thanks:,} thanks"] if thanks else []
    facts += [f"came {counted(person.attended, 'time')}"] if person.attended else []
    last = max((each.last_post_at for each in person.accounts if each.last_post_at is not None), default=None)
    facts += [f"last wrote {day_age(last, now, zone)} ago"] if last is not None else ["never wrote"]
    return [first, *([(line, "dim")] for line in wrap(" · ".join(facts), room))]


def _account(account: Account, person: Person, now: int, room: int, zone: ZoneInfo) -> list[Line]:
    line: Line = [(one_line(account.handle), ""), (f" on {account.source}", hue(account.source))]
    if account.alike:
        line.append((looking_like(one_line(account.alike)), "warn"))
    facts = f"  {counted(account.posts, 'post')}"
    if account.joined_at is not None:
        facts += f", joined {day_age(account.joined_at, now, zone)} ago"
    lines = [[*line, (facts, "dim")]]
    for link in person.links:
        if account.id == max(link.one, link.other) and link.reason:
            said = f"  linked: {one_line(link.reason)}, {one_line(link.actor)} {day_age(link.at, now, zone)} ago"
            lines.append([(fit(said, room).rstrip(), "dim")])
    return lines


def _follow_up(each: FollowUp, now: int, room: int, zone: ZoneInfo) -> list[Line]:
    left = each.due_at - now
    if each.done_at is not None:
        head: Line = [("✓ done", "dim"), (f" {day_age(each.done_at, now, zone)} ago", "dim")]
    elif left <= 0:
        head = [("! due", "warn"), (f" since {day_age(each.due_at, now, zone)}" if left < 0 else "", "dim")]
    else:
        head = [(f"in {day_age(each.due_at, now, zone)}", "")]
    words = [[(line, "dim" if each.done_at else "")] for line in wrap(clean_line(each.body), room)]
    return [[*head, (f"  {one_line(each.author)}", "dim")], *words]


def _threads(person: Person, now: int, room: int, zone: ZoneInfo) -> list[Line]:
    n = person.inquiries
    if not n.all:
        return []
    head = f"{n.all:,} begun" + (f" · {n.waiting} waiting for us" if n.waiting else "") + f" · {n.done} done"
    return [[(head, "")], *(_thread(each, now, room, zone) for each in n.newest)]


def _thread(each: Begun, now: int, room: int, zone: ZoneInfo) -> Line:
    state = "! needs reply" if each.waits else STATUS[each.status]
    age = day_age(each.last_post_at, now, zone)
    title = fit(one_line(each.title), max(4, room - len(state) - len(age) - 2)).rstrip()
    return [(f"{state} ", "warn" if each.waits else "dim"), (title, ""), (f" {age}", "dim")]


def moment_cells(each: Moment, now: int, width: int, zone: ZoneInfo) -> list[Cell]:
    """A line of the timeline: age, what, in which thread, the words, platform."""
    glyph, word, tone = GLYPHS[each.what]
    what = Cell(f"{glyph} {word}", tone or "dim", 11)
    title = [Cell(each.title, "dim", 26)] if width >= 84 and each.text else []
    text = Cell(each.text or each.title)
    return [Cell(day_age(each.at, now, zone), "dim", 4, right=True), what, *title, text, tag(each.source, "")]
