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

LOOKED_AT = 20_000
"""Rows of each file that are read to tell of it: a console that starts asks, too, and must not read 50 MB for that."""


def identity(path: Path, feeds: frozenset[Feed]) -> Identity:
    """Read all tables once, as far as their first rows go.

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
    long: set[str] = set()
    missing: dict[str, str] = {}
    errors: list[SourceError] = []
    for spec in tables.specs:
        try:
            rows, whole = _read(tables, spec, missing)
            counts[spec.rows] += rows
            long |= set() if whole else {spec.rows}
        except SourceError as error:
            errors.append(error)
            missing[spec.file] = str(error)
    if len(errors) == len(tables.specs):
        raise errors[0]
    there = frozenset(FEED_OF[spec.rows] for spec in tables.specs)
    absent = dict[str, str].fromkeys(feeds - there, "the mapping has no such table")
    told = (f"{'more than ' if kind in long else ''}{n:,} {kind}" for kind, n in counts.items())
    return Identity("", ", ".join(told), feeds=there, missing=absent | missing)


def _read(tables: Tables, spec: Spec, missing: dict[str, str]) -> tuple[int, bool]:
    """How many rows can be read, and whether all were looked at."""
    reading = Reading(tables, spec, BEGINNING, known_of(tables, frozenset({spec.rows})))
    reading.open()
    bad: list[str] = []
    read = 0
    while not reading.finished and read < LOOKED_AT:
        batch = reading.collect()
        bad, read = bad + list(batch.bad), read + batch.read
    if bad:
        more = f"; and {len(bad) - 5:,} more" if len(bad) > 5 else ""
        of = f"{read:,}" if reading.finished else f"the first {read:,}"
        missing[f"read {len(bad):,} of {of} rows of {spec.file}"] = "; ".join(bad[:5]) + more
    if reading.fault:
        missing[f"read all of {spec.file}"] = reading.fault
    return read - len(bad), reading.finished
