"""What may be imported when: the first frame and the quick commands stay light."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "httpx",
    "sqlite_utils",
    "keyring",
    "markdown_it",
    "tree_sitter",
    "selectolax",
    "pyroaring",
    "msgspec",
    "tomlkit",
)


def _loaded(code: str) -> set[str]:
    listing = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True, timeout=60)
    return {name.split(".")[0] for name in done.stdout.splitlines()}


def test_the_command_line_without_a_screen_never_loads_textual() -> None:
    loaded = _loaded(
        "from cm_console.cli.group import COMMANDS\nfrom importlib import import_module\n"
        "for module, _ in COMMANDS.values(): import_module(module)"
    )
    assert "textual" not in loaded


def test_version_and_help_load_nothing_heavy() -> None:
    loaded = _loaded("import cm_console.cli")
    assert loaded.isdisjoint({*HEAVY, "textual", "rich"})


def test_what_is_loaded_before_the_first_frame() -> None:
    loaded = _loaded("import cm_console.app, cm_console.cli.start, cm_console.console, cm_console.screens.inbox")
    assert loaded.isdisjoint({*HEAVY, "click"})


def test_importing_a_submodule_stays_cheap() -> None:
    assert _loaded("import cm_console").isdisjoint({*HEAVY, "textual", "rich", "click", "asyncio"})
