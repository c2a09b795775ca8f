"""The keyring of the desktop: only backends that keep tokens encrypted, and plain words where there is none.

Every function here may block for as long as a person takes to unlock the keyring: they are called in a thread.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from cm_console.model.settings import Secret
from cm_console.secrets.references import SERVICE, Reference, SecretError, as_secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

ALLOWED = ("SecretService", "kwallet", "libsecret", "macOS", "Windows")
"""Modules of keyring.backends that keep what they are given encrypted and behind the user's login."""

_NEVER = ("keyring.backends.null", "keyring.backends.fail")
_INSTEAD = (
    'Use "env:NAME" or "command:pass show forum/token" in the config instead, or run where a keyring is unlocked.'
)


def _backends() -> Iterator[KeyringBackend]:
    """The backends in use, chained ones one by one: a chain may hold one we refuse."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    if isinstance(chosen, ChainerBackend):
        yield from chosen.backends
    else:
        yield chosen


def _module(backend: KeyringBackend) -> str:
    return type(backend).__module__


def _accepted(allow_insecure: bool) -> list[KeyringBackend]:
    safe = {f"keyring.backends.{name}" for name in ALLOWED}
    return [
        backend
        for backend in _backends()
        if _module(backend) in safe or (allow_insecure and not _module(backend).startswith(_NEVER))
    ]


def _none_accepted() -> SecretError:
    refused = [_module(backend) for backend in _backends() if not _module(backend).startswith(_NEVER)]
    if refused:
        return SecretError(
            f"the keyring here is {', '.join(refused)}, which may keep tokens in a plain file; it is not used.\n"
            f"{_INSTEAD} allow_insecure_keyring = true accepts it all the same."
        )
    return SecretError(f"there is no keyring on this machine or in this session.\n{_INSTEAD}")


def _ask(what: str, allow_insecure: bool, question: Callable[[list[KeyringBackend]], T]) -> T | SecretError:
    """Put a question to the accepted keyrings; whatever they raise becomes words, for they are other people's code."""
    try:
        accepted = _accepted(allow_insecure)
        return question(accepted) if accepted else _none_accepted()
    except Exception as error:  # noqa: BLE001  # a keyring raises what its system does: D-Bus, ctypes, plugins
        # Only its type is told, and it is not chained: its words and frames may hold the value.
        kind = type(error).__name__
    return SecretError(f"the keyring did not {what}: it is locked or does not work ({kind}).\n{_INSTEAD}")


def read(reference: Reference, allow_insecure: bool) -> Secret | SecretError:
    """The secret in the first accepted keyring that has it."""

    def question(accepted: list[KeyringBackend]) -> Secret | SecretError:
        for backend in accepted:
            value = backend.get_password(SERVICE, reference.name)
            if value is not None:
                return as_secret(value, reference)
        put = f"keyring set {SERVICE} {shlex.quote(reference.name)}"
        return SecretError(f"{reference} is not in the keyring.\nPut it there with: {put}")

    return _ask(f"give {reference}", allow_insecure, question)


def write(reference: Reference, value: Secret, allow_insecure: bool) -> SecretError | None:
    """Keep a secret in the first accepted keyring."""

    def question(accepted: list[KeyringBackend]) -> None:
        accepted[0].set_password(SERVICE, reference.name, value.reveal())

    return _ask(f"take {reference}", allow_insecure, question)


def backend_words() -> str:
    """Which keyring there is and whether it is used, in one line for `doctor`. May block; call it in a thread."""
    found = _ask("answer", False, lambda accepted: ", ".join(map(_module, accepted)))
    if isinstance(found, SecretError):
        return f"keyring: none used; {str(found).splitlines()[0]}"
    return f"keyring: {found}"
