"""Who we are on a homeserver, and what this token may really do."""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Malformed, Refused, SourceError, Unauthorized
from cm_console.model.length import Markup, TextRules, Unit
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.http_answers import Answer
from cm_console.sources.matrix import wire
from cm_console.sources.matrix.power import MODERATOR
from cm_console.sources.matrix.server import ADMIN, ADMIN_RIGHT, CLIENT, Server, escaped
from cm_console.sources.matrix.words import AROUND, LONGEST

BY_ADMINS = (Feed.REPORTS, Verb.KEEP, Verb.IGNORE, Verb.WARN, Verb.SILENCE, Verb.UNSILENCE)
BY_POWER = {Verb.REMOVE: "redact", Verb.KICK: "kick", Verb.BAN: "ban", Verb.UNBAN: "ban"}
LATER = (Feed.SCHEDULED, Verb.SCHEDULE, Verb.UNSCHEDULE)
LATER_RIGHT = "a server with delayed events (MSC4140; on Synapse the setting max_event_delay_duration)"


async def identity(server: Server, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask the server, and find out for each feed and verb whether it is there for us; else which right is missing."""
    answer = await _versions(server)
    told = answer.decode(wire.Versions)
    server.forget()
    me = await server.me()
    places = (await server.overview()).places
    missing: dict[str, str] = {}
    if not await _is_admin(server, me):
        missing |= dict.fromkeys(BY_ADMINS, ADMIN_RIGHT)
    if not await _sends_later(server, told):
        missing |= dict.fromkeys(LATER, LATER_RIGHT)
    for verb, act in BY_POWER.items():
        if not any(room.power.may(me, act) for room in places):
            missing[verb] = f"power level {MODERATOR} (moderator) in a room"
    return Identity(
        member=me,
        name=me,
        version=await _version(server, told),
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=answer.at,
        text=TextRules(Markup.PLAIN, LONGEST - AROUND, Unit.BYTES),
    )


async def _versions(server: Server) -> Answer:
    """What the server speaks; where there is none, the domain may say where its homeserver is."""
    try:
        answer = await server.gate.get("/_matrix/client/versions")
        answer.decode(wire.Versions)
        return answer
    except (Gone, Refused, Malformed) as error:
        elsewhere = await _well_known(server)
        instead = f"set url to {elsewhere}" if elsewhere else "your Matrix client tells its address"
        raise Refused(f"no homeserver answers there: {instead}", status=error.status) from None


async def _well_known(server: Server) -> str:
    try:
        found = (await server.read("/.well-known/matrix/client", wire.WellKnown)).homeserver.get("base_url")
    except SourceError:
        return ""
    return clean_line(found, 200) if isinstance(found, str) and found.startswith("http") else ""


async def _is_admin(server: Server, me: str) -> bool:
    try:
        return (await server.read(f"{ADMIN}/users/{escaped(me)}/admin", wire.Admin)).admin
    except (Unauthorized, Gone, Refused) as error:
        if isinstance(error, Unauthorized) and error.status == 401:
            raise
        return False


async def _sends_later(server: Server, told: wire.Versions) -> bool:
    """The server speaks MSC4140, and unless it tells how long at most, it is asked for the list."""
    if told.unstable_features.get("org.matrix.msc4140") is not True:
        return False
    able = (await server.read(f"{CLIENT}/capabilities", wire.Capabilities)).capabilities
    later = able.get("org.matrix.msc4140.delayed_events")
    longest = later.get("max_delay_ms") if isinstance(later, dict) else None
    return longest is None or (isinstance(longest, int) and longest > 0)


async def _version(server: Server, told: wire.Versions) -> str:
    try:
        version = (await server.read(f"{ADMIN}/server_version", wire.ServerVersion)).server_version
    except (Unauthorized, Gone, Refused, Malformed):
        version = ""
    newest = clean_line(told.versions[-1], 20) if told.versions else "?"
    return f"Synapse {clean_line(version, 40)}" if version else f"Matrix {newest}"
