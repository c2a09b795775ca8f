"""Moderation at both sizes: every key decides what it says, in the store, and the cursor moves on."""

from __future__ import annotations

import json

import pytest
from textual.pilot import Pilot

from cm_console.model.action import Verb
from cm_console.model.moderation import CaseView
from cm_console.model.records import Kind, Post, PostState, Ref, Report
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from tests.screens.cases import RULES, case, current, greyed, identify, open_cases, rules, screen, side, sql
from tests.screens.stage import Stage, press, said, strike, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


def decided(stage: Stage) -> list[tuple[str, int | None, int]]:
    """Verb, guideline and strikes of all decisions."""
    return sql(stage, "SELECT verb, guideline, strikes FROM decision ORDER BY at, case_id")


def queued(stage: Stage) -> list[tuple[str, str]]:
    """Verb and state of all actions."""
    return sql(stage, "SELECT verb, state FROM action ORDER BY seq")


def payload(stage: Stage) -> dict[str, object]:
    """What the newest action tells the platform."""
    ((found,),) = sql(stage, "SELECT payload FROM action ORDER BY seq DESC LIMIT 1")
    said: dict[str, object] = json.loads(found)
    return said


@both
async def test_the_worst_case_is_first_and_everything_to_judge_it_is_there(stage: Stage, size: str) -> None:
    rules(stage)
    case(stage, "mild words", "other", author="zed", hours_ago=30)
    case(stage, "Buy followers at https://evil.example/x", "spam", "spam", reason="an advert")
    async with stage.open(size) as pilot:
        await press(pilot, "2")
        shown = text_of(pilot)
        assert shown.index("Buy followers") < shown.index("mild words")
        assert "Cases ─ all sources ─ worst first" in shown and "2 Moderation 2" in shown
        assert "2 reports" in shown and "spam" in shown
        assert ("asked before" in shown) is (size == "120x40")
        await press(pilot, "enter")
        shown = side(pilot)
        assert "Buy followers at ‹1\N{NO-BREAK SPACE}evil.example/x›" in shown and "post 2 of 3" in shown
        assert "asked before" in shown and "said after" in shown
        assert "spammer · joined 57w ago · 1 post · no strikes" in shown
        assert "rep (no record yet): spam" in shown and "“an advert”" in shown
        assert "3 No advertising, no spam → spam, 1 strike 90 d" in shown
        assert "else 1 Be kind · 2 Private things · 12 Stay on topic" in shown


async def test_keep_decides_at_once_and_the_cursor_moves_on(stage: Stage) -> None:
    for n in range(3):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "j", "a")
        assert await open_cases(stage) == ["words 0", "words 2"] and current(pilot) == "words 2"
        assert decided(stage) == [("keep", None, 0)] and queued(stage) == [("keep", "queued")]
        assert said(pilot) == ["Kept. On its way; z takes it back."]
        assert "2 Moderation 2" in text_of(pilot)


@pytest.mark.parametrize(
    ("key", "verb", "guideline", "upheld"),
    [("a", "keep", None, 0), ("i", "ignore", None, None), ("s", "spam", 3, 1)],
)
async def test_the_keys_that_ask_nothing(
    stage: Stage, key: str, verb: str, guideline: int | None, upheld: int | None
) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", key)
        assert sql(stage, "SELECT verb, guideline, upheld FROM decision") == [(verb, guideline, upheld)]
        assert await open_cases(stage) == []
        assert "Nothing to decide." in text_of(pilot)


@pytest.mark.parametrize(
    ("digits", "guideline", "strikes"),
    [([], None, 0), (["0"], None, 0), (["3"], 3, 1), (["2"], 2, 2), (["1"], 1, 1), (["1", "2"], 12, 0)],
)
async def test_digits_pick_the_guideline_and_enter_decides(
    stage: Stage, digits: list[str], guideline: int | None, strikes: int
) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", *digits)
        assert decided(stage) == []
        await press(pilot, "enter")
        assert decided(stage) == [("remove", guideline, strikes)] and queued(stage) == [("remove", "queued")]


