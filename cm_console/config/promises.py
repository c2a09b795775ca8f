"""The tables of a config that decide the inbox: rules, promises, business hours, clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_console.config.documented_inbox import CLOCKS, INBOX
from cm_console.config.option import fixed
from cm_console.config.tables import Wrong, dotted, given_in, no_others, table_of
from cm_console.model.inbox import Priority
from cm_console.model.policy import Policy
from cm_console.model.time import HOUR
from cm_console.model.triage import Rules

_PROMISES = ("first_reply", "next_reply", "resolution")


def promises(data: Mapping[str, Any]) -> dict[str, Any]:
    """What these tables say, as Config has it; raises Wrong."""
    return {
        "needs_reply": Rules(**_table(data, "needs_reply")),
        "reply_within_hours": _table(data, "reply_within_hours"),
        "office": _table(data, "business_hours"),
        "clocks": tuple(_clocks(data.get("clocks", []))),
    }


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = table_of(data.get(name, {}), (name,), f"[{name}]")
    known = fixed((*INBOX, *CLOCKS), name)
    no_others(table, (name,), tuple(known))
    return given_in(table, (name,), known)


def _clocks(data: object) -> Iterator[Policy]:
    if not isinstance(data, list):
        raise Wrong(("clocks",), "clocks must be tables with two brackets: [[clocks]]")
    known, names = fixed(CLOCKS, "clocks"), set[str]()
    for index, each in enumerate(data):
        keys = ("clocks", index)
        no_others(table_of(each, keys, "[[clocks]]"), keys, tuple(known))
        given = given_in(each, keys, known)
        if given["name"] in names:
            raise Wrong((*keys, "name"), f"{dotted((*keys, 'name'))} {given['name']!r} was already given above")
        if not any(name in given for name in _PROMISES):
            raise Wrong(keys, f"{dotted(keys)} promises nothing; give it one of {', '.join(_PROMISES)}")
        names.add(given["name"])
        yield _policy(given)


def _policy(given: Mapping[str, Any]) -> Policy:
    first, following, resolution = (int(given[name] * HOUR) if name in given else None for name in _PROMISES)
    return Policy(
        given["name"],
        first,
        following,
        resolution,
        given.get("source", ""),
        given.get("tag", "").lower(),
        frozenset(Priority[level.upper()] for level in given.get("priority", ())),
        by_team=given.get("by_team", False),
        in_hours=given.get("only_during_business_hours", False),
    )
