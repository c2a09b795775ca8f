"""No SQL on the event loop: who may hold a connection, and who may ask the store in the calling thread."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "cm_console"
AT_ONCE = {"services/inbox.py": {"first_page"}}
"""The functions that may read in the calling thread: the very first frame, before anything else runs."""
OWN_THREADS = ("store", "cli", "demo", "testing", "sources")
"""What runs in no event loop of a screen, or opens files of its own in threads."""
CALLS = ("execute", "executemany", "executescript", "fetchone", "fetchall")


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not folders or name.split("/")[0].removesuffix(".py") in folders:
            yield name, ast.parse(path.read_text())


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called(node: ast.AST) -> set[str]:
    return {
        each.func.attr for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
    }


def test_nobody_but_the_first_frame_reads_in_the_calling_thread() -> None:
    found: dict[str, set[str]] = {}
    for name, tree in modules():
        if name.split("/")[0] not in OWN_THREADS:
            for function in functions(tree):
                if "read_now" in called(function):
                    found.setdefault(name, set()).add(function.name)
    assert found == AT_ONCE


def test_nobody_but_the_store_opens_a_connection() -> None:
    for name, tree in modules():
        if name.split("/")[0] not in OWN_THREADS:
            names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
            assert not names & {"connect", "connect_reading", "sqlite3"}, name


def test_what_is_asynchronous_hands_its_sql_to_a_thread() -> None:
    """SQL stands in plain functions, which are given to `Store.read` and `write`; no `async def` runs any itself."""
    for name, tree in modules("services", "screens", "widgets", "app", "console"):
        for function in functions(tree):
            if isinstance(function, ast.AsyncFunctionDef):
                inner = {
                    id(node)
                    for plain in ast.walk(function)
                    if isinstance(plain, ast.FunctionDef | ast.Lambda)
                    for node in ast.walk(plain)
                }
                own = [node for node in ast.walk(function) if isinstance(node, ast.Call) and id(node) not in inner]
                sql = [node for node in own if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS]
                assert not sql, f"{name}: {function.name}"


def test_screens_and_widgets_know_no_sql() -> None:
    for name, tree in modules("screens", "widgets", "app"):
        assert not called(tree) & {*CALLS}, name
