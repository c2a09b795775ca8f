r"""Ids and other raw text of records as SQLite can hold it: half of a surrogate pair is no text and fits no encoding.

A mail's Message-ID or a name out of broken JSON may hold one, and whoever wrote it must not stop a pull. It is written
out as `\udc80`, the same each time, so that records still find each other; texts people read are cleaned anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cm_console.model.records import Activity, Member, Post, Record, Report, Scheduled, Thread

_RAW: dict[type, tuple[str, ...]] = {
    Member: ("id",),
    Thread: ("id", "author", "solved_by", "assigned_to", "version"),
    Post: ("id", "thread", "author", "reply_to", "url", "version"),
    Report: ("id", "reporter", "version"),
    Activity: ("id", "kind", "member", "post"),
    Scheduled: ("id",),
}
_JOINED: dict[type, Callable[[Any], str]] = {
    Member: lambda r: r.id,
    Thread: lambda r: f"{r.id}{r.author}{r.solved_by}{r.assigned_to}{r.version}",
    Post: lambda r: f"{r.id}{r.thread}{r.author}{r.reply_to}{r.url}{r.version}",
    Report: lambda r: f"{r.id}{r.target.id}{r.reporter}{r.version}",
    Activity: lambda r: f"{r.id}{r.kind}{r.member}{r.post}",
    Scheduled: lambda r: r.id,
}
"""The raw text of a record in one piece: one test tells that nothing is to be done, as nearly always."""


def sound(text: str) -> str:
    """Text that can be stored; what can be already is given back as it is."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def sound_record(record: Record) -> Record:
    """A record whose raw text can be stored; texts that are cleaned on their way stay."""
    raw = _JOINED[type(record)](record)
    if raw.isascii() or sound(raw) == raw:
        return record
    names = _RAW[type(record)]
    changes: dict[str, Any] = {name: sound(text) for name in names if (text := getattr(record, name)) is not None}
    if isinstance(record, Report):
        changes["target"] = replace(record.target, id=sound(record.target.id))
    return replace(record, **changes)
