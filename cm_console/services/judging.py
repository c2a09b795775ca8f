"""What a moderator must see to judge a case, and what each verb would do to it."""

from __future__ import annotations

from cm_console.model.action import Action
from cm_console.model.moderation import UPHELD, CaseCard, Prospect
from cm_console.model.records import Kind, Ref
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.model.verb import ON_MEMBERS, Verb
from cm_console.store import moderation, person_reading, reading, reports, sources
from cm_console.store.moderation import Target
from cm_console.store.sqlite import Connection

ON_REPORTS = frozenset({Verb.KEEP, Verb.IGNORE})
RECENT = 3
"""Newest posts shown of a member who was reported."""


def card(conn: Connection, case_id: int, now: Instant) -> CaseCard | None:
    """Everything about a case; None if there is none of that id."""
    row, target = moderation.row(conn, case_id), moderation.target(conn, case_id)
    if row is None or target is None:
        return None
    what, before, after, position, of = target.post, None, None, 0, 0
    if what and target.thread_id:
        before, after, position, of = moderation.around(conn, what, target.thread_id)
    elif target.thread_id:
        what, after, of = moderation.opening(conn, target.thread_id)
        position = 1
    member = target.kind == Kind.MEMBER and target.member_id
    foreseen = {verb: prospect(conn, target, verb) for verb in UPHELD}
    return CaseCard(
        row=row,
        thread_id=target.thread_id,
        thread_title=Safe(target.thread_title),
        what=what,
        before=before,
        after=after,
        position=position,
        of=of,
        who=person_reading.card(conn, target.member_id, now) if target.member_id else None,
        reports=moderation.reports(conn, case_id),
        decisions=moderation.decisions(conn, case_id=case_id),
        notes=tuple(reading.notes(conn, f"case:{case_id}")),
        verbs=frozenset(verb for verb, each in foreseen.items() if not each.why_not),
        url=target.url,
        recent=moderation.posts_of(conn, [member], RECENT) if member else (),
        why_not={verb: each.why_not for verb, each in foreseen.items() if each.why_not},
        local=not sources.verbs(conn, target.source),
    )


def meant(conn: Connection, target: Target, verb: Verb) -> Verb:
    """What was held back before anybody saw it is approved or rejected, where the platform has these words.

    So is somebody who waits at the door: who wants to join, and was not let in yet.
    """
    queued = {Verb.KEEP: Verb.APPROVE, Verb.REMOVE: Verb.REJECT}.get(verb)
    if queued is None or queued not in sources.verbs(conn, target.source):
        return verb
    return queued if _held(target) or queued in _at_the_door(conn, target) else verb


def _held(target: Target) -> bool:
    return target.post is not None and target.post.state == "held"


def _at_the_door(conn: Connection, target: Target) -> frozenset[Verb]:
    """How somebody who waits to be let in may be answered, by what the platform allows; nothing for other targets."""
    if target.kind != Kind.MEMBER or target.report is None:
        return frozenset()
    allowed = reports.choices(conn, target.source_id, target.report)
    if not any(choice.startswith(("approve", "accept")) for choice in allowed):
        return frozenset()
    return frozenset({Verb.APPROVE, Verb.REJECT, *([Verb.SPAM] if "discard" in allowed else [])})


def claiming(conn: Connection, target: Target, *, release: bool) -> Action | None:
    """What the platform is told of a claim, where it knows whose a report is; None where it does not."""
    verb = Verb.UNASSIGN if release else Verb.ASSIGN
    if target.report is None or verb not in sources.on_reports(conn, target.source):
        return None
    if sources.why_not(conn, target.source, verb):
        return None
    return Action("", verb, Ref(Kind.REPORT, target.report), report=target.report)


def prospect(conn: Connection, target: Target, verb: Verb) -> Prospect:
    """What a verb would do: sent, only recorded here, or impossible and why."""
    able = sources.verbs(conn, target.source)
    verb = meant(conn, target, verb)
    if not able or (verb in ON_REPORTS and target.report is None):
        return Prospect("", local=True)
    if verb in ON_MEMBERS and target.member_remote is None:
        return Prospect(f"nobody to {verb}: the author is unknown", local=False)
    if verb is Verb.HIDE and _held(target):
        return Prospect("it is held back already: nobody sees it until it is kept", local=False)
    if target.kind == Kind.MEMBER and verb not in ON_MEMBERS | ON_REPORTS | _at_the_door(conn, target):
        return Prospect(f"a member cannot be told {verb}; warn, silence or ban them", local=False)
    why_not = sources.why_not(conn, target.source, verb)
    if not why_not and verb not in ON_MEMBERS and not sources.knows_of(conn, target.source, verb, target.remote):
        why_not = f"{target.source} can {verb} other kinds of posts, but not this one"
    why_not = why_not or sources.only_own(conn, target.source, verb, target.member_remote)
    return Prospect(why_not, local=False, timed=sources.ends_itself(conn, target.source, verb))
