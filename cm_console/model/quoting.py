"""Words of a member quoted in an answer, in the way of the platform it goes to."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from cm_console.model.time import moment

MAIL = frozenset({"email", "mailman", "mbox"})
"""Kinds of sources where a quote begins with who wrote it, and when."""


def quoted(body: str, author: str, at: int, kind: str, zone: ZoneInfo) -> str:
    """The quote with an empty line after it, ready for the answer. What the post quotes itself is left out."""
    lines = [line.rstrip() for line in body.strip().splitlines() if not line.startswith(">")]
    while lines and not lines[0]:
        lines.pop(0)
    quote = "\n".join(f"> {line}".rstrip() for line in lines)
    if kind in MAIL:
        when = moment(at, zone)
        quote = f"On {when:%a}, {when.day} {when:%b %Y}, {when:%H:%M}, {author} wrote:\n{quote}"
    return f"{quote}\n\n"
