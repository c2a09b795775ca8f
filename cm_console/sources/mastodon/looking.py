"""Did it land? Looking among our own statuses and plans for what an action whose answer was lost would have made."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone
from cm_console.model.records import Kind
from cm_console.model.time import SECOND, Instant, instant
from cm_console.sources.http_bodies import Query
from cm_console.sources.mastodon import records, wire
from cm_console.sources.mastodon.scheduled import planned
from cm_console.sources.mastodon.server import Server
from cm_console.sources.mastodon.wording import normal, same

SKEW = 5 * SECOND
"""How far a server's clock may be wrong although its Date says otherwise."""
PAGES = 10
_LOOKED_FOR = (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.SCHEDULE)


async def find(server: Server, action: Action) -> Receipt | None:
    """What landed of a reply, a status, a message or a plan; None if it is not there."""
    if action.tried_at is None or action.verb not in _LOOKED_FOR:
        return None
    if action.verb is Verb.SCHEDULE and (receipt := await _planned(server, action)):
        return receipt
    me = await server.me()
    found: tuple[wire.Status, str] | None = None
    for status in await _ours_since(server, me.id, action.tried_at):
        if not same(action.text or action.title, status.content or "") or status.id in action.taken:
            continue
        thread = await _thread(server, action, status) if reaches(action, status) else None
        found = (status, thread) if thread else found
    if found is None:
        return None
    status, thread = found
    opened = (records.thread(status, thread),) if status.in_reply_to_id is None else ()
    return Receipt(status.id, (*opened, records.post(status, thread, me.id)))


async def thread_of(server: Server, status: wire.Status) -> str:
    """The id of the thread a status stands in: of its first status, as far as we may see it."""
    if status.in_reply_to_id is None:
        return status.id
    try:
        above = (await server.context(status.id)).ancestors
    except Gone:
        above = []
    return above[0].id if above else status.id


def reaches(action: Action, status: wire.Status) -> bool:
    """Is a status seen by whom the action is for? The same words may have gone to several members, or to everybody."""
    if action.verb is Verb.REPLY:
        return True
    private = status.visibility == "direct"
    if action.verb is Verb.MESSAGE:
        to = action.target.id if action.target else ""
        return private and any(mention.id == to for mention in status.mentions or ())
    return private is (action.place.strip().casefold() == "direct")


async def _planned(server: Server, action: Action) -> Receipt | None:
    for entry in await planned(server):
        at_its_time = abs(instant(entry.scheduled_at) - (action.at or 0)) < SECOND
        words = normal(entry.params.text or "") == normal(action.text or action.title)
        if at_its_time and words and entry.id not in action.taken:
            return Receipt(entry.id, (records.scheduled(entry),))
    return None


async def _ours_since(server: Server, me: str, tried_at: Instant) -> list[wire.Status]:
    """Our statuses from the first attempt on, by the server's clock, newest first."""
    found: list[wire.Status] = []
    query: dict[str, str | int] = {"exclude_reblogs": "true", "limit": 40}
    for _ in range(PAGES):
        page, skew = await _page(server, me, query)
        recent = [status for status in page if instant(status.created_at) >= tried_at + skew - SKEW]
        found += recent
        if len(recent) < len(page) or len(page) < 40:
            break
        query["max_id"] = page[-1].id
    return found


async def _page(server: Server, me: str, query: Query) -> tuple[list[wire.Status], int]:
    answer = await server.gate.get(f"/api/v1/accounts/{me}/statuses", query)
    return answer.decode(list[wire.Status]), answer.skew


async def _thread(server: Server, action: Action, status: wire.Status) -> str | None:
    """The thread a status of ours stands in, if that is where the action would have put it."""
    if action.verb is not Verb.REPLY:
        return status.id if status.in_reply_to_id is None else None
    id = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    if status.in_reply_to_id is None or (action.reply_to or status.in_reply_to_id) != status.in_reply_to_id:
        return None
    if action.reply_to is not None or status.in_reply_to_id == id:
        return id
    try:
        above = (await server.context(status.id)).ancestors
    except Gone:
        return None
    return id if any(one.id == id for one in above) else None
