"""What the inbox asks before it acts; imported with the first question, the first frame does without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from cm_console.model.inbox import REPLY_WITHIN, Priority
from cm_console.model.time import Instant, short_age
from cm_console.screens.dialogs import Ask, Choice, Choose
from cm_console.screens.snooze import CHOICES
from cm_console.screens.snooze import snooze_until as snooze_until
from cm_console.widgets.links import real_host
from cm_console.widgets.posts import Reading

_PRIORITIES = {"u": Priority.URGENT, "h": Priority.HIGH, "n": Priority.NORMAL, "l": Priority.LOW}


def assignee(me: str, team: Sequence[str]) -> Choose[str]:
    """Who cares for it: me, a colleague, "" for nobody."""
    colleagues = [name for name in team if name != me][:9]
    choices = [Choice("a", f"{me} (me)", me)]
    choices += [Choice(str(number), name, name) for number, name in enumerate(colleagues, 1)]
    return Choose("Assign to", [*choices, Choice("u", "nobody", "")])


def until() -> Choose[str]:
    """When it comes back; see `snooze.snooze_until`, "days" asks `days`."""
    return Choose("Snooze", CHOICES)


def to_come(now: Callable[[], Instant], zone: ZoneInfo) -> Callable[[str], Instant]:
    """Reads a time that is still to come; it raises ValueError for what is none, or has passed."""
    from cm_console.model.when import parse_when

    def read(words: str) -> Instant:
        at = parse_when(words, now(), zone)
        if at <= now():
            raise ValueError("that time has passed")
        return at

    return read


def time(read: Callable[[str], Instant], title: str = "Snooze until when?") -> Ask:
    """Until when."""
    return Ask(title, hint="14:00, thu, tomorrow 10:30, 2026-12-01", check=read)


def due(now_set: bool, read: Callable[[str], Instant]) -> Ask:
    """Until when it wants an answer."""
    more = "; empty: as promised to everybody" if now_set else ""
    return Ask(f"Due when?{more}", hint="4h, 3d, 14:00, thu, tomorrow 10:30, 2026-12-01", check=read)


def days() -> Ask:
    """For how many days."""
    return Ask("Snooze for how many days?", hint="3", check=lambda line: snooze_until(line, 0, ZoneInfo("UTC")))


def tags(have: Sequence[str], rows: int) -> Ask:
    """Tags in one line, those it has given; of several rows what to add, and with a dash what to remove."""
    return Ask(
        "Tags, separated by spaces" + ("" if rows < 2 else "; -tag removes"), value="".join(f"{tag} " for tag in have)
    )


def retagged(line: str, have: Sequence[str]) -> list[tuple[str, bool]]:
    """What the answer to `tags` changes: tags, and whether each is to be removed."""
    given = line.replace(",", " ").split()
    wanted = {word.lstrip("#+").lower() for word in given if not word.startswith("-")}
    dropped = {word[1:].lower() for word in given if word.startswith("-")} | (set(have) - wanted)
    return [*((word, False) for word in sorted(wanted - set(have))), *((word, True) for word in sorted(dropped))]


def reason() -> Ask:
    """Why it is for the moderators."""
    return Ask("To moderation: why?", hint="spam, off-topic, rude …")


def priority(
    within: Callable[[Priority], int] = REPLY_WITHIN.__getitem__, *, promised: float = 0, by_priority: bool = False
) -> Choose[Priority]:
    """How urgent it is; `promised` is the share of threads whose time is a clock's, or was set by hand.

    `by_priority`: a policy names priorities, so another priority may mean another promise.
    """
    choices = [
        Choice(
            key, value.name.lower() + ("" if promised == 1 else f": answer within {short_age(within(value))}"), value
        )
        for key, value in _PRIORITIES.items()
    ]
    stays = "When it is due stays as promised" if promised == 1 else "Where a time is promised already, it stays"
    moves = "What is promised may change with the priority, as your [[clocks]] say"
    words = f"{moves if by_priority else stays}; of two due alike the more urgent comes first." if promised else ""
    return Choose("Priority", [*choices, Choice("0", "none", Priority.NONE)], words=words)


def link(reading: Reading) -> Choose[str]:
    """Which link: the thread's own page, or one of those in its text."""
    own = [Choice("0", "the thread itself", reading.card.url)] if reading.card.url else []
    links = [Choice(str(n), f"{real_host(url)}  {url}", url) for n, url in enumerate(reading.links[:9], 1)]
    return Choose("Open which link?", [*own, *links])
