"""The WordPress source against a real site: pulls, each verb and its effect read back, lost answers, the round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Gone, Refused, Throttled, Unauthorized, Unreachable
from cm_console.model.inbox import View
from cm_console.model.moderation import CaseView
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import DAY, HOUR, MINUTE, SECOND, Instant, SystemClock
from cm_console.sources.wordpress import WordPress, WordPressSettings
from tests.live import wordpress
from tests.live.clock import Ahead, settled
from tests.live.conftest import Live
from tests.live.fault_proxy import FaultProxy


@pytest.fixture(scope="session", name="wordpress")
def _wordpress(live: Live) -> wordpress.WordPress:
    return live.get("wordpress", wordpress.WordPress)


@dataclass
class Place:
    """The site, a fresh post on it, and the source that sees it through a proxy."""

    site: wordpress.WordPress
    post: int
    source: WordPress
    proxy: FaultProxy

    def action(self, verb: Verb, target: Ref | None = None, **more: object) -> Action:
        return Action(str(uuid4()), verb, target, tried_at=SystemClock().now(), **more)  # type: ignore[arg-type]  # kwargs

    @property
    def thread(self) -> Ref:
        return Ref(Kind.THREAD, str(self.post))

    def reply(self, words: str, **more: object) -> Action:
        return self.action(Verb.REPLY, self.thread, thread=self.thread.id, text=words, **more)

    def comment(self, id: object) -> dict[str, object]:
        found: dict[str, object] = self.site.call("admin", "GET", f"/comments/{id}", context="edit")
        return found

    def said(self, words: str) -> int:
        listed = self.site.call("admin", "GET", "/comments", post=self.post, status="any", context="edit", per_page=100)
        return sum(words in one["content"]["raw"] for one in listed)


@asynccontextmanager
async def opened(
    site: wordpress.WordPress, *, user: str = "admin", token: str = "", history: int = 0
) -> AsyncIterator[Place]:
    made = site.call(
        "admin", "POST", "/posts", {"title": f"Post {uuid4().hex[:6]}", "content": "x", "status": "publish"}
    )
    async with FaultProxy(site.port) as proxy:
        settings = WordPressSettings(proxy.url, user, Secret(token or site.passwords[user]), history)
        source = WordPress(settings, SystemClock())
        yield Place(site, int(made["id"]), source, proxy)
        await source.close()


@pytest.fixture
async def place(wordpress: wordpress.WordPress) -> AsyncIterator[Place]:
    async with opened(wordpress) as made:
        yield made


@dataclass
class Pulled:
    """What a pull brought."""

    records: dict[Ref, Record]
    gone: set[Ref]
    cursor: Cursor | None
    pages: int

    def post(self, id: object) -> Post:
        found = self.records[Ref(Kind.POST, str(id))]
        assert isinstance(found, Post)
        return found


async def pull(source: WordPress, feed: Feed, cursor: Cursor | None = None) -> Pulled:
    made = Pulled({}, set(), cursor, 0)
    async for page in source.pull(feed, cursor):
        assert len(page.records) <= 100 and not (page.more and page.cursor == made.cursor)
        made.records |= {ref_of(record): record for record in page.records}
        made.gone = (made.gone | set(page.gone)) - {ref_of(record) for record in page.records}
        made.cursor, made.pages = page.cursor, made.pages + 1
    return made


async def test_check_tells_what_each_role_may(wordpress: wordpress.WordPress) -> None:
    for user, lost in (
        ("admin", set[str]()),
        ("ed", {Feed.MEMBERS}),
        ("al", {Feed.MEMBERS, Feed.REPORTS, Verb.APPROVE, Verb.SPAM, Verb.REMOVE, Verb.CLOSE}),
        ("sue", {Feed.MEMBERS, Feed.REPORTS, Feed.SCHEDULED, Verb.PUBLISH, Verb.APPROVE}),
    ):
        async with opened(wordpress, user=user) as here:
            me = await here.source.check()
            assert me.name == user and lost <= set(me.missing) and Verb.REPLY in me.verbs
            assert (not me.missing) is (user == "admin")
            assert me.server_time is not None and abs(me.server_time - SystemClock().now()) < MINUTE
            if user == "ed":
                assert set(me.missing) == lost and "list_users" in me.missing[Feed.MEMBERS]


async def test_a_worthless_password(wordpress: wordpress.WordPress) -> None:
    async with opened(wordpress, token="abcd efgh ijkl mnop qrst uvwx") as here:
        with pytest.raises(Unauthorized, match="application password"):
            await here.source.check()
        for feed in (Feed.THREADS, Feed.REPORTS, Feed.MEMBERS, Feed.SCHEDULED):
            with pytest.raises(Unauthorized):
                await pull(here.source, feed)
        with pytest.raises(Unauthorized):
            await here.source.push(here.reply("May I?"))


async def test_a_site_without_readable_addresses(wordpress: wordpress.WordPress, place: Place) -> None:
    wordpress.php("update_option('permalink_structure', ''); flush_rewrite_rules(false);")
    try:
        me = await place.source.check()
        receipt = await place.source.push(place.reply("Here too"))
    finally:
        wordpress.php("update_option('permalink_structure', '/%postname%/'); flush_rewrite_rules(false);")
    assert me.name == "admin"
    assert place.comment(receipt.remote_id)["post"] == place.post


async def test_a_full_pull_and_what_is_new_since(place: Place) -> None:
    site = place.site
    asked = site.visit(place.post, "Ann", "How do I get a <b>refund</b>?\n\nPlease & thanks")
    answered = site.call("ed", "POST", "/comments", {"post": place.post, "parent": asked, "content": "Like this"})["id"]
    spam = site.visit(place.post, "Ann", "Buy followers")
    site.call("admin", "POST", f"/comments/{spam}", {"status": "spam"})
    loop = "for ($i = 0; $i < 105; $i++) wp_insert_comment(['comment_post_ID' => %d, 'comment_content' => \"Line $i\","
    site.php((loop + " 'comment_author' => \"V$i\", 'comment_approved' => 1]);") % place.post)
    first = await pull(place.source, Feed.THREADS)
    here = [r for r in first.records.values() if isinstance(r, Post) and r.thread == str(place.post)]
    assert len(here) == 109 and first.pages >= 2
    question, answer = first.post(asked), first.post(answered)
    assert question.text == "How do I get a refund?\n\nPlease & thanks" and question.state is PostState.HELD
    assert answer.reply_to == question.id and answer.author == "2" and first.post(spam).state is PostState.HIDDEN
    ann = first.records[Ref(Kind.MEMBER, str(question.author))]
    assert isinstance(ann, Member) and ann.handle == "Ann" and first.post(spam).author == ann.id
    assert "visitors.test" not in repr(first.records)
    thread = first.records[place.thread]
    assert isinstance(thread, Thread) and thread.author == "1" and thread.place == "Uncategorized" and not thread.closed

    again = await pull(place.source, Feed.THREADS, first.cursor)
    assert not again.records and again.pages == 1

    late = site.visit(place.post, "Bob", "One more thing")
    site.call("admin", "POST", f"/comments/{answered}", {"content": "Like that"})
    site.call("admin", "POST", f"/comments/{spam}", {"status": "unspam"})
    site.call("admin", "DELETE", f"/comments/{asked}")
    site.call("admin", "POST", f"/posts/{place.post}", {"title": "Renamed", "comment_status": "closed"})
    page = site.call("admin", "POST", "/pages", {"title": "A page", "content": "y", "status": "publish"})["id"]
    second = await pull(place.source, Feed.THREADS, again.cursor)
    assert second.post(late).text == "One more thing"
    assert second.post(spam).state is PostState.HELD, "further back than the newest hundred"
    assert second.post(asked).state is PostState.DELETED
    thread = second.records[place.thread]
    assert isinstance(thread, Thread) and thread.title == "Renamed" and thread.closed
    assert Ref(Kind.THREAD, str(page)) in second.records

    site.call("admin", "DELETE", f"/comments/{late}", force="true")
    site.call("admin", "DELETE", f"/pages/{page}")
    third = await pull(place.source, Feed.THREADS, second.cursor)
    assert {Ref(Kind.POST, str(late)), Ref(Kind.THREAD, str(page))} <= third.gone


async def test_a_binned_post_comes_back_with_its_comments(place: Place) -> None:
    site = place.site
    id = site.visit(place.post, "Ann", "Still there?")
    site.call("admin", "POST", f"/comments/{id}", {"status": "approved"})
    first = await pull(place.source, Feed.THREADS)
    site.call("admin", "DELETE", f"/posts/{place.post}")
    second = await pull(place.source, Feed.THREADS, first.cursor)
    assert place.thread in second.gone and place.thread not in second.records
    site.php(f"wp_untrash_post({place.post}); wp_publish_post({place.post});")
    third = await pull(place.source, Feed.THREADS, second.cursor)
    assert place.thread in third.records and third.post(id).state is PostState.VISIBLE


async def test_the_history_is_bounded(wordpress: wordpress.WordPress) -> None:
    async with opened(wordpress, history=30) as here:
        old = wordpress.call("admin", "POST", "/posts", {"title": "Old", "content": "x", "status": "publish"})["id"]
        insert = "wp_insert_comment(['comment_post_ID' => %d, 'comment_content' => '%s', 'comment_approved' => 1,"
        days = " 'comment_date_gmt' => $t = gmdate('Y-m-d H:i:s', time() - %d * 86400), 'comment_date' => $t])"
        code = [(insert + days) % (old, words, age) for words, age in (("long ago", 90), ("lately", 10))]
        was = "gmdate('Y-m-d H:i:s', time() - 100 * 86400)"
        set = "['post_date' => $t, 'post_date_gmt' => $t, 'post_modified' => $t, 'post_modified_gmt' => $t]"
        update = f"$t = {was}; $wpdb->update($wpdb->posts, {set}, ['ID' => {old}]); clean_post_cache({old});"
        wordpress.php(f"global $wpdb; {'; '.join(code)}; {update}")
        first = await pull(here.source, Feed.THREADS)
        texts = {str(r.text) for r in first.records.values() if isinstance(r, Post)}
        assert "lately" in texts and "long ago" not in texts
        assert Ref(Kind.THREAD, str(old)) in first.records, "what somebody lately commented comes along"


async def test_members_first_all_then_who_joined(place: Place) -> None:
    first = await pull(place.source, Feed.MEMBERS)
    staff = {str(m.handle): m.staff for m in first.records.values() if isinstance(m, Member)}
    assert {name: staff[name] for name in ("admin", "ed", "al", "sue")} == {
        "admin": True, "ed": True, "al": True, "sue": False,
    }  # fmt: skip
    name = f"new{uuid4().hex[:6]}"
    body = {"username": name, "email": f"{name}@ex.test", "password": "x" * 20, "roles": ["subscriber"]}
    place.site.call("admin", "POST", "/users", body)
    second = await pull(place.source, Feed.MEMBERS, first.cursor)
    [member] = second.records.values()
    assert isinstance(member, Member) and member.handle == name and member.joined_at is not None
    assert abs(member.joined_at - SystemClock().now()) < MINUTE
    assert not (await pull(place.source, Feed.MEMBERS, second.cursor)).records


async def test_without_the_right_to_list_users_those_who_comment_are_known(wordpress: wordpress.WordPress) -> None:
    async with opened(wordpress, user="ed") as here:
        wordpress.call("sue", "POST", "/comments", {"post": here.post, "content": f"Sue says {uuid4().hex}"})
        found = await pull(here.source, Feed.THREADS)
        sue = next(m for m in found.records.values() if isinstance(m, Member) and m.id == "4")
        assert (sue.handle, sue.staff) == ("sue", False)
        authors = await pull(here.source, Feed.MEMBERS)
        assert {m.id for m in authors.records.values() if isinstance(m, Member) and m.staff} >= {"1"}


async def test_reply(place: Place) -> None:
    asked = place.site.visit(place.post, "Ann", "How?")
    words = "Like <this> & that:\n\n> quoted\nsee `x < y` and https://example.org/a?b=1&c=2"
    receipt = await place.source.push(place.reply(words, reply_to=str(asked)))
    made = place.comment(receipt.remote_id)
    assert (made["parent"], made["author"], made["status"]) == (asked, 1, "approved")
    [post] = receipt.records
    assert isinstance(post, Post)
    assert post.text == "Like <this> & that:\n\n> quoted\n\nsee `x < y` and https://example.org/a?b=1&c=2"
    with pytest.raises(Refused, match="same words"):
        await place.source.push(replace(place.reply(words, reply_to=str(asked)), taken=frozenset({receipt.remote_id})))
    with pytest.raises(Gone):
        await place.source.push(replace(place.reply("x"), target=Ref(Kind.THREAD, "999999")))
    with pytest.raises(Refused, match="65,525"):
        await place.source.push(place.reply("\N{GRINNING FACE}" * 20_000))


async def test_who_may_not_moderate_waits_between_two_comments_and_for_approval(wordpress: wordpress.WordPress) -> None:
    async with opened(wordpress, user="sue") as here:
        receipt = await here.source.push(here.reply(f"First {uuid4().hex}"))
        assert "approval" in receipt.note
        wordpress.php("update_option('cm_live_flood', '1');")
        try:
            with pytest.raises(Throttled) as caught:
                await here.source.push(here.reply(f"Second {uuid4().hex}"))
            assert 0 < caught.value.until - SystemClock().now() <= 15 * SECOND
        finally:
            wordpress.php("delete_option('cm_live_flood');")
        with pytest.raises(Unauthorized) as denied:
            await here.source.push(here.action(Verb.APPROVE, Ref(Kind.POST, receipt.remote_id)))
        assert "moderate_comments" in denied.value.right
        with pytest.raises(Unauthorized) as denied:
            await here.source.push(here.action(Verb.PUBLISH, title="x", text="y"))
        assert "publish_posts" in denied.value.right
        assert not (await pull(here.source, Feed.SCHEDULED)).records


async def test_the_lost_answer_to_a_reply_is_found_and_a_repeat_refused_there(place: Place) -> None:
    words = f"Once and only once {uuid4().hex}"
    action = place.reply(words)
    order = place.proxy.lose_answer(rb"POST \S*/wp/v2/comments ")
    with pytest.raises(Unreachable) as caught:
        await place.source.push(action)
    assert order.done and caught.value.landed is None
    found = await place.source.find(action)
    assert found is not None and place.comment(found.remote_id)["post"] == place.post
    repeat = await place.source.push(action)
    assert repeat.remote_id == found.remote_id and place.said(words) == 1, "WordPress itself refuses the repeat: 409"
    assert await place.source.find(replace(action, taken=frozenset({found.remote_id}))) is None

    cut = place.proxy.cut_before(rb"Never arrived")
    action = place.reply("Never arrived at first")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    assert cut.done and await place.source.find(action) is None
    await place.source.push(action)
    assert place.said("Never arrived at first") == 1


async def test_publish_edit_and_remove_a_post(place: Place) -> None:
    site, title = place.site, f"News & <more> {uuid4().hex[:6]}"
    action = place.action(Verb.PUBLISH, title=title, text="We meet at eight.\n\n> bring cake\n\nhttps://example.org/x")
    order = place.proxy.lose_answer(rb"POST \S*/wp/v2/posts ")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    found = await place.source.find(action)
    assert order.done and found is not None
    made = site.call("admin", "GET", f"/posts/{found.remote_id}", context="edit")
    assert made["status"] == "publish" and made["slug"].startswith("news-more-")
    thread, post = found.records
    assert isinstance(thread, Thread) and thread.title == title
    assert isinstance(post, Post) and post.text == "We meet at eight.\n\n> bring cake\n\nhttps://example.org/x"
    assert [one["id"] for one in site.call("admin", "GET", "/posts", search=title.split()[-1])] == [made["id"]]

    edit = place.action(Verb.EDIT, Ref(Kind.POST, post.id), text="We meet at nine.", seen=post.version)
    edited = await place.source.push(edit)
    assert [r.text for r in edited.records if isinstance(r, Post)] == ["We meet at nine."]
    await place.source.push(replace(edit, seen="long ago"))
    site.call("admin", "POST", f"/posts/{made['id']}", {"content": '<p>With a picture</p><img src="x.png">'})
    with pytest.raises(Refused, match="would be lost"):
        await place.source.push(place.action(Verb.EDIT, Ref(Kind.POST, post.id), text="Plain"))

    remove = place.action(Verb.REMOVE, Ref(Kind.THREAD, found.remote_id))
    for _ in range(2):
        await place.source.push(remove)
    assert site.call("admin", "GET", f"/posts/{made['id']}", context="edit")["status"] == "trash"
    assert await place.source.find(action) is not None, "published and then binned by a colleague: not published again"
    await place.source.push(place.action(Verb.RESTORE, Ref(Kind.THREAD, found.remote_id)))
    assert site.call("admin", "GET", f"/posts/{made['id']}", context="edit")["status"] == "publish"
    site.visit(int(found.remote_id), "Ann", f"Nice {uuid4().hex}")
    await place.source.push(remove)
    with pytest.raises(Refused, match="restore it in WordPress"):
        await place.source.push(place.action(Verb.RESTORE, Ref(Kind.THREAD, found.remote_id)))


async def test_schedule_move_and_take_back(place: Place) -> None:
    site, now = place.site, SystemClock().now()
    action = place.action(Verb.SCHEDULE, title="Weekly", text="What did you do?", at=Instant(now + HOUR))
    order = place.proxy.lose_answer(rb"POST \S*/wp/v2/posts ")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    found = await place.source.find(action)
    assert order.done and found is not None
    plan = Ref(Kind.SCHEDULED, found.remote_id)
    pulled = await pull(place.source, Feed.SCHEDULED)
    entry = pulled.records[plan]
    assert isinstance(entry, Scheduled) and entry.title == "Weekly" and abs(entry.at - now - HOUR) <= SECOND
    threads = await pull(place.source, Feed.THREADS)
    assert Ref(Kind.THREAD, plan.id) not in threads.records

    move = place.action(Verb.RESCHEDULE, plan, at=Instant(now + 2 * HOUR))
    lost = place.proxy.lose_answer(rb"POST \S*/wp/v2/posts/")
    with pytest.raises(Unreachable):
        await place.source.push(move)
    assert lost.done and (await place.source.push(move)).records
    pulled = await pull(place.source, Feed.SCHEDULED, pulled.cursor)
    entry = pulled.records[plan]
    assert isinstance(entry, Scheduled) and abs(entry.at - now - 2 * HOUR) <= SECOND

    for _ in range(2):
        await place.source.push(place.action(Verb.UNSCHEDULE, plan))
        assert site.call("admin", "GET", f"/posts/{plan.id}", context="edit")["status"] == "draft"
    assert (await pull(place.source, Feed.SCHEDULED, pulled.cursor)).gone == {plan}
    with pytest.raises(Refused, match="a minute ahead"):
        await place.source.push(place.action(Verb.SCHEDULE, title="Now", text="x", at=Instant(now + 50 * SECOND)))
    assert not site.call("admin", "GET", "/posts", search="Now", status="publish,future")


async def test_what_was_planned_becomes_a_thread_when_it_is_published(place: Place) -> None:
    """WordPress's cron touches no time of change: by that alone it would never be seen."""
    site, now = place.site, SystemClock().now()
    receipt = await place.source.push(place.action(Verb.SCHEDULE, title="Later", text="x", at=Instant(now + DAY)))
    await place.source.push(
        place.action(Verb.RESCHEDULE, Ref(Kind.SCHEDULED, receipt.remote_id), at=Instant(now + 2 * MINUTE))
    )
    first = await pull(place.source, Feed.THREADS)
    id = receipt.remote_id
    due = "$t = gmdate('Y-m-d H:i:s', time() - 5); $l = get_date_from_gmt($t); $o = '2020-01-01';"
    changed = "['post_date' => $l, 'post_date_gmt' => $t, 'post_modified' => $o, 'post_modified_gmt' => $o]"
    site.php(f"global $wpdb; {due} $wpdb->update($wpdb->posts, {changed}, ['ID' => {id}]); clean_post_cache({id});")
    site.php(f"wp_clear_scheduled_hook('publish_future_post', [{id}]); check_and_publish_future_post({id});")
    assert site.call("admin", "GET", f"/posts/{id}")["status"] == "publish"
    clock = Ahead(3 * MINUTE)
    source = WordPress(WordPressSettings(place.site.url, "admin", Secret(site.passwords["admin"]), 0), clock)
    state = str(first.cursor).replace(f'"{id}":{_waiting(first, id)}', f'"{id}":{now - 1000}')
    second = await pull(source, Feed.THREADS, Cursor(state))
    await source.close()
    assert Ref(Kind.THREAD, id) in second.records


