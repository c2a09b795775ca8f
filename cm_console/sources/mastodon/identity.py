"""Who we are on a server, and what this token may really do: by its scopes, by our role, by the server's software."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from cm_console.model.errors import Gone, Refused, Unauthorized
from cm_console.model.source import Feed, Identity
from cm_console.model.verb import Verb
from cm_console.sources.mastodon import wire, wire_admin
from cm_console.sources.mastodon.flavours import (
    ON_ACCOUNTS,
    ON_REPORTS,
    ON_SIGN_UPS,
    ON_STATUSES,
    PLANNED,
    deletes_for_others,
    lacks,
)
from cm_console.sources.mastodon.server import (
    ADMINISTRATOR,
    MANAGE_REPORTS,
    MANAGE_USERS,
    REPORTS_ROLE,
    USERS_ROLE,
    Server,
    rights_of,
)
from cm_console.sources.mastodon.wording import rules

INSTEAD = "silence or ban the account, or delete it on the website"
"""No app may delete other people's posts."""


async def identity(server: Server, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask the server, and find out for each feed and verb whether it is there for us; else which right is missing."""
    try:
        answer = await server.gate.get("/api/v1/accounts/verify_credentials")
    except Gone as error:
        words = f"no Mastodon, nor a server like it, answers at {server.url}: is that the right address?"
        raise Refused(words, status=error.status) from None
    me, facts = answer.decode(wire.Me), await server.facts()
    missing = _by_scope(await _scopes(server)) | _by_role(me)
    missing = await _tried(server) | missing
    missing |= {what: why for what in (*feeds, *verbs) if (why := lacks(facts.flavour, what))}
    return Identity(
        member=me.id,
        name=me.acct or me.username,
        version=facts.version,
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        own={} if deletes_for_others(facts.flavour) else {Verb.REMOVE: INSTEAD},
        server_time=answer.at,
        on_reports=ON_REPORTS,
        text=rules(facts.longest, facts.per_url),
    )


async def _scopes(server: Server) -> list[str] | None:
    """The scopes of the app, which a token made in the settings has all of; None if the server does not tell."""
    try:
        app = await server.read("/api/v1/apps/verify_credentials", wire.Application)
    except (Gone, Unauthorized) as error:
        if error.status == 401:
            raise
        return None
    return app.scopes if app.scopes is not UNSET else None


def _by_scope(scopes: list[str] | None) -> dict[str, str]:
    """What the scopes leave out. `write` has all `write:...` in it."""
    needs: list[tuple[Iterable[str], str]] = [
        ([Verb.MESSAGE], "read:accounts"),
        (ON_STATUSES | PLANNED, "write:statuses"),
        (ON_REPORTS, "admin:write:reports"),
        (ON_ACCOUNTS | ON_SIGN_UPS, "admin:write:accounts"),
        ([Feed.THREADS, Feed.SCHEDULED], "read:statuses"),
        ([Feed.THREADS], "read:notifications"),
        ([Feed.MEMBERS], "admin:read:accounts"),
        ([Feed.REPORTS], "admin:read:reports"),
    ]
    return {
        what: f"scope {scope}"
        for whats, scope in needs
        for what in whats
        if scopes is not None and not _has(scopes, scope)
    }


def _has(scopes: list[str], scope: str) -> bool:
    parts = scope.split(":")
    return any(":".join(parts[:end]) in scopes for end in range(1, len(parts) + 1))


def _by_role(me: wire.Me) -> dict[str, str]:
    rights = rights_of(me)
    if rights is None or rights & ADMINISTRATOR:
        return {}
    missing: dict[str, str] = {}
    if not rights & MANAGE_REPORTS:
        missing |= dict.fromkeys((*ON_REPORTS, *ON_ACCOUNTS, Feed.REPORTS), REPORTS_ROLE)
    if not rights & MANAGE_USERS:
        both = f"{USERS_ROLE} and 'Manage Reports'" if missing else USERS_ROLE
        missing |= dict.fromkeys((*ON_SIGN_UPS, Feed.MEMBERS), USERS_ROLE)
        missing |= dict.fromkeys(ON_ACCOUNTS, both)
    return missing


async def _tried(server: Server) -> dict[str, str]:
    """What a small read shows to be closed to us: that counts where neither scopes nor role are told."""
    missing: dict[str, str] = {}
    tries: list[tuple[str, type, tuple[str, ...], str]] = [
        ("/api/v1/admin/reports", list[wire_admin.AdminReport], (*ON_REPORTS, Feed.REPORTS), "reports"),
        ("/api/v2/admin/accounts", list[wire_admin.AdminAccount], (*ON_ACCOUNTS, *ON_SIGN_UPS, Feed.MEMBERS), "users"),
        ("/api/v1/scheduled_statuses", list[wire.ScheduledStatus], (*PLANNED, Feed.SCHEDULED), ""),
    ]
    for path, kind, whats, called in tries:
        try:
            await server.read(path, kind, {"limit": 1})
        except Unauthorized as error:
            if error.status == 401:
                raise
            missing |= dict.fromkeys(whats, error.right or "an account of the moderators")
        except Gone:
            missing |= dict.fromkeys(whats, f"a server that offers {called or 'scheduled posts'} to apps")
        except Refused as refusal:
            if refusal.status != 501:
                raise
            missing |= dict.fromkeys(whats, "a server that offers this to apps")
    return missing
