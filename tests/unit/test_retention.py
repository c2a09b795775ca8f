"""Texts kept for some days only: every one of them goes by its own time, from every byte, and the numbers stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cm_console.model.action import Verb
from cm_console.model.handover import OutsideTeam
from cm_console.model.records import Kind, Member, Post, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.model.work import Work
from cm_console.services.feedback import FeedbackService
from cm_console.services.handover import HandoverService
from cm_console.services.privacy import PrivacyService
from cm_console.store import answered

from .persons_world import World, make_world
from .test_forgetting import bytes_of, numbers

WORD = "wombatmarker"
SAID = f"my {WORD} is broken and I live in a lane nobody knows"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four sources, nobody there yet."""
    made = make_world(tmp_path)
    yield made
    made.store.close()


def pulled(world: World, source: str = "forum", at: int | None = None) -> None:
    """What a sync brings of one source: words in posts, a title, addresses, reports."""
    at = Instant(world.clock.now() - 5 * HOUR if at is None else at)
    url = f"https://x.example/t/{WORD}"
    world.save(source, Member("mia", Untrusted("mia")), Member("leo", Untrusted("leo")))
    world.save(
        source,
        Thread("t1", Untrusted(f"My {WORD} broke"), "mia", at, url=url),
        Thread("t2", Untrusted(f"{WORD} without a post"), "mia", at, url=url),
        Post("p1", "t1", "mia", at, Untrusted(SAID), url=f"{url}/1"),
        Post("p2", "t1", "leo", Instant(at + 1), Untrusted(f"> {SAID}\n\nhave you oiled the {WORD}?"), reply_to="p1"),
        Report("r1", Ref(Kind.POST, "p1"), "leo", "rude", at, Untrusted(f"the {WORD} is rude")),
        Report("r2", Ref(Kind.MEMBER, "mia"), "leo", "spam", at, Untrusted(f"{WORD} everywhere")),
    )


async def lived(world: World) -> None:
    """Everything that repeats words of a thread of the forum; and of the chat the same, which keeps its texts."""
    pulled(world)
    thread = world.one("SELECT id FROM thread WHERE remote = 't1'")
    mia = world.one("SELECT id FROM member WHERE remote = 'mia'")
    feedback = FeedbackService(world.desk)
    await feedback.mark([thread], "oil")
    (second,) = await feedback.mark([thread], "rust", post="p2")
    await feedback.unmark(second)
    await feedback.mark([thread], "noise", post="p2")
    await world.journal.undo()
    await world.inbox.note(thread, f"she says: {SAID}")
    await world.inbox.note(thread, f"{WORD} taken back")
    await world.journal.undo()
    for key in (
        f"reply:{thread}",
        f"note:{thread}",
        f"engage:unanswered:thread:{thread}",
        f"engage:greet:member:{mia}",
        f"handover:{thread}",
        f"ask:{thread}:member:{mia}",
        f"planned:id:message:{mia}",
    ):
        await world.inbox.save_draft(key, f"Dear mia, your {WORD}")
    await world.inbox.save_draft(f"edit:{world.one('SELECT max(id) FROM post')}", f"the {WORD}, edited")
    await world.inbox.reply(thread, f"> {SAID}\n\nYour {WORD} is fine")
    await world.inbox.save_draft(f"reply:{thread}", f"and your other {WORD}")
    world.save("blog", Member("x", Untrusted("x")))
    outside = HandoverService(world.desk, [OutsideTeam("infra", "blog")])
    await outside.hand_over(thread, await outside.preview(thread, "infra", f"about a {WORD}"))
    case = world.one("SELECT id FROM cases WHERE target_kind = 'member'")
    await world.moderation.note(case, f"{WORD} again")
    await world.moderation.decide(case, Verb.WARN, message=f"no {WORD}", note=f"warned of the {WORD}")
    while world.store._run(answered.tidy, True):
        pass
    now = world.clock.now()
    world.store._run(lambda c: c.execute("UPDATE action SET state = 'sent', ended_at = ?, why = ?", (now, WORD)), True)
    words = "INSERT INTO attempt(action_id, at, kind, words) SELECT id, ?, 'push', ? FROM action"
    world.store._run(lambda c: c.execute(words, (now, f"422: {WORD}")), True)


