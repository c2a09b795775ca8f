"""From the inbox to somebody else: a colleague with a note, or a team outside."""

from __future__ import annotations

from cm_console.screens.mode import Part

_LETTERS = "abcdefgh"


class InboxHandover(Part):
    """The command of the inbox that hands over the chosen rows; a note that was not sent is there the next time."""

    _begun: dict[int, str] | None = None

    async def action_hand_over(self) -> None:
        """To a colleague or a team outside, with a note."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]
        if ids and self.services.handover is not None:
            self.perform(self._hand_over(ids), asks=True)

    async def _hand_over(self, ids: list[int]) -> str:
        from cm_console.screens.dialogs import Choice, Choose

        service = self.services.handover
        assert service is not None
        colleagues = [name for name in self.services.team if name != self.services.actor][:9]
        choices = [Choice(str(n), name, ("colleague", name)) for n, name in enumerate(colleagues, 1)]
        teams = list(service.teams.values())[: len(_LETTERS)] if len(ids) == 1 else []
        choices += [
            Choice(key, f"{team.name}, outside: {team.source} {team.place}".rstrip(), ("team", team.name))
            for key, team in zip(_LETTERS, teams, strict=False)
        ]
        if not choices:
            return "There is nobody to hand over to: the config names colleagues in team, and teams in [handover.NAME]."
        chosen = await self.ask(Choose("Hand over to", choices))
        if chosen is None:
            return ""
        kind, name = chosen
        if kind == "team":
            return await self._to_team(ids[0], name)
        note = await self._ask_note(ids[0], name)
        if note is None:
            return ""
        await service.to_colleague(ids, name, note)
        self._notes.pop(ids[0], None)
        self.list.marks.clear()
        self.list.pass_over(set(ids))
        return f"Handed over to {name}." if len(ids) == 1 else f"Handed over to {name}: {len(ids)}."

    @property
    def _notes(self) -> dict[int, str]:
        """What was typed and not handed over, by thread; until the console ends."""
        if self._begun is None:
            self._begun = {}
        return self._begun

    async def _ask_note(self, thread_id: int, name: str) -> str | None:
        from cm_console.screens.dialogs import Ask

        hint, begun = "what was tried, what is asked of them", self._notes.get(thread_id, "")
        question = Ask(f"What should {name} know?", value=begun, hint=hint)
        note = await self.ask(question)
        self._notes[thread_id] = question.left if note is None else note
        return note

    async def _to_team(self, thread_id: int, name: str) -> str:
        from cm_console.screens.compose_tools import EDIT
        from cm_console.screens.handover import ParcelScreen

        service = self.services.handover
        assert service is not None
        card = await self.services.inbox.thread(thread_id)
        private = card is not None and card.row.kind == "direct"
        answer: str | None = EDIT
        while answer == EDIT:
            note = await self._ask_note(thread_id, name)
            if note is None:
                return ""
            parcel = await service.preview(thread_id, name, note)
            doubts = await service.doubts(thread_id, parcel, note)
            answer = await self.ask(ParcelScreen(parcel, private=private, doubts=doubts))
        if answer is None:
            return "Nothing was sent; h has your note." if note else "Nothing was sent."
        await service.hand_over(thread_id, parcel)
        self._notes.pop(thread_id, None)
        return f"On its way to {name}; z takes it back."
