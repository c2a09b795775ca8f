"""What the lists and readers of inbox, outbox, moderation and calendar ask is found by index, however much there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.directory import Narrow, Sort
from cm_console.model.engaging import Engage, EngageRules
from cm_console.model.inbox import Filter, View
from cm_console.model.metrics import Window
from cm_console.model.moderation import CaseView
from cm_console.model.outbox import State
from cm_console.model.segments import DEFAULT
from cm_console.model.time import Instant
from cm_console.store import (
    answered,
    answerers,
    calendar,
    clocks,
    directory,
    engaging,
    feedback,
    handover,
    inbox,
    joined,
    journal,
    keeping,
    messaging,
    metrics,
    moderation,
    outbox,
    person_reading,
    persons,
    planned,
    reading,
    reports,
    schema,
    similar,
    telling,
)
from cm_console.store.overtaking import Since
from cm_console.store.sqlite import Connection, connect
from cm_console.store.standings import Standings

Ask = Callable[[Connection], object]
SMALL = (
    "source",
    "feed",
    "s",
    "badge",
    "meta",
    "json_each",
    "theirs",
    "ours",
    "k",
    "led",
    "near",
    "lately",
    "begun",
    "newest",
    "c",
)
"""Tables that stay small, and JSON at hand; everything else may hold millions of rows."""
KEY = (True, 5)
LINE = journal.Line(5, "j", 9, "mo", "done", "thread:5", {}, False)
SLA = metrics.Ask(Window(date(2026, 1, 1), date(2026, 2, 1)), ZoneInfo("UTC"), 1 << 41)


class Recorder:
    """Stands before a connection and keeps what it is asked, as it is asked: with its parameters unbound."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.asked: list[tuple[str, Any]] = []

    def execute(self, sql: str, values: Any = ()) -> Any:
        """See Connection."""
        self.asked.append((sql, values))
        return self.conn.execute(sql, values)


class Hot(NamedTuple):
    """A query screens make all the time, and the index it lives on."""

    name: str
    ask: Ask
    by: str


def inbox_page(view: View, **where: Any) -> Ask:
    return lambda conn: inbox.page(conn, view, Filter(), me="mo", limit=50, **{"key": None, "forward": True, **where})


def case_page(view: CaseView, **where: Any) -> Ask:
    return lambda conn: moderation.page(conn, view, me="mo", limit=50, **{"key": None, "forward": True, **where})


def person_page(sort: Sort, view: str = "quiet", **where: Any) -> Ask:
    narrow = Narrow(**{name: where.pop(name) for name in ("tag", "level") if name in where})
    asked = {"key": None, "forward": True, **where}
    return lambda conn: directory.page(conn, DEFAULT, view, sort, narrow, 20_000, limit=50, **asked)


STANDINGS = Standings(DEFAULT, ZoneInfo("UTC"), 5)


def engage(view: Engage) -> Ask:
    return lambda conn: engaging.page(conn, view, EngageRules(), Instant(1 << 41), ZoneInfo("UTC"))


def due(conn: Connection) -> object:
    outbox.claim(conn, "forum", State.QUEUED, owner="o", token="t", now=5)
    outbox.claim(conn, "forum", State.UNCERTAIN, owner="o", token="t", now=5)
    return outbox.next_due(conn, "forum")


