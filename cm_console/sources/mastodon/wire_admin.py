"""The parts of Mastodon's admin JSON that the source reads: accounts as staff sees them, reports."""

from __future__ import annotations

from msgspec import Struct

from cm_console.sources.mastodon.wire import Account, Moment, Status


class AdminAccount(Struct):
    """An account as staff sees it; `domain` is None for those of this server."""

    id: str
    created_at: Moment
    account: Account
    username: str = ""
    domain: str | None = None
    approved: bool | None = True
    suspended: bool | None = False
    silenced: bool | None = False
    sensitized: bool | None = False
    disabled: bool | None = False
    invite_request: str | None = None


class Rule(Struct):
    """A rule of the server."""

    text: str | None = ""


class AdminReport(Struct):
    """A report on an account and, mostly, some of its statuses."""

    id: str
    created_at: Moment
    target_account: AdminAccount
    action_taken: bool = False
    action_taken_at: Moment | None = None
    updated_at: Moment | None = None
    category: str | None = "other"
    comment: str | None = ""
    account: AdminAccount | None = None
    assigned_account: AdminAccount | None = None
    action_taken_by_account: AdminAccount | None = None
    statuses: list[Status] | None = None
    rules: list[Rule] | None = None
