"""Follows a reference to its secret, without ever blocking the event loop or showing the value."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from cm_console.model.settings import Secret
from cm_console.secrets import commands, keyrings
from cm_console.secrets.process import note_variable
from cm_console.secrets.redaction import redactor
from cm_console.secrets.references import Reference, SecretError, Where, as_secret, parse

T = TypeVar("T")

KEYRING_SECONDS = 60.0
"""How long a keyring may take: a person may have to type a password into its window."""


async def resolve(reference: str, *, allow_insecure: bool = False, seconds: float | None = None) -> Secret:
    """The secret a reference leads to; from then on it is redacted everywhere.

    Args:
        reference: as the config has it.
        allow_insecure: the config's `allow_insecure_keyring`.
        seconds: the time limit; by default 10 for a command and 60 for a keyring.

    Raises:
        SecretError: what is wrong, where, and what to do.
    """
    found = await _look(parse(reference), allow_insecure, seconds)
    del reference  # It may be a token written into the config: no traceback shall show it.
    if isinstance(found, SecretError):
        raise found
    redactor.add(found)
    return found


async def store(reference: str, value: Secret, *, allow_insecure: bool = False, seconds: float | None = None) -> None:
    """Keep a secret in the keyring under a `keyring:` reference.

    Raises:
        SecretError: it is no keyring reference, the value cannot be a secret, or the keyring refuses.
    """
    problem = await _keep(parse(reference), value, allow_insecure, seconds or KEYRING_SECONDS)
    del reference
    if problem:
        raise problem


async def _look(
    reference: Reference | SecretError, allow_insecure: bool, seconds: float | None
) -> Secret | SecretError:
    if isinstance(reference, SecretError):
        return reference
    if reference.where is Where.ENV:
        return _variable(reference)
    if reference.where is Where.COMMAND:
        return await commands.run(reference, seconds or commands.SECONDS)
    return await _in_thread(lambda: keyrings.read(reference, allow_insecure), seconds or KEYRING_SECONDS)


async def _keep(
    reference: Reference | SecretError, value: Secret, allow_insecure: bool, seconds: float
) -> SecretError | None:
    if isinstance(reference, SecretError):
        return reference
    if reference.where is not Where.KEYRING:
        return SecretError(f'{reference} cannot be written to; only "keyring:forum/token" can.')
    secret = as_secret(value.reveal(), reference)
    if isinstance(secret, SecretError):
        return secret
    redactor.add(secret)
    return await _in_thread(lambda: keyrings.write(reference, secret, allow_insecure), seconds)


def _variable(reference: Reference) -> Secret | SecretError:
    note_variable(reference.name)
    if reference.name not in os.environ:
        return SecretError(f"the environment variable {reference.name} is not set: set it before you start cm-console.")
    return as_secret(os.environ[reference.name], reference)


async def _in_thread(work: Callable[[], T], seconds: float) -> T | SecretError:
    """Do blocking work in a thread that is left behind when it hangs: a daemon, so it cannot keep us from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(outcome)  # type: ignore[arg-type]  # without an error there is an outcome

    def body() -> None:
        outcome: T | None = None
        trouble: BaseException | None = None
        try:
            outcome = work()
        except BaseException as error:  # noqa: BLE001  # it is raised again where the work was asked for
            trouble = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome, trouble)

    threading.Thread(target=body, name="keyring", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await done
    except TimeoutError:
        return SecretError(
            f"the keyring gave no answer within {seconds:g} s: it may be waiting to be unlocked.\n"
            'Unlock it and try again, or use "env:NAME" or "command:pass show forum/token" in the config.'
        )
