"""The tables of a config that decide the inbox: what they mean, and what is said of a mistake in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, ConfigError, load, parse, write_new
from cm_console.model.business_hours import WEEK, BusinessHours
from cm_console.model.clocks import Policy
from cm_console.model.inbox import REPLY_WITHIN, Priority
from cm_console.model.time import DAY, HOUR
from cm_console.model.triage import Rules

PATH = Path("config.toml")
FULL = """\
community = "Bikes"
timezone = "Europe/Berlin"
first_reply_hours = 6

[needs_reply]
mention = false

[reply_within_hours]
high = 1.5

[business_hours]
monday = "9:00-12:00, 13:00-17:30"
friday = "closed"
saturday = "all day"
holidays = [2026-12-25, "2027-01-01"]

[[clocks]]
name = "Support"
first_reply = 4
next_reply = 0.5
source = "forum"
priority = ["high", "urgent"]
only_during_business_hours = true

[[clocks]]
name = "Rest"
resolution = 72
tag = "Account"
by_team = true

[sources.forum]
kind = "memory"
"""
HOURS = BusinessHours(
    ZoneInfo("Europe/Berlin"),
    (((540, 720), (780, 1050)), *WEEK[1:4], (), ((0, 1440),), ()),
    frozenset({date(2026, 12, 25), date(2027, 1, 1)}),
)


def test_everything_is_read() -> None:
    config = parse(FULL, PATH)
    assert config.needs_reply == Rules(mention=False)
    assert config.business_hours == HOURS
    urgent = frozenset({Priority.HIGH, Priority.URGENT})
    support = Policy(
        "Support", 4 * HOUR, HOUR // 2, None, source="forum", priorities=urgent, hours=HOURS, in_hours=True
    )
    rest = Policy("Rest", resolution=72 * HOUR, tag="account", by_team=True)
    assert config.triage.policies == (support, rest)
    assert config.triage.within == (6 * HOUR, 3 * DAY, 6 * HOUR, 3 * HOUR // 2, 2 * HOUR)
    assert "danke" in config.triage.thanks


def test_without_them_it_is_as_ever() -> None:
    triage = Config(PATH, "Bikes").triage
    assert triage.within == tuple(REPLY_WITHIN[priority] for priority in Priority)
    assert (triage.rules, triage.policies) == (Rules(), ())
    assert Config(PATH, "Bikes").business_hours == BusinessHours(ZoneInfo("UTC"), WEEK)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "mention = false",
            "mentions = false",
            "line 6: there is no setting needs_reply.mentions; did you mean mention?",
        ),
        ("mention = false", 'mention = "no"', "line 6: needs_reply.mention must be true or false"),
        ("high = 1.5", "high = 0", "line 9: reply_within_hours.high must be a number of hours, not 0; it goes from"),
        ("high = 1.5", "hihg = 1", "line 9: there is no setting reply_within_hours.hihg; did you mean high?"),
        ('"closed"', '"9-5"', "line 13: business_hours.friday must be spans of a day such as"),
        ('"closed"', '"17:00-9:00"', "; '17:00-9:00' does not end after it begins on the same day"),
        ('"2027-01-01"', '"new year"', "line 15: business_hours.holidays must be a list of days"),
        ("first_reply = 4\n", "", ""),
        ("resolution = 72\n", "", "line 25: clocks[2] promises nothing; give it one of first_reply, next_reply"),
        ('name = "Rest"', 'name = "Support"', "line 26: clocks[2].name 'Support' was already given above"),
        ('name = "Rest"\n', "", "line 25: clocks[2].name is missing"),
        (
            'source = "forum"',
            'source = "chat"',
            "line 21: clocks[1].source names the source 'chat', which is not there",
        ),
        ('"urgent"]', '"hot"]', "line 22: clocks[1].priority must be a list of none, low, normal, high, urgent"),
        ('[[clocks]]\nname = "Support"', '[clocks]\nname = "Support"', "is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, words: str) -> None:
    text = FULL.replace(old, new)
    assert text != FULL
    if not words:
        parse(text, PATH)
        return
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    assert words in str(caught.value)


def test_one_table_with_single_brackets_is_told() -> None:
    with pytest.raises(ConfigError, match=r"line 2: clocks must be tables with two brackets: \[\[clocks\]\]"):
        parse('community = "x"\n[clocks]\nname = "a"', PATH)


def test_the_new_file_explains_them(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_new(path, "Bikes")
    text = path.read_text(encoding="utf-8")
    for header in ("[needs_reply]", "[reply_within_hours]", "[business_hours]", "[[clocks]]"):
        assert f"# {header}\n" in text
    assert load(path).clocks == ()
