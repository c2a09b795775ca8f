"""What is done to a member: hold whatever they write, throw them out, keep them out, and take it back.

It concerns the list of the case or thread; without one, all lists of this source. Mailman ends nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind
from cm_console.sources.mailman import ids, wire
from cm_console.sources.mailman.archive import Archive
from cm_console.sources.mailman.core import Core, part
from cm_console.sources.mailman.queue import also_discard

EVERYWHERE = "server"
REACHES = ("list", EVERYWHERE)
STAYS_SUBSCRIBED = "they stay subscribed and get the list's mail: throw them out too if they should not"


async def ban(core: Core, archive: Archive | None, action: Action, reach: str) -> Receipt:
    """Refuse what an address writes, and whoever wants to join with it."""
    address, places = _who(action), await _bans(core, action, reach)
    if action.until is not None:
        raise Refused("Mailman ends no ban by itself: ban without an end, and take it back when it is time")
    for place in places:
        try:
            if not await _banned(core, place, address):
                await core.write("POST", place, {"email": address})
        except Refused as error:
            if "already banned" not in str(error).lower():
                raise
    subscribed = [one for one in await _scope(core, action) if await core.membership(one.list_id, "member", address)]
    receipt = Receipt(address, note=STAYS_SUBSCRIBED if subscribed else "")
    return await also_discard(core, archive, action, receipt)


async def unban(core: Core, action: Action, reach: str) -> Receipt:
    """Take a ban back. A ban of the whole server, or of a pattern, is not ours to take back."""
    address, places = _who(action), await _bans(core, action, reach)
    for place in places:
        if await _banned(core, place, address):
            try:
                await core.write("DELETE", f"{place}/{part(address)}")
            except Gone:
                continue
            if await _banned(core, place, address):
                raise Refused("still banned: by a pattern, or on the whole server; see Mailman's own pages")
    return Receipt(address)


async def silence(core: Core, archive: Archive | None, action: Action) -> Receipt:
    """Hold everything they write from now on, until a moderator lets it pass."""
    if action.until is not None:
        raise Refused("Mailman ends nothing by itself: decide it without an end, and take it back when it is time")
    return await also_discard(core, archive, action, await _moderate(core, action, "hold"))


async def unsilence(core: Core, action: Action) -> Receipt:
    """Treat what they write as the list treats everybody."""
    return await _moderate(core, action, "")


async def kick(core: Core, archive: Archive | None, action: Action) -> Receipt:
    """Unsubscribe somebody; Mailman says goodbye by mail where the list does so."""
    address, out = _who(action), 0
    for one in await _scope(core, action):
        on_list = await core.membership(one.list_id, "member", address)
        if on_list is not None:
            try:
                # both words, or a list that asks its moderators would only make a request of it
                form = {"pre_confirmed": "True", "pre_approved": "True"}
                await core.write("DELETE", f"/members/{part(on_list.member_id)}", form)
            except Gone:
                continue
            out += 1
    receipt = await also_discard(core, archive, action, Receipt(address))
    if not out and not receipt.records:
        raise Conflict("not a member (any more)", current="not a member", settled=True)
    return receipt


async def _moderate(core: Core, action: Action, word: str) -> Receipt:
    address, known = _who(action), False
    for one in await _scope(core, action):
        for role in ("member", "nonmember"):
            on_list = await core.membership(one.list_id, role, address)
            if on_list is None:
                continue
            known = True
            if (on_list.moderation_action or "") != word:
                await core.write("PATCH", f"/members/{part(on_list.member_id)}", {"moderation_action": word})
    if not known and word:
        raise Refused("this address never wrote to the list and is no member: there is nothing to hold")
    return Receipt(address)


def _who(action: Action) -> str:
    if action.target is None or action.target.kind is not Kind.MEMBER or "@" not in action.target.id:
        raise Refused(f"{action.verb} needs a member")
    return action.target.id


async def _scope(core: Core, action: Action) -> Sequence[wire.MailingList]:
    """The list of the case or thread, or all of ours."""
    lists = await core.lists()
    wanted = ids.list_of(action.report, action.thread)
    return [one for one in lists if wanted in (None, one.list_id)]


async def _bans(core: Core, action: Action, reach: str) -> list[str]:
    """Where bans are kept for this action."""
    if reach == EVERYWHERE:
        return ["/bans"]
    return [f"/lists/{part(one.list_id)}/bans" for one in await _scope(core, action)]


async def _banned(core: Core, place: str, address: str) -> bool:
    try:
        await core.read(f"{place}/{part(address)}", wire.Banned)
    except Gone:
        return False
    return True
