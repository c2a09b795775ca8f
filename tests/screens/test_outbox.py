"""The outbox at both sizes: how every action stands and why, and the answers that change it in the store."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from cm_console.model.action import Action, Verb
from cm_console.model.inbox import Then
from cm_console.model.outbox import Answer
from cm_console.model.records import Kind, Ref
from cm_console.model.time import DAY, SECOND
from cm_console.screens.inbox import InboxScreen
from cm_console.screens.outbox import OutboxScreen
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.widgets.sending import Sending
from tests.screens.cases import greyed, side, sql
from tests.screens.stage import Stage, press, said, text_of

both = pytest.mark.parametrize("size", ["80x24", "120x40"])


async def reply(stage: Stage, thread: int, text: str) -> str:
    """A reply of ours on its way; its id."""
    await stage.services.inbox.reply(thread, text, then=Then.KEEP)
    return str(sql(stage, "SELECT id FROM action ORDER BY seq DESC LIMIT 1")[0][0])


async def publish(stage: Stage, title: str, text: str, days: int) -> None:
    """A post planned for some days from now."""
    desk: Desk = stage.services.inbox._desk
    at = stage.clock.now() + days * DAY

    def change(decision: Decision) -> None:
        decision.queue(Action("", Verb.PUBLISH, title=title, text=text, place="news"), "forum", planned_at=at)  # type: ignore[arg-type]  # an Instant

    await desk.decide("schedule", "entry:1", change)


def put(stage: Stage, id: str, state: str, why: str = "", *, asks: bool = False, attempts: int = 1) -> None:
    """Bring an action into a state, as delivery would."""
    now = stage.clock.now()

    def change(conn: object) -> None:
        conn.execute(  # type: ignore[attr-defined]  # a connection
            "UPDATE action SET state=?, why=?, asks=?, attempts=?, tried_at=?, not_before=? WHERE id=?",
            (state, why, int(asks), attempts, now if attempts else None, now, id),
        )

    stage.store._run(change, True)


def states(stage: Stage) -> list[str]:
    """The states of all actions, oldest first."""
    return [state for (state,) in sql(stage, "SELECT state FROM action ORDER BY seq")]


def current(pilot: Pilot[None]) -> Sending | None:
    """The action under the cursor."""
    assert isinstance(pilot.app.screen, OutboxScreen)
    found: Sending | None = pilot.app.screen.list.current
    return found


@both
async def test_newest_first_with_state_time_verb_and_source(stage: Stage, size: str) -> None:
    stage.threads(2)
    await reply(stage, 1, "an answer")
    await publish(stage, "Weekly thread", "Say hello", 3)
    async with stage.open(size) as pilot:
        await press(pilot, "O")
        shown = text_of(pilot)
        assert "Outbox ─ on its way ─ newest first" in shown and "1/2" in shown
        assert shown.index("◔ planned") < shown.index("⇡ held")
        assert "25 Nov publish" in shown and "in 10s reply" in shown and "forum" in shown
        assert ("planned for Wed 25 Nov 2026" in shown) is (size == "120x40")
        await press(pilot, "enter")
        assert "planned for Wed 25 Nov 2026" in text_of(pilot) and "Say hello" in side(pilot)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, InboxScreen)


@both
async def test_what_must_be_answered_stands_first_and_is_counted(stage: Stage, size: str) -> None:
    stage.threads(3)
    put(stage, await reply(stage, 1, "it was refused"), "failed", "the topic is closed")
    put(stage, await reply(stage, 2, "nobody knows"), "uncertain", "no answer came", asks=True)
    await publish(stage, "Late thread", "Say hello", 1)
    late = str(sql(stage, "SELECT id FROM action ORDER BY seq DESC LIMIT 1")[0][0])
    put(stage, late, "queued", "planned 3h ago: send it now, or forget it", asks=True)
    for n in range(30):
        await publish(stage, f"Weekly thread {n}", "Say hello", 3 + n)
    async with stage.open(size) as pilot:
        assert "? 3 to answer" in text_of(pilot)
        await press(pilot, "O")
        assert "Outbox ─ on its way ─ 3 to answer, then newest" in text_of(pilot) and "1/33" in text_of(pilot)
        assert isinstance(pilot.app.screen, OutboxScreen)
        rows: list[Sending] = pilot.app.screen.list.pager.window.rows
        first = ["Late thread", "Question 001", "Question 000", "Weekly thread 29", "Weekly thread 28"]
        assert [row.row.title for row in rows[:5]] == first
        await press(pilot, "G")
        assert current(pilot).row.title == "Weekly thread 0"  # type: ignore[union-attr]  # there
        await press(pilot, "home", "f", "y", "a")
        assert "Outbox ─ on its way ─ newest first" in text_of(pilot) and "to answer" not in text_of(pilot)
        await press(pilot, "tab")
        assert "Outbox ─ everything ─ newest first" in text_of(pilot)
        assert current(pilot).row.title == "Weekly thread 29"  # type: ignore[union-attr]  # there


async def test_what_fails_goes_to_the_top_and_the_cursor_stays_on_its_row(stage: Stage) -> None:
    stage.threads(2)
    first = await reply(stage, 1, "first answer")
    second = await reply(stage, 2, "second answer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert current(pilot).id == second  # type: ignore[union-attr]  # there
        put(stage, first, "failed", "the topic is closed")
        stage.services.changes.add(["outbox"])
        await press(pilot)
        assert current(pilot).id == second and "2/2" in text_of(pilot)  # type: ignore[union-attr]  # there
        assert "1 to answer, then newest" in text_of(pilot)


async def test_what_is_held_counts_down_and_leaves_at_once_on_s(stage: Stage) -> None:
    stage.threads(1)
    id = await reply(stage, 1, "an answer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "leaves in 10s · z undoes it, S sends it now" in side(pilot)
        stage.clock.advance(4)
        assert isinstance(pilot.app.screen, OutboxScreen)
        pilot.app.screen._tick()
        await press(pilot)
        assert "leaves in 6s" in side(pilot) and "in 6s" in text_of(pilot)
        await press(pilot, "S")
        assert sql(stage, "SELECT state, not_before FROM action WHERE id = ?", id) == [("queued", stage.clock.now())]
        assert said(pilot) == ["Leaving now."]
        assert "⇡ queued" in text_of(pilot) and "now: it is next" in side(pilot)
        await press(pilot, "S")
        assert said(pilot)[-1] == "nothing holds it back"


@pytest.mark.parametrize("key", ["d", "x"])
async def test_what_has_not_left_is_taken_back(stage: Stage, key: str) -> None:
    stage.threads(2)
    for n in (1, 2):
        await reply(stage, n, f"answer {n}")
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "j", key)
        assert states(stage) == ["cancelled", "queued"]
        assert said(pilot) == ["Taken back: not sent. What it said is a draft again."]
        assert "1/1" in text_of(pilot)


async def test_selected_actions_are_taken_back_together(stage: Stage) -> None:
    stage.threads(3)
    for n in (1, 2, 3):
        await reply(stage, n, f"answer {n}")
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "space", "space", "d")
        assert states(stage) == ["queued", "cancelled", "cancelled"]
        assert said(pilot) == ["Taken back: not sent: 2. What it said is a draft again."]
        await press(pilot, "z")
        assert states(stage) == ["queued", "queued", "queued"], "one decision, one undo"
        assert said(pilot)[-1] == "Taken back: take-back of reply of 2."


async def test_one_that_cannot_be_taken_back_keeps_all_of_them(stage: Stage) -> None:
    stage.threads(3)
    ids = [await reply(stage, n, f"answer {n}") for n in (1, 2, 3)]
    put(stage, ids[1], "sent")
    with pytest.raises(Impossible, match="cannot be taken back: it is sent"):
        await stage.services.outbox.cancel(*ids)
    assert states(stage) == ["queued", "sent", "queued"]


async def test_answers_to_the_same_thread_are_taken_back_whatever_order_they_are_named_in(stage: Stage) -> None:
    stage.threads(1)
    before = sql(stage, "SELECT status, view FROM thread")
    ids = [await reply(stage, 1, "first")]
    await stage.services.inbox.reply(1, "second", then=Then.DONE)
    ids += [id for (id,) in sql(stage, "SELECT id FROM action ORDER BY seq DESC LIMIT 1")]
    assert sql(stage, "SELECT status, view FROM thread") != before
    told = await stage.services.outbox.cancel(*ids)
    assert told == "What it said is a draft again. “reply” is undone with it.", "one draft a thread: the later words"
    assert sql(stage, "SELECT body FROM draft") == [("second",)]
    assert sql(stage, "SELECT status, view FROM thread") == before
    await stage.services.journal.undo()
    assert states(stage) == ["queued", "queued"] and sql(stage, "SELECT status FROM thread") == [(3,)]


@pytest.mark.parametrize("key", ["a", "y", "f"])
async def test_an_answer_for_many_is_undone_at_once(stage: Stage, key: str) -> None:
    stage.threads(3)
    for n in (1, 2, 3):
        put(stage, await reply(stage, n, f"answer {n}"), "failed", "so it ended")
    before = sql(stage, "SELECT * FROM action ORDER BY seq")
    async with stage.open() as pilot:
        await press(pilot, "O", "*", key)
        assert "failed" not in states(stage)
        await press(pilot, "z")
    assert sql(stage, "SELECT * FROM action ORDER BY seq") == before


async def test_what_was_sent_again_and_left_cannot_be_undone(stage: Stage) -> None:
    stage.threads(1)
    id = await reply(stage, 1, "an answer")
    put(stage, id, "failed")
    await stage.services.outbox.resolve(Answer.AGAIN, id)
    put(stage, id, "sending")
    with pytest.raises(Impossible, match="too late: reply is sending"):
        await stage.services.journal.undo()
    assert states(stage) == ["sending"]


@pytest.mark.parametrize(
    ("keys", "state", "words"),
    [
        (["y"], "sent", "Marked as sent."),
        (["a", "y"], "queued", "On its way again."),
        (["a", "enter"], "uncertain", ""),
        (["f"], "cancelled", "Forgotten."),
    ],
)
async def test_an_uncertain_one_that_asks_is_answered(stage: Stage, keys: list[str], state: str, words: str) -> None:
    stage.threads(1)
    put(stage, await reply(stage, 1, "an answer"), "uncertain", "nobody can know", asks=True)
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "? asks you" in text_of(pilot) and "nobody can know" in side(pilot)
        assert "y  it is there" in side(pilot) and "a  send it again" in side(pilot) and "f  forget it" in side(pilot)
        assert greyed(pilot) == {"take back", "send now"}
        await press(pilot, *keys)
        assert states(stage) == [state] and said(pilot) == ([words] if words else [])


@pytest.mark.parametrize(("key", "state"), [("y", "sent"), ("a", "queued"), ("f", "cancelled"), ("d", "cancelled")])
async def test_a_failed_one_needs_no_second_question(stage: Stage, key: str, state: str) -> None:
    stage.threads(1)
    put(stage, await reply(stage, 1, "an answer"), "failed", "the topic is closed")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "✗ failed" in text_of(pilot) and "the topic is closed" in text_of(pilot)
        await press(pilot, key)
        assert states(stage) == [state]


async def test_a_late_planned_one_asks_whether_it_still_shall_go(stage: Stage) -> None:
    await publish(stage, "Weekly thread", "Say hello", 1)
    put(stage, "id-3", "queued", "planned 3h ago: send it now, or forget it", asks=True)
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "y  it is there" not in side(pilot)
        await press(pilot, "y", "S")
        assert said(pilot) == [
            "it was never sent: a sends it, f forgets it",
            "it waits for your answer: a sends it again",
        ]
        await press(pilot, "a")
        assert sql(stage, "SELECT state, asks FROM action") == [("queued", 0)]


CANNOT: list[tuple[str, dict[str, str]]] = [
    (
        "queued",
        dict.fromkeys("yaf", "it has not left yet: d takes it back, S sends it now"),
    ),
    ("sending", dict.fromkeys("dyafS", "it is being sent right now")),
    ("sent", dict.fromkeys("dyafS", "it is sent already")),
    ("superseded", dict.fromkeys("dyafS", "it is superseded already")),
    (
        "uncertain",
        dict.fromkeys("yaf", "the console is still finding out whether it arrived; it asks you if it cannot")
        | {
            "d": "it may have arrived, so it cannot be taken back",
            "S": "it may have arrived; the console finds out first",
        },
    ),
]


@pytest.mark.parametrize(("state", "words"), CANNOT)
async def test_what_cannot_be_done_says_why_and_changes_nothing(
    stage: Stage, state: str, words: dict[str, str]
) -> None:
    stage.threads(1)
    put(stage, await reply(stage, 1, "an answer"), state, attempts=0 if state == "queued" else 1)
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "tab")
        before = sql(stage, "SELECT * FROM action")
        for key, why in words.items():
            await press(pilot, key)
            assert said(pilot)[-1] == why
        assert sql(stage, "SELECT * FROM action") == before
        labels = {"d": "take back", "S": "send now", "a": "send again", "y": "it is there", "f": "forget"}
        shown, last = {labels[key] for key in words}, text_of(pilot).splitlines()[-1]
        if state in ("sent", "superseded"):
            assert not [label for label in shown if label in last], "nothing is offered for what has ended"
        else:
            assert shown <= greyed(pilot)


async def test_what_is_planned_keeps_its_time(stage: Stage) -> None:
    await publish(stage, "Weekly thread", "Say hello", 3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "S")
        assert said(pilot) == ["it is planned for its time; the calendar (3) changes that"]
        assert states(stage) == ["queued"]


async def test_a_blocked_one_names_what_it_waits_for(stage: Stage) -> None:
    stage.threads(1)
    put(stage, await reply(stage, 1, "first answer"), "failed", "the topic is closed")
    await reply(stage, 1, "second answer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "WHEN" not in side(pilot), "nothing is said about when where nobody knows"
        await press(pilot, "j")
        assert "… waits" in text_of(pilot) and "for failed reply" in text_of(pilot)
        assert "for reply on forum, by ann: failed, answer that one first" in " ".join(side(pilot).split())
        await press(pilot, "S")
        assert said(pilot) == ["it waits for reply, which is failed"]
        await press(pilot, "k", "f")
        assert "WAITS" not in side(pilot) and "⇡ held" in text_of(pilot)


async def test_an_opposite_waits_for_what_it_takes_back(stage: Stage) -> None:
    stage.threads(1)
    desk: Desk = stage.services.inbox._desk
    first = await reply(stage, 1, "an answer")
    put(stage, first, "uncertain", "no answer came")

    def change(decision: Decision) -> None:
        decision.queue(Action("", Verb.REMOVE, Ref(Kind.POST, "")), "forum", thread_id=1, depends_on=first)

    await desk.decide("undo reply", "thread:1", change)
    async with stage.open("120x40") as pilot:
        await press(pilot, "O", "j")
        assert "for reply on forum, by ann: uncertain" in side(pilot) and "… waits" in text_of(pilot)


async def test_every_try_is_told(stage: Stage) -> None:
    stage.threads(1)
    id = await reply(stage, 1, "an answer")
    put(stage, id, "sent")
    now = stage.clock.now()
    rows = [(id, now, "send", now + 9, "uncertain", "the line broke"), (id, now + SECOND, "look", now, "sent", "")]
    stage.store._run(
        lambda conn: conn.executemany(
            "INSERT INTO attempt(action_id, at, kind, ended_at, outcome, words) VALUES(?,?,?,?,?,?)", rows
        ),
        True,
    )
    async with stage.open("120x40") as pilot:
        await press(pilot, "O", "tab")
        lines = side(pilot)
        assert "Sun 22 Nov 09:00:00  send → uncertain" in lines and "the line broke" in lines
        assert "Sun 22 Nov 09:00:01  look → sent" in lines


async def test_tab_shows_everything_and_back(stage: Stage) -> None:
    stage.threads(2)
    put(stage, await reply(stage, 1, "an answer"), "sent")
    async with stage.open("80x24") as pilot:
        await press(pilot, "O")
        assert "Nothing is on its way." in text_of(pilot)
        await press(pilot, "tab")
        assert "Outbox ─ everything" in text_of(pilot) and "✓ sent" in text_of(pilot)
        await press(pilot, "[")
        assert "Nothing is on its way." in text_of(pilot)


async def test_a_long_outbox_is_paged_to_its_end_and_back(stage: Stage) -> None:
    stage.threads(1)
    for n in range(300):
        await reply(stage, 1, f"answer {n}")
    async with stage.open("80x24") as pilot:
        await press(pilot, "O")
        assert current(pilot) is not None and current(pilot).row.text == "answer 299"  # type: ignore[union-attr]  # see left
        await press(pilot, "G")
        assert current(pilot).row.text == "answer 0" and "300/300" in text_of(pilot)  # type: ignore[union-attr]  # paged
        await press(pilot, "d")
        assert states(stage).count("cancelled") == 1 and states(stage)[0] == "cancelled"
        await press(pilot, "g", "g", "j")
        assert current(pilot).row.text == "answer 298"  # type: ignore[union-attr]  # paged


async def test_filter_narrows_by_text_title_and_state(stage: Stage) -> None:
    stage.threads(2)
    await reply(stage, 1, "über the moon")
    put(stage, await reply(stage, 2, "something else"), "failed", "closed")
    async with stage.open("80x24") as pilot:
        for words, found in (("über", "über the moon"), ("question 001", "something else"), ("fail", "something else")):
            await press(pilot, "O", "/", *words)
            assert isinstance(pilot.app.screen, OutboxScreen)
            assert [row.row.text for row in pilot.app.screen.list.pager.window.rows] == [found]
            await press(pilot, "escape", "escape")


async def test_visiting_the_thread_and_copying_the_text(stage: Stage) -> None:
    stage.threads(2)
    await reply(stage, 1, "an answer")
    await publish(stage, "Weekly thread", "Say hello", 3)
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "v", "C")
        assert said(pilot) == ["It belongs to no thread here.", "Copied."] and pilot.app.clipboard == "Say hello"
        await press(pilot, "j", "v")
        assert isinstance(pilot.app.screen, InboxScreen)
        assert "Question 000" in text_of(pilot) and "an answer" in text_of(pilot)


async def test_a_delivery_meanwhile_updates_the_list_and_keeps_the_cursor(stage: Stage) -> None:
    stage.threads(2)
    first = await reply(stage, 1, "first answer")
    second = await reply(stage, 2, "second answer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O", "j")
        put(stage, second, "sent")
        stage.services.changes.add(["outbox"])
        await press(pilot)
        sending = current(pilot)
        assert sending is not None and sending.id == first and "1/1" in text_of(pilot)
        put(stage, first, "failed", "the topic is closed")
        stage.services.changes.add(["outbox"])
        await press(pilot)
        assert "✗ failed" in text_of(pilot) and "the topic is closed" in side(pilot)


HOSTILE = "\x1b]0;own\x07[bold red]x[/] \u202eevil \x9b31m"


@both
async def test_hostile_text_is_only_text(stage: Stage, size: str) -> None:
    stage.thread(HOSTILE, HOSTILE)
    put(stage, await reply(stage, 1, HOSTILE), "failed", HOSTILE)
    await reply(stage, 1, HOSTILE)
    async with stage.open(size) as pilot:
        for keys in (["O"], ["enter"], ["escape", "j", "enter"], ["S"], ["C"]):
            await press(pilot, *keys)
            shown = text_of(pilot)
            assert not [char for char in shown if ord(char) < 32 and char != "\n"]
            assert not set("\u202e\x9b") & set(shown)
        assert "[bold red]x[/]" in side(pilot)


async def test_an_empty_outbox_takes_every_key(stage: Stage) -> None:
    async with stage.open("80x24") as pilot:
        await press(pilot, "O", "d", "x", "S", "a", "y", "f", "v", "C", "enter", "space", "G", "tab")
        assert "Nothing was sent yet." in text_of(pilot)


async def test_nothing_is_offered_for_what_has_ended(stage: Stage) -> None:
    stage.threads(1)
    await reply(stage, 1, "an answer")
    async with stage.open("120x40") as pilot:
        await press(pilot, "O")
        assert "take back" in text_of(pilot)
        await press(pilot, "d", "]")
        keys = text_of(pilot).splitlines()[-1]
        assert states(stage) == ["cancelled"] and "cancelled" in text_of(pilot)
        assert not [
            words for words in ("take back", "send now", "send again", "it is there", "forget") if words in keys
        ]
