"""Words of ours: an answer in a list's thread, an answer to somebody whose message is held, a new thread.

What is held only its author has, so an answer to it goes to them alone, never to the list, also if a colleague lets the
message pass meanwhile: where it goes is decided by what was on the screen.
"""

from __future__ import annotations

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Gone, Refused, SourceError
from cm_console.model.records import Kind, Member, Post, Record, Thread
from cm_console.model.text import Untrusted, clean_line
from cm_console.model.time import Instant
from cm_console.sources.mail.headers import head_of
from cm_console.sources.mail.quoting import folded
from cm_console.sources.mail.threads import title_of
from cm_console.sources.mailman import ids, records, wire
from cm_console.sources.mailman.core import Core
from cm_console.sources.mailman.ids import Pending, pending
from cm_console.sources.mailman.posting import Letter, Outgoing
from cm_console.sources.mailman.site import Site
from cm_console.sources.mailman.wire_archive import last_part

NEEDS_SMTP = "sending mail needs the settings 'smtp' and 'sender'"
NEEDS_ARCHIVE = "answering in a thread needs the setting 'archive': only there stands what is answered"


def outgoing_of(site: Site) -> Outgoing:
    """The way out; Refused if there is none."""
    if site.outgoing is None:
        raise Refused(NEEDS_SMTP)
    return site.outgoing


def thread_of(action: Action) -> str:
    """The thread of an answer."""
    if action.target is not None and action.target.kind is Kind.THREAD:
        return action.target.id
    if action.thread is None:
        raise Refused("a reply needs a thread")
    return action.thread


async def reply(site: Site, action: Action) -> Receipt:
    """Answer in a thread."""
    outgoing, thread = outgoing_of(site), thread_of(action)
    waiting = pending(thread)
    if waiting is not None:
        letter = await _to_author(site.core, action, waiting)
        list_id, reply_to, note = waiting.list_id, str(waiting), f"it went to {clean_line(letter.to, 100)} alone"
    else:
        list_id, _ = ids.split(thread)
        letter, reply_to = await _to_list(site, action, thread)
        note = ""
    await outgoing.send(letter)
    made = sent_post(site, action, list_id, thread, reply_to)
    return Receipt(made.id, (await _us(site, outgoing), made), note)


async def publish(site: Site, action: Action) -> Receipt:
    """Write to a list."""
    outgoing = outgoing_of(site)
    if not action.place:
        raise Refused("to which list? name its address as the place")
    place = await site.core.list_at(action.place)
    await outgoing.send(Letter(action.id, place.fqdn_listname, action.title, action.text, site.clock.now()))
    return opened(site, action, place.list_id, place.fqdn_listname)


def sent_post(site: Site, action: Action, list_id: str, thread: str, reply_to: str | None = None) -> Post:
    """A mail of ours as it will stand in the archive."""
    outgoing, at = outgoing_of(site), site.clock.now()
    id = ids.mail(list_id, ids.hash_of(outgoing.message_id(action.id, action.text)))
    return Post(id, thread, outgoing.sender, at, Untrusted(folded(action.text.strip())), reply_to=reply_to)


def opened(site: Site, action: Action, list_id: str, place: str) -> Receipt:
    """A thread of ours as it will stand in the archive."""
    outgoing, at = outgoing_of(site), site.clock.now()
    id = ids.mail(list_id, ids.hash_of(outgoing.message_id(action.id, action.text)))
    thread = Thread(id, Untrusted(title_of(action.title)), outgoing.sender, at, place=Untrusted(place))
    made: tuple[Record, ...] = (thread, sent_post(site, action, list_id, id))
    return Receipt(id, made)


async def _us(site: Site, outgoing: Outgoing) -> Member:
    """Who we are as a member; it has gone out already, so what Mailman does not tell now is left out."""
    try:
        return await site.core.person(outgoing.sender, outgoing.name)
    except SourceError:
        return records.person(wire.Address(outgoing.sender), outgoing.name, staff=True)


async def _to_author(core: Core, action: Action, waiting: Pending) -> Letter:
    """To whoever wrote a message that is held."""
    held = await core.held_message(waiting)
    if held is None:
        words = "it is not held any more: answer in its thread on the list, if it went out"
        raise Conflict(words, current=words)
    data = records.data_of(held)
    head = head_of(data)
    to, subject = records.author_of(held, head), f"Re: {title_of(held.subject)}"
    return Letter(action.id, to, subject, action.text, core.clock.now(), (ids.bare(held.message_id),))


async def _to_list(site: Site, action: Action, thread: str) -> tuple[Letter, str]:
    """To a list, in answer to one of its mails: the one that is named, else the newest of the thread."""
    if pending(action.reply_to) is not None:
        raise Refused("that message is still held, so the list has not seen it: decide it first")
    if site.archive is None:
        raise Refused(NEEDS_ARCHIVE)
    list_id, root = ids.split(thread)
    place = await site.core.list_at(list_id)
    if action.reply_to is not None:
        _, hash = ids.split(action.reply_to)
    else:
        last = await site.archive.last_of(place.fqdn_listname, root)
        if last is None:
            raise Gone("this thread is not in the archive any more")
        hash = last.message_id_hash
    parent = await site.archive.mail(place.fqdn_listname, hash)
    answers = [parent.message_id]
    if hash != root and last_part(parent.thread) == root:
        opening = await site.archive.opening(place.fqdn_listname, root)
        answers = [opening.message_id, *answers] if opening and opening.message_id != answers[0] else answers
    letter = _letter(action, place.fqdn_listname, parent.subject or "", answers, site.clock.now())
    return letter, ids.mail(list_id, hash)


def _letter(action: Action, to: str, subject: str, answers: list[str], at: Instant) -> Letter:
    return Letter(action.id, to, f"Re: {title_of(subject)}", action.text, at, tuple(map(ids.bare, answers)))
