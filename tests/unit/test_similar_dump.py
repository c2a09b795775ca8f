"""Similar threads of a real community: linked questions are found again clearly more often than by titles alone."""

from __future__ import annotations

import pytest

from benchmarks.similar import DUMP, found_again

pytestmark = pytest.mark.skipif(not DUMP.is_dir(), reason="the real dump in ../shared is not here")


def test_linked_questions_are_found_again_in_what_is_listed() -> None:
    """At least 1.2 times as many as BM25 over the titles, on the links that nothing was chosen on."""
    judged = [line for line in found_again() if line.goal is not None]
    assert len(judged) == 4
    assert [line.what for line in judged if not line.met] == []
    assert all(line.ours >= 40 for line in judged)
