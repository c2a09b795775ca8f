"""The world of the Discourse stand-in as the JSON that Discourse would show of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cm_console.model.time import moment
from tests.servers.discourse_world import Post, Reviewable, Topic, User, World, cook
from tests.servers.loopback import Seen

UTC = ZoneInfo("UTC")


@lru_cache(maxsize=100_000)
def stamp(at: int | None) -> str | None:
    """A time as Discourse writes it, milliseconds included."""
    return None if at is None else moment(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def active(world: World, until: int | None) -> bool:
    """Is a penalty still running?"""
    return until is not None and until > world.now()


def user(user: User, *, brief: bool = False, emails: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": user.id, "username": user.username, "name": user.name, "avatar_template": ""}
    if not brief:
        shown |= {"created_at": stamp(user.created_at), "admin": user.admin, "moderator": user.moderator}
        shown |= {"suspended_till": stamp(user.suspended_till), "silenced_till": stamp(user.silenced_till)}
        shown |= {"trust_level": 1, "active": user.active, "staged": user.staged}
        shown |= {"email": user.email, "secondary_emails": []} if emails else {}
    return shown


def card(user: User, *, me: User, may: bool) -> dict[str, Any]:
    """What every account sees of a member; `may`: may we send messages at all?"""
    reachable = may and me is not user and (user.takes_messages or me.admin or me.moderator)
    shown = {"id": user.id, "username": user.username, "name": user.name, "avatar_template": ""}
    shown |= {"can_send_private_messages": may, "can_send_private_message_to_user": reachable}
    return shown | ({"website": user.website} if user.website else {})


def post(world: World, post: Post, *, raw: bool = False, full: bool = False) -> dict[str, Any]:
    """A post; `full` as in the list of the latest."""
    author, topic = world.users[post.user], world.topics[post.topic]
    shown: dict[str, Any] = {
        "id": post.id,
        "name": author.name,
        "username": author.username,
        "user_id": author.id,
        "created_at": stamp(post.created_at),
        "updated_at": stamp(post.updated_at),
        "cooked": cook(post.raw),
        "post_number": post.number,
        "post_type": post.type,
        "reply_to_post_number": post.reply_to,
        "topic_id": post.topic,
        "topic_slug": "topic",
        "version": post.version,
        "hidden": post.hidden,
        "deleted_at": stamp(post.deleted_at),
        "user_deleted": post.user_deleted,
        "staff": author.admin or author.moderator,
        "actions_summary": [{"id": 2, "count": post.likes}] if post.likes else [{"id": 3, "can_act": True}],
        "accepted_answer": topic.accepted == post.id,
    }
    if full:
        shown |= {"topic_title": topic.title, "category_id": topic.category}
    if raw or full:
        shown["raw"] = post.raw
    return shown


def topics(world: World, found: Sequence[Topic], seen: Seen, *, per_page: int = 30) -> dict[str, Any]:
    """A page of a list, the last moved first, pinned ones on top of all."""
    page = int(seen.one("page", "0"))
    order = sorted(found, key=lambda topic: (-topic.bumped_at, -topic.id))
    if seen.one("order") != "activity":
        order.sort(key=lambda topic: not topic.pinned)
    part = order[page * per_page : (page + 1) * per_page]
    more = (page + 1) * per_page < len(order)
    listed: dict[str, Any] = {"per_page": per_page, "topics": [_listed(world, topic) for topic in part]}
    return {"users": [], "topic_list": listed | ({"more_topics_url": f"/latest?page={page + 1}"} if more else {})}


def _listed(world: World, topic: Topic) -> dict[str, Any]:
    alive = [world.posts[id] for id in topic.posts if world.posts[id].deleted_at is None]
    last = max((post.created_at for post in alive), default=topic.created_at)
    return {
        "id": topic.id,
        "title": topic.title,
        "fancy_title": topic.title,
        "slug": "topic",
        "posts_count": len(alive),
        "created_at": stamp(topic.created_at),
        "last_posted_at": stamp(last),
        "bumped_at": stamp(topic.bumped_at),
        "pinned": topic.pinned,
        "visible": topic.visible,
        "closed": topic.closed,
        "archetype": "private_message" if topic.allowed else "regular",
        "category_id": topic.category,
        "has_accepted_answer": topic.accepted is not None,
        "posters": [{"user_id": topic.user, "description": "Original Poster"}],
        **_assigned(world, topic),
    }


def _assigned(world: World, topic: Topic) -> dict[str, Any]:
    if topic.assigned is None:
        return {}
    return {"assigned_to_user": user(world.users[topic.assigned], brief=True)}


def topic(world: World, topic: Topic, *, raw: bool, staff: bool) -> dict[str, Any]:
    """A topic's own page: the first 20 posts, the ids of all; staff sees deleted ones too."""
    there = [world.posts[id] for id in topic.posts if staff or world.posts[id].deleted_at is None]
    readers = [user(world.users[id], brief=True) for id in topic.allowed or []]
    accepted = {"post_number": world.posts[topic.accepted].number} if topic.accepted is not None else None
    timer = None
    if topic.timer:
        timer = {"id": 1, "execute_at": stamp(topic.timer[0]), "status_type": "publish_to_category"}
        timer["category_id"] = topic.timer[1]
    return {
        "id": topic.id,
        "title": topic.title,
        "created_at": stamp(topic.created_at),
        "user_id": topic.user,
        "closed": topic.closed,
        "visible": topic.visible,
        "archetype": "private_message" if topic.allowed else "regular",
        "category_id": topic.category,
        "deleted_at": stamp(topic.deleted_at),
        "posts_count": len(there),
        "post_stream": {
            "posts": [post(world, one, raw=raw) for one in there[:20]],
            "stream": [one.id for one in there],
        },
        "details": {"created_by": user(world.users[topic.user], brief=True), "allowed_users": readers},
        "topic_timer": timer,
        **({"accepted_answer": accepted} if accepted else {}),
        **_assigned(world, topic),
    }


