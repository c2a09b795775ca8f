"""Guidelines: the numbered clauses of a community's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cm_console.model.verb import Verb

DEFAULT_MESSAGE = "Hello {member}, we acted on your post “{title}” because of our guideline {guideline}."


@dataclass(frozen=True, slots=True)
class Guideline:
    """One numbered clause of the community's rules, and what follows from breaking it.

    Attributes:
        number: unique; the key that picks the clause while deciding.
        title, text: the clause in a few words, and in full.
        message: what the member is told; may hold {member}, {title} and {guideline}.
        strikes, expires_days: the weight a breach leaves, and for how many days.
        verb: what is done to the post or its author unless the moderator chooses otherwise.
    """

    number: int
    title: str
    text: str = ""
    message: str = DEFAULT_MESSAGE
    strikes: int = 1
    expires_days: int = 90
    verb: str = Verb.REMOVE.value

    def message_to(self, member: str, title: str) -> str:
        """The message with its places filled in; what a member wrote is never read as a place."""
        words = {"member": member, "title": title, "guideline": f"{self.number} ({self.title})"}
        return re.sub(r"\{(member|title|guideline)\}", lambda place: words[place[1]], self.message)
