"""Closing reports: Synapse deletes them. All reports on the same message or member are closed by one decision."""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, SourceError
from cm_console.model.records import Report
from cm_console.sources.matrix import wire
from cm_console.sources.matrix.reports import ON_EVENTS, ON_USERS, Listed, report
from cm_console.sources.matrix.server import ADMIN, Server

AGREED = {Verb.KEEP: False, Verb.IGNORE: None}
LIST = 100


async def close_reports(server: Server, action: Action) -> list[Report]:
    """Close the report that a decision answers and all others on the same; Gone if it was closed before."""
    what, _, number = (action.report or "").partition("-")
    if what not in (ON_EVENTS, ON_USERS) or not number.isdigit():
        raise Gone("there is no such report on the server")
    path = f"{ADMIN}/{what}_reports"
    closed = []
    for told in await (_on_event if what == ON_EVENTS else _on_user)(server, f"{path}/{number}"):
        try:
            await server.gate.write("DELETE", f"{path}/{told.id}")
        except Gone:
            continue  # a colleague was faster with this one
        agreed = AGREED.get(action.verb, True)
        closed.append(report(f"{what}-{told.id}", told, server.clock.now(), agreed=agreed))
    return closed


async def also_close(server: Server, action: Action, receipt: Receipt) -> Receipt:
    """After the decision itself was carried out; what goes wrong here is told, it does not undo the decision."""
    if action.report is None:
        return receipt
    try:
        closed = await close_reports(server, action)
    except Gone:
        return receipt
    except SourceError as error:
        note = f"{receipt.note}; " if receipt.note else ""
        return replace(receipt, note=f"{note}the report is still open there: {error}")
    return replace(receipt, records=(*receipt.records, *closed))


async def _on_event(server: Server, path: str) -> list[Listed]:
    one = await server.read(path, wire.EventReport)
    query: dict[str, str | int] = {"room_id": one.room_id, "limit": LIST}
    if one.sender:
        query["event_sender_user_id"] = one.sender
    listed = (await server.read(f"{ADMIN}/event_reports", wire.EventReports, query)).event_reports
    return [one, *(other for other in listed if other.event_id == one.event_id and other.id != one.id)]


async def _on_user(server: Server, path: str) -> list[Listed]:
    one = await server.read(path, wire.UserReport)
    query: dict[str, str | int] = {"target_user_id": one.target_user_id, "limit": LIST}
    listed = (await server.read(f"{ADMIN}/user_reports", wire.UserReports, query)).user_reports
    return [one, *(other for other in listed if other.target_user_id == one.target_user_id and other.id != one.id)]