PAGES = [
    Hot(f"{name} {where}", ask, index)
    for where in ({}, {"key": KEY}, {"key": KEY, "forward": False})
    for name, ask, index in (
        ("needs reply", inbox_page(View.NEEDS_REPLY, **where), "thread_needs"),
        ("mine", inbox_page(View.MINE, **where), "thread_mine"),
        ("mentions", inbox_page(View.MENTIONS, **where), "thread_mentions"),
        ("newcomers", inbox_page(View.NEWCOMERS, **where), "thread_newcomers"),
        ("unanswered", inbox_page(View.UNANSWERED, **where), "thread_unanswered"),
        ("waiting", inbox_page(View.WAITING, **where), "thread_waiting"),
        ("snoozed", inbox_page(View.SNOOZED, **where), "thread_snoozed"),
        ("done", inbox_page(View.DONE, **where), "thread_done"),
        ("all", inbox_page(View.ALL, **where), "thread_all"),
        ("cases", case_page(CaseView.OPEN, **where), "case_open"),
        ("claimed", case_page(CaseView.CLAIMED, **where), "case_open"),
        ("escalated", case_page(CaseView.ESCALATED, **where), "case_open"),
        ("ended", case_page(CaseView.ENDED, **where), "case_ended"),
        ("persons seen", person_page(Sort.SEEN, **where), "standing_seen"),
        ("persons by posts", person_page(Sort.POSTS, **where), "standing_posts"),
        ("persons by answers", person_page(Sort.ANSWERS, level="core", **where), "standing_answers"),
        ("persons by joining", person_page(Sort.JOINED, **where), "standing_since"),
        ("persons by name", person_page(Sort.NAME, **where), "standing_fold"),
        ("on its way", lambda conn, where=where: outbox.page(conn, live=True, limit=50, **where), "action_first"),
        ("outbox", lambda conn, where=where: outbox.page(conn, live=False, limit=50, **where), "INTEGER PRIMARY KEY"),
    )
]
READS = [
    Hot("posts", lambda conn: reading.posts(conn, 5, 5, 50), "post_thread"),
    Hot("post", lambda conn: reading.post(conn, 1, "p"), "post_remote"),
    Hot("clocks of a thread", lambda conn: clocks.of_thread(conn, 5), "clock_thread"),
    Hot("clocks that run", lambda conn: clocks.running(conn, 50), "clock_running"),
    Hot("clock of a row", lambda conn: inbox.row(conn, 5), "clock_running"),
    Hot("what woke a snooze", lambda conn: keeping.keep_views(conn, "[5]", 5), "thread_snoozed"),
    Hot("whether threads are joined", joined.any_joined, "thread_leading"),
    Hot("what a leading thread shows", lambda conn: joined.keep(conn, "[5]"), "thread_lead"),
    Hot("all of its group, now and before", lambda conn: joined.with_groups(conn, "[5]"), "thread_under"),
    Hot("as it is seen", lambda conn: joined.together(conn, 5), "thread_under"),
    Hot("who waits longest", lambda conn: joined.waits_longest(conn, 5), "thread_under"),
    Hot("its group", lambda conn: joined.group(conn, 5), "thread_lead"),
    Hot("what may be the same", lambda conn: joined.near(conn, joined.Asked(5, "s", "t", 5, 1, "")), "thread_author"),
    Hot("feedback of a thread", lambda conn: feedback.items(conn, thread_id=5), "feedback_thread"),
    Hot("feedback of a theme", lambda conn: feedback.items(conn, "maps"), "feedback_theme"),
    Hot("clocks judged", lambda conn: metrics.value_of(conn, SLA, "sla.hit_rate"), "clock_judged"),
    Hot("notes", lambda conn: reading.notes(conn, "thread:5"), "note_item"),
    Hot("who wrote", lambda conn: person_reading.card(conn, 1, 5), "post_thanked"),
    Hot("what they answered", lambda conn: person_reading.accounts(conn, [1]), "post_thread"),
    Hot("their accounts", lambda conn: person_reading.card(conn, 1, 5), "member_person"),
    Hot("the same handle", lambda conn: person_reading.card(conn, 1, 5), "member_handle"),
    Hot("the same name", lambda conn: person_reading.card(conn, 1, 5), "member_full_name"),
    Hot("the same address", lambda conn: person_reading.card(conn, 1, 5), "account_fact_value"),
    Hot("strikes", lambda conn: person_reading.card(conn, 1, 5), "decision_member"),
    Hot("person", lambda conn: person_reading.person(conn, 1, 5), "thread_author"),
    Hot("what holds them together", lambda conn: persons.links(conn, [1]), "account_link_a"),
    Hot("their group", lambda conn: persons.component(conn, 1), "account_link_b"),
    Hot("their follow-ups", lambda conn: person_reading.follow_ups(conn, [1]), "follow_up_member"),
    Hot("due follow-ups", lambda conn: person_reading.due(conn, 5, 9), "follow_up_due"),
    Hot("contacts", lambda conn: person_reading.contacts(conn, [1]), "contact_member"),
    Hot("attendance", lambda conn: person_reading.timeline(conn, [1], limit=9), "activity_came"),
    Hot("what was sent them", lambda conn: person_reading.timeline(conn, [1], limit=9), "action_thread"),
    Hot("timeline", lambda conn: person_reading.timeline(conn, [1], key=(5, 1, 9), limit=9), "post_author"),
    Hot("a question", lambda conn: similar.question(conn, 5, similar.Counts()), "INTEGER PRIMARY KEY"),
    Hot("its best answer", lambda conn: similar.best_answer(conn, 5, 1, None), "post_thread"),
    Hot("who answered those", lambda conn: answerers.of_threads(conn, 5, {6: 50}, 9, 5), "post_thread"),
    Hot("words of an answered thread", lambda conn: answered.words_of(conn, 5), "post_thread"),
    Hot("whose tag it is", person_page(Sort.SEEN, tag="vip"), "member_tag_name"),
    Hot("what is kept on persons", person_page(Sort.SEEN), "note_item"),
    Hot("their next follow-ups", person_page(Sort.SEEN), "follow_up_member"),
    Hot("of whom time changes something", lambda conn: STANDINGS.due(conn, 9), "standing_due"),
    Hot("how they stand", lambda conn: STANDINGS.made.row(conn, 1, 5, {}), "post_author"),
    Hot("when they came", lambda conn: STANDINGS.made.row(conn, 1, 5, {}), "activity_came"),
    Hot("to greet", engage(Engage.GREET), "post_thread"),
    Hot("whose replies are on their way", engage(Engage.GREET), "action_thread"),
    Hot("which of them are cases", engage(Engage.GREET), "case_target"),
    Hot("anniversaries", engage(Engage.ANNIVERSARY), "member_joined"),
    Hot("to thank", engage(Engage.THANK), "INTEGER PRIMARY KEY"),
    Hot("who of them is greeted under another name", engage(Engage.GREET), "member_person"),
    Hot("who of them was written to", engage(Engage.GREET), "contact_member"),
    Hot("when an account was seen last", lambda conn: messaging.addressees(conn, [1]), "post_author"),
    Hot("what it came to", lambda conn: messaging.addressees(conn, [1]), "activity_came"),
    Hot("to whom a thread was written", lambda conn: messaging.written_to(conn, 1), "action_message"),
    Hot("who wrote to them", lambda conn: messaging.written_lately(conn, [1], 5), "contact_member"),
    Hot("what a message became", lambda conn: outbox.row(conn, "a"), "thread_remote"),
    Hot("to whom it is", lambda conn: outbox.row(conn, "a"), "member_remote"),
    Hot("to whom it was handed over", lambda conn: handover.of_thread(conn, 5), "handover_thread"),
    Hot("what it was handed over from", lambda conn: handover.origin(conn, 5), "handover_action"),
    Hot("which action became it", lambda conn: handover.origin(conn, 5), "action_landed"),
    Hot("case", lambda conn: moderation.row(conn, 5), "report_case"),
    Hot("its target", lambda conn: moderation.target(conn, 5), "post_remote"),
    Hot("its reports", lambda conn: moderation.reports(conn, 5), "report_reporter"),
    Hot("its decisions", lambda conn: moderation.decisions(conn, case_id=5), "decision_case"),
    Hot("what became of them", lambda conn: moderation.decisions(conn, case_id=5), "action_case"),
    Hot("history", lambda conn: moderation.decisions(conn, member_ids=[5]), "decision_member"),
    Hot("their posts", lambda conn: moderation.posts_of(conn, [5], 20), "post_author"),
    Hot("open case", lambda conn: moderation.open_case(conn, 1, "post", "p"), "case_target"),
    Hot("kept columns of a case", lambda conn: reports.keep_cases(conn, "[5]"), "report_case"),
    Hot("next due", due, "action_live"),
    Hot("replies on their way", lambda conn: outbox.of_thread(conn, 5), "action_thread"),
    Hot("actions of a decision", lambda conn: outbox.of_journal(conn, "j"), "action_journal"),
    Hot("what is queued by many", lambda conn: outbox.of_journals(conn, ["j"]), "action_journal"),
    Hot("cancelling for many", lambda conn: outbox.cancel_all(conn, ["j"], 9), "action_journal"),
    Hot("what we wrote in a thread", lambda conn: telling.ours(conn, 5, 9), "post_remote"),
    Hot("action", lambda conn: outbox.row(conn, "a"), "sqlite_autoindex_action_1"),
    Hot("tries", lambda conn: outbox.attempts(conn, "a"), "attempt_action"),
    Hot("month", lambda conn: calendar.between(conn, 1, 9), "entry_at"),
    Hot("announcements", lambda conn: calendar.between(conn, 1, 9), "action_planned"),
    Hot("their entries", lambda conn: calendar.between(conn, 1, 9), "variant_action"),
    Hot("undated", calendar.undated, "entry_at"),
    Hot("troubled", calendar.troubled, "action_first"),
    Hot("planned there", lambda conn: planned.between(conn, 1, 9), "scheduled_at"),
    Hot("what they were told", lambda conn: planned.between(conn, 1, 9), "action_plan"),
    Hot("which were entries of ours", lambda conn: planned.between(conn, 1, 9), "action_scheduled"),
    Hot("one of them", lambda conn: planned.one(conn, "forum", "7"), "scheduled_remote"),
    Hot("those in trouble", planned.troubled, "action_live"),
    Hot("what was done to an item", lambda conn: journal.lines(conn, "case:5", 9), "journal_item"),
    Hot("undo", lambda conn: journal.last_undoable(conn, "mo"), "journal_actor"),
    Hot("decided since", lambda conn: Since(conn, [LINE]), "journal_undoes"),
    Hot("undone", lambda conn: journal.last_undoable(conn, "mo"), "journal_undoes"),
]
HOT = [*PAGES, *READS]


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    """An empty database with one row where a query asks further only if it finds something."""
    opened = connect(tmp_path / "c.db")
    schema.migrate(opened)
    opened.execute("INSERT INTO source(id, name, kind) VALUES(1, 'forum', 'memory')")
    opened.execute("INSERT INTO member(id, source_id, remote, handle) VALUES(1, 1, 'm', 'mia')")
    yield opened
    opened.close()


