"""Handing over threads: to whom, with which note, what would leave; a note that was begun is kept as a draft."""

from __future__ import annotations

from cm_console.screens.mode import ModeScreen

_LETTERS = "abcdefgh"


def draft_key(thread_id: int) -> str:
    """Where the note to whom a thread is handed over is kept while it is written."""
    return f"handover:{thread_id}"


async def hand_over(screen: ModeScreen, ids: list[int]) -> str:
    """Ask to whom, and for the note; the words say what happened, "" if nothing."""
    from cm_console.screens.dialogs import Choice, Choose

    service = screen.services.handover
    assert service is not None
    colleagues = [name for name in screen.services.team if name != screen.services.actor][:9]
    choices = [Choice(str(n), name, ("colleague", name)) for n, name in enumerate(colleagues, 1)]
    teams = list(service.teams.values())[: len(_LETTERS)] if len(ids) == 1 else []
    choices += [
        Choice(key, f"{team.name}, outside: {team.source} {team.place}".rstrip(), ("team", team.name))
        for key, team in zip(_LETTERS, teams, strict=False)
    ]
    if not choices:
        return "There is nobody to hand over to: the config names colleagues in team, and teams in [handover.NAME]."
    chosen = await screen.ask(Choose("Hand over to", choices))
    if chosen is None:
        return ""
    kind, name = chosen
    if kind == "team":
        return await _to_team(screen, ids[0], name)
    note = await _ask_note(screen, ids[0], name)
    if note is None:
        return ""
    await service.to_colleague(ids, name, note)
    await screen.services.inbox.save_draft(draft_key(ids[0]), "")
    screen.list.marks.clear()
    screen.list.pass_over(set(ids))
    return f"Handed over to {name}." if len(ids) == 1 else f"Handed over to {name}: {len(ids)}."


async def _ask_note(screen: ModeScreen, thread_id: int, name: str) -> str | None:
    from cm_console.screens.kept_words import ask_draft

    hint = "what was tried, what is asked of them"
    return await ask_draft(screen, draft_key(thread_id), f"What should {name} know?", hint)


async def _to_team(screen: ModeScreen, thread_id: int, name: str) -> str:
    from cm_console.screens.compose_tools import EDIT
    from cm_console.screens.handover import ParcelScreen

    service = screen.services.handover
    assert service is not None
    card = await screen.services.inbox.thread(thread_id)
    private = card is not None and card.row.kind == "direct"
    answer: str | None = EDIT
    while answer == EDIT:
        note = await _ask_note(screen, thread_id, name)
        if note is None:
            return ""
        parcel = await service.preview(thread_id, name, note)
        doubts = await service.doubts(thread_id, parcel, note)
        answer = await screen.ask(ParcelScreen(parcel, private=private, doubts=doubts))
    if answer is None:
        return "Nothing was sent; h has your note." if note else "Nothing was sent."
    await service.hand_over(thread_id, parcel)
    await screen.services.inbox.save_draft(draft_key(thread_id), "")
    return f"On its way to {name}; z takes it back."
