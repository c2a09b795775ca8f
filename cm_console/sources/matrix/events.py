"""Reading an event: what it is, what it relates to, what it says. Its content is any JSON a member cared to send."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from cm_console.model.text import Untrusted, clean
from cm_console.model.time import Instant
from cm_console.sources.markup import html_to_text
from cm_console.sources.matrix.wire import Event

MESSAGES = (
    "m.room.message",
    "m.room.encrypted",
    "m.sticker",
    "m.poll.start",
    "org.matrix.msc3381.poll.start",
)
"""Types of events that members read as messages."""
REACTION, REDACTION = "m.reaction", "m.room.redaction"
EDIT, THREAD, REPLY, ANNOTATION = "m.replace", "m.thread", "m.in_reply_to", "m.annotation"
ENCRYPTED = "(an encrypted message: read it in a Matrix client)"
OUR_KEY = "dev.cm_console.id"
"""Where a message we send carries the id of its action; other clients pass it over."""
TITLE = 120
"""Characters of a first line that make a title: a chat has none of its own."""

_LAST = 32_503_680_000_000
_FALLBACK = re.compile(r"\A(?:> [^\n]*\n)+\n?")
_QUOTE = re.compile(r"\A\s*<mx-reply>.*?</mx-reply>", re.DOTALL | re.IGNORECASE)
_PILL = re.compile(r" <https://matrix\.to/#/(?:@|%40|#|%23)[^<>\s]*>")
_MEDIA = {"m.image": "image", "m.file": "file", "m.audio": "audio", "m.video": "video", "m.location": "place"}


def said(event: Event) -> dict[str, Any]:
    """The content, empty if it is nothing to read."""
    return event.content if isinstance(event.content, dict) else {}


def at(event: Event) -> Instant:
    """When it was sent, as its server says; within years that exist."""
    return Instant(int(min(max(event.origin_server_ts, 0), _LAST)))


def is_redacted(event: Event) -> bool:
    """Was it removed? A message whose content was stripped counts, whoever tells why."""
    return "redacted_because" in unsigned(event) or (event.type in MESSAGES and not said(event))


def is_message(event: Event) -> bool:
    """Is it something to read: a message that stands on its own, not an edit, not removed?"""
    return event.type in MESSAGES and not is_redacted(event) and relation(event)[0] != EDIT


def relation(event: Event) -> tuple[str, str]:
    """What it relates to and how: EDIT, THREAD, ANNOTATION or REPLY with an event id, or nothing ("", "")."""
    related = said(event).get("m.relates_to")
    if not isinstance(related, dict):
        return "", ""
    kind, target = related.get("rel_type"), related.get("event_id")
    if kind in (EDIT, THREAD, ANNOTATION) and isinstance(target, str):
        return str(kind), target
    answered = related.get(REPLY)
    target = answered.get("event_id") if isinstance(answered, dict) else None
    return (REPLY, target) if isinstance(target, str) else ("", "")


def answered(event: Event) -> str:
    """The event id that this one answers; what a thread's message falls back to does not count."""
    related = said(event).get("m.relates_to")
    if not isinstance(related, dict) or related.get("is_falling_back") is True:
        return ""
    reply = related.get(REPLY)
    target = reply.get("event_id") if isinstance(reply, dict) else None
    return target if isinstance(target, str) else ""


def redacted_id(event: Event) -> str:
    """Which event a redaction removes: on top before room version 11, in the content since."""
    for target in (said(event).get("redacts"), event.redacts):
        if isinstance(target, str):
            return target
    return ""


def bundled(event: Event, kind: str) -> dict[str, Any]:
    """What the server tells with an event of others that relate to it (its last edit, its thread); {} if nothing."""
    relations = unsigned(event).get("m.relations")
    found = relations.get(kind) if isinstance(relations, dict) else None
    return found if isinstance(found, dict) else {}


def last_edit(event: Event, seen: Event | None = None) -> Event | None:
    """The newest edit by the author: the one the server tells with it, or one that was seen on its own."""
    from msgspec import ValidationError, convert

    edits = [seen] if seen is not None else []
    if told := bundled(event, EDIT):
        with suppress(ValidationError):
            edits.append(convert(told, Event))
    ours = [edit for edit in edits if edit.sender == event.sender and not is_redacted(edit) and edit.event_id]
    return max(ours, key=lambda edit: (at(edit), edit.event_id), default=None)


def key_of(content: object) -> str:
    """The id of the action that a message of ours carries."""
    key = content.get(OUR_KEY) if isinstance(content, dict) else None
    return key if isinstance(key, str) and "/" not in key else ""


def text_of(event: Event, edit: Event | None = None) -> Untrusted:
    """What a message says, after its last edit, as plain text."""
    if event.type == "m.room.encrypted":
        return Untrusted(ENCRYPTED)
    content = said(event)
    if edit is not None:
        new = said(edit).get("m.new_content")
        content = new if isinstance(new, dict) else said(edit)
    return Untrusted(_told(event.type, content, is_reply=relation(event)[0] in (REPLY, THREAD)))


def title_of(text: str) -> Untrusted:
    """The first line that says anything."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    return Untrusted(line if len(line) <= TITLE else line[: TITLE - 1] + "…")


def mentions(event: Event, edit: Event | None, user: str) -> bool:
    """Does it address this user? As its client says; older clients say it only in the text."""
    content = said(event) if edit is None else said(edit)
    told = content.get("m.mentions")
    if isinstance(told, dict):
        users = told.get("user_ids")
        return isinstance(users, list) and user in users
    return any(user in words for key in ("formatted_body", "body") if isinstance(words := content.get(key), str))


def unsigned(event: Event) -> dict[str, Any]:
    """What the server tells beside the event."""
    return event.unsigned if isinstance(event.unsigned, dict) else {}


def _told(kind: str, content: dict[str, Any], *, is_reply: bool) -> str:
    if "poll" in kind:
        return f"[poll] {_poll(content)}"
    body, msgtype = _text(content, "body"), _text(content, "msgtype")
    if kind == "m.sticker":
        return f"[sticker: {body}]" if body else "[sticker]"
    if msgtype in _MEDIA:
        return _media(_MEDIA[msgtype], content, body)
    if content.get("format") == "org.matrix.custom.html" and (html := _text(content, "formatted_body")):
        words = _PILL.sub("", html_to_text(_QUOTE.sub("", html)))
    else:
        words = _FALLBACK.sub("", body) if is_reply and body.startswith("> <") else body
    if msgtype == "m.emote":
        return f"* {words}"
    return words or f"[{clean(msgtype)[:40] or 'nothing to read'}]"


def _media(what: str, content: dict[str, Any], body: str) -> str:
    """A caption is the body if the file has a name of its own."""
    name = _text(content, "filename")
    if not name or name == body:
        return f"[{what}: {name or body}]" if name or body else f"[{what}]"
    return f"[{what}: {name}]\n{body}" if body else f"[{what}: {name}]"


def _poll(content: dict[str, Any]) -> str:
    for key in ("m.poll", "m.poll.start", "org.matrix.msc3381.poll.start"):
        question = content.get(key)
        asked = question.get("question") if isinstance(question, dict) else None
        if isinstance(asked, dict):
            for words in ("org.matrix.msc1767.text", "body"):
                if found := _text(asked, words):
                    return found
            if isinstance(parts := asked.get("m.text"), list):
                return " ".join(_text(part, "body") for part in parts if isinstance(part, dict))
    return _text(content, "org.matrix.msc1767.text") or _text(content, "body")


def _text(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""
