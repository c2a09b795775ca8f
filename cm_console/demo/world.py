"""The demo while it is being written: threads and posts as drafts, until they are poured into the platforms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from cm_console.demo.corpus import Corpus, load
from cm_console.demo.people import SITES, Account, People
from cm_console.demo.rhythm import Rhythm
from cm_console.model.records import Activity, Post, PostState, Report, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import MINUTE, Instant

_SLOT = re.compile(r"\{(ver|old|town|plant|small|regular|name)\}")


@dataclass(slots=True)
class Said:
    """A post being written."""

    id: str
    author: Account
    at: Instant
    text: str
    edited_at: Instant | None = None
    reply_to: str | None = None
    state: PostState = PostState.VISIBLE
    mentions_us: bool = False
    reactions: int = 0


@dataclass(slots=True)
class Draft:
    """A thread being written; `keep` bars the filling up with further remarks, `charm` draws reactions."""

    source: str
    id: str
    title: str
    author: Account
    at: Instant
    place: str
    kind: ThreadKind = ThreadKind.TOPIC
    posts: list[Said] = field(default_factory=list)
    solved_at: Instant | None = None
    solved_by: str | None = None
    closed: bool = False
    keep: bool = False
    charm: float = 1.0

    @property
    def waits(self) -> bool:
        """Does it need a reply of the team, by the rule of the inbox?"""
        if self.closed or self.solved_at is not None or self.author.staff or self.author.bot:
            return False
        seen = sorted((p for p in self.posts if p.state is PostState.VISIBLE and not p.author.bot), key=lambda p: p.at)
        by_team = [post.at for post in seen if post.author.staff]
        if self.kind is ThreadKind.DIRECT:
            return not by_team or seen[-1].at > by_team[-1]
        others = [post.at for post in seen if post.author.id != self.author.id]
        return not others or (bool(by_team) and seen[-1].author.id == self.author.id and seen[-1].at > by_team[0])

    def record(self) -> Thread:
        """As the platform shows it."""
        return Thread(
            self.id,
            Untrusted(self.title),
            self.author.id,
            self.at,
            self.kind,
            Untrusted(self.place),
            f"{SITES[self.source]}/t/{self.id}",
            self.closed,
            self.solved_at,
            self.solved_by,
        )

    def post_record(self, said: Said) -> Post:
        """One of its posts as the platform shows it."""
        return Post(
            said.id,
            self.id,
            said.author.id,
            said.at,
            Untrusted(said.text),
            said.edited_at,
            said.reply_to,
            said.state,
            mentions_us=said.mentions_us,
            reactions=said.reactions,
            url=f"{SITES[self.source]}/t/{self.id}#{said.id}",
        )


class World:
    """Everything written so far, and the means to write more."""

    def __init__(self, seed: int, now: Instant) -> None:
        self.now = now
        self.rng = Random(f"fernwerk {seed}")
        self.corpus: Corpus = load()
        self.rhythm = Rhythm(self.rng, now)
        self.people = People(self.corpus, self.rng, now)
        self.threads: list[Draft] = []
        self.reports: list[tuple[str, Report]] = []
        self.activity: list[tuple[str, Activity]] = []
        self.regulars = {
            s: [a.handle for a in sorted(m, key=lambda a: -a.weight)[:12]] for s, m in self.people.members.items()
        }
        self._decks: dict[str, list[str]] = {}

    def open(
        self, author: Account, at: Instant, place: str, title: str, text: str, kind: ThreadKind = ThreadKind.TOPIC
    ) -> Draft:
        """Start a thread with its first post; a chat message is its own title."""
        source = author.source
        draft = Draft(source, f"t{len(self.threads) + 1001}", "", author, at, place, kind)
        first = self.say(draft, author, at, text)
        draft.title = self.fill(title, source, at) if title else headline(first.text)
        self.threads.append(draft)
        return draft

    def say(self, draft: Draft, author: Account, at: Instant, text: str, reply_to: str | None = None) -> Said:
        """Add a post to a thread."""
        said = Said(
            f"{draft.id}-{len(draft.posts) + 1}", author, at, self.fill(text, draft.source, at), reply_to=reply_to
        )
        draft.posts.append(said)
        return said

    def fill(self, text: str, source: str, at: Instant) -> str:
        """Put versions, places, plants and names where a text leaves room for them."""
        if "{" not in text:
            return text
        version, before = self.rhythm.versions(at)

        def word(slot: re.Match[str]) -> str:
            match slot[1]:
                case "ver":
                    return version
                case "old":
                    return before
                case "regular":
                    return "@" + self.rng.choice(self.regulars[source])
                case "name":
                    return self.rng.choice(self.rng.choice(self.corpus.names)[0])
                case kind:
                    return self.rng.choice(self.corpus.slots[kind])

        return _SLOT.sub(word, text)

    def deal(self, pool: str) -> str:
        """The next text of a pool: all of them once, in random order, before any comes again."""
        if not self._decks.get(pool):
            self._decks[pool] = self.rng.sample(self.corpus.pools[pool], len(self.corpus.pools[pool]))
        return self._decks[pool].pop()

    def shuffle(self, seed: str) -> None:
        """Deal from fresh decks from now on."""
        self.rng.seed(seed)
        self._decks.clear()

    def posts(self) -> Iterator[tuple[Draft, Said]]:
        """All posts with their threads."""
        for draft in self.threads:
            for said in draft.posts:
                yield draft, said

    def answered(self, draft: Draft, at: Instant, median: float) -> Instant:
        """When the next answer to a thread comes: after minutes to days, but before now."""
        return self.rhythm.later(at, median, Instant(self.now - MINUTE))


def headline(text: str) -> str:
    """The beginning of a chat message as a title: its first line, cut between words."""
    line = text.split("\n", 1)[0]
    return line if len(line) <= 72 else line[:70].rsplit(" ", 1)[0] + " …"
