"""What the config says instead of a secret: `env:NAME`, `command:pass show forum/token`, `keyring:forum/token`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.secrets.redaction import SHORTEST

SERVICE = "cm-console"
"""The name under which tokens stand in the keyring: `keyring set cm-console forum/token`."""

WAYS = '"keyring:forum/token", "env:FORUM_TOKEN" or "command:pass show forum/token"'


class SecretError(Exception):
    """A secret cannot be had; `str(error)` is one or two plain lines: what, where, what to do. Never the value."""


class Where(StrEnum):
    """Where a reference points to."""

    ENV = "env"
    COMMAND = "command"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference taken apart.

    Attributes:
        name: the variable, the keyring entry, or the program's name: fit to be shown.
        argv: the command to run; stars in repr, for people put tokens there.
    """

    where: Where
    name: str
    argv: Secret | None = None

    def __str__(self) -> str:
        return f"{self.where}:{self.name}" + (" …" if self.where is Where.COMMAND else "")


def is_reference(text: str) -> bool:
    """Does the text begin like a reference? Whether it leads anywhere is another question."""
    return text.partition(":")[0].strip() in set(Where) and ":" in text


def parse(text: str) -> Reference | SecretError:
    """Take a reference apart; what is wrong is returned, not raised, so that no traceback holds the text."""
    where, _, rest = text.strip().partition(":")
    rest = rest.strip()
    if not is_reference(text):
        return SecretError(
            f"a secret stands in the config itself. Write where it is instead: {WAYS};\n"
            "then consider the old one known to others: make a new one on the platform and revoke it."
        )
    if where == Where.ENV:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", rest):
            return SecretError('"env:" needs the name of an environment variable, such as "env:FORUM_TOKEN".')
        return Reference(Where.ENV, rest)
    if where == Where.KEYRING:
        if not rest or rest != clean_line(rest, 100):
            return SecretError('"keyring:" needs the name of an entry, such as "keyring:forum/token".')
        return Reference(Where.KEYRING, rest)
    return _command(rest)


def _command(text: str) -> Reference | SecretError:
    try:
        argv = shlex.split(text)
    except ValueError:
        argv = []
    if not argv or not argv[0] or "\0" in text:
        return SecretError('"command:" needs a command with closed quotes, such as "command:pass show forum/token".')
    return Reference(Where.COMMAND, clean_line(argv[0].rpartition("/")[2] or argv[0], 40), Secret(text))


def as_secret(text: str, reference: Reference) -> Secret | SecretError:
    """Take what was found there as a secret, if it can be one."""
    value = text.strip("\r\n")
    if not value.strip():
        return SecretError(f"{reference} is empty: put the secret there.")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return SecretError(f"{reference} holds a line break or another control character: it must be the secret alone.")
    if len(value) < SHORTEST:
        return SecretError(f"{reference} is too short for a secret: it has less than {SHORTEST} characters.")
    return Secret(value)
