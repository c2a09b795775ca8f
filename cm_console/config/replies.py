"""The tables of a config that hold saved replies and macros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cm_console.config import values
from cm_console.config.documented_replies import MACROS, REPLIES
from cm_console.config.option import fixed
from cm_console.config.tables import Wrong, dotted, given_in, no_others, table_of
from cm_console.model.templates import Macro, SavedReply


def replies(data: Mapping[str, Any]) -> dict[str, Any]:
    """What these tables say, as Config has it; raises Wrong."""
    saved = tuple(SavedReply(name, **given) for name, given in _tables(data, "replies"))
    names = {reply.name for reply in saved}
    return {"replies": saved, "macros": tuple(_macros(data, names))}


def _macros(data: Mapping[str, Any], replies: set[str]) -> Iterator[Macro]:
    taken: dict[str, str] = {}
    for name, given in _tables(data, "macros"):
        macro, keys = Macro(name, **given), ("macros", name)
        if macro.key in taken:
            raise Wrong(
                (*keys, "key"), f"{dotted((*keys, 'key'))} {macro.key} is the key of {taken[macro.key]} already"
            )
        if macro.reply and macro.reply not in replies:
            advice = values.nearest(macro.reply, replies)
            words = f"{dotted((*keys, 'reply'))} names the saved reply '{macro.reply}', which is not there{advice}"
            raise Wrong((*keys, "reply"), words)
        taken[macro.key] = name
        yield macro


def _tables(data: Mapping[str, Any], table: str) -> Iterator[tuple[str, dict[str, Any]]]:
    known, example = fixed((*REPLIES, *MACROS), f"{table}.NAME"), f"[{table}.welcome]"
    for name, rows in table_of(data.get(table, {}), (table,), example).items():
        keys = (table, name)
        if not values.NAME.fullmatch(name) or len(name) > 60:
            raise Wrong(keys, f"{dotted(keys)}: such a name is lower case letters, digits and dashes")
        no_others(table_of(rows, keys, example), keys, tuple(known))
        yield name, given_in(rows, keys, known)
