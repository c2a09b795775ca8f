"""A stateful stand-in for a Discourse site on loopback; also a program: `python -m tests.servers.discourse --help`.

It answers what the source asks, the way Discourse does where that matters: `/posts.json` in windows of 50 ids, staff
spared from the check for equal posts, equal API posts within two minutes taken for a repeat, `external_id` unique,
review items with versions and offered actions, a worthless key answered 403 everywhere, timers, plugins on and off.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
from collections.abc import Callable
from re import Match
from typing import Any

from cm_console.model.time import SystemClock, iso, parse_iso
from tests.servers import discourse_json as shown
from tests.servers.discourse_world import PENDING, Post, Refusal, Topic, User, World
from tests.servers.loopback import Fault, LoopbackServer, Now, Reply, Seen
from tests.servers.routes import Routes

KEY = "k3y-0f-the-moderator"
NO_ACCESS = "You are not permitted to view the requested resource."
MEMO = 120_000

route = Routes["DiscourseServer"](ending=r"(\.json)?")


class DiscourseServer(LoopbackServer):
    """One site with one API key, which acts as `me`.

    Attributes:
        plugins: names of the enabled plugins.
        key: the key that works; change it to make ours worthless.
        per_minute: requests allowed a minute, 0 for any number.
        sends: may our account send messages, if it is not staff? (site setting: personal message enabled groups)
        looks: how often somebody looked at mail addresses, as the site writes it down.
    """

    def __init__(self, clock: Now, *, me: str = "team", admin: bool = True, delay: float = 0.0) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock = clock
        self.world = World(clock)
        self.me = self.world.add_user(me, admin=admin)
        self.plugins = {"discourse-assign", "discourse-solved"}
        self.key = KEY
        self.per_minute, self.sends, self.looks = 0, True, 0
        self.memo: dict[str, tuple[int, object]] = {}
        self._recent: list[int] = []

    @property
    def staff(self) -> bool:
        return self.me.admin or self.me.moderator

    def handle(self, seen: Seen) -> Reply:
        """Answer one request."""
        try:
            self._admit(seen)
            self.world.run_timers()
            if (reply := route.answer(self, seen, seen.path)) is not None:
                return reply
        except Refusal as refusal:
            kind = {403: "invalid_access", 404: "not_found", 429: "rate_limit"}.get(refusal.status, "invalid")
            return Reply({"errors": [str(refusal)], "error_type": kind}, refusal.status)
        return Reply({"errors": [f"The requested URL {seen.path} could not be found."], "error_type": "not_found"}, 404)

    def _admit(self, seen: Seen) -> None:
        name = seen.headers.get("api-username", "").lower()
        if seen.headers.get("api-key") != self.key or name != self.me.username.lower():
            raise Refusal(403, f"{NO_ACCESS} The API username or key is invalid.")
        now = self.clock.now()
        self._recent = [at for at in self._recent if at > now - 60_000]
        if self.per_minute and len(self._recent) >= self.per_minute:
            raise Refusal(429, "You have performed this action too many times.")
        self._recent.append(now)
        if seen.path.startswith(("/admin/", "/review")) and not self.staff:
            raise Refusal(404 if seen.path.startswith("/admin/") else 403, NO_ACCESS)

    def topic(self, id: str) -> Topic:
        topic = self.world.topics.get(int(id)) if id.isdigit() else None
        readable = topic is not None and (topic.allowed is None or self.me.id in topic.allowed)
        if topic is None or not readable or (topic.deleted_at is not None and not self.staff):
            raise Refusal(404, "The requested URL or resource could not be found.")
        return topic

    def post(self, id: str) -> Post:
        post = self.world.posts.get(int(id)) if id.isdigit() else None
        if post is None or (post.deleted_at is not None and not self.staff):
            raise Refusal(404, "The requested URL or resource could not be found.")
        self.topic(str(post.topic))
        return post

    def user(self, id: str) -> User:
        user = self.world.users.get(int(id))
        if user is None:
            raise Refusal(404, "The requested URL or resource could not be found.")
        return user

    def plugin(self, name: str) -> None:
        if name not in self.plugins:
            raise Refusal(404, "The requested URL or resource could not be found.")

    def remember(self, seen: Seen, make: Callable[[], object]) -> object:
        """Discourse answers an equal API post within two minutes with what it answered first."""
        known = self.memo.get(seen.body.decode())
        if known and known[0] > self.clock.now() - MEMO:
            return known[1]
        made = make()
        self.memo[seen.body.decode()] = (self.clock.now(), made)
        return made


@route("GET", "/about")
def about(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    return {"about": {"version": "3.4.0", "title": "Bikes", "stats": {"topic_count": len(site.world.topics)}}}


@route("GET", "/site")
def site_info(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    names = site.world.categories.items()
    return {"categories": [{"id": id, "name": name, "slug": name.lower()} for id, name in names]}


@route("GET", "/admin/plugins")
def plugins(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    known = ("discourse-assign", "discourse-solved", "chat")
    return {"plugins": [{"name": name, "enabled": name in site.plugins} for name in known]}


@route("GET", "/u/{name}")
def profile(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    user = site.world.user(found["name"])
    if user is None:
        raise Refusal(404, "The requested URL or resource could not be found.")
    return {"user_badges": [], "user": shown.user(user) | shown.card(user, me=site.me, may=site.staff or site.sends)}


@route("GET", "/user-cards")
def cards(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    ids = [int(id) for id in seen.one("user_ids").split(",")]
    if len(ids) > 50:
        raise Refusal(400, "You supplied invalid parameters to the request: user_ids")
    people = [user for id in ids if (user := site.world.users.get(id))]
    return {"users": [shown.card(user, me=site.me, may=site.staff or site.sends) for user in people]}


@route("GET", "/posts")
def latest_posts(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    world = site.world
    before = int(seen.one("before", "0")) or max(world.posts, default=0)
    ids = range(before, max(before - 50, 0), -1)
    found = [world.posts[id] for id in ids if id in world.posts]
    public = [post for post in found if _is_public(world, post)]
    return {"latest_posts": [shown.post(world, post, full=True) for post in public]}


def _is_public(world: World, post: Post) -> bool:
    topic = world.topics[post.topic]
    return post.deleted_at is None and topic.deleted_at is None and topic.allowed is None and topic.visible


@route("GET", "/latest")
def latest(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    open = [t for t in site.world.topics.values() if t.allowed is None and t.visible and t.deleted_at is None]
    return shown.topics(site.world, open, seen, per_page=int(seen.one("per_page", "30")))


@route("GET", "/c/{slug}/{id}")
def category(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    open = [t for t in site.world.topics.values() if t.category == int(found["id"]) and t.deleted_at is None]
    return shown.topics(site.world, open, seen)


@route("GET", "/topics/private-messages/{name}")
def inbox(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    me, world = site.me.id, site.world
    mine = [t for t in world.topics.values() if t.allowed and me in t.allowed and t.deleted_at is None]
    answered = [t for t in mine if any(world.posts[id].user != me for id in t.posts)]
    return shown.topics(world, answered, seen)


@route("GET", "/topics/private-messages-sent/{name}")
def sent(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    mine = [t for t in site.world.topics.values() if t.allowed and t.user == site.me.id and t.deleted_at is None]
    return shown.topics(site.world, mine, seen)


@route("GET", "/t/external_id/{id}")
def by_external_id(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    for topic in site.world.topics.values():
        if topic.external_id == found["id"]:
            return Reply(None, 301, {"Location": f"{site.url}/t/{topic.id}.json"})
    raise Refusal(404, "The requested URL or resource could not be found.")


@route("GET", "/t/{id}")
def one_topic(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    return shown.topic(site.world, site.topic(found["id"]), raw=seen.one("include_raw") == "1", staff=site.staff)


@route("GET", "/t/{id}/posts")
def some_posts(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    topic, raw = site.topic(found["id"]), seen.one("include_raw") == "1"
    wanted = [site.post(id) for id in seen.query.get("post_ids[]", [])]
    inside = [shown.post(site.world, post, raw=raw) for post in wanted if post.topic == topic.id]
    return {"post_stream": {"posts": inside}, "id": topic.id}


@route("GET", "/posts/{id}")
def one_post(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    return shown.post(site.world, site.post(found["id"]), raw=True)


@route("POST", "/posts")
def create(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    return site.remember(seen, lambda: _create(site, seen.json()))


def _create(site: DiscourseServer, body: dict[str, Any]) -> object:
    world, raw = site.world, str(body["raw"]).strip()
    if len(raw) < 5:
        raise Refusal(422, "Body is too short (minimum is 5 characters)")
    if "topic_id" in body:
        topic = site.topic(str(body["topic_id"]))
        return shown.post(world, world.add_post(topic.id, site.me.id, raw, reply_to=body.get("reply_to_post_number")))
    external = body.get("external_id")
    if external is not None and any(topic.external_id == external for topic in world.topics.values()):
        raise Refusal(422, "External has already been taken")
    title = " ".join(str(body["title"]).split())
    if len(title) < 2:
        raise Refusal(422, "Title is too short (minimum is 2 characters)")
    if len(title) > 255:
        raise Refusal(422, "Title is too long (maximum is 255 characters)")
    allowed = _readers(site, body) if body.get("archetype") == "private_message" else None
    category = body.get("category", 1)
    tidy = title[0].upper() + title[1:]
    topic = world.add_topic(site.me.id, tidy, raw, category=category, allowed=allowed)
    topic.external_id, topic.is_warning = external, site.staff and body.get("is_warning") == "true"
    return shown.post(world, world.posts[topic.posts[0]])


def _readers(site: DiscourseServer, body: dict[str, Any]) -> list[int]:
    """Who may read a new message. Staff reaches whoever wants no messages too."""
    names = str(body["target_recipients"]).split(",")
    people = [user for name in names if (user := site.world.user(name))]
    if not site.staff and (closed := [user.username for user in people if not user.takes_messages]):
        raise Refusal(422, f"Sorry, {closed[0]} is not accepting messages at the moment.")
    if not site.staff and not site.sends:
        raise Refusal(422, "Sorry, you cannot send a personal message to that user.")
    if len(people) != len(names):
        raise Refusal(422, "One of the users you are sending this message to could not be found.")
    return [site.me.id, *(user.id for user in people if user is not site.me)]


@route("PUT", "/posts/{id}")
def edit(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    post = site.post(found["id"])
    site.world.edit(post.id, str(seen.json()["post"]["raw"]))
    return {"post": shown.post(site.world, post, raw=True)}


@route("DELETE", "/posts/{id}")
def delete(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    post = site.post(found["id"])
    if post.deleted_at is not None:
        raise Refusal(403, NO_ACCESS)
    site.world.delete(post.id)
    return None


@route("PUT", "/posts/{id}/recover")
def recover(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    post = site.post(found["id"])
    post.deleted_at, post.user_deleted = None, False
    site.world.topics[post.topic].deleted_at = None
    return shown.post(site.world, post)


@route("PUT", "/posts/{id}/unhide")
def unhide(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    site.post(found["id"]).hidden = False
    return None


@route("POST", "/post_actions")
def act_on_post(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    body = seen.json()
    post = site.post(str(body["id"]))
    if site.staff and body.get("take_action") == "true":
        post.hidden = True
    return shown.post(site.world, post)


@route("PUT", "/t/{id}/status")
def status(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    topic, body = site.topic(found["id"]), seen.json()
    enabled = body["enabled"] == "true"
    if body["status"] == "visible":
        topic.visible = enabled
    elif body["status"] == "closed" and topic.closed != enabled:
        topic.closed = enabled
        site.world.add_post(topic.id, site.me.id, "", type=3)
    return {"success": "OK", "topic_status_update": None}


@route("PUT", "/t/-/{id}")
def retitle(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    topic = site.topic(found["id"])
    topic.title = seen.json().get("title", topic.title)
    return {"basic_topic": {"id": topic.id, "title": topic.title}}


@route("DELETE", "/t/{id}")
def delete_topic(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    topic = site.topic(found["id"])
    topic.deleted_at = site.clock.now()
    return None


@route("PUT", "/t/{id}/recover")
def recover_topic(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    site.topic(found["id"]).deleted_at = None
    return {"success": "OK"}


@route("POST", "/t/{id}/timer")
def timer(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    topic, body = site.topic(found["id"]), seen.json()
    topic.timer = (parse_iso(body["time"]), int(body["category_id"])) if body["time"] else None
    return {"success": "OK", "execute_at": iso(topic.timer[0]) if topic.timer else None}


@route("GET", "/admin/users/list/{flag}")
def users(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    everybody = sorted(site.world.users.values(), key=lambda user: (user.created_at, user.id))
    if found["flag"] == "staff":
        staff = [user for user in everybody if user.admin or user.moderator]
        return [shown.user(user, emails=user is site.me) for user in staff]
    everybody = everybody if seen.one("asc") == "true" else everybody[::-1]
    start, emails = int(seen.one("page", "0")) * 100, seen.one("show_emails") == "true"
    site.looks += emails and bool(everybody[start : start + 100])
    seen_by_us = emails and site.me.admin
    part = everybody[start : start + 100]
    return [shown.user(user, emails=seen_by_us or user is site.me or user.staged) for user in part]


@route("GET", "/admin/users/{id}")
def one_user(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    return shown.user(site.user(found["id"]))


@route("PUT", "/admin/users/{id}/{what}")
def penalty(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    user, what, body = site.user(found["id"]), found["what"], seen.json()
    if user.admin or user.moderator:
        raise Refusal(403, NO_ACCESS)
    if (what == "suspend" and shown.active(site.world, user.suspended_till)) or (
        what == "silence" and shown.active(site.world, user.silenced_till)
    ):
        raise Refusal(409, f"This user was already {what}d")
    if what in ("suspend", "unsuspend"):
        user.suspended_till = parse_iso(body["suspend_until"]) if what == "suspend" else None
    else:
        user.silenced_till = parse_iso(body["silenced_till"]) if what == "silence" else None
    return {what: shown.user(user)}


@route("GET", "/directory_items")
def directory(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    people = [user for user in site.world.users.values() if user.id > 0]
    start = int(seen.one("page", "0")) * 50
    items = [{"id": user.id, "user": shown.user(user, brief=True)} for user in people[start : start + 50]]
    return {"directory_items": items, "meta": {"total_rows_directory_items": len(people)}}


@route("GET", "/review")
def queue(site: DiscourseServer, seen: Seen, _: Match[str]) -> object:
    items = list(site.world.reviewables.values())
    if seen.one("status", "pending") == "pending":
        items = [item for item in items if item.status == PENDING]
    if seen.one("sort_order") != "created_at_asc":
        items = items[::-1]
    start = int(seen.one("offset", "0"))
    return shown.queue(site.world, items[start : start + 10], total=len(items))


@route("GET", "/review/{id}")
def review_item(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    item = site.world.reviewables.get(int(found["id"]))
    if item is None:
        raise Refusal(404, "The requested URL or resource could not be found.")
    data = shown.queue(site.world, [item], total=1)
    return {**data, "reviewable": data["reviewables"][0]}


@route("PUT", "/review/{id}/perform/{action}")
def perform(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    if not seen.one("version"):
        raise Refusal(422, "Missing version")
    item = site.world.reviewables[int(found["id"])]
    made = site.world.perform(item, found["action"], int(seen.one("version")))
    result = {"success": True, "version": item.version, "created_post_id": made.id if made else None}
    return {"reviewable_perform_result": result}


@route("PUT", "/assign/{what}")
def assign(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    site.plugin("discourse-assign")
    body = seen.json()
    topic = site.topic(str(body["target_id"]))
    user = site.world.user(body["username"]) if found["what"] == "assign" else None
    topic.assigned = user.id if user else None
    return {"success": "OK"}


@route("POST", "/solution/{what}")
def solution(site: DiscourseServer, seen: Seen, found: Match[str]) -> object:
    site.plugin("discourse-solved")
    post = site.post(str(seen.json()["id"]))
    site.world.topics[post.topic].accepted = post.id if found["what"] == "accept" else None
    return {"success": "OK"}


def _chances(lose: float, late: float, fail: float, seed: int) -> Callable[[Seen], Fault | None]:
    """Faults that strike writes by chance, the same in every run with this seed."""
    dice = random.Random(seed)

    def strike(seen: Seen) -> Fault | None:
        if not seen.write:
            return None
        roll = dice.random()
        for share, kind in ((lose, "lose"), (late, "late"), (fail / 2, "fail_before"), (fail / 2, "fail_after")):
            if roll < share:
                return Fault(kind, lambda seen: True, delay=dice.uniform(0.05, 0.3))
            roll -= share
        return None

    return strike


async def serve(arguments: argparse.Namespace) -> None:
    """Run a site until the program is ended; prints its address first."""
    clock = SystemClock()
    server = DiscourseServer(clock, delay=arguments.delay_ms / 1000)
    server.world.seed(arguments.posts, arguments.per_topic, members=arguments.members)
    server.per_minute = arguments.per_minute
    server.chance = _chances(arguments.lose, arguments.late, arguments.fail, arguments.seed)
    await server.start(arguments.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.discourse --port 0 --delay-ms 20 --posts 12000`; key and user as in KEY and `me`."""
    parser = argparse.ArgumentParser(description=f"A Discourse stand-in; username team, key {KEY}.")
    for name, kind, default in (
        ("--port", int, 0),
        ("--delay-ms", float, 0.0),
        ("--posts", int, 200),
        ("--per-topic", int, 20),
        ("--members", int, 50),
        ("--per-minute", int, 0),
        ("--lose", float, 0.0),
        ("--late", float, 0.0),
        ("--fail", float, 0.0),
        ("--seed", int, 1),
    ):
        parser.add_argument(name, type=kind, default=default)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
