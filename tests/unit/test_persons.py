"""Persons: accounts that are one human, merged and taken apart exactly, and what the team keeps on them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cm_console.model.metrics import Window
from cm_console.model.person import Happening, Reason
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.model.verb import Verb
from cm_console.services.desk import Impossible
from cm_console.services.directory import DirectoryService
from cm_console.services.journal import JournalService
from cm_console.services.metrics import MetricsService
from cm_console.services.persons import MakesTeam, PersonsService
from cm_console.services.privacy import PrivacyService
from cm_console.store.journal import Overtaken

from .persons_world import ZONE, World, came, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Four sources, nobody there yet."""
    made = make_world(tmp_path)
    yield made
    made.store.close()


def groups(world: World) -> dict[int, int]:
    """The kept person of every account."""
    return dict(world.rows("SELECT id, coalesce(person_id, id) FROM member"))  # type: ignore[arg-type]  # two columns


def naive(world: World) -> dict[int, int]:
    """The same from the links alone, the slow way."""
    of = {id: id for id in groups(world)}
    edges = world.rows("SELECT a, b FROM account_link WHERE state = 'same' AND ended_at IS NULL")
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            low = min(of[a], of[b])  # type: ignore[index]  # ids
            for id in (a, b):
                changed, of[id] = changed or of[id] != low, low  # type: ignore[index]  # ids
    return of


