"""No plain str reaches a widget that would parse it as markup, except words written here in the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOWN = sorted([*(ROOT / "cm_console" / "screens").rglob("*.py"), *(ROOT / "cm_console" / "widgets").rglob("*.py")])
PARSES = {"Static", "Label", "Button", "Option", "Checkbox", "RadioButton", "Collapsible", "Select", "Tooltip", "Link"}
METHODS = {"notify", "add_row", "add_option", "add_options"}


def _risky(node: ast.expr) -> bool:
    """An f-string, a name, a call: anything that could carry member text as a plain str."""
    if isinstance(node, ast.Constant):
        return False
    safe_makers = {"Content", "Text", "content", "text", "styled", "assemble"}
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name not in safe_makers
    return True


def _plain_markup(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        off = any(
            k.arg == "markup" and isinstance(k.value, ast.Constant) and k.value.value is False for k in node.keywords
        )
        if (name in PARSES or name in METHODS) and not off and any(_risky(arg) for arg in node.args[:1]):
            found.append(f"{path.name}:{node.lineno} {name}")
    return found


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_widgets_get_content_or_literals(path: Path) -> None:
    assert _plain_markup(path) == []


def test_the_check_sees_what_it_should(tmp_path: Path) -> None:
    source = tmp_path / "planted.py"
    source.write_text("Static(post.body)\nself.notify(f'{x} done')\nStatic(Content(x))\nnotify(x, markup=False)\n")
    assert [line.split(" ")[1] for line in _plain_markup(source)] == ["Static", "notify"]