@pytest.mark.parametrize("digits", [["4"], ["1", "3"], ["9", "3"], ["1", "2", "3"]])
async def test_a_number_that_is_none_picks_nothing_wrong(stage: Stage, digits: list[str]) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", *digits, "enter")
        assert decided(stage) == [("remove", 3 if digits[-1] == "3" else None, 1 if digits[-1] == "3" else 0)]


async def test_the_question_shows_the_weight_of_each_guideline_and_what_the_member_reads(stage: Stage) -> None:
    rules(stage)
    case(stage, "words", title="Cheap grips")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d")
        shown = text_of(pilot)
        assert "none: no guideline, no strike" in shown and "2 strikes 180 d" in shown and "no strike" in shown
        assert "reads:" not in shown
        await press(pilot, "3")
        assert "The usual answer to this is spam." in text_of(pilot)
        assert "spammer reads: “Cheap" in text_of(pilot) and "grips” was an advert, spammer." in text_of(pilot)
        await press(pilot, "enter")
        assert payload(stage)["reason"] == "“Cheap grips” was an advert, spammer."


async def test_arrows_pick_too_and_escape_leaves_without_deciding(stage: Stage) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", "3", "escape")
        assert decided(stage) == [] and said(pilot) == []
        await press(pilot, "d", "down", "down", "k", "enter")
        assert decided(stage) == [("remove", 1, 1)]


async def test_other_words_for_the_member(stage: Stage) -> None:
    rules(stage)
    case(stage, "words", title="T")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", "3", "m", *" Sorry!", "enter")
        assert decided(stage) == [("remove", 3, 1)]
        assert payload(stage)["reason"] == "“T” was an advert, spammer. Sorry!"


async def test_without_guidelines_remove_asks_nothing_and_warn_asks_for_the_words(stage: Stage) -> None:
    for n in range(2):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d")
        assert decided(stage) == [("remove", None, 0)]
        await press(pilot, "w", "escape")
        assert len(decided(stage)) == 1
        await press(pilot, "w", *"stop it", "enter")
        assert queued(stage)[-1] == ("warn", "queued") and payload(stage)["reason"] == "stop it"


async def test_warn_with_a_guideline_sends_its_message(stage: Stage) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "w", "1", "enter")
        assert decided(stage) == [("warn", 1, 1)]
        assert payload(stage)["reason"] == "Hello spammer: be kind."
        assert payload(stage)["target"] == {"kind": "member", "id": "m-spammer"}


@pytest.mark.parametrize(
    ("keys", "days"),
    [(["1"], 1), (["3"], 3), (["w"], 7), (["m"], 30), (["g"], None), (["d", "1", "4", "enter"], 14), (["enter"], 1)],
)
async def test_ban_asks_for_how_long_then_why(stage: Stage, keys: list[str], days: int | None) -> None:
    rules(stage)
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "b", *keys)
        assert decided(stage) == []
        await press(pilot, "2", "enter")
        assert decided(stage) == [("ban", 2, 2)]
        assert payload(stage)["until"] == (stage.clock.now() + days * DAY if days else None)


async def test_silence_hide_and_throw_out(stage: Stage) -> None:
    rules(stage)
    for n in range(3):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "S", "3", "1", "enter", "h", "2", "enter", "x", "1", "enter")
        assert decided(stage) == [("silence", 1, 1), ("hide", 2, 2), ("kick", 1, 1)]
        assert said(pilot)[0] == "Silenced for 3 days, guideline 1. On its way; z takes it back."


async def test_a_number_of_days_that_is_none_bans_nobody(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "b", "d", *"soon", "enter")
        assert decided(stage) == [] and said(pilot) == ["for 1 to 3650 days"]
        await press(pilot, "b", "escape", "b", "d", "escape")
        assert decided(stage) == []


