"""Which function of a stand-in answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match
from typing import Generic, NamedTuple, TypeVar

from tests.servers.loopback import Reply, Seen

S = TypeVar("S")
Handler = Callable[[S, Seen, Match[str]], object]


class Route(NamedTuple, Generic[S]):
    """One line of the table."""

    method: str
    path: re.Pattern[str]
    handler: Handler[S]
    kinds: frozenset[str]


class Routes(Generic[S]):
    """A table filled by `@route("GET", "/lists/{list}")`; the handler reads a part as match["list"].

    Args:
        part: what a part is, where `parts` does not say it.
        ending: what a path may end with.
        parts: whole patterns of some parts, by name.
    """

    def __init__(self, part: str = "[^/]+?", *, ending: str = "", **parts: str) -> None:
        self._part, self._ending, self._parts = part, ending, parts
        self._table: list[Route[S]] = []

    def __call__(
        self, method: str, path: str, kinds: frozenset[str] = frozenset()
    ) -> Callable[[Handler[S]], Handler[S]]:
        """Add a line; one with `kinds` holds only for servers of these kinds."""
        pattern = re.compile(re.sub(r"{(\w+)}", self._pattern, path) + self._ending)

        def add(handler: Handler[S]) -> Handler[S]:
            self._table.append(Route(method, pattern, handler, kinds))
            return handler

        return add

    def _pattern(self, name: Match[str]) -> str:
        return self._parts.get(name[1], f"(?P<{name[1]}>{self._part})")

    def answer(self, server: S, seen: Seen, path: str, kind: str = "") -> Reply | None:
        """What the first line that fits makes of a request; None if none does."""
        for line in self._table:
            known = line.method == seen.method and (not line.kinds or kind in line.kinds)
            if known and (match := line.path.fullmatch(path)):
                made = line.handler(server, seen, match)
                return made if isinstance(made, Reply) else Reply(made)
        return None
