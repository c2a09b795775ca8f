"""What can go wrong with a source, sorted by what to do about it.

    SourceError
    ├── Unreachable    no answer, or a broken one     wait and try again
    ├── Throttled      too many requests              wait until `until`
    ├── Unauthorized   the token or its rights        pause the source, ask the person; of an action whose
    │                                                 source is still known, only that action
    ├── Refused        understood and declined        show the platform's words
    ├── Conflict       changed since it was seen      ask, showing `current`
    ├── Gone           the target no longer exists    tombstone it here
    └── Malformed      an answer nobody can read      park the feed, report it

Each says whether a write `landed`: True, False, or None when nobody can know yet.
"""

from __future__ import annotations


class SourceError(Exception):
    """A source could not do what it was asked; `str(error)` is one plain line for a person.

    Attributes:
        landed: did the write happen? None means unknown: the outbox must look before it repeats.
        status: the platform's own code (an HTTP status), if there was one.
    """

    landed: bool | None = False

    def __init__(self, words: str, *, landed: bool | None = False, status: int | None = None) -> None:
        super().__init__(words)
        self.landed = landed
        self.status = status


class Unreachable(SourceError):
    """No answer, a cut answer or a server error. For a write: `landed=None` once the first byte was sent."""


class Throttled(SourceError):
    """The platform asks to wait until an instant (milliseconds since 1970 UTC)."""

    def __init__(self, words: str, *, until: int, landed: bool | None = False, status: int | None = None) -> None:
        super().__init__(words, landed=landed, status=status)
        self.until = until


class Unauthorized(SourceError):
    """The token is wrong, expired, or lacks `right`, the platform's own name for what to ask for."""

    def __init__(self, words: str, *, right: str = "", status: int | None = None) -> None:
        super().__init__(words, landed=False, status=status)
        self.right = right


class Refused(SourceError):
    """The platform understood and declined; the words are the platform's."""


class Conflict(SourceError):
    """The target is not as it was when the person decided; `current` says in one line how it is now.

    `settled` is True when a colleague already brought about what was wanted: nothing is left to do.
    """

    def __init__(self, words: str, *, current: str = "", settled: bool = False, status: int | None = None) -> None:
        super().__init__(words, landed=False, status=status)
        self.current = current
        self.settled = settled


class Gone(SourceError):
    """The target no longer exists on the platform."""


class Malformed(SourceError):
    """An answer or a file that cannot be read: the words name what and where (file and line, or URL and path)."""