def plans(conn: Connection, ask: Ask) -> list[tuple[bool, str]]:
    """The steps SQLite takes for each statement of a query, and whether they are of the statement itself."""
    recorder = Recorder(conn)
    ask(cast(Connection, recorder))
    explained = (conn.execute(f"EXPLAIN QUERY PLAN {sql}", values) for sql, values in recorder.asked)
    return [(row[1] == 0, row[3]) for rows in explained for row in rows]


def faults(hot: Hot, steps: list[tuple[bool, str]]) -> list[str]:
    """Steps that get slower with the size of the table, and the index if nothing uses it.

    A page may walk along its own index, for as far as its limit, and sort nothing.
    """
    along = f"USING INDEX {hot.by}" if hot in PAGES else "nothing"
    scans = [step for _, step in steps if re.match(r"SCAN (?!CONSTANT|\(subquery)", step) and along not in step]
    slow = [step for step in scans if step.split()[1] not in SMALL]
    sorts = [step for own, step in steps if own and "TEMP B-TREE FOR ORDER BY" in step] if hot in PAGES else []
    unused = [] if any(re.search(rf"\b{hot.by}\b", step) for _, step in steps) else [f"{hot.by} is not used"]
    return slow + sorts + unused


@pytest.mark.parametrize("hot", HOT, ids=lambda hot: hot.name)
def test_nothing_is_walked_through_and_no_page_is_sorted(conn: Connection, hot: Hot) -> None:
    assert faults(hot, plans(conn, hot.ask)) == []


@pytest.mark.parametrize("hot", [hot for hot in HOT if "_" in hot.by and "auto" not in hot.by], ids=lambda h: h.name)
def test_without_its_index_it_is_noticed(conn: Connection, hot: Hot) -> None:
    conn.execute(f"DROP INDEX {hot.by}")
    assert faults(hot, plans(conn, hot.ask)) != []
