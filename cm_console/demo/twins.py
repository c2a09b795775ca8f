"""Somebody who asks the same in two places: what the console suggests to make one inquiry."""

from __future__ import annotations

from cm_console.demo.world import Draft, World
from cm_console.model.records import ThreadKind
from cm_console.model.time import DAY

CHAT = "chat"


def ask_twice(world: World) -> None:
    """Of those who wait for two answers, one asked in the chat what they had asked elsewhere within the day."""
    waiting = [draft for draft in world.threads if draft.waits and draft.kind is ThreadKind.TOPIC]
    for again in (draft for draft in waiting if draft.source == CHAT):
        first = next((draft for draft in waiting if _same(draft, again)), None)
        if first is not None:
            again.title = f"{first.title.rstrip('?.!')} - anyone?"
            again.posts[0].text = first.posts[0].text
            return


def _same(draft: Draft, again: Draft) -> bool:
    near = abs(draft.at - again.at) < DAY and len(draft.title.split()) > 3
    return near and draft.source != CHAT and draft.author.handle == again.author.handle
