"""Which list of the inbox is shown: the built-in views, saved ones, and the filter typed over them."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.inbox import Filter, InquiryRow, SavedView, View
from cm_console.model.narrowing import HINT, odd, parse_filter, shown_filter
from cm_console.screens.inbox_rows import VIEWS, InboxRows
from cm_console.screens.list_keys import FilterLine
from cm_console.screens.mode import Part

_LETTERS = "abcdef"
"""Saved views that have a letter of their own; typing finds all of them."""


class InboxViews(Part):
    """The list on the left: what is in it and how it is called."""

    view = View.NEEDS_REPLY
    saved: SavedView | None = None
    words = ""
    engage_hint = ""

    @property
    def narrow(self) -> Filter:
        """What the saved view and the typed words leave of the view."""
        known = shown_filter(self.saved.narrow) if self.saved else ""
        return parse_filter(f"{known} {self.words}")

    def tell_filter(self) -> None:
        """Say in the empty filter line what can be typed there."""
        self.query_one(FilterLine).placeholder = HINT

    def view_rows(self) -> InboxRows:
        """The rows as the list reads them."""
        return InboxRows(self.services.inbox, self.view, self.narrow)

    def head(self) -> None:
        """Say what is shown, and what to do where nothing is."""
        name, order, empty = VIEWS[self.view]
        known = shown_filter(self.saved.narrow) if self.saved else ""
        within = " ".join(filter(None, (known, self.words)))
        if self.view is View.NEEDS_REPLY and not within and self.engage_hint:
            self.list.head(" ─ ".join((name, self.engage_hint, *([order] if self.has_class("-wide") else []))))
        else:
            what = f"“{within}”" if within else "all sources"
            self.list.head(f"{self.saved.name if self.saved else name} ─ {what} ─ {order}")
        why = odd(self.words)
        nothing = f"Nothing here has “{self.words}”.\n{why or 'esc shows all'}" if self.words else empty
        self.list.empty = f"Nothing is in this view.\n{known}" if self.saved and not self.words else nothing

        if self.narrow.source or self.narrow.assignee or ":" in self.words:
            self.run_worker(self._look_at_filter(), group="wrong", exclusive=True)

    async def _look_at_filter(self) -> None:
        words, service = self.words, self.services.saved_views
        why = await service.wrong(self.narrow) if service is not None else ""
        if why and words == self.words:
            self.list.empty = f"Nothing here has “{words}”.\n{why}"
            self.list.refresh()

    async def went_back(self, items: Sequence[str]) -> None:
        """See ModeScreen; who stands in a view that is gone by it stands in that under the old name, or its base."""
        await super().went_back(items)
        there = {view.name: view for view in await self._all()} if self.saved else {}
        if self.saved is not None and there.get(self.saved.name) != self.saved:
            before = [there[name] for item in items if (name := item.removeprefix("view:")) in there]
            now = there.get(self.saved.name) or next(iter(before), None)
            self.show_view(now.base if now else self.view, now)

    def show_view(self, view: View, saved: SavedView | None = None) -> None:
        """Another list, from its top."""
        self.end_reading()
        self.view, self.saved = view, saved
        self.head()
        self.list.show(self.view_rows())

    def filter_rows(self, words: str) -> None:
        """See ModeScreen."""
        self.words = words.strip()
        self.show_view(self.view, self.saved)

    async def _all(self) -> list[SavedView]:
        return await self.services.saved_views.all() if self.services.saved_views is not None else []

    async def action_next_view(self) -> None:
        """From needs reply to all, then the saved views."""
        await self._turn(1)

    async def action_previous_view(self) -> None:
        """The other way round."""
        await self._turn(-1)

    async def _turn(self, by: int) -> None:
        views = [*((view, None) for view in VIEWS), *((saved.base, saved) for saved in await self._all())]
        names = [(view, saved.name if saved else "") for view, saved in views]
        here = (self.view, self.saved.name if self.saved else "")
        at = names.index(here) if here in names else 0
        self.show_view(*views[(at + by) % len(views)])

    async def action_views(self) -> None:
        """Choose a view; save this one under a name, or remove a saved one."""
        self.perform(self._choose(), asks=True)

    async def _choose(self) -> str:
        from cm_console.screens.dialogs import Choice, Choose

        saved = await self._all()
        choices: list[Choice[View | SavedView | str]] = [
            Choice(str(number % 10), name, view) for number, (view, (name, *_)) in enumerate(VIEWS.items(), 1)
        ]
        choices += [Choice(letter, _shown(view), view) for letter, view in zip(_LETTERS, saved, strict=False)]
        if len(saved) > len(_LETTERS):
            choices.append(Choice("/", f"find one of {len(saved)} saved views …", "find"))
        choices.append(Choice("+", "save what is shown as a view …", "save"))
        choices += [Choice("=", "rename, move or remove a saved view …", "manage")] if saved else []
        question: Choose[View | SavedView | str] = Choose("View", choices)
        answer: View | SavedView | str | None = await self.ask(question)
        if answer == "find":
            answer = await self._which("View", saved)
        match answer:
            case View() as view:
                self.show_view(view)
            case SavedView() as chosen:
                self.show_view(chosen.base, chosen)
            case "save":
                return await self._save()
            case "manage":
                return await self._manage(saved)
        return ""

    async def _which(self, title: str, saved: list[SavedView]) -> SavedView | None:
        from cm_console.screens.dialogs import Choice
        from cm_console.screens.find import Find

        choices = [Choice(str(number), _shown(view), view) for number, view in enumerate(saved, 1)]
        found: SavedView | None = await self.ask(Find(title, choices))
        return found

    async def _save(self) -> str:
        from cm_console.screens.dialogs import Ask, confirm

        narrow = self.narrow
        shown = shown_filter(narrow) or "no filter: / narrows it first"
        name = await self.ask(Ask(f"Save {VIEWS[self.view][0].lower()} ({shown}) as", hint="a name for the team"))
        if not name or self.services.saved_views is None:
            return ""
        there = [view for view in await self._all() if view.name == name]
        over = confirm("Write over it?", f"“{name}” shows {_shown(there[0])}" if there else "", "write over it")
        if there and not await self.ask(over):
            return ""
        kept = await self.services.saved_views.save(name, self.view, narrow)
        self.words = ""
        self.show_view(self.view, SavedView(kept, self.view, narrow))
        return f"Saved as “{kept}”."

    async def _manage(self, saved: list[SavedView]) -> str:
        from cm_console.screens.dialogs import Ask, Choice, Choose

        view, service = await self._which("Rename, move or remove which view?", saved), self.services.saved_views
        if view is None or service is None:
            return ""
        answers = [Choice("r", "rename …", "rename"), Choice("m", "move to another place …", "move")]
        answers.append(Choice("-", "remove: its threads stay where they are", "remove"))
        deed = await self.ask(Choose(f"“{view.name}”", answers))
        if deed == "remove":
            await service.remove(view.name)
            self._now_is(view, None)
            return f"Removed “{view.name}”."
        if deed == "rename" and (name := await self.ask(Ask("Call it", value=view.name))):
            kept = await service.rename(view.name, name)
            self._now_is(view, SavedView(kept, view.base, view.narrow))
            return f"Renamed to “{kept}”."
        if deed == "move" and (place := await self.ask(Ask(f"To which place, 1 to {len(saved)}?"))):
            if not place.isdecimal():
                return f"“{place}” is no place: a number from 1 to {len(saved)}."
            return f"“{view.name}” is on place {await service.move(view.name, int(place))}."
        return ""

    def _now_is(self, was: SavedView, now: SavedView | None) -> None:
        """The view that is shown was renamed, or removed."""
        if self.saved is not None and self.saved.name == was.name:
            self.show_view(now.base if now else View.NEEDS_REPLY, now)

    async def at_thread(self, thread_id: int) -> tuple[InboxRows, InquiryRow | None]:
        """The view where a thread waits, or else all, and its row there."""
        waits = await self.services.inbox.key_of(View.NEEDS_REPLY, thread_id)
        self.view, self.words, self.saved = View.NEEDS_REPLY if waits else View.ALL, "", None
        self.head()
        rows = self.view_rows()
        return rows, await rows.find(thread_id)


def _shown(view: SavedView) -> str:
    return f"{view.name}: {VIEWS[view.base][0].lower()} {shown_filter(view.narrow)}".rstrip()
