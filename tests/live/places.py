"""Where real servers are installed and run: a cache outside the tree, a fresh folder per run, free ports.

Everything installed is made once and kept; `CM_CONSOLE_LIVE_CACHE` says where (~/.cache/cm-console-live). What is half
made is never used: it is begun anew. What cannot be had on this machine is `Unavailable`, in words that say what is
missing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

INSTALL_SECONDS = 900
"""The longest that one installation may take."""
_APT = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]


class Unavailable(Exception):
    """A server cannot be installed or started on this machine; the words say what is missing."""


def cache_folder() -> Path:
    """Where installations are kept between runs."""
    named = os.environ.get("CM_CONSOLE_LIVE_CACHE")
    folder = Path(named) if named else Path.home() / ".cache" / "cm-console-live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made_once(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """A cached folder, filled by `make` the first time and whenever the recipe (any text) is another one."""
    folder = cache_folder() / f"{name}-{sha256(recipe.encode()).hexdigest()[:12]}"
    finished = folder / ".made"
    with _locked(name):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


def venv(name: str, *requirements: str) -> Path:
    """The `bin` folder of a virtual environment of its own with these packages, made once."""

    def make(folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(folder)])
        install = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        run([*install, *requirements])

    return made_once(f"venv-{name}", " ".join([sys.version, *requirements]), make) / "bin"


def debian(*packages: str, provides: str) -> None:
    """See to it that a program is there: by `apt-get install` if we are root on Debian, else Unavailable.

    `provides` is a program name or an absolute path; nothing is installed when it is there already.
    """
    if _there(provides):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable(f"{provides} is missing: install {' '.join(packages)} (as root on Debian it installs itself)")
    with _locked("apt"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        install = [*_APT, "install", "--no-install-recommends", *packages]
        try:
            run(install, env=quiet)
        except Unavailable:
            run([*_APT, "update"], env=quiet)
            run(install, env=quiet)
    if not _there(provides):
        raise Unavailable(f"{' '.join(packages)} was installed, but {provides} is still missing")


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a step of an installation and give what it said; Unavailable if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{' '.join(command)[:200]}: {error}") from None
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Unavailable(f"{' '.join(command)[:200]} ended with {done.returncode}: {said[-800:]}")
    return said


def free_port() -> int:
    """A port on loopback that nobody listens on now, and that is not given twice in this run."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


_given: set[int] = set()


def _there(provides: str) -> bool:
    return Path(provides).exists() if provides.startswith("/") else shutil.which(provides) is not None


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """Two runs at once on one machine install one after the other."""
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
