"""What a platform cannot do is known before anything is asked or queued: ends of bans, verbs of reports only."""

from __future__ import annotations

import pytest

from cm_console.model.outbox import State
from cm_console.model.records import Kind, Member, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.services.journal import JournalService, TooLate
from cm_console.services.telling import TellingService
from cm_console.store import outbox
from cm_console.store.sqlite import Connection
from tests.screens.cases import case, identify, rules, sql
from tests.screens.stage import Stage, press, said, text_of

OF_REPORTS = (Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN)
ALL = (*Verb,)
UNTIL = "SELECT payload ->> '$.until' FROM action ORDER BY seq"


async def test_where_a_ban_has_no_end_only_for_good_can_be_chosen(stage: Stage) -> None:
    rules(stage)
    case(stage, "words")
    identify(stage, *ALL, timed=())
    async with stage.open("80x24") as pilot:
        await press(pilot, "2", "b")
        shown = text_of(pilot)
        assert "Ban for good? forum ends none by itself" in shown and "a week" not in shown
        await press(pilot, "g", "2", "enter")
    assert sql(stage, UNTIL)[-1][0] is None


async def test_an_end_nobody_keeps_is_refused_before_it_is_queued(stage: Stage) -> None:
    id = case(stage, "words")
    identify(stage, *ALL, timed=(Verb.SILENCE,))
    until = Instant(stage.clock.now() + DAY)
    with pytest.raises(Impossible, match="forum ends no ban by itself: decide it for good"):
        await stage.services.moderation.decide(id, Verb.BAN, until=until)
    with pytest.raises(Impossible, match="only ban and silence have an end, remove has none"):
        await stage.services.moderation.decide(id, Verb.REMOVE, until=until)
    await stage.services.moderation.decide(id, Verb.SILENCE, until=until)
    assert sql(stage, UNTIL)[-1][0] == until


async def test_what_is_known_of_reports_only_is_not_offered_for_a_thread(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    identify(stage, Verb.REPLY, *OF_REPORTS, on_reports=OF_REPORTS)
    ((thread,),) = sql(stage, "SELECT id FROM thread")
    telling = stage.services.telling
    assert isinstance(telling, TellingService)
    assert Verb.ASSIGN not in await telling.choices(thread)
    with pytest.raises(Impossible, match="cannot be told to assign this thread"):
        await telling.tell(thread, Verb.ASSIGN, colleague="ann")
    async with stage.open("80x24") as pilot:
        await press(pilot, "x")
        assert said(pilot) == ["on forum a thread can be answered, not closed, locked, solved or assigned"]


async def test_a_claim_takes_the_report_there_too_where_reports_are_taken(stage: Stage) -> None:
    id = case(stage, "words")
    await stage.services.moderation.claim(id)
    assert sql(stage, "SELECT verb FROM action") == []
    identify(stage, *ALL, on_reports=OF_REPORTS)
    await stage.services.moderation.claim(id, release=True)
    await stage.services.moderation.claim(id)
    targets = "SELECT verb, payload ->> '$.target.kind', payload ->> '$.report' FROM action ORDER BY seq"
    report = sql(stage, "SELECT remote FROM report")[0][0]
    assert sql(stage, targets) == [("unassign", "report", report), ("assign", "report", report)]


async def test_a_closed_report_is_opened_again_where_that_can_be_told(stage: Stage) -> None:
    id = case(stage, "words")
    report = sql(stage, "SELECT remote FROM report")[0][0]
    identify(stage, *ALL, on_reports=OF_REPORTS)
    await stage.services.moderation.decide(id, Verb.KEEP)
    stage.clock.advance(60)

    def arrive(conn: Connection) -> None:
        sent = outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=stage.clock.now())
        assert sent is not None
        outbox.settle(conn, sent, State.SENT, now=stage.clock.now(), why="", asks=False)

    await stage.store.write(arrive)
    journal = stage.services.journal
    assert isinstance(journal, JournalService)
    with pytest.raises(TooLate) as late:
        await journal.undo()
    assert late.value.opposites == (Verb.REOPEN,)
    await journal.take_back(late.value.journal_id)
    assert sql(stage, "SELECT verb, payload ->> '$.report' FROM action ORDER BY seq")[-1] == ("reopen", report)
    assert sql(stage, "SELECT ended_at FROM cases") == [(None,)]


async def test_a_feed_that_does_not_know_the_author_does_not_unmake_them(stage: Stage) -> None:
    at = Instant(stage.clock.now() - HOUR)
    stage.save(Member("mia", Untrusted("mia")), Thread("t", Untrusted("Hello?"), "mia", at))
    reported = Report("r", Ref(Kind.THREAD, "t"), None, "spam", at)
    stage.save(Thread("t", Untrusted("Hello!"), None, at), reported)
    assert sql(stage, "SELECT t.title, m.handle FROM thread t JOIN member m ON m.id = t.author_id") == [
        ("Hello!", "mia")
    ]


async def test_what_is_known_of_other_threads_only_is_not_offered(stage: Stage) -> None:
    stage.thread("Brakes squeal")
    ((thread, remote),) = sql(stage, "SELECT id, remote FROM thread")
    telling = stage.services.telling
    assert isinstance(telling, TellingService)
    identify(stage, *ALL, some={Verb.ASSIGN: f"{remote}*", Verb.CLOSE: "other/*"})
    choices = await telling.choices(thread)
    assert Verb.ASSIGN in choices and Verb.CLOSE not in choices
    with pytest.raises(Impossible, match="cannot be told to close this thread"):
        await telling.tell(thread, Verb.CLOSE)


async def test_a_post_that_cannot_be_hidden_says_so_before_anybody_decides(stage: Stage) -> None:
    id = case(stage, "words")
    identify(stage, *ALL, some={Verb.HIDE: "other/*", Verb.BAN: "other/*"})
    with pytest.raises(Impossible, match="forum can hide other kinds of posts, but not this one"):
        await stage.services.moderation.decide(id, Verb.HIDE)
    await stage.services.moderation.decide(id, Verb.BAN)
