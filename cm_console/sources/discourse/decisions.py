"""Verbs that set a state of a post, a topic or a member. The target is read first: what is as wanted is not written."""

from __future__ import annotations

from dataclasses import replace

from cm_console.model.action import DESTRUCTIVE, Action, Receipt, Verb
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind, PostState
from cm_console.model.text import clean_line
from cm_console.model.time import DAY, Instant, instant, iso
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.site import Site

INAPPROPRIATE, SPAM = 4, 8
FOR_GOOD = Instant(32_503_680_000_000)
"""The year 3000: Discourse knows no end, only a far one."""
LONG = 100 * 365 * DAY


async def set_post(site: Site, action: Action) -> Receipt:
    """Remove, hide, mark as spam or restore a post; a topic goes to `set_topic`."""
    if action.target is None or action.target.kind is Kind.THREAD:
        return await set_topic(site, action)
    post = await _post(site, action)
    if action.verb is Verb.HIDE and records.is_deleted(post):
        raise Gone("it was deleted meanwhile")
    if not _as_wanted(post, action.verb):
        _compare(action, records.version_of(post), clean_line(_raw(post), 120))
        await _write_post(site, action, post)
    states = {Verb.HIDE: PostState.HIDDEN, Verb.RESTORE: PostState.VISIBLE}
    made = records.post(post, await site.place())
    state = states.get(action.verb, PostState.DELETED)
    mark = {PostState.HIDDEN: "h", PostState.DELETED: "d"}.get(state, "")
    return Receipt(made.id, (replace(made, state=state, version=f"{post.version}{mark}"),))


async def set_topic(site: Site, action: Action) -> Receipt:
    """Close, reopen, remove, hide (unlist) or restore a topic."""
    topic = await _topic(site, action)
    thread = records.thread(topic, await site.place())
    gone = topic.deleted_at is not None
    status, enabled = _STATUS.get(action.verb, ("", False))
    as_wanted = {
        Verb.CLOSE: bool(topic.closed),
        Verb.REOPEN: not topic.closed,
        Verb.HIDE: gone or topic.visible is False,
        Verb.RESTORE: not gone and topic.visible is not False,
    }.get(action.verb, gone)
    if not as_wanted:
        _compare(action, thread.version, clean_line(topic.title, 120))
        if action.verb is Verb.RESTORE and gone:
            await site.write("PUT", f"/t/{topic.id}/recover.json")
        elif status:
            body = {"status": status, "enabled": "true" if enabled else "false"}
            await site.write("PUT", f"/t/{topic.id}/status.json", body)
        else:
            await site.write("DELETE", f"/t/{topic.id}.json")
    closed = {Verb.CLOSE: True, Verb.REOPEN: False}.get(action.verb, thread.closed)
    return Receipt(thread.id, (replace(thread, closed=closed, version=f"{int(closed)}:{topic.title}"),))


async def set_member(site: Site, action: Action) -> Receipt:
    """Silence, suspend, and take it back."""
    if action.target is None or action.target.kind is not Kind.MEMBER:
        raise Refused(f"{action.verb} needs a member")
    user = await site.user(action.target.id)
    silence = action.verb in (Verb.SILENCE, Verb.UNSILENCE)
    until = user.silenced_till if silence else user.suspended_till
    now = site.clock.now()
    held_until = instant(until) if until is not None and instant(until) > now else None
    if action.verb in (Verb.UNSILENCE, Verb.UNBAN):
        if held_until is not None or (user.silenced if silence else user.suspended):
            await site.write("PUT", f"/admin/users/{user.id}/{'unsilence' if silence else 'unsuspend'}.json")
        return Receipt(str(user.id))
    wanted = action.until if action.until is not None else FOR_GOOD
    if held_until is None:
        await _punish(site, action, user, wanted, silence=silence)
    elif held_until < min(wanted, now + LONG) - 60_000:
        words = f"already {'silenced' if silence else 'suspended'}"
        raise Conflict(words, current=f"{words} until {iso(held_until)}")
    return Receipt(str(user.id))


async def assign(site: Site, action: Action) -> Receipt:
    """Hand a topic to a colleague, or take it back; needs the plugin discourse-assign."""
    topic = await _topic(site, action)
    thread = records.thread(topic, await site.place())
    body: dict[str, object] = {"target_id": topic.id, "target_type": "Topic"}
    member = None
    if action.verb is Verb.ASSIGN:
        if action.member is None:
            raise Refused("assigning needs a colleague")
        member = action.member
        body["username"] = (await site.user(member)).username
    if thread.assigned_to != member:
        await _plugin(site, "PUT", f"/assign/{action.verb.value}.json", body, "discourse-assign")
    return Receipt(thread.id, (replace(thread, assigned_to=member),))


