"""Who we are on a Mailman, and what the settings leave out."""

from __future__ import annotations

from urllib.parse import urlsplit

from cm_console.model.action import Verb
from cm_console.model.errors import Unreachable
from cm_console.model.source import Feed, Identity
from cm_console.sources.mailman import wire
from cm_console.sources.mailman.site import Site


async def identity(site: Site, username: str, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask core, the archive and the mail server. A REST account may do everything: only settings can be missing."""
    try:
        answer = await site.core.gate.get("/system/versions")
    except Unreachable as error:
        here = urlsplit(f"//{site.core.host}").hostname in ("localhost", "127.0.0.1", "::1")
        words = (
            f"{error}; if Mailman is on another machine: is the tunnel open? See the setting 'url'" if here else error
        )
        raise Unreachable(str(words), status=error.status) from None
    version = answer.decode(wire.Versions).mailman_version.removeprefix("GNU Mailman").strip()
    await site.core.lists()
    missing: dict[str, str] = {}
    if site.archive is None:
        missing[Feed.THREADS] = "setting 'archive': the address of HyperKitty"
    else:
        await site.archive.lists()
    if site.outgoing is None:
        missing |= dict.fromkeys((Verb.REPLY, Verb.PUBLISH), "settings 'smtp' and 'sender': a server that sends mail")
    else:
        await site.outgoing.check()
    return Identity(
        member=site.outgoing.sender if site.outgoing else "",
        name=username,
        version=version,
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=answer.at,
    )