async def test_no_byte_of_an_old_text_is_left_whatever_repeats_it(world: World) -> None:
    await lived(world)
    await world.persons.note(world.one("SELECT id FROM member WHERE remote = 'mia'"), "kept: she is kind")
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    assert not (await service.let_go()).counts, "nothing is old yet"
    before, found = numbers(world), bytes_of(world)
    assert found.count(WORD.encode()) > 30, "the test would see nothing"
    world.clock.advance(31 * DAY / 1000)
    (told,) = await service.retained()
    assert told.counts == {
        "post": 2, "thread": 1, "report": 2, "decision": 1, "feedback": 2, "action": 3, "note": 2, "draft": 8,
        "journal": 12,
    }  # fmt: skip
    gone = await service.let_go()
    assert bytes_of(world).count(WORD.encode()) == 0
    assert gone.swept and not gone.more and (await service.retained())[0].counts == {}
    assert numbers(world)[:-3] == before[:-3] and b"kept: she is kind" in bytes_of(world)
    assert world.one("SELECT count(*) FROM feedback") == 2 and world.one("SELECT count(*) FROM handover") == 1
    pulled(world, at=world.clock.now() - 31 * DAY - 5 * HOUR)
    assert WORD.encode() not in bytes_of(world)


async def test_an_open_console_leaves_none_either_step_by_step(world: World) -> None:
    pulled(world)
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    await lived(world)
    world.clock.advance(31 * DAY / 1000)
    steps = 0
    while await service.expire():
        steps += 1
    assert steps >= 2 and WORD.encode() not in bytes_of(world)
    assert not await service.expire()


async def test_another_source_keeps_its_texts(world: World) -> None:
    await lived(world)
    service = PrivacyService(world.desk, {"chat": 30, "blog": 60})
    await service.settle()
    before = world.rows("SELECT body FROM post"), world.rows("SELECT body FROM note"), world.rows("SELECT * FROM draft")
    world.clock.advance(31 * DAY / 1000)
    assert not (await service.let_go()).counts
    assert before == (
        world.rows("SELECT body FROM post"), world.rows("SELECT body FROM note"), world.rows("SELECT * FROM draft")
    )  # fmt: skip
    world.clock.advance(30 * DAY / 1000)
    assert (await service.let_go()).counts == {"action": 1}, "what was handed over to the blog is the blog's too"


async def test_what_was_said_lately_of_an_old_thread_stays_for_its_own_time(world: World) -> None:
    await lived(world)
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    world.clock.advance(31 * DAY / 1000)
    thread = world.one("SELECT id FROM thread WHERE remote = 't1'")
    await world.inbox.note(thread, "seen lately")
    await world.inbox.save_draft(f"reply:{thread}", "typed lately")
    await world.inbox.reply(thread, "said lately")
    await service.let_go()
    assert world.rows("SELECT body FROM note WHERE item LIKE 'thread:%'") == [("seen lately",)]
    assert (await world.journal.undo()).op == "reply"
    assert world.rows("SELECT body FROM draft") == [("typed lately",)]
    world.clock.advance(31 * DAY / 1000)
    await service.let_go()
    assert b" lately" not in bytes_of(world)


async def test_what_the_journal_pictures_of_a_row_that_was_taken_back_goes_when_its_words_do(world: World) -> None:
    pulled(world)
    thread = world.one("SELECT id FROM thread WHERE remote = 't1'")
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    await FeedbackService(world.desk).mark([thread], "oil")
    world.clock.advance(20 * DAY / 1000)
    await world.journal.undo()
    world.clock.advance(11 * DAY / 1000)
    await service.let_go()
    assert WORD.encode() not in bytes_of(world)
    assert world.one("SELECT count(*) FROM journal WHERE before <> '[]'") > 0, "the lines are young and stay"


