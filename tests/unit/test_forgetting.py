"""Forgetting: a person's words and names leave the file for good, numbers stay, no pull brings anything back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cm_console.model.handover import OutsideTeam
from cm_console.model.inbox import Filter, View
from cm_console.model.records import Activity, Kind, Member, Post, Ref, Report, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.services.calendar import CalendarService
from cm_console.services.desk import Impossible
from cm_console.services.feedback import FeedbackService
from cm_console.services.handover import HandoverService
from cm_console.services.joined import JoinedService
from cm_console.services.privacy import PrivacyService
from cm_console.services.saved_views import SavedViewsService
from cm_console.store import answered, forgetting, forgetting_rules

from .persons_world import ZONE, World, make_world

HANDLE, NAME = "zebrafinch", "Zelda Quagga"
MARKS = ("zebrafinch", "zelda", "quagga", "wombatmarker", "secretlane", "zf@quolls")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four sources, nobody there yet."""
    made = make_world(tmp_path)
    yield made
    made.store.close()


def privacy(world: World) -> PrivacyService:
    """The service over the world."""
    return PrivacyService(world.desk)


WELCOME = "you are welcome, wombatmarker\nask @leo of a wombatmarker"
SAID = "I live in secretlane number nine and my wombatmarker is broken since May"


def pulled(world: World) -> None:
    """What a sync brings, again and again: the person's words, and others who name and quote them."""
    at = Instant(world.clock.now() - 5 * HOUR)
    member = Member("zf@quolls.example", Untrusted(HANDLE), Untrusted(NAME), at, url=f"https://x.example/u/{HANDLE}")
    leo = Member("leo", Untrusted("leo"))
    url = f"https://x.example/t/{HANDLE}-wombatmarker"
    theirs = Thread("t1", Untrusted("My wombatmarker broke"), member.id, at, url=url, assigned_to=HANDLE)
    direct = Thread("t2", Untrusted("wombatmarker"), member.id, at, ThreadKind.DIRECT, Untrusted(HANDLE))
    other = Thread("t3", Untrusted("Thanks @zebrafinch"), "leo", at)
    talk = Thread("d1", Untrusted("A word on your wombatmarker"), "me", at, ThreadKind.DIRECT, Untrusted("inbox"))
    posts = [
        Post("p1", "t1", member.id, at, Untrusted(SAID), url=url, edited_at=at, version="v1"),
        Post("p2", "t1", "leo", Instant(at + 1), Untrusted(f"> {SAID}\n\n@{HANDLE} try oil"), reply_to="p1"),
        Post("p3", "t2", member.id, at, Untrusted("wombatmarker again")),
        Post("p4", "t3", "leo", at, Untrusted("what @ZebraFinch said about the wheel helped")),
        Post(
            "p5",
            "t3",
            member.id,
            Instant(at + 2),
            Untrusted("you are welcome, wombatmarker\nask @leo of a wombatmarker"),
        ),
        Post("d1-1", "d1", "me", at, Untrusted("Dear zebrafinch, no wombatmarker")),
    ]
    reports = [
        Report("r1", Ref(Kind.POST, "p1"), "leo", "rude", at, Untrusted(f"@{HANDLE} is rude")),
        Report("r2", Ref(Kind.POST, "p2"), member.id, "spam", at, Untrusted("wombatmarker was mine")),
        Report("r3", Ref(Kind.MEMBER, member.id), "leo", "spam", at, Untrusted("all wombatmarker")),
    ]
    acts = [Activity("zf@quolls.example/like/1", "reaction", at, member.id, "p4")]
    world.save("forum", member, leo, theirs, direct, other, talk, *posts, *reports, *acts)


