"""The verbs: everything a source can be told."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """Everything a source can be told. A new verb is one line here, one in the tables below, one per source."""

    REPLY = "reply"
    PUBLISH = "publish"
    EDIT = "edit"
    REMOVE = "remove"
    HIDE = "hide"
    RESTORE = "restore"
    KEEP = "keep"
    IGNORE = "ignore"
    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    WARN = "warn"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    BAN = "ban"
    UNBAN = "unban"
    CLOSE = "close"
    REOPEN = "reopen"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    SOLVE = "solve"
    UNSOLVE = "unsolve"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
