"""Verbs of the moderators: reports, sign-ups, and what is done to an account. The target is read before it is told.

Mastodon closes all open reports on an account with whatever is done to it (a warning: only the report it answers). It
cannot delete a single post, ends no limit by itself, and knows no difference between keeping and ignoring.
"""

from __future__ import annotations

from cm_console.model.action import DESTRUCTIVE, Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused, SourceError
from cm_console.model.records import Kind
from cm_console.model.text import clean_line
from cm_console.sources.mastodon import records, wire_admin
from cm_console.sources.mastodon.records import SIGN_UP
from cm_console.sources.mastodon.server import Server, part

REPORTS, ACCOUNTS = "/api/v1/admin/reports", "/api/v1/admin/accounts"
_ACTIONS = {Verb.WARN: "none", Verb.SILENCE: "silence", Verb.BAN: "suspend"}
_BACK = {Verb.UNSILENCE: "unsilence", Verb.UNBAN: "unsuspend"}


async def resolve(server: Server, action: Action) -> Receipt:
    """Close a report and do nothing else (KEEP, IGNORE); a sign-up that is kept is approved."""
    id = _report_id(action)
    if id.startswith(SIGN_UP):
        if action.verb is Verb.IGNORE:
            raise Refused("a sign-up cannot be ignored: approve or reject it")
        return await decide_sign_up(server, action)
    report = await server.report(id)
    if report.action_taken:
        raise await _decided(server, report, action)
    _compare(action, records.report_version(report))
    await _tell(server, f"{REPORTS}/{part(id)}/resolve")
    return await _receipt(server, id, id)


async def set_report(server: Server, action: Action) -> Receipt:
    """Open a report again, take it for ourselves, or give it back; nobody can take a sign-up."""
    id = _report_id(action)
    if id.startswith(SIGN_UP):
        if action.verb is Verb.REOPEN:
            raise Refused("a sign-up that was decided cannot be opened again")
        return Receipt(id, note="Mastodon knows nobody who is at a sign-up: colleagues see it only here")
    report, me = await server.report(id), await server.me()
    assigned = report.assigned_account.id if report.assigned_account else None
    if action.verb is Verb.ASSIGN and action.member not in (None, me.id):
        raise Refused("Mastodon lets one take a report only for oneself")
    if action.verb is Verb.ASSIGN and assigned not in (None, me.id):
        raise Conflict("a colleague is at it", current=_name(report.assigned_account))
    as_wanted = {Verb.REOPEN: not report.action_taken, Verb.ASSIGN: assigned == me.id}
    if not as_wanted.get(action.verb, assigned is None):
        word = {Verb.REOPEN: "reopen", Verb.ASSIGN: "assign_to_self"}.get(action.verb, "unassign")
        await _tell(server, f"{REPORTS}/{part(id)}/{word}")
    return await _receipt(server, id, id)


async def decide_sign_up(server: Server, action: Action) -> Receipt:
    """Let somebody in, or not; a report on a post is approved by keeping the post."""
    if action.verb is Verb.APPROVE and not _named(action).startswith(SIGN_UP):
        return await resolve(server, action)
    id = _sign_up_id(action)
    approve = action.verb in (Verb.APPROVE, Verb.KEEP)
    try:
        account = await server.account(id)
    except Gone as error:
        words = "rejected by a colleague, or withdrawn"
        raise Conflict(words, current=words, settled=not approve, status=error.status) from None
    if account.approved:
        raise Conflict("approved by a colleague", current="approved", settled=approve)
    _compare(action, "pending")
    await _tell(server, f"{ACCOUNTS}/{part(id)}/{'approve' if approve else 'reject'}")
    account.approved = approve
    return Receipt(f"{SIGN_UP}{id}", (records.sign_up(account, closed_at=server.clock.now()),))


