"""Verbs that write to one member: a private message, and the official warning, which is one that counts against them.

Both open a thread that only its readers see, under the action's id: `external_id` is unique among messages too. Staff
reaches every member, other accounts only those who take their messages.
"""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Gone, Refused, SourceError, Unauthorized
from cm_console.model.records import Kind, Post, Thread, ThreadKind
from cm_console.model.text import Untrusted, clean_line
from cm_console.sources.discourse import wire
from cm_console.sources.discourse.site import Site
from cm_console.sources.discourse.words import external_id, open_topic, opened, target_of

WARNING = "A message from the moderators"
LONGEST = 255
"""Most characters of a title: a site may allow fewer, none more."""


async def message(site: Site, action: Action) -> Receipt:
    """Write to a member. Lists show a message only once it is answered, so the receipt brings its thread."""
    user = await _recipient(site, action)
    title = " ".join(action.title.split())
    if not title or not action.text.strip():
        raise Refused("a message needs a subject" if not title else "an empty message cannot be sent")
    if len(title) > LONGEST:
        raise Refused(f"the subject is too long: {len(title)} characters, {LONGEST} are allowed")
    receipt = await open_topic(site, action, _to(user, action, title, action.text))
    return await _with_thread(site, receipt, title)


async def warn(site: Site, action: Action) -> Receipt:
    """Send an official warning, a message that Discourse counts against the member."""
    user = await site.user(target_of(action, Kind.MEMBER).id)
    body = _to(user, action, action.title or WARNING, action.reason or action.text)
    return await open_topic(site, action, body | {"is_warning": "true"})


def _to(user: wire.User, action: Action, title: str, raw: str) -> dict[str, object]:
    return {
        "title": title,
        "raw": raw,
        "archetype": "private_message",
        "target_recipients": user.username,
        "external_id": external_id(action),
    }


async def _recipient(site: Site, action: Action) -> wire.User:
    """Who the message is for; asked for in the way that every account may, if staff's way is closed to us."""
    id = target_of(action, Kind.MEMBER).id
    try:
        user: wire.User | None = await site.user(id)
    except (Gone, Unauthorized):
        user = next(iter(await site.cards([id])), None)
    if user is None:
        me = await site.whoami()
        if me.admin or me.moderator:
            raise Gone("the account of this member is gone")
        raise Refused("this account is shown no such member: their profile is hidden, or the account is gone")
    if user.username.casefold() == site.username.casefold():
        raise Refused("that is this account itself: choose another member")
    if user.can_send_private_message_to_user is False:
        raise Refused(f"{clean_line(user.username, 60)} takes no messages from this account")
    return user


async def _with_thread(site: Site, receipt: Receipt, title: str) -> Receipt:
    first = next((record for record in receipt.records if isinstance(record, Post)), None)
    if first is None or any(isinstance(record, Thread) for record in receipt.records):
        return receipt
    try:
        return opened(await site.topic(first.thread), await site.place())
    except SourceError:
        url, version = f"{site.url}/t/{first.thread}", f"0:{title}"
        author, at, kind = first.author, first.created_at, ThreadKind.DIRECT
        made = Thread(first.thread, Untrusted(title), author, at, kind=kind, url=url, version=version)
        return Receipt(first.thread, (made, first), receipt.note)
