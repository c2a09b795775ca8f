"""Writing to one member privately: a direct status that names them, and nobody else.

Who gets a direct status is decided by whom its words name, so these are looked at before it is sent.
Source: https://docs.joinmastodon.org/entities/Status/#visibility.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Refused
from cm_console.model.records import Kind
from cm_console.model.text import clean_line
from cm_console.sources.mastodon import wire
from cm_console.sources.mastodon.server import Server, part
from cm_console.sources.mastodon.statuses import send

_NAMED = re.compile(r"(?<![\w/])@(\w(?:[\w.-]*\w)?(?:@[\w.-]*\w)?)")
"""What some server may take for a name: rather too much than too little."""


async def message(server: Server, action: Action) -> Receipt:
    """Write to a member; Mastodon has no subjects, so a title is sent only where there is no text.

    Raises:
        Gone: this member is not there any more.
        Refused: it would reach somebody else, or nobody.
    """
    to, text = await _recipient(server, action), action.text or action.title
    if not text.strip():
        raise Refused("there is nothing to say in it")
    others = [f"@{name}" for name in dict.fromkeys(_NAMED.findall(text)) if not _is(server, to, name)]
    if others:
        names = clean_line(", ".join(others), 120)
        raise Refused(f"whoever a private message names gets it too: write {names} without the @")
    return await send(server, action, {"status": f"@{to.acct} {text}", "visibility": "direct"})


async def _recipient(server: Server, action: Action) -> wire.Account:
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused("a message needs a member to write to")
    account = await server.read(f"/api/v1/accounts/{part(action.target.id)}", wire.Account)
    if account.id == (await server.me()).id:
        raise Refused("that is the account we write from")
    if account.suspended or account.memorial:
        what = "suspended" if account.suspended else "kept in memory of who had it"
        raise Refused(f"this account is {what}: nobody would read it")
    return account


def _is(server: Server, account: wire.Account, name: str) -> bool:
    """Does a name in a text stand for this account? One of ours may carry the server's name."""
    acct, named = account.acct.casefold(), name.casefold()
    return named in (acct, f"{acct}@{urlsplit(server.url).hostname}")
