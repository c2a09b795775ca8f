"""Who we are on a site, and what our role lets us do."""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.source import Feed, Identity
from cm_console.sources.wordpress.refusals import EDIT_OTHERS, EDIT_POSTS, LIST_USERS, MODERATE, PUBLISH
from cm_console.sources.wordpress.site import Site

NEEDS: dict[str, str] = {
    **dict.fromkeys((Verb.KEEP, Verb.APPROVE, Verb.HIDE, Verb.SPAM, Verb.REMOVE, Verb.RESTORE, Verb.EDIT), MODERATE),
    **dict.fromkeys((Verb.PUBLISH, Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE), PUBLISH),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN), EDIT_OTHERS),
    Feed.REPORTS: MODERATE,
    Feed.MEMBERS: LIST_USERS,
    Feed.SCHEDULED: EDIT_POSTS,
}
"""The capability each feed and verb needs; the others need none but an account."""


async def identity(site: Site, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask the site, and tell for each feed and verb that our role lacks which capability to ask for."""
    rights = await site.rights(again=True)
    missing = {what: right for what, right in NEEDS.items() if right.partition(" ")[0] not in rights.can}
    return Identity(
        member=str(rights.me.id),
        name=rights.me.name or rights.me.slug or str(rights.me.id),
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=rights.server_time,
    )
