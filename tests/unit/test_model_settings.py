"""Settings of a source: declared once, converted with words that help, secrets never shown."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.settings import Secret, make_settings, setting, settings_of

CANARY = "CANARY-77"


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One field of each kind."""

    url: str = setting("Where it is.", where="the address bar", example="https://forum.test")
    token: Secret = setting("The key of your account.", where="Admin > API")  # noqa: RUF009  it makes a field
    days: int = setting("How far back to go.", default=30)
    private: bool = setting("Pull private messages too.", default=False)


GIVEN = {"url": "https://a.test", "token": CANARY}


def test_a_secret_shows_itself_to_nobody() -> None:
    """Not in repr, str, format, a container, a dataclass, a traceback; only `reveal` gives it."""
    secret = Secret(CANARY)
    made = make_settings(Sample, GIVEN)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", "%s" % secret, repr([secret]), repr(made)]  # noqa: UP031
    assert not any(CANARY in text for text in shown) and "***" in repr(made)
    assert secret.reveal() == made.token.reveal() == CANARY


def test_a_secret_is_never_written_down() -> None:
    """Pickle, copy, asdict and JSON refuse; it has no attributes to walk over."""
    secret = Secret(CANARY)
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
        with pytest.raises(TypeError) as caught:
            write(secret)
        assert CANARY not in str(caught.value)
    with pytest.raises(TypeError, match="never written down"):
        dataclasses.asdict(make_settings(Sample, GIVEN))


def test_secrets_compare_by_value() -> None:
    """With each other only."""
    assert Secret("a") == Secret("a") != Secret("b") and Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_settings_are_listed_in_order_with_their_words() -> None:
    """What the questions, the doctor and the docs need."""
    url, token, days, private = settings_of(Sample)
    assert (url.name, url.help, url.where, url.example) == (
        "url", "Where it is.", "the address bar", "https://forum.test",
    )  # fmt: skip
    assert [field.required for field in (url, token, days, private)] == [True, True, False, False]
    assert [field.secret for field in (url, token, days, private)] == [False, True, False, False]
    assert (days.default, days.kind, private.kind, url.default) == (30, int, bool, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (30, False)),
        ({"days": 7, "private": True}, (7, True)),
        ({"days": " 7 ", "private": "yes"}, (7, True)),
        ({"days": "1", "private": "No"}, (1, False)),
        ({"days": "0", "private": "TRUE"}, (0, True)),
    ],
)
def test_values_from_config_and_from_the_command_line(values: dict[str, object], expected: tuple[int, bool]) -> None:
    """Typed or as text; what is not given has its default."""
    made = make_settings(Sample, GIVEN | values)
    assert (made.days, made.private) == expected and made.url == "https://a.test"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (GIVEN | {"ulr": "x"}, r"unknown setting 'ulr'; known: url, token, days, private"),
        ({"token": "x"}, r"url is missing: Where it is\."),
        ({"url": "x"}, r"token is missing"),
        (GIVEN | {"days": "soon"}, r"days must be a whole number, 0 or more, not 'soon'"),
        (GIVEN | {"days": "-5"}, r"days must be a whole number, 0 or more, not '-5'"),
        (GIVEN | {"days": -5}, r"days must be a whole number, 0 or more, not '-5'"),
        (GIVEN | {"days": "--5"}, r"days must be a whole number, 0 or more, not '--5'"),
        (GIVEN | {"days": "²"}, r"days must be a whole number, 0 or more, not '²'"),
        (GIVEN | {"days": ""}, r"days must be a whole number"),
        (GIVEN | {"days": "1.5"}, r"days must be a whole number"),
        (GIVEN | {"days": True}, r"days must be a whole number"),
        (GIVEN | {"private": "maybe"}, r"private must be true or false, not 'maybe'"),
        (GIVEN | {"private": 1}, r"private must be true or false"),
        (GIVEN | {"url": 5}, r"url must be text, not '5'"),
    ],
)
def test_a_wrong_value_is_named(values: dict[str, object], words: str) -> None:
    """The key, what is expected, what was given."""
    with pytest.raises(ValueError, match=f"^{words}"):
        make_settings(Sample, values)


@pytest.mark.parametrize("token", [123456789, 1.5, ["CANARY-77"], None])
def test_a_wrong_secret_is_not_quoted(token: object) -> None:
    """A token without quotes in the config is a number: the error must not print it."""
    with pytest.raises(ValueError, match="token must be") as caught:
        make_settings(Sample, {"url": "x", "token": token})
    assert str(token) not in "".join(traceback.format_exception(caught.value, limit=0))


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from(["url", "token", "days", "private", "other"]), VALUES))
def test_any_values_make_settings_or_a_value_error(values: dict[str, object]) -> None:
    """Never another exception, never a value of another type."""
    try:
        made = make_settings(Sample, values)
    except ValueError as error:
        assert any(name in str(error) for name in ("url", "token", "days", "private", "other"))
    else:
        assert [type(getattr(made, name)) for name in ("url", "token", "days", "private")] == [str, Secret, int, bool]
