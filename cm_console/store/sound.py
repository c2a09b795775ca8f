r"""Ids and other raw text of records as SQLite can hold it: half of a surrogate pair is no text and fits no encoding.

A mail's Message-ID or a name out of broken JSON may hold one, and whoever wrote it must not stop a pull. It is written
out as `\udc80`, the same each time, so that records still find each other; texts people read are cleaned anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from cm_console.model.records import Activity, Member, Post, Report, Scheduled, Thread

R = TypeVar("R", Member, Thread, Post, Report, Activity, Scheduled)

_RAW: dict[type, tuple[str, ...]] = {
    Member: ("id", "email"),
    Thread: ("id", "author", "solved_by", "assigned_to", "version"),
    Post: ("id", "thread", "author", "reply_to", "url", "version"),
    Report: ("id", "reporter", "version"),
    Activity: ("id", "kind", "member", "post"),
    Scheduled: ("id",),
}
_JOINED: dict[type, Callable[[Iterable[Any]], str]] = {
    Member: lambda rs: "".join([f"{r.id}{r.email}" for r in rs]),
    Thread: lambda rs: "".join([f"{r.id}{r.author}{r.solved_by}{r.assigned_to}{r.version}" for r in rs]),
    Post: lambda rs: "".join([f"{r.id}{r.thread}{r.author}{r.reply_to}{r.url}{r.version}" for r in rs]),
    Report: lambda rs: "".join([f"{r.id}{r.target.id}{r.reporter}{r.version}" for r in rs]),
    Activity: lambda rs: "".join([f"{r.id}{r.kind}{r.member}{r.post}" for r in rs]),
    Scheduled: lambda rs: "".join([r.id for r in rs]),
}
"""The raw text of records of a kind in one piece: one test tells that nothing is to be done, as nearly always."""


def sound(text: str) -> str:
    """Text that can be stored; what can be already is given back as it is."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def sound_records(kind: type[R], records: dict[str, R]) -> dict[str, R]:
    """Records of a kind by their ids, whose raw text can be stored; texts that are cleaned on their way stay."""
    raw = _JOINED[kind](records.values())
    if raw.isascii() or sound(raw) == raw:
        return records
    return {record.id: record for record in map(_sound_record, records.values())}


def _sound_record(record: R) -> R:
    names = _RAW[type(record)]
    changes: dict[str, Any] = {name: sound(text) for name in names if (text := getattr(record, name)) is not None}
    if isinstance(record, Report):
        changes["target"] = replace(record.target, id=sound(record.target.id))
    return replace(record, **changes)
