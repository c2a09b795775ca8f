"""Which files an archive has, in which order they are read, and what can be told of them at a glance."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cm_console.model.errors import Malformed, SourceError, Unreachable
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.mail.mbox_files import NoMbox, count_messages, looks_like_mbox
from cm_console.sources.row_files import Stamp, stamp_of, unreadable

NAMED = (".mbox", ".mbx", ".mbox.gz", ".mbx.gz")
"""What is called so is meant to be an mbox; anything else in a folder is one if it begins like one."""

_MONTHS = tuple(name.lower() for name in month_name)
"""January is 1."""
_MONTH = re.compile(r"(\d{4})[-_ ]?([A-Za-z]+|\d\d)?")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is now."""

    name: str
    path: Path
    stamp: Stamp


def files_of(path: Path, known: Iterable[str] = ()) -> tuple[list[File], dict[str, str]]:
    """The files of an archive, those already known first and in their order; and in words what is wrong with others.

    Raises:
        Unreachable: there is nothing at this path, or it cannot be read.
        Malformed: it is one file and no mbox, or a folder without any.
    """
    try:
        path = path.expanduser()
        found = list(path.iterdir()) if path.is_dir() else [path]
    except RuntimeError as error:
        raise Unreachable(f"{path} cannot be found: {error}") from error
    except OSError as error:
        raise unreadable(path, error) from error
    order = {name: number for number, name in enumerate(known)}
    files: list[File] = []
    wrong: dict[str, str] = {}
    for file in found:
        if path != file and (file.name.startswith(".") or not file.is_file()):
            continue
        try:
            if trouble := _trouble(file, asked=path == file):
                wrong[file.name] = trouble
            elif looks_like_mbox(file):
                files.append(File(file.name, file, stamp_of(file)))
        except (SourceError, NoMbox) as error:
            wrong[file.name] = str(error)
            if path == file:
                raise error if isinstance(error, SourceError) else Malformed(f"{path}: {error}") from None
    if not files:
        raise Malformed(clean_line("; ".join(wrong.values()) or f"{path} has no mbox file in it", 480))
    return sorted(files, key=lambda file: (order.get(file.name, len(order)), *by_month(file.name))), wrong


def _trouble(file: Path, *, asked: bool) -> str:
    stamp_of(file)
    if (asked or file.name.lower().endswith(NAMED)) and not looks_like_mbox(file):
        return f'{file.name} is no mbox: it does not begin with a line like "From ann@x.org Sun Nov 22 10:00:00 2026"'
    return ""


def by_month(name: str) -> tuple[int, int, str]:
    """Order of files: lists archive by month under names like 2024-March.txt.gz."""
    found = _MONTH.search(name)
    if not found:
        return 0, 0, name
    month = (found[2] or "").lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month) if month in _MONTHS else 0
    return int(found[1]), number, name


def identity(path: Path, feeds: frozenset[Feed]) -> Identity:
    """What `source check` tells of an archive.

    Raises:
        SourceError: as files_of.
    """
    files, wrong = files_of(path)
    count = sum(count_messages(file.path) for file in files)
    told = "1 file" if len(files) == 1 else f"{len(files):,} files"
    wrong = {f"read {name}": words for name, words in wrong.items()}
    return Identity("", f"mbox archive: {count:,} messages in {told}", feeds=feeds, missing=wrong)