async def test_z_takes_a_decision_back_with_its_action(stage: Stage) -> None:
    for n in range(2):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", "z")
        assert await open_cases(stage) == ["words 0", "words 1"]
        assert decided(stage) == [] and queued(stage) == [("remove", "cancelled")]
        assert said(pilot)[-1] == "Taken back: remove of “Handlebars”."


def delivered(stage: Stage) -> None:
    """The action has left."""
    now = stage.clock.now()
    stage.store._run(
        lambda conn: conn.execute("UPDATE action SET state='sent', tried_at=?, attempts=1, ended_at=?", (now, now)),
        True,
    )


async def test_undo_that_comes_too_late_offers_the_opposite_in_a_question(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d")
        delivered(stage)
        await press(pilot, "z")
        assert "Too late to take back" in text_of(pilot) and "restore it there" in text_of(pilot)
        await press(pilot, "y")
        assert queued(stage) == [("remove", "sent"), ("restore", "queued")]
        assert await open_cases(stage) == ["words"]


async def test_a_decision_that_stands_is_not_asked_about_again(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d")
        delivered(stage)
        await press(pilot, "z", "enter")
        assert queued(stage) == [("remove", "sent")] and await open_cases(stage) == []
        await press(pilot, "z")
        assert said(pilot)[-1] == "there is nothing to undo"


async def test_what_is_held_counts_down_in_the_list_and_in_the_case(stage: Stage) -> None:
    for n in range(2):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "d")
        assert "⇡ remove leaves in 10s · z undoes it" in text_of(pilot)
        await press(pilot, "[")
        assert current(pilot) == "words 0"
        stage.clock.advance(4)
        screen(pilot)._tick()
        await press(pilot)
        assert "⇡ leaves in 6s · z undoes it" in side(pilot)
        assert "⇡ remove leaves in 6s" in text_of(pilot)
        stage.clock.advance(7)
        screen(pilot)._tick()
        await press(pilot)
        assert "leaves in" not in text_of(pilot) and "⇡ on its way" in side(pilot)


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("sent", "", "✓ sent: the platform has done it"),
        ("failed", "edited since", "✗ failed: O opens the outbox"),
        ("superseded", "gone", "– it was so already"),
    ],
)
async def test_what_became_of_the_action_is_told(stage: Stage, state: str, why: str, words: str) -> None:
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "d")
        stage.store._run(lambda conn: conn.execute("UPDATE action SET state=?, why=?", (state, why)), True)
        await press(pilot, "[")
        assert words in side(pilot) and why in side(pilot)


async def test_selected_cases_are_decided_together_and_undone_together(stage: Stage) -> None:
    rules(stage)
    for n in range(5):
        case(stage, f"words {n}", hours_ago=9 - n, author=f"a{n}")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "space", "j", "space", "d", "2", "enter")
        assert decided(stage) == [("remove", 2, 2)] * 2
        assert await open_cases(stage) == ["words 1", "words 3", "words 4"]
        assert said(pilot) == ["Removed 2, guideline 2. On its way; z takes it back."]
        assert "⇡ remove 2 leaves in 10s" in text_of(pilot)
        await press(pilot, "z")
        assert len(await open_cases(stage)) == 5 and decided(stage) == []


async def test_more_than_twenty_at_once_only_after_a_question(stage: Stage) -> None:
    for n in range(22):
        case(stage, f"words {n:02}", hours_ago=40 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", *["space"] * 21, "i")
        assert "Ignore 21 cases?" in text_of(pilot)
        await press(pilot, "enter")
        assert decided(stage) == []
        await press(pilot, "i", "y")
        assert len(decided(stage)) == 21 and len(await open_cases(stage)) == 1


async def test_one_that_cannot_be_done_stops_all_of_a_selection(stage: Stage) -> None:
    case(stage, "words")
    about = Ref(Kind.MEMBER, "m-spammer")
    stage.save(Report("rm", about, "m-rep", "spam", stage.clock.now()))
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "space", "space", "d")
        assert said(pilot) == ["1 of 2: a member cannot be told remove; warn, silence or ban them"]
        assert decided(stage) == [] and len(await open_cases(stage)) == 2