def _waiting(pulled: Pulled, id: str) -> int:
    import json

    waiting: dict[str, int] = json.loads(str(pulled.cursor))["types"]["posts"]["waiting"]
    return waiting[id]


async def test_decide_what_is_held(place: Place) -> None:
    site = place.site
    first = await pull(place.source, Feed.REPORTS)
    ids = {
        verb: site.visit(place.post, "Ann", f"For {verb} {uuid4().hex}")
        for verb in (Verb.APPROVE, Verb.SPAM, Verb.REMOVE)
    }
    second = await pull(place.source, Feed.REPORTS, first.cursor)
    reports = {r.target.id: r for r in second.records.values() if isinstance(r, Report)}
    assert {str(id) for id in ids.values()} == set(reports) and all(r.kind == "held" for r in reports.values())
    before = {verb: place.comment(id) for verb, id in ids.items()}
    for verb, wanted in ((Verb.APPROVE, "approved"), (Verb.SPAM, "spam"), (Verb.REMOVE, "trash")):
        report = reports[str(ids[verb])]
        action = place.action(verb, report.target, report=report.id, seen=second.post(ids[verb]).version)
        lost = place.proxy.lose_answer(rb"(POST|DELETE) \S*/wp/v2/comments/")
        with pytest.raises(Unreachable):
            await place.source.push(action)
        assert lost.done
        try:
            receipt = await place.source.push(action)
        except Conflict as conflict:
            assert conflict.settled and verb is Verb.APPROVE
        else:
            assert [r.closed_at is not None for r in receipt.records if isinstance(r, Report)] == [True]
        now = place.comment(ids[verb])
        assert now["status"] == wanted
        assert all(
            now[name] == before[verb][name] for name in ("author_ip", "author_user_agent", "content", "date_gmt")
        )
    third = await pull(place.source, Feed.REPORTS, second.cursor)
    ended = {r.target.id: r.agreed for r in third.records.values() if isinstance(r, Report) and r.closed_at}
    assert ended == {str(ids[Verb.APPROVE]): False, str(ids[Verb.SPAM]): True, str(ids[Verb.REMOVE]): True}


