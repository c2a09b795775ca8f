"""Persons into a file and back: what a team keeps moves between consoles, spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cm_console.model.directory import ALL, Narrow, PersonRow, Sort
from cm_console.model.people_file import Given, Misread, Row, as_csv, as_json, read
from cm_console.model.person import LinkState
from cm_console.model.plural import counted
from cm_console.model.text import clean_line
from cm_console.model.time import day_of, midnight
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.services.directory import PAGE, DirectoryService
from cm_console.services.persons import GONE, TOPICS, makes_team
from cm_console.services.private_file import is_json_file, write_private
from cm_console.store import people_export, persons
from cm_console.store.people_export import Kept
from cm_console.store.rollups import date_of
from cm_console.store.sqlite import Connection

NUMBERS = (
    "posts", "posts_30", "posts_90", "posts_365", "answers_90", "answers_365", "thanks_90", "thanks_365", "came_365",
)  # fmt: skip
LARGEST = 100_000_000
"""Bytes of a file that is read."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows read, what came new, and what could not be used, each with its place."""

    rows: int
    tags: int
    notes: int
    follow_ups: int
    links: int
    wrong: tuple[str, ...]

    @property
    def new(self) -> int:
        """How much came new."""
        return self.tags + self.notes + self.follow_ups + self.links

    @property
    def words(self) -> str:
        """In one line."""
        new = (("tag", self.tags), ("note", self.notes), ("follow-up", self.follow_ups), ("link", self.links))
        return f"{counted(self.rows, 'row')}: new are {', '.join(counted(n, word) for word, n in new)}"


class _OnlyLooked(Exception):
    """Ends a transaction nothing of which is to be kept."""


class PeopleFiles:
    """Export and import of `cm-console members` and the members screen."""

    def __init__(self, desk: Desk, directory: DirectoryService) -> None:
        self._desk, self._directory = desk, directory
        self._store = desk.store

    async def rows(self, view: str = ALL, sort: Sort = Sort.NAME, narrow: Narrow | None = None) -> list[Row]:
        """The persons of a list as a file has them."""
        found, some = list[Row](), list[PersonRow]()
        async for person in self._directory.every(view, sort, narrow):
            some.append(person)
            if len(some) == PAGE:
                found += await self._whole(some)
                some = []
        return found + await self._whole(some)

    def place(self, name: str) -> tuple[Path, bool]:
        """The file a person names, ~ being their home; and whether it is there already."""
        path = Path(name).expanduser()
        return path, path.exists()

    async def export(
        self,
        path: Path,
        view: str = ALL,
        sort: Sort = Sort.NAME,
        narrow: Narrow | None = None,
        *,
        over: bool = False,
    ) -> int:
        """Write a list of persons to a .csv or .json file that only its owner may read; returns how many.

        Raises:
            Impossible: the name ends otherwise, or the file is there and not `over`, or it cannot be written.
        """
        import asyncio

        is_json = is_json_file(path)
        rows = await self.rows(view, sort, narrow)
        await asyncio.to_thread(write_private, path, as_json(rows) if is_json else as_csv(rows), over=over)
        return len(rows)

    async def look(self, path: Path) -> Imported:
        """What `load` would do; nothing of it is kept."""
        return await self.load(path, only_look=True)

    async def load(self, path: Path, *, only_look: bool = False, sure: bool = False) -> Imported:
        """Take tags, notes, follow-ups and links from a .csv or .json file; what is there already is left as it is.

        All of it is one decision: one undo takes it back. Rows that cannot be used are named, the others are; one that
        makes a member one person with the team is used only if somebody is `sure` of it.

        Raises:
            Impossible: nothing of the file can be read.
        """
        import asyncio

        is_json = is_json_file(path)
        text = await asyncio.to_thread(_read, path)
        try:
            rows = list(read(text, is_json=is_json))
        except Misread as wrong:
            raise Impossible(f"{path.name} {wrong}") from None
        return await self._take(rows, path.name, "object" if is_json else "line", only_look=only_look, sure=sure)

    async def _whole(self, some: list[PersonRow]) -> list[Row]:
        held = await self._store.read(lambda conn: people_export.kept(conn, [person.id for person in some]))
        return [self._file_row(person, held[person.id]) for person in some]

    def _file_row(self, person: PersonRow, kept: Kept) -> Row:
        zone, today = self._directory.zone, self._directory.today
        days = (person.facts["here_days"], person.facts["quiet_days"])
        joined, seen = (date_of(today - day).isoformat() if isinstance(day, int) else None for day in days)
        due = [{"on": day_of(at, zone).isoformat(), "about": body} for at, body in kept.follow_ups]
        return {
            "who": kept.accounts[0] if kept.accounts else "",
            "id": person.id,
            "name": str(person.name),
            "accounts": kept.accounts,
            "level": person.level,
            "segments": list(person.segments),
            **{name: person.count(name) for name in NUMBERS},
            "joined": joined,
            "last_active": seen,
            "tags": list(person.tags),
            "notes": kept.notes,
            "follow_ups": due,
        }

    async def _take(
        self, rows: Sequence[Given | Misread], file: str, unit: str, *, only_look: bool, sure: bool
    ) -> Imported:
        wrong = [each for each in rows if isinstance(each, Misread)]
        given = [each for each in rows if isinstance(each, Given)]
        done = {"tags": 0, "notes": 0, "follow_ups": 0, "links": 0}

        def change(decision: Decision) -> None:
            for each in given:
                try:
                    _apply(decision, each, self._directory, done, sure=sure)
                except Misread as error:
                    wrong.append(error)
            if only_look:
                raise _OnlyLooked

        if given:
            with suppress(_OnlyLooked):
                await self._desk.decide("import", f"file:{clean_line(file, 80)}", change, TOPICS)
        told = [f"{file} {each}".replace(" line ", f" {unit} ", 1) for each in sorted(wrong, key=lambda one: one.line)]
        return Imported(len(rows), **done, wrong=tuple(told))


