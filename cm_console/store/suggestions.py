"""Accounts that may be one person, and why: looked for when asked, never while pulling.

The order and the rules are those of features.md §A1 “Identity merge”: mail, linked profile, handle, full name; the last
two not between persons who both have an account on the same source, as nobody needs two there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cm_console.model.lookalike import disguised
from cm_console.model.person import LinkState, Named, Reason, Suggestion
from cm_console.store import persons
from cm_console.store.account_facts import plain_url
from cm_console.store.members import GONE
from cm_console.store.sqlite import Connection

COMMON = 6
"""A handle or name more accounts than this bear says nothing of who they are."""

_SHARED = {Reason.HANDLE: ("handle", "length(handle) > 2"), Reason.NAME: ("name", "instr(name, ' ') > 1")}
"""Columns accounts may have in common, and of which values that says something; as in the indexes."""

Pairs = dict[tuple[int, int], set[Reason]]
_ORDER = list(Reason)


def of(conn: Connection, ids: list[int]) -> list[Suggestion]:
    """Who else the person with these accounts may be."""
    mine, pairs = json.dumps(ids), _Found()
    rows = conn.execute(
        "SELECT own.member_id, o.member_id FROM account_fact own JOIN account_fact o ON o.kind = 'mail'"
        " AND o.value = own.value WHERE own.kind = 'mail' AND own.member_id IN (SELECT value FROM json_each(?))",
        (mine,),
    )
    pairs.add_all(Reason.MAIL, rows)
    for reason, (column, which) in _SHARED.items():
        rows = conn.execute(
            "SELECT m.id, (SELECT json_group_array(id) FROM member"
            f" WHERE lower({column}) = lower(m.{column}) AND {which})"
            f" FROM member m WHERE m.id IN (SELECT value FROM json_each(?)) AND m.handle <> '{GONE}'",
            (mine,),
        )
        for id, group in rows.fetchall():
            others = json.loads(group)
            if len(others) <= COMMON:
                pairs.add_all(reason, ((id, other) for other in others))
    links = conn.execute(
        "SELECT member_id, value FROM account_fact WHERE kind = 'link'"
        " AND member_id IN (SELECT value FROM json_each(?))",
        (mine,),
    )
    pairs.add_all(Reason.LINK, _linked(conn, links.fetchall()))
    urls = conn.execute(
        "SELECT id, url FROM member WHERE url <> '' AND id IN (SELECT value FROM json_each(?))", (mine,)
    )
    for id, url in urls.fetchall():
        rows = conn.execute("SELECT member_id FROM account_fact WHERE kind = 'link' AND value = ?", (plain_url(url),))
        pairs.add_all(Reason.LINK, ((id, other) for (other,) in rows))
    return weigh(conn, pairs)


def all_of(conn: Connection) -> list[Suggestion]:
    """All suggestions there are, the best founded first, then those of who writes most."""
    pairs = _Found()
    for reason, (column, which) in _SHARED.items():
        groups = conn.execute(
            f"SELECT json_group_array(id) FROM member WHERE {which} GROUP BY lower({column})"
            f" HAVING count(*) BETWEEN 2 AND {COMMON}"
        )
        for (group,) in groups.fetchall():
            pairs.add_group(reason, json.loads(group))
    groups = conn.execute(
        "SELECT json_group_array(member_id) FROM account_fact WHERE kind = 'mail' GROUP BY value HAVING count(*) > 1"
    )
    for (group,) in groups.fetchall():
        pairs.add_group(Reason.MAIL, json.loads(group))
    links = conn.execute("SELECT member_id, value FROM account_fact WHERE kind = 'link'").fetchall()
    pairs.add_all(Reason.LINK, _linked(conn, links))
    return weigh(conn, pairs)


def weigh(conn: Connection, pairs: Pairs) -> list[Suggestion]:
    """Pairs of accounts as pairs of persons: without those decided on, one for each pair, the best founded first."""
    known = persons.named(conn, sorted({id for pair in pairs for id in pair}))
    told, weak = _told(conn, known), _Weak(conn, known)
    found: dict[tuple[int, int], tuple[tuple[int, int], set[Reason]]] = {}
    for (one, other), reasons in pairs.items():
        if not (one in told and other in told and told[one] and told[other]):
            reasons = reasons - {Reason.HANDLE}
        reasons = reasons - weak.reasons(one, other)
        if not reasons or not {one, other} <= told.keys() or known[one].person == known[other].person:
            continue
        two = tuple(sorted((known[one].person, known[other].person)))
        best, why = found.setdefault((two[0], two[1]), ((one, other), set()))
        if _weight(reasons) < _weight(why):
            best = one, other
        found[two[0], two[1]] = best, why | reasons
    groups = _groups(conn, {person for two in found for person in two})
    refused = _refused(conn, {person: [id for id, _ in group] for person, group in groups.items()})
    suggestions = []
    for two, (best, why) in found.items():
        sources = [{source for _, source in groups[person]} for person in two]
        if sources[0] & sources[1]:
            why = why - {Reason.HANDLE, Reason.NAME}
        state, about = refused.get(two, ("", set[str]()))
        if why and state != LinkState.NEVER and not (state and why <= about):
            busy, quiet = sorted((known[id] for id in best), key=lambda each: (-each.posts, each.id))
            suggestions.append(Suggestion(busy, quiet, tuple(reason for reason in Reason if reason in why)))
    return sorted(suggestions, key=lambda s: (_weight(s.reasons), -s.one.posts, s.one.id, s.other.id))


class _Weak:
    """Pairs of which a handle or a name says nothing: whoever imitates somebody has both.

    That is between the team and a member, where a handle or name is in disguise, and where two accounts of one source
    show the same handle, as characters that cannot be seen tell them apart.
    """

    def __init__(self, conn: Connection, known: Mapping[int, Named]) -> None:
        people = json.dumps(sorted({each.person for each in known.values()}))
        rows = conn.execute(
            "SELECT DISTINCT coalesce(person_id, id) FROM member WHERE role = 1 AND (person_id IN"
            " (SELECT value FROM json_each(?1)) OR id IN (SELECT value FROM json_each(?1)))",
            (people,),
        )
        self._team = {person for (person,) in rows}
        twice = conn.execute(
            "SELECT m.id FROM member m JOIN member o ON lower(o.handle) = lower(m.handle) AND length(o.handle) > 2"
            " AND o.source_id = m.source_id AND o.id <> m.id WHERE m.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(known)),),
        )
        self._known, self._twice = known, {id for (id,) in twice}

    def reasons(self, one: int, other: int) -> set[Reason]:
        """Those that say nothing of two accounts."""
        ends = self._known[one], self._known[other]
        if len({each.person in self._team for each in ends}) > 1:
            return {Reason.HANDLE, Reason.NAME}
        if any(disguised(each.handle) or disguised(each.name) for each in ends):
            return {Reason.HANDLE, Reason.NAME}
        return {Reason.HANDLE} if {one, other} & self._twice else set()


class _Found(defaultdict[tuple[int, int], "set[Reason]"]):
    """Pairs with their reasons, the smaller id first."""

    def __init__(self) -> None:
        super().__init__(set)

    def add_all(self, reason: Reason, pairs: Iterable[tuple[int, int]]) -> None:
        """Pairs for a reason."""
        for one, other in pairs:
            if one != other:
                self[min(one, other), max(one, other)].add(reason)

    def add_group(self, reason: Reason, ids: list[int]) -> None:
        """All pairs of a few accounts."""
        self.add_all(reason, ((one, other) for one in ids for other in ids))


def _weight(reasons: Iterable[Reason]) -> tuple[int, int]:
    """Smaller is better founded."""
    places = [_ORDER.index(reason) for reason in reasons]
    return min(places, default=len(_ORDER)), -len(places)


def _told(conn: Connection, ids: Iterable[int]) -> dict[int, bool]:
    """Accounts of people that are still there, no bots, nobody forgotten; and whether a source told of them.

    One that was only spoken of is called by its id, which is no handle.
    """
    rows = conn.execute(
        "SELECT id, known FROM member WHERE role < 2 AND handle <> ? AND id IN (SELECT value FROM json_each(?))",
        (GONE, json.dumps(list(ids))),
    )
    return {id: bool(known) for id, known in rows}


def _groups(conn: Connection, people: set[int]) -> dict[int, list[tuple[int, int]]]:
    """Accounts and their sources by person."""
    found: dict[int, list[tuple[int, int]]] = {person: [] for person in people}
    asked = json.dumps(sorted(people))
    rows = conn.execute(
        "SELECT id, source_id, person_id FROM member WHERE person_id IN (SELECT value FROM json_each(?1)) UNION"
        " SELECT id, source_id, coalesce(person_id, id) FROM member WHERE id IN (SELECT value FROM json_each(?1))",
        (asked,),
    )
    for id, source, person in rows:
        if person in found:
            found[person].append((id, source))
    return found


def _refused(conn: Connection, groups: dict[int, list[int]]) -> dict[tuple[int, int], tuple[str, set[str]]]:
    """What was said against pairs of persons: the state and the reasons it was said about."""
    of = {id: person for person, ids in groups.items() for id in ids}
    rows = conn.execute(
        "SELECT a, b, state, reason FROM account_link WHERE state IN ('rejected', 'never') AND ended_at IS NULL"
        " AND a IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(of)),),
    )
    found: dict[tuple[int, int], tuple[str, set[str]]] = {}
    for a, b, state, reason in rows:
        if b in of:
            two = (min(of[a], of[b]), max(of[a], of[b]))
            was, told = found.get(two, ("", set[str]()))
            never = LinkState.NEVER in (was, state)
            found[two] = (LinkState.NEVER if never else state, told | set(reason.split(", ")))
    return found


def _linked(conn: Connection, links: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Accounts whose profile page somebody links to: guessed by the last part of the address, sure by the whole."""
    for id, page in links:
        handle = page.rpartition("/")[2].removeprefix("@")
        host = page.partition("/")[0]
        rows = conn.execute(
            "SELECT id, url FROM member WHERE lower(handle) IN (?1, ?1 || '@' || ?2, '@' || ?1 || ':' || ?2)"
            " AND length(handle) > 2 AND url <> ''",
            (re.sub(r"%40", "@", handle), host),
        )
        for other, url in rows.fetchall():
            if plain_url(url) == page:
                yield id, other