async def test_what_the_source_cannot_do_is_greyed_and_says_why(stage: Stage) -> None:
    identify(stage, Verb.KEEP, Verb.REMOVE, Verb.IGNORE, missing={"ban": "the key lacks “suspend”"})
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert greyed(pilot) == {"spam", "warn", "ban", "hide"}
        assert "cannot be done here: spam, hide, warn, ban" in side(pilot)
        await press(pilot, "b", "w")
        assert said(pilot) == ["forum may not ban: the key lacks “suspend”", "a discourse source cannot warn"]
        assert decided(stage) == []


async def test_what_reaches_only_our_own_posts_is_not_offered_for_others(stage: Stage) -> None:
    identify(stage, Verb.REMOVE, Verb.KEEP, own={"remove": "silence the account"})
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "d")
        assert said(pilot) == ["forum can remove only what we wrote: silence the account"]
    identify(stage, Verb.REMOVE, Verb.KEEP, own={"remove": "silence the account"}, me="m-spammer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert "remove" not in greyed(pilot)


async def test_on_a_source_that_only_reads_decisions_are_recorded_here(stage: Stage) -> None:
    identify(stage)
    rules(stage)
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert "forum only reads: what you decide is recorded here, nothing is sent." in " ".join(side(pilot).split())
        assert greyed(pilot) == set()
        await press(pilot, "d", "3")
        assert "Nobody is told anything." in text_of(pilot) and "m other words" not in text_of(pilot)
        await press(pilot, "enter")
        assert decided(stage) == [("remove", 3, 1)] and queued(stage) == []
        assert said(pilot) == ["Removed, guideline 3. Recorded here, nothing is sent; z takes it back."]
        await press(pilot, "[")
        assert "recorded here; nothing was to be sent" in side(pilot)


async def test_a_held_post_is_approved_or_rejected(stage: Stage) -> None:
    for n in range(2):
        case(stage, f"words {n}", "held", hours_ago=9 - n, state=PostState.HELD)
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert "◐ held back" in side(pilot)
        await press(pilot, "a", "d")
        assert queued(stage) == [("approve", "queued"), ("reject", "queued")]


async def test_a_reported_thread_and_a_reported_member(stage: Stage) -> None:
    case(stage, "words", title="A thread")
    now = stage.clock.now()
    stage.save(
        Report("rt", Ref(Kind.THREAD, "c1"), "m-rep", "other", now),
        Report("rm", Ref(Kind.MEMBER, "m-spammer"), "m-rep", "harassment", now),
    )
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert "the member spammer" in side(pilot) and "wrote: spammer" in side(pilot) and "words" in side(pilot)
        assert {"remove", "hide", "spam"} == greyed(pilot)
        await press(pilot, "G")
        assert "the whole thread, beginning with" in side(pilot) and "asked before" in side(pilot)


async def test_the_views(stage: Stage) -> None:
    for n in range(3):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "c", "j", "e", *"odd", "enter", "a")
        seen = {}
        for _ in CaseView:
            seen[screen(pilot).view] = current(pilot)
            await press(pilot, "tab")
        assert seen == {
            CaseView.OPEN: "words 0", CaseView.CLAIMED: "words 0", CaseView.ESCALATED: "words 1",
            CaseView.ENDED: "words 2",
        }  # fmt: skip
        assert screen(pilot).view is CaseView.OPEN
        await press(pilot, "[")
        assert "Ended ─ all sources ─ newest first" in text_of(pilot) and "keep" in text_of(pilot)


async def test_claim_and_give_back(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "c")
        assert sql(stage, "SELECT claimed_by FROM cases") == [("ann",)]
        assert "@ ann is at it" in side(pilot) and "@ann" in text_of(pilot)
        await press(pilot, "c")
        assert sql(stage, "SELECT claimed_by FROM cases") == [(None,)]
        assert said(pilot) == ["Yours: colleagues see that you are at it.", "Given back."]


