"""Decisions about what waits: held messages, and people who want to join or to leave.

Mailman forgets what was decided. So a decision that finds nothing was made by a colleague (or by our own lost try), and
only the archive can tell whether the message went out.
"""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, SourceError
from cm_console.model.records import Kind
from cm_console.sources.mailman import ids, records
from cm_console.sources.mailman.archive import Archive
from cm_console.sources.mailman.core import Core, part
from cm_console.sources.mailman.ids import Pending, pending

ACCEPT, REJECT, DISCARD, DEFER = "accept", "reject", "discard", "defer"
WORDS = {
    Verb.KEEP: ACCEPT,
    Verb.APPROVE: ACCEPT,
    Verb.REJECT: REJECT,
    Verb.SPAM: DISCARD,
    Verb.IGNORE: DEFER,
}
"""What Mailman calls what a verb means."""
STAYS = "it goes on waiting there: Mailman knows no end but accept, reject and discard"
UNKNOWN = "decided by a colleague; how, Mailman does not tell"


def waiting_of(action: Action) -> Pending | None:
    """What waits that an action is about: named by its report, or its target."""
    return pending(action.report) or pending(action.target.id if action.target else None)


async def decide(core: Core, archive: Archive | None, action: Action) -> Receipt:
    """Accept, reject, discard or leave what waits."""
    waiting = waiting_of(action)
    if waiting is None:
        raise Refused(f"{action.verb} is for what waits in Mailman: a held message, or somebody who wants in or out")
    return await settle(core, archive, action, waiting, WORDS[action.verb])


async def settle(core: Core, archive: Archive | None, action: Action, waiting: Pending, word: str) -> Receipt:
    """Tell Mailman one of its words for what waits, after a look whether it is still that."""
    if waiting.kind == ids.HELD:
        held = await core.held_message(waiting)
        if held is None:
            raise await _handled(core, archive, action, waiting, word)
        path, form = f"/lists/{part(waiting.list_id)}/held/{waiting.request}", {"action": word}
        form |= {"comment": action.reason} if word == REJECT and action.reason else {}
    else:
        path, form = f"/lists/{part(waiting.list_id)}/requests/{part(waiting.key)}", {"action": word}
        form |= {"reason": action.reason} if word == REJECT and action.reason else {}
        request = await core.request(waiting)
        if request is None:
            raise await _handled(core, archive, action, waiting, word)
    try:
        await core.write("POST", path, form)
    except Gone:
        raise await _handled(core, archive, action, waiting, word) from None
    except Conflict as error:  # already subscribed
        raise Conflict(str(error), current="already a member", settled=word == ACCEPT, status=409) from None
    if word == DEFER:
        return Receipt(str(waiting), note=STAYS)
    now = core.clock.now()
    if waiting.kind == ids.HELD:
        assert held is not None
        report = records.held_report(waiting.list_id, held, closed_at=now, agreed=word != ACCEPT)
    else:
        assert request is not None
        report = records.request_report(waiting, request, now, closed_at=now, agreed=word != ACCEPT)
    return Receipt(str(waiting), (report,))


async def also_discard(core: Core, archive: Archive | None, action: Action, receipt: Receipt) -> Receipt:
    """After a penalty: what waited of theirs does not go out. The penalty has landed whatever comes of this."""
    waiting = waiting_of(action)
    if waiting is None:
        return receipt
    word = DISCARD if waiting.kind == ids.HELD else REJECT
    try:
        ended = await settle(core, archive, action, waiting, word)
    except SourceError as error:
        if isinstance(error, Conflict) and error.settled:
            return receipt
        return Receipt(receipt.remote_id, receipt.records, f"done, but it still waits: {error}")
    note = "; ".join(filter(None, (receipt.note, "the held message was discarded" if word == DISCARD else "")))
    return Receipt(receipt.remote_id, (*receipt.records, *ended.records), note)


async def _handled(core: Core, archive: Archive | None, action: Action, waiting: Pending, word: str) -> Conflict:
    """A colleague was faster. It counts as what was wanted, unless something shows the opposite."""
    if waiting.kind == ids.HELD:
        went_out = archive is not None and await _archived(core, archive, waiting)
        opposite, how = went_out and word in (REJECT, DISCARD), "a colleague has accepted it: it went out to the list"
    else:
        joined = await _on_list(core, action, waiting)
        went_out = joined is (waiting.kind == ids.JOINING)
        opposite = joined is not None and word in (ACCEPT, REJECT, DISCARD) and went_out != (word == ACCEPT)
        how = "a member of the list" if joined else "not a member of the list"
        went_out = joined is not None
    current = how if went_out else UNKNOWN
    return Conflict(UNKNOWN, current=current, settled=not opposite, status=404)


async def _archived(core: Core, archive: Archive, waiting: Pending) -> bool:
    """Is it in the archive? An archive that fails shows nothing, and holds no decision up."""
    place = await core.list_at(waiting.list_id)
    try:
        return await archive.mail_if_there(place.fqdn_listname, waiting.hash) is not None
    except SourceError:
        return False


async def _on_list(core: Core, action: Action, waiting: Pending) -> bool | None:
    """Is the person on the list now? None if nobody said who it is."""
    if action.target is None or action.target.kind is not Kind.MEMBER:
        return None
    return await core.membership(waiting.list_id, "member", action.target.id) is not None
