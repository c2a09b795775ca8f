"""Did a mail of ours arrive? It stands in the archive under its own Message-ID, or waits in the list's queue."""

from __future__ import annotations

from itertools import count

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, Refused
from cm_console.model.time import MINUTE, instant
from cm_console.sources.mailman import ids, records, wire, writing
from cm_console.sources.mailman.core import HELD_PER_PAGE, Core
from cm_console.sources.mailman.site import Site

MARGIN = MINUTE
"""A mail of this try is dated by our clock; no mail system rounds it further down."""
NOBODY = "nobody can look whether it arrived: {}"


async def find(site: Site, action: Action) -> Receipt | None:
    """What landed of a reply or a new thread; None if it is surely not there.

    Raises:
        Refused: it cannot be seen from here, because it went to one person, or there is no public archive.
    """
    if action.tried_at is None or action.verb not in (Verb.REPLY, Verb.PUBLISH):
        return None
    hash = ids.hash_of(writing.outgoing_of(site).message_id(action.id, action.text))
    place = await _place(site, action)
    if ids.mail(place.list_id, hash) in action.taken:
        return None
    held = await _held(site.core, place.list_id, hash)
    if held is not None:
        return Receipt(ids.mail(place.list_id, hash), note="the list holds it for its moderators: see its case")
    if site.archive is None or place.fqdn_listname.lower() not in await site.archive.lists():
        raise Refused(NOBODY.format("this list has no public archive"))
    try:
        mail = await site.archive.mail(place.fqdn_listname, hash)
    except Gone:
        return None
    if instant(mail.date) < action.tried_at - MARGIN:
        return None
    url, now = site.archive.mail_url(place.fqdn_listname, hash), site.clock.now()
    post = records.mail_post(place.list_id, mail, url, now)
    if action.verb is Verb.PUBLISH:
        return writing.opened(site, action, place.list_id, place.fqdn_listname)
    return Receipt(post.id, (post,))


async def _place(site: Site, action: Action) -> wire.MailingList:
    if action.verb is Verb.PUBLISH:
        return await site.core.list_at(action.place)
    thread = writing.thread_of(action)
    if ids.pending(thread) is not None:
        raise Refused(NOBODY.format("it went to one person alone"))
    return await site.core.list_at(ids.split(thread)[0])


async def _held(core: Core, list_id: str, hash: str) -> wire.Held | None:
    """Our own message in the queue: the list may hold what we write, too."""
    for page in count(1):
        total, held, _ = await core.held(list_id, page)
        for message in held:
            if ids.hash_of(message.message_id) == hash:
                return message
        if page * HELD_PER_PAGE >= total:
            return None
    raise AssertionError
