"""The parts of GitHub's GraphQL answers that the source reads; each struct goes with a document of documents.py."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct, field

from cm_console.sources.github.wire import Moment

T = TypeVar("T")
N = TypeVar("N")


class Fault(Struct):
    """One error of an answer; `type` is NOT_FOUND, FORBIDDEN, RATE_LIMITED and so on, or missing."""

    message: str = ""
    type: str | None = None


class Envelope(Struct, Generic[T]):
    """Every GraphQL answer: data, errors, or both."""

    data: T | None = None
    errors: list[Fault] | None = None


class PageInfo(Struct):
    """Where a list goes on."""

    hasNextPage: bool = False
    endCursor: str | None = None


class Connection(Struct, Generic[N]):
    """A part of a list; what we may not see is null in it."""

    nodes: list[N | None] | None = None
    pageInfo: PageInfo = field(default_factory=PageInfo)
    totalCount: int = 0

    @property
    def there(self) -> list[N]:
        """What is really there."""
        return [node for node in self.nodes or [] if node is not None]


class Actor(Struct):
    """Who did something; null for a deleted account. Only a person has a website and a name on X."""

    login: str = ""
    typename: str = field(default="User", name="__typename")
    databaseId: int | None = None
    url: str = ""
    websiteUrl: str | None = None
    twitterUsername: str | None = None


class Id(Struct):
    """Something named by its id only."""

    id: str


class Category(Struct):
    """A category of discussions; an answerable one takes a chosen answer."""

    id: str = ""
    name: str = ""
    slug: str = ""
    isAnswerable: bool = False


class Reply(Struct):
    """A reply within the thread of a comment."""

    id: str
    updatedAt: Moment
    createdAt: Moment | None = None
    lastEditedAt: Moment | None = None
    deletedAt: Moment | None = None
    isMinimized: bool = False
    upvoteCount: int = 0
    author: Actor | None = None
    authorAssociation: str = "NONE"
    body: str = ""
    bodyHTML: str = ""
    url: str = ""


class Comment(Reply):
    """A comment on a discussion with its replies."""

    replies: Connection[Reply] = field(default_factory=Connection)


class Discussion(Struct):
    """A discussion; in a list of heads without its words."""

    id: str
    number: int
    updatedAt: Moment
    createdAt: Moment | None = None
    lastEditedAt: Moment | None = None
    title: str = ""
    url: str = ""
    author: Actor | None = None
    authorAssociation: str = "NONE"
    closed: bool = False
    locked: bool = False
    category: Category = field(default_factory=Category)
    answerChosenAt: Moment | None = None
    answer: Id | None = None
    upvoteCount: int = 0
    body: str = ""
    bodyHTML: str = ""
    comments: Connection[Comment] = field(default_factory=Connection)


class Home(Struct):
    """The repository of a discussion, by its number."""

    databaseId: int | None = None


class Whereabouts(Struct):
    """The discussion a comment stands in."""

    id: str
    number: int
    repository: Home
    category: Category = field(default_factory=Category)
    answer: Id | None = None


class LoneComment(Reply):
    """A comment or reply asked for by its id."""

    replyTo: Id | None = None
    discussion: Whereabouts | None = None


class Discussions(Struct):
    """A repository with some of its discussions."""

    discussions: Connection[Discussion] = field(default_factory=Connection)


class OneDiscussion(Struct):
    """A repository with one discussion."""

    discussion: Discussion | None = None


class Categories(Struct):
    """A repository with its categories."""

    discussionCategories: Connection[Category] = field(default_factory=Connection)


class InRepository(Struct, Generic[T]):
    """What was asked of a repository."""

    repository: T | None = None


class Replies(Struct):
    """A comment with some of its replies."""

    replies: Connection[Reply] = field(default_factory=Connection)


class OneNode(Struct, Generic[T]):
    """What was asked for by its id."""

    node: T | None = None


class Beside(Struct):
    """Of a comment on an issue: whether it is minimised, and who wrote it."""

    databaseId: int | None = None
    isMinimized: bool = False
    author: Actor | None = None


class Nodes(Struct):
    """Several things asked for by their ids; null for what is gone."""

    nodes: list[Beside | None] = field(default_factory=list)


class Payload(Struct):
    """What any mutation we send gives back: a discussion, a comment, or neither of interest."""

    discussion: Discussion | None = None
    comment: Reply | None = None


class Done(Struct):
    """The answer to a mutation, under one name for all of them."""

    done: Payload | None = None
