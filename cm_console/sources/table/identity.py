"""What `source check` tells of tables: how many rows of which kind, and in words which cannot be read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cm_console.model.errors import SourceError, Unreachable
from cm_console.model.source import Feed, Identity
from cm_console.sources.table.kinds import FEED_OF
from cm_console.sources.table.mapping import Spec, Tables, read_mapping
from cm_console.sources.table.marks import BEGINNING
from cm_console.sources.table.reading import Reading, known_of
from cm_console.sources.table.starting import mapping_of, start_mapping


def identity(path: Path, feeds: frozenset[Feed]) -> Identity:
    """Read all tables once.

    Raises:
        Refused: there was no mapping; one was begun.
        SourceError: the mapping is wrong, or not one of its files can be read.
    """
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise Unreachable(f"{path} cannot be found: {error}") from error
    if not mapping_of(path).exists() and path != mapping_of(path):
        raise start_mapping(path)
    tables = read_mapping(mapping_of(path))
    counts: Counter[str] = Counter()
    missing: dict[str, str] = {}
    errors: list[SourceError] = []
    for spec in tables.specs:
        try:
            counts[spec.rows] += _read(tables, spec, missing)
        except SourceError as error:
            errors.append(error)
            missing[spec.file] = str(error)
    if len(errors) == len(tables.specs):
        raise errors[0]
    there = frozenset(FEED_OF[spec.rows] for spec in tables.specs)
    absent = dict[str, str].fromkeys(feeds - there, "the mapping has no such table")
    return Identity("", ", ".join(f"{n:,} {kind}" for kind, n in counts.items()), feeds=there, missing=absent | missing)


def _read(tables: Tables, spec: Spec, missing: dict[str, str]) -> int:
    reading = Reading(tables, spec, BEGINNING, known_of(tables, frozenset({spec.rows})))
    reading.open()
    bad: list[str] = []
    read = 0
    while not reading.finished:
        batch = reading.collect()
        bad, read = bad + list(batch.bad), read + batch.read
    if bad:
        more = f"; and {len(bad) - 5:,} more" if len(bad) > 5 else ""
        missing[f"read {len(bad):,} of {read:,} rows of {spec.file}"] = "; ".join(bad[:5]) + more
    if reading.fault:
        missing[f"read all of {spec.file}"] = reading.fault
    return read - len(bad)
