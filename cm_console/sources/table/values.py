"""What a cell means: an id, a name, a date in the mapping's format and zone, yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

from cm_console.model.text import clean_line
from cm_console.model.time import Instant, instant
from cm_console.sources.dates import LONGEST, parse_date
from cm_console.sources.table.mapping import Spec

ID_LIMIT = 200
YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "sí", "si", "wahr"})
NO = frozenset({"", "no", "n", "false", "0", "-", "nein", "non", "falsch"})


class BadCell(Exception):
    """A row that cannot be understood: the words name the column and say why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(clean_line(f"column {column!r}: {why}" if column else why, 300))


class Cells:
    """The cells of one row under the names the mapping gives them."""

    def __init__(self, cells: Mapping[str, str], spec: Spec) -> None:
        self._cells, self._spec = cells, spec

    def text(self, name: str) -> str:
        """What the column says, empty if it says nothing or there is none."""
        return self._cells.get(self._spec.columns.get(name, ""), "").strip()

    def need(self, name: str) -> str:
        """What the column says; BadCell if that is nothing."""
        if text := self.text(name):
            return text
        raise BadCell(self._spec.columns.get(name, ""), f"empty, but {self._spec.rows} need {name}")

    def key(self, name: str) -> str:
        """An id, written the same however it was typed: spaces are one, addresses are in lower case."""
        return fit(self.text(name))

    def id(self) -> str:
        """The row's id; without one, the hash of all that is mapped."""
        if key := self.key("id"):
            return key
        if self._spec.columns.get("id"):
            raise BadCell(self._spec.columns["id"], "empty, but it is what tells rows apart")
        said = "\0".join(f"{name}\1{self.text(name)}" for name in sorted(self._spec.columns))
        return "hash:" + hashed(f"{self._spec.rows}\0{said}")

    def yes(self, name: str) -> bool:
        """Yes or no."""
        said = self.text(name).lower()
        if said not in YES and said not in NO:
            raise BadCell(self._spec.columns[name], f"{said[:40]!r} is neither yes nor no")
        return said in YES

    def date(self, name: str) -> Instant | None:
        """A date, None if the cell is empty; BadCell if it is none."""
        said = self.text(name)
        if not said:
            return None
        found = date_of(said, self._spec)
        if found is None:
            form = (
                f"no date like {self._spec.dates}"
                if self._spec.dates
                else "no date: say in `dates` how they are written"
            )
            raise BadCell(self._spec.columns[name], f"{said[:40]!r} is {form}")
        return found

    def when(self, name: str) -> Instant:
        """A date that must be there."""
        self.need(name)
        found = self.date(name)
        assert found is not None, "need() has seen that it says something"
        return found


def date_of(said: str, spec: Spec) -> Instant | None:
    """What a date means; one without a zone is of the table's."""
    try:
        moment = _read(said, spec.dates)
    except (ValueError, OverflowError):
        return None if spec.dates else parse_date(said)
    try:
        return instant(moment if moment.tzinfo else moment.replace(tzinfo=spec.zone))
    except (ValueError, OverflowError):
        return None


def _read(said: str, form: str) -> datetime:
    if form:
        return datetime.strptime(said[:LONGEST], form)  # noqa: DTZ007  the zone is given afterwards
    return datetime.fromisoformat(said)


def fit(said: str) -> str:
    """An id as it is kept."""
    key = " ".join(said.split())
    key = key.casefold() if "@" in key else key
    return key if len(key) <= ID_LIMIT and key.isprintable() else "hash:" + hashed(key)


def hashed(text: str) -> str:
    """Letters that stand for a text."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
