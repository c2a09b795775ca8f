"""Modules and functions stay small, every module says what it is, and no drawer for leftovers appears."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cm_console").rglob("*.py"))
MODULE_LINES, FUNCTION_LINES, APP_LINES = 300, 40, 150
DRAWERS = ("utils", "helpers", "base", "manager", "handler", "misc", "common")


def _functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    return [
        (f"{path.name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_is_small_and_says_what_it_is(path: Path) -> None:
    limit = APP_LINES if path.name == "app.py" else MODULE_LINES
    assert path.read_text().count("\n") <= limit
    words = ast.get_docstring(ast.parse(path.read_text()))
    assert words, "a module begins with one line that says what it is"
    assert len(words.splitlines()[0]) > 10
    assert [name for name, lines in _functions(path) if lines > FUNCTION_LINES] == []
    assert not any(word in path.stem.split("_") for word in DRAWERS)


def test_most_modules_and_functions_are_short() -> None:
    assert median(path.read_text().count("\n") for path in MODULES) <= 130
    assert median(lines for path in MODULES for _, lines in _functions(path)) <= 10
