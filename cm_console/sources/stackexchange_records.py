"""Rows of a Stack Exchange dump as records of the model.

A question is a thread (its first tag the place) and its first post; answers and comments are the posts after it, a
comment's id with a "c" before it because both count from 1. Bodies are HTML; titles and comments are plain text (they
say things like "the <div> tag"), though both may hold Markdown. Reactions are the votes 2 and 3, the very rows that
the activity feed delivers, rather than Score, which is their difference and often negative. Votes 4, 12 and 15 are
reports. Nobody is staff and there are no links: a dump does not tell who moderates, nor the address of its site.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter

from cm_console.model.records import Activity, Kind, Member, Post, Record, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant, parse_iso
from cm_console.sources.markup import html_to_text
from cm_console.sources.row_files import Row

QUESTION, ANSWER = "1", "2"
ACCEPTED, REACTIONS = "1", ("2", "3")
REPORTS = {"4": "offensive", "12": "spam", "15": "moderator review"}
OTHER_POSTS = {
    "3": "orphaned tag wikis",
    "4": "tag wiki excerpts",
    "5": "tag wikis",
    "6": "moderator nominations",
    "7": "wiki placeholders",
    "8": "privilege wikis",
}
BOT = "-1"

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TAG = re.compile(r"[^<>|]+")


class BadRow(Exception):
    """A row that gives no record; the words say why and become a note beside file and line."""


def number(row: Row, name: str) -> int:
    """A whole number that must be there.

    Raises:
        BadRow: the row is something else, or the field is missing or no number.
    """
    if row.tag != "row":
        raise BadRow(f"<{row.tag}> is no row")
    value = row.fields.get(name)
    if value is None:
        raise BadRow(f"no {name}")
    if not _NUMBER.fullmatch(value):
        raise BadRow(f"{name} is no number")
    return int(value)


def _id(row: Row, name: str) -> str:
    return str(number(row, name))


def _who(row: Row, name: str) -> str | None:
    """A member id; None where the account was deleted."""
    return _id(row, name) if name in row.fields else None


def _when(row: Row, name: str = "CreationDate") -> Instant:
    value = row.fields.get(name)
    if value is None:
        raise BadRow(f"no {name}")
    try:
        return parse_iso(value)
    except (ValueError, OverflowError) as error:
        raise BadRow(f"{name} is no time") from error


def member(row: Row) -> tuple[Record, ...]:
    """A row of Users.xml."""
    id = _id(row, "Id")
    handle = row.fields.get("DisplayName") or f"user{id}"
    return (Member(id, Untrusted(handle), joined_at=_when(row), bot=id == BOT),)


def reaction(row: Row) -> tuple[Record, ...]:
    """A row of Votes.xml as Activity: an up- or downvote, whose voter a dump never names."""
    if row.fields.get("VoteTypeId") not in REACTIONS and _is_vote(row):
        return ()
    return (Activity(_id(row, "Id"), "reaction", _when(row), post=_id(row, "PostId")),)


def report(row: Row) -> tuple[Record, ...]:
    """A row of Votes.xml as Report. A dump tells neither who raised it nor how it ended."""
    kind = REPORTS.get(row.fields.get("VoteTypeId", ""))
    if kind is None and _is_vote(row):
        return ()
    return (Report(_id(row, "Id"), Ref(Kind.POST, _id(row, "PostId")), _who(row, "UserId"), kind or "", _when(row)),)


def _is_vote(row: Row) -> bool:
    return number(row, "VoteTypeId") > 0


class Links:
    """Which thread every post belongs to, when it was accepted, how many reactions it got: 40 bytes a post.

    A dump spreads this over three files, and a row may stand before the row it hangs on; so it is gathered first.
    `new` are the posts, and `voted` the posts with votes, that came since the last pull; a post, answer or comment
    that was read then is delivered again when what it depends on is among them. Neither is kept in a first pull.
    """

    def __init__(self, *, first: bool) -> None:
        self._first = first
        self._ids, self._threads, self._created = array("q"), array("q"), array("q")
        self._accepted, self._reactions = array("q"), array("q")
        self.new: set[int] = set()
        self.voted: set[int] = set()
        self.skipped: Counter[str] = Counter()

    def add_post(self, row: Row, *, new: bool) -> None:
        """Take a row of Posts.xml; one that makes no sense is left out, for it will be named when its turn comes."""
        kind = row.fields.get("PostTypeId", "")
        if kind not in (QUESTION, ANSWER):
            self.skipped[kind] += new
            return
        try:
            id, created = number(row, "Id"), _when(row)
            thread = id if kind == QUESTION else number(row, "ParentId")
        except BadRow:
            return
        for column, value in ((self._ids, id), (self._threads, thread), (self._created, created)):
            column.append(value)
        if new and not self._first:
            self.new.add(id)

    def seal(self) -> None:
        """No more posts: make them findable. Dumps are sorted by id; any other order costs a sort."""
        ids = self._ids
        if any(ids[at] < ids[at - 1] for at in range(1, len(ids))):
            order = sorted(range(len(ids)), key=ids.__getitem__)
            self._ids, self._threads, self._created = (
                array("q", (column[at] for at in order)) for column in (ids, self._threads, self._created)
            )
        self._accepted, self._reactions = (array("q", bytes(8 * len(ids))) for _ in range(2))

    def add_vote(self, row: Row, *, new: bool) -> None:
        """Take a row of Votes.xml, after `seal`."""
        kind = row.fields.get("VoteTypeId", "")
        if kind != ACCEPTED and kind not in REACTIONS:
            return
        try:
            post, at = number(row, "PostId"), _when(row)
        except BadRow:
            return
        if (place := self._find(post)) is None:
            return
        if kind == ACCEPTED:
            self._accepted[place] = at
        else:
            self._reactions[place] += 1
        if new and not self._first:
            self.voted.add(post)

    def thread_of(self, post: int) -> int | None:
        """The thread a post belongs to; None if the post or its question is not in the dump."""
        place = self._find(post)
        if place is None:
            return None
        thread = self._threads[place]
        top = self._find(thread)
        return thread if top is not None and self._threads[top] == thread else None

    def reactions(self, post: int) -> int:
        """How many up- and downvotes a post has: as many as there are Activity records for it."""
        place = self._find(post)
        return 0 if place is None else self._reactions[place]

    def accepted_at(self, answer: int) -> Instant | None:
        """When an answer was accepted; without a vote that says so, when it was written."""
        place = self._find(answer)
        return None if place is None else Instant(self._accepted[place] or self._created[place])

    def _is_news(self, post: int) -> bool:
        return post in self.new or post in self.voted

    def _find(self, post: int) -> int | None:
        place = bisect_left(self._ids, post)
        return place if place < len(self._ids) and self._ids[place] == post else None

    def question(self, row: Row, *, known: bool = False) -> tuple[Record, ...]:
        """A question as its thread and its first post; `known`: it was delivered before, only news count."""
        if row.fields.get("PostTypeId") != QUESTION:
            return _other_post(row)
        id, accepted = number(row, "Id"), _who(row, "AcceptedAnswerId")
        if known and id not in self.voted and not (accepted and self._is_news(int(accepted))):
            return ()
        fields, author, created = row.fields, _who(row, "OwnerUserId"), _when(row)
        solved_at = (self.accepted_at(int(accepted)) or _last_active(row)) if accepted else None
        thread = Thread(
            str(id),
            Untrusted(fields.get("Title", "")),
            author,
            created,
            place=Untrusted(next(iter(_TAG.findall(fields.get("Tags", ""))), "")),
            closed="ClosedDate" in fields,
            solved_at=solved_at,
            solved_by=accepted,
            version=fields.get("LastActivityDate") or fields["CreationDate"],
        )
        return (thread, self._post(row, id, str(id), author, created))

    def answer(self, row: Row, *, known: bool = False) -> tuple[Record, ...]:
        """An answer as a post of its question's thread."""
        if row.fields.get("PostTypeId") != ANSWER:
            return ()
        id, parent = number(row, "Id"), number(row, "ParentId")
        if known and id not in self.voted and parent not in self.new:
            return ()
        if self.thread_of(parent) != parent:
            raise BadRow(f"its question {parent} is not in Posts.xml")
        return (self._post(row, id, str(parent), _who(row, "OwnerUserId"), _when(row)),)

    def comment(self, row: Row, *, known: bool = False) -> tuple[Record, ...]:
        """A row of Comments.xml as a post; its text is plain, and only upvotes exist: Score counts them."""
        on = number(row, "PostId")
        thread = self.thread_of(on)
        if known and on not in self.new and thread not in self.new:
            return ()
        if thread is None:
            raise BadRow(f"post {on} is no question or answer in Posts.xml")
        post = Post(
            f"c{number(row, 'Id')}",
            str(thread),
            _who(row, "UserId"),
            _when(row),
            Untrusted(row.fields.get("Text", "")),
            reply_to=str(on),
            comment=True,
            reactions=number(row, "Score") if "Score" in row.fields else 0,
            version=row.fields["CreationDate"],
        )
        return (post,)

    def _post(self, row: Row, id: int, thread: str, author: str | None, created: Instant) -> Post:
        edited = _when(row, "LastEditDate") if "LastEditDate" in row.fields else None
        return Post(
            str(id),
            thread,
            author,
            created,
            html_to_text(row.fields.get("Body", "")),
            edited_at=edited,
            reactions=self.reactions(id),
            version=row.fields.get("LastEditDate") or row.fields["CreationDate"],
        )

    def skipped_words(self) -> str:
        """What was left out because it is neither question nor answer, in one line; empty if nothing was."""
        kinds = sorted((kind, count) for kind, count in self.skipped.items() if count)
        counts = (f"{OTHER_POSTS.get(kind, 'posts of another type')} {count:,}" for kind, count in kinds)
        return f"skipped: {', '.join(counts)}" if kinds else ""


def _other_post(row: Row) -> tuple[Record, ...]:
    number(row, "PostTypeId")
    return ()


def _last_active(row: Row) -> Instant:
    return _when(row, "LastActivityDate" if "LastActivityDate" in row.fields else "CreationDate")
