"""Our ids for GitHub's things: repository, issue or discussion, comment. A repository may be renamed, its number stays.

1296269/i12          issue (or pull request) 12, and the post that opens it
1296269/i12/5550     a comment there, by its number
1296269/d7           discussion 7, and the post that opens it
1296269/d7/DC_kwDOA  a comment or reply there, by its GraphQL id: GitHub finds it by no other
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cm_console.model.errors import Gone
from cm_console.model.text import clean_line

ISSUE, DISCUSSION = "i", "d"
_FORM = re.compile(r"([0-9]{1,18})/([id])([0-9]{1,18})(?:/([A-Za-z0-9_=+-]{1,200}))?")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands; `comment` is empty for the thread and for the post that opens it."""

    repo: int
    kind: str
    number: int
    comment: str = ""

    def __str__(self) -> str:
        return f"{self.thread}/{self.comment}" if self.comment else self.thread

    @property
    def thread(self) -> str:
        """The id of the thread."""
        return f"{self.repo}/{self.kind}{self.number}"

    @property
    def discussion(self) -> bool:
        """In a discussion, not in an issue."""
        return self.kind == DISCUSSION

    def at(self, comment: str | int) -> Spot:
        """A comment of this thread."""
        return replace(self, comment=str(comment))


def spot_of(id: str) -> Spot:
    """The spot of an id of ours.

    Raises:
        Gone: it is none; nothing on GitHub can be meant.
    """
    found = _FORM.fullmatch(id)
    if found is None or (found[2] == ISSUE and found[4] and not found[4].isdigit()):
        raise Gone(f"{clean_line(id, 40)} is not on GitHub")
    return Spot(int(found[1]), found[2], int(found[3]), found[4] or "")
