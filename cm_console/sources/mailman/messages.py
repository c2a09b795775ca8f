"""A mail to one member: it goes past the lists, so it stands in no archive and nobody can look whether it arrived.

What they answer comes to the mailbox of the sender: watched by a source `email`, it comes into the inbox there.
"""

from __future__ import annotations

import re

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Gone, Refused
from cm_console.model.messaging import subject_of
from cm_console.model.records import Kind
from cm_console.model.text import clean_line
from cm_console.sources.mail.addresses import is_machine, sendable
from cm_console.sources.mailman import wire
from cm_console.sources.mailman.core import Core, part
from cm_console.sources.mailman.posting import Letter
from cm_console.sources.mailman.site import Site
from cm_console.sources.mailman.writing import outgoing_of

_ROLE = re.compile(r"-(?:bounces|confirm|join|leave|owner|request|subscribe|unsubscribe)(?=[+@])[^@]*")
"""What Mailman appends to a list's name where it listens itself, or its owners do."""


async def message(site: Site, action: Action) -> Receipt:
    """Write to a member, whose id is the address.

    Raises:
        SourceError: `landed` is None only if the connection broke after the last byte.
    """
    outgoing = outgoing_of(site)
    if not action.text.strip():
        raise Refused("a mail needs a text")
    to = _address(action, outgoing.sender)
    await _check_private(site.core, to)
    subject = action.title.strip() or subject_of(action.text)
    await outgoing.send(Letter(action.id, to, subject, action.text, site.clock.now()))
    note = f"it went to {to} alone; an answer comes to the mailbox of {outgoing.sender}"
    return Receipt(outgoing.message_id(action.id, action.text), note=note)


def _address(action: Action, ours: str) -> str:
    """Where the member reads; Refused if nobody does."""
    id = action.target.id.strip().lower() if action.target and action.target.kind is Kind.MEMBER else ""
    if id == ours:
        raise Refused("that is the address we write from")
    if is_machine(id):
        raise Refused(f"{clean_line(id, 80) or 'no member'!r} is no person: nobody would read it")
    return sendable(id)


async def _check_private(core: Core, address: str) -> None:
    """Refuse the address of any list of the server: one that hides who wrote puts its own there."""
    for name in dict.fromkeys((address, _ROLE.sub("", address))):
        try:
            await core.read(f"/lists/{part(name)}", wire.MailingList)
        except Gone:
            continue
        raise Refused(f"{clean_line(address, 80)} is an address of a mailing list, not of one member")
