"""Which conversation a message belongs to, decided once, as messages come in their order (after Jamie Zawinski).

A message joins the conversation of the nearest ancestor that is known; an ancestor nobody has seen still holds its
children together, under the oldest id they name. What was decided stays: a message that comes later never moves others,
so that reading on after a restart decides the same as reading all at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cm_console.model.time import DAY, Instant
from cm_console.sources.mail.headers import Head

SAME_SUBJECT_WITHIN = 60 * DAY
"""An answer that names no ancestor joins the conversation of its subject if that was alive so recently."""

_PREFIX = re.compile(
    r"\s*(?:\[[^\[\]]{1,60}\]|(re|aw|sv|vs|antw|res|rif|odp|ynt|fwd?|wg|tr|rv|enc)(?:\[\d{1,3}\])?\s*:)\s*", re.I
)
_FORWARDS = frozenset({"fw", "fwd", "wg", "tr", "rv", "enc"})

Place = tuple[int, int]
"""Where a message stands: number of the file, offset in it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message belongs.

    Attributes:
        thread: the id of the conversation, which is that of its oldest message.
        parent: the message it answers, if that is known.
        opens: it is the first of its conversation that we have, or the oldest one itself: it names the conversation.
        repeat: a message of this id stands elsewhere already.
    """

    thread: str
    parent: str | None
    opens: bool
    repeat: bool


@dataclass(slots=True)
class Threads:
    """All conversations of one archive."""

    _roots: dict[str, str] = field(default_factory=dict)
    _here: dict[str, Place] = field(default_factory=dict)
    _first: dict[str, Place] = field(default_factory=dict)
    _subjects: dict[str, tuple[str, Instant]] = field(default_factory=dict)

    def place(self, head: Head, at: Place, date: Instant) -> Placed:
        """Where a message belongs; to ask again about the same message at the same place gives the same answer."""
        if self._here.setdefault(head.id, at) != at:
            return Placed(self._roots[head.id], None, False, True)
        root = self._roots.get(head.id) or self._root(head, date)
        self._roots[head.id] = root
        for parent in head.parents:
            self._roots.setdefault(parent, root)
        subject, _ = bare_subject(head.subject)
        if subject:
            self._subjects[subject] = (root, max(date, self._subjects.get(subject, (root, date))[1]))
        opens = self._first.setdefault(root, at) == at or head.id == root
        answered = head.parents[-1] if head.parents and head.parents[-1] in self._here else None
        return Placed(root, answered, opens, False)

    def _root(self, head: Head, date: Instant) -> str:
        for parent in reversed(head.parents):
            if parent in self._roots:
                return self._roots[parent]
        if head.parents:
            return head.parents[0]
        subject, answer = bare_subject(head.subject)
        if answer and subject in self._subjects:
            root, last = self._subjects[subject]
            if abs(date - last) <= SAME_SUBJECT_WITHIN:
                return root
        return head.id


def bare_subject(subject: str) -> tuple[str, bool]:
    """A subject without `Re:`, `[list]` and the like, to compare; and whether it is that of an answer."""
    rest, answer = subject[:500], False
    while found := _PREFIX.match(rest):
        answer = answer or bool(found[1] and found[1].lower() not in _FORWARDS)
        rest = rest[found.end() :]
    return " ".join(rest.split()).casefold(), answer


def title_of(subject: str) -> str:
    """A subject as the title of its conversation: without `Re:`, but with the list's `[tag]` and `Fwd:`."""
    rest, tags = subject[:500], ""
    while (found := _PREFIX.match(rest)) and (found[1] or "").lower() not in _FORWARDS:
        tags = tags or ("" if found[1] else f"{found[0].strip()} ")
        rest = rest[found.end() :]
    return f"{tags}{rest.strip()}".strip() or "(no subject)"
