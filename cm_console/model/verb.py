"""The verbs: everything a source can be told, and what each is about."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """Everything a source can be told. A new verb is one line here, one in the tables below, one per source.

    MESSAGE writes to a member privately, in a thread of its own. KICK throws them out of a place, BAN keeps them out.
    CLOSE ends a thread, LOCK only keeps it from growing.
    """

    REPLY = "reply"
    PUBLISH = "publish"
    MESSAGE = "message"
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
    KICK = "kick"
    BAN = "ban"
    UNBAN = "unban"
    CLOSE = "close"
    REOPEN = "reopen"
    LOCK = "lock"
    UNLOCK = "unlock"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    SOLVE = "solve"
    UNSOLVE = "unsolve"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    RESCHEDULE = "reschedule"


OPPOSITE = {
    Verb.REMOVE: Verb.RESTORE,
    Verb.HIDE: Verb.RESTORE,
    Verb.SPAM: Verb.RESTORE,
    Verb.SILENCE: Verb.UNSILENCE,
    Verb.BAN: Verb.UNBAN,
    Verb.CLOSE: Verb.REOPEN,
    Verb.REOPEN: Verb.CLOSE,
    Verb.LOCK: Verb.UNLOCK,
    Verb.UNLOCK: Verb.LOCK,
    Verb.ASSIGN: Verb.UNASSIGN,
    Verb.SOLVE: Verb.UNSOLVE,
    Verb.SCHEDULE: Verb.UNSCHEDULE,
    Verb.REPLY: Verb.REMOVE,
    Verb.PUBLISH: Verb.REMOVE,
}
"""What really takes an action back once it has landed: offered when undo comes too late."""

DESTRUCTIVE = frozenset(
    {Verb.REMOVE, Verb.HIDE, Verb.SPAM, Verb.KICK, Verb.BAN, Verb.SILENCE, Verb.WARN, Verb.EDIT, Verb.REJECT}
)
"""Verbs whose source must read the target again before it writes, and raise Conflict if `seen` no longer holds."""

TELLING = frozenset({Verb.WARN, Verb.SILENCE, Verb.KICK, Verb.BAN, Verb.REMOVE, Verb.REJECT})
"""Verbs whose `reason` the member gets to read, or the platform writes down."""

TIMED = frozenset({Verb.BAN, Verb.SILENCE})
"""Verbs that may end by themselves."""

ON_THREADS = frozenset({Verb.REPLY, Verb.CLOSE, Verb.REOPEN, Verb.LOCK, Verb.UNLOCK, Verb.ASSIGN, Verb.UNASSIGN})
ON_MEMBERS = frozenset({Verb.MESSAGE, Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.KICK, Verb.BAN, Verb.UNBAN})
ON_PLANS = frozenset({Verb.UNSCHEDULE, Verb.RESCHEDULE})
"""Verbs about a thread, a member, something the platform has planned; PUBLISH and SCHEDULE make something new,
the others are about a post."""
