"""Verbs that write words, and plans: reply, publish, edit, remove, schedule, move. Where "never twice" is at stake.

`Idempotency-Key` is the action's id: Mastodon gives the same status again for up to an hour. Other servers may not know
it, so there we look before a repeat (see looking.py), and after that hour everywhere.
"""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Ref
from cm_console.model.text import clean_line
from cm_console.model.time import MINUTE, SECOND, instant, iso
from cm_console.sources.mastodon import records, wire
from cm_console.sources.mastodon.flavours import deletes_for_others, drops_repeats
from cm_console.sources.mastodon.looking import find, reaches, thread_of
from cm_console.sources.mastodon.scheduled import PATH
from cm_console.sources.mastodon.server import Server, part
from cm_console.sources.mastodon.wording import addressed, length, plain, rejoined, same

VISIBILITIES = ("public", "unlisted", "private", "direct")
SOONEST = 5 * MINUTE


async def reply(server: Server, action: Action) -> Receipt:
    """Answer a status: seen by those who see it, naming whom it must reach."""
    asked = await _asked(server, action)
    me = await server.me()
    people = [(asked.account.id, asked.account.acct), *((one.id, one.acct) for one in asked.mentions or ())]
    text = addressed(action.text, [acct for id, acct in people if id != me.id])
    body: dict[str, object] = {"status": text, "in_reply_to_id": asked.id, "visibility": asked.visibility or "public"}
    if asked.spoiler_text:
        body |= {"spoiler_text": asked.spoiler_text, "sensitive": bool(asked.sensitive)}
    return await send(server, action, body)


async def publish(server: Server, action: Action, visibility: str) -> Receipt:
    """Say something new; `place` may name who sees it, else the setting does."""
    body: dict[str, object] = {
        "status": action.text or action.title,
        "visibility": _visibility(action.place or visibility),
    }
    return await send(server, action, body)


async def schedule(server: Server, action: Action, visibility: str) -> Receipt:
    """Let Mastodon publish at a time."""
    at = _later(server, action)
    text = action.text or action.title
    body: dict[str, object] = {"status": text, "visibility": _visibility(action.place or visibility)}
    body["scheduled_at"] = at
    return await send(server, action, body)


async def reschedule(server: Server, action: Action) -> Receipt:
    """Let Mastodon publish what it has planned at another time; its words stay."""
    path = f"{PATH}/{part(_target(action, Kind.SCHEDULED).id)}"
    try:
        entry = await server.read(path, wire.ScheduledStatus)
        if instant(entry.scheduled_at) // SECOND != (action.at or 0) // SECOND:
            body = {"scheduled_at": _later(server, action)}
            entry = (await server.gate.write("PUT", path, body)).decode(wire.ScheduledStatus)
    except Gone as error:
        words = "it is not planned any more: published, or taken back"
        raise Conflict(words, current=words, status=error.status) from None
    return Receipt(entry.id, (records.scheduled(entry),))


async def unschedule(server: Server, action: Action) -> Receipt:
    """Take a plan back."""
    id = _target(action, Kind.SCHEDULED).id
    try:
        await server.gate.write("DELETE", f"{PATH}/{part(id)}")
    except Gone as error:
        words = "it is not planned any more: published, or taken back already"
        raise Conflict(words, current=words, settled=True, status=error.status) from None
    return Receipt(id)


async def edit(server: Server, action: Action) -> Receipt:
    """Replace the words of a status of ours; all else stays. Nothing is written if they stand there already."""
    status, me = await server.status(_target(action, Kind.POST, Kind.THREAD).id), await server.me()
    if status.account.id != me.id:
        raise Refused("only who wrote it can edit it")
    if not same(action.text, status.content or ""):
        _compare(action, status)
        if status.poll is not None:
            raise Refused("it has a poll, which an edit from here would take away: edit it on the site")
        text = rejoined(action.text, [mention.acct for mention in status.mentions or ()])
        await _check_length(server, text, status.spoiler_text or "")
        body = {
            "status": text,
            "spoiler_text": status.spoiler_text or "",
            "sensitive": bool(status.sensitive),
            "media_ids": [media.id for media in status.media_attachments or () if media.id],
        }
        body |= {"language": status.language} if status.language else {}
        status = (await server.gate.write("PUT", f"/api/v1/statuses/{part(status.id)}", body)).decode(wire.Status)
    return Receipt(status.id, (records.post(status, await thread_of(server, status), me.id),))


