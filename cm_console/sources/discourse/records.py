"""Discourse's JSON as records: what each of its states means in our words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cm_console.model import records
from cm_console.model.records import Kind, PostState, Ref, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, instant
from cm_console.sources.discourse import wire, wire_review
from cm_console.sources.markup import html_to_text

SMALL_ACTION, WHISPER = 3, 4
LIKE = 2
HELD = "review-"
"""Prefix of the ids of posts and threads that wait in the review queue: they have no id of their own yet."""

FLAGS = {
    3: "off-topic",
    4: "inappropriate",
    6: "message",
    7: "other",
    8: "spam",
    9: "held",
    10: "illegal",
}
"""Discourse's ids of the kinds of flags that every site has; 9 is what awaits approval."""

Numbers = Mapping[tuple[int, int], int]
"""(topic, post number) -> post id, for "in reply to"."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is needed to put records in their place: the site's address, our username, names of categories."""

    url: str
    username: str
    categories: Mapping[int, str]

    def category(self, id: int | None) -> Untrusted:
        """The name of a category."""
        return Untrusted(self.categories.get(id, "") if id is not None else "")


def at(moment: datetime | None) -> Instant | None:
    """A moment as an Instant."""
    return None if moment is None else instant(moment)


def name_of(id: int | None) -> str | None:
    """An id in our form."""
    return None if id is None else str(id)


def member(user: wire.User, place: Place, websites: Mapping[int, str] | None = None) -> records.Member:
    """An account; Discourse's own robots have negative ids.

    With `websites` also what tells whose it is: theirs, and their address, which is proved once the account is active.
    """
    proved = websites is not None and user.active and not user.staged
    website = (websites or {}).get(user.id)
    return records.Member(
        id=str(user.id),
        handle=Untrusted(user.username),
        name=Untrusted(user.name or ""),
        joined_at=at(user.created_at),
        staff=bool(user.admin or user.moderator),
        bot=user.id < 0,
        url=f"{place.url}/u/{user.username}",
        email=(user.email or "") if proved else "",
        links=(website,) if website else (),
    )


def is_post(post: wire.Post) -> bool:
    """Is this something somebody said? ("closed this topic" is not.)"""
    return post.post_type != SMALL_ACTION


def version_of(post: wire.Post) -> str:
    """Changes with every edit, and when the post is hidden, deleted or brought back."""
    return f"{post.version}{'h' if post.hidden else ''}{'d' if is_deleted(post) else ''}"


def is_deleted(post: wire.Post) -> bool:
    """Deleted by staff, or withdrawn by its author and soon deleted."""
    return bool(post.deleted_at or post.user_deleted)


def post(post: wire.Post, place: Place, numbers: Numbers | None = None) -> records.Post:
    """One post; whispers are remarks among staff, not answers."""
    state = PostState.DELETED if is_deleted(post) else PostState.HIDDEN if post.hidden else PostState.VISIBLE
    cooked = post.cooked or ""
    parent = (numbers or {}).get((post.topic_id, post.reply_to_post_number or 0))
    return records.Post(
        id=str(post.id),
        thread=str(post.topic_id),
        author=name_of(post.user_id),
        created_at=instant(post.created_at),
        text=html_to_text(cooked),
        edited_at=at(post.updated_at) if post.version > 1 else None,
        reply_to=name_of(parent),
        state=state,
        comment=post.post_type == WHISPER,
        mentions_us=f'/u/{place.username.lower()}"' in cooked.lower(),
        reactions=sum(max(count.count, 0) for count in post.actions_summary if count.id == LIKE),
        url=f"{place.url}/t/{post.topic_id}/{post.post_number}",
        version=version_of(post),
    )


def listed_thread(topic: wire.ListedTopic, place: Place) -> records.Thread:
    """A thread from a list. Lists do not say which answer was accepted, nor when: the last post is the best guess."""
    solved = at(topic.last_posted_at) if topic.has_accepted_answer else None
    return records.Thread(
        id=str(topic.id),
        title=Untrusted(topic.title),
        author=next((str(poster.user_id) for poster in topic.posters if poster.user_id is not None), None),
        created_at=instant(topic.created_at),
        kind=ThreadKind.DIRECT if topic.archetype == "private_message" else ThreadKind.TOPIC,
        place=place.category(topic.category_id),
        url=f"{place.url}/t/{topic.id}",
        closed=bool(topic.closed),
        solved_at=solved,
        assigned_to=str(topic.assigned_to_user.id) if topic.assigned_to_user else None,
        version=f"{int(bool(topic.closed))}:{topic.title}",
    )


