"""The Mailman stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any, ClassVar

from cm_console.model.action import Action, Verb
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import SECOND
from cm_console.sources.mail.quoting import folded
from cm_console.sources.mail.threads import title_of
from cm_console.sources.mailman import Mailman, MailmanSettings, ids
from tests.servers.loopback import Seen
from tests.servers.loopback_bench import LoopbackBench
from tests.servers.mailman import PASSWORD, TEAM, MailmanServer
from tests.servers.mailman_world import Held, Mail, MailList, letter

_DECISIONS = (Verb.KEEP, Verb.APPROVE, Verb.REJECT, Verb.SPAM)


class MailmanBench(LoopbackBench):
    """A server with the list talk@, its moderator mo, team (us) and ann (who writes); and an archive."""

    kind: ClassVar[SourceKind] = Mailman
    cannot: ClassVar[Mapping[str, str]] = {
        Verb.IGNORE: "a message that is left stays held: tested in test_mailman_pushes.py",
        "edit_post": "mail cannot be rewritten",
        "delete_post": "an archive tells no deletions; noticed among the newest: tested in test_mailman_pulls.py",
        "add_report": "members cannot flag; held messages are tested in test_mailman_pulls.py",
        "colleague_acts": "Mailman forgets how it was decided: tested in test_mailman_pushes.py",
    }
    idle_cost: ClassVar[int] = 8
    news_cost: ClassVar[int] = 15
    secrets = (PASSWORD,)
    server: MailmanServer

    def __init__(self) -> None:
        super().__init__()
        self.server = MailmanServer(self.clock)
        self.world = self.server.world
        self.talk = self.world.add_list("talk@lists.ex.test")
        self.place = self.talk.address
        self.world.add_member(self.talk, "ann@ex.test", "Ann")
        self.world.add_member(self.talk, TEAM, "Team")
        self.world.add_member(self.talk, "mo@ex.test", "Mo", role="moderator")
        self.server.smtp.on_fault = self.server.faults.clear

    def source(self, **changes: Any) -> Mailman:
        """A source with the account that works."""
        smtp = f"plain://127.0.0.1:{self.server.smtp.port}"
        settings = MailmanSettings(self.server.url, Secret(PASSWORD), sender=TEAM, smtp=smtp, history=0)
        return Mailman(replace(settings, **({"archive": f"{self.server.url}/archives"} | changes)), self.clock)

    async def standing(self, member: str) -> str:
        """Banned, kicked, silenced or ok."""
        if member in self.talk.bans | self.world.bans:
            return "banned"
        found = self.talk.on(member, "member")
        return "kicked" if found is None else "silenced" if found.action == "hold" else "ok"

    async def told(self, member: str) -> list[str]:
        """What the mail server took for this address, by itself."""
        taken = [message_from_bytes(raw, policy=policy.default) for to, raw in self.server.smtp.taken if to == member]
        return [one.get_content() for one in taken if one["to"] == member and one["cc"] is None]

    async def truth(self) -> Mapping[Ref, Record]:
        """Members, staff, whoever wrote or waits; the archive; what is held, and who waits."""
        found: dict[Ref, Record] = {}
        for place in self.world.lists.values():
            people = {one.email for one in place.members if one.role != "nonmember"}
            people |= {one.email for one in place.wishes.values()} | {one.sender for one in place.held.values()}
            people |= {one.sender for one in place.archive if place.public}
            found |= {Ref(Kind.MEMBER, one): Member(one, Untrusted(one.partition("@")[0])) for one in people}
            for mail in place.archive if place.public else ():
                found |= self._mail(place, mail)
            for held in place.held.values():
                found |= self._held(place, held)
            for wish in place.wishes.values():
                id = f"{wish.kind}:{place.id}/{wish.token}"
                report = Report(id, Ref(Kind.MEMBER, wish.email), None, wish.kind, wish.at)
                found[Ref(Kind.REPORT, id)] = report
        return found

    def _mail(self, place: MailList, mail: Mail) -> dict[Ref, Record]:
        id, thread = ids.mail(place.id, mail.hash), ids.mail(place.id, mail.thread)
        text = Untrusted(folded(mail.text).strip())
        found: dict[Ref, Record] = {Ref(Kind.POST, id): Post(id, thread, mail.sender, mail.at, text)}
        if mail.parent is None:
            found[Ref(Kind.THREAD, id)] = Thread(id, Untrusted(title_of(mail.subject)), mail.sender, mail.at)
        return found

    def _held(self, place: MailList, held: Held) -> dict[Ref, Record]:
        id = self.held_id(held, place)
        text = Untrusted(held.raw.partition("\n\n")[2].strip())
        post = Post(id, id, held.sender, held.at, text, state=PostState.HELD)
        return {
            Ref(Kind.POST, id): post,
            Ref(Kind.THREAD, id): Thread(id, Untrusted(title_of(held.subject)), None, held.at),
            Ref(Kind.REPORT, id): Report(id, Ref(Kind.POST, id), None, "held", held.at),
        }

    def held_id(self, held: Held, place: MailList | None = None) -> str:
        """The id of a held message's report, post and thread."""
        place = place or self.talk
        return str(ids.held(place.id, held.request, held.message_id, held.at // SECOND))

    def hold(self, sender: str = "", *, text: str = "", answers: str = "", id: str = "") -> Held:
        """A message that waits, of a stranger unless said otherwise."""
        number = next(self._numbers)
        sender, text = sender or f"stranger{number}@ex.test", text or f"Let me in {number}"
        self.world.known.setdefault(sender, ("", self.clock.now()))
        subject, id = f"Held {number}", id or f"h{number}@ex.test"
        message = letter(sender, self.talk.address, subject, text, id, answers=answers)
        return self.world.hold(self.talk, message)

    async def add_member(self, handle: str) -> str:
        """Somebody joins, under a name; the handle is the address's."""
        address = f"m{next(self._numbers)}@ex.test"
        self.world.add_member(self.talk, address, handle)
        return address

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann writes to the list; 100 mails are three pages already, and each is a request."""
        words = text or self.fresh("A question to begin with")
        first = self.world.add_mail(self.talk, "ann@ex.test", "Ann", self.fresh("Subject"), words)
        thread = ids.mail(self.talk.id, first.hash)
        for _ in range(min(posts, 100) - 1):
            await self.add_post(thread, self.fresh("Some more words"))
        return thread

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers."""
        parent = self.talk.mail(ids.split(thread)[1])
        assert parent is not None
        made = self.world.add_mail(self.talk, "ann@ex.test", "Ann", f"Re: {parent.subject}", text, parent=parent)
        return ids.mail(self.talk.id, made.hash)

    async def action(self, verb: Verb, *, target: Ref | None = None, report: str | None = None) -> Action:
        """What is decided is a held message."""
        if target is None and verb in _DECISIONS:
            target = Ref(Kind.REPORT, self.held_id(self.hold()))
        return await super().action(verb, target=target, report=report)

    async def lose_next_answer(self) -> None:
        """Done, but nobody heard."""
        self.server.smtp.lose = True
        self.server.plan("lose", self._first(lambda seen: seen.write))

    async def garble_next_answer(self) -> None:
        """Done, but nobody can read the answer; reads before a mail is sent pass."""
        self.server.smtp.garble = True
        self.server.plan("garble", self._first(lambda seen: seen.path == "/archives/api/lists/"))

    def _first(self, matches: Callable[[Seen], bool]) -> Callable[[Seen], bool]:
        """A fault that has happened by HTTP does not happen by SMTP, too."""

        def check(seen: Seen) -> bool:
            if matches(seen):
                self.server.smtp.lose = self.server.smtp.garble = False
                return True
            return False

        return check

    async def repeat_next_page(self) -> None:
        """Everything twice in some of the next lists."""
        self.server.doubles = 6

    async def unauthorized(self) -> None:
        """The password was changed."""
        self.server.password = "another password"
