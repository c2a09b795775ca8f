"""The demo's strategy: what the community is for, its guidelines and its goals."""

from __future__ import annotations

from datetime import timedelta

from cm_console.demo.rhythm import Rhythm
from cm_console.demo.shape import Goal, Guideline
from cm_console.model.action import Verb
from cm_console.model.time import DAY, HOUR, MINUTE, SECOND, Instant

COMMUNITY = "Fernwerk"
PURPOSE = (
    "Anyone with a patch of soil can build, repair and understand their own garden sensors: newcomers get an answer"
    " within a day, and what members learn ends up in the docs and in the next version."
)
AUDIENCE = (
    "Gardeners who have never soldered, tinkerers who have never gardened, and the teachers, clubs and nurseries who"
    " bring both together. Most write in English as a second language; many come once, with one problem."
)

_HELLO = "Hello {member}, about your post “{title}”: "

GUIDELINES = (
    Guideline(
        1,
        "Be kind, above all to newcomers",
        "Criticise circuits, code and ideas, never people. No insults, no mockery, no pile-ons. There are no stupid"
        " questions here, only missing pages in the docs.",
        _HELLO + "we removed it because of guideline {guideline}. You may well be right about the matter; please say it"
        " again without the words about the person.",
        1,
        90,
        Verb.REMOVE,
    ),
    Guideline(
        2,
        "Harassment ends your stay",
        "No threats, no unwanted advances, no following people around. A no in a private message is a no.",
        _HELLO + "what you did is harassment (guideline {guideline}). Your account is suspended. You can write to the"
        " team if you believe that this is a mistake.",
        3,
        365,
        Verb.BAN,
    ),
    Guideline(
        3,
        "No advertising, no spam",
        "Show what you built and link to it where it helps. Don't sell, don't collect followers, don't post the same"
        " thing twice. Courses and shops: ask the team first.",
        _HELLO
        + "it was removed as advertising (guideline {guideline}). Projects are welcome in Show & tell, offers are"
        " not.",
        1,
        90,
        Verb.SPAM,
    ),
    Guideline(
        4,
        "Keep private things private",
        "No addresses, phone numbers, real names or private messages of others, not even for a good reason.",
        _HELLO + "it held personal information about somebody, so we removed it at once (guideline {guideline}). Please"
        " tell the team instead, we'll look into it.",
        2,
        180,
        Verb.REMOVE,
    ),
    Guideline(
        5,
        "Be who you are",
        "One person, one account. Never pretend to be somebody else or to speak for the team.",
        _HELLO + "the account looks like somebody else's and was suspended (guideline {guideline}).",
        3,
        365,
        Verb.BAN,
    ),
    Guideline(
        6,
        "Stay with the garden",
        "Soil, weather, plants, electronics, and small talk in the Lounge. Not party politics, not religion, not"
        " crypto coins.",
        _HELLO + "this isn't the place for it (guideline {guideline}), so we hid it. No hard feelings.",
        0,
        30,
        Verb.HIDE,
    ),
    Guideline(
        7,
        "Nothing that burns or hurts",
        "No advice that puts people at risk: mains without protection, damaged cells, bypassed fuses, unknown berries.",
        _HELLO + "somebody could get hurt by following it (guideline {guideline}). Please correct it and we'll show it"
        " again.",
        0,
        30,
        Verb.HIDE,
    ),
    Guideline(
        8,
        "Credit the work of others",
        "Name whose design, photo or code you use, and keep its licence. Nothing from leaks, nothing pirated.",
        _HELLO + "it uses someone's work without naming them (guideline {guideline}). Add the source and it can come"
        " back.",
        1,
        60,
        Verb.WARN,
    ),
)


def goals(rhythm: Rhythm) -> tuple[Goal, ...]:
    """Five goals, set five weeks ago."""
    set_at = Instant(rhythm.now - 35 * DAY)
    end = rhythm.today + timedelta(days=39)
    later = rhythm.today + timedelta(days=130)
    return (
        Goal("goal-1", "response.coverage", 95.0, "%", end, "Nobody who asks is left alone", set_at, 88.0),
        Goal(
            "goal-2",
            "response.median",
            2 * HOUR / SECOND,
            "s",
            end,
            "Questions are answered while they still matter",
            set_at,
            11_400.0,
        ),
        Goal(
            "goal-3", "contributors.new", 30.0, "n", end, "The circle of people who write keeps growing", set_at, 19.0
        ),
        Goal("goal-4", "stickiness", 25.0, "%", later, "People come back without being asked to", set_at, 19.0),
        Goal(
            "goal-5",
            "reports.handling_median",
            45 * MINUTE / SECOND,
            "s",
            later,
            "Whoever flags something is heard the same hour",
            set_at,
            7_200.0,
        ),
    )
