"""The mapping: a TOML file that says which files there are, what their rows are, and which column is what."""

from __future__ import annotations

import tomllib
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cm_console.model.errors import Malformed
from cm_console.model.text import clean_line
from cm_console.sources.charsets import known
from cm_console.sources.row_files import stamp_of, unreadable
from cm_console.sources.table.kinds import KINDS


class Spec(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[table]]` of a mapping: see `starting.py` for what each key means, in words for people."""

    file: str
    rows: str
    columns: dict[str, str]
    complete: bool = False
    encoding: str = ""
    dates: str = ""
    timezone: str = ""
    delimiter: str = ""
    place: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its dates that name none."""
        return ZoneInfo(self.timezone or "UTC")


class Mapping(msgspec.Struct, forbid_unknown_fields=True):
    """A whole mapping; `encoding`, `dates`, `timezone` and `delimiter` here hold for every table that has none."""

    table: list[Spec]
    encoding: str = ""
    dates: str = ""
    timezone: str = ""
    delimiter: str = ""


class Tables:
    """The tables of a source: `path(spec)` is where a table's file is."""

    def __init__(self, path: Path, specs: list[Spec], text: str) -> None:
        self.folder, self.specs = path.parent, specs
        self.digest = blake2b(text.encode(), digest_size=8).hexdigest()

    def path(self, spec: Spec) -> Path:
        """Where a table's file is: beside the mapping, unless it says otherwise."""
        return self.folder / Path(spec.file).expanduser()

    def of(self, *kinds: str) -> list[Spec]:
        """The tables whose rows are of these kinds."""
        return [spec for spec in self.specs if spec.rows in kinds]


def read_mapping(path: Path) -> Tables:
    """Read and check a mapping.

    Raises:
        Unreachable: it is missing or cannot be read.
        Malformed: something in it is wrong; the words name the file and the key or line.
    """
    stamp_of(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        made = msgspec.convert(tomllib.loads(text), Mapping)
    except OSError as error:
        raise unreadable(path, error) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(clean_line(f"{path.name}: {error}", 400)) from None
    for number, spec in enumerate(made.table, 1):
        for key in ("encoding", "dates", "timezone", "delimiter"):
            setattr(spec, key, getattr(spec, key) or getattr(made, key))
        if wrong := flaw(spec):
            raise Malformed(clean_line(f"{path.name}, table {number} ({spec.file}): {wrong}", 400))
    if not made.table:
        raise Malformed(f"{path.name} has no [[table]]")
    return Tables(path, made.table, text)


def flaw(spec: Spec) -> str:
    """What is wrong with one table of a mapping, empty if nothing is."""
    if spec.rows not in KINDS:
        return f"rows = {spec.rows!r} is none of {', '.join(KINDS)}"
    known_names = {column.name: column for column in KINDS[spec.rows]}
    for name in spec.columns:
        if name not in known_names:
            return f"{spec.rows} have no {name!r}; they have {', '.join(known_names)}"
    for column in known_names.values():
        if column.required and not spec.columns.get(column.name):
            return f"{column.name} is missing in its columns: {column.help}"
    if spec.rows == "attendance" and not (spec.columns.get("at") or spec.columns.get("event")):
        return "attendance needs at or event in its columns: somebody came when?"
    if spec.encoding and not known(spec.encoding):
        return f"encoding = {spec.encoding!r} is none that is known"
    if len(spec.delimiter) > 1 or spec.delimiter in ('"', "\n", "\r"):
        return f"delimiter = {spec.delimiter!r} is not one letter that can stand between columns"
    try:
        _ = spec.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"timezone = {spec.timezone!r} is no time zone like Europe/Berlin"
    return "" if not spec.dates or "%" in spec.dates else f"dates = {spec.dates!r} is no format like %d.%m.%Y"
