"""The parts of Discourse's JSON that the source reads, as typed structs; unknown fields are passed over.

Field names are those of the official OpenAPI file (discourse_api_docs) and of recorded answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

Moment = Annotated[datetime, Meta(tz=True)]


class Count(Struct):
    """One kind of action on a post and how often it was taken; kind 2 is a like."""

    id: int
    count: int = 0


class Post(Struct):
    """One post. `post_type`: 1 regular, 2 by a moderator, 3 a small action ("closed"), 4 a whisper among staff."""

    id: int
    created_at: Moment
    topic_id: int = 0
    username: str | None = None
    user_id: int | None = None
    cooked: str | None = ""
    raw: object = None
    post_number: int = 1
    post_type: int = 1
    updated_at: Moment | None = None
    reply_to_post_number: int | None = None
    version: int = 1
    hidden: bool | None = False
    deleted_at: Moment | None = None
    user_deleted: bool | None = False
    category_id: int | None = None
    accepted_answer: bool | None = False
    actions_summary: list[Count] = field(default_factory=list)


class LatestPosts(Struct):
    """`/posts.json`: a window of ids, newest first; it may be short or empty without being the last."""

    latest_posts: list[Post]


class PostStream(Struct):
    """Some posts of a topic, and in a topic's own page the ids of all."""

    posts: list[Post] = field(default_factory=list)
    stream: list[int] = field(default_factory=list)


class SomePosts(Struct):
    """`/t/{id}/posts.json`."""

    post_stream: PostStream


class Edited(Struct):
    """The answer to an edit."""

    post: Post


class User(Struct):
    """A user wherever one is named; `created_at` only where staff looks, `website` and what we may on cards."""

    id: int
    username: str = ""
    name: str | None = None
    created_at: Moment | None = None
    admin: bool | None = False
    moderator: bool | None = False
    suspended: bool | None = False
    suspended_till: Moment | None = None
    silenced: bool | None = False
    silenced_till: Moment | None = None
    email: str | None = None
    active: bool | None = None
    staged: bool | None = None
    website: str | None = None
    can_send_private_messages: bool | None = None
    can_send_private_message_to_user: bool | None = None


class Cards(Struct):
    """`/user-cards.json`."""

    users: list[User] = field(default_factory=list)


class OneUser(Struct):
    """`/u/{username}.json`."""

    user: User


class DirectoryItem(Struct):
    """A line of the public directory."""

    user: User


class Directory(Struct):
    """`/directory_items.json`."""

    directory_items: list[DirectoryItem]


class Poster(Struct):
    """Somebody who wrote in a topic; the first of the list opened it."""

    user_id: int | None = None


class ListedTopic(Struct):
    """A topic as lists show it."""

    id: int
    created_at: Moment
    title: str = ""
    bumped_at: Moment | None = None
    last_posted_at: Moment | None = None
    pinned: bool | None = False
    pinned_globally: bool | None = False
    closed: bool | None = False
    archetype: str = "regular"
    category_id: int | None = None
    has_accepted_answer: bool | None = False
    posters: list[Poster] = field(default_factory=list)
    assigned_to_user: User | None = None


class TopicList(Struct):
    """`more_topics_url` is there as long as there is a next page."""

    topics: list[ListedTopic] = field(default_factory=list)
    more_topics_url: str | None = None


class Topics(Struct):
    """`/latest.json` and everything shaped like it."""

    topic_list: TopicList


class Accepted(Struct):
    """The accepted answer of a topic (plugin discourse-solved)."""

    post_number: int | None = None


class Timer(Struct):
    """What Discourse will do to a topic by itself."""

    execute_at: Moment
    status_type: str = ""
    category_id: int | None = None


class Details(Struct):
    """Who opened a topic, and who else may read a message."""

    created_by: User | None = None
    allowed_users: list[User] = field(default_factory=list)


class Topic(Struct):
    """`/t/{id}.json`."""

    id: int
    created_at: Moment
    title: str = ""
    user_id: int | None = None
    closed: bool | None = False
    visible: bool | None = True
    archetype: str | None = "regular"
    category_id: int | None = None
    deleted_at: Moment | None = None
    post_stream: PostStream = field(default_factory=PostStream)
    details: Details = field(default_factory=Details)
    accepted_answer: Accepted | None = None
    assigned_to_user: User | None = None
    topic_timer: Timer | None = None


class Category(Struct):
    """A category; `name` is where a thread stands."""

    id: int
    name: str
    slug: str = ""


class SiteInfo(Struct):
    """`/site.json`."""

    categories: list[Category] = field(default_factory=list)


class AboutFacts(Struct):
    """The part of `about` we read."""

    version: str | None = ""


class About(Struct):
    """`/about.json`."""

    about: AboutFacts


class Plugin(Struct):
    """An installed plugin."""

    name: str = ""
    enabled: bool | None = True


class Plugins(Struct):
    """`/admin/plugins.json`, staff only."""

    plugins: list[Plugin] = field(default_factory=list)


class Created(Struct):
    """The answer to a new post: the post, or `action` "enqueued" if it waits for approval."""

    id: int | None = None
    topic_id: int | None = None
    created_at: Moment | None = None
    action: str | None = None
