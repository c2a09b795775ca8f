"""Everything the store keeps, worked out anew from the bare rows in plain Python: slow, and too simple to be wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from cm_console.model.inbox import REPLY_WITHIN, UNTIL_REPLY
from cm_console.model.time import DAY, day_of
from cm_console.store import bit_counts
from cm_console.store.days import Days
from cm_console.store.metrics_waits import Memo, Waiting
from cm_console.store.reports import WEIGHT
from cm_console.store.sqlite import Connection
from cm_console.store.starts import KINDS
from cm_console.store.waits import Start, Starts, Until

EPOCH_DAY = 719_163
"""The ordinal of 1970-01-01."""

Row = dict[str, Any]


def table(conn: Connection, name: str) -> list[Row]:
    """All rows of a table as dicts."""
    cursor = conn.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def members(conn: Connection) -> dict[int, Row]:
    """For each member what its posts say."""
    posts = table(conn, "post")
    kept = {}
    for member in table(conn, "member"):
        own = [p["created_at"] for p in posts if p["author_id"] == member["id"] and p["state"] < 3]
        kept[member["id"]] = {"posts": len(own), "first_post_at": min(own, default=None)}
    return kept


def post_roles(conn: Connection) -> dict[int, int]:
    """For each post the role of its author."""
    roles = {member["id"]: member["role"] for member in table(conn, "member")}
    return {post["id"]: roles.get(post["author_id"], 0) for post in table(conn, "post")}


def threads(conn: Connection, now: int) -> dict[int, Row]:
    """For each thread what its posts and decisions say; `now` decides over snoozes that have not been woken."""
    roles = {member["id"]: member["role"] for member in table(conn, "member")}
    muted = json.loads((conn.execute("SELECT value FROM meta WHERE key='muted'").fetchone() or ["[]"])[0])
    posts = sorted(table(conn, "post"), key=lambda post: (post["created_at"], post["id"]))
    first = {id: kept["first_post_at"] for id, kept in members(conn).items()}
    return {
        thread["id"]: _thread(
            {**thread, "first_ever": first.get(thread["author_id"])},
            [p for p in posts if p["thread_id"] == thread["id"]],
            roles,
            muted,
            now,
        )
        for thread in table(conn, "thread")
    }


def _thread(thread: Row, posts: list[Row], roles: dict[int, int], muted: list[str], now: int) -> Row:
    counted = [post for post in posts if post["state"] < 3]
    said = [{**post, "role": roles.get(post["author_id"], 0)} for post in counted if post["state"] == 0]
    by_member = thread["author_id"] is not None and roles[thread["author_id"]] == 0
    others = [p for p in said if p["role"] < 2 and p["author_id"] != thread["author_id"]]
    team = [p["created_at"] for p in said if p["role"] == 1]
    asked = [p["created_at"] for p in said if _asks(thread, p)]
    waiting, needs = _waiting(thread, said, others, team, by_member)
    own = [post["created_at"] for post in counted if by_member and post["author_id"] == thread["author_id"]]
    mentions = [p["created_at"] for p in said if p["role"] == 0 and p["mentions_us"]]
    over = thread["deleted"] or thread["closed"] or thread["solved_at"] is not None
    last = max([post["created_at"] for post in counted] + [thread["created_at"]])
    asked_at = max(asked, default=0)
    kept = {
        "posts": len(counted),
        "by_member": int(by_member),
        "last_post_at": last,
        "first_response_at": min((p["created_at"] for p in others), default=None),
        "first_team_response_at": min((p["created_at"] for p in others if p["role"] == 1), default=None),
        "answered_by_team": int(bool(team)),
        "asked_at": asked_at,
        "waiting_since": waiting,
        "due_at": thread["due_by"] or (last if waiting is None else waiting) + REPLY_WITHIN[thread["priority"]],
        "needs": needs,
        "newcomer": int(bool(own) and min(own) == thread["first_ever"]),
        "mentioned_at": max(mentions) if mentions and not over and max(mentions) > max(team, default=-1) else None,
    }
    since = last if waiting is None else waiting
    order = (kept["due_at"] // 60_000, 4 - thread["priority"], 1 - kept["newcomer"], since // 60_000)
    kept["urgency"] = (order[0] << 32) + (order[1] << 29) + (order[2] << 28) + order[3]
    kept["view"] = _view(thread, waiting, asked_at, muted, now)
    return kept


def _asks(thread: Row, post: Row) -> bool:
    """Is this a word addressed to us, or one of the person who asked?"""
    if post["mentions_us"] and post["role"] == 0:
        return True
    asker = post["author_id"] is not None and post["author_id"] == thread["author_id"]
    return bool(post["role"] == 0) if thread["kind"] == "direct" else asker


def _waiting(thread: Row, said: list[Row], others: list[Row], team: list[int], by_member: bool) -> tuple[Any, int]:
    """Since when somebody waits for us and why, see keeping.Needs; None when nobody does."""
    if thread["deleted"] or thread["closed"] or thread["solved_at"] is not None:
        return None, 0
    answered = max(team, default=-1)
    if thread["kind"] == "direct":
        asked = [p["created_at"] for p in said if p["role"] == 0 and p["created_at"] > answered]
        return (min(asked), 1) if asked else (None, 0)
    mentions = [p["created_at"] for p in said if p["role"] == 0 and p["mentions_us"] and p["created_at"] > answered]
    if mentions:
        return max(mentions), 2
    if not by_member:
        return None, 0
    if not others:
        return int(thread["created_at"]), 3
    last_other = max(p["created_at"] for p in others)
    own = [p["created_at"] for p in said if p["author_id"] == thread["author_id"] and p["created_at"] > last_other]
    return (min(own), 4) if team and own else (None, 0)


def _view(thread: Row, waiting: int | None, asked_at: int, muted: list[str], now: int) -> int:
    if thread["deleted"]:
        return 0
    if thread["status"] == 2:
        ended = thread["snoozed_until"] <= now or (
            thread["snoozed_until"] == UNTIL_REPLY and asked_at > thread["seen_at"]
        )
        return 1 if ended else 3
    if waiting is not None and (thread["status"] == 0 or asked_at > thread["seen_at"]):
        return int(thread["place"] not in muted)
    return int(thread["status"] + 1 if thread["status"] else 0)


def cases(conn: Connection) -> dict[int, Row]:
    """For each case what its reports and its decision say."""
    reports = table(conn, "report")
    kept = {}
    for case in table(conn, "cases"):
        own = [report for report in reports if report["case_id"] == case["id"]]
        still_open = [report for report in own if report["closed_at"] is None]
        closed = None if still_open else max(report["closed_at"] for report in own)
        verdicts = [report["agreed"] for report in own if report["agreed"] is not None]
        weight = sum(WEIGHT.get(report["kind"], 3) for report in own)
        kept[case["id"]] = {
            "opened_at": min(report["created_at"] for report in own),
            "reports": len(own),
            "open_reports": len(still_open),
            "closed_there_at": closed,
            "agreed_there": None if still_open else max(verdicts, default=None),
            "ended_at": closed if case["decided_at"] is None else case["decided_at"],
            "rank": -(weight * 100 + min(len(own), 99) + 5000 * case["escalated"]),
        }
    return kept


def badges(conn: Connection) -> dict[str, int]:
    """The counts lists and status line show."""
    counts: dict[str, int] = defaultdict(int)
    for thread in table(conn, "thread"):
        counts[f"view:{thread['view']}"] += thread["view"] > 0
        counts["threads"] += not thread["deleted"]
    counts["cases"] = sum(case["ended_at"] is None for case in table(conn, "cases"))
    for action in table(conn, "action"):
        waits = "asks" if action["asks"] else "planned" if action["planned_at"] is not None else "queued"
        counts[f"action:{waits if action['state'] == 'queued' else action['state']}"] += 1
    return {name: n for name, n in counts.items() if n}


def member_days(conn: Connection, zone: ZoneInfo) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Posts and other activity per source, day and member; 0 stands for unknown authors."""
    days: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    for post in table(conn, "post"):
        if post["state"] < 3:
            days[post["source_id"], day_number(post["created_at"], zone), post["author_id"] or 0][0] += 1
    for item in table(conn, "activity"):
        if item["member_id"] is not None:
            days[item["source_id"], day_number(item["at"], zone), item["member_id"]][1] += 1
    return {key: (posts, others) for key, (posts, others) in days.items()}


