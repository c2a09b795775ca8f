"""Places in texts: filled once, named when they cannot be, never read out of what was filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.templates import PLACES, fill, places, unfilled


def test_places_are_filled_and_what_is_filled_in_is_no_place() -> None:
    assert fill("Hello {member}, about {title}", {"member": "{title}", "title": "a {link}"}) == (
        "Hello {title}, about a {link}",
        (),
    )


def test_what_has_no_value_stays_and_is_named_once() -> None:
    assert fill("{order} {member} {order} {title}", {"member": "mia", "title": "  "}) == (
        "{order} mia {order} {title}",
        ("order", "title"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "`{member}`",
        "``a ` {member}``",
        "```\n{member}\n```",
        "~~~\n{member}\n~~~",
        "```\n{member}",
        "{ member }",
        "{Member}",
    ],
)
def test_code_and_other_braces_hold_no_place(text: str) -> None:
    assert fill(text, {"member": "mia"}) == (text, ())
    assert unfilled(text) == () == places(text)


def test_only_known_places_are_called_forgotten() -> None:
    assert unfilled("{member} and {x} and {order}") == ("member",)
    assert unfilled("{member} and {x} and {order}", {"order"}) == ("member", "order")


@given(st.text(alphabet="ab {}`_m\n", max_size=60), st.dictionaries(st.sampled_from("abm"), st.text(max_size=5)))
def test_what_is_missing_is_what_is_left(text: str, variables: dict[str, str]) -> None:
    filled, missing = fill(text, {name: words.replace("{", "").replace("`", "") for name, words in variables.items()})
    assert set(missing) <= set(places(text)) | set()
    assert all(f"{{{name}}}" in filled for name in missing)
    assert fill(text, {}) == (text, places(text)) or "`" in text


def test_every_known_place_can_stand_in_a_text() -> None:
    text = "".join(f"{{{name}}}" for name in PLACES)
    assert places(text) == tuple(PLACES)
