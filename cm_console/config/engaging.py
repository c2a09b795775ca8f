"""The tables of a config that decide engage-first and hand-over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_console.config import values
from cm_console.config.documented_engage import ENGAGE
from cm_console.config.option import fixed
from cm_console.config.tables import Wrong, dotted, given_in, no_others, table_of
from cm_console.model.engaging import STARTERS, EngageRules, Starter
from cm_console.model.outside import OutsideTeam


def engaging(data: Mapping[str, Any]) -> dict[str, Any]:
    """What these tables say, as Config has it; raises Wrong."""
    return {
        "engage": EngageRules(**_table(data, "engage")),
        "templates": _table(data, "templates"),
        "starters": _library(tuple(_starters(data.get("starters", [])))),
        "handover": tuple(_teams(data.get("handover", {}), tuple(data.get("sources", {})))),
    }


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = table_of(data.get(name, {}), (name,), f"[{name}]")
    known = fixed(ENGAGE, name)
    no_others(table, (name,), tuple(known))
    return given_in(table, (name,), known)


def _starters(data: object) -> Iterator[Starter]:
    if not isinstance(data, list):
        raise Wrong(("starters",), "starters must be tables with two brackets: [[starters]]")
    known, ids = fixed(ENGAGE, "starters"), set[str]()
    for index, each in enumerate(data):
        keys = ("starters", index)
        no_others(table_of(each, keys, "[[starters]]"), keys, tuple(known))
        starter = Starter(**given_in(each, keys, known))
        if not starter.id or starter.id in ids:
            raise Wrong((*keys, "title"), f"{dotted((*keys, 'title'))} {starter.title!r} was already given above")
        ids.add(starter.id)
        yield starter


def _library(own: tuple[Starter, ...]) -> tuple[Starter, ...]:
    ids = {starter.id for starter in own}
    return (*own, *(starter for starter in STARTERS if starter.id not in ids))


def _teams(data: object, sources: tuple[str, ...]) -> Iterator[OutsideTeam]:
    known = fixed(ENGAGE, "handover.NAME")
    for name, table in table_of(data, ("handover",), "[handover.infra]").items():
        keys = ("handover", name)
        if not values.NAME.fullmatch(name) or len(name) > 60:
            raise Wrong(keys, f"{dotted(keys)}: a team's name is lower case letters, digits and dashes")
        no_others(table_of(table, keys, "[handover.infra]"), keys, tuple(known))
        given = given_in(table, keys, known)
        if given["source"] not in sources:
            advice = values.nearest(given["source"], sources)
            where = (*keys, "source")
            raise Wrong(where, f"{dotted(where)} names the source '{given['source']}', which is not there{advice}")
        yield OutsideTeam(name, **given)
