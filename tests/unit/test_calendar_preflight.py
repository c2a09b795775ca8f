"""Preflight and the state of an entry: pure rules over entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.calendar import Entry, EntryKind, EntryState, Outlet, Variant, state_of
from cm_console.model.length import TextRules
from cm_console.model.preflight import preflight
from cm_console.model.text import Safe
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.model.wall import at_wall

BERLIN = ZoneInfo("Europe/Berlin")
AT = at_wall(date(2026, 11, 26), time(10), BERLIN)
NOW = Instant(AT - 3 * DAY)
OUTLETS = {"forum": Outlet("forum", "discourse"), "toots": Outlet("toots", "mastodon", text=TextRules(most=500))}


def entry(id: str = "e1", *variants: Variant, **changes: object) -> Entry:
    plain = Entry(
        id, EntryKind.POST, Safe("Weekly thread"), Safe("What are you riding?"), AT, BERLIN.key, EntryState.DRAFT,
        variants or (Variant("forum"),),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def found(one: Entry, *others: Entry, outlets: dict[str, Outlet] | None = None, now: int = NOW) -> list[str]:
    return preflight(one, others, OUTLETS if outlets is None else outlets, Instant(now), BERLIN)


def test_a_good_entry_has_nothing_against_it() -> None:
    assert found(entry()) == []


def test_empty_words_are_found_per_source() -> None:
    both = entry("e1", Variant("forum"), Variant("toots", body=Safe("Hi!")), title=Safe(""), body=Safe(" \n"))
    assert found(both) == ["forum: the text is empty", "forum: the title is missing"]


def test_what_is_too_long_for_the_platform_is_counted() -> None:
    words = entry("e1", Variant("toots"), body=Safe("x" * 501))
    assert found(words) == ["toots: 501 characters, 500 are allowed: shorten or split it"]


def test_a_source_that_cannot_publish_or_was_not_reached_says_why() -> None:
    blocked = {"forum": Outlet("forum", "discourse", "forum may not publish: scope topics:write")}
    assert found(entry(), outlets=blocked) == ["forum may not publish: scope topics:write"]
    down = {"forum": Outlet("forum", "discourse", trouble="no answer")}
    assert found(entry(), outlets=down) == ["forum was not reached lately: no answer"]
    assert found(entry(), outlets={}) == ["there is no source forum"]


def test_no_date_no_source_and_the_past_are_found() -> None:
    assert found(entry(at=None)) == ["it has no date"]
    assert found(entry(variants=())) == ["no source is chosen"]
    assert found(entry(kind=EntryKind.EVENT, variants=())) == []
    assert found(entry(), now=AT + 2 * MINUTE) == ["its time has passed: Thu 26 Nov 2026 10:00"]
    assert found(entry(state=EntryState.PUBLISHED), now=AT + 2 * MINUTE) == []


def test_the_night_the_clocks_go_back_is_told() -> None:
    night = entry(at=at_wall(date(2027, 10, 31), time(2, 30), BERLIN))
    assert found(night) == ["02:30 comes twice on Sun 31 Oct 2027, the clocks go back: the first one is meant"]


def test_another_time_zone_is_told() -> None:
    words = found(entry(zone="America/New_York"))
    assert words == [
        "it was planned for Thu 26 Nov 2026 04:00 in America/New_York, which is Thu 26 Nov 2026 10:00 in Europe/Berlin"
    ]


@pytest.mark.parametrize(("gap", "clash"), [(0, True), (HOUR - 1, True), (-HOUR + 1, True), (HOUR, False)])
def test_two_entries_within_an_hour_on_the_same_source_clash(gap: int, clash: bool) -> None:
    other = entry("e2", Variant("forum"), at=Instant(AT + gap), body=Safe("Other words"), title=Safe("Tips"))
    assert any("“Tips” of" in words and "within the same hour" in words for words in found(entry(), other)) is clash


def test_other_sources_and_the_entry_itself_do_not_clash() -> None:
    assert found(entry(), entry(), entry("e2", Variant("toots"))) == []


@pytest.mark.parametrize(("days", "repeat"), [(60, True), (-60, True), (61, False)])
def test_the_same_text_within_sixty_days_is_a_repeat_whatever_its_spacing_and_case(days: int, repeat: bool) -> None:
    again = entry("e2", Variant("forum"), at=Instant(AT + days * DAY), body=Safe("what ARE you\n\n riding? "))
    assert any("the same text as “Weekly thread”" in words for words in found(entry(), again)) is repeat


def test_of_many_repeats_the_nearest_is_named_and_the_rest_counted() -> None:
    others = [entry(f"e{n}", Variant("forum"), at=Instant(AT + n * DAY), title=Safe(f"No {n}")) for n in (5, -2, 9)]
    assert found(entry(), *others) == ["forum: the same text as “No -2” of Tue 24 Nov 2026 10:00 and 2 more"]


def test_an_announcement_is_compared_at_its_own_time() -> None:
    event = entry("e2", Variant("forum", due_at=AT), kind=EntryKind.EVENT, at=Instant(AT + 9 * DAY), body=Safe("Come!"))
    assert found(entry(), event) == ["forum: “Weekly thread” of Thu 26 Nov 2026 10:00 within the same hour"]


def test_an_event_that_is_not_announced_is_in_nobodys_way() -> None:
    assert found(entry(), entry("e2", Variant("forum"), kind=EntryKind.EVENT)) == []


def test_what_has_left_is_not_judged_any_more() -> None:
    out = entry("e1", Variant("forum", state="sent"), title=Safe(""), state=EntryState.PUBLISHED)
    assert found(out, entry("e2")) == []


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ((), EntryState.DRAFT),
        (("", "cancelled"), EntryState.DRAFT),
        (("queued", "cancelled"), EntryState.SCHEDULED),
        (("sending", "sent"), EntryState.SCHEDULED),
        (("sent", "superseded"), EntryState.PUBLISHED),
        (("sent", "cancelled"), EntryState.PUBLISHED),
        (("sent", "failed"), EntryState.PARTLY),
        (("failed", "cancelled"), EntryState.FAILED),
        (("queued", "uncertain"), EntryState.ASKS),
    ],
)
def test_the_state_follows_from_the_actions(states: tuple[str, ...], state: EntryState) -> None:
    variants = [Variant(f"s{number}", state=each) for number, each in enumerate(states)]
    assert state_of(EntryKind.POST, AT, variants) is state


def test_an_event_with_a_date_is_planned_and_a_late_action_asks() -> None:
    assert state_of(EntryKind.EVENT, AT, ()) is EntryState.SCHEDULED
    assert state_of(EntryKind.EVENT, None, ()) is EntryState.DRAFT
    assert state_of(EntryKind.POST, AT, [Variant("forum", state="queued", asks=True)]) is EntryState.ASKS