async def solve(site: Site, action: Action) -> Receipt:
    """Accept a post as the answer, or take that back; needs the plugin discourse-solved."""
    if action.target is None:
        raise Refused(f"{action.verb} needs a post")
    if action.target.kind is Kind.THREAD and action.verb is Verb.SOLVE:
        raise Refused("which post is the answer?")
    topic, answer = await _answer(site, action)
    thread = records.thread(topic, await site.place(), [answer] if answer else [])
    if answer and (thread.solved_by == str(answer.id)) != (action.verb is Verb.SOLVE):
        verb = "accept" if action.verb is Verb.SOLVE else "unaccept"
        await _plugin(site, "POST", f"/solution/{verb}.json", {"id": answer.id}, "discourse-solved")
    if action.verb is Verb.UNSOLVE or answer is None:
        return Receipt(thread.id, (replace(thread, solved_at=None, solved_by=None),))
    return Receipt(str(answer.id), (replace(thread, solved_at=instant(answer.created_at), solved_by=str(answer.id)),))


_STATUS = {Verb.CLOSE: ("closed", True), Verb.REOPEN: ("closed", False), Verb.HIDE: ("visible", False)}
_STATUS[Verb.RESTORE] = ("visible", True)


async def _answer(site: Site, action: Action) -> tuple[wire.Topic, wire.Post | None]:
    assert action.target is not None
    if action.target.kind is Kind.POST:
        post = await site.post(action.target.id)
        return await site.topic(str(post.topic_id)), post
    topic = await site.topic(action.target.id)
    number = topic.accepted_answer.post_number if topic.accepted_answer else None
    posts = list(topic.post_stream.posts)
    if number is not None and all(post.post_number != number for post in posts):
        posts += await site.posts(str(topic.id), topic.post_stream.stream[number - 3 : number + 2])
    return topic, next((post for post in posts if post.post_number == number), None)


async def _post(site: Site, action: Action) -> wire.Post:
    assert action.target is not None
    if action.target.kind is not Kind.POST:
        raise Refused(f"{action.verb} needs a post or a topic")
    try:
        return await site.post(action.target.id)
    except Gone as error:
        raise _vanished(action, error) from None


async def _topic(site: Site, action: Action) -> wire.Topic:
    target = action.target
    if target is None or target.kind not in (Kind.THREAD, Kind.POST):
        raise Refused(f"{action.verb} needs a topic")
    try:
        id = target.id if target.kind is Kind.THREAD else str((await site.post(target.id)).topic_id)
        return await site.topic(id)
    except Gone as error:
        raise _vanished(action, error) from None


def _vanished(action: Action, error: Gone) -> Conflict | Gone:
    if action.verb in (Verb.REMOVE, Verb.SPAM, Verb.HIDE):
        return Conflict("it is no longer there", current="removed", settled=True, status=error.status)
    return error


def _as_wanted(post: wire.Post, verb: Verb) -> bool:
    deleted = records.is_deleted(post)
    if verb is Verb.RESTORE:
        return not deleted and not post.hidden
    return deleted or (verb is Verb.HIDE and bool(post.hidden))


def _compare(action: Action, version: str, current: str) -> None:
    if action.seen is not None and action.verb in DESTRUCTIVE and action.seen != version:
        raise Conflict("changed since you saw it", current=current)


async def _write_post(site: Site, action: Action, post: wire.Post) -> None:
    if action.verb is Verb.RESTORE:
        if records.is_deleted(post):
            await site.write("PUT", f"/posts/{post.id}/recover.json")
        if post.hidden:
            await site.write("PUT", f"/posts/{post.id}/unhide.json")
        return
    if action.verb in (Verb.HIDE, Verb.SPAM) and not post.hidden:
        flag = SPAM if action.verb is Verb.SPAM else INAPPROPRIATE
        await site.write(
            "POST", "/post_actions.json", {"id": post.id, "post_action_type_id": flag, "take_action": "true"}
        )
    if action.verb in (Verb.REMOVE, Verb.SPAM):
        await site.write("DELETE", f"/posts/{post.id}.json")


async def _punish(site: Site, action: Action, user: wire.User, until: Instant, *, silence: bool) -> None:
    body = {"reason": action.reason or action.text or "Moderator's decision"}
    if action.reason:
        body["message"] = action.reason
    body["silenced_till" if silence else "suspend_until"] = iso(until) or ""
    try:
        await site.write("PUT", f"/admin/users/{user.id}/{'silence' if silence else 'suspend'}.json", body)
    except Conflict as conflict:
        words = f"already {'silenced' if silence else 'suspended'}"
        raise Conflict(words, current=str(conflict), status=409) from None


async def _plugin(site: Site, method: str, path: str, body: object, plugin: str) -> None:
    try:
        await site.write(method, path, body)
    except Gone as error:
        raise Refused(f"the site does not have the plugin {plugin}", status=error.status) from None


def _raw(post: wire.Post) -> str:
    return post.raw if isinstance(post.raw, str) else ""