def day_sets(conn: Connection, zone: ZoneInfo) -> dict[tuple[int, int, str], set[int]]:
    """Who was active, who posted and which threads were posted in, per source and day; empty sets left out."""
    sets: dict[tuple[int, int, str], set[int]] = defaultdict(set)
    for (source, day, member), (posts, others) in member_days(conn, zone).items():
        if member and (posts or others):
            sets[source, day, "active"].add(member)
        if member and posts:
            sets[source, day, "posters"].add(member)
    roles = post_roles(conn)
    for post in table(conn, "post"):
        if post["state"] < 3 and roles[post["id"]] < 2:
            sets[post["source_id"], day_number(post["created_at"], zone), "threads"].add(post["thread_id"])
    return dict(sets)


def held_sets(conn: Connection) -> tuple[dict[tuple[int, int, str], set[int]], dict[tuple[int, int, int], int]]:
    """The bitmaps as the store holds them: sets by kind, and posts per source, day and member."""
    sets: dict[tuple[int, int, str], set[int]] = {}
    slices: dict[tuple[int, int], list[tuple[str, BitMap]]] = defaultdict(list)
    for source, day, kind, ids in conn.execute("SELECT source_id, day, kind, ids FROM day_bitmap ORDER BY kind"):
        if kind.startswith("posts") and kind != "posters":
            slices[source, day].append((kind, BitMap.deserialize(ids)))
        elif found := set(BitMap.deserialize(ids)):
            sets[source, day, kind] = found
    counts: dict[tuple[int, int, int], int] = {}
    for (source, day), parts in slices.items():
        bits = [part for _, part in parts]
        for member, n in bit_counts.counts_of(bits, bit_counts.everyone(bits)).items():
            counts[source, day, member] = n
    return sets, counts