async def test_hide_and_back_spam_and_back_bin_and_back(place: Place) -> None:
    site = place.site
    shown, held = site.visit(place.post, "Ann", "Shown"), site.visit(place.post, "Ann", "Never shown")
    site.call("admin", "POST", f"/comments/{shown}", {"status": "approved"})
    for verb, state in ((Verb.HIDE, "hold"), (Verb.SPAM, "spam"), (Verb.REMOVE, "trash")):
        for _ in range(2):
            await place.source.push(place.action(verb, Ref(Kind.POST, str(shown))))
            assert place.comment(shown)["status"] == state
        receipt = await place.source.push(place.action(Verb.RESTORE, Ref(Kind.POST, str(shown))))
        assert place.comment(shown)["status"] == "approved" and not receipt.note
    await place.source.push(place.action(Verb.REMOVE, Ref(Kind.POST, str(held))))
    back = place.action(Verb.RESTORE, Ref(Kind.POST, str(held)))
    receipt = await place.source.push(back)
    assert place.comment(held)["status"] == "hold" and "waiting for approval" in receipt.note
    with pytest.raises(Conflict):
        await place.source.push(replace(back, tried_at=Instant(SystemClock().now() - MINUTE)))
    assert place.comment(held)["status"] == "hold", "a repeat never approves what nobody approved"


