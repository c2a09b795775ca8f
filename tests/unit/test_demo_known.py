"""The demo's team knows its members: linked accounts, suggestions left to decide, notes, contacts, due follow-ups."""

from __future__ import annotations

from pathlib import Path

from cm_console.config import Home, load
from cm_console.console import Console
from cm_console.demo import build
from cm_console.demo.setup import furnish
from cm_console.testing.clock import START, FakeClock


async def test_the_first_look_shows_linked_accounts_suggestions_and_what_is_due(tmp_path: Path) -> None:
    clock, home = FakeClock(), Home(tmp_path)
    await furnish(build(7, START, clock), home, clock)
    console = Console.open(load(home.config), home, clock=clock)
    try:
        left = await console.persons.suggestions()
        assert 5 <= len(left) <= 20
        me = await console.persons.person(await console.persons.find_one("robin"))
        assert me is not None and {account.source for account in me.accounts} == {"forum", "chat", "blog"}
        due = await console.persons.due()
        assert len(due) == 2
        champion = await console.persons.person(due[0].member_id)
        assert champion is not None and "champion" in champion.tags and champion.notes and champion.contacts
        assert await console.journal.lines() == []
        lists = {each.name: each.count for each in await console.directory.lists()}
        assert all(lists.values()), "each list has somebody to show"
        none, *levels = [count for _, _, count in reversed(await console.directory.levels())]
        core, contributors, participants, visitors = levels
        assert 0 < core < lists["all"] * 0.06 and core < contributors < participants and visitors and none
    finally:
        await console.stop()


async def test_a_member_of_the_demo_can_be_exported_and_forgotten(tmp_path: Path) -> None:
    clock, home = FakeClock(), Home(tmp_path)
    await furnish(build(7, START, clock), home, clock)
    console = Console.open(load(home.config), home, clock=clock)
    try:
        champions = await console.directory.page("champions")
        someone, *_ = [row for row in champions if not await console.persons.suggestions(row.id)]
        known = await console.privacy.export(someone.id)
        assert str(someone.handle) in str(known) and {"post", "thread", "note"} & set(known["tables"])  # type: ignore[call-overload]  # a dict
        assert "account" in await console.privacy.foresee(someone.id)
        receipt = await console.privacy.forget(someone.id)
        assert receipt.counts["post"] > 5 and await console.persons.find(str(someone.handle)) == []
    finally:
        await console.stop()


async def test_whoever_imitates_the_team_is_not_linked_with_it(tmp_path: Path) -> None:
    clock, home = FakeClock(), Home(tmp_path)
    await furnish(build(7, START, clock), home, clock)
    console = Console.open(load(home.config), home, clock=clock)
    try:
        robin, (false,) = await console.persons.find_one("robin"), await console.persons.find("r\u043ebin")
        ours, theirs = await console.persons.person(robin), await console.persons.person(false.id)
        assert ours is not None and theirs is not None and ours.id != theirs.id
        assert {each.handle for each in ours.accounts} == {"robin"} and ours.role == "team"
        assert false.alike == "robin" and not theirs.suggestions and not ours.suggestions
    finally:
        await console.stop()
