"""What the docs say is what the code does: generated pages are fresh, links lead somewhere, nothing is undocumented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import ROOT, pages

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == pages()[name], "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_file_a_promise_names_exists() -> None:
    for page in (ROOT / "docs" / "promises").glob("*.md"):
        for name in re.findall(r"`((?:tests|cm_console|benchmarks)/[\w./]+\.py)", page.read_text()):
            assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_readme_begins_with_the_two_commands() -> None:
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:10])
    assert "make demo" in first
    assert "make test" in first
