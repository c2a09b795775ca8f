"""Every metric: id, title, definition, unit, good direction, and where the definition comes from."""

from __future__ import annotations

from collections.abc import Iterable

from cm_console.model.metrics import Fold, Good, Metric, Section, Unit, UnknownMetric

_N, _RATIO, _PERCENT, _SECONDS = Unit.COUNT, Unit.RATIO, Unit.PERCENT, Unit.SECONDS
_UP, _DOWN, _NONE = Good.UP, Good.DOWN, Good.NONE
_THREADS, _ACTIVE, _MEMBERS = ("threads",), ("threads", "activity"), ("members",)

_ENGAGEMENT = (
    Metric(
        "posts", "Posts",
        "Posts created in W, not deleted, not by bots; the team's and those of deleted accounts count.",
        _N, _UP, Section.ENGAGEMENT, Fold.SUM, _THREADS, "Discourse posts report",
    ),
    Metric(
        "threads", "Threads", "Threads created in W, not deleted, not by bots; the team's count.",
        _N, _UP, Section.ENGAGEMENT, Fold.SUM, _THREADS, "Discourse topics report",
    ),
    Metric(
        "contributors", "Contributors", "Distinct members (not team, not bots) with a post in W.",
        _N, _UP, Section.ENGAGEMENT, Fold.SUM, _THREADS, "CHAOSS contributors",
    ),
    Metric(
        "posts_per_thread", "Posts a thread", "Posts in W / distinct threads posted in during W.",
        _RATIO, _NONE, Section.ENGAGEMENT, Fold.MEAN, _THREADS, "dsc; ours counts the threads of the posts",
    ),
    Metric(
        "active.daily", "Active members a day",
        "Distinct members with any activity (a post, a reaction whose giver is known, a visit) that day;"
        " the value is the mean over the days of W.",
        _N, _UP, Section.ENGAGEMENT, Fold.PER_DAY, _ACTIVE, "Discourse daily engaged users, with visits",
    ),
    Metric(
        "active.monthly", "Active members a month",
        "Distinct members active in the 30 days that end with the last day of W.",
        _N, _UP, Section.ENGAGEMENT, Fold.SUM, _ACTIVE, "Discourse MAU",
    ),
    Metric(
        "stickiness", "Stickiness",
        "Mean over the days d of W of members active on d / members active in the 30 days to d;"
        " days on which nobody was active in 30 days are left out.",
        _PERCENT, _UP, Section.ENGAGEMENT, Fold.MEAN, _ACTIVE, "Discourse DAU/MAU; ours leaves empty days out",
    ),
    Metric(
        "share.top10", "Share of the ten busiest", "Posts in W by the 10 busiest members / posts in W by members.",
        _PERCENT, _DOWN, Section.ENGAGEMENT, Fold.PORTION, _THREADS, "dsc",
    ),
    Metric(
        "absence_factor", "Absence factor",
        "The smallest number of members who together wrote at least half of the posts by members in W.",
        _N, _UP, Section.ENGAGEMENT, Fold.SUM, _THREADS, "CHAOSS contributor absence factor",
    ),
)  # fmt: skip

_STARTED = "threads started in W by members"
_SURVIVAL = "Threads still waiting at the end of W count as waiting that long (Kaplan-Meier), never dropped."
_UNLIKE = "CHAOSS, Discourse, Chatwoot; theirs drop what was never answered, ours does not"

