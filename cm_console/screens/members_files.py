"""What the members screen does with files, with everybody's suggestions, and with texts that were kept long enough."""

from __future__ import annotations

from cm_console.model.directory import Narrow, Sort
from cm_console.model.plural import counted
from cm_console.screens.dialogs import Ask, confirm
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible

SHOWN = 3
"""Rows of a file that cannot be used, of which one is told."""


class MembersFiles(ModeScreen):
    """Export, import, who is the same, retention."""

    view: str
    sort: Sort
    narrow: Narrow

    def action_export(self) -> None:
        """Write this list to a file."""
        self.perform(self._export(), asks=True)

    async def _export(self) -> str:
        from cm_console.screens.privacy import asked_over

        path, there = await asked_over(
            self,
            await self.ask(
                Ask(
                    "Write this list to which file?", value=f"members-{self.view}.csv", hint=".csv or .json", whole=True
                )
            ),
        )
        files = self.services.people_files
        if path is None or files is None:
            return ""
        number = await files.export(path, self.view, self.sort, self.narrow, over=there)
        return f"{counted(number, 'person')} written to {path}."

    def action_import_file(self) -> None:
        """Take what a file says of persons."""
        self.perform(self._import(), asks=True)

    async def _import(self) -> str:
        files = self.services.people_files
        name = await self.ask(Ask("Take tags, notes, follow-ups and links from which file?", hint=".csv or .json"))
        if not name or files is None:
            return ""
        path, there = files.place(name)
        if not there:
            raise Impossible(f"there is no file {path}")
        seen = await files.look(path)
        wrong = "; ".join(seen.wrong[:SHOWN]) + (
            f"; and {len(seen.wrong) - SHOWN} more" if len(seen.wrong) > SHOWN else ""
        )
        told = f"{seen.words}. One z takes it back." + (f" Cannot be used: {wrong}." if wrong else "")
        if not seen.new:
            raise Impossible(f"nothing in it is new. {told}")
        if not await self.ask(confirm(f"Take from {path.name}?", told, "take it")):
            return ""
        return f"{(await files.load(path)).words}."

    def action_suggestions(self) -> None:
        """Everybody's suggestions, the best founded first."""
        self.perform(self._suggestions(), asks=True)

    async def _suggestions(self) -> str:
        from cm_console.screens.same import decide_same

        persons = self.services.persons
        assert persons is not None
        found = await persons.suggestions()
        return await decide_same(self, persons, found) if found else "No two accounts look like one person."

    def action_retention(self) -> None:
        """How long texts are kept; what is older goes now."""
        from cm_console.screens.privacy import let_go

        self.perform(let_go(self), asks=True)
