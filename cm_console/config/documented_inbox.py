"""The keys of a config that decide the inbox: what needs a reply, how soon, in which hours, under which clocks."""

from __future__ import annotations

from cm_console.config import values
from cm_console.config.option import REQUIRED, Option
from cm_console.model.business_hours import WEEK, WEEKDAYS, shown_spans
from cm_console.model.inbox import REPLY_WITHIN, Priority
from cm_console.model.time import HOUR

_HOURS = values.number(" of hours", 0.01, 8760)
_LEVELS = tuple(priority.name.lower() for priority in Priority)

INBOX: tuple[Option, ...] = (
    Option("needs_reply.direct", values.FLAG, True, "A direct message whose last word is a member's needs a reply."),
    Option(
        "needs_reply.mention",
        values.FLAG,
        True,
        "A thread in which a member mentioned us, and the team has not written since, needs a reply.",
    ),
    Option("needs_reply.unanswered", values.FLAG, True, "A member's thread nobody else has written in needs a reply."),
    Option(
        "needs_reply.follow_up",
        values.FLAG,
        True,
        "A member's thread in which the team has written, and its author has the last word, needs a reply.",
    ),
    *(
        Option(
            f"reply_within_hours.{level}",
            _HOURS,
            REPLY_WITHIN[Priority[level.upper()]] / HOUR,
            f"Within how many hours a waiting member of priority {level} should have an answer.",
            unset="first_reply_hours" if level in ("none", "normal") else "",
        )
        for level in _LEVELS
    ),
)
"""Tables without brackets twice."""

CLOCKS: tuple[Option, ...] = (
    *(
        Option(
            f"business_hours.{day}",
            values.SPANS,
            shown_spans(WEEK[number]),
            f"When the team works on {day.capitalize()}s: spans, all day, or closed.",
            example="9:00-12:00, 13:00-17:00" if number == 0 else None,
        )
        for number, day in enumerate(WEEKDAYS)
    ),
    Option(
        "business_hours.timezone",
        values.ZONE,
        None,
        "The time zone of the business hours.",
        "Europe/Berlin",
        unset="the community's",
    ),
    Option("business_hours.holidays", values.DATES, (), "Days on which nobody works.", ("2026-12-25", "2027-01-01")),
    Option(
        "clocks.name",
        values.LINE,
        REQUIRED,
        "The name of a policy, each once. The first that covers a thread gives it its clocks; threads that began "
        "before a policy was first seen are not judged by it.",
        "Support",
    ),
    Option("clocks.first_reply", _HOURS, None, "Hours to the first reply.", 4.0, unset="no such clock"),
    Option(
        "clocks.next_reply",
        _HOURS,
        None,
        "Hours to each further reply, once there was a first one and the member waits again.",
        8.0,
        unset="no such clock",
    ),
    Option(
        "clocks.resolution",
        _HOURS,
        None,
        "Hours until the thread is solved or done; one that is opened again gets a new clock.",
        72.0,
        unset="no such clock",
    ),
    Option("clocks.source", values.LINE, "", "Only threads of this source.", "forum", unset="all sources"),
    Option("clocks.tag", values.LINE, "", "Only threads the team gave this tag.", "account", unset="any"),
    Option(
        "clocks.priority",
        values.some_of(_LEVELS),
        (),
        "Only threads of these priorities.",
        ("high", "urgent"),
        unset="all priorities",
    ),
    Option(
        "clocks.only_during_business_hours",
        values.FLAG,
        False,
        "Count the time in business hours only, holidays left out.",
    ),
    Option(
        "clocks.by_team",
        values.FLAG,
        False,
        "Only an answer of the team stops the clocks; else anybody's but the author's and a bot's does.",
    ),
)
