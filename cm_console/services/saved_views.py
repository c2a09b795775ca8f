"""Saved views: a list of the inbox and a filter, kept under a name for the whole team."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.inbox import Filter, SavedView, View
from cm_console.model.narrowing import no_field, odd, shown_filter, terms
from cm_console.model.text import clean_line
from cm_console.services import colleagues
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import inbox, saved_views, sources
from cm_console.store.sqlite import Connection

NAME_LIMIT = 40
SPECIAL = ("me", "none")
"""Whom a filter may ask for beside colleagues."""
_HAS_WORK = "SELECT 1 FROM thread WHERE assignee = ? LIMIT 1"


class SavedViewsService:
    """What the inbox and `cm-console inbox views` know of saved views."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def all(self) -> list[SavedView]:
        """In the team's order, those that were never moved last, by name."""
        return await self._desk.store.read(saved_views.all_saved)

    async def named(self, name: str, built_in: Sequence[str] = ()) -> SavedView:
        """The view of this name; `built_in` are the names of others that may have been meant.

        Raises:
            Impossible: there is none; the words list those there are.
        """
        from difflib import get_close_matches

        known = {view.name: view for view in await self.all()}
        if name not in known:
            near = get_close_matches(name.lower(), [str(each) for each in (*built_in, *known)], 1)
            lists = [f"there are: {', '.join(built_in)}"] if built_in else []
            rest = "; ".join([*lists, f"saved are: {', '.join(known) or 'none'}"])
            meant = f", did you mean {near[0]!r}? {rest[0].upper()}{rest[1:]}" if near else f"; {rest}"
            raise Impossible(f"there is no view {name!r}{meant}")
        return known[name]

    async def save(self, name: str, base: View, narrow: Filter) -> str:
        """Keep a view under a name, in place of one of the same name; returns the name as it is kept.

        Raises:
            Impossible: no name, or that of a built-in view; or the filter is none, see `wrong`.
        """
        kept = _name(name)
        if why := await self.wrong(narrow):
            raise Impossible(f"not saved: {why}")
        values: dict[str, object] = {"base": base.value, "filter": shown_filter(narrow)}
        await self._change("save view", kept, values)
        return kept

    async def wrong(self, narrow: Filter) -> str:
        """What of a filter cannot be meant: a form or field that is none, a source or colleague not there; else ""."""
        text = shown_filter(narrow)
        written = [part for part in no_field(text) if await self._is_written(part)]
        return odd(" ".join(part for part in text.split() if part not in written)) or await self.not_there(narrow)

    async def not_there(self, narrow: Filter) -> str:
        """Which source or colleague of a filter is not there, and who is; "" if all are."""
        return await self._desk.store.read(lambda conn: _no_source(conn, narrow) or self._no_colleague(conn, narrow))

    async def as_written(self, narrow: Filter) -> Filter:
        """The same filter, its colleague as the team writes the name."""
        names = await self._desk.store.read(lambda conn: colleagues.names(conn, self._desk))
        return narrow._replace(assignee=names.get(narrow.assignee.casefold(), narrow.assignee))

    async def _is_written(self, part: str) -> bool:
        """Whether an inquiry holds these words, so that they are no field somebody thought of."""
        words, me = Filter(words=part.removeprefix("-")), self._desk.me
        return bool(await self._desk.store.read(lambda conn: inbox.count(conn, View.ALL, words, me=me)))

    def _no_colleague(self, conn: Connection, narrow: Filter) -> str:
        asked = [narrow.assignee, *(value for name, value in terms(narrow) if name == "assignee")]
        known = colleagues.names(conn, self._desk)
        for name in asked:
            if not name or name.lower() in SPECIAL or conn.execute(_HAS_WORK, (name,)).fetchone():
                continue
            if known.get(name.casefold(), name) != name:
                return f"assignee: {name} is written {known[name.casefold()]}"
            if why := colleagues.unknown(conn, self._desk, name):
                return why
        return ""

    async def remove(self, name: str) -> None:
        """Forget a view; its threads stay where they are.

        Raises:
            Impossible: there is none of that name.
        """
        await self.named(name)
        await self._change("remove view", name, None)

    async def rename(self, name: str, to: str) -> str:
        """Call a view something else, in its place; returns the name as it is kept.

        Raises:
            Impossible: there is none of that name, or the other name is taken or none.
        """
        view, kept = await self.named(name), _name(to)
        if kept in [each.name for each in await self.all()]:
            raise Impossible(f"there is a view {kept!r} already")

        def change(decision: Decision) -> None:
            made = {"base": view.base.value, "filter": shown_filter(view.narrow)}
            decision.operation.change("saved_view", {"name": name}, None)
            decision.operation.change("saved_view", {"name": kept}, made)
            held = saved_views.place(decision.conn, name)
            if held is not None:
                decision.operation.change("view_place", {"name": name}, None)
                decision.operation.change("view_place", {"name": kept}, {"place": held})

        await self._desk.decide("rename view", f"view:{name}", change)
        return kept

    async def move(self, name: str, to: int) -> int:
        """Put a view on a place, counted from 1; returns the place it has: the last one, if there are fewer.

        Raises:
            Impossible: there is none of that name, or no such place.
        """
        await self.named(name)
        if to < 1:
            raise Impossible("places are counted from 1")
        rest = [view.name for view in await self.all() if view.name != name]
        order = [*rest[: to - 1], name, *rest[to - 1 :]]

        def change(decision: Decision) -> None:
            for at, each in enumerate(order, 1):
                decision.operation.change("view_place", {"name": each}, {"place": at})

        await self._desk.decide("move view", f"view:{name}", change)
        return order.index(name) + 1

    async def _change(self, op: str, name: str, values: dict[str, object] | None) -> None:
        def change(decision: Decision) -> None:
            decision.operation.change("saved_view", {"name": name}, values)

        await self._desk.decide(op, f"view:{name}", change)


def _no_source(conn: Connection, narrow: Filter) -> str:
    asked = [narrow.source, *(value for name, value in terms(narrow) if name == "source")]
    there = [name for name, _ in sources.names(conn)]
    unknown = [name for name in asked if name and name not in there]
    return f"there is no source {unknown[0]!r}; there are: {', '.join(there) or 'none'}" if unknown else ""


def _name(name: str) -> str:
    kept = clean_line(name.strip(), NAME_LIMIT)
    if not kept:
        raise Impossible("a view needs a name")
    if kept in [view.value for view in View]:
        raise Impossible(f"{kept!r} is a view already; choose another name")
    return kept