async def test_what_is_still_on_its_way_keeps_its_words(world: World) -> None:
    pulled(world)
    thread = world.one("SELECT id FROM thread WHERE remote = 't1'")
    await world.inbox.reply(thread, "not out yet")
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    world.clock.advance(90 * DAY / 1000)
    await service.let_go()
    assert world.rows("SELECT payload ->> 'text' FROM action") == [("not out yet",)]


async def test_it_can_be_stopped_and_goes_on_where_it_was(world: World) -> None:
    for n in range(250):
        aged(world, "forum", 40 + n % 20, f"oldwords{n}", f"o{n}")
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()

    class Impatient(Work):
        """Stops once it has heard of the first step."""

        def step(self, words: str, done: int = 0, total: int = 0) -> None:
            super().step(words, done, total)
            self.stop()

    work = Impatient()
    first = await service.let_go(work)
    assert first.more and 100 <= first.counts["post"] < 250 and (work.done, work.total) == (200, 250)
    assert first.words.endswith("Stopped: there is more, and the file was not written anew.")
    rest = await service.let_go()
    assert first.counts["post"] + rest.counts["post"] == 250 and not rest.more
    assert world.one("SELECT count(*) FROM post WHERE body <> ''") == 0


def aged(world: World, source: str, days: int, text: str, id: str) -> None:
    """A thread of one post, so many days old."""
    at = Instant(world.clock.now() - days * DAY)
    world.save(
        source,
        Thread(f"t{id}", Untrusted(f"title {text}"), "m", at),
        Post(f"p{id}", f"t{id}", "m", at, Untrusted(text)),
    )


async def test_old_texts_go_in_small_steps_and_numbers_stay(world: World) -> None:
    for n in range(250):
        aged(world, "forum", 40 + n % 20, f"oldwords{n}", f"o{n}")
    aged(world, "forum", 3, "youngwords", "y")
    aged(world, "chat", 90, "keptwords", "k")
    service = PrivacyService(world.desk, {"forum": 30})
    await service.settle()
    (told,) = await service.retained()
    assert (told.source, told.keep_days, told.counts) == ("forum", 30, {"post": 250})
    before, steps = numbers(world), 0
    while await service.expire():
        steps += 1
    assert steps == 26 and (await service.retained())[0].due == 0
    assert world.one("SELECT count(*) FROM post WHERE body <> ''") == 2
    assert world.one("SELECT count(*) FROM thread WHERE title = '[removed]'") == 250
    assert numbers(world) == before
    assert await world.inbox.search("oldwords1") == [] and len(await world.inbox.search("youngwords")) == 1
    assert len(await world.inbox.search("keptwords")) == 1
    aged(world, "forum", 40, "oldwords0", "o0")
    aged(world, "forum", 50, "latewords", "late")
    assert world.one("SELECT count(*) FROM post WHERE body <> ''") == 2
    assert b"oldwords0" not in b"".join(str(row).encode() for row in world.rows("SELECT title, body FROM post, thread"))
    world.clock.advance(40 * DAY // 1000)
    while await service.expire():
        pass
    assert world.one("SELECT count(*) FROM post WHERE body <> ''") == 1


async def test_who_keeps_texts_shorter_now_is_looked_through_again(world: World) -> None:
    aged(world, "forum", 100, "hundred", "h")
    aged(world, "forum", 10, "ten", "t")
    for days, left in ((5, 0), (50, 1), (50, 1), (5, 0)):
        service = PrivacyService(world.desk, {"forum": days})
        await service.settle()
        if days == 50:
            aged(world, "forum", 10, "ten", "t")
        while await service.expire():
            pass
        assert world.one("SELECT count(*) FROM post WHERE body <> ''") == left
    await PrivacyService(world.desk).settle()
    assert world.rows("SELECT * FROM retention") == []


async def test_without_a_limit_nothing_goes(world: World) -> None:
    aged(world, "forum", 4000, "ancient", "a")
    service = PrivacyService(world.desk)
    await service.settle()
    assert not await service.expire() and await service.retained() == []
    assert len(await world.inbox.search("ancient")) == 1
