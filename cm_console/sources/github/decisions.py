"""Verbs that set a state of a post or thread. The target is read first: what is as wanted is not written."""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, SourceError, Unauthorized
from cm_console.model.records import Kind, PostState
from cm_console.model.text import clean_line
from cm_console.sources.github import documents, records, wire
from cm_console.sources.github.records import View
from cm_console.sources.github.site import Site
from cm_console.sources.github.targets import (
    DISCUSSIONS,
    ISSUES,
    Target,
    compare,
    discussion_target,
    issue_target,
    lone_comment,
    opening,
    role,
    spot_in,
    target_at,
)
from cm_console.sources.github.words import thread_of

_HIDDEN_AS = {"spam": "SPAM", "abus": "ABUSE", "outdated": "OUTDATED", "duplicate": "DUPLICATE", "resolved": "RESOLVED"}
_LOCKED_AS = {"spam": "SPAM", "heated": "TOO_HEATED", "off-topic": "OFF_TOPIC", "resolved": "RESOLVED"}
_CLOSED_AS = {"duplicate": "DUPLICATE", "outdated": "OUTDATED"}
_NOT_DONE = {"not planned": "not_planned", "won't": "not_planned", "spam": "not_planned", "duplicate": "not_planned"}
"""Words in a reason, and what GitHub then shows to everybody as its kind."""


async def hide(site: Site, action: Action) -> Receipt:
    """Minimise a comment (as spam for SPAM, else as the reason says, else as off-topic), or show it again."""
    spot = spot_in(action, Kind.POST, Kind.THREAD)
    if not spot.comment:
        raise Refused("GitHub hides comments only: an opening post can be edited, locked, closed or removed")
    target = await target_at(site, spot)
    wanted = action.verb is not Verb.RESTORE
    if target.hidden != wanted:
        compare(action, target)
        right = f"{DISCUSSIONS if spot.discussion else ISSUES} {role(target.view.repo, 'Triage')}"
        if wanted:
            kind = "SPAM" if action.verb is Verb.SPAM else _kind(action.reason, _HIDDEN_AS) or "OFF_TOPIC"
            await site.tell(documents.MINIMIZE, {"subjectId": target.node, "classifier": kind}, right=right)
        else:
            await site.tell(documents.UNMINIMIZE, {"subjectId": target.node}, right=right)
    state = PostState.HIDDEN if wanted else PostState.VISIBLE
    version = records.version(target.body, hidden=wanted)
    return Receipt(str(spot), (replace(target.post, state=state, version=version),))


async def remove(site: Site, action: Action) -> Receipt:
    """Delete a comment; or an issue or discussion with all that was said in it. GitHub brings nothing back."""
    spot = spot_in(action, Kind.POST, Kind.THREAD)
    repo = await site.repo(spot)
    try:
        target = await target_at(site, spot)
    except Gone:
        await site.get(repo.path)
        raise Conflict("it was deleted already", current="deleted", settled=True) from None
    compare(action, target)
    await _delete(site, target)
    return Receipt(str(spot), (replace(target.post, state=PostState.DELETED),))


async def _delete(site: Site, target: Target) -> None:
    spot, repo = target.spot, target.view.repo
    write, admin = role(repo, "Write"), role(repo, "Admin")
    if spot.discussion:
        document = documents.DELETE_COMMENT if spot.comment else documents.DELETE_DISCUSSION
        await site.tell(document, {"id": target.node}, right=f"{DISCUSSIONS} {write}")
    elif spot.comment:
        await site.write("DELETE", target.path, there=target.path, role=f"{ISSUES} {write}")
    else:
        await site.tell(documents.DELETE_ISSUE, {"issueId": target.node}, right=admin)


async def set_thread(site: Site, action: Action) -> Receipt:
    """Close, reopen, lock or unlock an issue or discussion."""
    spot = thread_of(action)
    view = View(await site.repo(spot), (await site.me()).login)
    if spot.discussion:
        target = await _set_discussion(site, action, view)
    else:
        target = await _set_issue(site, action, view)
    return Receipt(spot.thread, (target.thread,))


async def _set_issue(site: Site, action: Action, view: View) -> Target:
    spot, verb = thread_of(action), action.verb
    path = f"{view.repo.path}/issues/{spot.number}"
    issue = await site.read(path, wire.Issue)
    target = issue_target(spot, view, issue)
    if verb in (Verb.LOCK, Verb.UNLOCK):
        if issue.locked != (verb is Verb.LOCK):
            kind = _kind(action.reason, _LOCKED_AS).replace("_", " ").lower().replace("off topic", "off-topic")
            body = {"lock_reason": kind} if kind and verb is Verb.LOCK else None
            method = "PUT" if verb is Verb.LOCK else "DELETE"
            await site.write(method, f"{path}/lock", body, there=path, role=f"{ISSUES} {role(view.repo, 'Write')}")
    elif (issue.state == "closed") != (verb is Verb.CLOSE):
        body = {"state": "closed", "state_reason": _kind(action.reason, _NOT_DONE) or "completed"}
        given = body if verb is Verb.CLOSE else {"state": "open"}
        answer = await site.write("PATCH", path, given, there=path, role=f"{ISSUES} {role(view.repo, 'Triage')}")
        target = issue_target(spot, view, answer.decode(wire.Issue))
    return target


