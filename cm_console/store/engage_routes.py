"""Which way words go to somebody whom engage-first lists: in their thread if it is open, else privately, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cm_console.model.engaging import Engage, EngageRow, Route
from cm_console.model.verb import Verb
from cm_console.store import messaging, persons, sources
from cm_console.store.sqlite import Connection


def routed(conn: Connection, view: Engage, rows: Sequence[EngageRow]) -> list[EngageRow]:
    """The rows of a list with their ways; a row asks for `PRIVATELY` where its thread is closed.

    By another account of theirs, if theirs on this source takes no message. A newcomer whose thread is closed is listed
    only if they can be written to; others are written to in the closed thread then, which some platforms take.
    """
    refused = {name: sources.why_not(conn, name, Verb.REPLY) for name in {row.source for row in rows}}
    mute = {name: sources.why_not(conn, name, Verb.MESSAGE) for name, _ in sources.names(conn)}
    found = []
    for row in rows:
        closed = row.route is Route.PRIVATELY
        why = "no thread of theirs is open" if row.thread_id is None else refused[row.source]
        private = _private(conn, row) if (why or closed) and not all(mute.values()) else None
        if private is not None:
            found.append(private)
        elif not why and not (closed and view is Engage.GREET):
            found.append(replace(row, route=Route.THREAD))
        elif why:
            also = mute[row.source] if view is not Engage.UNANSWERED else ""
            found.append(replace(row, route=Route.NOWHERE, why_not="; ".join(filter(None, (why, also)))))
    return found


def _private(conn: Connection, row: EngageRow) -> EngageRow | None:
    if row.view is Engage.UNANSWERED or row.member_id is None:
        return None
    able = [each for each in messaging.addressees(conn, persons.accounts(conn, row.member_id)) if not each.why_not]
    to = next((each for each in able if each.id == row.member_id), able[0] if able else None)
    return None if to is None else replace(row, route=Route.PRIVATELY, to_id=to.id, to=to.source)
