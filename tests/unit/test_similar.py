"""Similar answered threads and who could answer: what is found, in which order, and what the index forgets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.model import similar
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread, ThreadKind
from cm_console.model.similar import Comparison
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.services.busy import Busy
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk, Impossible
from cm_console.services.housekeeping import Housekeeping
from cm_console.services.similar import SimilarService
from cm_console.store import Store, answered, ingest, sources
from cm_console.store.batch import Community
from cm_console.store.sqlite import VERSION, Connection
from cm_console.testing import FakeClock

NOISE = (
    "sourdough rises slowly",
    "which tyres for gravel",
    "repaint a steel frame",
    "bell too quiet",
    "squeaky saddle",
)


class Archive:
    """A store with one source, and the service over it."""

    def __init__(self, path: Path) -> None:
        self.store, self.clock = Store.open(path), FakeClock()
        ids = count(1)
        desk = Desk(self.store, self.clock, lambda: f"id-{next(ids)}", Changes(), "ann")
        self.service, self.numbers = SimilarService(desk), count(1)
        self.community = Community(ZoneInfo("UTC"), team=frozenset({"forum:rob"}))

    def save(self, *records: Record, gone: tuple[Ref, ...] = ()) -> None:
        def change(conn: Connection) -> None:
            ingest.save(
                conn, sources.ensure(conn, "forum", "discourse"), self.community, self.clock.now(), records, gone
            )

        self.store._run(change, True)

    def ask(
        self, title: str, text: str, *answers: tuple[str, str], days: float = 30, solved: int | None = None,
        kind: ThreadKind = ThreadKind.TOPIC, thanks: int = 0, by: str = "mia",
    ) -> int:  # fmt: skip
        """A thread with answers (who, text); its id."""
        n, at = next(self.numbers), Instant(self.clock.now() - int(days * DAY))
        members = [Member(f"m-{who}", Untrusted(who), staff=who == "rob") for who in (by, *(who for who, _ in answers))]
        posts = [Post(f"p{n}-0", f"t{n}", f"m-{by}", at, Untrusted(text))]
        for place, (who, words) in enumerate(answers, 1):
            when = Instant(at + place * HOUR)
            posts.append(
                Post(
                    f"p{n}-{place}",
                    f"t{n}",
                    f"m-{who}",
                    when,
                    Untrusted(words),
                    reactions=thanks,
                    url=f"https://f/{n}#{place}",
                )
            )
        solution = f"p{n}-{solved}" if solved else None
        thread = Thread(
            f"t{n}", Untrusted(title), f"m-{by}", at, kind, Untrusted("help"), f"https://f/{n}",
            solved_at=at if solved else None, solved_by=solution,
        )  # fmt: skip
        self.save(*members, thread, *posts)
        found: list[tuple[int]] = self.store.read_now(
            lambda conn: conn.execute("SELECT id FROM thread WHERE remote = ?", (f"t{n}",)).fetchall()
        )
        return found[0][0]

    def noise(self) -> None:
        for words in NOISE:
            self.ask(words, f"{words}, what do you do?", ("noor", "no idea either, sorry"))

    async def similar(self, thread: int) -> Comparison:
        await self.service.catch_up()
        return await self.service.similar(thread)

    def indexed(self) -> list[int]:
        ids: list[int] = self.store.read_now(
            lambda c: [i for (i,) in c.execute("SELECT id FROM answered_fts_docsize ORDER BY id")]
        )
        return ids


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "c.db")
    yield made
    made.store.close()


# Words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("resetting", "resets"),
        ("Batteries", "battery"),
        ("Café", "cafe"),
        ("charging", "charged"),
        ("stopped", "stops"),
    ],
)
def test_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert similar.words(one) == similar.words(other)


def test_links_and_quoted_lines_are_no_words_of_the_writer() -> None:
    assert similar.words("> hello there\nsee https://example.org/reset now") == ["see", "now"]


def test_scripts_without_spaces_are_compared_by_pairs() -> None:
    assert set(similar.words("密码重置")) & set(similar.words("重置密码")) == {"密码", "重置"}


def test_words_are_shown_as_they_are_written() -> None:
    assert similar.spelt("Twelve batteries") == {"twelv": "twelve", "batter": "batteries"}
    assert "密码" in similar.spelt("密码重置").values()


def test_a_typing_error_looks_like_its_word() -> None:
    assert similar.alike("calibraton", "calibration") > 0.8 > 0.5 > similar.alike("calibration", "temperature")


def test_a_rare_word_tells_more() -> None:
    assert similar.rarity(1000, 1) > 2 * similar.rarity(1000, 200) > 0
    assert similar.rarity(5, 9) > 0, "kept numbers may lag behind"


@pytest.mark.parametrize(
    ("kind", "handle", "remote", "called"),
    [
        ("discourse", "kim", "7", "@kim"),
        ("mastodon", "@kim@example.social", "7", "@kim@example.social"),
        ("matrix", "Kim", "@kim:example.org", "@kim:example.org"),
        ("email", "kim@example.org", "kim@example.org", "kim@example.org"),
    ],
)
def test_people_are_called_as_their_platform_hears_it(kind: str, handle: str, remote: str, called: str) -> None:
    assert similar.mention(kind, handle, remote) == called


def test_a_quote_is_cut_between_words() -> None:
    assert similar.quoted("one two three", 9) == "> one two …" and similar.quoted("a\n\nb") == "> a\n>\n> b"


# Ranking


async def test_the_same_question_is_first_and_100_percent(archive: Archive) -> None:
    archive.noise()
    other = archive.ask("Reset my second factor", "Lost the phone.", ("noor", "Use a backup code."))
    same = archive.ask("How do I reset 2FA?", "I lost my phone and the codes.", ("rob", "Write to support."))
    asked = archive.ask("How do I reset 2FA?", "I lost my phone and the codes.", days=0.1)
    compared = await archive.similar(asked)
    assert [one.id for one in compared.found][:2] == [same, other]
    assert compared.found[0].percent == 100 > compared.found[1].percent > 0
    assert asked not in [one.id for one in compared.found]
    assert "2fa" in compared.found[0].shared and f"{len(compared.telling)} telling words" in compared.formula


async def test_a_word_in_both_titles_weighs_more_than_in_the_text(archive: Archive) -> None:
    archive.noise()
    text = archive.ask("A question", "About the derailleur.", ("noor", "Turn the screw."))
    title = archive.ask("Derailleur", "A question.", ("noor", "Turn the screw."))
    asked = archive.ask("Derailleur?", "It rattles.", days=0.1)
    found = {one.id: one.percent for one in (await archive.similar(asked)).found}
    assert found[title] > found[text]


async def test_one_word_of_many_is_chance_however_rare(archive: Archive) -> None:
    archive.noise()
    chance = archive.ask("Quincunx?", "Anyone?", ("noor", "Five dots."))
    asked = archive.ask("Quincunx planting of garlic bulbs", "Between rows of onions, before frost.", days=0.1)
    found = await archive.similar(asked)
    assert len(found.telling) > 3 and chance not in [one.id for one in found.found]
    assert "noor" not in [one.handle for one in await archive.service.who(asked)]
    short = archive.ask("Quincunx", "", days=0.1)
    assert [one.id for one in (await archive.similar(short)).found] == [chance], "all of a short question"


async def test_other_forms_and_typing_errors_are_understood(archive: Archive) -> None:
    archive.noise()
    wanted = archive.ask("Calibrating the sensors", "They drift.", ("noor", "Dry them first."))
    forms = archive.ask("calibrate a sensor", "", days=0.1)
    typo = archive.ask("senzors callibrating", "", days=0.1)
    assert (await archive.similar(forms)).found[0].id == wanted
    assert (await archive.similar(typo)).found[0].id == wanted


async def test_an_answer_says_what_the_question_did_not(archive: Archive) -> None:
    archive.noise()
    wanted = archive.ask("It stopped", "Since Monday.", ("noor", "The fuse F3 blew, replace it."))
    asked = archive.ask("Where is fuse F3?", "", days=0.1)
    assert [one.id for one in (await archive.similar(asked)).found] == [wanted]


async def test_only_threads_with_an_answer_that_holds_are_offered(archive: Archive) -> None:
    archive.noise()
    archive.ask("Fuse blown", "Which fuse?", days=9)
    back = archive.ask("Fuse blown", "Which fuse?", ("rob", "F3."), ("mia", "It blew again!"), days=8)
    direct = archive.ask("Fuse blown", "Which fuse?", ("rob", "F3."), ("rob", "Done."), kind=ThreadKind.DIRECT)
    asked = archive.ask("Fuse blown", "Which fuse?", days=0.1)
    compared = await archive.similar(asked)
    assert [one.id for one in compared.found] == [direct], f"{back} waits still"
    assert compared.found[0].direct
    with pytest.raises(Impossible, match="address"):
        await archive.service.link(asked, compared.found[0])


async def test_the_answer_shown_is_the_best_one(archive: Archive) -> None:
    archive.noise()
    answers = (("noor", "No idea."), ("rob", "Try the reset pin, hold it for ten seconds."), ("kim", "Solder the pad."))
    archive.ask("Board dead", "Dead board.", *answers, solved=3)
    archive.ask("Board dead", "Dead board.", *answers)
    asked = archive.ask("Board dead", "Dead board.", days=0.1)
    first, second = (await archive.similar(asked)).found
    assert (first.answer.author, first.answer.why) == ("kim", "solved")
    assert (second.answer.author, second.answer.why) == ("rob", "by the team")


async def test_a_word_nobody_used_counts_as_not_shared(archive: Archive) -> None:
    archive.noise()
    archive.ask("Chain", "The chain.", ("noor", "Oil it."))
    known = archive.ask("Chain", "", days=0.1)
    unknown = archive.ask("Zyxomma chain", "", days=0.1)
    assert (await archive.similar(known)).found[0].percent == 100
    assert (await archive.similar(unknown)).found[0].percent < 80


async def test_no_such_thread_says_so(archive: Archive) -> None:
    for ask in (archive.service.similar, archive.service.who):
        with pytest.raises(Impossible, match="no thread 77"):
            await ask(77)


# The index


async def test_edits_deletions_and_new_answers_reach_the_index(archive: Archive) -> None:
    archive.noise()
    thread = archive.ask("Cranks", "The crank creaks.", ("noor", "Grease."))
    asked = archive.ask("Spindle torque", "", days=0.1)
    assert not (await archive.similar(asked)).found
    at = Instant(archive.clock.now() - DAY)
    archive.save(Post("p6-1", "t6", "m-noor", at, Untrusted("Spindle torque is 40 Nm.")))
    assert [one.id for one in (await archive.similar(asked)).found] == [thread], "an edited answer"
    archive.save(Post("p6-1", "t6", "m-noor", at, Untrusted("Spindle torque is 40 Nm."), state=PostState.HIDDEN))
    assert not (await archive.similar(asked)).found, "a hidden answer"
    kim = Member("m-kim", Untrusted("kim"))
    archive.save(kim, Post("p6-2", "t6", "m-kim", at, Untrusted("Spindle torque is 42 Nm.")))
    assert (await archive.similar(asked)).found[0].answer.author == "kim"
    assert thread in archive.indexed()
    archive.save(gone=(Ref(Kind.THREAD, "t6"),))
    assert not (await archive.similar(asked)).found and thread not in archive.indexed()


async def test_unread_threads_are_told_until_they_are_read(archive: Archive) -> None:
    archive.noise()
    asked = archive.ask("Squeaky saddle", "", days=0.1)
    before = await archive.service.similar(asked)
    assert (before.unread, before.found) == (len(NOISE), ())
    after = await archive.similar(asked)
    assert after.unread == 0 and after.found


async def test_an_open_console_reads_them_by_itself_and_little_while_busy(archive: Archive) -> None:
    for _ in range(3):
        archive.save(*(record for n in range(20) for record in _asked_and_answered(next(archive.numbers), n)))
    busy = Busy()
    housekeeping = Housekeeping(archive.store, archive.clock, Changes(), busy, {})
    with busy.work(), busy.work():
        await housekeeping.read_answered()
    assert len(archive.indexed()) == answered.STEP
    await housekeeping.read_answered()
    assert len(archive.indexed()) == 60


def _asked_and_answered(number: int, at: int) -> tuple[Record, ...]:
    thread = Thread(f"t{number}", Untrusted(f"Question {number}"), "m-mia", Instant(at))
    posts = [Post(f"p{number}-{who}", f"t{number}", f"m-{who}", Instant(at), Untrusted("x")) for who in ("mia", "noor")]
    return (Member("m-mia", Untrusted("mia")), Member("m-noor", Untrusted("noor")), thread, *posts)


async def test_reading_goes_in_steps_the_newest_first(archive: Archive) -> None:
    ids = [archive.ask(words, words, ("noor", "no")) for words in NOISE]
    assert await archive.store.write(lambda conn: answered.tidy(conn, 2))
    assert archive.indexed() == sorted(ids)[-2:]
    assert not await archive.store.write(lambda conn: answered.tidy(conn, 4))
    assert archive.indexed() == sorted(ids)


def test_an_older_database_is_read_after_its_migration(archive: Archive) -> None:
    from cm_console.store.schema_similar import SIMILAR

    note = SIMILAR.rsplit("INSERT INTO", 1)[1]
    archive.noise()

    def again(conn: Connection) -> int:
        conn.execute("DELETE FROM stale_answered")
        conn.execute(f"INSERT INTO {note}")
        return answered.unread(conn)

    assert archive.store._run(again, True) == len(NOISE)


def test_the_index_holds_no_texts(archive: Archive) -> None:
    archive.noise()
    archive.store._run(lambda conn: answered.tidy(conn), True)
    names = archive.store.read_now(
        lambda conn: {
            name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE name LIKE 'answered_fts%'")
        }
    )
    assert "answered_fts_data" in names and ("answered_fts_content" not in names or VERSION < (3, 43))


async def test_an_answered_thread_is_not_similar_to_itself(archive: Archive) -> None:
    archive.noise()
    thread = archive.ask("Cranks", "The crank creaks.", ("noor", "Grease."))
    assert thread not in [one.id for one in (await archive.similar(thread)).found]


async def test_hidden_words_find_nothing(archive: Archive) -> None:
    archive.noise()
    archive.ask("Cranks", "The crank creaks.", ("noor", "Grease."), ("kim", "Buy followers at example!"))
    asked = archive.ask("Buy followers?", "", days=0.1)
    assert (await archive.similar(asked)).found
    at = Instant(archive.clock.now() - DAY)
    archive.save(Post("p6-2", "t6", "m-kim", at, Untrusted("Buy followers at example!"), state=PostState.HIDDEN))
    assert not (await archive.similar(asked)).found


# Who could answer


async def test_solving_and_thanks_count_more_than_coming_first(archive: Archive) -> None:
    archive.noise()
    archive.ask("Dynamo flickers", "Light.", ("ada", "Ground it."), ("bea", "Ground it."), solved=2)
    archive.ask("Dynamo light", "Flicker.", ("cid", "Ground it."), days=29)
    archive.ask("Dynamo light", "Flicker.", ("dan", "Ground it."), days=29, thanks=3)
    asked = archive.ask("Dynamo flickers", "Light.", days=0.1)
    await archive.service.catch_up()
    named = [str(one.handle) for one in await archive.service.who(asked)]
    assert named.index("bea") < named.index("ada") and named.index("dan") < named.index("cid")


async def test_who_solved_and_was_thanked_comes_first(archive: Archive) -> None:
    archive.noise()
    archive.ask("Dynamo flickers", "Light flickers.", ("noor", "Dunno."), ("kim", "Ground it at the fork."), solved=2)
    archive.ask("Dynamo flickers", "Light flickers.", ("kim", "Ground it."), ("rob", "Yes."), thanks=2)
    asked = archive.ask("Dynamo flickers", "Light flickers at night.", days=0.1)
    await archive.service.catch_up()
    people = await archive.service.who(asked)
    assert [one.handle for one in people] == ["kim", "noor"], "neither the team nor who asked"
    best = people[0]
    assert (best.solved, best.thanks, len(best.given), best.mention) == (1, 2, 2, "@kim")
    assert best.last_active_at is not None


async def test_nobody_is_called_who_is_there_or_banned_or_answered_in_private(archive: Archive) -> None:
    archive.noise()
    archive.ask("Dynamo flickers", "Light.", ("noor", "Ground it."), ("kim", "Ground it."), ("lea", "Ground it."))
    archive.ask("Dynamo flickers", "Light.", ("zed", "Ground it."), kind=ThreadKind.DIRECT)
    asked = archive.ask("Dynamo flickers", "Light.", ("noor", "Same here."), days=0.1)
    archive.store._run(
        lambda conn: conn.execute(
            "INSERT INTO decision(id, case_id, member_id, at, actor, verb)"
            " SELECT 'd', 1, id, 1, 'ann', 'ban' FROM member WHERE handle = 'lea'"
        ),
        True,
    )
    await archive.service.catch_up()
    assert [one.handle for one in await archive.service.who(asked)] == ["kim"]


async def test_whoever_was_not_seen_for_years_comes_last(archive: Archive) -> None:
    archive.noise()
    archive.ask("Dynamo flickers", "Light.", ("old", "Ground it."), days=1_500)
    archive.ask("Dynamo flickers", "Light.", ("new", "Ground it."), days=20)
    asked = archive.ask("Dynamo flickers", "Light.", days=0.1)
    await archive.service.catch_up()
    assert [one.handle for one in await archive.service.who(asked)] == ["new", "old"]


async def test_a_person_is_called_by_the_name_they_have_there(archive: Archive) -> None:
    archive.noise()
    archive.ask("Dynamo flickers", "Light.", ("kim", "Ground it."))
    asked = archive.ask("Dynamo flickers", "Light.", days=0.1)

    def elsewhere(conn: Connection) -> None:
        """Kim answered on another platform; the account here is kimberly, who never answered."""
        other = sources.ensure(conn, "chat", "matrix")
        conn.execute("UPDATE post SET source_id = ? WHERE thread_id = ?", (other, asked - 1))
        conn.execute("UPDATE member SET source_id = ? WHERE handle = 'kim'", (other,))

    archive.store._run(elsewhere, True)
    await archive.service.catch_up()
    assert await archive.service.who(asked) == []
    archive.save(Member("m-kimberly", Untrusted("kimberly")))
    archive.store._run(
        lambda conn: conn.execute(
            "UPDATE member SET person_id = (SELECT id FROM member WHERE handle = 'kim') WHERE handle LIKE 'kim%'"
        ),
        True,
    )
    assert [one.mention for one in await archive.service.who(asked)] == ["@kimberly"]


# The draft


async def test_quote_link_and_call_go_behind_what_was_typed(archive: Archive) -> None:
    archive.noise()
    archive.ask("Board dead", "Dead board.", ("kim", "Hold the pin."), solved=1)
    asked = archive.ask("Board dead", "Dead board.", days=0.1)
    one = (await archive.similar(asked)).found[0]
    archive.store._run(
        lambda conn: conn.execute("INSERT INTO draft VALUES(?, 'Hello mia,', 1)", (f"reply:{asked}",)), True
    )
    await archive.service.quote(asked, one)
    await archive.service.link(asked, one)
    await archive.service.call(asked, (await archive.service.who(asked))[0])
    (text,) = archive.store.read_now(
        lambda conn: conn.execute("SELECT body FROM draft WHERE key = ?", (f"reply:{asked}",)).fetchone()
    )
    assert text.startswith("Hello mia,\n\nThis was answered in “Board dead” (https://f/6#1):\n\n> Hold the pin.\n")
    assert "\nThis was answered in “Board dead”: https://f/6#1\n" in text
    assert text.rstrip().endswith("Could you have a look here?") and "@kim" in text
    waiting = archive.store.read_now(lambda conn: conn.execute("SELECT count(*) FROM action").fetchone())
    assert waiting == (0,), "nothing is sent"