async def lived(world: World) -> int:
    """A person with everything the console can keep of one; returns an account of theirs."""
    pulled(world)
    id = world.one("SELECT id FROM member WHERE handle = ?", HANDLE)
    other = world.member(
        "chat", "zebrafinch_", NAME, email="zf@quolls.example", links=("https://x.example/u/zebrafinch",)
    )
    world.thread("chat", "hello wombatmarker", ("zebrafinch_", "wombatmarker in the chat"))
    p, me = world.persons, world.desk
    await p.merge(id, other, f"{NAME} told us")
    await p.note(id, f"{HANDLE} is {NAME}")
    await p.tag(id, "wombatmarker")
    await p.follow_up(other, Instant(me.clock.now() + DAY), "ask zelda quagga about the wombatmarker")
    await p.contact(id, "called Zelda Quagga in secretlane", "call")
    thread = world.one("SELECT id FROM thread WHERE remote = 't1'")
    elsewhere = world.one("SELECT id FROM thread WHERE remote = 't3'")
    await world.inbox.note(thread, "wombatmarker is known")
    await world.inbox.note(elsewhere, f"{NAME} helped here, zebrafinch knows")
    await world.inbox.tag([thread], "brakes")
    await world.inbox.save_draft(f"reply:{thread}", "Dear Zelda, your wombatmarker")
    await world.inbox.save_draft(f"reply:{elsewhere}", "as zebrafinch said")
    await world.inbox.reply(thread, f"Hi @{HANDLE}, your wombatmarker is fine")
    case = world.one("SELECT id FROM cases WHERE target_kind = 'member'")
    await world.moderation.note(case, "zebrafinch again, wombatmarker")
    await world.moderation.decide(case, Verb.WARN, message="Dear zebrafinch, no wombatmarker", note="zelda was warned")
    calendar = CalendarService(me, ZONE)
    entry = await calendar.save(title="Interview with Zelda Quagga", body="She is @zebrafinch")
    await calendar.save(entry, title="Interview", body=f"with {NAME}")
    await p.tag(id, "wombatmarker2")
    await world.journal.undo()
    await lived_lately(world, id, thread, elsewhere)
    while world.store._run(answered.tidy, True):
        pass
    world.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent', ended_at = 1"), True)
    warned = "UPDATE action SET remote_id = 'd1-1' WHERE verb = 'warn'"
    world.store._run(lambda conn: conn.execute(warned), True)
    return id


async def lived_lately(world: World, id: int, thread: int, elsewhere: int) -> None:
    """What else repeats words of a person: feedback, hand-overs of threads of others, one inquiry of two threads."""
    feedback = FeedbackService(world.desk)
    await feedback.mark([thread], "wheels", f"area of {HANDLE}")
    (quoted,) = await feedback.mark([elsewhere], f"{NAME}'s wish", post="p5")
    await feedback.answer(f"done for {HANDLE}", await feedback.prepare(f"{NAME}'s wish", f"done for {HANDLE}"))
    await feedback.unmark(quoted)
    world.save("blog", Member("x", Untrusted("x")))
    outside = HandoverService(world.desk, [OutsideTeam("infra", "blog", body="{note}\n\n{words}\n\n{member} {title}")])
    await outside.hand_over(elsewhere, await outside.preview(elsewhere, "infra", f"{NAME} knows"))
    await outside.to_colleague([elsewhere], "kim", "zebrafinch said:\nyou are welcome, wombatmarker")
    joined = JoinedService(world.desk)
    await joined.merge(elsewhere, [thread])
    await joined.merge(thread, [world.one("SELECT id FROM thread WHERE title LIKE 'hello%'")])
    for key in (f"engage:greet:member:{id}", f"engage:unanswered:thread:{thread}", f"message:{id}"):
        await world.inbox.save_draft(key, "Dear wombatmarker owner")
    await SavedViewsService(world.desk).save("theirs", View.ALL, Filter(words=f"{HANDLE} wheel"))
    await named_after(world)
    insert = "INSERT INTO engaged VALUES('greet', ?, 0, 0, NULL, 'passed')"
    world.store._run(lambda conn: conn.execute(insert, (f"member:{id}",)), True)


async def named_after(world: World) -> None:
    """Views the team called after them, one moved, one renamed, one removed."""
    views = SavedViewsService(world.desk)
    for name in (f"of {HANDLE}", f"from {NAME}", "from [deleted]", f"{NAME} again", f"{NAME} gone"):
        await views.save(name, View.ALL, Filter(words="wheel"))
    await views.move(f"from {NAME}", 1)
    await views.rename(f"{NAME} again", "again")
    await views.remove(f"{NAME} gone")


def bytes_of(world: World) -> bytes:
    """Everything that is in the database's files, lower case."""
    files = sorted(world.store.path.parent.glob("community.db*"))
    return b"".join(path.read_bytes() for path in files).lower()


