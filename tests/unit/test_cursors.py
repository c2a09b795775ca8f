"""States go through cursors unharmed; what cannot be read is the beginning."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field

from cm_console.model.source import Cursor
from cm_console.sources.cursors import cursor_of, state_of


class Walk(Struct):
    """How far something is known."""

    place: int = 0
    looks: dict[str, str] = field(default_factory=dict)


@given(st.integers(0, 2**53), st.dictionaries(st.text(), st.text()))
def test_a_state_comes_back_as_it_was(place: int, looks: dict[str, str]) -> None:
    assert state_of(cursor_of(Walk(place, looks)), Walk) == Walk(place, looks)
    assert state_of(cursor_of(looks), dict[str, str]) == looks


def test_no_cursor_and_one_of_another_version_mean_the_beginning() -> None:
    for cursor in (None, Cursor(""), Cursor("17"), Cursor("{"), Cursor('{"place": "behind the moon"}')):
        assert state_of(cursor, Walk) == Walk()
        assert state_of(cursor, dict[str, str]) == {} or cursor == '{"place": "behind the moon"}'