_SUPPORT = (
    Metric(
        "response.coverage", "Answered within 7 days",
        f"Of {_STARTED} and at least 7 days before its end (or now): the share with a response within 7 days."
        " A response is the first post by someone else who is not a bot; comments count, deleted and held ones do not.",
        _PERCENT, _UP, Section.SUPPORT, Fold.SHARE, _THREADS, "dsc reply coverage; ours waits until 7 days have passed",
    ),
    Metric(
        "response.median", "First response (median)", f"Time from start to response, {_STARTED}. {_SURVIVAL}",
        _SECONDS, _DOWN, Section.SUPPORT, Fold.MEDIAN, _THREADS, _UNLIKE,
    ),
    Metric(
        "response.p90", "First response (p90)",
        f"Nine of ten {_STARTED} have a response within this time. {_SURVIVAL}",
        _SECONDS, _DOWN, Section.SUPPORT, Fold.P90, _THREADS, _UNLIKE,
    ),
    Metric(
        "response.team_median", "First team response (median)",
        f"Time from start to the first response of the team, {_STARTED}. {_SURVIVAL}",
        _SECONDS, _DOWN, Section.SUPPORT, Fold.MEDIAN, _THREADS, "Chatwoot first response time; " + _UNLIKE,
    ),
    Metric(
        "response.oldest_waiting", "Oldest still waiting",
        f"Age of the oldest of the {_STARTED} that have no response at its end (or now).",
        _SECONDS, _DOWN, Section.SUPPORT, Fold.OLDEST, _THREADS, "ours",
    ),
    Metric(
        "unanswered", "Unanswered", "Threads started in W by members with no response at its end (or now).",
        _N, _DOWN, Section.SUPPORT, Fold.SUM, _THREADS, "Discourse topics with no response",
    ),
    Metric(
        "solved.rate", "Solved",
        "Threads started in W that are solved (accepted answer, or done in the console) at its end (or now) / threads"
        " started in W.",
        _PERCENT, _UP, Section.SUPPORT, Fold.SHARE, _THREADS, "discourse-solved",
    ),
    Metric(
        "resolution.median", "Time to solved (median)", f"Time from start to solved, threads started in W. {_SURVIVAL}",
        _SECONDS, _DOWN, Section.SUPPORT, Fold.MEDIAN, _THREADS, "Zendesk first resolution time; " + _UNLIKE,
    ),
    Metric(
        "sla.hit_rate", "Promises kept",
        "Clocks (first reply, next reply, resolution) that were judged in W: hit / (hit + missed). A hit is judged when"
        " the reply came, a miss when its time was up, so those never answered count; in business hours if the rule"
        " says so.",
        _PERCENT, _UP, Section.SUPPORT, Fold.SHARE, _THREADS, "Chatwoot SLA hit rate; theirs waits for the resolution",
    ),
    Metric(
        "feedback", "Feedback",
        "Posts marked as feedback in W; the table has them by theme, with the people behind them and how many of the"
        " posts were answered back to the people who asked.",
        _N, _NONE, Section.SUPPORT, Fold.SUM, (), "Sprout cases of type feedback; ours says who was told",
    ),
)  # fmt: skip

_REPORTS = ("reports",)

_MODERATION = (
    Metric(
        "reports", "Reports", "Reports raised in W, whoever raised them.",
        _N, _DOWN, Section.MODERATION, Fold.SUM, _REPORTS, "Ozone inbound reports",
    ),
    Metric(
        "reports.open", "Open reports",
        "Reports, of any age, that neither the platform nor a decision had closed at the end of W (or now).",
        _N, _DOWN, Section.MODERATION, Fold.SUM, _REPORTS, "Ozone pending",
    ),
    Metric(
        "reports.per_1000_posts", "Reports a 1000 posts", "1000 * reports raised in W / posts in W.",
        _RATIO, _DOWN, Section.MODERATION, Fold.PER_THOUSAND, ("reports", "threads"), "dsc",
    ),
    Metric(
        "reports.handling_median", "Handling time (median)",
        "Time from the first report of a case to its decision, cases opened in W. Cases still open at the end of W"
        " count as waiting that long (Kaplan-Meier), never dropped.",
        _SECONDS, _DOWN, Section.MODERATION, Fold.MEDIAN, _REPORTS,
        "Ozone, Discourse flag resolution time; Ozone's drops the backlog, ours does not",
    ),
    Metric(
        "reports.accuracy", "Reports that were right",
        "Reports agreed with / (agreed + disagreed), of cases decided in W; also per reporter. Reports closed without a"
        " verdict are left out.",
        _PERCENT, _UP, Section.MODERATION, Fold.SHARE, _REPORTS, "Discourse flag accuracy, not its ratio score",
    ),
    Metric(
        "decisions.by_guideline", "Decisions by guideline",
        "Decisions made in the console in W, not undone, by the guideline they named.",
        _N, _NONE, Section.MODERATION, Fold.SUM, (), "ours",
    ),
    Metric(
        "decisions.by_verb", "Decisions by kind", "Decisions made in the console in W, not undone, by what was done.",
        _N, _NONE, Section.MODERATION, Fold.SUM, (), "Discourse moderators activity",
    ),
    Metric(
        "offenders.repeat", "Repeat offenders",
        "People with at least 2 upheld decisions, not undone, in the 180 days before the end of W.",
        _N, _DOWN, Section.MODERATION, Fold.SUM, (), "ours",
    ),
)  # fmt: skip

