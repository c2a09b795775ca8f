"""Who the demo's members are: accounts on three platforms, some of them the same person, a team of four, a bot."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from cm_console.demo.corpus import Corpus
from cm_console.demo.names import named
from cm_console.demo.rhythm import HISTORY_DAYS
from cm_console.model.records import Member
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, Instant

SITES = {
    "forum": "https://forum.fernwerk.example",
    "chat": "https://chat.fernwerk.example",
    "blog": "https://fernwerk.example/blog",
}
ME = "robin"
TEAM = {"robin": "Robin Ahlgren", "mira": "Mira Kessler", "joaoc": "João Carneiro", "tam": "Tam Whitlock"}
BOT = "sprout"
_FIRST = {"forum": 170, "chat": 70, "blog": 25}
_SECOND = 35
_ON_BLOG = ("robin", "mira")


@dataclass(frozen=True, slots=True)
class Account:
    """A member as the demo's author sees them: how much they write and when they lost interest."""

    member: Member
    source: str
    joined: Instant
    left: Instant
    weight: float
    staff: bool = False
    bot: bool = False

    @property
    def id(self) -> str:
        """The platform's member id."""
        return self.member.id

    @property
    def handle(self) -> str:
        """The name others address them by."""
        return str(self.member.handle)


class People:
    """All accounts, and the choice of who acts at a time."""

    def __init__(self, corpus: Corpus, rng: Random, now: Instant) -> None:
        self._rng = rng
        self._now = now
        names = iter(named(corpus, rng, sum(_FIRST.values())))
        self.team = {
            (source, handle): self._staff(source, handle)
            for source in SITES
            for handle in TEAM
            if source != "blog" or handle in _ON_BLOG
        }
        self.bots = {source: self._bot(source) for source in ("forum", "chat")}
        self.members: dict[str, list[Account]] = {source: [] for source in SITES}
        for source, count in _FIRST.items():
            for _ in range(count):
                handle, name = next(names)
                self._add(source, handle, name, self._joined())
        self._second_accounts()
        for accounts in self.members.values():
            accounts.sort(key=lambda account: (account.joined, account.id))
        self._joins = {source: [a.joined for a in accounts] for source, accounts in self.members.items()}
        self._weights = {
            source: list(accumulate(a.weight for a in accounts)) for source, accounts in self.members.items()
        }

    def everyone(self, source: str) -> list[Account]:
        """Team, bot and members of a source."""
        team = [account for (where, _), account in self.team.items() if where == source]
        return team + [bot for where, bot in self.bots.items() if where == source] + self.members[source]

    def pick(self, source: str, at: Instant, avoid: str = "") -> Account:
        """A member who was around at a time, the busy ones more often; never the one to avoid."""
        weights, known = self._weights[source], bisect_right(self._joins[source], at)
        total = weights[known - 1]
        for _ in range(12):
            account = self.members[source][bisect_left(weights, self._rng.random() * total)]
            if account.id != avoid and account.left > at:
                break
        if account.id == avoid:
            account = self.members[source][0 if self.members[source][0].id != avoid else 1]
        return account

    def unheard(self, source: str, at: Instant, heard: set[str]) -> Account:
        """A member who has not spoken yet in a thread, as far as there are enough of them."""
        for _ in range(6):
            account = self.pick(source, at)
            if account.id not in heard:
                return account
        return self.anyone(source, at, heard)

    def anyone(self, source: str, at: Instant, avoid: set[str] | frozenset[str] = frozenset()) -> Account:
        """Any member who had joined by then, the quiet ones as often as the busy."""
        known = self.members[source][: bisect_right(self._joins[source], at)]
        return self._rng.choice([account for account in known if account.id not in avoid])

    def asker(self, source: str, at: Instant) -> Account:
        """Who asks a question: often somebody who joined within the last days, else anyone."""
        new = self.members[source][
            bisect_right(self._joins[source], at - 9 * DAY) : bisect_right(self._joins[source], at)
        ]
        chance = self._rng.random()
        if new and chance < 0.4:
            return self._rng.choice(new)
        return self.anyone(source, at) if chance < 0.65 else self.pick(source, at)

    def staff(self, source: str) -> Account:
        """One of the team."""
        return self._rng.choice([account for (where, _), account in self.team.items() if where == source])

    def stranger(self, source: str, handle: str, name: str, joined: Instant) -> Account:
        """An account made for one purpose: nobody picks it at random."""
        account = self._account(source, handle, name, joined, 0.0, self._now)
        self.members[source].append(account)
        return account

    def _joined(self) -> Instant:
        days = (
            self._rng.uniform(0.1, HISTORY_DAYS) if self._rng.random() < 0.38 else self._rng.uniform(HISTORY_DAYS, 1150)
        )
        return Instant(self._now - int(days * DAY))

    def _add(self, source: str, handle: str, name: str, joined: Instant, factor: float = 1.0) -> None:
        weight = factor * (1 / (1 + 55 * self._rng.random()) ** 0.95 + 0.02)
        left = self._now
        if self._rng.random() < 0.3:
            left = Instant(joined + int((self._now - joined) * self._rng.uniform(0.3, 1)))
        self.members[source].append(self._account(source, handle, name, joined, weight, left))

    def _second_accounts(self) -> None:
        """Some people of the forum are elsewhere too: the same handle, or another handle and the same name."""
        named = [a for a in self.members["forum"] if a.member.name]
        for n, first in enumerate(self._rng.sample(named, _SECOND)):
            handle = first.handle if n % 3 < 2 else f"{str(first.member.name).split()[0].lower()}.{first.handle[:4]}"
            joined = Instant(min(self._now - DAY // 2, first.joined + int(self._rng.uniform(0, 90) * DAY)))
            self._add("chat" if n % 7 else "blog", handle, str(first.member.name), joined, 2.0)

    def _account(self, source: str, handle: str, name: str, joined: Instant, weight: float, left: Instant) -> Account:
        id = f"u{len(self.members[source]) + 100}"
        url = f"{SITES[source]}/u/{handle}" if handle.isascii() else ""
        return Account(Member(id, Untrusted(handle), Untrusted(name), joined, url=url), source, joined, left, weight)

    def _staff(self, source: str, handle: str) -> Account:
        joined = Instant(self._now - 1200 * DAY)
        member = Member(
            handle, Untrusted(handle), Untrusted(TEAM[handle]), joined, staff=True, url=f"{SITES[source]}/u/{handle}"
        )
        return Account(member, source, joined, self._now, 0.0, staff=True)

    def _bot(self, source: str) -> Account:
        joined = Instant(self._now - 900 * DAY)
        return Account(
            Member(BOT, Untrusted(BOT), Untrusted("Sprout (bot)"), joined, bot=True),
            source,
            joined,
            self._now,
            0.0,
            bot=True,
        )
