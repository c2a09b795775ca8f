"""Runs the command a secret comes from: no shell, no terminal, a time limit, and only its first line is read."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from contextlib import suppress

from cm_console.model.settings import Secret
from cm_console.model.text import clean_line
from cm_console.secrets.process import child_environment
from cm_console.secrets.redaction import redact
from cm_console.secrets.references import Reference, SecretError, as_secret

SECONDS = 10.0
_MOST = 65_536
_END_SECONDS = 2.0


async def run(reference: Reference, seconds: float = SECONDS) -> Secret | SecretError:
    """What the command prints first. It gets no input and its own session, so it cannot ask on our terminal."""
    if reference.argv is None:
        raise ValueError("not a command")
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(reference.argv.reveal()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=child_environment(),
            start_new_session=True,
        )
    except OSError as error:
        return SecretError(f"{reference} cannot be run: {error.strerror}. Is the program installed and in the PATH?")
    try:
        async with asyncio.timeout(seconds):
            output, errors = await asyncio.gather(_read(process.stdout), _read(process.stderr))
            code = await process.wait()
    except TimeoutError:
        return SecretError(
            f"{reference} gave no answer within {seconds:g} s and was stopped.\n"
            "If it wants a password, unlock it in another terminal first, then try again."
        )
    finally:
        await _stop(process)
    return _judge(reference, code, output, errors)


async def _read(stream: asyncio.StreamReader | None) -> Secret:
    """All of a stream up to a limit; the rest is let go by, so that the command can end."""
    kept = bytearray()
    while stream is not None and (chunk := await stream.read(_MOST)):
        kept += chunk[: _MOST - len(kept)]
    return Secret(kept.decode("utf-8", "replace"))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the command and all it started, and wait for it; a full pipe is emptied, or its end would not be seen."""
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None and not stream.at_eof()]
    if process.returncode is not None and not streams:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):  # something it started has left its session and holds a pipe: not ours to wait for
        async with asyncio.timeout(_END_SECONDS):
            await asyncio.gather(process.wait(), *map(_read, streams))


def _judge(reference: Reference, code: int, output: Secret, errors: Secret) -> Secret | SecretError:
    first = Secret(output.reveal().split("\n", 1)[0])
    if code == 0:
        if "\ufffd" in first.reveal():
            return SecretError(f"{reference} printed something that is not text.")
        return as_secret(first.reveal(), reference)
    # What it says may repeat what it printed: it is only shown when it printed nothing.
    said = "" if output.reveal() else clean_line(redact(errors.reveal().strip().rpartition("\n")[2]), 160)
    return SecretError(f"{reference} failed with exit code {code}{': ' + said if said else ''}.\nRun it in a terminal.")