async def test_what_a_colleague_did_or_wrote_meanwhile(place: Place) -> None:
    site = place.site
    id = site.visit(place.post, "Ann", "Buy followers")
    pulled = await pull(place.source, Feed.REPORTS)
    action = place.action(Verb.REMOVE, Ref(Kind.POST, str(id)), seen=pulled.post(id).version)
    site.call("ed", "POST", f"/comments/{id}", {"content": "Sorry, wrong site"})
    with pytest.raises(Conflict) as caught:
        await place.source.push(action)
    assert "Sorry, wrong site" in caught.value.current and not caught.value.settled
    site.call("ed", "DELETE", f"/comments/{id}")
    await place.source.push(action)
    with pytest.raises(Conflict) as caught:
        await place.source.push(place.action(Verb.APPROVE, Ref(Kind.POST, str(id))))
    assert "in the bin" in caught.value.current and not caught.value.settled
    site.call("ed", "DELETE", f"/comments/{id}", force="true")
    with pytest.raises(Gone):
        await place.source.push(place.action(Verb.SPAM, Ref(Kind.POST, str(id))))


async def test_edit_a_comment_close_and_reopen(place: Place) -> None:
    receipt = await place.source.push(place.reply("With a typpo"))
    edit = place.action(Verb.EDIT, Ref(Kind.POST, receipt.remote_id), text="Without < a typo")
    for _ in range(2):
        await place.source.push(edit)
    raw = place.comment(receipt.remote_id)["content"]
    assert isinstance(raw, dict) and raw["raw"] == "Without &lt; a typo"
    for verb, status in ((Verb.CLOSE, "closed"), (Verb.REOPEN, "open")):
        for _ in range(2):
            await place.source.push(place.action(verb, place.thread))
            assert place.site.call("admin", "GET", f"/posts/{place.post}")["comment_status"] == status
        if verb is Verb.CLOSE:
            with pytest.raises(Refused, match="closed"):
                await place.source.push(place.reply("May I?"))