def thread(topic: wire.Topic, place: Place, posts: Iterable[wire.Post] = ()) -> records.Thread:
    """A thread from its own page; `solved_at` is the time of the accepted answer, Discourse tells no other."""
    number = topic.accepted_answer.post_number if topic.accepted_answer else None
    known = (*topic.post_stream.posts, *posts)
    answer = next((post for post in known if number is not None and post.post_number == number), None)
    author = topic.user_id if topic.details.created_by is None else topic.details.created_by.id
    return records.Thread(
        id=str(topic.id),
        title=Untrusted(topic.title),
        author=name_of(author),
        created_at=instant(topic.created_at),
        kind=ThreadKind.DIRECT if topic.archetype == "private_message" else ThreadKind.TOPIC,
        place=place.category(topic.category_id),
        url=f"{place.url}/t/{topic.id}",
        closed=bool(topic.closed),
        solved_at=at(answer.created_at) if answer else None,
        solved_by=str(answer.id) if answer else None,
        assigned_to=str(topic.assigned_to_user.id) if topic.assigned_to_user else None,
        version=f"{int(bool(topic.closed))}:{topic.title}",
    )


def target(item: wire_review.Reviewable) -> Ref | None:
    """What a review item is about; None if it is nothing we know."""
    if item.type == "ReviewableQueuedPost":
        return Ref(Kind.POST, f"{HELD}{item.id}")
    kinds = {"Post": Kind.POST, "User": Kind.MEMBER, "Topic": Kind.THREAD}
    kind = kinds.get(item.target_type or "")
    if kind and item.target_id is not None:
        return Ref(kind, str(item.target_id))
    for kind, id in ((Kind.POST, item.post_id), (Kind.MEMBER, item.user_id), (Kind.THREAD, item.topic_id)):
        if id is not None:
            return Ref(kind, str(id))
    return None


def reports(item: wire_review.Reviewable, side: wire_review.SideLoaded) -> list[records.Report]:
    """One report for each flag raised, `{item}-{flag}`; an item without flags is one report, `{item}`."""
    about = target(item)
    if about is None:
        return []
    scores = {score.id: score for score in side.reviewable_scores}
    titles = {kind.id: kind.title for kind in side.score_types}
    flags = [scores[id] for id in item.reviewable_score_ids if id in scores]
    shared = {"target": about, "choices": choices(item, side), "version": str(item.version)}
    if not flags:
        flags = [
            wire_review.Score(0, item.created_at, min(item.status, 3), user_id=item.created_by_id, score_type_id=9)
        ]
    return [_report(item, flag, titles, shared) for flag in flags]


def _report(
    item: wire_review.Reviewable, flag: wire_review.Score, titles: Mapping[int, str], shared: Mapping[str, object]
) -> records.Report:
    kind = FLAGS.get(flag.score_type_id or 0) or titles.get(flag.score_type_id or 0, "").lower() or "report"
    closed = flag.status != 0 or item.status != 0
    return records.Report(
        id=f"{item.id}-{flag.id}" if flag.id else str(item.id),
        reporter=name_of(flag.user_id),
        kind=kind,
        created_at=instant(flag.created_at),
        reason=html_to_text(flag.reason or ""),
        closed_at=at(flag.reviewed_at or flag.created_at) if closed else None,
        agreed={1: True, 2: False}.get(flag.status) if closed else None,
        **shared,  # type: ignore[arg-type]  # the same three fields for every flag
    )


def choices(item: wire_review.Reviewable, side: wire_review.SideLoaded) -> tuple[str, ...]:
    """The ids by which Discourse lets us answer this item now."""
    names = {action.id: action.server_action or action.id for action in side.actions}
    bundles = {bundle.id: bundle.action_ids for bundle in side.bundled_actions}
    ids = [id for bundle in item.bundled_action_ids for id in bundles.get(bundle, [])]
    return tuple(dict.fromkeys(names.get(id, id) for id in ids))


def held(item: wire_review.Reviewable, url: str) -> list[records.Record]:
    """The post (and thread, if it opens one) that waits for approval; nothing for other items."""
    if item.type != "ReviewableQueuedPost" or item.status != 0:
        return []
    payload = item.payload or {}
    raw, title = str(payload.get("raw") or item.raw or ""), str(payload.get("title") or "")
    thread_id = str(item.topic_id) if item.topic_id is not None else f"{HELD}{item.id}"
    author = name_of(item.target_created_by_id or item.created_by_id)
    made: list[records.Record] = []
    if item.topic_id is None:
        made.append(
            records.Thread(thread_id, Untrusted(title), author, instant(item.created_at), url=f"{url}/review/{item.id}")
        )
    made.append(
        records.Post(
            id=f"{HELD}{item.id}",
            thread=thread_id,
            author=author,
            created_at=instant(item.created_at),
            text=Untrusted(raw),
            state=PostState.HELD,
            url=f"{url}/review/{item.id}",
        )
    )
    return made
