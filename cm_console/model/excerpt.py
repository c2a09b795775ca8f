"""What is shown of a thread: a short one whole, of a long one its two ends and what was read on to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cm_console.model.thread import PostRow


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Posts in the order of time; `folds` holds how many are left out behind a post, by its id."""

    posts: tuple[PostRow, ...] = ()
    folds: Mapping[int, int] = field(default_factory=dict)

    @property
    def runs(self) -> Iterator[tuple[PostRow, ...]]:
        """The posts between two folds, which follow each other without a gap."""
        begin = 0
        for end, post in enumerate(self.posts, 1):
            if post.id in self.folds or end == len(self.posts):
                yield self.posts[begin:end]
                begin = end

    def behind(self, fold: int) -> PostRow:
        """The first post that is shown behind a fold."""
        return self.posts[next(n for n, post in enumerate(self.posts, 1) if post.id == fold)]
