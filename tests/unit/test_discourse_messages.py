"""Private messages on Discourse: once and to nobody else, who may be reached, and the answer that comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.errors import Gone, Refused, Unauthorized, Unreachable
from cm_console.model.inbox import View
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Post, Ref, Thread, ThreadKind
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.discourse import Discourse
from cm_console.sources.discourse.identity import MESSAGES
from tests.servers.discourse import KEY
from tests.servers.discourse_bench import DiscourseBench
from tests.worlds import queue

BENCH = DiscourseBench


async def to_ann(bench: DiscourseBench) -> Action:
    """A message to Ann."""
    return await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, str(bench.ann)))


def written(bench: DiscourseBench) -> int:
    return len(bench.asked("POST /posts.json"))


async def test_it_is_a_thread_of_its_own_that_only_its_reader_sees(bench: DiscourseBench, source: Discourse) -> None:
    action = replace(await to_ann(bench), title=" a word  about\nyour post ")
    receipt = await source.push(action)
    topic = bench.site.topics[int(receipt.remote_id)]
    assert (topic.allowed, topic.is_warning) == ([bench.server.me.id, bench.ann], False)
    assert await bench.told(str(bench.ann)) == [action.text] and await bench.told(str(bench.bob)) == []
    thread, post = receipt.records
    assert isinstance(thread, Thread) and isinstance(post, Post)
    assert (thread.id, thread.kind, thread.title) == (str(topic.id), ThreadKind.DIRECT, "A word about your post")
    assert (post.thread, post.text, post.author) == (thread.id, action.text, str(bench.server.me.id))


async def test_once_even_if_the_answer_was_lost(bench: DiscourseBench, source: Discourse) -> None:
    action = replace(await to_ann(bench), title="hello there!!")
    await bench.lose_next_answer()
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    found = await source.find(action)
    assert found is not None and isinstance(found.records[0], Thread)
    bench.clock.advance(DAY // 1000)
    again = await source.push(action)
    assert again.remote_id == found.remote_id and await bench.told(str(bench.ann)) == [action.text]
    bench.site.topics[int(found.remote_id)].external_id = None  # a server that keeps none on messages
    bench.site.topics[int(found.remote_id)].title = "Hello there!"  # as Discourse tidies titles up
    by_words = await source.find(action)
    assert by_words is not None and by_words.remote_id == found.remote_id
    for other in (
        replace(action, target=Ref(Kind.MEMBER, str(bench.bob))),
        replace(action, title="Another matter"),
        replace(action, text="Other words"),
        replace(action, taken=frozenset({found.remote_id})),
        replace(action, tried_at=Instant(bench.clock.now() + HOUR)),
    ):
        assert await source.find(other) is None


async def test_the_receipt_brings_the_thread_even_if_it_cannot_be_read(
    bench: DiscourseBench, source: Discourse
) -> None:
    bench.server.plan("fail_before", lambda seen: seen.method == "GET" and seen.path.startswith("/t/"))
    receipt = await source.push(await to_ann(bench))
    thread, post = receipt.records
    assert isinstance(thread, Thread) and isinstance(post, Post)
    assert (thread.id, thread.kind, post.thread) == (receipt.remote_id, ThreadKind.DIRECT, receipt.remote_id)


@pytest.mark.parametrize(
    ("title", "text", "words"),
    [
        ("x" * 256, "Some words", "the subject is too long: 256 characters, 255 are allowed"),
        ("  ", "Some words", "needs a subject"),
        ("A subject", " \n", "empty"),
    ],
)
async def test_what_no_site_takes_is_refused_before_it_is_sent(
    bench: DiscourseBench, source: Discourse, title: str, text: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as caught:
        await source.push(replace(await to_ann(bench), title=title, text=text))
    assert caught.value.landed is False and not written(bench)


async def test_nobody_writes_to_themselves_or_to_who_is_gone(bench: DiscourseBench, source: Discourse) -> None:
    action = await to_ann(bench)
    with pytest.raises(Refused, match="this account itself"):
        await source.push(replace(action, target=Ref(Kind.MEMBER, str(bench.server.me.id))))
    for id in ("4711", "not-a-number"):
        with pytest.raises(Gone):
            await source.push(replace(action, target=Ref(Kind.MEMBER, id)))
    del bench.site.users[bench.ann]
    with pytest.raises(Gone, match="account of this member is gone"):
        await source.push(action)
    assert not written(bench)


async def test_staff_reaches_who_wants_no_messages_others_are_told(bench: DiscourseBench, source: Discourse) -> None:
    bench.site.users[bench.ann].takes_messages = False
    await source.push(await to_ann(bench))
    bench.server.me.admin = False
    before = written(bench)
    with pytest.raises(Refused, match="ann takes no messages from this account"):
        await source.push(await to_ann(bench))
    assert written(bench) == before
    bench.site.users[bench.ann].takes_messages = True
    assert (await source.push(await to_ann(bench))).remote_id
    assert len(await bench.told(str(bench.ann))) == 2
    with pytest.raises(Refused, match="hidden, or the account is gone") as caught:
        await source.push(replace(await to_ann(bench), target=Ref(Kind.MEMBER, "4711")))
    assert not isinstance(caught.value, Gone), "what we are not shown may well be there"


async def test_what_the_site_says_no_to_is_said_in_its_words(bench: DiscourseBench, source: Discourse) -> None:
    action = await to_ann(bench)
    with pytest.raises(Refused, match="Title is too short"):
        await source.push(replace(action, title="?"))
    assert await bench.told(str(bench.ann)) == []


async def test_who_may_send_none_hears_which_right_is_missing(bench: DiscourseBench, source: Discourse) -> None:
    bench.server.sends = False
    assert Verb.MESSAGE in (await source.check()).verbs, "staff always may"
    bench.server.me.admin = False
    me = await source.check()
    assert Verb.MESSAGE not in me.verbs and me.missing[Verb.MESSAGE] == MESSAGES
    with pytest.raises(Refused):
        await source.push(await to_ann(bench))
    bench.server.sends = True
    assert Verb.MESSAGE in (await source.check()).verbs


async def test_a_key_that_is_worth_nothing_is_told_apart(bench: DiscourseBench, source: Discourse) -> None:
    action = await to_ann(bench)
    await bench.unauthorized()
    with pytest.raises(Unauthorized):
        await source.push(action)


async def test_a_warning_counts_and_a_post_is_hidden_at_once(bench: DiscourseBench, source: Discourse) -> None:
    """Discourse takes these two switches as the word "true" only, not as what JSON has for it."""
    warning = await source.push(await bench.action(Verb.WARN, target=Ref(Kind.MEMBER, str(bench.ann))))
    assert bench.site.topics[int(warning.remote_id)].is_warning
    post = await bench.add_post(await bench.add_thread(1), "Rude words here")
    await source.push(await bench.action(Verb.HIDE, target=Ref(Kind.POST, post)))
    assert bench.site.posts[int(post)].hidden
    assert bench.asked("POST /post_actions")[0].json()["take_action"] == "true"


async def test_the_members_answer_needs_a_reply(
    bench: DiscourseBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORUM_KEY", KEY)
    home = Home(tmp_path)
    settings = {"url": bench.server.url, "username": "team", "token": "env:FORUM_KEY"}
    sources = (SourceConfig("forum", "discourse", settings),)
    config = Config(home.config, "Bikes", ZoneInfo("UTC"), me="mo", undo_seconds=0, sources=sources)
    console = Console.open(config, home, clock=bench.clock)
    try:
        await console.sync()
        await queue(console, await to_ann(bench))
        await console.deliver()
        assert [row.state for row in await console.outbox.page(limit=10)] == [State.SENT]
        assert await console.inbox.page(View.NEEDS_REPLY) == []
        [mine] = await console.inbox.page(View.ALL)
        assert mine.title.startswith("Title of action")
        bench.clock.advance(60)
        topic = bench.site.topics[next(reversed(bench.site.topics))]
        bench.site.add_post(topic.id, bench.ann, "Thank you for writing. How do I change it?")
        await console.sync()
        [waiting] = await console.inbox.page(View.NEEDS_REPLY)
        assert waiting.id == mine.id
    finally:
        await console.stop()
