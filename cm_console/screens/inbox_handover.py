"""From the inbox to somebody else: a colleague with a note, or a team outside."""

from __future__ import annotations

from cm_console.screens.mode import ModeScreen

_LETTERS = "abcdefgh"


class InboxHandover(ModeScreen):
    """The command of the inbox that hands over the chosen rows."""

    async def action_hand_over(self) -> None:
        """To a colleague or a team outside, with a note."""
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]
        if ids and self.services.handover is not None:
            self.perform(self._hand_over(ids), asks=True)

    async def _hand_over(self, ids: list[int]) -> str:
        from cm_console.screens.dialogs import Ask, Choice, Choose

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
        note = await self.ask(Ask(f"What should {name} know?", hint="what was tried, what is asked of them"))
        if note is None:
            return ""
        if kind == "team":
            return await self._to_team(ids[0], name, note)
        await service.to_colleague(ids, name, note)
        self.list.marks.clear()
        self.list.pass_over(set(ids))
        return f"Handed over to {name}." if len(ids) == 1 else f"Handed over to {name}: {len(ids)}."

    async def _to_team(self, thread_id: int, name: str, note: str) -> str:
        from cm_console.screens.handover import ParcelScreen

        service = self.services.handover
        assert service is not None
        parcel = await service.preview(thread_id, name, note)
        card = await self.services.inbox.thread(thread_id)
        if not await self.ask(ParcelScreen(parcel, private=card is not None and card.row.kind == "direct")):
            return "Nothing was sent."
        await service.hand_over(thread_id, parcel)
        return f"On its way to {name}; z takes it back."
