"""Who we are on a Mailman, and what the settings leave out."""

from __future__ import annotations

from urllib.parse import urlsplit

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Malformed, Refused, Unreachable
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.http_answers import Answer
from cm_console.sources.mailman import wire
from cm_console.sources.mailman.archive import Archive
from cm_console.sources.mailman.core import Core
from cm_console.sources.mailman.site import Site
from cm_console.sources.mailman.standing import REACHES


async def identity(site: Site, username: str, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask core, the archive and the mail server. A REST account may do everything: only settings can be missing."""
    if site.bans not in REACHES:
        raise Refused(f"bans = {clean_line(site.bans, 40)!r} is none of {', '.join(REACHES)}")
    answer, version = await _version(site.core)
    await site.core.lists()
    missing: dict[str, str] = {}
    if site.archive is None:
        missing[Feed.THREADS] = "setting 'archive': the address of HyperKitty"
    else:
        await _look(site.archive)
    if site.outgoing is None:
        writing = (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE)
        missing |= dict.fromkeys(writing, "settings 'smtp' and 'sender': a server that sends mail")
    else:
        await site.outgoing.check()
    return Identity(
        member=site.outgoing.sender if site.outgoing else "",
        name=username,
        version=version,
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        some={Verb.MESSAGE: "*@*"},
        server_time=answer.at,
    )


async def _version(core: Core) -> tuple[Answer, str]:
    """What core says of itself, and the version in it; Refused where something else answers."""
    try:
        answer = await core.gate.get("/system/versions")
        version = answer.decode(wire.Versions).mailman_version
    except Unreachable as error:
        here = urlsplit(f"//{core.host}").hostname in ("localhost", "127.0.0.1", "::1")
        tunnel = "; if Mailman is on another machine: is the tunnel open? See the setting 'url'" if here else ""
        raise Unreachable(f"{error}{tunnel}", status=error.status) from None
    except (Gone, Malformed):
        version = ""
    if not version:
        words = "something else answers there. It is hostname and port of [webservice] in mailman.cfg, not a web page"
        raise Refused(f"{core.host} has no REST API of Mailman: {words}")
    return answer, version.removeprefix("GNU Mailman").strip()


async def _look(archive: Archive) -> None:
    """Is there a HyperKitty?"""
    try:
        await archive.lists()
    except Unreachable as error:
        raise Unreachable(f"the archive: {error}", status=error.status) from None
    except (Gone, Malformed, Refused):
        words = (
            "the setting 'archive' is the page that lists the archives, without what follows `hyperkitty` or `archives`"
        )
        raise Refused(f"there is no HyperKitty at {clean_line(archive.url, 120)}: {words}") from None
