"""Who we are on a Discourse site, and what this key may really do."""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Unauthorized
from cm_console.model.length import Markup, TextRules
from cm_console.model.source import Feed, Identity
from cm_console.model.verb import TIMED
from cm_console.sources.discourse import wire, wire_review
from cm_console.sources.discourse.site import STAFF, Site

ANYBODY = frozenset(
    {Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE, Verb.EDIT, Verb.REMOVE, Verb.RESTORE, Verb.SOLVE, Verb.UNSOLVE}
)
"""What a member without rights may at least do with what is their own."""
PLUGINS = {
    Verb.ASSIGN: "discourse-assign",
    Verb.UNASSIGN: "discourse-assign",
    Verb.SOLVE: "discourse-solved",
    Verb.UNSOLVE: "discourse-solved",
}

MESSAGES = "a group that may send messages (site setting: personal message enabled groups)"
TEXT = TextRules(Markup.MARKDOWN, 32_000)
"""A site's own `max_post_length` is told to nobody's key: this is its default."""


async def identity(site: Site, feeds: frozenset[Feed], verbs: frozenset[Verb], drafts: str) -> Identity:
    """Ask the site, and find out for each feed and verb whether it is there for us; else which right is missing."""
    answer = await site.gate.get("/about.json")
    me = await site.whoami()
    staff = bool(me.admin or me.moderator)
    missing: dict[str, str] = {}
    if not staff:
        missing |= dict.fromkeys((verb for verb in verbs if verb not in ANYBODY), STAFF)
        missing[Feed.REPORTS] = STAFF
    else:
        missing |= await _scopes(site)
        installed = await _plugins(site)
        if installed is not None:
            missing |= {verb: f"plugin {name}" for verb, name in PLUGINS.items() if name not in installed}
    if me.can_send_private_messages is False:
        missing[Verb.MESSAGE] = MESSAGES
    if not drafts:
        words = "setting 'drafts': a category only staff can read"
        missing |= dict.fromkeys((Feed.SCHEDULED, Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE), words)
    return Identity(
        member=str(me.id),
        name=me.username,
        version=answer.decode(wire.About).about.version or "",
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=answer.at,
        timed=TIMED,
        text=TEXT,
    )


async def _scopes(site: Site) -> dict[str, str]:
    """A staff member's key may be limited to some things: try the queue and the user list."""
    missing: dict[str, str] = {}
    try:
        await site.read("/review.json", wire_review.ReviewQueue, {"status": "pending"})
    except (Gone, Unauthorized):
        missing[Feed.REPORTS] = "an API key that is not limited (scope: reviewables)"
    try:
        await site.read("/admin/users/list/staff.json", list[wire.User])
    except (Gone, Unauthorized):
        words = "an API key that is not limited (scope: users)"
        verbs = (Verb.SILENCE, Verb.UNSILENCE, Verb.BAN, Verb.UNBAN, Verb.WARN)
        missing |= dict.fromkeys(verbs, words)
    return missing


async def _plugins(site: Site) -> frozenset[str] | None:
    """Names of the enabled plugins; None if we may not know."""
    try:
        answer = await site.read("/admin/plugins.json", wire.Plugins)
    except (Gone, Unauthorized):
        return None
    return frozenset(plugin.name for plugin in answer.plugins if plugin.enabled is not False)
