"""Who we are on a site, and what our role lets us do."""

from __future__ import annotations

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Refused
from cm_console.model.length import Markup, TextRules, Unit
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.wordpress import wire
from cm_console.sources.wordpress.refusals import EDIT_OTHERS, EDIT_POSTS, LIST_USERS, MODERATE, PUBLISH
from cm_console.sources.wordpress.site import Site
from cm_console.sources.wordpress.writing import LONGEST_COMMENT

NEEDS: dict[str, str] = {
    **dict.fromkeys((Verb.KEEP, Verb.APPROVE, Verb.HIDE, Verb.SPAM, Verb.REMOVE, Verb.RESTORE, Verb.EDIT), MODERATE),
    **dict.fromkeys((Verb.PUBLISH, Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE), PUBLISH),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN), EDIT_OTHERS),
    Feed.REPORTS: MODERATE,
    Feed.MEMBERS: LIST_USERS,
    Feed.SCHEDULED: EDIT_POSTS,
}
"""The capability each feed and verb needs; the others need none but an account."""
EVERYWHERE = frozenset({"posts", "pages"})


async def identity(site: Site, feeds: frozenset[Feed], verbs: frozenset[Verb]) -> Identity:
    """Ask the site, and tell for each feed and verb that our role lacks which capability to ask for."""
    rights = await site.rights(again=True)
    await _look_at_types(site)
    missing = {what: right for what, right in NEEDS.items() if right.partition(" ")[0] not in rights.can}
    return Identity(
        member=str(rights.me.id),
        name=rights.me.name or rights.me.slug or str(rights.me.id),
        feeds=frozenset(feed for feed in feeds if feed not in missing),
        verbs=frozenset(verb for verb in verbs if verb not in missing),
        missing=missing,
        server_time=rights.server_time,
        text=TextRules(Markup.QUOTES, LONGEST_COMMENT, Unit.BYTES),
    )


async def _look_at_types(site: Site) -> None:
    """Refused if the setting names a type that the site has not; posts and pages are everywhere."""
    for kind in site.types:
        if kind in EVERYWHERE:
            continue
        try:
            await site.listed(f"/{kind}", wire.Row, {"per_page": 1, "_fields": "id"})
        except (Gone, Refused) as error:
            where = f"the names are rest_base in {site.url}/wp-json/wp/v2/types"
            words = f"the setting `types` names {clean_line(kind, 40)!r}, which this site has not: {where}"
            raise Refused(words, status=error.status) from None
