"""Feedback written to a file for those who build what is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from cm_console.model.feedback import Item
from cm_console.model.people_file import as_csv, as_json
from cm_console.model.time import moment
from cm_console.services.desk import Impossible


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


def write(path: Path, items: Sequence[Item], zone: ZoneInfo) -> None:
    """Write a .csv or .json file that only its owner may read.

    Raises:
        Impossible: the name ends otherwise, or the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".json"):
        raise Impossible(f"{path.name} ends neither in .csv nor in .json")
    text = text_of(items, zone, is_json=ending == ".json")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Impossible(f"{path.name} cannot be written: {error.strerror}") from None
