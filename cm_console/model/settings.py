"""Settings of a source: a dataclass whose fields are config keys, questions, doctor checks and documentation."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


class Secret:
    """A token that shows itself to nobody: repr, str and format give stars, pickling fails; `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one place that puts it on the wire."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a Secret is never written down")


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One field of a source's settings, as docs, doctor and questions need it."""

    name: str
    help: str
    where: str
    example: str
    required: bool
    secret: bool
    default: object
    kind: type


def setting(help: str, *, where: str = "", example: str = "", default: Any = dataclasses.MISSING) -> Any:
    """A dataclass field with the words a person needs: what it is, where to get it, what it looks like."""
    metadata = {"help": help, "where": where, "example": example}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def settings_of(kind: type) -> tuple[Setting, ...]:
    """The settings a dataclass declares, in order."""
    hints = get_type_hints(kind)
    return tuple(
        Setting(
            field.name,
            field.metadata["help"],
            field.metadata["where"],
            field.metadata["example"],
            field.default is dataclasses.MISSING,
            hints[field.name] is Secret,
            None if field.default is dataclasses.MISSING else field.default,
            hints[field.name],
        )
        for field in dataclasses.fields(kind)
    )


def make_settings(kind: type[T], values: Mapping[str, object]) -> T:
    """Build a settings dataclass from config values (text, number, true/false; Secret for secrets).

    Raises:
        ValueError: an unknown, missing or wrong value; the words name the key and what is expected.
    """
    known = {field.name: field for field in settings_of(kind)}
    for name in values:
        if name not in known:
            raise ValueError(f"unknown setting {name!r}; known: {', '.join(known)}")
    made: dict[str, object] = {}
    for name, field in known.items():
        if name in values:
            made[name] = _convert(field, values[name])
        elif field.required:
            raise ValueError(f"{name} is missing: {field.help}")
    return kind(**made)


def _convert(field: Setting, value: object) -> object:
    if isinstance(value, field.kind) and field.kind is not int:
        return value
    text = str(value).strip()
    if field.kind is bool and text.lower() in ("true", "false", "yes", "no"):
        return text.lower() in ("true", "yes")
    if field.kind is int and re.fullmatch("[0-9]{1,18}", text):
        return int(text)
    if field.kind is Secret:
        if isinstance(value, str):
            return Secret(value)
        raise ValueError(f"{field.name} must be text in quotes (what was given is not shown)")
    words = {bool: "true or false", int: "a whole number, 0 or more", str: "text"}.get(field.kind, field.kind.__name__)
    raise ValueError(f"{field.name} must be {words}, not {text!r}")
