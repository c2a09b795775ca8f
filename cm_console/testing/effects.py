"""What a verb must have changed, as the platform shows it afterwards."""

from __future__ import annotations

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.records import Kind, Post, PostState, Record, Ref, Report, Scheduled, Thread
from cm_console.model.time import SECOND

STATES = {
    Verb.REMOVE: (PostState.DELETED, PostState.HIDDEN),
    Verb.SPAM: (PostState.DELETED, PostState.HIDDEN),
    Verb.REJECT: (PostState.DELETED, PostState.HIDDEN),
    Verb.HIDE: (PostState.HIDDEN, PostState.HELD, PostState.DELETED),
    Verb.RESTORE: (PostState.VISIBLE,),
}

STANDINGS = {
    Verb.SILENCE: "silenced",
    Verb.KICK: "kicked",
    Verb.BAN: "banned",
    Verb.UNSILENCE: "ok",
    Verb.UNBAN: "ok",
}


def check_effect(action: Action, receipt: Receipt, truth: dict[Ref, Record], standing: str) -> None:
    """Fail unless the platform shows what the verb means."""
    verb, told = action.verb, f"{action.verb} changed nothing that can be seen"
    record = truth.get(action.target) if action.target else None
    report = truth.get(Ref(Kind.REPORT, action.report)) if action.report else None
    if isinstance(report, Report) and verb is not Verb.EDIT:
        assert report.closed_at is not None, f"{verb} left the report open"
        record = truth.get(report.target)
    if verb in STATES:
        gone = PostState.DELETED in STATES[verb] and record is None
        assert gone or (isinstance(record, Post) and record.state in STATES[verb]), told
    elif verb is Verb.EDIT:
        assert isinstance(record, Post) and action.text in record.text, told
    elif verb in (Verb.CLOSE, Verb.REOPEN):
        assert isinstance(record, Thread) and record.closed is (verb is Verb.CLOSE), told
    elif verb in (Verb.ASSIGN, Verb.UNASSIGN):
        assert isinstance(record, Thread) and record.assigned_to == action.member, told
    elif verb in (Verb.SOLVE, Verb.UNSOLVE) and isinstance(record, Post):
        thread = truth.get(Ref(Kind.THREAD, record.thread))
        assert isinstance(thread, Thread) and (thread.solved_by == record.id) is (verb is Verb.SOLVE), told
    elif verb in (Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE):
        plan = truth.get(action.target or Ref(Kind.SCHEDULED, receipt.remote_id))
        assert isinstance(plan, Scheduled) is (verb is not Verb.UNSCHEDULE), told
        assert not isinstance(plan, Scheduled) or plan.at // SECOND == (action.at or 0) // SECOND, told
    elif verb in STANDINGS and standing:
        assert standing == STANDINGS[verb], told
