"""The Discourse stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar

from cm_console.model.action import Verb
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.discourse import Discourse, DiscourseSettings
from cm_console.sources.markup import html_to_text
from tests.servers import discourse_world as world
from tests.servers.discourse import KEY, DiscourseServer
from tests.servers.loopback_bench import LoopbackBench


class DiscourseBench(LoopbackBench):
    """A site with team (us), bob (a colleague, who also flags) and ann (who writes)."""

    kind: ClassVar[SourceKind] = Discourse
    cannot: ClassVar[Mapping[str, str]] = {
        Verb.WARN: "a warning is a message only its reader sees: tested in test_discourse_pushes.py",
    }
    idle_cost: ClassVar[int] = 10
    news_cost: ClassVar[int] = 16
    stride: ClassVar[int] = 3
    secrets = (KEY,)
    place = "General"
    server: DiscourseServer

    def __init__(self) -> None:
        super().__init__()
        self.server = DiscourseServer(self.clock)
        self.site = self.server.world
        self.ann = self.site.add_user("ann").id
        self.bob = self.site.add_user("bob", moderator=True).id
        self.colleague = str(self.bob)
        self._titles = count(1)

    def source(self, *, history: int = 0, token: str = KEY, drafts: str = "Staff", profiles: bool = False) -> Discourse:
        """A source with the key that works."""
        url, me = self.server.url, self.server.me.username
        settings = DiscourseSettings(url, me, Secret(token), history=history, drafts=drafts, profiles=profiles)
        return Discourse(settings, self.clock)

    async def standing(self, member: str) -> str:
        """Banned, silenced or ok."""
        user, now = self.site.users[int(member)], self.clock.now()
        if user.suspended_till and user.suspended_till > now:
            return "banned"
        return "silenced" if user.silenced_till and user.silenced_till > now else "ok"

    async def told(self, member: str) -> list[str]:
        """What we wrote where only this member reads it with us."""
        us, them = self.server.me.id, int(member)
        ours = [topic for topic in self.site.topics.values() if topic.allowed == [us, them] and not topic.deleted_at]
        posts = [self.site.posts[id] for topic in ours for id in topic.posts]
        return [post.raw for post in posts if post.user == us and not post.deleted_at]

    async def truth(self) -> Mapping[Ref, Record]:
        """Users, listed topics and messages to us, their posts, the queue, and what is planned."""
        self.site.run_timers()
        found: dict[Ref, Record] = {}
        for user in self.site.users.values():
            found[Ref(Kind.MEMBER, str(user.id))] = Member(str(user.id), Untrusted(user.username))
        for topic in filter(self._is_for_us, self.site.topics.values()):
            found[Ref(Kind.THREAD, str(topic.id))] = _thread(topic)
            for post in (self.site.posts[id] for id in topic.posts):
                if post.type != 3:
                    found[Ref(Kind.POST, str(post.id))] = _post(post)
            if topic.timer:
                planned = Scheduled(str(topic.id), Untrusted(topic.title), Untrusted(""), Instant(topic.timer[0]))
                found[Ref(Kind.SCHEDULED, str(topic.id))] = planned
        for item in self.site.reviewables.values():
            found |= {ref: report for flag in item.flags for ref, report in [_report(item, flag)]}
        return found

    def _is_for_us(self, topic: world.Topic) -> bool:
        if topic.deleted_at is not None or not topic.visible:
            return False
        others = any(self.site.posts[id].user != self.server.me.id for id in topic.posts)
        return topic.allowed is None or (self.server.me.id in topic.allowed and others)

    async def add_member(self, handle: str) -> str:
        """Somebody joins."""
        return str(self.site.add_user(handle).id)

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann opens a topic."""
        first = text or self.fresh("Some words to begin with")
        topic = self.site.add_topic(self.ann, f"A question {next(self._titles)}", first)
        for _ in range(posts - 1):
            self.site.add_post(topic.id, self.ann, self.fresh("Some more words"))
        return str(topic.id)

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers."""
        return str(self.site.add_post(int(thread), self.ann, text).id)

    async def edit_post(self, post: str, text: str) -> None:
        """Ann rewrites it."""
        self.site.edit(int(post), text)

    async def delete_post(self, post: str) -> None:
        """It is deleted."""
        self.site.delete(int(post))

    async def add_report(self, post: str) -> str:
        """Bob flags it."""
        item, flag = self.site.flag(int(post), self.bob)
        return f"{item.id}-{flag.id}"

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Bob decides, before us."""
        item = self.site.reviewables[int(report.partition("-")[0])]
        self.site.perform(item, "delete_and_agree" if agree else "disagree", item.version)

    async def repeat_next_page(self) -> None:
        """Everything twice in the next lists."""
        self.repeat_next("/posts.json", "/latest.json", "/review.json")

    async def unauthorized(self) -> None:
        """The key was revoked."""
        self.server.key = "another key"


def _thread(topic: world.Topic) -> Thread:
    author = str(topic.user)
    solved = None if topic.accepted is None else str(topic.accepted)
    assigned = None if topic.assigned is None else str(topic.assigned)
    title = Untrusted(topic.title)
    at = Instant(topic.created_at)
    return Thread(str(topic.id), title, author, at, closed=topic.closed, solved_by=solved, assigned_to=assigned)


def _post(post: world.Post) -> Post:
    state = PostState.HIDDEN if post.hidden else PostState.VISIBLE
    state = PostState.DELETED if post.deleted_at or post.user_deleted else state
    text = html_to_text(world.cook(post.raw))
    return Post(str(post.id), str(post.topic), str(post.user), Instant(post.created_at), text, state=state)


def _report(item: world.Reviewable, flag: world.Flag) -> tuple[Ref, Report]:
    id = f"{item.id}-{flag.id}"
    target = Ref(Kind.POST, f"review-{item.id}" if item.post is None else str(item.post))
    closed = None if flag.reviewed_at is None else Instant(flag.reviewed_at)
    return Ref(Kind.REPORT, id), Report(id, target, str(flag.user), "spam", Instant(flag.created_at), closed_at=closed)
