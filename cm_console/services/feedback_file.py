"""Feedback written to a file for those who build what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from cm_console.model.feedback import Item
from cm_console.model.people_file import as_csv, as_json
from cm_console.model.time import moment
from cm_console.services.private_file import is_json_file, write_private


def rows(items: Sequence[Item], zone: ZoneInfo) -> list[dict[str, object]]:
    """Items for programs and tables; times in the community's time zone."""

    def at(time: int | None) -> str | None:
        return None if time is None else moment(time, zone).isoformat(timespec="seconds")

    return [
        {
            "id": item.id, "theme": item.theme, "area": item.area, "quote": item.quote, "author": item.author,
            "source": item.source, "thread": item.thread_id, "title": item.title, "url": item.url,
            "said_at": at(item.said_at), "marked_at": at(item.at), "marked_by": item.actor,
            "answered_at": at(item.answered_at), "answer": item.answer,
        }
        for item in items
    ]  # fmt: skip


def text_of(items: Sequence[Item], zone: ZoneInfo, *, is_json: bool) -> str:
    """JSON, or CSV in which nothing runs as a formula."""
    return as_json(rows(items, zone)) if is_json else as_csv(rows(items, zone))


def write(path: Path, items: Sequence[Item], zone: ZoneInfo, *, over: bool) -> None:
    """Write a .csv or .json file that only its owner may read.

    Raises:
        Impossible: the name ends otherwise, the file is there and not `over`, or cannot be written.
    """
    write_private(path, text_of(items, zone, is_json=is_json_file(path)), over=over)
