"""The tables of a config that decide segments and levels of members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cm_console.config import values
from cm_console.config.documented_people import LEVEL, PEOPLE
from cm_console.config.lines import KeyPath
from cm_console.config.option import fixed
from cm_console.config.tables import Wrong, accept, dotted, given_in, no_others, table_of
from cm_console.model.directory import ALL, DUE, TEAM
from cm_console.model.segments import LEVELS, MOST, SEGMENTS, Level, PeopleRules, Segment, Top


def people(data: Mapping[str, Any]) -> dict[str, Any]:
    """What these tables say, as Config has it; raises Wrong."""
    return {"people": PeopleRules(_segments(data.get("segments", {})), _levels(data.get("levels", {})))}


def _segments(data: object) -> tuple[Segment, ...]:
    """The built-in segments, some of them replaced or taken away, and then those of the community."""
    found: dict[str, Segment | None] = {each.name: each for each in SEGMENTS}
    for name, table in table_of(data, ("segments",), "[segments.vip]").items():
        keys = ("segments", name)
        if not values.NAME.fullmatch(name) or len(name) > 60 or name in (ALL, DUE, TEAM):
            raise Wrong(keys, f"{dotted(keys)}: a segment's name is lower case letters, digits and dashes, and none of "
                        f"{ALL}, {DUE}, {TEAM}")  # fmt: skip
        found[name] = _segment(name, table_of(table, keys, "[segments.vip]"), keys, found.get(name))
    if len(found) > MOST:
        raise Wrong(("segments",), f"segments: there can be {MOST} at most")
    return tuple(each for each in found.values() if each is not None)


def _segment(name: str, table: dict[str, Any], keys: KeyPath, built_in: Segment | None) -> Segment | None:
    known = fixed(PEOPLE, "segments.NAME")
    no_others(table, keys, tuple(known))
    given = given_in(table, keys, known)
    if not given.pop("enabled", True):
        return None
    if built_in is None and "where" not in given and "top" not in given:
        raise Wrong(keys, f"{dotted(keys)}: say who is in it: where = [...], or top = ...")
    segment = built_in or Segment(name, name.replace("-", " ").capitalize(), ())
    top = segment.top if "where" not in given else None
    if "top" in given:
        number, percent = given["top"]
        top = Top(number, percent, given.get("by", "score_90"))
    elif "by" in given and top is not None:
        top = replace(top, by=given["by"])
    elif "by" in given:
        raise Wrong((*keys, "by"), f"{dotted((*keys, 'by'))} says nothing without top")
    ours = "where" in given or "top" in given
    return replace(
        segment, title=given.get("title", segment.title), where=given.get("where", segment.where), top=top,
        help="" if ours else segment.help,
    )  # fmt: skip


def _levels(data: object) -> tuple[Level, ...]:
    table = table_of(data, ("levels",), "[levels]")
    return tuple(_level(table)) or LEVELS


def _level(table: Mapping[str, object]) -> Iterator[Level]:
    for name, value in table.items():
        conditions = accept(LEVEL, value, ("levels", name))
        if any(one.field == "level" for one in conditions):
            raise Wrong(("levels", name), f"{dotted(('levels', name))}: a level cannot ask for a level")
        yield Level(name, conditions)
