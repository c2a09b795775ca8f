"""The body of a message as readable text: plain text before HTML, every charset, attachments named and never opened.

The standard library takes the parts asunder. Its effort grows with lines times nesting, so a message that names more
boundaries than any real one is read as one flat text instead.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from typing import TYPE_CHECKING, Any

from cm_console.sources.charsets import decode
from cm_console.sources.mail.headers import split, words
from cm_console.sources.mail.quoting import flowed, folded
from cm_console.sources.markup import html_to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUNDARIES_LIMIT = 60
PARTS_LIMIT = 200
TEXT_LIMIT = 400_000
"""Most characters of a message's text."""

_META = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")


def text_of(data: bytes, *, fold: bool = True) -> str:
    """What a person reads of a message: its text, long quotes folded, then its attachments, one line each.

    `fold=False` keeps every quoted line. Never raises; still untrusted.
    """
    if data.lower().count(b"boundary") > BOUNDARIES_LIMIT:
        return decode(split(data)[1])[:TEXT_LIMIT].strip()
    texts: list[str] = []
    attached: list[str] = []
    try:
        for part in _shown(message_from_bytes(data)):
            _read(part, texts, attached)
            if len(texts) + len(attached) > PARTS_LIMIT:
                attached.append("[more parts are not shown]")
                break
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, MessageError):
        texts = [decode(split(data)[1])]  # the library has met what it cannot read: the words are still there
    text = "\n\n".join(filter(None, (text.strip("\n") for text in texts)))[:TEXT_LIMIT].strip()
    return "\n\n".join(filter(None, (folded(text) if fold else text, "\n".join(attached))))


def _shown(message: Message) -> Iterator[Message]:
    """The parts a person sees, in their order: of alternatives the plain one, else the HTML, else whatever there is."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        children = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if not isinstance(children, list):
            yield part
        elif part.get_content_subtype() == "alternative":
            waiting += [best] if (best := _best(children)) else []
        else:
            waiting += reversed(_messages(children))


def _messages(children: list[Any]) -> list[Message]:
    return [child for child in children if isinstance(child, Message)]


def _best(children: list[Any]) -> Message | None:
    kinds = {child.get_content_type(): child for child in reversed(_messages(children))}
    rich = (child for kind, child in kinds.items() if kind.startswith("multipart/"))
    return kinds.get("text/plain") or kinds.get("text/html") or next(rich, None) or next(iter(kinds.values()), None)


def _read(part: Message, texts: list[str], attached: list[str]) -> None:
    name = part.get_filename()
    kind = part.get_content_type()
    if not part.is_multipart() and kind.startswith("multipart/"):
        kind = "text/plain"  # it promises parts and has none
    if part.get_content_disposition() == "attachment" or name or kind not in ("text/plain", "text/html"):
        if kind != "application/pgp-signature":
            attached.append(_named(part, name or "", kind))
        return
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    if kind == "text/html":
        meta = _META.search(raw[:2_000])
        texts.append(html_to_text(decode(raw, charset, meta[1].decode("ascii") if meta else "")))
        return
    text = decode(raw, charset).replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = flowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    texts.append(text)


def _named(part: Message, name: str, kind: str) -> str:
    if kind == "message/rfc822":
        inner = part.get_payload()
        subject = _messages(inner)[0].get("subject", "") if isinstance(inner, list) and _messages(inner) else ""
        return f"[attached message: {_line(str(subject)) or 'no subject'}]"
    payload = part.get_payload()
    size = len(payload) if isinstance(payload, str) else 0
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        size = size * 3 // 4
    shown = kind if _TYPE.fullmatch(kind) else "a file"
    return f"[attached: {_line(name) or 'no name'}, {shown}, {max(1, round(size / 1000)):,} kB]"


def _line(text: str) -> str:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeError:
        raw = text.encode("utf-8", "replace")
    return words(raw)[:200]
