"""Which part of the source carries out which verb."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.sources.wordpress import decisions, plans, words
from cm_console.sources.wordpress.records import comment_id
from cm_console.sources.wordpress.site import Site


async def carry_out(site: Site, action: Action) -> Receipt:
    """Do what an action says, to a comment or to a whole article."""
    started = site.clock.now()
    match action.verb:
        case Verb.REPLY:
            return await words.reply(site, action)
        case Verb.PUBLISH:
            return await words.publish(site, action)
        case Verb.SCHEDULE:
            return await plans.schedule(site, action)
        case Verb.UNSCHEDULE:
            return await plans.unschedule(site, action)
        case Verb.RESCHEDULE:
            return await plans.reschedule(site, action)
        case Verb.EDIT:
            return await (words.edit_comment if comment_id(action.target) else words.edit_article)(site, action)
        case Verb.KEEP | Verb.APPROVE:
            return await decisions.approve(site, action)
        case Verb.CLOSE | Verb.REOPEN:
            return await decisions.set_open(site, action)
        case _ if comment_id(action.target):
            return await decisions.set_comment(site, action, started)
        case _:
            return await decisions.set_article(site, action)
