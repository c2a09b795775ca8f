"""Pages into the store: repeats, late arrivals, edits, deletions, unknown authors, and the order of posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model.moderation import CaseView
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread
from cm_console.model.source import Cursor, Page
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.store import inbox, ingest, moderation, post_ids, reading, schema, sources
from cm_console.store.batch import LAST_INSTANT, Community
from cm_console.store.sqlite import Connection, connect
from cm_console.testing import HOSTILE_TEXTS, START
from tests.unit import kept_naive
from tests.worlds import dump

COMMUNITY = Community(ZoneInfo("UTC"))
NOW = Instant(START)
AT = Instant(START - DAY)


@pytest.fixture
def conn() -> Iterator[Connection]:
    """A database in memory with one source."""
    opened = connect(Path(":memory:"))
    schema.migrate(opened)
    sources.ensure(opened, "forum", "memory")
    yield opened
    opened.close()


def member(id: str = "ann", *, staff: bool = False, bot: bool = False) -> Member:
    return Member(id, Untrusted(id), staff=staff, bot=bot)


def thread(id: str = "t1", title: str = "A title", author: str | None = "ann") -> Thread:
    return Thread(id, Untrusted(title), author, AT)


def post(
    id: str, at: int = AT, text: str = "words", author: str | None = "ann", to: str = "t1", state: str = "visible"
) -> Post:
    return Post(id, to, author, Instant(at), Untrusted(text), state=PostState(state))


def save(conn: Connection, *records: Record, gone: tuple[Ref, ...] = ()) -> ingest.Saved:
    return ingest.save(conn, 1, COMMUNITY, NOW, records, gone)


def hits(conn: Connection, words: str) -> list[str]:
    """The remote ids of the posts a search finds, as it lists them."""
    found = [hit.key for hit in reading.search(conn, words, before=None, limit=1000)]
    remotes = dict(conn.execute("SELECT id, remote FROM post").fetchall())
    return [remotes[key] for key in found]


def one(conn: Connection, sql: str) -> object:
    found: object = conn.execute(sql).fetchone()[0]
    return found


def test_who_was_never_named_is_unknown_and_an_account_that_is_no_more_is_deleted(conn: Connection) -> None:
    save(conn, member(), thread("t1"), post("p1", text="apple"))
    save(conn, thread("t2", author=None), post("p2", text="apple", author=None, to="t2"))
    save(conn, Report("r1", Ref(Kind.POST, "p2"), None, "spam", AT))
    save(conn, gone=(Ref(Kind.MEMBER, "ann"),))
    shown = [inbox.row(conn, 1), inbox.row(conn, 2), *reading.posts(conn, 1, None, 9), *reading.posts(conn, 2, None, 9)]
    assert [row.author for row in shown if row] == ["[deleted]", "unknown", "[deleted]", "unknown"]
    assert {hit.author for hit in reading.search(conn, "apple", before=None, limit=9)} == {"[deleted]", "unknown"}
    (case,) = moderation.page(conn, CaseView.OPEN, me="mo", key=None, forward=True, limit=9)
    assert case.accused == "unknown"


def test_a_record_that_came_again_changes_nothing_and_a_changed_one_is_written(conn: Connection) -> None:
    records = (member(), thread(), post("p1"), Scheduled("s1", Untrusted("soon"), Untrusted("x"), NOW))
    assert save(conn, *records).changed == 4
    first = dump(conn)
    assert save(conn, *records) == ingest.Saved(frozenset(), 0)
    assert dump(conn) == first
    assert save(conn, post("p1", text="better words")).changed == 1
    assert one(conn, "SELECT body FROM post") == "better words"


def test_a_post_before_its_thread_and_author_makes_both_known_until_told_more(conn: Connection) -> None:
    save(conn, post("p1", author="x9"))
    assert conn.execute("SELECT handle, known FROM member").fetchall() == [("x9", 0)]
    assert conn.execute("SELECT title, author_id, created_at FROM thread").fetchall() == [("", None, AT)]
    save(conn, Member("x9", Untrusted("nina")), thread(author="x9"))
    assert conn.execute("SELECT handle, known FROM member").fetchall() == [("nina", 1)]
    assert conn.execute("SELECT title, by_member, waiting_since FROM thread").fetchall() == [("A title", 1, AT)]


def test_posts_are_found_newest_first_by_row_whatever_order_they_came_in(conn: Connection) -> None:
    save(conn, thread(title=""), *(post(f"p{n}", AT + n * HOUR) for n in (3, 1)))
    save(conn, *(post(f"p{n}", AT + n * HOUR) for n in (2, 4, 0)))
    assert hits(conn, "words") == ["p4", "p3", "p2", "p1", "p0"]
    assert [row.remote for row in reading.posts(conn, 1, None, 10)] == ["p0", "p1", "p2", "p3", "p4"]


def test_posts_of_the_same_moment_all_have_a_place(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_ids, "SLOTS", 16)  # forty do not fit into their second, nor into the next
    save(conn, thread(), post("later", AT + 1500))
    for start in (0, 20):
        save(conn, thread(), *(post(f"p{n}") for n in range(start, start + 20)))
    ids = [id for (id,) in conn.execute("SELECT id FROM post ORDER BY id")]
    assert len(set(ids)) == 41 and {id // 16 - AT // 1000 for id in ids} == {0, 1, 2}
    seen: list[str] = []
    after = None
    while page := reading.posts(conn, 1, after, 7):
        seen += [row.remote for row in page]
        after = page[-1].id
    assert sorted(seen) == sorted(["later", *(f"p{n}" for n in range(40))]) and seen[-1] == "later"


@pytest.mark.parametrize("at", [-5, 10**15, 2**62])
def test_a_time_out_of_this_world_stops_nobody(conn: Connection, at: int) -> None:
    berlin = Community(ZoneInfo("Europe/Berlin"))
    strange: list[Record] = [post("p1", at), post("p2", at), Thread("t1", Untrusted("x"), "ann", Instant(at))]
    ingest.save(conn, 1, berlin, NOW, [*strange, Report("r1", Ref(Kind.POST, "p1"), None, "spam", Instant(at))])
    again = ingest.save(conn, 1, berlin, NOW, strange)
    assert again.changed == 0
    assert one(conn, "SELECT max(created_at) FROM post") in (0, LAST_INSTANT)
    first = reading.posts(conn, 1, None, 1)
    assert [row.remote for row in first + reading.posts(conn, 1, first[-1].id, 9)] == ["p1", "p2"]


def test_an_edit_is_searched_by_its_new_words_only(conn: Connection) -> None:
    save(conn, thread(title=""), post("p1", text="alpha"))
    save(conn, post("p1", text="beta"))
    assert (hits(conn, "alpha"), hits(conn, "beta")) == ([], ["p1"])


@pytest.mark.parametrize("order", ["thread first", "thread last", "together"])
def test_a_title_is_searched_in_whatever_order_thread_and_posts_came(conn: Connection, order: str) -> None:
    head, first, second = thread(title="omega"), post("p1"), post("p2", AT + 1)
    batches: dict[str, list[list[Record]]] = {
        "thread first": [[head], [first], [second]],
        "thread last": [[second], [first], [head]],
        "together": [[second, head, first]],
    }
    for batch in batches[order]:
        save(conn, *batch)
    assert len(hits(conn, "omega")) == 1


def test_a_new_title_is_searched_and_the_old_one_no_more_even_if_an_older_post_came_later(conn: Connection) -> None:
    save(conn, thread(title="omega"), post("p2", AT + HOUR))
    save(conn, post("p1"))
    save(conn, thread(title="gamma"))
    assert (hits(conn, "omega"), len(hits(conn, "gamma"))) == ([], 1)


def test_when_the_first_post_is_deleted_the_title_is_still_found(conn: Connection) -> None:
    save(conn, thread(title="omega"), post("p1"), post("p2", AT + HOUR))
    save(conn, gone=(Ref(Kind.POST, "p1"),))
    assert hits(conn, "omega") == ["p2"]
    save(conn, thread(title="gamma"))
    save(conn, post("p1"))  # restored
    assert (hits(conn, "omega"), len(hits(conn, "gamma"))) == ([], 1)


def test_a_deleted_post_leaves_no_words_behind(conn: Connection) -> None:
    save(conn, thread(), post("p1", text="secret"), post("p2", AT + 1, text="kept"))
    save(conn, gone=(Ref(Kind.POST, "p1"),))
    assert conn.execute("SELECT body, state FROM post ORDER BY id").fetchall() == [("", 3), ("kept", 0)]
    assert hits(conn, "secret") == []
    assert one(conn, "SELECT posts FROM thread") == 1


def test_a_title_is_not_borne_by_a_post_that_came_deleted(conn: Connection) -> None:
    save(conn, thread(title="omega"), post("p1", state="deleted"), post("p2", AT + HOUR))
    assert hits(conn, "omega") == ["p2"]


def test_words_a_moderator_removed_go_when_the_platform_lets_them_go(conn: Connection) -> None:
    save(conn, thread(), post("p1", text="secret", state="deleted"))
    assert one(conn, "SELECT body FROM post") == "secret"
    assert save(conn, gone=(Ref(Kind.POST, "p1"),)).changed == 1
    assert one(conn, "SELECT body FROM post") == ""
    assert save(conn, gone=(Ref(Kind.POST, "p1"),)).changed == 0


def test_a_deleted_thread_takes_its_posts_along_and_its_return_brings_it_back(conn: Connection) -> None:
    save(conn, thread(), post("p1"), post("p2", AT + 1))
    assert one(conn, "SELECT n FROM badge WHERE name = 'view:1'") == 1
    assert save(conn, gone=(Ref(Kind.THREAD, "t1"),)).changed == 1
    assert conn.execute("SELECT deleted, posts, view FROM thread").fetchall() == [(1, 0, 0)]
    assert one(conn, "SELECT n FROM badge WHERE name = 'view:1'") == 0
    assert save(conn, gone=(Ref(Kind.THREAD, "t1"),)).changed == 0
    save(conn, thread(), post("p1"))
    assert conn.execute("SELECT deleted, posts, view FROM thread").fetchall() == [(0, 1, 1)]


def test_a_deleted_member_leaves_posts_but_no_name(conn: Connection) -> None:
    save(conn, Member("ann", Untrusted("ann"), Untrusted("Ann Example"), AT, url="https://x"), thread(), post("p1"))
    assert save(conn, gone=(Ref(Kind.MEMBER, "ann"),)).changed == 1
    row = conn.execute("SELECT handle, name, url, joined_at, posts FROM member").fetchone()
    assert row == ("[deleted]", "", "", None, 1)
    assert save(conn, gone=(Ref(Kind.MEMBER, "ann"),)).changed == 0


def test_a_member_who_joins_the_team_turns_earlier_posts_into_answers(conn: Connection) -> None:
    save(conn, member(), member("bob"), thread(), post("p1"), post("p2", AT + HOUR, author="bob"))
    assert conn.execute("SELECT answered_by_team, first_response_at FROM thread").fetchone() == (0, AT + HOUR)
    save(conn, member("bob", staff=True))
    assert conn.execute("SELECT answered_by_team, first_team_response_at FROM thread").fetchone() == (1, AT + HOUR)
    save(conn, member("bob", bot=True))
    assert conn.execute("SELECT answered_by_team, first_response_at FROM thread").fetchone() == (0, None)
    kept_naive.check(conn, COMMUNITY.zone, NOW)


def test_what_only_a_bot_wrote_in_is_no_thread_of_the_day(conn: Connection) -> None:
    for bot in (False, True, False):
        save(conn, member("robo", bot=bot), thread(author=None), post("p1", author="robo"))
        kept_naive.check(conn, COMMUNITY.zone, NOW)
        assert bool(kept_naive.held_sets(conn)[0].get((1, AT // DAY, "threads"))) is not bot


def test_a_post_whose_author_becomes_a_bots_leaves_no_trace_in_the_day(conn: Connection) -> None:
    save(conn, member("robo", bot=True), thread(), post("p1", author=None))
    save(conn, post("p1", author="robo"))
    kept_naive.check(conn, COMMUNITY.zone, NOW)


def pages(*pairs: tuple[tuple[Record, ...], tuple[Ref, ...]]) -> list[Page]:
    return [Page(records, gone, Cursor(str(n)), True) for n, (records, gone) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("order", "left"), [("gone, then back", ["p1", "p2"]), ("there, then gone", ["p2"]), ("both at once", ["p2"])]
)
def test_pages_saved_together_count_in_their_order(conn: Connection, order: str, left: list[str]) -> None:
    save(conn, thread(), post("p1"))
    gone, back, other = (Ref(Kind.POST, "p1"),), post("p1", text="back"), post("p2", AT + 1)
    chosen = {
        "gone, then back": pages(((), gone), ((back,), ()), ((other,), ())),
        "there, then gone": pages(((back,), ()), ((other,), ()), ((), gone)),
        "both at once": pages(((back, other), gone)),
    }[order]
    ingest.save_pages(conn, 1, "threads", COMMUNITY, chosen, NOW)
    rows = conn.execute("SELECT remote FROM post WHERE state < 3 ORDER BY id")
    assert [remote for (remote,) in rows] == left
    assert sources.cursor(conn, 1, "threads") == chosen[-1].cursor


def test_vanishing_counts_what_is_still_there(conn: Connection) -> None:
    save(conn, thread(), *(post(f"p{n}", AT + n) for n in range(10)))
    gone = [Ref(Kind.POST, f"p{n}") for n in range(4)]
    assert ingest.vanishing(conn, 1, gone) == (4, 10)
    save(conn, gone=tuple(gone[:3]))
    assert ingest.vanishing(conn, 1, gone) == (1, 7)
    assert ingest.vanishing(conn, 1, [Ref(Kind.MEMBER, "nobody")]) == (0, 0)


def test_a_queue_that_was_cleared_is_no_loss(conn: Connection) -> None:
    """What was held goes once it is decided; what stands in a thread that others can read does not go unnoticed."""
    save(conn, *(thread(f"t{n}") for n in range(4)))
    save(
        conn,
        *(post(f"p{n}", AT + n, to=f"t{n}", state="held") for n in range(3)),
        post("p3", AT, to="t3"),
    )
    save(conn, post("p4", AT + 4, to="t2"))
    gone = [Ref(kind, f"{kind[0]}{n}") for kind in (Kind.POST, Kind.THREAD) for n in range(4)]
    assert ingest.vanishing(conn, 1, gone) == (3, 9), "p3, and t2 and t3 with what others wrote there"


def report(id: str, at: int, target: str = "p1", closed: int | None = None, agreed: bool | None = None) -> Report:
    when = None if closed is None else Instant(closed)
    return Report(id, Ref(Kind.POST, target), "bob", "spam", Instant(at), closed_at=when, agreed=agreed)


def case_list(conn: Connection) -> list[tuple[str, int, int | None]]:
    return conn.execute("SELECT target, reports, ended_at FROM cases ORDER BY id").fetchall()


def test_all_open_reports_on_one_target_are_one_case(conn: Connection) -> None:
    save(conn, report("r1", AT), report("r2", AT + 1), report("r3", AT, "p2"))
    save(conn, report("r4", AT + 2))
    assert case_list(conn) == [("p1", 3, None), ("p2", 1, None)]
    assert one(conn, "SELECT n FROM badge WHERE name = 'cases'") == 2


@pytest.mark.parametrize("together", [True, False])
def test_a_report_after_the_end_opens_a_new_case_in_one_page_or_in_two(conn: Connection, together: bool) -> None:
    ended, later = report("r1", AT, closed=AT + HOUR, agreed=True), report("r2", AT + 2 * HOUR)
    for batch in [[later, ended]] if together else [[ended], [later]]:
        save(conn, *batch)
    assert case_list(conn) == [("p1", 1, AT + HOUR), ("p1", 1, None)]


def test_a_report_from_before_the_end_joins_the_ended_case(conn: Connection) -> None:
    save(conn, report("r1", AT, closed=AT + HOUR, agreed=True))
    save(conn, report("r2", AT + 5, closed=AT + HOUR))
    assert case_list(conn) == [("p1", 2, AT + HOUR)]


def test_a_case_ends_when_a_colleague_closed_its_last_report_there(conn: Connection) -> None:
    save(conn, report("r1", AT), report("r2", AT + 1))
    save(conn, report("r1", AT, closed=AT + 10, agreed=False))
    assert case_list(conn) == [("p1", 2, None)]
    save(conn, report("r2", AT + 1, closed=AT + 20, agreed=True))
    assert case_list(conn) == [("p1", 2, AT + 20)]
    assert conn.execute("SELECT closed_there_at, agreed_there FROM cases").fetchone() == (AT + 20, 1)
    assert one(conn, "SELECT n FROM badge WHERE name = 'cases'") == 0
    assert moderation.count(conn, CaseView.OPEN, me="mo") == 0


def test_a_withdrawn_report_is_closed_without_a_verdict(conn: Connection) -> None:
    save(conn, report("r1", AT))
    assert save(conn, gone=(Ref(Kind.REPORT, "r1"),)).changed == 1
    assert conn.execute("SELECT ended_at, agreed_there FROM cases").fetchone() == (NOW, None)
    assert save(conn, gone=(Ref(Kind.REPORT, "r1"),)).changed == 0


def test_worst_cases_come_first(conn: Connection) -> None:
    kinds = {"p1": ["spam"], "p2": ["doxxing"], "p3": ["spam", "spam"], "p4": ["rude"]}
    for target, flags in kinds.items():
        for number, kind in enumerate(flags):
            save(conn, Report(f"{target}-{number}", Ref(Kind.POST, target), None, kind, AT))
    listed = moderation.page(conn, CaseView.OPEN, me="mo", key=None, forward=True, limit=9)
    assert [row.excerpt for row in listed] == ["p3", "p2", "p1", "p4"]


def test_hostile_words_are_kept_safe_and_can_be_searched_for_without_harm(conn: Connection) -> None:
    for number, text in enumerate(HOSTILE_TEXTS):
        evil = Member(f"m{number}", Untrusted(text), Untrusted(text))
        said = (thread(f"t{number}", text, evil.id), post(f"p{number}", text=text, author=evil.id, to=f"t{number}"))
        assert save(conn, evil, *said).changed == 3, number
        assert save(conn, evil, *said).changed == 0, number
        reading.search(conn, text, before=None, limit=5)
    for table in ("member", "thread", "post"):
        for row in dump(conn)[table]:
            assert not any(ord(c) < 32 and c not in "\n\t" for v in row if isinstance(v, str) for c in v)


def test_a_page_of_text_pasted_into_the_search_is_no_harm(conn: Connection) -> None:
    save(conn, thread(), post("p1", text="word " * 2_000))
    assert [reading.match_query(typed) for typed in ("w", "wo", "w ", "wo b", "wo be", "wo b ")] == [
        '"w"', '"wo"*', '"w"', '"wo"', '"wo" "be"*', '"wo" "b"',
    ]  # fmt: skip
    assert reading.match_query("word " * 2_000) != "" and hits(conn, "word " * 20_000) == ["p1"]


def test_two_sources_never_mix(conn: Connection) -> None:
    other = sources.ensure(conn, "chat", "memory")
    save(conn, member(), thread(), post("p1"))
    ingest.save(conn, other, COMMUNITY, NOW, [member(), thread(title="other"), post("p1", text="other words")])
    assert one(conn, "SELECT count(*) FROM post") == 2
    ingest.save(conn, other, COMMUNITY, NOW, [], [Ref(Kind.THREAD, "t1")])
    assert conn.execute("SELECT deleted FROM thread ORDER BY id").fetchall() == [(0,), (1,)]
    sources.remove(conn, ["chat"], NOW)
    assert one(conn, "SELECT count(*) FROM thread") == 1 and hits(conn, "words") == ["p1"]
    conn.execute("INSERT INTO post_fts(post_fts) VALUES('integrity-check')")


def test_what_was_decided_on_a_removed_source_is_about_nothing_else(conn: Connection) -> None:
    """Notes, tags and the journal name threads, members and cases by id: no other one may ever get it."""
    sources.ensure(conn, "chat", "memory")
    save(conn, member(), thread(), post("p1"), report("r1", AT))
    ids = "SELECT (SELECT max(id) FROM thread), (SELECT max(id) FROM member), (SELECT max(id) FROM cases)"
    before = conn.execute(ids).fetchone()
    sources.remove(conn, ["forum"], NOW)
    again = sources.ensure(conn, "forum", "memory")
    ingest.save(conn, again, COMMUNITY, NOW, [member(), thread("t2"), post("p2", to="t2"), report("r2", AT, "p2")])
    after = conn.execute(ids).fetchone()
    assert all(new > old for new, old in zip(after, before, strict=True))


CHECKS: dict[str, Callable[[Connection], object]] = {
    "a badge": lambda conn: conn.execute("UPDATE badge SET n = n + 1"),
    "a rollup": lambda conn: conn.execute("UPDATE member_day SET posts = posts + 1"),
    "a bitmap": lambda conn: conn.execute("DELETE FROM day_bitmap WHERE kind = 'threads'"),
    "a count": lambda conn: conn.execute("UPDATE thread SET posts = posts + 1"),
    "a waiting time": lambda conn: conn.execute("UPDATE thread SET waiting_since = waiting_since + 1"),
    "a subject": lambda conn: conn.execute("UPDATE post SET subject = 'omega'"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_of_everything_kept_can_fail(conn: Connection, name: str) -> None:
    save(conn, member(), thread(title="alpha"), post("p1"), report("r1", AT))
    kept_naive.check(conn, COMMUNITY.zone, NOW)
    CHECKS[name](conn)
    with pytest.raises(AssertionError):
        kept_naive.check(conn, COMMUNITY.zone, NOW)