def numbers(world: World) -> list[tuple[object, ...]]:
    """What must not change: counts, waits, rollups."""
    found = world.rows("SELECT count(*), sum(state), sum(created_at), sum(reactions) FROM post")
    found += world.rows("SELECT source_id, day, member_id, posts, others FROM member_day ORDER BY 1, 2, 3")
    found += world.rows("SELECT id, posts, waiting_since, first_response_at, asked_at, view, status FROM thread")
    found += world.rows("SELECT id, joined_at, posts, first_post_at, role, person_id FROM member ORDER BY id")
    found += world.rows("SELECT id, opened_at, reports, open_reports, upheld, ended_at FROM cases")
    found += world.rows("SELECT count(*), sum(strikes) FROM decision")
    found += world.rows("SELECT name, n FROM badge WHERE n > 0 ORDER BY name")
    found += world.rows("SELECT count(*) FROM activity")
    return found


async def test_no_byte_of_them_is_left_and_every_number_is(world: World) -> None:
    id = await lived(world)
    before = numbers(world)
    found = bytes_of(world)
    assert all(mark.encode() in found for mark in MARKS[:-1]), "the test would see nothing"
    receipt = await privacy(world).forget(id)
    found = bytes_of(world)
    assert [mark for mark in MARKS if mark.encode() in found] == []
    assert numbers(world) == before
    assert receipt.swept and receipt.counts["member"] == 2 and receipt.counts["post"] == 4
    assert world.rows("SELECT handle FROM member WHERE id = ?", id) == [("[deleted]",)]


async def test_a_view_named_after_them_keeps_filter_and_place_under_another_name(world: World) -> None:
    id = await lived(world)
    views = SavedViewsService(world.desk)
    before = [(view.base, view.narrow) for view in await views.all() if view.name != "theirs"]
    await privacy(world).forget(id)
    after = [view for view in await views.all() if view.name != "theirs"]
    assert [(view.base, view.narrow) for view in after] == before
    assert after[0].name == "from [deleted] 2", "not that of another one"
    assert {view.name for view in after} >= {"from [deleted]", "again"}
    await views.move("from [deleted] 2", 2)
    await world.journal.undo()
    assert (await views.all())[0].name == "from [deleted] 2"