async def test_a_colleagues_case_is_touched_only_after_a_question(stage: Stage) -> None:
    case(stage, "words")
    stage.store._run(lambda conn: conn.execute("UPDATE cases SET claimed_by = 'bob'"), True)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "a")
        assert "bob is at it. Decide all the same?" in text_of(pilot)
        await press(pilot, "enter")
        assert decided(stage) == []
        await press(pilot, "c", "n")
        assert sql(stage, "SELECT claimed_by FROM cases") == [("bob",)]
        await press(pilot, "c", "y", "a")
        assert sql(stage, "SELECT claimed_by FROM cases") == [("ann",)] and len(decided(stage)) == 1


async def test_escalate_puts_it_on_top_with_the_note(stage: Stage) -> None:
    for n in range(3):
        case(stage, f"words {n}", hours_ago=9 - n)
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "j", "e", *"not sure", "enter")
        assert await open_cases(stage) == ["words 1", "words 0", "words 2"] and current(pilot) == "words 2"
        await press(pilot, "home")
        assert "▲ escalated" in side(pilot) and "not sure" in side(pilot) and "▲" in text_of(pilot)
        await press(pilot, "j", "e", "escape", "e", "enter")
        assert sql(stage, "SELECT sum(escalated) FROM cases") == [(2,)]


async def test_a_note_stays_in_the_console(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "n", "enter", "n", *"known elsewhere", "enter")
        assert sql(stage, "SELECT item, author, body FROM note") == [("case:1", "ann", "known elsewhere")]
        assert "known elsewhere" in side(pilot) and queued(stage) == []


async def test_the_history_of_a_member(stage: Stage) -> None:
    rules(stage)
    case(stage, "first offence", hours_ago=50)
    case(stage, "second offence")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "d", "2", "enter")
        assert "✗ 2 strikes" in side(pilot) and "1 decision: u" in side(pilot)
        await press(pilot, "u")
        shown = text_of(pilot)
        assert "History · spammer on forum" in shown and "✗ 2 strikes, 25w left" in shown
        assert "remove · 2 Private things" in shown and "“first offence”" in shown and "second offence" in shown
        await press(pilot, "u")
        assert "History" not in text_of(pilot)


async def test_a_reply_goes_to_the_thread(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "r", *"please calm down", "ctrl+s")
        assert queued(stage) == [("reply", "queued")] and payload(stage)["text"] == "please calm down"
        assert await open_cases(stage) == ["words"]


async def test_filter_narrows_by_text_author_and_kind(stage: Stage) -> None:
    case(stage, "one 100%", "spam", author="zoe", hours_ago=9)
    case(stage, "two 1000", "offensive", hours_ago=8)
    async with stage.open("80x24") as pilot:
        for words, found in (("zo", "one 100%"), ("offen", "two 1000"), ("0%", "one 100%")):
            await press(pilot, "2", "/", *words)
            assert [row.excerpt for row in screen(pilot).list.pager.window.rows] == [found]
            assert screen(pilot).list.pager.total == 1
            await press(pilot, "escape")
        assert len(screen(pilot).list.pager.window.rows) == 2
        await press(pilot, "/", *"xyz")
        assert "Nothing here has “xyz”." in text_of(pilot)


async def test_long_posts_are_cut_until_asked_for(stage: Stage) -> None:
    case(stage, "word " * 400 + "END")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2")
        assert "more characters: v shows them" in side(pilot) and "END" not in side(pilot)
        await press(pilot, "v")
        assert "END" in side(pilot)


