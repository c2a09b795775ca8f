"""The views of the inbox beside those by status, saved ones, filters, and what a snooze waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cm_console.console import Console
from cm_console.model.inbox import Filter, SavedView, Status, View
from cm_console.model.narrowing import odd, parse_filter, shown_filter
from cm_console.model.records import Kind, Post, Thread
from cm_console.model.text import Untrusted
from cm_console.model.thanks import only_thanks
from cm_console.model.time import DAY, HOUR, MINUTE, Instant, iso, parse_iso
from cm_console.model.when import parse_when
from cm_console.services.desk import Impossible
from tests.unit.test_snooze import BERLIN
from tests.unit.test_store_clocks import ask, id_of, listed, says
from tests.worlds import Lab


@pytest.fixture
async def mo(lab: Lab) -> Console:
    console = lab.console()
    await console.sync()
    return console


async def mentions(console: Console) -> list[int]:
    found = await listed(console, View.MENTIONS)
    assert await console.inbox.count(View.MENTIONS) == len(found)
    for id in found:
        row = next(row for row in await console.inbox.page(View.MENTIONS) if row.id == id)
        assert await console.inbox.key_of(View.MENTIONS, id) == row.key
    return found


async def test_members_mention_us(lab: Lab, mo: Console) -> None:
    first, second = await ask(lab, mo), await ask(lab, mo)
    assert await mentions(mo) == []
    await says(lab, mo, first, "ann", "@team please", mentions=True)
    await says(lab, mo, second, "ann", "@team too", mentions=True)
    assert await mentions(mo) == [second, first], "newest first"
    await mo.inbox.done([second])
    assert await mentions(mo) == [first]
    await says(lab, mo, first, "bob")
    assert await mentions(mo) == [], "the team has written"
    await says(lab, mo, second, "ann", "and @team again", mentions=True)
    assert await mentions(mo) == [second]


async def test_a_note_names_a_colleague_until_they_have_dealt_with_it(lab: Lab, mo: Console) -> None:
    ann, thread = lab.console("Ann"), await ask(lab, mo)
    await mo.inbox.note(thread, "can @ann look? @mo cannot. mail a@anna.example")
    assert await mentions(ann) == [thread]
    assert await mentions(mo) == [], "oneself needs no telling"
    await mo.inbox.assign([thread], "Ann")
    assert await mentions(ann) == [thread], "what others decide deals with nothing"
    await ann.inbox.snooze([thread], None)
    assert await mentions(ann) == []
    await ann.journal.undo()
    assert await mentions(ann) == [thread], "undone with it"
    other = await ask(lab, mo)
    await mo.inbox.note(other, "@ann.")
    assert await mentions(ann) == [other, thread]
    await mo.journal.undo()
    assert await mentions(ann) == [thread]


async def test_mentions_of_both_kinds_page_as_one_list(lab: Lab, mo: Console) -> None:
    threads = []
    for number in range(6):
        threads.append(await ask(lab, mo))
        lab.clock.advance(60)
        if number % 2:
            await says(lab, mo, threads[-1], "ann", mentions=True)
        else:
            await lab.console("bea").inbox.note(threads[-1], "for @mo")
    await lab.console("bea").inbox.note(threads[1], "for @mo too")
    wanted = threads[::-1]
    assert await mentions(mo) == wanted
    page = await mo.inbox.page(View.MENTIONS, limit=2)
    second = await mo.inbox.page(View.MENTIONS, key=page[-1].key, limit=2)
    third = await mo.inbox.page(View.MENTIONS, key=second[-1].key, limit=9)
    assert [row.id for row in (*page, *second, *third)] == wanted
    back = await mo.inbox.page(View.MENTIONS, key=third[0].key, forward=False, limit=3)
    assert [row.id for row in back] == wanted[1:4][::-1]
    assert await listed(mo, View.MENTIONS, words="nothing like it") == []


async def test_newcomers_first_posts(lab: Lab, mo: Console) -> None:
    eve = await lab.bench.add_member("eve")
    first, second = await ask(lab, mo), await ask(lab, mo)
    remote = await lab.bench.add_thread(posts=0)
    thread = lab.bench.platform.records(Kind.THREAD)[-1]
    assert isinstance(thread, Thread)
    lab.bench.platform.put(replace(thread, author=eve))
    await mo.sync()
    hers = await id_of(mo, remote)
    await says(lab, mo, hers, eve)
    assert await listed(mo, View.NEWCOMERS) == [hers, first]
    await mo.inbox.done([hers])
    assert await listed(mo, View.NEWCOMERS) == [first], f"not {second}: it is a second one"


async def test_an_older_first_post_learned_of_later(lab: Lab, mo: Console) -> None:
    """A past that is pulled backwards: what was first is first no more, though nothing in it changed."""
    lab.clock.advance(86_400)
    thread = await ask(lab, mo)
    assert await listed(mo, View.NEWCOMERS) == [thread]
    old = lab.bench.platform.put(Thread("old", Untrusted("Older"), "ann", Instant(lab.clock.now() - DAY)))
    words = Post("old-1", old.id, "ann", old.created_at, Untrusted("long ago"))
    lab.bench.platform.put(words)
    await mo.sync()
    older = await id_of(mo, "old")
    assert await listed(mo, View.NEWCOMERS) == [older]
    await lab.bench.delete_post("old-1")
    await mo.sync()
    assert await listed(mo, View.NEWCOMERS) == [thread]


async def test_unanswered(lab: Lab, mo: Console) -> None:
    answered, quiet, done = [await ask(lab, mo) for _ in range(3)]
    await says(lab, mo, answered, "bob")
    await says(lab, mo, quiet, "ann", "anybody?")
    await mo.inbox.done([done])
    assert await listed(mo, View.UNANSWERED) == [quiet, done], "put away is not answered"
    assert (await mo.metrics.measure(None, ["unanswered"])).metrics[0].value is not None


async def test_each_word_must_occur_wherever(lab: Lab, mo: Console) -> None:
    thread = await ask(lab, mo)
    assert await listed(mo, words="QUEST ann") == [thread], "one in the title, one in the author"
    assert await listed(mo, words="gener question") == [thread]
    assert await listed(mo, words="question nobody") == []
    assert await listed(mo, words="%") == [] == await listed(mo, words="_")


async def test_ages(lab: Lab, mo: Console) -> None:
    old = await ask(lab, mo)
    lab.clock.advance(2 * 3600)
    new = await ask(lab, mo)
    assert await listed(mo, older=HOUR) == [old]
    assert await listed(mo, newer=HOUR) == [new]
    assert await listed(mo, older=HOUR, newer=3 * HOUR) == [old]
    assert await mo.inbox.count(View.NEEDS_REPLY, Filter(older=HOUR)) == 1


@pytest.mark.parametrize(
    ("text", "narrow"),
    [
        ("", Filter()),
        ("reset 2fa", Filter("reset 2fa")),
        ("Source:forum tag:Bug assignee:ann", Filter(source="forum", tag="bug", assignee="ann")),
        ("older:3d newer:12h why", Filter("why", older=3 * DAY, newer=12 * HOUR)),
        ("older:90m", Filter(older=90 * MINUTE)),
        ("older: source: 10:30 note:x @leo #12", Filter("older: source: 10:30 note:x @leo #12")),
        ("tag:a tag:B tag:a", Filter(tag="a b")),
        (
            "why -spam -Tag:Bug -assignee:me -source:x -a:b",
            Filter("why", but=("spam", "tag:bug", "assignee:me", "source:x", "a:b")),
        ),
        ("- -older:3d -tag: --x", Filter("- -older:3d -tag:", but=("-x",))),
    ],
)
def test_filters_as_they_are_typed(text: str, narrow: Filter) -> None:
    assert parse_filter(text) == narrow
    assert parse_filter(shown_filter(narrow)) == narrow


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("why older:3d -tag:bug 10:30 https://example.org", ""),
        ("older:soon", "older: wants an age: 30m, 12h, 3d or 2w"),
        ("tag:", "tag: wants a name right behind it"),
        ("-older:3d", "-older:3d: write newer:3d"),
        ("sorce:forum", "sorce: is looked for as a word; did you mean source:?"),
    ],
)
def test_what_looks_like_a_filter_and_is_none_is_told(text: str, words: str) -> None:
    assert odd(text) == words


async def test_without(lab: Lab, mo: Console) -> None:
    first, second, third = [await ask(lab, mo) for _ in range(3)]
    await mo.inbox.tag([first, second], "bug")
    await mo.inbox.tag([second], "ui")
    await mo.inbox.assign([third], "Mo")
    await mo.inbox.assign([first], "ann")

    async def found(text: str) -> set[int]:
        narrow = parse_filter(text)
        rows = {row.id for row in await mo.inbox.page(View.ALL, narrow)} & {first, second, third}
        everything = len(await mo.inbox.page(View.ALL, narrow, limit=500))
        assert await mo.inbox.count(View.ALL, narrow) == everything
        return rows

    assert await found("tag:bug tag:ui") == {second}
    assert await found("-tag:ui") == {first, third}
    assert await found("-tag:ui -tag:bug") == {third}
    assert await found("assignee:none") == {second}
    assert await found("assignee:me") == {third} and await found("-assignee:me") == {first, second}
    assert await found("-assignee:ann") == {second, third} and await found("-assignee:none") == {first, third}
    assert await found("source:forum") == {first, second, third} and await found("-source:forum") == set()
    title = (await mo.inbox.page(View.ALL))[0].title.split()[0]
    assert await found(title) == {first, second, third} - await found(f"-{title}")


async def test_saved_views_are_the_teams(lab: Lab, mo: Console) -> None:
    ann = lab.console("ann")
    assert await mo.saved_views.save(" Old ones ", View.MINE, Filter(older=DAY)) == "Old ones"
    assert await ann.saved_views.all() == [SavedView("Old ones", View.MINE, Filter(older=DAY))]
    await mo.saved_views.save("Old ones", View.ALL, Filter(tag="bug"))
    assert await ann.saved_views.named("Old ones") == SavedView("Old ones", View.ALL, Filter(tag="bug"))
    await mo.journal.undo()
    assert (await ann.saved_views.named("Old ones")).base is View.MINE
    await ann.saved_views.remove("Old ones")
    assert await mo.saved_views.all() == []
    await ann.journal.undo()
    assert len(await mo.saved_views.all()) == 1
    with pytest.raises(Impossible, match="saved are: Old ones"):
        await mo.saved_views.remove("old")
    for name, words in (("", "needs a name"), ("done", "a view already")):
        with pytest.raises(Impossible, match=words):
            await mo.saved_views.save(name, View.ALL, Filter())


@pytest.mark.parametrize("thanks_too", [True, False])
async def test_a_bare_thanks_need_not_end_a_snooze(lab: Lab, mo: Console, thanks_too: bool) -> None:
    thread = await ask(lab, mo)
    await says(lab, mo, thread, "bob", "like this")
    await mo.inbox.snooze([thread], None, thanks_too=thanks_too)
    card = await mo.inbox.thread(thread)
    assert card is not None
    assert card.why == f"put away until they write {'again' if thanks_too else 'more than thanks'}"
    await says(lab, mo, thread, "bob", "by the way")
    await says(lab, mo, thread, "ann", "Thank you so much, @bob!")
    assert await listed(mo, View.NEEDS_REPLY) == ([thread] if thanks_too else [])
    assert await listed(mo, View.SNOOZED) == ([] if thanks_too else [thread])
    await says(lab, mo, thread, "ann", "Thanks. But now it is worse")
    assert await listed(mo, View.NEEDS_REPLY) == [thread]


@pytest.mark.parametrize(
    "text", ["Thanks!", "thank you so much, that worked 🎉", "Danke @ann", "> so\n\nthx", "Thanks, perfect"]
)
def test_only_thanks(text: str) -> None:
    assert only_thanks(text, ("thanks", "thank you", "thx", "danke"))


@pytest.mark.parametrize(
    "text", ["", "ok", "Thanks, but it fails", "thanks?", "Thanks, 404 now", "Thanksgiving", "thanks https://a.example"]
)
def test_more_than_thanks(text: str) -> None:
    assert not only_thanks(text, ("thanks", "thank you"))
    assert not only_thanks("thanks", ())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30m", "2026-11-22T09:30:00Z"),
        ("3d", "2026-11-25T09:00:00Z"),
        ("14:00", "2026-11-22T13:00:00Z"),
        ("9:30", "2026-11-23T08:30:00Z"),
        ("thu", "2026-11-26T08:00:00Z"),
        ("tomorrow 10:30", "2026-11-23T09:30:00Z"),
        ("2026-12-01", "2026-12-01T08:00:00Z"),
        ("2026-12-01 14:00", "2026-12-01T13:00:00Z"),
        ("26 Nov", "2026-11-26T08:00:00Z"),
    ],
)
def test_a_time_to_come(text: str, at: str) -> None:
    assert iso(parse_when(text, parse_iso("2026-11-22T09:00:00Z"), BERLIN)) == at


@pytest.mark.parametrize("text", ["", "x", "25:00", "3", "2026-13-01", "soon 10:00"])
def test_no_time_to_come(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; write 30m"):
        parse_when(text, parse_iso("2026-11-22T09:00:00Z"), BERLIN)


async def test_done_forgets_the_due_date_and_undo_brings_it_back(lab: Lab, mo: Console) -> None:
    thread = await ask(lab, mo)
    at = Instant(lab.clock.now() + HOUR)
    await mo.clocks.set_due([thread], at)
    await mo.inbox.done([thread])
    row = await mo.inbox.row(thread)
    assert row is not None and (row.status, row.due_by) == (Status.DONE, None)
    await mo.journal.undo()
    row = await mo.inbox.row(thread)
    assert row is not None and (row.status, row.due_by, row.due_at) == (Status.OPEN, at, at)


async def test_a_colleagues_claim_is_seen_within_a_second(lab: Lab, mo: Console) -> None:
    """Two consoles on one database, each with its engine running."""
    thread = await ask(lab, mo)
    ann = lab.console("ann")
    await ann.start()
    await mo.start()
    await lab.clock.tick(3)
    await ann.idle()
    seen: list[frozenset[str]] = []
    ann.changes.watchers.append(seen.append)
    await mo.inbox.assign([thread], "mo")
    await mo.inbox.reply(thread, "on it")
    assert not seen
    for _ in range(5):
        lab.clock.advance(0.1)
        await ann.idle()
    assert any("inbox" in topics for topics in seen), "within half a second, the screen has as much to follow"
    row = await ann.inbox.row(thread)
    assert row is not None and (row.assignee, row.status, row.pending) == ("mo", Status.DONE, 1)