def _apply(decision: Decision, given: Given, directory: DirectoryService, done: dict[str, int], *, sure: bool) -> None:
    """What one row says, as far as it is not so already."""
    conn, desk = decision.conn, decision.desk
    member = _one(conn, given)
    if persons.gone(conn, persons.accounts(conn, member)):
        raise Misread(GONE, given.line)
    for other in _others(conn, member, given, sure=sure):
        done["links"] += _link(decision, member, other)
    notes, due, tags = people_export.bodies(conn, persons.accounts(conn, member))
    for tag in given.tags:
        if tag not in tags:
            values: dict[str, object] = {"at": decision.now, "actor": desk.me}
            decision.operation.change("member_tag", {"member_id": member, "tag": tag}, values)
            done["tags"] += 1
    for note in given.notes:
        if note not in notes:
            values = {"item": f"member:{member}", "author": desk.me, "body": note, "at": decision.now}
            decision.operation.change("note", {"id": desk.new_id()}, values)
            done["notes"] += 1
    known = {(day_of(at, directory.zone), clean_line(body, 20_000)) for at, body in due}
    for day, about in given.follow_ups:
        if (day, about) not in known:
            values = {"member_id": member, "due_at": midnight(day, directory.zone), "body": about, "author": desk.me}
            decision.operation.change("follow_up", {"id": desk.new_id()}, {**values, "at": decision.now})
            done["follow_ups"] += 1


def _others(conn: Connection, member: int, given: Given, *, sure: bool) -> list[int]:
    """Whom a row says they are the same as."""
    found = [_named(conn, given.line, words, "same_as") for words in given.same_as]
    ours = persons.is_team(conn, persons.accounts(conn, member))
    for other in found:
        if not sure and persons.is_team(conn, persons.accounts(conn, other)) != ours:
            raise Misread(f"{makes_team(conn, member, other)}; add --yes if that is so", given.line, "same_as")
    return found


def _link(decision: Decision, one: int, other: int) -> bool:
    conn = decision.conn
    ones, others = persons.accounts(conn, one), persons.accounts(conn, other)
    if ones[0] == others[0]:
        return False
    for id, *_ in persons.between(conn, ones, others):
        decision.operation.change("account_link", {"id": id}, {"ended_at": decision.now})
    row: dict[str, object] = {"a": min(one, other), "b": max(one, other), "state": str(LinkState.SAME)}
    row |= {"reason": "import", "at": decision.now, "actor": decision.desk.me}
    decision.operation.change("account_link", {"id": decision.desk.new_id()}, row)
    persons.keep(conn, (one, other))
    return True


def _one(conn: Connection, given: Given) -> int:
    if given.who:
        return _named(conn, given.line, given.who, "who", given.id)
    return _only(conn, given.line, "mail", given.mail, people_export.by_mail(conn, given.mail))


def _named(conn: Connection, line: int, words: str, column: str, id: int | None = None) -> int:
    """The one that is called so; of several the one whose person has the id our own export gave."""
    handle, at, source = words.rpartition("@")
    if not at or not handle:
        raise Misread(f"{clean_line(words, 60)!r} is not handle@source", line, column)
    found = people_export.by_handle(conn, handle, source)
    meant = [each for each in found if id is not None and id in (each, persons.leader(conn, each))]
    return _only(conn, line, column, words, meant or found)


def _only(conn: Connection, line: int, column: str, words: str, found: list[int]) -> int:
    shown = clean_line(words, 60)
    if not found:
        raise Misread(f"nobody is {shown!r}", line, column)
    if len({persons.leader(conn, id) for id in found}) > 1:
        raise Misread(f"{shown!r} may be several persons", line, column)
    return found[0]


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Impossible(f"{path} is larger than {LARGEST // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Impossible(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8'}") from None