async def test_what_goes_is_overwritten_even_if_the_file_cannot_be_written_anew(world: World) -> None:
    world.thread("forum", "Brakes", ("leo", "they squeal"), (HANDLE, SAID), hours_ago=2)
    id, now = world.one("SELECT id FROM member WHERE handle = ?", f"forum-{HANDLE}"), world.clock.now()
    assert b"wombatmarker" in bytes_of(world)
    await world.store.write_erasing(lambda conn: forgetting.forget(conn, id, now))
    await world.store.maintain(lambda conn: conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    assert b"wombatmarker" not in bytes_of(world) and b"secretlane" not in bytes_of(world)


async def test_what_others_wrote_stays_but_for_names_and_quotes(world: World) -> None:
    await privacy(world).forget(await lived(world))
    bodies = {row[0]: row[1] for row in world.rows("SELECT remote, body FROM post")}
    titles = {row[0]: row[1] for row in world.rows("SELECT remote, title FROM thread")}
    assert bodies["p2"] == "> [removed]\n\n@[deleted] try oil"
    assert bodies["p4"] == "what @[deleted] said about the wheel helped"
    assert titles["t3"] == "Thanks @[deleted]"
    assert [hit.title for hit in await world.inbox.search("wheel")] == ["Thanks @[deleted]"]
    for words in ("wombatmarker", "secretlane", "zebrafinch", "zelda"):
        assert await world.inbox.search(words) == []


async def test_a_later_pull_brings_nothing_back_and_changes_nothing(world: World) -> None:
    await privacy(world).forget(await lived(world))
    whole = world.rows("SELECT * FROM post"), world.rows("SELECT * FROM thread"), world.rows("SELECT * FROM member")
    for _ in range(2):
        pulled(world)
        assert not [mark for mark in MARKS if mark.encode() in bytes_of(world)]
    again = world.rows("SELECT * FROM post"), world.rows("SELECT * FROM thread"), world.rows("SELECT * FROM member")
    assert again == whole
    assert world.one("SELECT count(*) FROM activity") == 1
    at = world.clock.now()
    world.save("forum", Post("p9", "t3", "zf@quolls.example", at, Untrusted("wombatmarker is back")))
    assert world.rows("SELECT body, author_id FROM post WHERE remote = 'p9'") == [
        ("", world.one("SELECT id FROM member WHERE handle = '[deleted]' ORDER BY id LIMIT 1"))
    ]


async def test_it_leaves_a_receipt_that_names_nobody_and_cannot_be_undone(world: World) -> None:
    id = await lived(world)
    receipt = await privacy(world).forget(id)
    (line,) = [line for line in await world.journal.lines() if line.op == "forget"]
    assert line.actor == "ann" and line.payload["hash"] == receipt.hash and line.id == receipt.journal_id
    assert "member" in line.payload["forgotten"]  # type: ignore[operator]  # a dict
    with pytest.raises(Impossible, match=r"nothing to undo|too late"):
        for _ in range(50):
            assert (await world.journal.undo()).op != "forget"
    assert not [mark for mark in MARKS if mark.encode() in bytes_of(world)]
    with pytest.raises(Impossible, match="forgotten already"):
        await privacy(world).forget(id)


async def test_what_is_on_its_way_to_them_comes_first(world: World) -> None:
    world.member("forum", "mia")
    thread = world.thread("forum", "Brakes", ("mia", "squeal"))
    await world.inbox.reply(thread, "oil")
    id = world.one("SELECT id FROM member WHERE handle = 'mia'")
    with pytest.raises(Impossible, match="reply to forum is queued"):
        await privacy(world).forget(id)
    elsewhere = world.thread("forum", "Chain", ("leo", "squeal"))
    await world.journal.undo()
    await world.inbox.reply(elsewhere, "ask mia")
    with pytest.raises(Impossible, match="names them is on its way"):
        await privacy(world).forget(id)
    assert world.rows("SELECT body FROM post WHERE thread_id = ?", thread) == [("squeal",)]


async def test_our_own_account_is_not_forgotten(world: World) -> None:
    world.save("forum", Member("me", Untrusted("us")))
    with pytest.raises(Impossible, match="the console itself uses"):
        await privacy(world).forget(world.one("SELECT id FROM member WHERE remote = 'me'"))


async def test_words_edited_away_long_ago_are_gone_too(world: World) -> None:
    at = world.clock.now()
    world.save("forum", Member("m1", Untrusted(HANDLE)), Thread("t", Untrusted("x"), "m1", at))
    for words in ("wombatmarker one", "secretlane two", "three"):
        world.save("forum", Post("p", "t", "m1", at, Untrusted(words)))
    await privacy(world).forget(world.one("SELECT id FROM member WHERE remote = 'm1'"))
    assert not [mark for mark in MARKS if mark.encode() in bytes_of(world)]


async def test_everything_known_is_exported_and_nothing_once_forgotten(world: World) -> None:
    id = await lived(world)
    known = await privacy(world).export(id)
    tables = known["tables"]
    assert isinstance(tables, dict)
    assert {"post", "thread", "note", "member", "follow_up", "contact", "action", "decision", "report"} <= tables.keys()
    told = json.dumps(known)
    assert SAID in told and "called Zelda Quagga" in told and "oil" not in told
    await privacy(world).forget(id)
    told = json.dumps(await privacy(world).export(id)).lower()
    assert not [mark for mark in MARKS if mark in told]


def test_every_table_says_what_forgetting_means(world: World) -> None:
    rows = world.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND name NOT LIKE '%\\_vocab' ESCAPE '\\' AND name <> '_sqlite_migrations'"
    )
    virtual = tuple(f"{name}_" for name, sql in rows if str(sql).startswith("CREATE VIRTUAL"))
    here = {str(name) for name, _ in rows if not str(name).startswith(virtual)}
    assert here == set(forgetting_rules.RULES), (
        "name the table in store/forgetting_rules.py: what does forgetting mean?"
    )
    for table, rule in forgetting_rules.RULES.items():
        columns = {str(row[1]) for row in world.rows(f"PRAGMA table_info({table})")}
        assert columns >= {*rule.then, *rule.names} - {""}, table
        assert rule.about or rule.names or rule.special or rule.why, f"{table}: say why it holds nothing of anybody"