async def remove(server: Server, action: Action) -> Receipt:
    """Delete a status of ours. Other people's only where the server lets moderators do that."""
    target = _target(action, Kind.POST, Kind.THREAD)
    try:
        status = await server.status(target.id)
    except Gone as error:
        raise Conflict("it is no longer there", current="removed", settled=True, status=error.status) from None
    if status.account.id != (await server.me()).id:
        flavour = (await server.facts()).flavour
        if not deletes_for_others(flavour):
            raise Refused(
                f"{flavour} lets no app delete other people's posts: do it at {_page(server, action)};"
                " from here you can warn, silence or ban who wrote it"
            )
    _compare(action, status)
    await server.gate.write("DELETE", f"/api/v1/statuses/{part(status.id)}")
    return Receipt(status.id)


def made(status: wire.Status, thread: str, me: str) -> Receipt:
    """The proof that a status is there, with its thread if it opens one."""
    post = records.post(status, thread, me)
    opened = (records.thread(status, thread),) if status.in_reply_to_id is None else ()
    return Receipt(status.id, (*opened, records.member(status.account), post))


async def send(server: Server, action: Action, body: dict[str, object]) -> Receipt:
    """Create a status or a plan, under our key."""
    await _check_length(server, str(body["status"]), str(body.get("spoiler_text", "")))
    if not drops_repeats((await server.facts()).flavour) and (there := await find(server, action)):
        return there
    answer = await server.gate.write("POST", "/api/v1/statuses", body, headers={"Idempotency-Key": action.id})
    if action.verb is Verb.SCHEDULE:
        entry = answer.decode(wire.ScheduledStatus)
        return Receipt(entry.id, (records.scheduled(entry),))
    status = answer.decode(wire.Status)
    thread = action.thread if action.verb is Verb.REPLY and action.thread else status.id
    receipt = made(status, thread, (await server.me()).id)
    unheard = action.verb is Verb.MESSAGE and not reaches(action, status)
    return (
        replace(receipt, note="the server named nobody in it: who it is for may not have got it")
        if unheard
        else receipt
    )


async def _asked(server: Server, action: Action) -> wire.Status:
    """The status to answer: the one named, else the newest that names us, an answer to ours, or the first one."""
    if action.reply_to is not None:
        return await server.status(action.reply_to)
    id = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    if id is None:
        raise Refused("a reply needs a thread")
    root, context, me = await server.status(id), await server.context(id), await server.me()
    theirs = [status for status in (root, *context.descendants) if status.account.id != me.id]
    named = [status for status in theirs if any(mention.id == me.id for mention in status.mentions or ())]
    wanted = named or (theirs if root.account.id == me.id else [])
    return max(wanted, key=lambda status: instant(status.created_at), default=root)


def _later(server: Server, action: Action) -> str:
    if action.at is None:
        raise Refused("scheduling needs a time")
    if action.at < server.clock.now() + SOONEST:
        raise Refused("Mastodon takes plans for five minutes from now or later: publish it, or choose a later time")
    return iso(action.at) or ""


async def _check_length(server: Server, text: str, spoiler: str) -> None:
    facts = await server.facts()
    count = length(spoiler + text, per_url=facts.per_url)
    if count > facts.longest:
        long = f"{count:,} characters as Mastodon counts them, with whom it is addressed to"
        raise Refused(f"{long}; {facts.longest:,} are allowed: shorten it by {count - facts.longest:,}")
    if not text.strip():
        raise Refused("there is nothing to say in it")


def _visibility(name: str) -> str:
    word = name.strip().casefold()
    word = {"followers": "private", "quiet": "unlisted"}.get(word, word)
    if word not in VISIBILITIES:
        known = ", ".join(VISIBILITIES)
        raise Refused(f"Mastodon knows no place {clean_line(name, 40)}, only who may see it: {known}")
    return word


def _page(server: Server, action: Action) -> str:
    report = (action.report or "").partition("-")[0]
    return f"{server.url}/admin/reports/{part(report)}" if report else "the site"


def _compare(action: Action, status: wire.Status) -> None:
    if action.seen is not None and action.seen != records.version_of(status):
        raise Conflict("edited since you saw it", current=clean_line(plain(status.content or ""), 120))


def _target(action: Action, *kinds: Kind) -> Ref:
    if action.target is None or action.target.kind not in kinds:
        raise Refused(f"{action.verb} needs a {' or '.join(kinds)}")
    return action.target
