"""Files with what is known of people: only their owner may read them, and none is written over unasked."""

from __future__ import annotations

import os
from pathlib import Path

from cm_console.services.desk import Impossible


def is_json_file(path: Path) -> bool:
    """Whether a file is .json and not .csv; raises Impossible if it is neither."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".json"):
        raise Impossible(f"{path.name} ends neither in .csv nor in .json")
    return ending == ".json"


def write_private(path: Path, text: str, *, over: bool) -> None:
    """Write a file that only its owner may read; `over`: also where one is there already.

    Raises:
        Impossible: it is there, or cannot be written; the words name the whole path.
    """
    whole = path.expanduser().absolute()
    try:
        with os.fdopen(_opened(whole, over=over), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise Impossible(f"{whole} is there already; add --force to write over it") from None
    except OSError as error:
        raise Impossible(f"{whole} cannot be written: {error.strerror}") from None


def _opened(path: Path, *, over: bool) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if over else os.O_EXCL), 0o600)
    os.fchmod(handle, 0o600)
    return handle
