"""Where screens are tried: a terminal without surprises, and a community in a real store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.screens.stage import Stage

os.environ["TEXTUAL_ANIMATIONS"] = "none"
for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL", "TEXTUAL_DEBUG"):
    os.environ.pop(_name, None)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An empty stage; see stage.py."""
    from tests.screens.stage import make_stage

    made = make_stage(tmp_path)
    yield made
    made.store.close()
