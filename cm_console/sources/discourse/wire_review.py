"""The parts of the review queue's JSON that the source reads, as typed structs.

The official OpenAPI file leaves the queue out: the field names are those of Discourse's own serializers
(`ReviewableSerializer`, `ReviewableScoreSerializer`, `ReviewableActionSerializer`).
"""

from __future__ import annotations

from msgspec import Struct, field

from cm_console.sources.discourse.wire import Moment


class Score(Struct):
    """One flag within a review item. Status 0 pending, 1 agreed, 2 disagreed, 3 ignored."""

    id: int
    created_at: Moment
    status: int = 0
    reason: str | None = None
    user_id: int | None = None
    reviewed_at: Moment | None = None
    score_type_id: int | None = None


class ScoreType(Struct):
    """What a flag says; the title is in the site's language."""

    id: int
    title: str = ""


class ReviewAction(Struct):
    """Something the review item may be answered with; older servers have no `server_action`."""

    id: str
    server_action: str | None = None


class Bundle(Struct):
    """Actions that belong together."""

    id: str
    action_ids: list[str] = field(default_factory=list)


class Reviewable(Struct):
    """An item of the review queue. Status 0 pending, 1 approved, 2 rejected, 3 ignored, 4 deleted."""

    id: int
    created_at: Moment
    type: str = ""
    status: int = 0
    version: int = 0
    topic_id: int | None = None
    target_id: int | None = None
    target_type: str | None = None
    post_id: int | None = None
    user_id: int | None = None
    raw: str | None = None
    payload: dict[str, object] | None = None
    created_by_id: int | None = None
    target_created_by_id: int | None = None
    reviewable_score_ids: list[int] = field(default_factory=list)
    bundled_action_ids: list[str] = field(default_factory=list)


class ReviewMeta(Struct):
    """How many items match in all."""

    total_rows_reviewables: int = 0


class SideLoaded(Struct, kw_only=True):
    """What review answers carry beside the items."""

    reviewable_scores: list[Score] = field(default_factory=list)
    score_types: list[ScoreType] = field(default_factory=list)
    bundled_actions: list[Bundle] = field(default_factory=list)
    actions: list[ReviewAction] = field(default_factory=list)


class ReviewQueue(SideLoaded, kw_only=True):
    """`/review.json`."""

    reviewables: list[Reviewable] = field(default_factory=list)
    meta: ReviewMeta = field(default_factory=ReviewMeta)


class ReviewItem(SideLoaded, kw_only=True):
    """`/review/{id}.json`."""

    reviewable: Reviewable