def day_number(at: int, zone: ZoneInfo) -> int:
    """Days since 1970-01-01 in a zone."""
    return day_of(at, zone).toordinal() - EPOCH_DAY


def check(conn: Connection, zone: ZoneInfo, now: int) -> None:
    """Compare everything kept with everything worked out anew.

    Raises:
        AssertionError: something kept is not true.
    """
    for name, wanted in (("member", members(conn)), ("thread", threads(conn, now)), ("cases", cases(conn))):
        for row in table(conn, name):
            kept = {column: row[column] for column in wanted[row["id"]]}
            assert kept == wanted[row["id"]], (name, row["id"], row)
    assert {post["id"]: post["role"] for post in table(conn, "post")} == post_roles(conn)
    assert dict(conn.execute("SELECT name, n FROM badge WHERE n != 0").fetchall()) == badges(conn)
    days = member_days(conn, zone)
    held = {tuple(row[:3]): tuple(row[3:]) for row in conn.execute("SELECT * FROM member_day")}
    assert held == days
    sets, counts = held_sets(conn)
    assert sets == day_sets(conn, zone)
    assert counts == {key: posts for key, (posts, _) in days.items() if posts}
    check_search(conn)
    check_starts(conn, zone, now)
    today = day_number(now, zone)
    check_days(conn, zone, [(today - 90, today + 90), (today - 3, today + 1), (today - 2, today - 1)])


Began = dict[tuple[str, int, int], list[tuple[int, "int | None"]]]


def starts(conn: Connection, zone: ZoneInfo) -> Began:
    """What began by kind, day and source: when, and when what it waits for came."""
    roles = {member["id"]: member["role"] for member in table(conn, "member")}
    posts, began = table(conn, "post"), defaultdict(list)
    for thread in table(conn, "thread"):
        if thread["deleted"] or roles.get(thread["author_id"]) == 2:
            continue
        at = (day_number(thread["created_at"], zone), thread["source_id"])
        solved = [
            t for t in (thread["solved_at"], thread["status_at"] if thread["view"] == 4 else None) if t is not None
        ]
        began["solved", *at].append((thread["created_at"], min(solved, default=None)))
        if roles.get(thread["author_id"]) == 0:
            began["response", *at].append((thread["created_at"], thread["first_response_at"]))
            began["team", *at].append((thread["created_at"], thread["first_team_response_at"]))
    for member in table(conn, "member"):
        if member["joined_at"] is not None and member["role"] == 0:
            own = (p["created_at"] for p in posts if p["author_id"] == member["id"] and p["state"] < 3)
            first = min((at for at in own if at >= member["joined_at"]), default=None)
            key = ("joined", day_number(member["joined_at"], zone), member["source_id"])
            began[key].append((member["joined_at"], first))
    return dict(began)


