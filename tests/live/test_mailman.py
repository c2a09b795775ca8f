"""The Mailman source on a real Mailman with HyperKitty: pulls, each verb's effect, lost answers, the round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from cm_console.config import Config, Home, SourceConfig
from cm_console.console import Console
from cm_console.model.action import Action, Verb
from cm_console.model.errors import Conflict, Refused, Unauthorized, Unreachable
from cm_console.model.inbox import View
from cm_console.model.moderation import CaseView
from cm_console.model.outbox import State
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Thread, ref_of
from cm_console.model.settings import Secret
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import MINUTE, SECOND, SystemClock
from cm_console.sources.mailman import Mailman as Source
from cm_console.sources.mailman import MailmanSettings, ids
from tests.live.clock import Ahead, settled
from tests.live.conftest import Live
from tests.live.fault_proxy import FaultProxy
from tests.live.mailman import PASSWORD, Mailman, list_id, until

EVE, TEAM = "eve@evil.test", "team@ex.test"
END = rb"\r\n\.\r\n$"


@pytest.fixture(scope="session")
def mailman(live: Live) -> Mailman:
    return live.get("mailman", Mailman)


@dataclass
class Place:
    """A fresh list with ann, bob and team (us), and the source that sees only that list."""

    server: Mailman
    address: str
    source: Source
    rest: FaultProxy
    smtp: FaultProxy

    @property
    def path(self) -> str:
        return f"/lists/{list_id(self.address)}"

    def action(self, verb: Verb, target: Ref, **more: Any) -> Action:
        return replace(Action(uuid4().hex, verb, target, tried_at=SystemClock().now()), **more)

    def on_held(self, verb: Verb, held: dict[str, Any], **more: Any) -> Action:
        id = held_id(self.address, held)
        about = Ref(Kind.MEMBER, held["sender"]) if verb in (Verb.BAN, Verb.SILENCE) else Ref(Kind.POST, id)
        return self.action(verb, about, report=id, thread=id, **more)

    def on_member(self, verb: Verb, address: str, **more: Any) -> Action:
        return self.action(verb, Ref(Kind.MEMBER, address), **more)

    def roster(self) -> dict[str, dict[str, Any]]:
        found = self.server.call("GET", f"{self.path}/roster/member").get("entries", [])
        return {one["email"]: one for one in found}

    def banned(self) -> set[str]:
        return {one["email"] for one in self.server.call("GET", f"{self.path}/bans").get("entries", [])}


def held_id(address: str, held: dict[str, Any]) -> str:
    from cm_console.sources.mailman.records import moment

    seconds = (moment(held["hold_date"]) or 0) // SECOND
    return str(ids.held(list_id(address), held["request_id"], held["message_id"], seconds))


@asynccontextmanager
async def opened(mailman: Mailman, address: str, **changes: Any) -> AsyncIterator[Place]:
    async with FaultProxy(mailman.rest) as rest, FaultProxy(mailman.smtp) as smtp:
        settings = MailmanSettings(
            rest.url,
            Secret(PASSWORD),
            lists=address,
            archive=mailman.archive,
            sender=TEAM,
            smtp=f"plain://127.0.0.1:{smtp.port}",
        )
        source = Source(replace(settings, **changes), SystemClock())
        yield Place(mailman, address, source, rest, smtp)
        await source.close()


@pytest.fixture
async def place(mailman: Mailman) -> AsyncIterator[Place]:
    async with opened(mailman, mailman.new_list("ann", "bob", "team")) as made:
        yield made


@dataclass
class Pulled:
    """What a pull brought."""

    records: dict[Ref, Record]
    gone: set[Ref]
    cursor: Cursor
    notes: list[str]

    def of(self, kind: Kind) -> list[str]:
        return [ref.id for ref in self.records if ref.kind is kind]


async def pull(source: Source, feed: Feed, cursor: Cursor | None = None) -> Pulled:
    made = Pulled({}, set(), cursor or Cursor(""), [])
    async for page in source.pull(feed, cursor):
        made.records |= {ref_of(record): record for record in page.records}
        made.gone |= set(page.gone)
        made.cursor = page.cursor
        made.notes += [page.note] if page.note else []
    return made


async def test_check(mailman: Mailman, place: Place) -> None:
    me = await place.source.check()
    assert (me.name, me.member, me.version) == ("restadmin", TEAM, "3.3.10 (Tom Sawyer)")
    assert me.feeds == Source.feeds and me.verbs == set(Source.verbs) and not me.missing
    assert me.server_time is None or abs(me.server_time - SystemClock().now()) < MINUTE
    async with opened(mailman, place.address, password=Secret("wrong")) as other:
        with pytest.raises(Unauthorized, match=r"\[webservice\] in mailman.cfg"):
            await other.source.check()
    async with opened(mailman, "nowhere@lists.test") as other:
        with pytest.raises(Refused, match=r"no list nowhere@lists\.test here"):
            await other.source.check()


async def test_a_full_pull_and_what_is_new_since(mailman: Mailman, place: Place) -> None:
    asked = mailman.say("Ann A <ann@ex.test>", place.address, "How do I reset?", "I lost my phone.")
    mailman.say("bob@ex.test", place.address, "Re: How do I reset?", "> I lost\n\nPress the button.", answers=asked)
    held = mailman.hold(place.address, *(f"Offer {number}" for number in range(12)))
    mailman.join(place.address, "dora@ex.test", "Dora", approved=False)
    mailman.join(place.address, "mo@ex.test", "Mo", role="moderator")
    first = {feed: await pull(place.source, feed) for feed in Source.feeds}
    members = first[Feed.MEMBERS].records
    assert first[Feed.MEMBERS].of(Kind.MEMBER) == [f"{who}@ex.test" for who in ("ann", "bob", "team", "mo")]
    ann, mo = (members[Ref(Kind.MEMBER, f"{who}@ex.test")] for who in ("ann", "mo"))
    assert isinstance(ann, Member) and isinstance(mo, Member)
    assert (ann.handle, ann.name, ann.staff, mo.staff) == ("ann", "Ann", False, True)
    assert ann.joined_at is not None and abs(ann.joined_at - SystemClock().now()) < 10 * MINUTE
    id = ids.mail(list_id(place.address), ids.hash_of(asked))
    threads = first[Feed.THREADS].records
    thread, posts = threads[Ref(Kind.THREAD, id)], [one for one in threads.values() if isinstance(one, Post)]
    assert isinstance(thread, Thread) and (thread.title, thread.author) == ("How do I reset?", "ann@ex.test")
    assert {post.thread for post in posts} == {id} and {post.reply_to for post in posts} == {None, id}
    assert sorted(str(post.text) for post in posts) == ["> I lost\n\nPress the button.", "I lost my phone."]
    waiting = first[Feed.REPORTS].records
    report = waiting[Ref(Kind.REPORT, held_id(place.address, held["Offer 3"]))]
    assert isinstance(report, Report) and "not from a list member" in report.reason
    post = waiting[report.target]
    assert isinstance(post, Post) and (post.text, post.author, post.state) == ("Words of Offer 3", EVE, PostState.HELD)
    assert abs(report.created_at - SystemClock().now()) < 5 * MINUTE, "Mailman's times are UTC"
    kinds = sorted(one.kind for one in waiting.values() if isinstance(one, Report))
    assert kinds == ["held"] * 12 + ["subscription"]
    again = {feed: await pull(place.source, feed, first[feed].cursor) for feed in Source.feeds}
    assert not [one for pulled in again.values() for one in (*pulled.records, *pulled.gone)]
    mailman.call("POST", f"{place.path}/held/{held['Offer 3']['request_id']}", action="discard")
    mailman.say("ann@ex.test", place.address, "Re: How do I reset?", "Thank you!", answers=asked)
    mailman.join(place.address, "carl@ex.test", "Carl")
    new = {feed: await pull(place.source, feed, first[feed].cursor) for feed in Source.feeds}
    assert new[Feed.MEMBERS].of(Kind.MEMBER) == ["carl@ex.test"]
    assert "Thank you!" in {str(one.text) for one in new[Feed.THREADS].records.values() if isinstance(one, Post)}
    assert Ref(Kind.REPORT, report.id) in new[Feed.REPORTS].gone and not new[Feed.REPORTS].of(Kind.REPORT)


async def test_mails_as_they_come(mailman: Mailman, place: Place) -> None:
    """Mailman packs what it holds anew: charsets and HTML are what people wrote all the same."""
    latin = b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n"
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe, <b>alle</b></p>\r\n"
    bare = b"\r\nno type at all \xfc\r\n"
    for number, body in enumerate((latin, html, bare)):
        head = f"From: Eve <{EVE}>\r\nTo: {place.address}\r\nSubject: Case {number}\r\nMIME-Version: 1.0\r\n"
        mailman.send_raw(EVE, place.address, f"{head}Message-ID: <{uuid4().hex}@x>\r\n".encode() + body)
    until(lambda: len(mailman.held(place.address)) == 3)
    records = (await pull(place.source, Feed.REPORTS)).records
    texts = {str(one.text) for one in records.values() if isinstance(one, Post)}
    assert {"Grüße", "Grüße, alle"} <= texts and any(text.startswith("no type at all") for text in texts)


async def test_a_held_answer_stands_in_its_thread(mailman: Mailman, place: Place) -> None:
    asked = mailman.say("ann@ex.test", place.address, "How do I reset?", "I lost my phone.")
    mailman.send(EVE, place.address, "Re: How do I reset?", "Buy a new one", answers=asked)
    until(lambda: mailman.held(place.address))
    post = next(one for one in (await pull(place.source, Feed.REPORTS)).records.values() if isinstance(one, Post))
    assert post.thread == post.reply_to == ids.mail(list_id(place.address), ids.hash_of(asked))


async def test_numbers_are_given_again(mailman: Mailman, place: Place) -> None:
    """On SQLite: a decision about the old one must not hit the new one."""
    old = mailman.hold(place.address, "Old")["Old"]
    before = await pull(place.source, Feed.REPORTS)
    mailman.call("POST", f"{place.path}/held/{old['request_id']}", action="discard")
    new = mailman.hold(place.address, "New")["New"]
    if new["request_id"] != old["request_id"]:
        pytest.skip("another list took the number")
    with pytest.raises(Conflict) as caught:
        await place.source.push(place.on_held(Verb.KEEP, old))
    assert caught.value.settled and set(mailman.held(place.address)) == {"New"}
    after = await pull(place.source, Feed.REPORTS, before.cursor)
    assert after.of(Kind.REPORT) == [held_id(place.address, new)]
    assert Ref(Kind.REPORT, held_id(place.address, old)) in after.gone


async def test_what_becomes_of_held_messages(mailman: Mailman, place: Place) -> None:
    names = ("kept", "approved", "rejected", "spam", "left")
    held = mailman.hold(place.address, *names, sender="eva@ex.test")
    verbs = dict(zip(names, (Verb.KEEP, Verb.APPROVE, Verb.REJECT, Verb.SPAM, Verb.IGNORE), strict=True))
    for name, verb in verbs.items():
        receipt = await place.source.push(place.on_held(verb, held[name], reason="Please read guideline 3."))
        assert receipt.remote_id == held_id(place.address, held[name])
        assert ("goes on waiting" in receipt.note) is (name == "left")
    assert set(mailman.held(place.address)) == {"left"}
    until(lambda: {"kept", "approved"} <= set(mailman.subjects("ann@ex.test", place.address)))
    until(lambda: len(mailman.archived(place.address)) == 2)
    until(lambda: any("rejected" in subject for subject in mailman.subjects("eva@ex.test")))
    answer = next(mail for mail in mailman.mails("eva@ex.test") if "rejected" in str(mail["Subject"]))
    assert "Please read guideline 3." in answer.as_string()
    assert set(mailman.subjects("ann@ex.test", place.address)) == {"kept", "approved"}


@pytest.mark.parametrize("verb", [Verb.KEEP, Verb.REJECT, Verb.SPAM])
async def test_a_lost_answer_does_nothing_twice(mailman: Mailman, place: Place, verb: Verb) -> None:
    action = place.on_held(verb, mailman.hold(place.address, "Once", sender=f"{uuid4().hex}@ex.test")["Once"])
    lost = place.rest.lose_answer(rb"POST \S*/held/")
    with pytest.raises(Unreachable) as caught:
        await place.source.push(action)
    assert lost.done and caught.value.landed is None
    until(lambda: not mailman.held(place.address))
    with pytest.raises(Conflict) as settled:
        await place.source.push(action)
    assert settled.value.settled, "a repeat is what was wanted"
    if verb is Verb.KEEP:
        until(lambda: mailman.archived(place.address))
        assert mailman.subjects("ann@ex.test", place.address).count("Once") == 1
    cut = place.rest.cut_before(rb"POST \S*/held/")
    action = place.on_held(verb, mailman.hold(place.address, "Twice")["Twice"])
    with pytest.raises(Unreachable):
        await place.source.push(action)
    assert cut.done and mailman.held(place.address)
    await place.source.push(action)
    assert not mailman.held(place.address)


async def test_a_colleague_was_faster(mailman: Mailman, place: Place) -> None:
    held = mailman.hold(place.address, "Out", sender="eva@ex.test")["Out"]
    mailman.call("POST", f"{place.path}/held/{held['request_id']}", action="accept")
    until(lambda: mailman.archived(place.address))
    with pytest.raises(Conflict) as caught:
        await place.source.push(place.on_held(Verb.SPAM, held))
    assert not caught.value.settled and "it went out" in caught.value.current
    with pytest.raises(Conflict) as caught:
        await place.source.push(place.on_held(Verb.KEEP, held))
    assert caught.value.settled


@pytest.mark.parametrize(
    ("verb", "member"), [(Verb.KEEP, True), (Verb.APPROVE, True), (Verb.REJECT, False), (Verb.SPAM, False)]
)
async def test_whoever_wants_in(mailman: Mailman, place: Place, verb: Verb, member: bool) -> None:
    address = f"{uuid4().hex}@ex.test"
    token = mailman.join(place.address, address, "Dora", approved=False)["token"]
    report = f"subscription:{list_id(place.address)}/{token}"
    action = place.on_member(verb, address, report=report, reason="Not now, sorry")
    before = await pull(place.source, Feed.REPORTS)
    assert report in before.of(Kind.REPORT)
    lost = place.rest.lose_answer(rb"POST \S*/requests/")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    until(lambda: not mailman.call("GET", f"{place.path}/requests").get("entries"))
    with pytest.raises(Conflict) as caught:
        await place.source.push(action)
    assert lost.done and caught.value.settled and (address in place.roster()) is member
    if verb is Verb.REJECT:
        until(lambda: any("Not now, sorry" in mail.as_string() for mail in mailman.mails(address)))
    assert Ref(Kind.REPORT, report) in (await pull(place.source, Feed.REPORTS, before.cursor)).gone


async def test_whoever_wants_out(mailman: Mailman) -> None:
    async with opened(mailman, mailman.new_list("ann", unsubscription_policy="moderate")) as place:
        ann = place.roster()["ann@ex.test"]["member_id"]
        mailman.call("DELETE", f"/members/{ann}", pre_confirmed="True", pre_approved="False")
        [report] = (await pull(place.source, Feed.REPORTS)).of(Kind.REPORT)
        assert report.startswith("unsubscription:")
        await place.source.push(place.on_member(Verb.KEEP, "ann@ex.test", report=report))
        assert not place.roster()


async def test_banned_and_back(mailman: Mailman, place: Place) -> None:
    held = mailman.hold(place.address, "Offer")["Offer"]
    action = place.on_held(Verb.BAN, held)
    lost = place.rest.lose_answer(rb"POST \S*/bans")
    with pytest.raises(Unreachable):
        await place.source.push(action)
    until(place.banned)
    receipt = await place.source.push(action)
    assert lost.done and place.banned() == {EVE} and "discarded" in receipt.note and not mailman.held(place.address)
    mailman.send(EVE, place.address, "Again", "Buy")
    mailman.hold(place.address, "Later", sender="eva@ex.test")
    assert set(mailman.held(place.address)) == {"Later"}, "what a banned address writes is thrown away"
    for _ in range(2):
        await place.source.push(place.on_member(Verb.UNBAN, EVE))
        assert not place.banned()
    mailman.call("POST", f"{place.path}/bans", email="^.*@evil[.]test")
    with pytest.raises(Refused, match="by a pattern"):
        await place.source.push(place.on_member(Verb.UNBAN, EVE))


async def test_banned_on_the_whole_server(mailman: Mailman, place: Place) -> None:
    address = f"{uuid4().hex}@evil.test"
    async with opened(mailman, place.address, bans="server") as everywhere:
        for _ in range(2):
            await everywhere.source.push(place.on_member(Verb.BAN, address))
        assert address in {one["email"] for one in mailman.call("GET", "/bans")["entries"]} and not place.banned()
        await everywhere.source.push(place.on_member(Verb.UNBAN, address))
    assert not mailman.call("GET", "/bans").get("entries")


async def test_silenced_and_back(mailman: Mailman, place: Place) -> None:
    for _ in range(2):
        await place.source.push(place.on_member(Verb.SILENCE, "bob@ex.test"))
    assert place.roster()["bob@ex.test"]["moderation_action"] == "hold"
    mailman.hold(place.address, "May I?", sender="bob@ex.test")
    for _ in range(2):
        await place.source.push(place.on_member(Verb.UNSILENCE, "bob@ex.test"))
    assert "moderation_action" not in place.roster()["bob@ex.test"]
    mailman.say("bob@ex.test", place.address, "I may", "Thank you")


async def test_thrown_out_also_where_moderators_are_asked(mailman: Mailman) -> None:
    async with opened(mailman, mailman.new_list("ann", "bob", unsubscription_policy="moderate")) as place:
        action = place.on_member(Verb.KICK, "bob@ex.test")
        lost = place.rest.lose_answer(rb"DELETE \S*/members/")
        with pytest.raises(Unreachable):
            await place.source.push(action)
        until(lambda: set(place.roster()) == {"ann@ex.test"})
        with pytest.raises(Conflict) as caught:
            await place.source.push(action)
        assert lost.done and caught.value.settled


async def test_an_answer_in_a_thread(mailman: Mailman, place: Place) -> None:
    asked = mailman.say("ann@ex.test", place.address, "How do I reset?", "I lost my phone.")
    thread = ids.mail(list_id(place.address), ids.hash_of(asked))
    action = place.action(Verb.REPLY, Ref(Kind.THREAD, thread), text="Grüße!\n.\nPress the button.")
    lost = place.smtp.lose_answer(END)
    with pytest.raises(Unreachable) as caught:
        await place.source.push(action)
    assert lost.done and caught.value.landed is None
    until(lambda: len(mailman.archived(place.address)) == 2)
    found = await place.source.find(action)
    assert found is not None and await place.source.find(replace(action, taken=frozenset({found.remote_id}))) is None
    post = found.records[0]
    assert isinstance(post, Post) and (post.thread, post.reply_to, post.text) == (thread, thread, action.text)
    until(lambda: "Re: How do I reset?" in mailman.subjects("bob@ex.test", place.address))
    [mail] = [one for one in mailman.mails("bob@ex.test", place.address) if one["Subject"] == "Re: How do I reset?"]
    assert mail["In-Reply-To"] == f"<{asked}>" and TEAM in str(mail["From"])
    other = place.action(Verb.REPLY, Ref(Kind.THREAD, thread), text="Never sent")
    cut = place.smtp.cut_before(rb"MAIL FROM")
    with pytest.raises(Unreachable) as caught:
        await place.source.push(other)
    assert cut.done and caught.value.landed is False and await place.source.find(other) is None


async def test_our_own_answer_may_be_held(mailman: Mailman) -> None:
    async with opened(mailman, mailman.new_list("ann")) as place:
        asked = mailman.say("ann@ex.test", place.address, "How do I reset?", "I lost my phone.")
        thread = ids.mail(list_id(place.address), ids.hash_of(asked))
        action = place.action(Verb.REPLY, Ref(Kind.THREAD, thread), text="Press the button.")
        await place.source.push(action)
        until(lambda: mailman.held(place.address))
        found = await place.source.find(action)
        assert found is not None and "holds it" in found.note


async def test_an_answer_to_what_is_held_is_private(mailman: Mailman, place: Place) -> None:
    sender = f"{uuid4().hex}@ex.test"
    held = mailman.hold(place.address, "A question", sender=sender)["A question"]
    thread = Ref(Kind.THREAD, held_id(place.address, held))
    receipt = await place.source.push(place.action(Verb.REPLY, thread, text="What do you mean?"))
    until(lambda: "Re: A question" in mailman.subjects(sender))
    assert "alone" in receipt.note and "Re: A question" not in mailman.subjects("ann@ex.test", place.address)


async def test_a_message_to_a_member_goes_past_the_list(mailman: Mailman, place: Place) -> None:
    member = f"{uuid4().hex}@ex.test"
    action = place.action(Verb.MESSAGE, Ref(Kind.MEMBER, member), title="Your bell", text="Would you show it to us?")
    receipt = await place.source.push(action)
    until(lambda: "Your bell" in mailman.subjects(member))
    assert f"it went to {member} alone" in receipt.note
    assert "Your bell" not in mailman.subjects("ann@ex.test", place.address)
    for address in (place.address, place.address.replace("@", "-owner@")):
        with pytest.raises(Refused, match="address of a mailing list"):
            await place.source.push(replace(action, target=Ref(Kind.MEMBER, address)))


async def test_a_new_thread(mailman: Mailman, place: Place) -> None:
    action = Action(uuid4().hex, Verb.PUBLISH, None, text="Thursday at 7.", title="Meetup", place=place.address)
    receipt = await place.source.push(action)
    until(lambda: mailman.archived(place.address))
    records = (await pull(place.source, Feed.THREADS)).records
    thread = records[Ref(Kind.THREAD, receipt.remote_id)]
    assert (
        isinstance(thread, Thread)
        and thread.title == "Meetup"
        and "Meetup" in mailman.subjects("ann@ex.test", place.address)
    )
    assert await place.source.find(replace(action, tried_at=SystemClock().now())) is not None


async def test_the_archive_drops_a_repeat(mailman: Mailman, place: Place) -> None:
    """The same Message-ID twice stands there once: what was looked for and not found yet does no harm there."""
    action = Action(uuid4().hex, Verb.PUBLISH, None, text="Thursday at 7.", title="Meetup", place=place.address)
    for _ in range(2):
        await place.source.push(action)
    until(lambda: mailman.subjects("ann@ex.test", place.address).count("Meetup") == 2)
    mailman.say("ann@ex.test", place.address, "After", "that")
    assert [mail["subject"] for mail in mailman.archived(place.address)] == ["After", "Meetup"]


async def test_the_round_trip(mailman: Mailman, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers write, cases appear, decisions go out through the outbox, mail arrives, the cases are closed."""
    monkeypatch.setenv("LIVE_PASSWORD", PASSWORD)
    async with opened(mailman, mailman.new_list("ann", "bob", "team")) as place:
        settings = {"url": place.rest.url, "password": "env:LIVE_PASSWORD", "lists": place.address}
        settings |= {"archive": mailman.archive, "sender": TEAM, "smtp": f"plain://127.0.0.1:{place.smtp.port}"}
        home, clock = Home(tmp_path / "home"), Ahead()
        source = SourceConfig("list", "mailman", settings)
        team = Config(home.config, "Live", ZoneInfo("UTC"), me="team", undo_seconds=0, sources=(source,))
        mailman.hold(place.address, "A real question", sender="eva@ex.test")
        mailman.hold(place.address, *(f"Offer {number}" for number in range(24)))
        console = Console.open(team, home, clock=clock)
        try:
            assert {outcome.state for outcome in await console.sync()} == {"ok"}
            cases = {str(row.excerpt): row for row in await console.moderation.page(CaseView.OPEN, limit=100)}
            assert len(cases) == 25 and cases["Words of A real question"].kinds == ("held",)
            assert not await console.inbox.page(View.NEEDS_REPLY), "what is held is nobody's question"
            await console.moderation.decide(cases["Words of A real question"].id, Verb.KEEP)
            await console.moderation.decide(
                cases["Words of Offer 0"].id, Verb.REMOVE, message="Please read guideline 3."
            )
            lost = place.rest.lose_answer(rb"POST \S*/held/")
            await settled(console, clock)
            assert lost.done and {row.state for row in await console.outbox.page(limit=10)} == {State.SENT}
            until(lambda: mailman.archived(place.address))
            assert mailman.subjects("ann@ex.test", place.address) == ["A real question"]
            until(lambda: any("guideline 3" in mail.as_string() for mail in mailman.mails(EVE)))
            for held in mailman.held(place.address).values():
                mailman.call("POST", f"{place.path}/held/{held['request_id']}", action="discard")
            assert {outcome.state for outcome in await console.sync()} == {"ok"}, "a colleague cleared the queue"
            assert not await console.moderation.page(CaseView.OPEN)
            [waiting] = await console.inbox.page(View.NEEDS_REPLY)
            assert "A real question" in waiting.title
            lost = place.smtp.lose_answer(END)
            await console.inbox.reply(waiting.id, "A real answer")
            await settled(console, clock)
            assert lost.done and mailman.subjects("eva@ex.test").count("Re: A real question") == 0
            assert mailman.subjects("ann@ex.test", place.address).count("Re: A real question") == 1
            assert {outcome.state for outcome in await console.sync()} == {"ok"}
            assert not await console.inbox.page(View.NEEDS_REPLY)
        finally:
            await console.stop()


def test_the_rest_account_is_asked_for(mailman: Mailman) -> None:
    """Whoever reaches the port needs the password."""
    assert httpx.get(f"{mailman.url}/3.1/lists", trust_env=False).status_code == 401
