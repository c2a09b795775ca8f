"""Messages as records: who wrote, the thread as a whole, and the post; nothing here asks the network."""

from __future__ import annotations

from cm_console.model.records import Member, Post, PostState, Record, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.sources.email.conversations import Conversations
from cm_console.sources.email.heads import Head, Role
from cm_console.sources.email.nature import Nature
from cm_console.sources.email.texts import READ
from cm_console.sources.mail.bodies import text_of
from cm_console.sources.mail.threads import title_of

_BY_MACHINES = (Nature.MACHINE, Nature.BOUNCE)
MACHINES = ("auto:", "bounce:")
"""What the ids of members begin with who are no persons."""


def came_back(head: Head, known: Conversations) -> bool:
    """Is it a bounce of something that we sent? Then somebody still waits for it."""
    sent = known.by_id(head.returned) if head.returned else None
    return sent is not None and (sent.role is Role.SENT or sent.author.address in known.ours)


def author_of(head: Head, known: Conversations) -> str | None:
    """The member id of who wrote it. A person's automatic answers are not the person's."""
    id = head.author.id[:300]
    if not id:
        return None
    if head.nature in _BY_MACHINES:
        return f"bounce:{id}" if came_back(head, known) else f"auto:{id}"
    return id


def member_of(head: Head, known: Conversations) -> Member | None:
    """Who wrote it."""
    id, author = author_of(head, known), head.author
    if id is None:
        return None
    shown = author.address or author.name
    if id.startswith("auto:"):
        return Member(id, Untrusted(f"{shown[:100]} (automatic)"), Untrusted(author.name), bot=True)
    ours = author.address in known.ours or head.role is Role.SENT
    return Member(id, Untrusted(shown[:100]), Untrusted(author.name), staff=ours, email=author.address)


def thread_of(root: str, known: Conversations) -> Thread | None:
    """The thread as its oldest message shows it; None if nothing of it is known."""
    heads = known.thread(root)
    if not heads:
        return None
    first = next((head for head in heads if head.id == root), heads[0])
    public = first.nature is not Nature.PERSON
    theirs = [head for head in heads if head.role is Role.INBOX and head.nature not in _BY_MACHINES]
    theirs = [head for head in theirs if head.author.address not in known.ours]
    return Thread(
        root,
        Untrusted(title_of(first.subject)),
        author_of(first, known),
        first.date,
        ThreadKind.TOPIC if public else ThreadKind.DIRECT,
        Untrusted(first.place),
        closed=bool(theirs) and all(head.done for head in theirs),
    )


def is_certain(root: str, known: Conversations, emitted: Head) -> bool:
    """Is enough known of a thread to describe it again? Its beginning may have been filed away meanwhile."""
    heads = known.thread(root)
    return known.by_id(root) is not None or heads[:1] == [emitted] or any(head.done for head in heads)


def post_of(head: Head, known: Conversations, data: bytes) -> Post:
    """The message as a post; `data` is as much of it as was read."""
    text = text_of(data)
    if head.size > READ:
        text += f"\n\n[the rest of this message, {(head.size - READ) / 1_000_000:,.1f} MB, is not read]"
    to_us = not known.ours.isdisjoint(head.to)
    other = known.by_id(head.id)
    arrived = other is not None and other.role is Role.INBOX
    return Post(
        head.id,
        known.root(head),
        author_of(head, known),
        head.date,
        Untrusted(text),
        reply_to=head.parent if head.parent and known.by_id(head.parent) else None,
        state=PostState.HELD if head.draft and head.role is Role.SENT and not arrived else PostState.VISIBLE,
        mentions_us=head.nature is Nature.LIST and to_us,
    )


def records_of(read: list[tuple[Head, bytes]], known: Conversations, threads: list[str]) -> list[Record]:
    """Members, threads and posts of some messages."""
    members = {member.id: member for head, _ in read if (member := member_of(head, known))}
    whole = [thread for root in dict.fromkeys(threads) if (thread := thread_of(root, known))]
    posts = {head.id: post_of(head, known, data) for head, data in read}
    return [*members.values(), *whole, *posts.values()]
