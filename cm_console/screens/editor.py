"""A text in the person's own editor: the console steps aside, a private file that is gone afterwards."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from textual.app import App, SuspendNotSupported

from cm_console.model.text import clean_line
from cm_console.services.desk import Impossible


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The command of the editor.

    Raises:
        Impossible: none is named, or its name cannot be read.
    """
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        command = shlex.split(named)
    except ValueError:
        raise Impossible(f"VISUAL or EDITOR cannot be read: {clean_line(named, 60)}") from None
    if not command:
        raise Impossible("no editor is named: set VISUAL or EDITOR, e.g. EDITOR=nano")
    return command


def edited(app: App[Any], text: str) -> str:
    """The text as the editor left it; the terminal is the editor's meanwhile.

    Raises:
        Impossible: there is no editor, it failed, or it left no text; nothing is lost then.
    """
    command = editor_of(os.environ)
    with TemporaryDirectory(prefix="cm-console-") as folder:
        file = Path(folder, "reply.md")
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        try:
            with app.suspend():
                code = subprocess.run([*command, str(file)], check=False).returncode
        except SuspendNotSupported:
            raise Impossible("this terminal cannot be handed to an editor") from None
        except OSError as error:
            raise Impossible(f"{clean_line(command[0], 40)} cannot be started: {error.strerror}") from None
        if code != 0:
            raise Impossible(f"{clean_line(command[0], 40)} ended with {code}; your words are as they were")
        try:
            return file.read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError):
            raise Impossible("the editor left no text; your words are as they were") from None
