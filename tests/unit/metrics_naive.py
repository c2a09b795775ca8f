"""The metrics again, as their definitions read: slow loops over records, sharing no code with the fast path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from cm_console.model.records import Post, PostState, Thread
from cm_console.model.time import DAY
from tests.unit.metrics_world import World


class Naive:
    """One window over a world; `start` is inside, `end` is not."""

    def __init__(self, world: World, start: date, end: date) -> None:
        self.world, self.start, self.end = world, start, end
        self.length = (end - start).days
        self.until = min(self.midnight(end), world.now)

    def midnight(self, day: date) -> int:
        """The first instant of a day."""
        moment = datetime(day.year, day.month, day.day, tzinfo=self.world.zone).astimezone(UTC)
        return round(moment.timestamp() * 1000)

    def day(self, at: int) -> date:
        """The day of an instant."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.world.zone).date()

    def within(self, at: int, start: date | None = None, end: date | None = None) -> bool:
        """Whether an instant lies in the window, or between other days."""
        return (start or self.start) <= self.day(at) < (end or self.end)

    def posts(self, start: date | None = None, end: date | None = None) -> list[Post]:
        """Posts by others than bots."""
        return [
            post
            for post in self.world.posts.values()
            if self.within(post.created_at, start, end) and self.world.role(post.author) != "bot"
        ]

    def contributors(self, start: date | None = None, end: date | None = None) -> set[str]:
        """Members with a post."""
        return set(self.counts(start, end))

    def counts(self, start: date | None = None, end: date | None = None) -> Counter[str]:
        """Posts of each member."""
        posts = self.posts(start, end)
        return Counter(post.author for post in posts if post.author and self.world.role(post.author) == "member")

    def active(self, start: date, end: date) -> set[str]:
        """Members with any activity."""
        others = {item.member for item in self.world.activities.values() if self.within(item.at, start, end)}
        return self.contributors(start, end) | {
            member for member in others if member and self.world.role(member) == "member"
        }

    def history(self) -> date | None:
        """The first day anything is known of."""
        times = [post.created_at for post in self.world.posts.values()]
        times += [item.at for item in self.world.activities.values() if item.member]
        return min(map(self.day, times), default=None)

    def lived(self) -> list[date]:
        """The days of the window that have begun and lie within the history."""
        history = self.history()
        days = [self.start + timedelta(days=number) for number in range(self.length)]
        return [day for day in days if history and history <= day <= self.day(self.world.now)]

    def threads(self) -> list[Thread]:
        """Threads started in the window by others than bots."""
        return [
            thread
            for thread in self.world.threads.values()
            if self.within(thread.created_at) and self.world.role(thread.author) != "bot"
        ]

    def asked(self) -> list[Thread]:
        """Those by members."""
        return [thread for thread in self.threads() if self.world.role(thread.author) == "member"]

    def response(self, thread: Thread, roles: tuple[str, ...] = ("member", "team", "unknown")) -> int | None:
        """The first visible post by somebody else of these roles."""
        times = [
            post.created_at
            for post in self.world.posts.values()
            if post.thread == thread.id
            and post.author != thread.author
            and post.state is PostState.VISIBLE
            and self.world.role(post.author) in roles
        ]
        return min(times, default=None)

    def survival(self, share: Fraction, pairs: Iterable[tuple[int, int | None]]) -> float | None:
        """Seconds until no more than a share still waits, of pairs (began, ended)."""
        waits = [
            (max(0, end - began), True) if end is not None and end < self.until else (self.until - began, False)
            for began, end in pairs
        ]
        left = Fraction(1)
        for time in sorted({wait for wait, ended in waits if ended}):
            at_risk = sum(1 for wait, _ in waits if wait >= time)
            left *= 1 - Fraction(sum(1 for wait, ended in waits if ended and wait == time), at_risk)
            if left <= share:
                return time / 1000
        return None


def percent(part: float, whole: float) -> float | None:
    """A share, None of nothing."""
    return None if not whole else 100 * part / whole


def values(naive: Naive) -> dict[str, float | None]:
    """All metrics that are made from members, threads, posts and activities."""
    return {**_activity(naive), **_growth(naive), **_responses(naive)}