_GROWTH = (
    Metric(
        "members.total", "Members", "Members (not team, not bots) who joined before the end of W.",
        _N, _UP, Section.GROWTH, Fold.SUM, _MEMBERS, "Discourse users",
    ),
    Metric(
        "members.new", "New members", "Members who joined in W.",
        _N, _UP, Section.GROWTH, Fold.SUM, _MEMBERS, "Discourse signups",
    ),
    Metric(
        "contributors.new", "New contributors", "Members whose first-ever post is in W.",
        _N, _UP, Section.GROWTH, Fold.SUM, _THREADS, "CHAOSS, Discourse new contributors",
    ),
    Metric(
        "contributors.reactivated", "Came back",
        "Members who posted in W, not in the 90 days before W, but earlier.",
        _N, _UP, Section.GROWTH, Fold.SUM, _THREADS, "dsc",
    ),
    Metric(
        "regulars.lost", "Regulars lost",
        "Members with at least 4 posts in the 90 days before W and none in W; only if W has at least 28 days.",
        _N, _DOWN, Section.GROWTH, Fold.SUM, _THREADS, "dsc",
    ),
    Metric(
        "activation", "Newcomers who post",
        "Of members who joined in W and at least 7 days before its end (or now): the share with a post within 7 days.",
        _PERCENT, _UP, Section.GROWTH, Fold.SHARE, ("members", "threads"), "CHAOSS conversion rate",
    ),
    Metric(
        "returning", "Returning contributors",
        "Contributors of W who also posted in the window before / contributors of W.",
        _PERCENT, _UP, Section.GROWTH, Fold.SHARE, _THREADS, "dsc",
    ),
    Metric(
        "retention", "Still posting a month later",
        "Grid: members by the month of their first post, months across; a cell is the share of them with a post in that"
        " month (month 0 is 100 %). The value is the month after the first, over all rows of the grid for which that"
        " month has ended with W.",
        _PERCENT, _UP, Section.GROWTH, Fold.SHARE, _THREADS,
        "Mastodon cohorts, by posts in the month and not by last sign-in",
    ),
)  # fmt: skip

_CONTENT = (
    Metric(
        "content.published", "Published", "Entries of the calendar published in W.",
        _N, _UP, Section.CONTENT, Fold.SUM, (), "ours",
    ),
    Metric(
        "content.on_time", "Published on time",
        "Of entries planned for W whose time has come: the share published within 5 minutes of plan; late, missed and"
        " unknown are counted apart.",
        _PERCENT, _UP, Section.CONTENT, Fold.SHARE, (), "ours",
    ),
    Metric(
        "content.engagement", "Engagement an entry",
        "Per entry published in W and at least 72 hours ago: replies by others than bots and its author, and reactions"
        " whose time is known, within 72 hours. Entries whose thread has not been pulled are left out.",
        _N, _UP, Section.CONTENT, Fold.MEAN, _ACTIVE, "ours; the calendar's own posts, after the same time each",
    ),
    Metric(
        "content.gaps", "Days without content",
        "Days of W without an entry published or planned (drafts do not count).",
        _N, _DOWN, Section.CONTENT, Fold.SUM, (), "ours",
    ),
    Metric(
        "content.best_slots", "Best hours",
        "Entries of the 56 days before the end of W by weekday and hour, with what each brought within 72 hours; only"
        " hours with at least 2 entries. The value is how many entries that are.",
        _N, _NONE, Section.CONTENT, Fold.SUM, _ACTIVE, "ours",
    ),
)  # fmt: skip

METRICS: tuple[Metric, ...] = (*_ENGAGEMENT, *_SUPPORT, *_MODERATION, *_GROWTH, *_CONTENT)
"""In the order of the screen."""
BY_ID = {metric.id: metric for metric in METRICS}
IDS = tuple(BY_ID)


def chosen(ids: Iterable[str] | None) -> tuple[Metric, ...]:
    """The metrics with these ids, in the order asked for; None: all.

    Raises:
        UnknownMetric: one of them does not exist.
    """
    if ids is None:
        return METRICS
    wanted = list(dict.fromkeys(ids))
    unknown = [id for id in wanted if id not in BY_ID]
    if unknown:
        raise UnknownMetric(unknown, IDS)
    return tuple(BY_ID[id] for id in wanted)
