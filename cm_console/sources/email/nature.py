"""What a mail is by its headers: from a person to us, through a list, from a machine, or a mail that came back.

RFC 3834 (automatic responses), 2919 (List-Id), 3464 (delivery status).
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from enum import StrEnum

from cm_console.sources.mail.addresses import is_daemon, is_machine
from cm_console.sources.mail.bodies import BOUNDARIES_LIMIT
from cm_console.sources.mail.headers import Fields, address_of, first, fit_id, ids_in

_FAILED = re.compile(rb"^Action:\s*failed\b", re.IGNORECASE | re.MULTILINE)
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponder")
_BULK = ("bulk", "junk", "auto_reply")


class Nature(StrEnum):
    """Who or what wrote a mail."""

    PERSON = "person"
    LIST = "list"
    MACHINE = "machine"
    BOUNCE = "bounce"


def nature_of(fields: Fields) -> Nature:
    """The nature of a mail; in doubt it is from a person: those must be answered."""
    sender = address_of(first(fields, "from") or first(fields, "sender")).address
    kind = first(fields, "content-type").lower()
    if (b"multipart/report" in kind and b"delivery-status" in kind) or (is_daemon(sender) and _is_empty(fields)):
        return Nature.BOUNCE
    automatic = first(fields, "auto-submitted").strip().lower()
    if (automatic and not automatic.startswith(b"no")) or any(name in fields for name in _AUTOMATIC):
        return Nature.MACHINE
    precedence = first(fields, "precedence").strip().lower().decode("latin-1")
    if precedence in _BULK or _is_empty(fields) or is_daemon(sender):
        return Nature.MACHINE
    if "list-id" in fields and (precedence == "list" or b"mailto:" in first(fields, "list-post").lower()):
        return Nature.LIST
    if "list-unsubscribe" in fields or is_machine(sender):
        return Nature.MACHINE
    return Nature.PERSON


def _is_empty(fields: Fields) -> bool:
    """An empty return path: whoever sent it wants no answer, not even an error."""
    return first(fields, "return-path").replace(b" ", b"") == b"<>"


def bounced(data: bytes) -> str:
    """The Message-ID of the mail that a bounce says did not arrive; empty if it says none, or only a delay."""
    if data.lower().count(b"boundary") > BOUNDARIES_LIMIT:
        return ""
    try:
        return _bounced(message_from_bytes(data))
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, MessageError):
        return ""  # the library has met what it cannot read


def _bounced(message: Message) -> str:
    report, original = b"", ""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"):
            original = original or _id_in(part)
        elif kind == "message/delivery-status":
            report += part.as_bytes()
        elif part.is_multipart():
            waiting += [child for child in part.get_payload() if isinstance(child, Message)]
    return original if _FAILED.search(report) else ""


def _id_in(part: Message) -> str:
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        found = str(inner[0].get("message-id", "")).encode("utf-8", "replace")
    else:
        text = part.get_payload(decode=True)
        raw = text if isinstance(text, bytes) else b""
        match = re.search(rb"^message-id:\s*(<[^>\r\n]{1,900}>)", raw, re.IGNORECASE | re.MULTILINE)
        found = match[1] if match else b""
    ids = ids_in(found)
    return fit_id(ids[0]) if ids else ""