def queue(world: World, items: Sequence[Reviewable], *, total: int) -> dict[str, Any]:
    """Review items with what belongs to them side-loaded."""
    offered = {item.id: world.offered(item) for item in items}
    names = sorted({name for names in offered.values() for name in names})
    return {
        "reviewables": [_reviewable(world, item) for item in items],
        "reviewable_scores": [_score(flag) for item in items for flag in item.flags],
        "score_types": [{"id": 8, "title": "Spam"}, {"id": 9, "title": "Needs approval"}],
        "bundled_actions": [{"id": f"{item.id}-all", "action_ids": offered[item.id]} for item in items],
        "actions": [{"id": name, "server_action": name, "label": name} for name in names],
        "meta": {"total_rows_reviewables": total},
    }


def _reviewable(world: World, item: Reviewable) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": item.id,
        "created_at": stamp(item.created_at),
        "status": item.status,
        "version": item.version,
        "score": 1.0,
        "topic_id": item.topic,
        "created_by_id": item.flags[0].user,
        "target_created_by_id": item.author,
        "reviewable_score_ids": [flag.id for flag in item.flags],
        "bundled_action_ids": [f"{item.id}-all"],
    }
    if item.post is None:
        return shown | {"type": "ReviewableQueuedPost", "payload": {"raw": item.raw, "title": item.title}}
    raw = world.posts[item.post].raw
    return shown | {"type": "ReviewableFlaggedPost", "target_type": "Post", "target_id": item.post, "raw": raw}


def _score(flag: Any) -> dict[str, Any]:
    return {
        "id": flag.id,
        "user_id": flag.user,
        "score": 1.0,
        "status": flag.status,
        "created_at": stamp(flag.created_at),
        "reviewed_at": stamp(flag.reviewed_at),
        "score_type_id": flag.kind,
        "reason": None,
    }
