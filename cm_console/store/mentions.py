"""Colleagues who were named in a private note and have not dealt with the thread since."""

from __future__ import annotations

import re

from cm_console.store.journal import Operation

_NAME = re.compile(r"(?<![\w@])@([\w][\w.-]*)")


def named(body: str) -> set[str]:
    """Who is named as @name in a text, in lower case."""
    return {found.rstrip(".-").casefold() for found in _NAME.findall(body)}


def note(operation: Operation, thread_id: int, body: str) -> None:
    """Whoever is named as @name in a note has something to see; oneself needs no telling."""
    for name in named(body) - {operation.actor.casefold()}:
        operation.change("mention", {"person": name, "thread_id": thread_id}, {"at": operation.at})


def dealt_with(operation: Operation) -> None:
    """Whatever somebody decides on a thread, they have seen what they were named for."""
    kind, _, id = operation.item.partition(":")
    person = operation.actor.casefold()
    if kind == "thread" and id.isdigit():
        query = "SELECT 1 FROM mention WHERE person = ? AND thread_id = ?"
        if operation.conn.execute(query, (person, int(id))).fetchone():
            operation.change("mention", {"person": person, "thread_id": int(id)}, None)