async def test_the_round_trip(wordpress: wordpress.WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor's comment is held, the case appears, the decision goes out through the outbox, the case is closed."""
    async with opened(wordpress) as place:
        monkeypatch.setenv("LIVE_PASSWORD", wordpress.passwords["admin"])
        settings = {"url": place.proxy.url, "username": "admin", "token": "env:LIVE_PASSWORD"}
        home, clock = Home(tmp_path / "home"), Ahead()
        source = SourceConfig("blog", "wordpress", settings)
        config = Config(home.config, "Live", ZoneInfo("UTC"), me="mo", undo_seconds=0, sources=(source,))
        lovely, advert = f"How lovely {uuid4().hex[:6]}", f"Buy followers {uuid4().hex[:6]}"
        nice, spam = wordpress.visit(place.post, "Ann", lovely), wordpress.visit(place.post, "Eve", advert)
        console = Console.open(config, home, clock=clock)
        try:
            assert {(outcome.state, outcome.words) for outcome in await console.sync()} == {("ok", "")}
            mine = {str(row.excerpt): row for row in await console.moderation.page(CaseView.OPEN, limit=100)}
            assert mine[advert].kinds == ("held",) and mine[advert].accused == "Eve"
            await console.moderation.decide(mine[lovely].id, Verb.KEEP)
            await console.moderation.decide(mine[advert].id, Verb.SPAM)
            lost = place.proxy.lose_answer(rb"POST \S*/wp/v2/comments/%d" % spam)
            await settled(console, clock)
            assert lost.done
            assert (place.comment(nice)["status"], place.comment(spam)["status"]) == ("approved", "spam")
            assert {row.state for row in await console.outbox.page(limit=10)} == {State.SENT}
            lost = place.proxy.lose_answer(rb"POST \S*/wp/v2/comments ")
            await console.inbox.reply(await _of(console, place), "Thank you, Ann")
            await settled(console, clock)
            assert lost.done and place.said("Thank you, Ann") == 1
            assert {(outcome.state, outcome.words) for outcome in await console.sync()} == {("ok", "")}
            still = {str(row.excerpt) for row in await console.moderation.page(CaseView.OPEN, limit=100)}
            assert not {lovely, advert} & still
            assert wordpress.call("admin", "GET", "/comments", post=place.post, status="hold", context="edit") == []
        finally:
            await console.stop()


async def _of(console: Console, place: Place) -> int:
    """The console's own id of the place's thread."""
    rows = await console.inbox.page(View.ALL, limit=100)
    title = place.site.call("admin", "GET", f"/posts/{place.post}")["title"]["rendered"]
    return next(row.id for row in rows if row.title == title)
