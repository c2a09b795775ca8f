"""The Matrix stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import ClassVar

from cm_console.model.action import Action, Verb
from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.sources.matrix import Matrix, MatrixSettings
from cm_console.sources.matrix.events import title_of
from tests.servers import matrix_world as world
from tests.servers.loopback import Seen
from tests.servers.loopback_bench import LoopbackBench, storable
from tests.servers.matrix import KEY, MatrixServer


class MatrixBench(LoopbackBench):
    """A homeserver with team (us, who made the room General), ann (who writes) and bob (a moderator, who reports)."""

    kind: ClassVar[SourceKind] = Matrix
    cannot: ClassVar[Mapping[str, str]] = {
        Verb.WARN: "a notice stands in a room that only its reader sees: tested in test_matrix_pushes.py",
    }
    idle_cost: ClassVar[int] = 6
    news_cost: ClassVar[int] = 8
    stride: ClassVar[int] = 3
    secrets = (KEY,)
    place = "General"
    server: MatrixServer

    def __init__(self) -> None:
        super().__init__()
        self.server = MatrixServer(self.clock)
        self.site = self.server.world
        self.me = self.server.me
        self.ann, self.bob = self.site.account("ann"), self.site.account("bob")
        self.room = self.site.room(self.me, "General")
        for user in (self.ann, self.bob):
            self.site.join(self.room, user)
        self.site.promote(self.room, self.bob, 50, self.me)
        self._names = count(1)
        self._garbled = False

    def source(self, *, history: int = 0, token: str = KEY, rooms: str = "") -> Matrix:
        """A source with the token that works."""
        return Matrix(MatrixSettings(self.server.url, Secret(token), rooms, history), self.clock)

    def speaks(self, text: str) -> bool:
        """Something that can be kept; clients send no blank messages."""
        return bool(text.strip()) and storable(text)

    async def standing(self, member: str) -> str:
        """Banned or kicked from the room, suspended or ok."""
        account = self.site.accounts.get(member)
        now = self.site.state[self.room].get((world.MEMBER, member))
        stands, before = [(content or {}).get("membership") for content in (now and now.content, now and now.before)]
        if stands == "ban" or (stands == "leave" and before != "ban"):
            return "banned" if stands == "ban" else "kicked"
        return "silenced" if account and account.suspended else "ok"

    def id(self, event: str) -> str:
        """The id of a post or thread."""
        return f"{self.site.event(event).room}/{event}"

    async def truth(self) -> Mapping[Ref, Record]:
        """Who is in our rooms, what stands there, the reports and what is planned."""
        self.site.send_due()
        found: dict[Ref, Record] = {}
        for room in self.site.joined(self.me):
            for type, user in self.site.state[room]:
                if type == world.MEMBER and self.site.stands(room, user) == "join":
                    found[Ref(Kind.MEMBER, user)] = Member(user, Untrusted(user[1:]))
            for event in [e for e in self.site.events if e.room == room and self._stands(e)]:
                root = self.root(event)
                thread = self._talk(room) or self._thread(root)
                found[Ref(Kind.THREAD, thread.id)] = thread
                found[Ref(Kind.POST, self.id(event.id))] = replace(self._post(event, root), thread=thread.id)
        for flag in self.site.event_flags.values():
            found[Ref(Kind.REPORT, f"event-{flag.id}")] = _report(f"event-{flag.id}", flag)
        for flag in self.site.user_flags.values():
            found[Ref(Kind.REPORT, f"user-{flag.id}")] = _report(f"user-{flag.id}", flag)
        for one in self.site.delayed.values():
            id = f"{one.id}/{one.content.get('dev.cm_console.id', '')}/{one.room}"
            text = Untrusted(one.content["body"])
            found[Ref(Kind.SCHEDULED, id)] = Scheduled(id, title_of(text), text, Instant(one.since + one.delay))
        return found

    def _talk(self, room: str) -> Thread | None:
        """A room that only one member reads with us, as a thread; None for others."""
        others = [key for type, key in self.site.state[room] if type == world.MEMBER and key != self.me]
        if ("m.room.name", "") in self.site.state[room] or len(others) != 1:
            return None
        return Thread(room, Untrusted(others[0][1:]), others[0], Instant(0))

    async def told(self, member: str) -> list[str]:
        """What we said where only this member reads it with us."""
        talks = [room for room in self.site.joined(self.me) if (talk := self._talk(room)) and talk.author == member]
        ours = [e for e in self.site.events if e.room in talks and e.type == world.MESSAGE and e.sender == self.me]
        return [event.content["body"] for event in ours if not event.redacted_by]

    def _stands(self, event: world.Stored) -> bool:
        related = event.content.get("m.relates_to", {})
        return event.type == world.MESSAGE and not event.redacted_by and related.get("rel_type") != "m.replace"

    def root(self, event: world.Stored) -> world.Stored:
        """Up the chain of answers."""
        related = event.content.get("m.relates_to", {})
        up = related.get("event_id") or related.get("m.in_reply_to", {}).get("event_id")
        return self.root(self.site.event(up)) if up else event

    def text(self, event: world.Stored) -> Untrusted:
        """What a message says now."""
        edits = self.site.edits(event.id)
        return Untrusted(edits[-1].content["m.new_content"]["body"] if edits else event.content["body"])

    def _thread(self, root: world.Stored) -> Thread:
        title = Untrusted("(removed)") if root.redacted_by else title_of(self.text(root))
        return Thread(self.id(root.id), title, root.sender, Instant(root.at), closed=bool(root.redacted_by))

    def _post(self, event: world.Stored, root: world.Stored) -> Post:
        return Post(self.id(event.id), self.id(root.id), event.sender, Instant(event.at), self.text(event))

    async def add_member(self, handle: str) -> str:
        """Somebody comes into the room; a user id has few characters, a name any."""
        user = self.site.account(f"u{next(self._names)}")
        self.site.join(self.room, user, handle)
        return user

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann asks; Bob answers, in a thread or not. Longer chains, which a removal tears, have tests of their own."""
        first = self.site.say(self.room, self.ann, text or self.fresh("A question to begin with"))
        for number in range(posts - 1):
            kind = "thread" if number % 3 == 0 else "to"
            self.site.say(self.room, self.bob, self.fresh("Some more words"), **{kind: first})
        return self.id(first)

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers."""
        return self.id(self.site.say(self.room, self.ann, text, to=thread.partition("/")[2]))

    async def edit_post(self, post: str, text: str) -> None:
        """Its author rewrites it."""
        self.site.rewrite(post.partition("/")[2], text)

    async def delete_post(self, post: str) -> None:
        """Its author removes it."""
        event = self.site.event(post.partition("/")[2])
        self.site.redact(event.id, event.sender)

    async def add_report(self, post: str) -> str:
        """Bob reports it."""
        return f"event-{self.site.flag(post.partition('/')[2], self.bob, 'spam')}"

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Bob removes the message or leaves it; the report goes either way."""
        flag = self.site.event_flags.pop(int(report.partition("-")[2]))
        if agree:
            self.site.redact(flag.event, self.bob)

    async def action(self, verb: Verb, *, target: Ref | None = None, report: str | None = None) -> Action:
        """As the console asks: reports are decided at the message they are about; only our own words are edited."""
        made = await super().action(verb, target=target, report=report)
        if verb is Verb.EDIT and target is None:
            mine = self.site.say(self.room, self.me, self.fresh("Something we said"))
            made = replace(made, target=Ref(Kind.POST, self.id(mine)), thread=self.id(mine))
        if made.target is not None and made.target.kind is Kind.REPORT:
            flag = self.site.event_flags[int(made.target.id.partition("-")[2])]
            made = replace(made, target=Ref(Kind.POST, self.id(flag.event)))
        return replace(made, at=Instant(self.clock.now() + HOUR)) if verb is Verb.SCHEDULE else made

    async def lose_next_answer(self) -> None:
        """Of what is written, not of what makes a room ready for it: that has tests of its own."""
        self.server.plan("lose", lambda seen: seen.write and not prepares(seen))

    async def garble_next_answer(self) -> None:
        """Done, but nobody can read the answer: of a pull first, then of the write itself, not of a look before it."""
        self._garbled, first = True, not self._garbled
        self.server.plan("garble", lambda seen: seen.write or (first and seen.path.endswith("/sync")))

    async def repeat_next_page(self) -> None:
        """Everything twice in the next list of events."""
        self.server.doubles = True

    async def unauthorized(self) -> None:
        """The token was revoked."""
        self.server.key = "another token"


def prepares(seen: Seen) -> bool:
    """Is this a step on the way to a message: the room for it, the invitation, the list of private talks?"""
    return any(part in seen.path for part in ("/createRoom", "/state/m.room.member/", "/account_data/"))


def _report(id: str, flag: world.Flag) -> Report:
    target = Ref(Kind.POST, f"{flag.room}/{flag.event}") if flag.event else Ref(Kind.MEMBER, flag.user)
    return Report(id, target, flag.by, "reported", Instant(flag.at))
