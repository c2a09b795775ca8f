"""Who may do what in a room: power levels, and the creators whose power no list shows.

Since room version 12 the creators of a room have more power than any number and do not stand in `users` at all.
https://spec.matrix.org/v1.18/client-server-api/#mroompower_levels
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from cm_console.sources.matrix.events import said
from cm_console.sources.matrix.wire import Event

MODERATOR, FOUNDER = 50, 100
ACTS: tuple[str, ...] = ("ban", "kick", "redact")


@dataclass(frozen=True, slots=True)
class Power:
    """The levels of one room."""

    users: Mapping[str, float] = field(default_factory=dict)
    usual: float = 0
    needed: Mapping[str, float] = field(default_factory=dict)
    creators: frozenset[str] = frozenset()

    def of(self, user: str) -> float:
        """A member's power; infinite for a creator of a room of version 12 or later."""
        return inf if user in self.creators else self.users.get(user, self.usual)

    def need(self, act: str) -> float:
        """The level for `ban`, `kick` or `redact`."""
        return self.needed.get(act, MODERATOR)

    def may(self, user: str, act: str, on: str = "") -> bool:
        """May a member do this (to that member, who must be weaker)?"""
        mine = self.of(user)
        return mine >= self.need(act) and (not on or mine > self.of(on))


def power_of(create: Event | None, levels: Event | None) -> Power:
    """The levels of a room from its two state events; either may be missing or hold nonsense."""
    made = said(create) if create is not None else {}
    founder = create.sender if create is not None else ""
    creators = frozenset[str]()
    if create is not None and _since_12(made.get("room_version")):
        more = made.get("additional_creators")
        creators = frozenset(
            [founder, *(name for name in more if isinstance(name, str))] if isinstance(more, list) else [founder]
        )
    if levels is None:
        return Power({founder: FOUNDER} if founder and not creators else {}, creators=creators)
    content = said(levels)
    users = content.get("users")
    listed = {name: _number(level, 0) for name, level in users.items()} if isinstance(users, dict) else {}
    needed = {act: _number(content[act], MODERATOR) for act in ACTS if act in content}
    return Power(listed, _number(content.get("users_default"), 0), needed, creators)


def _since_12(version: object) -> bool:
    if not isinstance(version, str):
        return False
    return version == "org.matrix.hydra.11" or (version.isascii() and version.isdigit() and int(version[:9]) >= 12)


def _number(value: Any, default: float) -> float:
    """Levels were texts in old rooms."""
    try:
        return default if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return default