async def punish(server: Server, action: Action) -> Receipt:
    """Warn, limit or suspend; reports on the account are closed with it. Who only waits to be let in is rejected."""
    if action.verb is Verb.BAN and (action.report or "").startswith(SIGN_UP):
        return await decide_sign_up(server, action)
    id = _member_id(action)
    account = await server.account(id)
    if action.verb is Verb.WARN and account.domain is not None:
        raise Refused(f"a warning reaches only members of this server, not of {clean_line(account.domain, 80)}")
    if action.until is not None:
        raise Refused("Mastodon ends nothing by itself: decide it without an end, and take it back when it is time")
    report = await server.report(_report_id(action)) if action.report else None
    if _stands(account, action.verb):
        if report is not None and not report.action_taken:
            await _tell(server, f"{REPORTS}/{part(report.id)}/resolve")
        return await _receipt(server, id, report.id if report else None)
    if report is not None and report.action_taken:
        raise await _decided(server, report, action)
    body = {
        "type": _ACTIONS[action.verb],
        "text": action.reason or action.text,
        "send_email_notification": account.domain is None,
    }
    body |= {"report_id": report.id} if report else {}
    await _tell(server, f"{ACCOUNTS}/{part(id)}/action", body)
    return await _receipt(server, id, report.id if report else None)


async def pardon(server: Server, action: Action) -> Receipt:
    """Take a limit or a suspension back."""
    id = _member_id(action)
    account = await server.account(id)
    if account.silenced if action.verb is Verb.UNSILENCE else account.suspended:
        await _tell(server, f"{ACCOUNTS}/{part(id)}/{_BACK[action.verb]}")
    return Receipt(id, (records.member(account.account),))


async def _tell(server: Server, path: str, body: object = None) -> None:
    """Send it; the target was there a moment ago, so "not found" means that the server knows no such request."""
    try:
        await server.gate.write("POST", path, body)
    except Gone as error:
        flavour = (await server.facts()).flavour
        raise Refused(f"{flavour} does not offer this to apps ({path.rpartition('/')[2]})", status=404) from error


async def _receipt(server: Server, remote_id: str, report: str | None) -> Receipt:
    """The report as it is now; that it was told is proven already, so a failing read does no harm."""
    if report is None:
        return Receipt(remote_id)
    try:
        return Receipt(remote_id, tuple(records.reports(await server.report(report))))
    except SourceError as error:
        return Receipt(remote_id, note=f"done; how the report looks now could not be read: {error}")


async def _decided(server: Server, report: wire_admin.AdminReport, action: Action) -> Conflict:
    """A colleague was faster: say who and how things stand now, and whether that is what was wanted."""
    account, by = report.target_account, report.action_taken_by_account
    lost = [word for word in ("suspended", "silenced", "sensitized", "disabled") if getattr(account, word)]
    removed = await _removed(server, action)
    how = [*lost, *(["the post is gone"] if removed else [])] or ["nothing else was done"]
    mine = by is not None and by.id == (await server.me()).id
    settled = not lost and not removed if action.verb not in _ACTIONS else action.verb is Verb.WARN and mine
    words = f"{_name(by)} has closed the report: {', '.join(how)}"
    return Conflict(words, current=words, settled=settled, status=409)


async def _removed(server: Server, action: Action) -> bool:
    _, _, post = (action.report or "").partition("-")
    try:
        return bool(post) and (await server.status(post)) is None
    except Gone:
        return True


def _stands(account: wire_admin.AdminAccount, verb: Verb) -> bool:
    """Is the account as the verb wants it? A suspension is more than a limit."""
    if verb is Verb.WARN:
        return False
    return bool(account.suspended or (verb is Verb.SILENCE and account.silenced))


def _compare(action: Action, version: str) -> None:
    about_report = action.target is not None and action.target.kind is Kind.REPORT
    if about_report and action.verb in DESTRUCTIVE and action.seen not in (None, version):
        raise Conflict("changed since you saw it", current="changed by a colleague")


def _name(account: wire_admin.AdminAccount | None) -> str:
    return clean_line(f"@{account.username}", 60) if account and account.username else "a colleague"


def _named(action: Action) -> str:
    return action.report or (action.target.id if action.target and action.target.kind is Kind.REPORT else "")


def _report_id(action: Action) -> str:
    """The platform's own id of the report, without the status that a record of ours adds to it."""
    id = _named(action)
    if not id:
        raise Refused(f"{action.verb} needs a report: Mastodon knows it of nothing else")
    return id if id.startswith(SIGN_UP) else id.partition("-")[0]


def _sign_up_id(action: Action) -> str:
    id = _named(action)
    if not id.startswith(SIGN_UP):
        raise Refused(f"{action.verb} needs a sign-up that waits: a report is kept, or its author warned or banned")
    return id.removeprefix(SIGN_UP)


def _member_id(action: Action) -> str:
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused(f"{action.verb} needs a member")
    return action.target.id