async def test_a_merge_makes_one_person_and_z_takes_it_back(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia.c")
    merged = await world.persons.merge(one, other, "same handle")
    assert merged.person == one and merged.accounts == ("mia on forum", "mia.c on chat")
    assert groups(world) == {one: one, other: one}
    await world.journal.undo()
    assert groups(world) == {one: one, other: other}
    assert world.rows("SELECT person_id FROM member") == [(None,), (None,)]


async def test_undoing_an_old_merge_leaves_the_later_one(world: World) -> None:
    a, b, c = (world.member(source, "mia") for source in ("forum", "chat", "blog"))
    await world.persons.merge(a, b)
    await PersonsService(replace(world.desk, me="bob")).merge(b, c)
    await JournalService(world.desk).undo()
    assert groups(world) == {a: a, b: b, c: b}


async def test_an_account_taken_out_leaves_the_others_together(world: World) -> None:
    hub, b, c = (world.member(source, "mia") for source in ("forum", "chat", "blog"))
    await world.persons.merge(hub, b)
    await world.persons.merge(hub, c)
    await world.persons.unmerge(hub)
    assert groups(world) == {hub: hub, b: b, c: b} == naive(world)
    await world.journal.undo()
    assert groups(world) == {hub: hub, b: hub, c: hub} == naive(world)


async def test_one_link_taken_back_gives_the_two_persons_there_were(world: World) -> None:
    ids = [world.member(source, "mia") for source in ("forum", "chat", "blog", "signin")]
    await world.persons.merge(ids[0], ids[1])
    await world.persons.merge(ids[2], ids[3])
    before = groups(world)
    await world.persons.merge(ids[1], ids[2])
    person = await world.persons.person(ids[3])
    assert person is not None and len(person.accounts) == 4
    link = next(link for link in person.links if (link.one, link.other) == (ids[1], ids[2]))
    await world.persons.unlink(link.id)
    assert groups(world) == before


async def test_what_cannot_be_merged_is_said(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    await world.persons.merge(one, other)
    for wrong in (
        world.persons.merge(other, one),
        world.persons.merge(one, 999),
        world.persons.unmerge(999),
        world.persons.refuse(one, other),
        world.persons.unlink("nothing"),
    ):
        with pytest.raises(Impossible):
            await wrong


STEPS = st.lists(
    st.tuples(st.sampled_from(["merge", "unmerge", "undo", "refuse"]), st.integers(0, 5), st.integers(0, 5)),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_kept_person_is_what_the_links_say_whatever_was_done(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    world = make_world(tmp_path_factory.mktemp("links"))
    ids = [world.member(source, f"m{n}") for n, source in enumerate(["forum", "chat", "blog"] * 2)]

    async def run() -> None:
        for what, one, other in steps:
            try:
                match what:
                    case "merge":
                        await world.persons.merge(ids[one], ids[other])
                    case "unmerge":
                        await world.persons.unmerge(ids[one])
                    case "refuse" if one != other:
                        await world.persons.refuse(ids[one], ids[other])
                    case "undo":
                        await world.journal.undo()
            except (Impossible, Overtaken):
                pass
            assert groups(world) == naive(world)

    try:
        asyncio.run(run())
    finally:
        world.store.close()


# Suggestions


async def reasons(world: World) -> list[tuple[str, str, tuple[Reason, ...]]]:
    """All suggestions in short."""
    return [(s.one.at, s.other.at, s.reasons) for s in await world.persons.suggestions()]


async def test_suggestions_say_why_and_the_best_founded_come_first(world: World) -> None:
    world.member("forum", "mia", email="mia@example.org")
    world.member("chat", "someone", email="MIA@example.org ")
    world.member("forum", "leopold", "Leo Pold")
    world.member("chat", "Leopold", "leo pold")
    world.member("blog", "lp", "Leo Pold")
    world.member("forum", "kim", links=("https://www.blog.example/u/kimberly/",))
    world.member("blog", "kimberly")
    world.member("signin", "someoneelse", "Single")
    found = await reasons(world)
    assert found[0] == ("mia on forum", "someone on chat", (Reason.MAIL,))
    assert found[1] == ("kim on forum", "kimberly on blog", (Reason.LINK,))
    assert found[2] == ("leopold on forum", "Leopold on chat", (Reason.HANDLE, Reason.NAME))
    assert {each[2] for each in found[3:]} == {(Reason.NAME,)} and len(found) == 5


async def test_of_one_person_the_same_is_suggested_as_of_all(world: World) -> None:
    await test_suggestions_say_why_and_the_best_founded_come_first(world)
    everything = {(s.one.id, s.other.id, s.reasons) for s in await world.persons.suggestions()}
    single = {(s.one.id, s.other.id, s.reasons) for id in groups(world) for s in await world.persons.suggestions(id)}
    assert single == everything


async def test_nobody_needs_two_accounts_in_one_place_unless_the_mail_says_so(world: World) -> None:
    forum, chat = world.member("forum", "mia"), world.member("chat", "mia")
    world.member("forum", "Mia")
    await world.persons.merge(forum, chat)
    assert await reasons(world) == []
    world.member("forum", "mia2", email="m@example.org")
    world.member("forum", "mia3", email="m@example.org")
    assert [each[2] for each in await reasons(world)] == [(Reason.MAIL,)]


async def test_common_names_bots_and_ids_say_nothing(world: World) -> None:
    for source in ("forum", "chat"):
        for n in range(4):
            world.member(source, f"{source}{n}", "Jane Doe")
        world.member(source, "helperbot", bot=True)
    for source in ("forum", "chat"):
        world.save(source, came("r1", "12345", world.clock.now()))
    assert world.one("SELECT count(*) FROM member WHERE handle = '12345'") == 2
    assert await reasons(world) == []
    assert [await world.persons.suggestions(id) for id in groups(world)] == [[]] * len(groups(world))


async def test_rejected_until_there_are_other_reasons_never_means_never(world: World) -> None:
    one, other = world.member("forum", "mia", "Mia Lee"), world.member("chat", "mia")
    await world.persons.refuse(one, other, "same handle")
    assert await reasons(world) == []
    world.member("chat", "mia", "Mia Lee")
    assert [each[2] for each in await reasons(world)] == [(Reason.HANDLE, Reason.NAME)]
    await world.persons.refuse(one, other, never=True)
    world.member("chat", "mia", "Mia Lee", links=("https://forum.example/u/mia",))
    assert await reasons(world) == []
    await world.journal.undo()
    assert len(await reasons(world)) == 1


async def test_an_accepted_suggestion_is_gone_and_comes_back_with_undo(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    await world.persons.merge(one, other, "same handle")
    assert await reasons(world) == []
    await world.journal.undo()
    assert len(await reasons(world)) == 1


async def test_a_merge_ends_what_was_said_against_it(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    await world.persons.refuse(one, other, never=True)
    await world.persons.merge(one, other)
    await world.persons.unmerge(other)
    assert len(await reasons(world)) == 1


async def test_no_address_is_kept(world: World) -> None:
    world.member("forum", "mia", email="mia.secret@example.org")
    world.store.close()
    data = b"".join(path.read_bytes() for path in world.store.path.parent.glob("community.db*"))
    assert b"mia.secret" not in data


# What is known of a person


async def test_the_pane_counts_over_all_accounts(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia.c", staff=True)
    world.member("forum", "leo")
    asked = world.thread("forum", "Brakes?", ("mia", "they squeal"), ("leo", "oil"))
    world.thread("forum", "Chain", ("leo", "lost it"), ("mia", "new one"))
    world.thread("chat", "hello", ("mia.c", "hi"))
    world.save("signin", came("ride/1", "signin-x", world.clock.now()))
    guest = world.one("SELECT id FROM member WHERE remote = 'signin-x'")
    await world.persons.merge(one, other, sure=True)
    await world.persons.merge(other, guest, sure=True)
    await world.inbox.done([asked])
    case = await world.moderation.flag(asked, None, "rude")
    await world.moderation.decide(case, Verb.WARN, message="be kind")
    await world.persons.note(other, "likes tandems")
    await world.persons.tag(one, "#Champion")
    await world.persons.tag(other, "champion")
    await world.persons.contact(guest, "met at the ride", "meeting")
    await world.persons.follow_up(one, Instant(world.clock.now() + DAY), "ask how it went")
    person = await world.persons.person(other)
    assert person is not None and person.id == one and person.role == "team" and person.attended == 1
    assert sorted((a.at, a.posts, a.answers) for a in person.accounts) == [
        ("mia on forum", 2, 1), ("mia.c on chat", 1, 0), ("signin-x on signin", 0, 0)
    ]  # fmt: skip
    assert (person.inquiries.all, person.inquiries.done) == (2, 1)
    assert [d.verb for d in person.decisions] == ["warn"]
    assert person.tags == ("champion",) and [n.body for n in person.notes] == ["likes tandems"]
    assert [c.body for c in person.contacts] == ["met at the ride"]
    world.store._run(lambda conn: conn.execute("UPDATE action SET state = 'sent', ended_at = 5"), True)
    told = await world.persons.person(other)
    assert told is not None and [(c.way, c.body) for c in told.contacts] == [
        ("meeting", "met at the ride"), ("warn", "be kind")
    ]  # fmt: skip
    assert [f.body for f in person.follow_ups] == ["ask how it went"]
    kinds = {moment.what for moment in await world.persons.timeline(other)}
    assert kinds == set(Happening) - {Happening.REPORT}
    card = await world.inbox.thread(asked)
    assert card is not None and card.author is not None
    assert (
        card.author.role == "team"
        and card.author.posts == 3
        and card.author.also == ("mia.c on chat", "signin-x on signin")
    )
    assert [row.verb for row in await world.moderation.history(other)] == ["warn"]
    await world.persons.tag(other, "champion", remove=True)
    person = await world.persons.person(one)
    assert person is not None and person.tags == ()


async def test_the_timeline_is_the_same_read_in_pages_of_any_size_both_ways(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    at = world.clock.now()
    await world.persons.merge(one, other)
    for n in range(9):
        world.thread("forum" if n % 2 else "chat", f"t{n}", ("mia", "a"), ("mia", "b"), hours_ago=1 + n // 3)
        world.save("signin", came(f"r{n}/1", "signin-x", Instant(at - n // 3 * HOUR)))
        await world.persons.contact(one, f"call {n}", "call", Instant(at - (1 + n // 3) * HOUR))
        await world.persons.note(other, f"note {n}")
    await world.persons.merge(one, world.one("SELECT id FROM member WHERE remote = 'signin-x'"))
    whole = await world.persons.timeline(one, limit=1000)
    keys = [moment.key for moment in whole]
    assert len(whole) == 9 * 5 and keys == sorted(keys, reverse=True)
    for size in (1, 2, 7):
        forward, back, key = [], [], None
        while page := await world.persons.timeline(other, key=key, limit=size):
            forward += page
            key = page[-1].key
        key = None
        while page := await world.persons.timeline(other, key=key, forward=False, limit=size):
            back += page
            key = page[-1].key
        assert forward == whole == back[::-1]
    only = await world.persons.timeline(one, only=[Happening.CONTACT])
    assert {moment.what for moment in only} == {Happening.CONTACT} and len(only) == 9


async def test_due_follow_ups_are_listed_until_they_are_done(world: World) -> None:
    one = world.member("forum", "mia")
    await world.persons.follow_up(one, Instant(world.clock.now() + HOUR), "ask again")
    assert await world.persons.due() == []
    (soon,) = await world.persons.due(before=Instant(world.clock.now() + DAY))
    assert (soon.body, soon.who, soon.source) == ("ask again", "mia", "forum")
    await world.persons.follow_up_done(soon.id)
    assert await world.persons.due(before=Instant(world.clock.now() + DAY)) == []
    await world.journal.undo()
    assert len(await world.persons.due(before=Instant(world.clock.now() + DAY))) == 1


async def test_a_person_is_found_by_id_handle_source_and_name(world: World) -> None:
    one, other = world.member("forum", "mia", "Mia Lee"), world.member("chat", "mia")
    assert await world.persons.find_one(str(other)) == other
    assert await world.persons.find_one("chat:MIA") == other
    assert await world.persons.find_one("mia lee") == one
    for wrong in ("mia", "nobody", "blog:mia"):
        with pytest.raises(Impossible):
            await world.persons.find_one(wrong)
    await world.persons.merge(one, other)
    assert await world.persons.find_one("mia") in (one, other)


async def test_strikes_on_one_account_are_seen_when_the_other_is_judged(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    first = await world.moderation.flag(world.thread("forum", "a", ("mia", "bad")), None, "x")
    await world.moderation.decide(first, Verb.WARN, message="no")
    second = await world.moderation.flag(world.thread("chat", "b", ("mia", "bad")), None, "x")
    card = await world.moderation.case(second)
    assert card is not None and card.who is not None and card.who.decisions == 0
    assert card.who.perhaps == ("mia on forum",)
    await world.moderation.decide(second, Verb.WARN, message="no")
    metrics = MetricsService(world.desk, ZONE)
    day = world.clock.now() // DAY
    window = Window(date.fromordinal(day + 719163), date.fromordinal(day + 719164))
    assert (await metrics.measure(window, ["offenders.repeat"])).metrics[0].value == 0
    await world.persons.merge(one, other)
    assert (await metrics.measure(window, ["offenders.repeat"])).metrics[0].value == 1
    card = await world.moderation.case(second)
    assert card is not None and card.who is not None
    assert (card.who.decisions, card.who.also, card.who.perhaps) == (2, ("mia on forum",), ())


async def test_whose_something_is_one_for_each_person_and_nobody_for_nothing(world: World) -> None:
    mia, leo, twin = world.member("forum", "mia"), world.member("forum", "leo"), world.member("chat", "mia")
    thread = world.thread("forum", "Brakes", ("mia", "squeal"), ("leo", "oil"))
    first, second = (row[0] for row in world.rows("SELECT id FROM post ORDER BY created_at"))
    remote = world.rows("SELECT remote FROM post WHERE author_id = ?", leo)[0][0]
    await world.inbox.reply(thread, "Thanks", reply_to=str(remote))
    await world.inbox.reply(thread, "To whom it may concern")
    answer, other = (str(row[0]) for row in world.rows("SELECT id FROM action ORDER BY seq"))

    async def of(*things: tuple[str, object]) -> list[int]:
        return [each.id for each in await world.persons.whose(list(things))]  # type: ignore[arg-type]  # ids of any kind

    assert await of(("post", first), ("post", second), ("thread", thread)) == [mia, leo]
    assert await of(("action", answer)) == [leo] and await of(("action", other)) == [mia]
    assert await of(("entry", "e1"), ("post", 7), ("member", 999), ("action", "none")) == []
    await world.persons.merge(mia, twin)
    assert await of(("member", twin), ("thread", thread)) == [twin]


async def test_whoever_imitates_somebody_is_never_offered_as_the_same(world: World) -> None:
    ours = world.member("forum", "robin", "Robin Ahlgren", staff=True)
    world.member("chat", "r\u043ebin", "Robin Ahlgren")
    world.member("blog", "robin", "Robin Ahlgren")
    world.member("blog", "s\u043ela", "Sol Lee")
    world.member("chat", "sola", "Sol Lee")
    assert await world.persons.suggestions() == [] and await world.persons.suggestions(ours) == []
    too = world.member("chat", "robin", "Robin Ahlgren", staff=True)
    (found,) = await world.persons.suggestions(ours)
    assert {found.one.id, found.other.id} == {ours, too}


async def test_a_handle_two_accounts_of_a_source_show_says_nothing(world: World) -> None:
    world.member("forum", "wilma")
    there = world.member("chat", "wilma")
    assert len(await world.persons.suggestions(there)) == 1
    world.member("forum", "wil\u200bma")
    assert await world.persons.suggestions(there) == []


async def test_a_name_that_looks_like_another_says_so_and_the_exact_one_comes_first(world: World) -> None:
    ours = world.member("forum", "robin", "Robin Ahlgren", staff=True)
    false = world.member("chat", "r\u043ebin", "Robin Ahlgren")
    person = await world.persons.person(false)
    assert person is not None and person.accounts[0].at == "r\u043ebin on chat (looks like robin)"
    assert await world.persons.find_one("robin") == ours and await world.persons.find_one("robin@forum") == ours
    assert await world.persons.find_one("r\u043ebin") == false
    with pytest.raises(Impossible, match=r"r\u043ebin on chat \(looks like robin\)"):
        await world.persons.find_one("Robin Ahlgren")
    world.member("blog", "Robin")
    world.thread("blog", "Hello", ("Robin", "hi"), ("Robin", "again"))
    assert [each.handle for each in await world.persons.find("robin")] == ["robin", "Robin"]
    with pytest.raises(Impossible, match="may be"):
        await world.persons.find_one("robin")


async def test_a_member_becomes_one_with_the_team_only_after_asking(world: World) -> None:
    ours, mia = world.member("forum", "ann", staff=True), world.member("chat", "mia")
    with pytest.raises(MakesTeam, match="mia on chat would be one person with ann on forum, who is of the team"):
        await world.persons.merge(mia, ours)
    person = await world.persons.person(mia)
    assert person is not None and person.role == "member"
    await world.persons.merge(mia, ours, sure=True)
    too = world.member("blog", "ann", staff=True)
    assert (await world.persons.merge(too, ours)).person == ours


async def test_saying_the_same_again_is_no_decision(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    count = "SELECT count(*) FROM journal"
    assert await world.persons.refuse(one, other, "same handle") and world.one(count) == 1
    assert not await world.persons.refuse(other, one, "same handle") and world.one(count) == 1
    assert await world.persons.refuse(one, other, "same handle", never=True) and world.one(count) == 2
    assert not await world.persons.refuse(one, other, "same full name") and world.one(count) == 2
    assert await world.persons.tag(one, "vip") and not await world.persons.tag(one, "VIP")
    assert await world.persons.tag(one, "vip", remove=True) and not await world.persons.tag(one, "vip", remove=True)
    assert world.one(count) == 4


async def test_nothing_is_kept_on_who_was_forgotten(world: World) -> None:
    one, other = world.member("forum", "mia"), world.member("chat", "mia")
    await PrivacyService(world.desk).forget(one)
    for deed in (
        world.persons.note(one, "x"), world.persons.tag(one, "x"), world.persons.contact(one, "x"),
        world.persons.follow_up(one, Instant(world.clock.now() + DAY), "x"), world.persons.merge(one, other),
    ):  # fmt: skip
        with pytest.raises(Impossible, match="was forgotten"):
            await deed
    directory = DirectoryService(world.desk, ZONE)
    await directory.look_again()
    assert [row.handle for row in await directory.page()] == ["mia"] and await directory.count() == 1
