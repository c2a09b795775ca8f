"""Which calculation makes which number, its rows, its days and its table; the ids are those of the metric table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cm_console.model.metrics import Series, Table
from cm_console.store import metrics_activity as activity
from cm_console.store import metrics_cases as cases
from cm_console.store import metrics_clocks as clocks
from cm_console.store import metrics_content as content
from cm_console.store import metrics_engagement as engagement
from cm_console.store import metrics_feedback as feedback
from cm_console.store import metrics_growth as growth
from cm_console.store import metrics_threads as threads
from cm_console.store.metrics_scope import Light, Raw, Scope


@dataclass(frozen=True, slots=True)
class Calculation:
    """How a metric is made: its value, the kind of row behind it, and those rows."""

    value: Callable[[Scope], Raw]
    kind: str
    rows: Callable[[Scope], list[Light]]


def _paged(scope: Scope) -> list[Light]:
    """Lists as long as the community are paged by SQL, see metrics_rows."""
    return []


CALCULATIONS: Mapping[str, Calculation] = {
    "posts": Calculation(activity.posts, "post", _paged),
    "threads": Calculation(threads.threads, "thread", threads.threads_rows),
    "contributors": Calculation(activity.contributors, "member", activity.contributors_rows),
    "posts_per_thread": Calculation(activity.posts_per_thread, "thread", activity.posts_per_thread_rows),
    "active.daily": Calculation(activity.active_daily, "member", activity.active_daily_rows),
    "active.monthly": Calculation(activity.active_monthly, "member", activity.active_monthly_rows),
    "stickiness": Calculation(activity.stickiness, "day", activity.stickiness_rows),
    "share.top10": Calculation(activity.share_top10, "member", activity.share_top10_rows),
    "absence_factor": Calculation(activity.absence_factor, "member", activity.absence_factor_rows),
    "response.coverage": Calculation(threads.coverage, "thread", threads.coverage_rows),
    "response.median": Calculation(threads.response_median, "thread", threads.response_rows),
    "response.p90": Calculation(threads.response_p90, "thread", threads.response_rows),
    "response.team_median": Calculation(threads.team_median, "thread", threads.team_rows),
    "response.oldest_waiting": Calculation(threads.oldest_waiting, "thread", threads.oldest_rows),
    "unanswered": Calculation(threads.unanswered, "thread", threads.unanswered_rows),
    "solved.rate": Calculation(threads.solved_rate, "thread", threads.solved_rows),
    "resolution.median": Calculation(threads.resolution_median, "thread", threads.resolution_rows),
    "sla.hit_rate": Calculation(clocks.hit_rate, "clock", clocks.hit_rate_rows),
    "feedback": Calculation(feedback.feedback, "feedback", feedback.feedback_rows),
    "reports": Calculation(cases.reports, "report", cases.reports_rows),
    "reports.open": Calculation(cases.reports_open, "report", cases.reports_open_rows),
    "reports.per_1000_posts": Calculation(cases.per_1000_posts, "report", cases.reports_rows),
    "reports.handling_median": Calculation(cases.handling_median, "case", cases.handling_rows),
    "reports.accuracy": Calculation(cases.accuracy, "report", cases.accuracy_rows),
    "decisions.by_guideline": Calculation(cases.decisions, "decision", cases.decisions_rows),
    "decisions.by_verb": Calculation(cases.decisions, "decision", cases.decisions_rows),
    "offenders.repeat": Calculation(cases.offenders, "member", cases.offenders_rows),
    "members.total": Calculation(growth.members_total, "member", _paged),
    "members.new": Calculation(growth.members_new, "member", _paged),
    "contributors.new": Calculation(growth.contributors_new, "member", growth.contributors_new_rows),
    "contributors.reactivated": Calculation(
        growth.contributors_reactivated, "member", growth.contributors_reactivated_rows
    ),
    "regulars.lost": Calculation(growth.regulars_lost, "member", growth.regulars_lost_rows),
    "activation": Calculation(growth.activation, "member", growth.activation_rows),
    "returning": Calculation(growth.returning, "member", growth.returning_rows),
    "retention": Calculation(growth.retention, "member", growth.retention_rows),
    "content.published": Calculation(content.published, "entry", content.published_rows),
    "content.on_time": Calculation(content.on_time, "entry", content.on_time_rows),
    "content.engagement": Calculation(engagement.engagement, "entry", engagement.engagement_rows),
    "content.gaps": Calculation(content.gaps, "day", content.gaps_rows),
    "content.best_slots": Calculation(engagement.best_slots, "entry", engagement.best_slots_rows),
}

SERIES: Mapping[str, Callable[[Scope], Series]] = {
    "posts": activity.posts_series,
    "threads": threads.threads_series,
    "contributors": activity.contributors_series,
    "active.daily": activity.active_series,
    "response.median": threads.response_series,
    "reports": cases.reports_series,
    "members.new": growth.joined_series,
}
"""Metrics that are also told day by day."""

TABLES: Mapping[str, tuple[str, Callable[[Scope], Table]]] = {
    "posts": ("team", activity.team_table),
    "sla.hit_rate": ("sla.hit_rate", clocks.hit_rate_table),
    "feedback": ("feedback", feedback.feedback_table),
    "reports.accuracy": ("reports.accuracy", cases.accuracy_table),
    "decisions.by_guideline": ("decisions.by_guideline", cases.by_guideline_table),
    "decisions.by_verb": ("decisions.by_verb", cases.by_verb_table),
    "retention": ("retention", growth.retention_table),
    "content.on_time": ("content.on_time", content.on_time_table),
    "content.best_slots": ("content.best_slots", engagement.best_slots_table),
}
"""Metrics that come with a table, and its name."""
