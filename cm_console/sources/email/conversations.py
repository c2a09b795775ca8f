"""Which thread a message belongs to, from what all known messages say they answer; their order is no matter.

A thread is named after the oldest message that the others name, seen or not. Where that one turns out to answer
something itself, they all belong to what it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cm_console.sources.email.heads import Head, Role
from cm_console.sources.email.nature import Nature
from cm_console.sources.mail.threads import SAME_SUBJECT_WITHIN, bare_subject

CLIMB_LIMIT = 60

Key = tuple[Role, int]


@dataclass(slots=True)
class Conversations:
    """The heads known so far, by place, by id and by thread."""

    ours: frozenset[str]
    complete: bool = False
    looked: set[str] = field(default_factory=set)
    _heads: dict[Key, Head] = field(default_factory=dict)
    _by_id: dict[str, Head] = field(default_factory=dict)
    _threads: dict[str, dict[Key, None]] = field(default_factory=dict)
    _subjects: dict[str, list[Key]] = field(default_factory=dict)

    def add(self, heads: Iterable[Head]) -> None:
        """Take in heads; one that is known already is renewed."""
        for head in sorted(heads, key=lambda head: (head.date, head.role, head.uid)):
            key = head.role, head.uid
            if not head.oldest:
                head = self._by_subject(head)
            if key not in self._heads:
                self._subjects.setdefault(bare_subject(head.subject)[0], []).append(key)
            self._heads[key] = head
            known = self._by_id.get(head.id)
            better = known is None or known.role is head.role or head.role is Role.INBOX
            if better and not (head.deleted and known is not None and not known.deleted and known.uid != head.uid):
                self._by_id[head.id] = head
            root = self.root(head)
            self._threads.setdefault(root, {})[key] = None
            if root != head.id and head.id in self._threads:
                self._threads[root] |= self._threads.pop(head.id)

    def forget(self, role: Role) -> None:
        """Forget what is in a folder: its numbers have lost their meaning."""
        heads = [head for head in self._heads.values() if head.role is not role]
        for known in (self._heads, self._by_id, self._threads, self._subjects, self.looked):
            known.clear()
        self.complete = False
        self.add(heads)

    def drop(self, key: Key) -> None:
        """Forget one message: it is not there any more."""
        head = self._heads.pop(key, None)
        if head is not None and self._by_id.get(head.id) is head:
            del self._by_id[head.id]

    def at(self, key: Key) -> Head | None:
        """The message at a place."""
        return self._heads.get(key)

    def by_id(self, id: str) -> Head | None:
        """A message by its id."""
        return self._by_id.get(id)

    def root(self, head: Head) -> str:
        """The thread a message belongs to."""
        root = head.oldest or head.id
        for _ in range(CLIMB_LIMIT):
            above = self._by_id.get(root)
            if above is None or not above.oldest or above.oldest == root:
                break
            root = above.oldest
        return root

    def thread(self, root: str) -> list[Head]:
        """The messages of a thread that are there, the oldest first."""
        found = (self._heads.get(key) for key in self._threads.get(root, ()))
        return sorted((head for head in found if head and not head.deleted), key=lambda head: (head.date, head.uid))

    def needs_subject(self, head: Head) -> bool:
        """Is it an answer that does not name what it answers?"""
        return not head.oldest and head.nature is Nature.PERSON and bare_subject(head.subject)[1]

    def _by_subject(self, head: Head) -> Head:
        if not self.needs_subject(head):
            return head
        subject, _ = bare_subject(head.subject)
        before = (other for other in self._same(subject) if other.date <= head.date and other.id != head.id)
        with_us = [
            other for other in before if head.date - other.date <= SAME_SUBJECT_WITHIN and self._meet(head, other)
        ]
        if not with_us:
            return head
        parent = max(with_us, key=lambda other: other.date)
        return replace(head, oldest=parent.id, parent=parent.id)

    def _same(self, subject: str) -> Iterator[Head]:
        found = (self._heads.get(key) for key in self._subjects.get(subject, ()))
        return (head for head in found if head is not None)

    def _meet(self, head: Head, other: Head) -> bool:
        """Did the same person write both, or we to them, or they to whom we wrote?"""
        if other.author.address == head.author.address:
            return True
        mine = other.author.address in self.ours or other.role is Role.SENT
        return mine and head.author.address in other.to