def _activity(naive: Naive) -> dict[str, float | None]:
    posts, counts, days = naive.posts(), naive.counts(), naive.lived()
    threads = {post.thread for post in posts}
    daily = [len(naive.active(day, day + timedelta(days=1))) for day in days]
    monthly = [len(naive.active(day - timedelta(days=29), day + timedelta(days=1))) for day in days]
    ratios = [100 * now / month for now, month in zip(daily, monthly, strict=True) if month]
    ranked = [count for _, count in counts.most_common()]
    half = next((k for k in range(1, len(ranked) + 1) if 2 * sum(ranked[:k]) >= sum(ranked)), None)
    return {
        "posts": len(posts),
        "threads": len(naive.threads()),
        "contributors": len(counts),
        "posts_per_thread": len(posts) / len(threads) if threads else None,
        "active.daily": sum(daily) / len(days) if days else None,
        "active.monthly": len(naive.active(naive.end - timedelta(days=30), naive.end)),
        "stickiness": sum(ratios) / len(ratios) if ratios else None,
        "share.top10": percent(sum(ranked[:10]), sum(ranked)),
        "absence_factor": half,
    }


def _growth(naive: Naive) -> dict[str, float | None]:
    world, ever, quarter = naive.world, date(1990, 1, 1), naive.start - timedelta(days=90)
    now, before = naive.contributors(), naive.contributors(naive.start - timedelta(days=naive.length), naive.start)
    joined = {
        member.id: member.joined_at
        for member in world.members.values()
        if member.joined_at is not None and world.role(member.id) == "member"
    }
    fresh = {id: at for id, at in joined.items() if naive.within(at) and at <= naive.until - 7 * DAY}
    posted = {
        post.author
        for post in world.posts.values()
        if post.author in fresh and 0 <= post.created_at - fresh[post.author] <= 7 * DAY
    }
    regulars = {id for id, count in naive.counts(quarter, naive.start).items() if count >= 4}
    history = naive.history()
    known_before = history is not None and history < naive.start
    return {
        "members.total": sum(1 for at in joined.values() if naive.day(at) < naive.end) or None,
        "members.new": sum(1 for at in joined.values() if naive.within(at)),
        "contributors.new": len(now - naive.contributors(ever, naive.start)),
        "contributors.reactivated": len(
            now & naive.contributors(ever, quarter) - naive.contributors(quarter, naive.start)
        ),
        "regulars.lost": len(regulars - now) if naive.length >= 28 else None,
        "activation": percent(len(posted), len(fresh)),
        "returning": percent(len(now & before), len(now)) if known_before else None,
        "retention": _retention(naive),
    }


def _retention(naive: Naive) -> float | None:
    began: dict[str, date] = {}
    for post in sorted(naive.world.posts.values(), key=lambda post: post.created_at):
        if post.author and naive.world.role(post.author) == "member" and naive.day(post.created_at) < naive.end:
            began.setdefault(post.author, naive.day(post.created_at).replace(day=1))
    last = (naive.end - timedelta(days=1)).replace(day=1)
    stayed = n = 0
    for member, month in began.items():
        following = (month + timedelta(days=32)).replace(day=1)
        after = (following + timedelta(days=32)).replace(day=1)
        age = (last.year - month.year) * 12 + last.month - month.month
        if age < 12 and after <= naive.end:
            n += 1
            stayed += member in naive.contributors(following, after)
    return percent(stayed, n)


def _responses(naive: Naive) -> dict[str, float | None]:
    asked, started = naive.asked(), naive.threads()
    answers = [(thread.created_at, naive.response(thread)) for thread in asked]
    team = [(thread.created_at, naive.response(thread, ("team",))) for thread in asked]
    solved = [(thread.created_at, thread.solved_at) for thread in started]
    old = [(began, at) for began, at in answers if began <= naive.until - 7 * DAY]
    waiting = [began for began, at in answers if at is None or at >= naive.until]
    return {
        "response.coverage": percent(sum(1 for began, at in old if at and at - began <= 7 * DAY), len(old)),
        "response.median": naive.survival(Fraction(1, 2), answers),
        "response.p90": naive.survival(Fraction(1, 10), answers),
        "response.team_median": naive.survival(Fraction(1, 2), team),
        "response.oldest_waiting": max(((naive.until - began) / 1000 for began in waiting), default=None),
        "unanswered": len(waiting),
        "solved.rate": percent(sum(1 for _, at in solved if at is not None and at < naive.until), len(solved)),
        "resolution.median": naive.survival(Fraction(1, 2), solved),
    }
