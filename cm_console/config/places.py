"""Where a community lives: one folder for config and data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cm_console.config.shape import ConfigError


class Home(NamedTuple):
    """The folder of one community and the places in it."""

    root: Path

    @property
    def config(self) -> Path:
        """The config file."""
        return self.root / "config.toml"

    @property
    def database(self) -> Path:
        """The SQLite file with everything pulled and decided."""
        return self.root / "community.db"

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return self.root / "backups"

    @property
    def locks(self) -> Path:
        """The folder of the lock files by which consoles on one database tell that each other lives."""
        return self.root / "locks"

    @property
    def log(self) -> Path:
        """The log file; secrets are redacted in it."""
        return self.root / "cm-console.log"

    def prepare(self) -> None:
        """Make the folders that are missing, for nobody but their owner (0700); those that exist stay as they are.

        Raises:
            ConfigError: a folder cannot be made or written to.
        """
        for folder in (self.root, self.backups, self.locks):
            try:
                make_private(folder)
            except OSError as error:
                raise ConfigError(f"cannot make the folder {error.filename or folder}: {error.strerror}") from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise ConfigError(f"cannot write in the folder {self.root}: its owner or mode forbids it")


def make_private(folder: Path) -> None:
    """Make a folder and those above it; what is new is 0700 whatever the umask. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def home(option: str | None, environ: Mapping[str, str]) -> Home:
    """The home asked for: `--home`, else CM_CONSOLE_HOME, else the platform's folder for data of programs.

    Raises:
        ConfigError: `--home` is empty.
    """
    if option is not None and not option.strip():
        raise ConfigError("--home needs a folder")
    if chosen := option or environ.get("CM_CONSOLE_HOME"):
        return Home(Path(chosen).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("cm-console", appauthor=False))
