"""The demo opened a second time on its folder: as it was left, and alive; any other folder is left alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from cm_console.cli.group import main
from cm_console.config import Home, load
from cm_console.console import Console
from cm_console.demo import Demo, build, build_again
from cm_console.demo.setup import Left, furnish, left
from cm_console.model.action import Verb
from cm_console.model.inbox import Then, View
from cm_console.model.moderation import CaseView
from cm_console.model.records import Kind, Post, PostState, Record, Thread, ref_of
from cm_console.model.time import DAY, MINUTE
from cm_console.sources.memory import PLATFORMS
from cm_console.store import facts
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock
from tests.worlds import dump

SEED = 3
DERIVED = ("badge", "feed", "journal", "action", "attempt", "meta")


async def first_session(home: Home, clock: FakeClock) -> dict[str, object]:
    """Answer somebody, remove something, ban somebody; what the console then knows."""
    await furnish(build(SEED, clock.now(), clock), home, clock, SEED)
    console = Console.open(load(home.config), home, clock=clock)
    question = (await console.inbox.page(View.NEEDS_REPLY, limit=1))[0]
    await console.inbox.reply(question.id, "Thank you for asking, robin here.", then=Then.DONE)
    posts = [case for case in await console.moderation.page(CaseView.OPEN) if case.target_kind == "post"]
    await console.moderation.decide(posts[0].id, Verb.REMOVE)
    await console.moderation.decide(posts[1].id, Verb.BAN)
    clock.advance(11)
    await console.deliver()
    clock.advance(5 * 60)
    await console.sync()
    known = await console.store.read(lambda conn: dump(conn, without=DERIVED))
    await console.stop()
    return dict(known)


def _records(name: str, conn: Connection) -> list[Record]:
    return list(facts.records(conn, name))


def again(home: Home, clock: FakeClock) -> tuple[Demo, Left]:
    """Another process: the platforms of the first are gone."""
    PLATFORMS.clear()
    was = left(home)
    assert was is not None
    return build_again(was.seed, was.made_at, clock.now(), clock, was.known), was


async def test_the_second_start_finds_everything_as_it_was_left(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "demo"), FakeClock()
    known = await first_session(home, clock)
    clock.advance(2 * DAY // 1000)
    demo, was = again(home, clock)
    assert was.seed == SEED
    console = Console.open(load(home.config), home, clock=clock)
    await console.sync()
    assert dict(await console.store.read(lambda conn: dump(conn, without=DERIVED))) == known
    await console.stop()
    posts = [post for p in demo.platforms.values() for post in p.records(Kind.POST) if isinstance(post, Post)]
    assert sum(post.text == "Thank you for asking, robin here." for post in posts) == 1
    assert any(post.state is PostState.DELETED for post in posts)
    assert sum(len(platform.banned) for platform in demo.platforms.values()) == 1


async def test_its_members_go_on_with_other_words_and_overwrite_nothing(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "demo"), FakeClock()
    await first_session(home, clock)
    for _ in range(2):
        clock.advance(DAY // 1000)
        _, was = again(home, clock)
        old = {name: {ref_of(record): record for record in known.records} for name, known in was.known.items()}
        clock.advance(30 * MINUTE // 1000)
        console = Console.open(load(home.config), home, clock=clock)
        await console.sync()
        held = {name: await console.store.read(partial(_records, name)) for name in old}
        await console.stop()
        fresh = [record for name in old for record in held[name] if ref_of(record) not in old[name]]
        said = [record for record in fresh if isinstance(record, Post)]
        assert len(said) > 10 and all(post.created_at > clock.now() - 31 * MINUTE for post in said)
        threads = [record for known in old.values() for record in known.values() if isinstance(record, Thread)]
        titles = {thread.title for thread in threads if thread.created_at > clock.now() - 14 * DAY}
        opened = [record.title for record in fresh if isinstance(record, Thread)]
        assert len(opened) > 5 and titles & set(opened) == set(), "nobody asks what was asked before the break"
        for name, records in old.items():
            now = {ref_of(record): record for record in held[name]}
            changed = [record for at, record in records.items() if isinstance(record, Post) and now.get(at) != record]
            assert all(now[ref_of(post)].text == post.text for post in changed)  # type: ignore[union-attr]  # posts


def test_the_command_says_that_it_goes_on_and_keeps_the_seed(tmp_path: Path) -> None:
    run = CliRunner()
    folder = str(tmp_path / "demo")
    first = run.invoke(main, ["demo", "--keep", folder, "--no-open", "--seed", "5"])
    assert (first.exit_code, "Making a community" in first.output) == (0, True)
    second = run.invoke(main, ["demo", "--keep", folder, "--no-open", "--seed", "6"])
    assert second.exit_code == 0
    assert "goes on where you left it, made with --seed 5" in second.output


def test_a_folder_with_another_community_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('community = "Bikes"\n')
    before = set(PLATFORMS)
    told = CliRunner().invoke(main, ["demo", "--keep", str(tmp_path), "--no-open"])
    assert told.exit_code == 1 and set(PLATFORMS) == before
    assert "holds a community that is no demo: give --keep another folder" in told.output


@pytest.fixture(autouse=True)
def _platforms() -> None:
    PLATFORMS.clear()


async def test_nothing_in_the_outbox_was_queued_in_the_future(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "demo"), FakeClock()
    await furnish(build(SEED, clock.now(), clock), home, clock, SEED)
    console = Console.open(load(home.config), home, clock=clock)
    rows = await console.outbox.page(limit=1_000)
    await console.stop()
    assert len(rows) > 20 and max(row.created_at for row in rows) < clock.now()
