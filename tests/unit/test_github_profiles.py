"""The profiles that people on GitHub name in theirs: brought with what is asked for anyhow, taken for their word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.person import Reason
from cm_console.model.records import Member
from cm_console.model.source import Feed
from cm_console.sources.github import records
from cm_console.sources.github import wire_graphql as graph
from tests.servers.discourse import KEY
from tests.servers.discourse_bench import DiscourseBench
from tests.servers.github import TOKEN
from tests.servers.github_bench import DiscussionsBench, GitHubBench

X = ("https://x.com/ann_rides", "https://twitter.com/ann_rides")


@pytest.fixture(params=[GitHubBench, DiscussionsBench])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[GitHubBench]:
    made: GitHubBench = await request.param().start()
    made.ann.site, made.ann.handle = "ann.example/bikes", "ann_rides"
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("site", "links"),
    [
        ("https://forum.example/u/ann", ("https://forum.example/u/ann",)),
        (" ann.example ", ("https://ann.example",)),
        ("http://127.0.0.1:8080/u/ann", ("http://127.0.0.1:8080/u/ann",)),
        ("", ()),
        ("ann", ()),
        ("javascript:alert(1)", ()),
        ("ftp://ann.example", ()),
        ("https://ann.example/<b>", ()),
        ("https://ann.example/\nhttps://bob.example", ()),
        ("https://ann.example/" + "x" * 400, ()),
    ],
)
def test_a_website_is_an_address_or_nothing(site: str, links: tuple[str, ...]) -> None:
    assert records.profiles(graph.Actor(websiteUrl=site)) == links


@pytest.mark.parametrize(
    ("name", "links"),
    [("ann_rides", X), ("", ()), ("ann rides", ()), ("ann/../bob", ()), ("ä" * 3, ()), ("a" * 16, ())],
)
def test_a_name_on_x_is_its_page_under_both_addresses(name: str, links: tuple[str, ...]) -> None:
    assert records.profiles(graph.Actor(twitterUsername=name)) == links
    assert records.profiles(graph.Actor(websiteUrl=None, twitterUsername=None)) == ()


async def test_who_writes_brings_what_they_name(bench: GitHubBench) -> None:
    """Of an issue, whoever comments on it; of a discussion, everybody."""
    await bench.add_thread(2)
    source = bench.source()
    pages = [page async for page in source.pull(Feed.THREADS, None)]
    found = {record.links for page in pages for record in page.records if isinstance(record, Member)}
    assert ("https://ann.example/bikes", *X) in found
    await source.close()


async def test_who_is_suggested_to_be_the_same_on_a_forum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORUM_KEY", KEY)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    github, forum = await GitHubBench().start(), await DiscourseBench().start()
    await forum.add_thread()
    octocat = github.world.add_user("octo-rider")
    octocat.site = f"{forum.server.url}/u/ann"
    await github.add_thread()
    github.world.add_comment(github.repo, 1, octocat, "I have the same question there.")
    there = {"url": forum.server.url, "username": forum.server.me.username, "token": "env:FORUM_KEY"}
    here = {"repos": "octo/bikes", "token": "env:GITHUB_TOKEN", "api": github.server.url}
    home = Home(tmp_path / "home")
    sources = (SourceConfig("forum", "discourse", there), SourceConfig("issues", "github", here))
    console = Console.open(Config(home.config, "Bikes", ZoneInfo("UTC"), sources=sources), home, clock=forum.clock)
    try:
        await console.sync()
        found = [each for each in await console.persons.suggestions() if Reason.LINK in each.reasons]
        assert [{str(each.one.handle), str(each.other.handle)} for each in found] == [{"ann", "octo-rider"}]
    finally:
        await console.stop()
        await forum.close()
        await github.close()
