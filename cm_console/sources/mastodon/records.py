"""Mastodon's JSON as records of the model. Nothing here asks the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cm_console.model import records
from cm_console.model.records import Kind, Ref, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, instant
from cm_console.sources.mastodon import wire, wire_admin
from cm_console.sources.mastodon.wording import plain, title_of

SIGN_UP = "sign-up-"
"""Ids of sign-ups among the reports: this and the account's id."""
OPEN_CHOICES = ("resolve", "assign_to_self", "none", "silence", "suspend")
CLOSED_CHOICES = ("reopen",)
SIGN_UP_CHOICES = ("approve", "reject")


def member(account: wire.Account) -> records.Member:
    """An account. Staff is who shows a role in public: that is all an account tells everybody."""
    pleroma = account.pleroma
    return records.Member(
        id=account.id,
        handle=Untrusted(account.acct or account.username),
        name=Untrusted(account.display_name or ""),
        joined_at=instant(account.created_at) if account.created_at else None,
        staff=bool(account.roles) or bool(pleroma and (pleroma.is_admin or pleroma.is_moderator)),
        bot=bool(account.bot),
        url=account.url or "",
        links=tuple(link for each in account.fields or () if each.verified_at for link in _links(each.value or "")),
    )


def _links(html: str) -> list[str]:
    """The addresses in a line of a profile."""
    return re.findall(r'href="(https?://[^"<>\s]{1,300})"', html)


def thread(root: wire.Status, id: str) -> records.Thread:
    """A thread by its first status: the beginning of its words is its title, who may see it its place."""
    return records.Thread(
        id=id,
        title=title_of(text_of(root), root.spoiler_text or ""),
        author=root.account.id,
        created_at=instant(root.created_at),
        kind=ThreadKind.DIRECT if root.visibility == "direct" else ThreadKind.TOPIC,
        place=Untrusted("followers" if root.visibility == "private" else root.visibility or ""),
        url=root.url or root.uri or "",
        version=version_of(root),
    )


def post(status: wire.Status, thread: str, me: str) -> records.Post:
    """A status within a thread."""
    return records.Post(
        id=status.id,
        thread=thread,
        author=status.account.id,
        created_at=instant(status.created_at),
        text=text_of(status),
        edited_at=edited_at(status),
        reply_to=status.in_reply_to_id,
        mentions_us=any(mention.id == me for mention in status.mentions or ()),
        reactions=(status.favourites_count or 0) + (status.reblogs_count or 0),
        url=status.url or status.uri or "",
        version=version_of(status),
    )


def edited_at(status: wire.Status) -> Instant | None:
    """When it was last edited."""
    return instant(status.edited_at) if status.edited_at else None


def version_of(status: wire.Status) -> str:
    """What a person saw: changes with each edit."""
    return str(edited_at(status) or 0)


def text_of(status: wire.Status) -> Untrusted:
    """All that a status shows: its warning, its words, what is attached, its poll."""
    parts = [f"Content warning: {status.spoiler_text}"] if status.spoiler_text else []
    parts += [text] if (text := plain(status.content or "")) else []
    parts += ["\n".join(_attached(status))] if status.media_attachments else []
    parts += ["\n".join(_answers(status.poll))] if status.poll else []
    return Untrusted("\n\n".join(parts))


def _attached(status: wire.Status) -> Iterator[str]:
    for media in status.media_attachments or ():
        shows = f": {media.description}" if media.description else ""
        yield f"[{media.type or 'file'}{shows}]" + (f" <{media.url}>" if media.url else "")


def _answers(poll: wire.Poll) -> Iterator[str]:
    yield "[poll]"
    for option in poll.options or ():
        yield f"- {option.title}" + ("" if option.votes_count is None else f" ({option.votes_count})")


def scheduled(entry: wire.ScheduledStatus) -> records.Scheduled:
    """A status that is planned on the server."""
    text, spoiler = entry.params.text or "", entry.params.spoiler_text or ""
    return records.Scheduled(entry.id, title_of(text, spoiler), Untrusted(text), instant(entry.scheduled_at))


def reports(report: wire_admin.AdminReport) -> list[records.Report]:
    """One report for each reported status, `{report}-{status}`; without any it is on the account, `{report}`."""
    targets = [(f"{report.id}-{status.id}", Ref(Kind.POST, status.id)) for status in report.statuses or ()]
    targets = targets or [(report.id, Ref(Kind.MEMBER, report.target_account.id))]
    rules = [rule.text for rule in report.rules or () if rule.text]
    words = "\n".join([*([report.comment] if report.comment else []), *(f"Rule: {rule}" for rule in rules)])
    closed = report.action_taken_at or report.updated_at or report.created_at
    return [
        records.Report(
            id=id,
            target=target,
            reporter=report.account.id if report.account else None,
            kind=report.category or "other",
            created_at=instant(report.created_at),
            reason=Untrusted(words),
            closed_at=instant(closed) if report.action_taken else None,
            choices=CLOSED_CHOICES if report.action_taken else OPEN_CHOICES,
            version=report_version(report),
        )
        for id, target in targets
    ]


def report_version(report: wire_admin.AdminReport) -> str:
    """Changes with everything done to a report."""
    return str(instant(report.updated_at or report.created_at))


def sign_up(account: wire_admin.AdminAccount, *, closed_at: Instant | None = None) -> records.Report:
    """A sign-up that waits, as a report of kind `sign-up` on the account; its reason is what they wrote."""
    return records.Report(
        id=f"{SIGN_UP}{account.id}",
        target=Ref(Kind.MEMBER, account.id),
        reporter=None,
        kind="sign-up",
        created_at=instant(account.created_at),
        reason=Untrusted(account.invite_request or ""),
        closed_at=closed_at,
        agreed=None if closed_at is None else not account.approved,
        choices=SIGN_UP_CHOICES if closed_at is None else (),
        version="approved" if account.approved else "pending",
    )