async def _set_discussion(site: Site, action: Action, view: View) -> Target:
    spot, verb = thread_of(action), action.verb
    found = await opening(site, spot, view)
    right = f"{DISCUSSIONS} {role(view.repo, 'Triage')}"
    if verb in (Verb.LOCK, Verb.UNLOCK):
        if found.locked != (verb is Verb.LOCK):
            kind = _kind(action.reason, _LOCKED_AS)
            given = {"lockableId": found.id} | ({"lockReason": kind} if kind and verb is Verb.LOCK else {})
            await site.tell(documents.LOCK if verb is Verb.LOCK else documents.UNLOCK, given, right=right)
    elif found.closed != (verb is Verb.CLOSE):
        given = {"discussionId": found.id}
        if verb is Verb.CLOSE:
            given["reason"] = _kind(action.reason, _CLOSED_AS) or "RESOLVED"
        made = await site.tell(documents.CLOSE if verb is Verb.CLOSE else documents.REOPEN, given, right=right)
        found = made.discussion or found
    return discussion_target(spot, view, found)


async def assign(site: Site, action: Action) -> Receipt:
    """Make one colleague responsible for an issue, in place of whoever was, or nobody."""
    spot = thread_of(action)
    if spot.discussion:
        raise Refused("a discussion on GitHub cannot be assigned: assign it in this console only")
    view = View(await site.repo(spot), (await site.me()).login)
    path = f"{view.repo.path}/issues/{spot.number}"
    issue = await site.read(path, wire.Issue)
    wanted: list[str] = []
    if action.verb is Verb.ASSIGN:
        if action.member is None:
            raise Refused("assigning needs a colleague")
        wanted = [(await site.read(f"/user/{_number(action.member)}", wire.User)).login]
    before = [user.login for user in issue.assignees or []]
    if before != wanted:
        right = f"{ISSUES} {role(view.repo, 'Triage')}"
        answer = await site.write("PATCH", path, {"assignees": wanted}, there=path, role=right)
        issue = answer.decode(wire.Issue)
        if [user.login for user in issue.assignees or []] != wanted:
            raise _not_assigned(view, wanted, right)
    taken = clean_line(", ".join(name for name in before if name not in wanted), 100)
    note = f"taken from {taken}" if taken and wanted else ""
    return Receipt(spot.thread, (issue_target(spot, view, issue).thread,), note)


def _not_assigned(view: View, wanted: list[str], right: str) -> SourceError:
    """GitHub says yes and does nothing where we may not, and where the colleague may not."""
    if not view.repo.facts.permissions.triage and not view.repo.facts.permissions.push:
        return Unauthorized("GitHub does not let this account assign anybody", right=right)
    return Refused(f"GitHub assigns nothing to {clean_line(', '.join(wanted), 60)}: no access to {view.repo.name}")


async def solve(site: Site, action: Action) -> Receipt:
    """Choose a comment as the answer of a discussion, or take that back; only some categories have answers."""
    spot = spot_in(action, Kind.POST, Kind.THREAD)
    if not spot.discussion:
        raise Refused("an issue has no chosen answer: close it instead")
    view = View(await site.repo(spot), (await site.me()).login)
    found = await opening(site, spot, view)
    if not found.category.isAnswerable:
        raise Refused(f"the category {clean_line(found.category.name, 60)!r} takes no answers, only Q&A categories do")
    if action.verb is Verb.SOLVE and not spot.comment:
        raise Refused("which comment is the answer?")
    chosen = found.answer.id if found.answer else ""
    id = spot.comment or chosen
    if id and (chosen == id) != (action.verb is Verb.SOLVE):
        await lone_comment(site, id)
        document = documents.MARK if action.verb is Verb.SOLVE else documents.UNMARK
        made = await site.tell(document, {"id": id}, right=f"{DISCUSSIONS} {role(view.repo, 'Triage')}")
        found = made.discussion or found
    return Receipt(str(spot), (records.discussion_thread(found, view),))


def _kind(reason: str, kinds: dict[str, str]) -> str:
    """Which of GitHub's kinds a reason in a person's words means; empty if none."""
    return next((kind for word, kind in kinds.items() if word in reason.lower().replace("off topic", "off-topic")), "")


def _number(member: str) -> int:
    if not (member.isascii() and member.isdigit()):
        raise Gone(f"{clean_line(member, 40)} is nobody on GitHub")
    return int(member)