async def test_links_and_the_address_of_the_case(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    opened: list[str] = []
    case(stage, "our bank <https://evil.example/login>")
    async with stage.open("120x40") as pilot:
        monkeypatch.setattr(pilot.app._driver, "open_url", lambda url, new_tab=True: opened.append(url))
        await press(pilot, "2", "y", "o", "1")
        assert pilot.app.clipboard == "https://forum.example/c/1"
        assert "evil.example" in text_of(pilot) and opened == []
        await press(pilot, "o")
        assert opened == ["https://evil.example/login"]


async def test_a_sync_never_moves_the_cursor_and_updates_the_case(stage: Stage) -> None:
    for n in range(6):
        case(stage, f"words {n}", hours_ago=30 - n)
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "j", "j", "j")
        assert current(pilot) == "words 3"
        case(stage, "much worse", "doxxing", "doxxing", hours_ago=1)
        at = Instant(stage.clock.now() - HOUR)
        stage.save(Post("c4-1", "c4", "m-spammer", at, Untrusted("edited words"), edited_at=at, version="2"))
        stage.services.changes.add(["moderation"])
        await press(pilot)
        assert "edited words" in side(pilot) and "2 Moderation 7" in text_of(pilot)
        assert current(pilot) == "edited words"


async def test_presses_without_a_pause_decide_one_case_after_the_other(stage: Stage) -> None:
    rules(stage)
    for n in range(6):
        case(stage, f"words {n}", hours_ago=30 - n)
    async with stage.open("80x24") as pilot:
        await press(pilot, "2")
        for key in ("a", "j", "d", "2", "enter", "i"):
            strike(pilot, key)
        await press(pilot)
        assert decided(stage) == [("keep", None, 0), ("remove", 2, 2), ("ignore", None, 0)]
        assert await open_cases(stage) == ["words 1", "words 4", "words 5"]


async def test_a_decision_a_colleague_made_meanwhile_is_not_made_again(stage: Stage) -> None:
    case(stage, "words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2")
        await stage.services.moderation.decide(1, Verb.KEEP)
        await press(pilot, "[", "d")
        assert said(pilot) == ["case 1 has ended: keep"] and len(decided(stage)) == 1


HOSTILE = "\x1b]0;own\x07[bold red]x[/] \u202eevil \x9b31m"


@both
async def test_hostile_text_is_only_text(stage: Stage, size: str) -> None:
    rules(stage, [*RULES, RULES[0].__class__(4, "[red]Rule[/]", message="[b]{member}[/b]")])
    case(stage, HOSTILE, HOSTILE, author="[link=x]ev\x1bil", title=HOSTILE, reason=HOSTILE)
    async with stage.open(size) as pilot:
        await press(pilot, "2")
        await shows_no_steering(pilot)
        assert "[bold red]x" in text_of(pilot)
        await press(pilot, "enter")
        assert "[bold red]x[/]" in side(pilot)
        for keys in (["d", "4"], ["d", "4", "m"], ["u"], ["o"], ["w"], ["r"]):
            await press(pilot, *keys)
            await shows_no_steering(pilot)
            await press(pilot, "escape", "escape")
        await press(pilot, "d", "4", "enter")
        await shows_no_steering(pilot)
        assert decided(stage) == [("remove", 4, 1)]


async def shows_no_steering(pilot: Pilot[None]) -> None:
    """Nothing that steers a terminal is on the screen."""
    shown = text_of(pilot)
    assert not [char for char in shown if ord(char) < 32 and char != "\n"]
    assert not set("\u202e\x9b") & set(shown)


async def test_an_empty_screen_takes_every_key(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await press(pilot, "2")
        assert "Nothing to decide." in text_of(pilot)
        for key in ("a", "d", "s", "i", "w", "b", "S", "h", "e", "c", "n", "u", "r", "o", "y", "v", "enter", "space"):
            await press(pilot, key)
            await press(pilot, "escape")
        assert sql(stage, "SELECT op FROM journal") == []


async def test_another_view_while_reading_shows_its_list(stage: Stage) -> None:
    case(stage, "odd words")
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "enter")
        assert "asked before" in text_of(pilot)
        await press(pilot, "tab")
        shown = text_of(pilot)
        assert "Mine ─ all sources" in shown and "asked before" not in shown
        await press(pilot, "[")
        assert current(pilot) == "odd words" and "asked before" not in text_of(pilot)
