"""Pulling feeds: validators, edits, what falls out, dates that stay, several feeds of which one is broken."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.model.errors import Gone, Malformed, Refused, SourceError, Throttled
from cm_console.model.records import Member, Post, Thread
from cm_console.model.source import Feed, Page
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.rss import Rss, RssSettings
from cm_console.sources.rss.entries import ENTRIES_LIMIT
from cm_console.testing import FakeClock
from cm_console.testing.driving import Mirror
from tests.servers.feeds import FeedServer
from tests.servers.loopback import Reply


class Place:
    """A site, a source on it, and what it brought."""

    def __init__(self, *paths: str, history: int = 0, format: str = "atom") -> None:
        self.clock = FakeClock()
        self.server = FeedServer(self.clock, format)
        self.paths, self.history = paths or ("/feed",), history
        self.mirror = Mirror()

    async def pull(self, *, most: int = 10_000) -> list[Page]:
        """One pull by a fresh source, as after a restart; gives its pages."""
        urls = " ".join(self.server.url + path for path in self.paths)
        source = Rss(RssSettings(urls, history=self.history, private=True), self.clock)
        pages = source.pull(Feed.THREADS, self.mirror.cursors.get(Feed.THREADS))
        before = len(self.mirror.pages)
        try:
            async for page in pages:
                self.mirror.apply(Feed.THREADS, page)
                if len(self.mirror.pages) - before >= most:
                    break
        finally:
            await source.close()
        return self.mirror.pages[before:]

    @property
    def posts(self) -> list[Post]:
        return [record for record in self.mirror.records.values() if isinstance(record, Post)]

    @property
    def threads(self) -> list[Thread]:
        return [record for record in self.mirror.records.values() if isinstance(record, Thread)]

    def serve(self, path: str, text: str, **headers: str) -> None:
        self.server.raw[path] = Reply(text.encode(), 200, {"Content-Type": "text/xml", **headers})


def rss(*items: str, title: str = "Blog") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>{title}</title>{inner}</channel></rss>"


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    made = Place()
    await made.server.start()
    yield made
    await made.server.stop()


async def test_what_did_not_change_is_not_sent_again(place: Place) -> None:
    place.server.add("hello")
    await place.pull()
    assert await place.pull() == []
    first, second = place.server.seen
    assert "if-none-match" not in first.headers and second.headers["if-none-match"].startswith('"')


async def test_last_modified_is_a_validator_too(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid>"), **{"Last-Modified": "Sun, 22 Nov 2026 09:00:00 GMT"})
    await place.pull()
    await place.pull()
    assert place.server.seen[1].headers["if-modified-since"] == "Sun, 22 Nov 2026 09:00:00 GMT"


async def test_only_new_entries_come_without_validators(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid>"))
    await place.pull()
    place.serve("/feed", rss("<guid>2</guid>", "<guid>1</guid>"))
    (page,) = await place.pull()
    assert [record.id for record in page.records] == ["127.0.0.1/blog", "127.0.0.1/2", "127.0.0.1/2"]
    assert await place.pull() == []


async def test_the_validators_of_a_half_read_document_are_not_used(place: Place) -> None:
    for _ in range(80):
        place.server.add("x")
    await place.pull(most=1)
    await place.pull()
    assert len(place.threads) == 80
    assert "if-none-match" not in place.server.seen[1].headers


async def test_an_edit_comes_again_and_keeps_its_date(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid><title>A</title>"))
    await place.pull()
    start = place.clock.now()
    place.clock.advance(3600)
    place.serve("/feed", rss("<guid>1</guid><title>A, corrected</title>"))
    await place.pull()
    (thread,), (post,) = place.threads, place.posts
    assert (thread.title, thread.created_at, post.edited_at) == ("A, corrected", start, place.clock.now())


async def test_without_an_id_link_and_title_stand_for_it(place: Place) -> None:
    same = "<title>A</title><link>/a</link>"
    place.serve("/feed", rss(same + "<description>one</description>", "<title>B</title><link>/a</link>"))
    await place.pull()
    place.serve("/feed", rss(same + "<description>two</description>", "<title>B</title><link>/a</link>"))
    await place.pull()
    assert sorted(post.text for post in place.posts) == ["B", "two"]


async def test_what_falls_out_of_a_feed_stays(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid>", "<guid>2</guid>"))
    await place.pull()
    place.serve("/feed", rss("<guid>3</guid>"))
    await place.pull()
    assert len(place.threads) == 3
    start = place.clock.now()
    place.clock.advance(60)
    place.serve("/feed", rss("<guid>3</guid>", "<guid>1</guid>"))
    assert await place.pull() == []
    assert all(thread.created_at == start for thread in place.threads)


async def test_a_date_in_the_future_is_when_it_was_seen(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid><pubDate>2099-01-01</pubDate>"))
    await place.pull()
    assert place.threads[0].created_at == place.clock.now()


async def test_the_first_sync_goes_back_as_far_as_asked(place: Place) -> None:
    place.history = 30
    old = f"<guid>1</guid><pubDate>{(place.clock.now() - 31 * DAY) // 1000}</pubDate>"
    new = f"<guid>2</guid><pubDate>{(place.clock.now() - 29 * DAY) // 1000}</pubDate>"
    place.serve("/feed", rss(new, old, "<guid>3</guid>"))
    await place.pull()
    assert sorted(thread.id for thread in place.threads) == ["127.0.0.1/2", "127.0.0.1/3"]
    place.serve("/feed", rss(old.replace("<guid>1", "<title>changed</title><guid>1"), old.replace("1<", "4<")))
    await place.pull()
    assert sorted(thread.id for thread in place.threads)[2:] == ["127.0.0.1/4"], "late, but new in a known feed"


async def test_several_feeds_one_broken(place: Place) -> None:
    place.paths = ("/a", "/gone", "/b", "/page")
    place.serve("/a", rss("<guid>1</guid>", title="A"))
    place.serve("/b", rss("<guid>2</guid>", title="B"))
    place.serve("/page", "<!DOCTYPE html><link rel=alternate type=application/rss+xml href=/feed>")
    with pytest.raises(Gone) as caught:
        await place.pull()
    assert sorted(thread.place for thread in place.threads) == ["A", "B"]
    assert "127.0.0.1/gone: " in str(caught.value)
    assert (
        f"127.0.0.1/page cannot be read: it is a web page, not a feed; feeds it names: {place.server.url}/feed"
        in str(caught.value)
    )


async def test_a_feed_that_asks_to_wait_says_until_when(place: Place) -> None:
    place.paths = ("/gone", "/feed")
    place.server.plan("throttle", lambda seen: seen.path == "/feed", until=Instant(place.clock.now() + HOUR))
    with pytest.raises(Throttled) as caught:
        await place.pull()
    assert caught.value.until == place.clock.now() + HOUR


async def test_a_broken_feed_is_told_each_time_and_gives_what_it_has(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid>")[:-6], ETag='"1"')
    for _ in range(2):
        with pytest.raises(Malformed, match=r"127\.0\.0\.1/feed: line 1: .*; 1 entry before it was read"):
            await place.pull()
    assert len(place.threads) == 1 and "if-none-match" not in place.server.seen[1].headers


async def test_a_long_feed_says_that_it_was_cut(place: Place) -> None:
    place.serve("/feed", rss(*(f"<guid>{n}</guid>" for n in range(ENTRIES_LIMIT + 5))))
    pages = await place.pull()
    assert pages[-1].note == f"127.0.0.1/feed: only its first {ENTRIES_LIMIT} entries are read"
    assert len(place.threads) == ENTRIES_LIMIT and await place.pull() == []


async def test_an_entry_of_two_feeds_is_one(place: Place) -> None:
    place.paths = ("/a", "/b")
    place.serve("/a", rss("<guid>https://x.test/1</guid>", title="A"))
    place.serve("/b", rss("<guid>https://x.test/1</guid>", "<guid>https://x.test/2</guid>", title="B"))
    await place.pull()
    assert {thread.id: str(thread.place) for thread in place.threads} == {
        "https://x.test/1": "A",
        "https://x.test/2": "B",
    }
    assert await place.pull() == []


async def test_a_feed_taken_from_the_settings_is_forgotten(place: Place) -> None:
    place.paths = ("/a", "/b")
    place.serve("/a", rss("<guid>https://x.test/1</guid>", title="A"))
    place.serve("/b", rss("<guid>https://x.test/1</guid>", title="B"))
    await place.pull()
    place.paths = ("/b",)
    await place.pull()
    assert [thread.place for thread in place.threads] == ["B"]


async def test_answers_stand_under_what_they_answer_also_later(place: Place) -> None:
    root = place.server.add("root")
    await place.pull()
    first = place.server.add("first", reply_to=root)
    place.server.add("second", reply_to=first)
    place.server.add("lost", reply_to="tag:unknown,1")
    await place.pull()
    under = {str(post.text): (post.thread, post.reply_to) for post in place.posts}
    assert under["first"] == (root, root) and under["second"] == (root, first)
    lost = next(post for post in place.posts if post.text == "lost")
    assert lost.thread == lost.id


async def test_answers_in_a_circle_are_threads_of_their_own(place: Place) -> None:
    entry = "<entry><id>urn:{0}</id><t:in-reply-to ref='urn:{1}'/></entry>"
    body = "".join(entry.format(*pair) for pair in ("ab", "ba", "cc"))
    place.serve("/feed", f"<feed xmlns:t='http://purl.org/syndication/thread/1.0'>{body}</feed>")
    await place.pull()
    assert sorted(thread.id for thread in place.threads) == ["urn:a", "urn:b", "urn:c"]


async def test_titles_and_texts_that_are_missing(place: Place) -> None:
    place.serve(
        "/feed", rss("<guid>1</guid><description>Just a note</description>", "<link>https://x.test/a</link>", "")
    )
    await place.pull()
    assert sorted((t.title, p.text) for t in place.threads for p in place.posts if p.id == t.id) == [
        ("(no title)", ""),
        ("Just a note", "Just a note"),
        ("https://x.test/a", "https://x.test/a"),
    ]


async def test_what_names_no_author_is_the_feeds_own_and_no_number_of_the_community(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid><title>One</title>"))
    await place.pull()
    [post] = place.posts
    [member] = [record for record in place.mirror.records.values() if isinstance(record, Member)]
    assert member.id == post.author and member.bot and member.handle == "Blog"


async def test_authors_of_the_same_name_elsewhere_are_others(place: Place) -> None:
    place.serve("/feed", rss("<guid>1</guid><author>admin</author>", "<guid>2</guid><author>a@x.test (Admin)</author>"))
    await place.pull()
    assert {post.author for post in place.posts} == {"127.0.0.1/admin"}


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        ("", "urls is empty"),
        ("ftp://x.test/feed", "is no address of a feed"),
        ("blog.example.org", "is no address of a feed"),
        ("https://x.test:99999/", "is no address of a feed"),
        ("https://[x/", "is no address of a feed"),
        ("https://me:sesame@x.test/feed", "with a password in it is not taken"),
    ],
)
async def test_addresses_nobody_can_ask(urls: str, words: str) -> None:
    source = Rss(RssSettings(urls), FakeClock())
    with pytest.raises(Refused, match=words) as caught:
        await source.check()
    assert "sesame" not in str(caught.value)


async def test_check_names_what_is_wrong_with_some_feeds(place: Place) -> None:
    place.serve("/a", rss("<guid>1</guid>", title="A"))
    urls = f"{place.server.url}/a {place.server.url}/gone"
    source = Rss(RssSettings(urls, private=True), place.clock)
    me = await source.check()
    assert (me.name, me.version) == ("A", "RSS 2.0") and list(me.missing) == ["read 127.0.0.1/gone"]
    await source.close()


async def test_other_feeds_and_writing_are_refused(place: Place) -> None:
    source = Rss(RssSettings(place.server.url, private=True), place.clock)
    with pytest.raises(SourceError, match="a feed has no reports"):
        await anext(aiter(source.pull(Feed.REPORTS, None)))
