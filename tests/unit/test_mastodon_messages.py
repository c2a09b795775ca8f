"""Writing to one member of Mastodon privately: whom it reaches, whom it must not reach, how it is found again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, Refused, Unauthorized, Unreachable
from cm_console.model.records import Kind, Post, Ref, Thread, ThreadKind
from cm_console.model.source import Feed
from cm_console.model.time import HOUR
from cm_console.sources.mastodon import Mastodon
from tests.servers.mastodon_bench import GoToSocialBench, MastodonBench, PleromaBench
from tests.servers.mastodon_world import Status

BENCH = MastodonBench


everywhere = pytest.mark.parametrize("bench", [MastodonBench, GoToSocialBench, PleromaBench], indirect=True)


async def to(bench: MastodonBench, member: str, text: str = "") -> Action:
    action = await bench.action(Verb.MESSAGE, target=Ref(Kind.MEMBER, member))
    return replace(action, text=text or action.text)


def sent(bench: MastodonBench, receipt: Receipt | None) -> Status:
    assert receipt is not None
    return bench.site.statuses[receipt.remote_id]


@everywhere
async def test_it_reaches_one_member_and_nobody_else(bench: MastodonBench, source: Mastodon) -> None:
    far = bench.site.add_account("zoe", domain="other.example")
    for member, named in ((bench.ann, "@ann"), (far.id, "@zoe@other.example")):
        action = await to(bench, member, "Write to help@example.org, or see https://other.example/@bob.")
        receipt = await source.push(action)
        made = sent(bench, receipt)
        assert (made.visibility, made.mentions, made.reply_to) == ("direct", [member], None)
        assert made.text == f"{named} {action.text}"
        thread, post = receipt.records[0], receipt.records[-1]
        assert isinstance(thread, Thread)
        assert isinstance(post, Post)
        assert (thread.kind, thread.id, post.thread) == (ThreadKind.DIRECT, made.id, made.id)
        assert not receipt.note


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ask @bob", "@bob"),
        ("@bob knows, (@carol@far.example) too", "@bob, @carol@far.example"),
        ("look:@bob.", "@bob"),
        ("@@bob", "@bob"),
        ("@ann@elsewhere.example is another", "@ann@elsewhere.example"),
    ],
)
async def test_whoever_else_a_text_names_would_get_it_too(
    bench: MastodonBench, source: Mastodon, text: str, names: str
) -> None:
    with pytest.raises(Refused, match=f"gets it too: write {names} without the @"):
        await source.push(await to(bench, bench.ann, text))
    assert not bench.asked("POST")


async def test_their_own_name_may_stand_in_it(bench: MastodonBench, source: Mastodon) -> None:
    """It is put before the text all the same: within a text no server need see it."""
    for text in ("Dear @ann, hello", "@Ann hello", "look=@ann@127.0.0.1"):
        made = sent(bench, await source.push(await to(bench, bench.ann, text)))
        assert made.text == f"@ann {text}"
        assert made.mentions == [bench.ann]


async def test_it_is_counted_with_the_name(bench: MastodonBench, source: Mastodon) -> None:
    far = bench.site.add_account("zoe", domain="a-long-name.example")
    await source.push(await to(bench, far.id, "x" * 495))
    writes = len(bench.asked("POST"))
    with pytest.raises(Refused, match=r"502 characters as Mastodon counts them, with whom .* shorten it by 2"):
        await source.push(await to(bench, far.id, "x" * 497))
    with pytest.raises(Refused, match="nothing to say"):
        await source.push(replace(await to(bench, bench.ann), text=" ", title=""))
    assert len(bench.asked("POST")) == writes


async def test_a_title_is_sent_only_where_there_is_no_text(bench: MastodonBench, source: Mastodon) -> None:
    action = replace(await to(bench, bench.ann, "Come and see us"), title="Welcome")
    assert sent(bench, await source.push(action)).text == "@ann Come and see us"
    alone = replace(await to(bench, bench.ann), text="", title="Welcome")
    assert sent(bench, await source.push(alone)).text == "@ann Welcome"


async def test_who_cannot_read_it_is_not_written_to(bench: MastodonBench, source: Mastodon) -> None:
    with pytest.raises(Gone):
        await source.push(await to(bench, "424242"))
    with pytest.raises(Refused, match="the account we write from"):
        await source.push(await to(bench, bench.server.me.id))
    with pytest.raises(Refused, match="needs a member"):
        await source.push(replace(await to(bench, bench.ann), target=Ref(Kind.THREAD, bench.ann)))
    bench.site.accounts[bench.ann].suspended = True
    with pytest.raises(Refused, match="suspended"):
        await source.push(await to(bench, bench.ann))
    assert not bench.asked("POST")


async def test_the_receipt_tells_when_the_server_named_nobody(
    bench: MastodonBench, source: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.site, "named", lambda _: [])
    receipt = await source.push(await to(bench, bench.ann))
    assert "may not have got it" in receipt.note


@everywhere
async def test_a_lost_answer_makes_no_second_message(bench: MastodonBench, source: Mastodon) -> None:
    action = await to(bench, bench.ann)
    await bench.lose_next_answer()
    with pytest.raises(Unreachable) as caught:
        await source.push(action)
    assert caught.value.landed is None
    bench.clock.advance(70)
    receipt = await source.push(action)
    assert len(await bench.told(bench.ann)) == 1
    bench.clock.advance(2 * HOUR / 1000)
    found = await source.find(action)
    assert found is not None
    assert found.remote_id == receipt.remote_id


@everywhere
async def test_the_same_words_to_another_member_are_another_message(bench: MastodonBench, source: Mastodon) -> None:
    """As a greeting goes out to many: what ann got is no proof that bob did, nor that it was published."""
    ann = await to(bench, bench.ann)
    bob = replace(await to(bench, bench.bob), text=ann.text)
    public = replace(await bench.action(Verb.PUBLISH), text=ann.text)
    first = await source.push(ann)
    assert await source.find(bob) is None
    assert await source.find(public) is None
    second, third = await source.push(bob), await source.push(public)
    assert len({first.remote_id, second.remote_id, third.remote_id}) == 3
    for action, receipt in ((ann, first), (bob, second), (public, third)):
        found = await source.find(action)
        assert found is not None
        assert found.remote_id == receipt.remote_id
    assert (await bench.told(bench.ann), await bench.told(bench.bob)) == ([f"@ann {ann.text}"], [f"@bob {ann.text}"])


async def test_the_right_that_is_missing_is_named(bench: MastodonBench, source: Mastodon) -> None:
    for scopes, right in ((["read"], "write:statuses"), (["read:statuses", "write:statuses"], "read:accounts")):
        fresh = bench.source()
        bench.server.scopes = scopes
        with pytest.raises(Unauthorized) as caught:
            await fresh.push(await to(bench, bench.ann))
        assert caught.value.right == right
        await fresh.close()
    bench.server.scopes = ["read"]
    identity = await source.check()
    assert identity.missing[Verb.MESSAGE] == "scope write:statuses"
    bench.server.scopes = ["profile", "read:statuses", "write:statuses"]
    identity = await source.check()
    assert identity.missing[Verb.MESSAGE] == "scope read:accounts"
    assert Verb.REPLY in identity.verbs


@everywhere
async def test_what_they_answer_stands_in_its_thread(bench: MastodonBench, source: Mastodon) -> None:
    made = sent(bench, await source.push(await to(bench, bench.ann)))
    bench.clock.advance(60)
    bench.site.add_status(bench.ann, "@team gladly", reply_to=made.id, visibility="direct")
    pages = [page async for page in source.pull(Feed.THREADS, None)]
    found = [record for page in pages for record in page.records]
    threads = {record.id: record.kind for record in found if isinstance(record, Thread)}
    assert threads == {made.id: ThreadKind.DIRECT}
    assert {record.thread for record in found if isinstance(record, Post)} == {made.id}
