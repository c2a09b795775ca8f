"""What a Discourse site holds: users, topics, posts, flags; and how it changes, as far as the source can tell."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from cm_console.model.time import DAY, MINUTE, Instant
from tests.servers.loopback import Now

PENDING, APPROVED, REJECTED, IGNORED = range(4)


@dataclass
class User:
    """An account."""

    id: int
    username: str
    created_at: int
    name: str = ""
    admin: bool = False
    moderator: bool = False
    suspended_till: int | None = None
    silenced_till: int | None = None
    email: str = ""
    active: bool = True
    staged: bool = False
    website: str = ""
    takes_messages: bool = True


@dataclass
class Post:
    """A post."""

    id: int
    topic: int
    number: int
    user: int
    created_at: int
    raw: str
    reply_to: int | None = None
    version: int = 1
    updated_at: int = 0
    hidden: bool = False
    deleted_at: int | None = None
    user_deleted: bool = False
    type: int = 1
    likes: int = 0


@dataclass
class Topic:
    """A topic, or a message if it has `allowed` users."""

    id: int
    title: str
    user: int
    created_at: int
    bumped_at: int
    category: int | None = 1
    posts: list[int] = field(default_factory=list)
    closed: bool = False
    visible: bool = True
    pinned: bool = False
    deleted_at: int | None = None
    external_id: str | None = None
    allowed: list[int] | None = None
    is_warning: bool = False
    accepted: int | None = None
    assigned: int | None = None
    timer: tuple[int, int] | None = None


@dataclass
class Flag:
    """One flag within a review item."""

    id: int
    user: int
    kind: int
    created_at: int
    status: int = PENDING
    reviewed_at: int | None = None


@dataclass
class Reviewable:
    """An item of the review queue; `post` is None and `raw` set while a post waits for approval."""

    id: int
    created_at: int
    post: int | None
    topic: int | None
    author: int
    flags: list[Flag]
    raw: str = ""
    title: str = ""
    status: int = PENDING
    version: int = 0


class Refusal(Exception):
    """The site says no."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class World:
    """The site's data and what people do to it."""

    def __init__(self, clock: Now) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.topics: dict[int, Topic] = {}
        self.posts: dict[int, Post] = {}
        self.reviewables: dict[int, Reviewable] = {}
        self.categories = {1: "General", 2: "Staff", 3: "Announcements"}
        self._ids = {kind: count(1) for kind in ("topic", "post", "reviewable", "flag")}
        self._user_ids = count(2)
        self.users[-1] = User(-1, "system", clock.now() - DAY, admin=True)

    def now(self) -> Instant:
        return self.clock.now()

    def add_user(self, username: str, *, admin: bool = False, moderator: bool = False, joined: int = 0) -> User:
        id = next(self._user_ids)
        self.users[id] = User(id, username, joined or self.now(), admin=admin, moderator=moderator)
        return self.users[id]

    def user(self, username: str) -> User | None:
        return next((user for user in self.users.values() if user.username.lower() == username.lower()), None)

    def add_topic(
        self,
        user: int,
        title: str,
        raw: str,
        *,
        category: int | None = 1,
        at: int = 0,
        allowed: list[int] | None = None,
    ) -> Topic:
        id, at = next(self._ids["topic"]), at or self.now()
        category = None if allowed else category
        self.topics[id] = Topic(id, title, user, at, at, category, allowed=allowed)
        self.add_post(id, user, raw, at=at)
        return self.topics[id]

    def add_post(
        self, topic: int, user: int, raw: str, *, reply_to: int | None = None, at: int = 0, type: int = 1
    ) -> Post:
        place, at = self.topics[topic], at or self.now()
        id = next(self._ids["post"])
        post = Post(id, topic, len(place.posts) + 1, user, at, raw.strip(), reply_to, updated_at=at, type=type)
        self.posts[id] = post
        place.posts.append(id)
        if type == 1:
            place.bumped_at = max(place.bumped_at, at)
        return post

    def edit(self, post: int, raw: str) -> None:
        """The last post of a topic moves it up when it is edited; others do not."""
        found = self.posts[post]
        found.raw, found.version, found.updated_at = raw.strip(), found.version + 1, self.now()
        if self.topics[found.topic].posts[-1] == post:
            self.topics[found.topic].bumped_at = self.now()

    def delete(self, post: int) -> None:
        """Delete a post; the first takes its topic with it. The topic falls back to its last movement before."""
        found = self.posts[post]
        found.deleted_at = self.now()
        topic = self.topics[found.topic]
        if found.number == 1:
            topic.deleted_at = self.now()
        left = [self.posts[id].created_at for id in topic.posts if self.posts[id].deleted_at is None]
        topic.bumped_at = max(left, default=topic.created_at)

    def flag(self, post: int, user: int, kind: int = 8) -> tuple[Reviewable, Flag]:
        """Flag a post: one more flag on the open item, or a new item."""
        flag = Flag(next(self._ids["flag"]), user, kind, self.now())
        for item in self.reviewables.values():
            if item.post == post:
                item.flags.append(flag)
                item.status = PENDING
                item.version += 1
                return item, flag
        found = self.posts[post]
        id = next(self._ids["reviewable"])
        self.reviewables[id] = Reviewable(id, self.now(), post, found.topic, found.user, [flag])
        return self.reviewables[id], flag

    def hold(self, user: int, raw: str, *, topic: int | None = None, title: str = "") -> Reviewable:
        """Somebody writes a post that waits for approval."""
        id = next(self._ids["reviewable"])
        flag = Flag(next(self._ids["flag"]), -1, 9, self.now())
        self.reviewables[id] = Reviewable(id, self.now(), None, topic, user, [flag], raw, title)
        return self.reviewables[id]

    def offered(self, item: Reviewable) -> list[str]:
        """The actions an item may be answered with now."""
        if item.status != PENDING:
            return []
        if item.post is None:
            return ["approve_post", "reject_post", "delete"]
        post = self.posts[item.post]
        hide = ["agree_and_keep_hidden"] if post.hidden else ["agree_and_hide", "agree_and_keep"]
        keep = "disagree_and_restore" if post.hidden else "disagree"
        ignore = [] if post.hidden else ["ignore_and_do_nothing"]
        return [*hide, "delete_and_agree", "agree_and_suspend", keep, *ignore, "delete_and_ignore"]

    def perform(self, item: Reviewable, action: str, version: int) -> Post | None:
        """Decide; a stale version is a conflict, an action that is not offered is no access."""
        if version != item.version:
            raise Refusal(409, "The item was updated by somebody else.")
        if action not in self.offered(item):
            raise Refusal(403, "You are not permitted to view the requested resource.")
        made = self._effect(item, action)
        ends = {"disagree": REJECTED, "reject": REJECTED, "ignore": IGNORED}
        item.status = next((status for word, status in ends.items() if action.startswith(word)), APPROVED)
        item.status = IGNORED if action == "delete_and_ignore" else item.status
        item.version += 1
        for flag in item.flags:
            flag.status, flag.reviewed_at = item.status, self.now()
        return made

    def _effect(self, item: Reviewable, action: str) -> Post | None:
        if item.post is None:
            if action != "approve_post":
                return None
            topic = item.topic or self.add_topic(item.author, item.title, item.raw).id
            return (
                self.add_post(topic, item.author, item.raw) if item.topic else self.posts[self.topics[topic].posts[0]]
            )
        if action.startswith("delete_and"):
            self.delete(item.post)
        if action in ("agree_and_hide", "disagree_and_restore"):
            self.posts[item.post].hidden = action == "agree_and_hide"
        return None

    def run_timers(self) -> None:
        """Publish the topics whose time has come."""
        for topic in self.topics.values():
            if topic.timer and topic.timer[0] <= self.now():
                topic.category, topic.bumped_at, topic.timer = topic.timer[1], topic.timer[0], None

    def seed(self, posts: int, per_topic: int = 20, *, members: int = 50) -> None:
        """Fill the site with the past: so many posts in topics of equal length, a minute apart, up to now."""
        start = self.now() - (posts + 1) * MINUTE
        people = [self.add_user(f"member{n}", joined=start).id for n in range(members)]
        topic = 0
        for n in range(posts):
            at, user = start + n * MINUTE, people[n % members]
            raw = f"Post {n}: some words about bikes, brakes and bells, long enough to look like one.\n\nBye!"
            if n % per_topic == 0:
                topic = self.add_topic(user, f"Topic {n // per_topic} about something", raw, at=at).id
            else:
                self.add_post(topic, user, raw, reply_to=n % per_topic if n % 3 == 0 else None, at=at)


@lru_cache(maxsize=100_000)
def cook(raw: str) -> str:
    """Markdown to HTML, as far as a test needs it."""
    parts = [html.escape(part, quote=False).replace("\n", "<br>\n") for part in raw.split("\n\n")]
    cooked = "\n".join(f"<p>{part}</p>" for part in parts)
    return re.sub(r"@(\w+)", r'<a class="mention" href="/u/\1">@\1</a>', cooked)
