"""What the platform in RAM does when it is told something: each verb, and what makes a repeat harmless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cm_console.model.action import DESTRUCTIVE, Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread, ref_of
from cm_console.model.text import Untrusted, clean_line
from cm_console.model.time import SECOND, Instant
from cm_console.model.verb import ON_PLANS
from cm_console.sources.memory_platform import Platform

KEY_WINDOW = 3600.0
"""How many seconds the platform remembers the id of a PUBLISH or MESSAGE and drops a repeat."""

POST_STATE = {
    Verb.REMOVE: PostState.DELETED,
    Verb.SPAM: PostState.DELETED,
    Verb.REJECT: PostState.DELETED,
    Verb.HIDE: PostState.HIDDEN,
    Verb.RESTORE: PostState.VISIBLE,
    Verb.APPROVE: PostState.VISIBLE,
}

AGREED = {
    Verb.KEEP: False,
    Verb.APPROVE: False,
    Verb.IGNORE: None,
    **dict.fromkeys(
        (Verb.REMOVE, Verb.SPAM, Verb.REJECT, Verb.HIDE, Verb.WARN, Verb.SILENCE, Verb.KICK, Verb.BAN), True
    ),
}
"""What a decision says of the reports it answers: True, they were right; None, nobody says."""


def carry_out(platform: Platform, action: Action) -> Receipt:
    """Do what an action says; raises Gone, Refused, or Conflict before anything is changed.

    What is already as wanted is not compared with `seen`: our own first attempt may have made it so.
    """
    report = _report(platform, action)
    subject = report.target if report and action.target == ref_of(report) else action.target
    if report and report.closed_at is not None and action.verb in AGREED:
        settled = report.agreed is AGREED[action.verb] and _as_wanted(platform, action, subject)
        raise Conflict("already decided by a colleague", current=_outcome(report), settled=settled)
    if not _as_wanted(platform, action, subject):
        _check_present(platform, action, subject)
        _check_seen(platform, action)
    made = _VERBS[action.verb](platform, action, subject)
    changed = [platform.get(made)]
    if action.verb in AGREED:
        changed += _close_reports(platform, subject, AGREED[action.verb])
    return Receipt(made.id, tuple(record for record in changed if record is not None))


def look(platform: Platform, action: Action) -> Receipt | None:
    """The oldest post (REPLY) or thread (PUBLISH, MESSAGE) of ours that an action that was tried can have made."""
    if action.tried_at is None or action.verb not in (Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE):
        return None
    for record in platform.records(Kind.POST if action.verb is Verb.REPLY else Kind.THREAD):
        if not isinstance(record, (Post, Thread)) or record.author != platform.me or record.id in action.taken:
            continue
        if record.created_at >= action.tried_at and _says(platform, record, action):
            return Receipt(record.id, (record,))
    return None


def _says(platform: Platform, record: Post | Thread, action: Action) -> bool:
    if isinstance(record, Thread) and action.verb is Verb.MESSAGE:
        return action.target is not None and action.text in platform.told(action.target.id, record.id)
    if isinstance(record, Thread):
        return record.title.split() == action.title.split()
    return action.target == Ref(Kind.THREAD, record.thread) and record.text.split() == action.text.split()


def _report(platform: Platform, action: Action) -> Report | None:
    ref = Ref(Kind.REPORT, action.report) if action.report else action.target
    if ref is None or ref.kind is not Kind.REPORT:
        return None
    report = platform.get(ref)
    if not isinstance(report, Report):
        raise Gone("this report is no longer there")
    return report


def _outcome(report: Report) -> str:
    return {True: "closed: the report was right", False: "closed: the post was kept", None: "closed"}[report.agreed]


def _as_wanted(platform: Platform, action: Action, subject: Ref | None) -> bool:
    record = platform.get(subject) if subject else None
    if action.verb in POST_STATE:
        wanted = POST_STATE[action.verb]
        return record.state is wanted if isinstance(record, Post) else False
    if action.verb is Verb.EDIT:
        return isinstance(record, Post) and record.text == action.text
    if action.verb in (Verb.SILENCE, Verb.BAN):
        marks = platform.silenced if action.verb is Verb.SILENCE else platform.banned
        return subject is not None and subject.id in marks and marks[subject.id] == action.until
    return action.verb in (Verb.KEEP, Verb.IGNORE, Verb.PUBLISH, Verb.SCHEDULE)


def _check_present(platform: Platform, action: Action, subject: Ref | None) -> None:
    if subject is None:
        raise Refused(f"{action.verb} needs to know what")
    if platform.get(subject) is not None:
        return
    if action.verb in ON_PLANS and subject.id in platform.keys:
        published = platform.keys[subject.id][1].kind is Kind.THREAD
        settled = not published and action.verb is Verb.UNSCHEDULE
        raise Conflict("no longer scheduled", current="published" if published else "", settled=settled)
    if POST_STATE.get(action.verb) is PostState.DELETED:
        raise Conflict("somebody else removed it", current="removed", settled=True)
    raise Gone(f"this {subject.kind} is no longer there")


def _check_seen(platform: Platform, action: Action) -> None:
    record = platform.get(action.target) if action.target else None
    if action.seen is None or action.verb not in DESTRUCTIVE or not isinstance(record, (Thread, Post, Report)):
        return
    if record.version != action.seen:
        now = record.text if isinstance(record, Post) else record.title if isinstance(record, Thread) else record.kind
        raise Conflict("changed since you saw it", current=clean_line(now, 120))


def _close_reports(platform: Platform, subject: Ref | None, agreed: bool | None) -> list[Record | None]:
    reports = [r for r in platform.records(Kind.REPORT) if isinstance(r, Report) and r.target == subject]
    now = platform.clock.now()
    return [platform.put(replace(r, closed_at=now, agreed=agreed)) for r in reports if r.closed_at is None]


def _reply(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    thread = platform.get(subject) if subject else None
    if not isinstance(thread, Thread) or thread.closed:
        raise Refused("this thread is closed")
    id, now, text = platform.new_id(Kind.POST), platform.clock.now(), Untrusted(action.text)
    return ref_of(platform.put(Post(id, thread.id, platform.me, now, text, reply_to=action.reply_to)))


def _once(platform: Platform, action: Action, make: Callable[[Instant], Thread]) -> Ref:
    now = platform.clock.now()
    known = platform.keys.get(action.id)
    if known and now - known[0] <= KEY_WINDOW * SECOND:
        return known[1]
    made = ref_of(make(now))
    platform.keys[action.id] = (now, made)
    return made


def _publish(platform: Platform, action: Action, _: Ref | None) -> Ref:
    return _once(platform, action, lambda now: platform.publish(action.title, action.text, action.place, now))


def _message(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    member = platform.get(subject) if subject else None
    if not isinstance(member, Member) or member.id == platform.me:
        raise Refused("only another member can be written to")
    return _once(platform, action, lambda now: platform.message(member.id, action.title, action.text, now))


def _edit(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    post = platform.get(subject) if subject else None
    if not isinstance(post, Post):
        raise Refused("only posts can be edited")
    if post.text != action.text:
        platform.put(replace(post, text=Untrusted(action.text), edited_at=platform.clock.now()))
    return ref_of(post)


def _set_state(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    record, wanted = platform.get(subject) if subject else None, POST_STATE[action.verb]
    if isinstance(record, Post):
        platform.put(replace(record, state=wanted))
    elif isinstance(record, Thread) and wanted is PostState.DELETED:
        posts = [post for post in platform.records(Kind.POST) if isinstance(post, Post) and post.thread == record.id]
        for post in posts:
            platform.erase(ref_of(post))
        platform.erase(ref_of(record))
    else:
        raise Refused(f"cannot {action.verb} this")
    return ref_of(record)


def _set_thread(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    record = platform.get(subject) if subject else None
    thread = platform.get(Ref(Kind.THREAD, record.thread)) if isinstance(record, Post) else record
    if not isinstance(thread, Thread) or record is None:
        raise Refused(f"cannot {action.verb} this")
    if action.verb in (Verb.LOCK, Verb.UNLOCK):
        before = set(platform.locked)
        (platform.locked.add if action.verb is Verb.LOCK else platform.locked.discard)(thread.id)
        platform.revision += platform.locked != before
        return ref_of(thread)
    if action.verb in (Verb.CLOSE, Verb.REOPEN):
        thread = replace(thread, closed=action.verb is Verb.CLOSE)
    elif action.verb in (Verb.ASSIGN, Verb.UNASSIGN):
        thread = replace(thread, assigned_to=action.member if action.verb is Verb.ASSIGN else None)
    elif action.verb is Verb.UNSOLVE:
        thread = replace(thread, solved_at=None, solved_by=None)
    elif not isinstance(record, Post):
        raise Refused("only a post can be the solution")
    elif thread.solved_by != record.id:
        thread = replace(thread, solved_at=platform.clock.now(), solved_by=record.id)
    return ref_of(platform.put(thread))


def _set_member(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    member = platform.get(subject) if subject else None
    if not isinstance(member, Member) or member.staff:
        raise Refused(f"cannot {action.verb} this member")
    if action.verb is Verb.WARN:
        platform.warned.append((member.id, action.reason))
        platform.revision += 1
        return ref_of(member)
    if action.verb is Verb.KICK:
        platform.revision += member.id not in platform.kicked
        platform.kicked.add(member.id)
        return ref_of(member)
    marks = platform.silenced if action.verb in (Verb.SILENCE, Verb.UNSILENCE) else platform.banned
    before = dict(marks)
    marks.pop(member.id, None)
    if action.verb in (Verb.SILENCE, Verb.BAN):
        marks[member.id] = action.until
    platform.revision += marks != before
    return ref_of(member)


def _keep(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    return subject or Ref(Kind.REPORT, action.report or "")


def _schedule(platform: Platform, action: Action, _: Ref | None) -> Ref:
    if action.at is None:
        raise Refused("scheduling needs a time")
    entry = Ref(Kind.SCHEDULED, action.id)
    if action.id not in platform.keys:
        platform.keys[action.id] = (platform.clock.now(), entry)
        platform.plan(Scheduled(action.id, Untrusted(action.title), Untrusted(action.text), action.at), action.place)
    return entry


def _reschedule(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    planned = platform.get(subject) if subject else None
    if not isinstance(planned, Scheduled):
        raise Refused("only what is planned can be moved")
    if action.at is None or action.at <= platform.clock.now():
        raise Refused("that time has passed: choose a later one")
    platform.plan(replace(planned, at=action.at), platform.places.get(planned.id, ""))
    return ref_of(planned)


def _unschedule(platform: Platform, action: Action, subject: Ref | None) -> Ref:
    entry = subject or Ref(Kind.SCHEDULED, "")
    platform.erase(entry)
    return entry


_VERBS: dict[Verb, Callable[[Platform, Action, Ref | None], Ref]] = {
    Verb.REPLY: _reply,
    Verb.PUBLISH: _publish,
    Verb.MESSAGE: _message,
    Verb.EDIT: _edit,
    **dict.fromkeys(POST_STATE, _set_state),
    **dict.fromkeys((Verb.KEEP, Verb.IGNORE), _keep),
    **dict.fromkeys((Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.KICK, Verb.BAN, Verb.UNBAN), _set_member),
    **dict.fromkeys((Verb.CLOSE, Verb.REOPEN, Verb.LOCK, Verb.UNLOCK, Verb.ASSIGN, Verb.UNASSIGN), _set_thread),
    **dict.fromkeys((Verb.SOLVE, Verb.UNSOLVE), _set_thread),
    Verb.SCHEDULE: _schedule,
    Verb.UNSCHEDULE: _unschedule,
    Verb.RESCHEDULE: _reschedule,
}