def check_starts(conn: Connection, zone: ZoneInfo, now: int) -> None:
    """Compare the days as a query reads them, from what has been written back and from rows, with the rows alone."""
    expected = starts(conn, zone)
    ids = [id for (id,) in conn.execute("SELECT id FROM source")]
    bots = [id for (id,) in conn.execute("SELECT id FROM member WHERE role = 2")]
    reader = Starts(conn, zone, ids, bots)
    held = [day for (day,) in conn.execute("SELECT DISTINCT day FROM day_waits")]
    days = [*(day for _, day, _ in expected), *held, day_number(now, zone)]
    first, end = min(days), max(days) + 1
    for kind in KINDS:
        for before in (1 << 43, now):
            found = reader.read(kind, first, end, before)
            for day in range(first, end):
                for source in ids:
                    pairs = [pair for pair in expected.get((kind, day, source), []) if pair[0] < before]
                    _check_start(found.get((day, source)), pairs, reader.until(now))
        for day in range(first, end + 1):
            total = reader.total(kind, day)
            wanted = sum(len(pairs) for (of, at, _), pairs in expected.items() if of == kind and at < day)
            assert total in (None, wanted), (kind, day)


def _check_start(start: Start | None, pairs: list[tuple[int, int | None]], until: Until) -> None:
    ended = sorted((max(0, at - began), began) for began, at in pairs if at is not None)
    if start is None:
        assert not pairs
        return
    assert (start.n, start.in_week) == (len(pairs), sum(wait <= 7 * DAY for wait, _ in ended))
    assert list(zip(start.array("waits"), start.array("began"), strict=True)) == ended
    assert list(start.array("never")) == sorted(began for began, at in pairs if at is None)
    if all(began < until.at for began, _ in pairs):
        late = sorted((began, max(0, at - began)) for began, at in pairs if at is not None and at >= until.at)
        assert sorted(start.late(until)) == late
        assert start.ended(until) == len(ended) - len(late)


def check_days(conn: Connection, zone: ZoneInfo, windows: list[tuple[int, int]]) -> None:
    """Compare windows read in spans and days with the posts and activities in them."""
    ids = [id for (id,) in conn.execute("SELECT id FROM source")]
    days, sets, counts = Days(conn, ids), day_sets(conn, zone), member_days(conn, zone)
    starts_of = starts(conn, zone)
    for first, end in windows:
        for kind in ("active", "posters", "threads"):
            found = (ids for (_, day, of), ids in sets.items() if of == kind and first <= day < end)
            assert set(days.union(kind, first, end)) - {0} == set().union(*found)
        written: dict[int, int] = defaultdict(int)
        for (_, day, member), (posts, _) in counts.items():
            written[member] += posts if first <= day < end else 0
        slices = days.counts(first, end)
        assert bit_counts.counts_of(slices, written) == written
        assert set(days.regulars(first, end, 4)) == {member for member, posts in written.items() if posts >= 4}
        reader = Waiting(Starts(conn, zone, ids, []), days.spans, (first, end), 1 << 43, Memo())
        for kind in ("response", "team", "joined"):
            pairs = [
                pair for (of, day, _), found in starts_of.items() if of == kind and first <= day < end for pair in found
            ]
            waits = sorted(max(0, at - began) for began, at in pairs if at is not None)
            assert sorted(chain(*reader.arrays(kind))) == waits, (kind, first, end)


WORDS = ("alpha", "beta", "gamma", "delta", "omega", "Größe")


def check_search(conn: Connection) -> None:
    """Full text finds exactly what reading every post finds, newest first, and its own check is content."""
    for word in WORDS:
        found = [row[0] for row in conn.execute("SELECT rowid FROM post_fts WHERE post_fts MATCH ?", (f'"{word}"',))]
        scanned = [
            id
            for id, subject, body in conn.execute("SELECT id, subject, body FROM post WHERE state < 3 ORDER BY id")
            if word.casefold() in f"{subject}\n{body}".casefold().split()
        ]
        assert found == scanned, word
    for thread in table(conn, "thread"):
        holders = conn.execute(
            "SELECT subject FROM post WHERE thread_id = ? AND state < 3 AND subject != ''", (thread["id"],)
        ).fetchall()
        alive = conn.execute("SELECT count(*) FROM post WHERE thread_id = ? AND state < 3", (thread["id"],)).fetchone()
        assert len(holders) <= 1, f"thread {thread['id']} is found by {holders}"
        if holders:
            assert holders[0][0] == thread["title"]
        elif alive[0] and thread["title"]:
            raise AssertionError(f"nobody finds {thread['title']!r}")
