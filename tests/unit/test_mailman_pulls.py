"""What the Mailman source reads: the queue and its traps, requests, rosters, the archive's order, what is not seen."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Refused, Unauthorized, Unreachable
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Thread
from cm_console.model.source import Cursor, Feed
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.sources.mailman import Mailman, ids
from cm_console.testing.driving import Mirror, catch_up, pull_some
from tests.servers.mailman_bench import MailmanBench
from tests.servers.mailman_world import letter

BENCH = MailmanBench


async def pulled(source: Mailman, feed: Feed, mirror: Mirror | None = None) -> Mirror:
    mirror = mirror or Mirror()
    await pull_some(source, feed, mirror, 1_000)
    return mirror


def of(mirror: Mirror, kind: Kind) -> list[Record]:
    return [record for ref, record in mirror.records.items() if ref.kind is kind]


async def test_a_held_message_is_a_report_on_a_post_that_is_nobodys_question(
    bench: MailmanBench, source: Mailman
) -> None:
    held = bench.hold("Eve@Ex.test", text="Buy followers")
    held.reasons = ["The message is not from a list member", ["Larger than {} KB", 40]]
    id = bench.held_id(held)
    records = (await pulled(source, Feed.REPORTS)).records
    report, post, thread = (records[Ref(kind, id)] for kind in (Kind.REPORT, Kind.POST, Kind.THREAD))
    assert isinstance(report, Report) and isinstance(post, Post) and isinstance(thread, Thread)
    assert (report.kind, report.target, report.created_at) == ("held", Ref(Kind.POST, id), held.at)
    assert report.reason == "The message is not from a list member; Larger than 40 KB"
    assert (post.state, post.text, post.author, post.thread) == (PostState.HELD, "Buy followers", "eve@ex.test", id)
    assert thread.author is None, "a stranger's spam would wait in the inbox for an answer"
    member = records[Ref(Kind.MEMBER, "eve@ex.test")]
    assert isinstance(member, Member) and member.handle == "eve", "a handle gives no address away"


async def test_a_held_answer_stands_in_the_thread_it_answers(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(2)
    asked = bench.talk.mail(ids.split(thread)[1])
    assert asked is not None
    held = bench.hold(answers=asked.message_id)
    records = (await pulled(source, Feed.REPORTS)).records
    post = records[Ref(Kind.POST, bench.held_id(held))]
    assert isinstance(post, Post) and (post.thread, post.reply_to) == (thread, thread)
    assert Ref(Kind.THREAD, bench.held_id(held)) not in records


async def test_without_an_archive_there_is_only_what_is_held(bench: MailmanBench) -> None:
    thread = await bench.add_thread(2)
    asked = bench.talk.mail(ids.split(thread)[1])
    assert asked is not None
    held = bench.hold(answers=asked.message_id)
    source = bench.source(archive="")
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    assert [record.id for record in of(mirror, Kind.THREAD)] == [bench.held_id(held)] and not bench.asked("/archives")
    await source.close()


async def test_mime_charsets_and_attachments_are_read(bench: MailmanBench, source: Mailman) -> None:
    message = letter("eve@ex.test", bench.talk.address, "Grüße", "Schöne Grüße", "mime@ex.test", name="Ève")
    message.add_alternative("<p>Schöne <b>Grüße</b></p>", subtype="html")
    message.add_attachment(b"x" * 3000, maintype="application", subtype="pdf", filename="plan.pdf")
    held = bench.world.hold(bench.talk, _packed(message))
    records = (await pulled(source, Feed.REPORTS)).records
    post, thread = records[Ref(Kind.POST, bench.held_id(held))], records[Ref(Kind.THREAD, bench.held_id(held))]
    assert isinstance(post, Post) and post.text == "Schöne Grüße\n\n[attached: plan.pdf, application/pdf, 3 kB]"
    member = records[Ref(Kind.MEMBER, "eve@ex.test")]
    assert isinstance(thread, Thread) and isinstance(member, Member) and (thread.title, member.name) == ("Grüße", "Ève")


def _packed(message: EmailMessage) -> EmailMessage:
    from email import message_from_bytes, policy

    made = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert isinstance(made, EmailMessage)
    return made


async def test_a_number_given_again_is_another_message(bench: MailmanBench, source: Mailman) -> None:
    """Mailman on SQLite gives the highest number again: the old one has gone, the new one has come."""
    first = bench.hold()
    mirror = await pulled(source, Feed.REPORTS)
    del bench.talk.held[first.request]
    second = bench.hold()
    assert second.request == first.request
    await pulled(source, Feed.REPORTS, mirror)
    assert [record.id for record in of(mirror, Kind.REPORT)] == [bench.held_id(second)]


async def test_the_same_message_held_again_later_is_another_case(bench: MailmanBench, source: Mailman) -> None:
    first = bench.hold("eve@ex.test", id="same@ex.test")
    mirror = await pulled(source, Feed.REPORTS)
    del bench.talk.held[first.request]
    bench.clock.advance(60)
    second = bench.hold("eve@ex.test", id="same@ex.test")
    await pulled(source, Feed.REPORTS, mirror)
    assert first.request == second.request
    assert [record.id for record in of(mirror, Kind.REPORT)] == [bench.held_id(second)] != [bench.held_id(first)]


async def test_the_same_message_again_is_another_case(bench: MailmanBench, source: Mailman) -> None:
    twice = [bench.hold("eve@ex.test", id="same@ex.test") for _ in range(2)]
    found = of(await pulled(source, Feed.REPORTS), Kind.REPORT)
    assert {record.id for record in found} == {bench.held_id(held) for held in twice} and len(found) == 2


async def test_what_was_decided_goes(bench: MailmanBench, source: Mailman) -> None:
    held = [bench.hold() for _ in range(25)]
    mirror = await pulled(source, Feed.REPORTS)
    assert len(of(mirror, Kind.REPORT)) == 25
    for one in held[3:9]:
        bench.world.handle(bench.talk, one, "discard", "")
    bench.hold()
    await pulled(source, Feed.REPORTS, mirror)
    waiting = {bench.held_id(one) for one in bench.talk.held.values()}
    for kind in (Kind.REPORT, Kind.POST, Kind.THREAD):
        assert {record.id for record in of(mirror, kind)} == waiting


async def test_a_decision_between_two_pages_hides_nothing(bench: MailmanBench, source: Mailman) -> None:
    """One decided on the first page moves the second: what slips through is not taken as gone, and comes later."""
    held = [bench.hold() for _ in range(25)]
    mirror = await pulled(source, Feed.REPORTS)
    late = bench.hold()
    plain = bench.server.page
    pages: list[int] = []

    def page(seen, entries):  # type: ignore[no-untyped-def]  # as the method it stands for
        made = plain(seen, entries)
        if "/held" in seen.path:
            pages.append(1)
            if len(pages) == 1:
                bench.world.handle(bench.talk, held[0], "discard", "")
        return made

    bench.server.page = page  # type: ignore[method-assign]  # a colleague acts between two of our requests
    await pulled(source, Feed.REPORTS, mirror)
    there = {record.id for record in of(mirror, Kind.REPORT)}
    assert {bench.held_id(one) for one in held[1:]} <= there, "one that moved to the page before was taken as gone"
    await pulled(source, Feed.REPORTS, mirror)
    expected = {bench.held_id(one) for one in [*held[1:], late]}
    assert {record.id for record in of(mirror, Kind.REPORT)} == expected


async def test_a_long_queue_that_did_not_change_costs_two_requests(bench: MailmanBench, source: Mailman) -> None:
    for _ in range(45):
        bench.hold()
    mirror = await pulled(source, Feed.REPORTS)
    seen = len(bench.asked("/held"))
    assert seen == 5
    await pulled(source, Feed.REPORTS, mirror)
    assert len(bench.asked("/held")) - seen == 2
    del bench.talk.held[15]
    late = bench.hold()
    await pulled(source, Feed.REPORTS, mirror)
    there = {record.id for record in of(mirror, Kind.REPORT)}
    assert len(there) == 45 and bench.held_id(late) in there, "one went, one came: the number is the same"


async def test_a_message_too_big_hides_no_other(
    bench: MailmanBench, source: Mailman, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [bench.hold(), bench.hold(text="x" * 400_000), bench.hold()]
    monkeypatch.setattr("cm_console.sources.http_bodies.RAW_LIMIT", 200_000)
    mirror = await pulled(source, Feed.REPORTS)
    expected = {bench.held_id(held) for held in (small[0], small[2])}
    assert {record.id for record in of(mirror, Kind.REPORT)} == expected
    assert "1 held messages are too big" in mirror.pages[-1].note


async def test_those_who_wait_for_a_moderator(bench: MailmanBench, source: Mailman) -> None:
    joining = bench.world.wish(bench.talk, "dora@ex.test", "Dora")
    leaving = bench.world.wish(bench.talk, "ann@ex.test", kind="unsubscription")
    bench.world.wish(bench.talk, "unsure@ex.test").owner = "subscriber"
    mirror = await pulled(source, Feed.REPORTS)
    found = {record.id: record for record in of(mirror, Kind.REPORT) if isinstance(record, Report)}
    assert set(found) == {
        f"subscription:talk.lists.ex.test/{joining.token}",
        f"unsubscription:talk.lists.ex.test/{leaving.token}",
    }
    report = found[f"subscription:talk.lists.ex.test/{joining.token}"]
    assert (report.kind, report.target.id, str(report.reason)) == (
        "subscription",
        "dora@ex.test",
        "wants to join talk.lists.ex.test",
    )
    bench.talk.wishes.clear()
    await pulled(source, Feed.REPORTS, mirror)
    assert not of(mirror, Kind.REPORT)


async def test_older_servers_know_nobody_who_waits_to_leave(bench: MailmanBench, source: Mailman) -> None:
    bench.world.wish(bench.talk, "dora@ex.test", "Dora")
    bench.server.plan("refuse", lambda seen: "unsubscription" in seen.target)
    assert len(of(await pulled(source, Feed.REPORTS), Kind.REPORT)) == 1


async def test_members_are_read_again_when_their_number_changes_or_a_day_has_passed(
    bench: MailmanBench, source: Mailman
) -> None:
    for number in range(130):
        bench.world.add_member(bench.talk, f"m{number:03}@ex.test", f"Member {number}")
    mirror = await pulled(source, Feed.MEMBERS)
    assert len(of(mirror, Kind.MEMBER)) == 133
    seen, addresses = len(bench.asked("/roster/member")), len(bench.asked("/addresses/"))
    await pulled(source, Feed.MEMBERS, mirror)
    assert len(bench.asked("/roster/member")) == seen, "nothing has changed, and the roster was read again"
    await bench.add_member("newcomer")
    await pulled(source, Feed.MEMBERS, mirror)
    assert len(of(mirror, Kind.MEMBER)) == 134
    assert len(bench.asked("/addresses/")) == addresses + 1, "those who are known were asked for again"
    one = bench.talk.members.pop()
    bench.world.add_member(bench.talk, "another@ex.test")
    await pulled(source, Feed.MEMBERS, mirror)
    assert Ref(Kind.MEMBER, "another@ex.test") not in mirror.records, "the number is the same, so nobody looked"
    bench.clock.advance(DAY / 1000)
    await pulled(source, Feed.MEMBERS, mirror)
    assert Ref(Kind.MEMBER, "another@ex.test") in mirror.records
    assert Ref(Kind.MEMBER, one.email) in mirror.records, "who left keeps their name"


async def test_a_roster_that_changes_while_it_is_read_is_read_again(bench: MailmanBench, source: Mailman) -> None:
    for number in range(130):
        bench.world.add_member(bench.talk, f"m{number:03}@ex.test")
    mirror = Mirror()
    await pull_some(source, Feed.MEMBERS, mirror, 1)
    bench.talk.members.remove(next(one for one in bench.talk.members if one.email == "m005@ex.test"))
    await pulled(source, Feed.MEMBERS, mirror)
    await pulled(source, Feed.MEMBERS, mirror)
    missing = [one.email for one in bench.talk.members if Ref(Kind.MEMBER, one.email) not in mirror.records]
    assert not missing, f"{missing} slipped onto the page before"


async def test_one_leaves_and_one_joins_while_a_roster_is_read(bench: MailmanBench, source: Mailman) -> None:
    """The number at the end is that of the beginning, and yet somebody slipped through."""
    for number in range(230):
        bench.world.add_member(bench.talk, f"m{number:03}@ex.test")
    mirror = Mirror()
    await pull_some(source, Feed.MEMBERS, mirror, 2)
    bench.talk.members.remove(next(one for one in bench.talk.members if one.email == "m005@ex.test"))
    await pull_some(source, Feed.MEMBERS, mirror, len(mirror.pages) + 1)
    bench.world.add_member(bench.talk, "a@ex.test")
    for _ in range(2):
        await pulled(source, Feed.MEMBERS, mirror)
    missing = [one.email for one in bench.talk.members if Ref(Kind.MEMBER, one.email) not in mirror.records]
    assert not missing, f"{missing} slipped onto the page before"


async def test_people_look_the_same_wherever_they_turn_up(bench: MailmanBench, source: Mailman) -> None:
    """A moderator who writes stays staff, and when they joined is not forgotten."""
    joined = bench.clock.now()
    bench.clock.advance(3600)
    bench.world.add_mail(bench.talk, "mo@ex.test", "Somebody else", "Hello", "From the moderator")
    bench.world.known["shy@ex.test"] = ("shy@ex.test", joined)
    bench.world.add_mail(bench.talk, "shy@ex.test", "shy@ex.test", "Hello", "From me")
    mirror = Mirror()
    await catch_up(bench, source, mirror)
    moderator = mirror.records[Ref(Kind.MEMBER, "mo@ex.test")]
    assert moderator == Member("mo@ex.test", moderator.handle, moderator.name, joined, staff=True)  # type: ignore[union-attr]  # a member
    shy = mirror.records[Ref(Kind.MEMBER, "shy@ex.test")]
    assert isinstance(shy, Member) and (shy.handle, shy.name) == ("shy", ""), "a name that is an address gives it away"
    await pulled(source, Feed.THREADS, fresh := Mirror())
    assert fresh.records[Ref(Kind.MEMBER, "mo@ex.test")] == moderator


async def test_only_the_lists_of_the_setting(bench: MailmanBench) -> None:
    other = bench.world.add_list("other@lists.ex.test")
    bench.world.hold(other, letter("eve@ex.test", other.address, "There", "Not ours", "o1@ex.test"))
    bench.hold()
    for lists, expected in (("", 2), ("Talk@lists.ex.test", 1), ("talk.lists.ex.test, other@lists.ex.test", 2)):
        source = bench.source(lists=lists)
        assert len(of(await pulled(source, Feed.REPORTS), Kind.REPORT)) == expected
        await source.close()
    source = bench.source(lists="tlak@lists.ex.test")
    with pytest.raises(Refused, match=r"no list tlak@lists.ex.test here; there are: talk@"):
        await pulled(source, Feed.REPORTS)
    await source.close()


async def test_a_mail_with_an_old_date_is_not_missed(bench: MailmanBench, source: Mailman) -> None:
    """Held for a week and accepted now: its date is a week ago, and yet it is what came in last."""
    for _ in range(3):
        bench.clock.advance(3600)
        await bench.add_thread(2)
    mirror = await pulled(source, Feed.THREADS)
    old = Instant(bench.clock.now() - 7 * DAY)
    mail = bench.world.add_mail(bench.talk, "ann@ex.test", "Ann", "Late", "I was held", at=old)
    await pulled(source, Feed.THREADS, mirror)
    assert Ref(Kind.POST, ids.mail(bench.talk.id, mail.hash)) in mirror.records


async def test_news_are_read_without_what_is_known(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(60)
    mirror = await pulled(source, Feed.THREADS)
    seen = len(bench.server.seen)
    await pulled(source, Feed.THREADS, mirror)
    assert len(bench.server.seen) - seen == 3, "nothing new: lists there, lists here, the newest mails"
    for number in range(3):
        await bench.add_post(thread, f"News {number}")
    before = len(bench.asked("/email/"))
    await pulled(source, Feed.THREADS, mirror)
    assert len(bench.asked("/email/")) - before == 3
    assert len(bench.asked("/thread/")) <= 1, "a thread that was told is asked for again"
    await pulled(source, Feed.THREADS, mirror)
    assert len(bench.asked("/email/")) - before == 3, "what was new is not known afterwards"
    assert {f"News {number}" for number in range(3)} <= {
        str(r.text) for r in mirror.records.values() if isinstance(r, Post)
    }


async def test_news_that_are_cut_short_leave_no_gap(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(5)
    mirror = await pulled(source, Feed.THREADS)
    for number in range(140):
        await bench.add_post(thread, f"News {number}")
    await pull_some(source, Feed.THREADS, mirror, len(mirror.pages) + 2)
    await pulled(source, Feed.THREADS, mirror)
    assert len(of(mirror, Kind.POST)) == 145


async def test_the_past_is_read_from_its_newest_end_to_the_date_of_the_setting(bench: MailmanBench) -> None:
    for number in range(120):
        bench.world.add_mail(bench.talk, "ann@ex.test", "Ann", f"Day {number}", f"Words of day {number}")
        bench.clock.advance(DAY / 1000)
    source = bench.source(history=30)
    mirror = Mirror()
    await pull_some(source, Feed.THREADS, mirror, 1)
    newest = {str(record.title) for record in of(mirror, Kind.THREAD) if isinstance(record, Thread)}
    assert "Day 119" in newest and "Day 1" not in newest, "the newest come first"
    await pulled(source, Feed.THREADS, mirror)
    assert {str(r.title) for r in of(mirror, Kind.THREAD) if isinstance(r, Thread)} == {
        f"Day {n}" for n in range(90, 120)
    }
    assert mirror.pages[0].total, "no progress is told"
    await source.close()


async def test_the_past_is_not_lost_by_what_comes_and_goes_meanwhile(bench: MailmanBench, source: Mailman) -> None:
    for number in range(120):
        bench.world.add_mail(bench.talk, "ann@ex.test", "Ann", f"Subject {number}", f"Words {number}")
    wanted = {mail.hash for mail in bench.talk.archive}
    mirror = Mirror()
    await pull_some(source, Feed.THREADS, mirror, 1)
    for mail in bench.talk.archive[100:110]:
        bench.talk.delete(mail.hash)
        wanted.discard(mail.hash)
    await bench.add_thread(4)
    await pulled(source, Feed.THREADS, mirror)
    there = {ids.split(record.id)[1] for record in of(mirror, Kind.POST)}
    assert wanted <= there, f"{len(wanted - there)} mails are missing"
    asked = len(bench.asked("/email/")) - 120
    assert asked < 30, f"{asked} mails were read again"


async def test_a_deletion_while_the_past_is_read_opens_no_gap(bench: MailmanBench, source: Mailman) -> None:
    for number in range(120):
        bench.world.add_mail(bench.talk, "ann@ex.test", "Ann", f"Subject {number}", f"Words {number}")
    wanted = {mail.hash for mail in bench.talk.archive[:100]}
    mirror = Mirror()

    async def delete() -> None:
        for mail in bench.talk.archive[100:110] if len(bench.talk.archive) == 120 else ():
            bench.talk.delete(mail.hash)

    await pull_some(source, Feed.THREADS, mirror, 1_000, delete)
    there = {ids.split(record.id)[1] for record in of(mirror, Kind.POST)}
    assert wanted <= there, f"{len(wanted - there)} mails are missing"


async def test_a_deletion_among_the_newest_is_noticed(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(6)
    lonely = await bench.add_thread(1)
    await bench.add_thread(2)
    mirror = await pulled(source, Feed.THREADS)
    answer = next(mail for mail in bench.talk.archive if mail.parent == ids.split(thread)[1])
    bench.talk.delete(answer.hash)
    bench.talk.delete(ids.split(lonely)[1])
    await pulled(source, Feed.THREADS, mirror)
    assert Ref(Kind.POST, ids.mail(bench.talk.id, answer.hash)) not in mirror.records
    assert Ref(Kind.THREAD, lonely) not in mirror.records and Ref(Kind.THREAD, thread) in mirror.records
    assert len(of(mirror, Kind.POST)) == 7


async def test_a_list_without_a_public_archive_is_told_and_stops_nothing(bench: MailmanBench, source: Mailman) -> None:
    for address in ("quiet@lists.ex.test", "secret@lists.ex.test"):
        bench.world.add_list(address)
    secret = bench.world.lists["secret.lists.ex.test"]
    secret.public = False
    bench.world.add_mail(secret, "ann@ex.test", "Ann", "Secret", "Nobody sees this")
    await bench.add_thread(1)
    mirror = await pulled(source, Feed.THREADS)
    assert len(of(mirror, Kind.THREAD)) == 1
    assert mirror.pages[-1].note == "no public archive (yet) of quiet@lists.ex.test, secret@lists.ex.test"


async def test_an_archive_that_gives_whole_arrays(bench: MailmanBench, source: Mailman) -> None:
    bench.server.bare = True
    await bench.add_thread(30)
    assert len(of(await pulled(source, Feed.THREADS), Kind.POST)) == 30


async def test_long_quotes_are_folded_and_files_listed(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(1, text="\n".join(["Yes.", *(f"> line {number}" for number in range(20))]))
    mail = bench.talk.mail(ids.split(thread)[1])
    assert mail is not None
    mail.files, mail.at = [("plan.pdf", "application/pdf", 12_345)], Instant(bench.clock.now() + 9 * DAY)
    post = (await pulled(source, Feed.THREADS)).records[Ref(Kind.POST, thread)]
    assert isinstance(post, Post)
    assert post.text.endswith("> line 2\n> [17 more quoted lines]\n\n[attached: plan.pdf, application/pdf, 12 kB]")
    assert post.created_at <= bench.clock.now() + HOUR, "a date in the future would stand on top for ever"


async def test_check(bench: MailmanBench, source: Mailman) -> None:
    me = await source.check()
    assert (me.name, me.member, me.version) == ("restadmin", "team@ex.test", "3.3.10 (Tom Sawyer)")
    assert me.feeds == Mailman.feeds and me.verbs == set(Mailman.verbs)
    bare = bench.source(archive="", smtp="")
    me = await bare.check()
    assert set(me.missing) == {"threads", "reply", "publish", "message"} and "'archive'" in me.missing["threads"]
    await bare.close()
    bench.server.password = "changed"
    with pytest.raises(Unauthorized, match=r"\[webservice\] in mailman.cfg"):
        await source.check()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "{url}/archives"}, "127.0.0.1:.* has no REST API of Mailman: .*not a web page"),
        ({"archive": "{url}"}, "no HyperKitty at {url}: the setting 'archive' is"),
        ({"archive": "http://127.0.0.1:1"}, "the archive: 127.0.0.1 could not be reached"),
        ({"bans": "everywhere"}, "bans = 'everywhere' is none of list, server"),
    ],
)
async def test_a_setting_that_cannot_be_is_named(bench: MailmanBench, settings: dict[str, str], words: str) -> None:
    url = bench.server.url
    source = bench.source(**{key: value.format(url=url) for key, value in settings.items()})
    with pytest.raises((Refused, Unreachable), match=words.format(url=url)):
        await source.check()
    await source.close()


async def test_who_answers_for_us_is_of_the_team(bench: MailmanBench, source: Mailman) -> None:
    us = Ref(Kind.MEMBER, "team@ex.test")
    member = (await pulled(source, Feed.MEMBERS)).records[us]
    assert isinstance(member, Member) and member.staff
    thread = await bench.add_thread(1)
    fresh = bench.source()
    receipt = await fresh.push(await bench.action(Verb.REPLY, target=Ref(Kind.THREAD, thread)))
    [who] = [record for record in receipt.records if isinstance(record, Member)]
    assert who.staff and who.id == us.id
    await fresh.close()


async def test_a_cursor_of_another_version_means_the_beginning(bench: MailmanBench, source: Mailman) -> None:
    bench.hold()
    await bench.add_thread(1)
    for feed in Mailman.feeds:
        mirror = Mirror()
        mirror.cursors[feed] = Cursor('{"lists": 7, "waiting": 3}')
        await pulled(source, feed, mirror)
        assert mirror.records


async def test_an_archive_that_fails_holds_up_no_decision(bench: MailmanBench, source: Mailman) -> None:
    thread = await bench.add_thread(1)
    held = bench.hold(answers=bench.talk.archive[0].message_id)
    bench.server.plan("fail_before", lambda seen: "/archives/" in seen.target)
    mirror = await pulled(source, Feed.REPORTS)
    post = mirror.records[Ref(Kind.POST, bench.held_id(held))]
    assert isinstance(post, Post) and post.thread != thread and len(of(mirror, Kind.REPORT)) == 1


async def test_a_closed_tunnel_is_told(bench: MailmanBench, source: Mailman) -> None:
    await bench.drop_next()
    with pytest.raises(Unreachable, match=r"could not be reached.*is the tunnel open\?"):
        await source.check()
