"""Kinds of sources: listed without importing, a broken plugin is one plain line, plugins run only when enabled."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner

from cm_console import sources
from cm_console.cli.group import main
from cm_console.config import load
from cm_console.sources.memory import MemorySource

GOOD = """
from cm_console.sources.memory import MemorySource
class Forum(MemorySource):
    name = "forum"
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with an installed plugin: three kinds, one of them claiming a built-in name."""
    info = tmp_path / "acme_forum-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-forum\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[cm_console.sources]\nforum = acme_forum:Forum\nmemory = acme_forum:Forum\nlate = acme_late:Late\n"
    )
    (tmp_path / "acme_forum.py").write_text(GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("acme_forum", "acme_late"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return tmp_path


def test_builtin_kinds_are_listed() -> None:
    """By name, sorted."""
    assert {"discourse", "memory", "stackexchange-dump"} <= set(sources.names())
    assert list(sources.names()) == sorted(sources.names())
    assert sources.builtin("memory") and not sources.builtin("nothing")


def test_listing_imports_nothing() -> None:
    """Not a source, and nothing heavy: a fresh process proves it."""
    code = (
        "import sys; from cm_console import sources; sources.names(); sources.builtin('memory');"
        "print([m for m in sys.modules if m.startswith('cm_console.sources.') or m in ('httpx', 'textual')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"


def test_a_builtin_kind_is_loaded_without_being_enabled() -> None:
    """It is ours."""
    assert sources.load("memory") is MemorySource


def test_an_unknown_kind_names_the_known_ones() -> None:
    """A typo is answered with the list."""
    with pytest.raises(sources.BrokenSource, match=r"no source kind 'memroy'; installed: .*memory"):
        sources.load("memroy")


def test_a_plugin_runs_only_when_enabled_by_name(plugin: Path) -> None:
    """Its code is not even imported before."""
    assert "forum" in sources.names() and not sources.builtin("forum")
    with pytest.raises(sources.BrokenSource) as caught:
        sources.load("forum")
    what, _, to_do = str(caught.value).partition(": ")
    assert what == "source kind 'forum' is a plugin from acme-forum and is not enabled"
    assert to_do.endswith("add 'forum' to plugins in config.toml, as in plugins = ['forum']")
    assert "acme_forum" not in sys.modules
    assert sources.load("forum", enabled=["forum"]).name == "forum"


def test_a_plugin_cannot_take_a_builtin_name(plugin: Path) -> None:
    """`memory` stays ours."""
    assert sources.builtin("memory") and sources.load("memory", enabled=["memory"]) is MemorySource


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise RuntimeError('\\x1b[31mboom\\nbang')", r"cannot start: RuntimeError: .*boom bang"),
        ("import sys; sys.exit(3)", r"cannot start: SystemExit: 3"),
        ("this is no python", r"cannot start: SyntaxError"),
        ("Forum = 3", r"is no source: it cannot be called"),
        ("class Forum: name = 'other'", r"its name is not that of its entry point"),
        ("class Forum: name = 'forum'; settings = 3", r"its settings are not a dataclass"),
        (GOOD + "    feeds = ['threads']", r"its feeds are not a frozenset of Feed"),
        (GOOD + "    feeds = frozenset({'threads'})", r"its feeds are not a frozenset of Feed"),
        (GOOD + "    verbs = 3", r"its verbs are not a mapping"),
        (
            "from cm_console.sources.memory import MemorySettings\nclass Forum: name = 'forum'; "
            "settings = MemorySettings; feeds = frozenset(); verbs = {}\n",
            r"it has no check, pull, push, find, close",
        ),
    ],
)
def test_a_broken_plugin_is_one_plain_line(plugin: Path, code: str, words: str) -> None:
    """Whatever it does: BrokenSource, one line, no control characters, and the others go on."""
    (plugin / "acme_forum.py").write_text(code)
    with pytest.raises(sources.BrokenSource, match=words) as caught:
        sources.load("forum", enabled=["forum"])
    assert str(caught.value).isprintable()
    assert sources.load("memory") is MemorySource


def test_the_line_the_error_tells_to_write_enables_it(plugin: Path, tmp_path: Path) -> None:
    """As it stands there, in the place it names."""
    with pytest.raises(sources.BrokenSource) as caught:
        sources.load("forum")
    line = str(caught.value).rpartition("as in ")[2]
    (tmp_path / "config.toml").write_text(f'community = "Bikes"\n{line}\n')
    config = load(tmp_path / "config.toml")
    assert sources.load("forum", enabled=config.plugins).name == "forum"


def test_kinds_lists_what_cannot_be_used_with_its_reason(plugin: Path, tmp_path: Path) -> None:
    """A plugin that is not enabled, or is broken, does not hide the others."""
    home = ["--home", str(tmp_path / "home")]
    told = CliRunner().invoke(main, [*home, "source", "kinds"])
    assert told.exit_code == 0 and "forum: cannot be used: source kind 'forum' is a plugin" in told.output
    assert "discourse: " in told.output
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('community = "Bikes"\nplugins = ["forum", "late"]\n')
    told = CliRunner().invoke(main, [*home, "source", "kinds", "--json"])
    kinds = {kind["kind"]: kind for kind in json.loads(told.output)}
    assert "feeds" in kinds["forum"] and "cannot start: ModuleNotFoundError" in kinds["late"]["why_not"]


def test_a_missing_module_is_one_plain_line(plugin: Path) -> None:
    """The package is installed in half."""
    with pytest.raises(sources.BrokenSource, match=r"'late' cannot start: ModuleNotFoundError"):
        sources.load("late", enabled=["late"])


def test_an_entry_point_without_a_package_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows where it comes from: a plugin."""
    entry = EntryPoint("odd", "odd:Odd", sources.GROUP)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [entry])
    assert not sources.builtin("odd")
    with pytest.raises(sources.BrokenSource, match="a plugin from an unknown package"):
        sources.load("odd")
