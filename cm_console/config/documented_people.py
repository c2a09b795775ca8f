"""The keys of a config that decide who is in which segment and has which level."""

from __future__ import annotations

from cm_console.config import values
from cm_console.config.option import Option

SEGMENTS = "new, active, champions, helpers, quiet, returned, at-risk"
LEVELS = "Visitor, Participant, Contributor, Core"
RANKED = ("posts_90", "answers_90", "score_90")
"""As `model/segments.py` has them, which is not loaded to read a config without rules of its own."""

LEVEL = Option(
    "levels.NAME",
    values.CONDITIONS,
    {},
    "Levels of members, the lowest first; the last whose conditions all hold is theirs. If there are any here, "
    "there are no others.",
    ("parts_365 >= 1",),
    unset=LEVELS,
)
PEOPLE: tuple[Option, ...] = (
    Option(
        "segments.NAME.where",
        values.CONDITIONS,
        (),
        "Who is in this segment of members: all conditions must hold. docs/members.md lists what they can ask for and "
        f"the built-in segments ({SEGMENTS}); the same name replaces one of those.",
        ("posts_30 >= 1", "tag = vip"),
        unset="as built in",
    ),
    Option("segments.NAME.title", values.LINE, None, "What the list is called.", "Active VIPs", unset="its name"),
    Option(
        "segments.NAME.top",
        values.TOP,
        None,
        'Of those only who ranks among the first so many, or so many per cent: 10, "25 %". Equals come with them.',
        20,
        unset="as built in, else all",
    ),
    Option("segments.NAME.by", values.one_of(RANKED), "score_90", "What `top` ranks by."),
    Option("segments.NAME.enabled", values.FLAG, True, "Say false to do without a built-in segment."),
    LEVEL,
)
