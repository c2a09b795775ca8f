"""The directory: persons by segment and level, why each is where they are, and what is decided on several at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from cm_console.model.directory import ALL, DUE, TEAM, Narrow, PersonRow, Sort
from cm_console.model.segments import DEFAULT, PeopleRules, said_of
from cm_console.model.tags import tag_words
from cm_console.model.text import clean, clean_line
from cm_console.model.time import Instant
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.persons import GONE, TOPICS
from cm_console.store import directory, person_reading, persons
from cm_console.store.rollups import day_number
from cm_console.store.standings import Standings

T = TypeVar("T")
TITLES = {ALL: "All", DUE: "Due", TEAM: "Team"}
PAGE = 500
"""Persons read at once where all are asked for."""
AT_ONCE = 20
"""Steps of looking again between which others may write."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of persons one can ask for: a segment, or all, due, team."""

    name: str
    title: str
    rule: str
    help: str
    count: int


class DirectoryService:
    """Everything the members screen and `cm-console members list` may ask and command; persons go by `PersonRow.id`."""

    def __init__(self, desk: Desk, zone: ZoneInfo, rules: PeopleRules | None = None) -> None:
        self._desk, self.zone, self.rules = desk, zone, rules or DEFAULT
        self._store = desk.store

    @property
    def today(self) -> int:
        """The number of today's day."""
        return day_number(self.zone)(self._desk.clock.now())

    @property
    def names(self) -> tuple[str, ...]:
        """The lists there are, in their order."""
        return (ALL, *(each.name for each in self.rules.segments), DUE, TEAM)

    def title(self, name: str) -> str:
        """A list in a word."""
        return TITLES[name] if name in TITLES else self.rules.segments[self.rules.names[name]].title

    async def check(self, narrow: Narrow) -> None:
        """Refuse to narrow a list to what there is not.

        Raises:
            Impossible: no such level, tag or source; the words say which there are.
        """
        tags, sources = await self._store.read(directory.known)
        levels = [*(each.name.lower() for each in self.rules.levels), "none"]
        asked = ("level", narrow.level, levels), ("tag", narrow.tag, tags), ("source", narrow.source, sources)
        for what, word, known in asked:
            if word and word not in (each.lower() for each in known):
                told = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
                raise Impossible(f"there is no {what} {clean_line(word, 40)!r}; known: {told or 'none yet'}")

    async def page(
        self,
        view: str = ALL,
        sort: Sort = Sort.SEEN,
        narrow: Narrow | None = None,
        *,
        key: directory.Key | None = None,
        forward: bool = True,
        limit: int = 50,
    ) -> list[PersonRow]:
        """Persons of a list after a key, or before it and nearest first.

        Raises:
            Impossible: there is no such list.
        """
        self._known(view)
        asked, today = narrow or Narrow(), self.today
        return await self._store.read(
            lambda conn: directory.page(
                conn, self.rules, view, sort, asked, today, key=key, forward=forward, limit=limit
            )
        )

    async def every(
        self, view: str = ALL, sort: Sort = Sort.SEEN, narrow: Narrow | None = None
    ) -> AsyncIterator[PersonRow]:
        """All persons of a list, page by page."""
        key, more = None, True
        while more:
            rows = await self.page(view, sort, narrow, key=key, limit=PAGE)
            for row in rows:
                yield row
            more = len(rows) == PAGE
            key = rows[-1].key if rows else None

    async def count(self, view: str = ALL, narrow: Narrow | None = None) -> int:
        """How many persons are in a list."""
        self._known(view)
        return await self._store.read(lambda conn: directory.count(conn, self.rules, view, narrow or Narrow()))

    async def row(self, person: int, view: str = ALL, sort: Sort = Sort.SEEN) -> PersonRow | None:
        """One person, if they are in a list."""
        return await self._store.read(lambda conn: directory.find(conn, self.rules, view, sort, person, self.today))

    async def lists(self) -> list[Listed]:
        """All lists with their rules and how many persons are in each."""
        counted = await self._store.read(lambda conn: directory.counts(conn, self.rules))
        rules = {each.name: (each.rule, each.help) for each in self.rules.segments}
        rules |= {ALL: ("", "Everybody who is neither team nor bot."), TEAM: ("", "Who runs the community; apart.")}
        rules[DUE] = ("", "Somebody wanted to come back to them.")
        return [Listed(name, self.title(name), *rules[name], counted[name]) for name in self.names]

    async def levels(self) -> list[tuple[str, str, int]]:
        """The levels with their rules and how many members have each; those below the first too."""
        counted = await self._store.read(directory.levels)
        named = [(each.name, each.rule, counted.get(n, 0)) for n, each in enumerate(self.rules.levels, 1)]
        return [*named, ("none", "", counted.get(0, 0))]

    def why(self, row: PersonRow, name: str) -> str:
        """Why a person is in a list, in words."""
        if name in self.rules.names:
            return self.rules.segments[self.rules.names[name]].why(row.facts)
        if name == DUE:
            return clean_line(row.due, 200)
        return said_of("quiet_days", row.facts) or "never seen"

    def reason(self, row: PersonRow, view: str, narrow: Narrow) -> str:
        """Why a person stands in a list as it is narrowed: for their level, else as the list says."""
        return self.why_level(row) if narrow.level and view not in (*self.rules.names, DUE) else self.why(row, view)

    def why_level(self, row: PersonRow) -> str:
        """Why a person has their level, in words."""
        number = next((n for n, each in enumerate(self.rules.levels) if each.name == row.level), None)
        if number is None:
            return ""
        fields = dict.fromkeys(one.field for one in self.rules.levels[number].where)
        return ", ".join(filter(None, (said_of(field, row.facts) for field in fields)))

    async def thread_to_answer(self, person: int) -> int | None:
        """The thread in which to write to a person; None if there is none."""
        return await self._store.read(lambda conn: directory.thread_to_answer(conn, person))

    # Keeping

    async def look_again(self) -> None:
        """Bring every standing up to date now, for whoever cannot wait until there is time."""
        kept = self._kept()
        while await self._store.write(lambda conn: all(kept.tidy(conn) for _ in range(AT_ONCE))):
            pass

    def _kept(self) -> Standings:
        return Standings(self.rules, self.zone, self._desk.clock.now())

    async def untidy(self) -> bool:
        """Whether some standings are not up to date."""
        return await self._store.read(self._kept().untidy)

    # Deciding on several at once

    async def note_each(self, people: Sequence[int], text: str) -> None:
        """Leave the same private note on persons; one undo takes all back."""
        words = _said(text, "an empty note says nothing")

        def row(decision: Decision, person: int) -> None:
            values = {"item": f"member:{person}", "author": self._desk.me, "body": words, "at": decision.now}
            decision.operation.change("note", {"id": self._desk.new_id()}, values)

        await self._each("note", people, row)

    async def tag_each(self, people: Sequence[int], changes: Sequence[tuple[str, bool]]) -> None:
        """Put tags on persons, or take them off (True); one undo takes all back."""
        words = [(word, off) for tag, off in changes for word in tag_words(tag)]

        def change(decision: Decision, person: int) -> None:
            ids = persons.accounts(decision.conn, person)
            for word, off in words:
                on = person_reading.tagged(decision.conn, ids, word)
                for id in on if off else []:
                    decision.operation.change("member_tag", {"member_id": id, "tag": word}, None)
                if word and not off and not on:
                    values = {"at": decision.now, "actor": self._desk.me}
                    decision.operation.change("member_tag", {"member_id": person, "tag": word}, values)

        await self._each("tag", people, change)

    async def follow_up_each(self, people: Sequence[int], due_at: Instant, text: str) -> None:
        """Come back to persons at a time; one undo takes all back."""
        words = _said(text, "a follow-up needs a word what it is about")

        def row(decision: Decision, person: int) -> None:
            values = {"due_at": due_at, "body": words, "author": self._desk.me, "at": decision.now}
            decision.operation.change("follow_up", {"id": self._desk.new_id()}, {"member_id": person, **values})

        await self._each("follow-up", people, row)

    async def follow_up_done_each(self, people: Sequence[int]) -> int:
        """What was due with persons is done: of each the open follow-up that was due first. Returns how many."""

        def change(decision: Decision, person: int) -> bool:
            ids = persons.accounts(decision.conn, person)
            waiting = [each for each in person_reading.follow_ups(decision.conn, ids) if each.done_at is None]
            if waiting:
                decision.operation.change("follow_up", {"id": waiting[0].id}, {"done_at": decision.now})
            return bool(waiting)

        return sum(await self._each("follow-up done", people, change))

    async def _each(self, op: str, people: Sequence[int], change: Callable[[Decision, int], T]) -> list[T]:
        def on(person: int) -> Callable[[Decision], T]:
            def decide(decision: Decision) -> T:
                if persons.gone(decision.conn, persons.accounts(decision.conn, person)):
                    raise Impossible(GONE)
                return change(decision, person)

            return decide

        return await self._desk.decide_each(op, [(f"member:{person}", on(person)) for person in people], TOPICS)

    def _known(self, view: str) -> None:
        if view not in self.names:
            raise Impossible(f"there is no list {clean_line(view, 40)!r}; known: {', '.join(self.names)}")


def _said(text: str, empty: str) -> str:
    words = clean(text.strip())
    if not words:
        raise Impossible(empty)
    return words
