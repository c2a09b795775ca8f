"""What Discourse tells of the people behind accounts: only if wanted, only what is proved, fifty members a request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.person import Reason
from cm_console.model.records import Member
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import DAY
from cm_console.sources.discourse import Discourse
from tests.servers.discourse import KEY
from tests.servers.discourse_bench import DiscourseBench

Facts = dict[str, tuple[str, tuple[str, ...]]]


@pytest.fixture
async def bench() -> AsyncIterator[DiscourseBench]:
    made = await DiscourseBench().start()
    ann = made.site.users[made.ann]
    ann.email, ann.website = "ann@mail.test", "https://github.com/ann"
    made.server.me.email = "team@mail.test"  # each account sees its own, asked or not
    yield made
    await made.close()


async def members(source: Discourse, cursor: Cursor | None = None) -> tuple[Facts, Cursor]:
    """The address and links of each member of a pull, by handle, and where it ended."""
    found: Facts = {}
    async for page in source.pull(Feed.MEMBERS, cursor):
        told = [m for m in page.records if isinstance(m, Member) and (m.email or m.links)]
        found |= {str(member.handle): (member.email, member.links) for member in told}
        cursor = page.cursor
    assert cursor is not None
    return found, cursor


async def test_nothing_of_it_unless_it_is_wanted(bench: DiscourseBench) -> None:
    source = bench.source()
    found, _ = await members(source)
    assert (found, bench.server.looks) == ({}, 0) and not bench.asked("/user-cards")
    await source.close()


async def test_only_addresses_that_are_proved(bench: DiscourseBench) -> None:
    for name, more in (("new", {"active": False}), ("wrote", {"staged": True}), ("old", {})):
        user = bench.site.add_user(name)
        user.email = f"{name}@mail.test"
        for key, value in more.items():
            setattr(user, key, value)
    source = bench.source(profiles=True)
    found, _ = await members(source)
    theirs = {"ann": ("ann@mail.test", ("https://github.com/ann",)), "old": ("old@mail.test", ())}
    assert found == theirs | {"team": ("team@mail.test", ())}
    await source.close()


async def test_one_request_for_fifty_and_none_where_nothing_is_new(bench: DiscourseBench) -> None:
    bench.site.seed(10, members=230)
    source = bench.source(profiles=True)
    found, cursor = await members(source)
    pages = -(-len(bench.site.users) // 100)
    assert set(found) == {"ann", "team"} and len(bench.asked("/user-cards")) == 5
    assert bench.server.looks == pages == 3
    before = bench.requests
    assert (await members(source, cursor))[0] == {}
    assert bench.requests - before == 2 and bench.server.looks == pages, "no line in the site's log for nothing"
    bench.clock.advance(60)
    late = bench.site.add_user("late")
    late.email, late.website = "late@mail.test", "https://late.test"
    found, cursor = await members(source, cursor)
    assert found == {"late": ("late@mail.test", ("https://late.test",))} and bench.server.looks == pages + 1
    bench.site.users[bench.ann].moderator = True
    assert (await members(source, cursor))[0] == {}, "who joins the staff takes nothing away that is known"
    bench.clock.advance(8 * DAY // 1000)
    assert set((await members(source, cursor))[0]) == {"ann", "late", "team"}
    await source.close()


async def test_who_may_see_no_addresses_brings_websites(bench: DiscourseBench) -> None:
    bench.server.me.admin, bench.server.me.moderator, bench.server.me.email = False, True, ""
    source = bench.source(profiles=True)
    assert (await members(source))[0] == {"ann": ("", ("https://github.com/ann",))}
    bench.server.me.moderator = False
    assert (await members(source))[0] == {"ann": ("", ("https://github.com/ann",))}
    await source.close()


async def test_the_same_person_elsewhere_is_suggested(
    bench: DiscourseBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORUM_KEY", KEY)
    other = await DiscourseBench().start()
    bench.server.me.email = ""
    other.site.add_user("anne.smith").email = " Ann@Mail.test"
    places = {"forum": bench, "shop": other}
    settings = {"username": "team", "token": "env:FORUM_KEY", "profiles": True}
    sources = [SourceConfig(name, "discourse", {**settings, "url": at.server.url}) for name, at in places.items()]
    home = Home(tmp_path / "home")
    config = Config(home.config, "Bikes", ZoneInfo("UTC"), sources=tuple(sources))
    console = Console.open(config, home, clock=bench.clock)
    try:
        await console.sync()
        found = [each for each in await console.persons.suggestions() if Reason.MAIL in each.reasons]
        assert [{str(each.one.handle), str(each.other.handle)} for each in found] == [{"ann", "anne.smith"}]
    finally:
        await console.stop()
        await other.close()
