"""What is told of forgetting people and of texts that were kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a person was forgotten: the journal line, how much of what, and a hash by which it can be proved whom.

    `swept`: whether the log beside the database is empty too, or another console kept it open.
    """

    journal_id: str
    counts: Mapping[str, int]
    hash: str
    swept: bool

    @property
    def words(self) -> str:
        """For the person who asked for it."""
        what = ", ".join(f"{n} {name}" for name, n in sorted(self.counts.items()))
        rest = "" if self.swept else " Close the other consoles on this community: they still keep old pages open."
        return f"Forgotten: {what}. Receipt {self.hash[:12]}. Backups made before still hold it: delete them.{rest}"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the texts of a source are kept, and how many of its posts are older and still have one."""

    source: str
    keep_days: int
    due: int
