"""Secrets: every reference leads to its value or to plain words, and the value shows up nowhere."""

from __future__ import annotations

import asyncio
import os
import pickle
import shlex
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

from cm_console.model.settings import Secret
from cm_console.secrets import SecretError, backend_words, child_environment, is_reference, redact, resolve, store
from cm_console.secrets.references import Reference, Where, parse

Use = Callable[[KeyringBackend], None]
CANARY = "CANARY-7f3a/9c+secret"


class Vault(KeyringBackend):
    """A keyring in memory that keyring's own API takes for one of the desktop's."""

    __module__ = "keyring.backends.SecretService"
    priority = 0.1

    def __init__(self, **entries: str) -> None:
        self.entries = {("cm-console", name.replace("__", "/")): value for name, value in entries.items()}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


class PlainFile(Vault):
    """What keyrings.alt would be."""

    __module__ = "keyrings.alt.file"


class Locked(Vault):
    """A keyring whose owner said no, with the value in its words."""

    __module__ = Vault.__module__

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"locked {CANARY}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ZeroDivisionError(password)


class Hanging(Vault):
    """A keyring that waits for a password prompt nobody sees."""

    __module__ = Vault.__module__

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait()
        return CANARY


class Chain(ChainerBackend):
    """keyring's chain of all keyrings there are, made of those of a test."""

    def __init__(self, *links: KeyringBackend) -> None:
        Chain.backends = links  # type: ignore[assignment,method-assign]  # keyring has a class property here


@pytest.fixture
def use() -> Iterator[Use]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def shown(error: BaseException) -> str:
    """All a careless crash screen could show: words, chained errors and every local of our own frames."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [
        f"{frame.name} {frame.locals}"
        for step in (whole, whole.__context__, whole.__cause__)
        if step
        for frame in step.stack
        if "cm_console" in frame.filename
    ]
    return "\n".join(
        [str(error), repr(error), *map(str, error.args), *ours, str(error.__context__), str(error.__cause__)]
    )


async def refused(reference: str, **options: float) -> str:
    with pytest.raises(SecretError) as caught:
        await resolve(reference, **options)  # type: ignore[arg-type]  # seconds and allow_insecure by name
    everything = shown(caught.value)
    for part in (CANARY, "CANARY", "7f3a"):
        assert part not in everything
    assert str(caught.value).count("\n") <= 1
    return str(caught.value)


def is_running(pid: str) -> bool:
    """Does the process still work? One that is dead but not yet collected by init does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in ("", "Z")


def python(code: str) -> str:
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


async def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CM_TEST_TOKEN", CANARY + "\n")
    secret = await resolve("env:CM_TEST_TOKEN")
    assert secret.reveal() == CANARY
    assert redact(f"x {CANARY} y") == "x *** y"
    monkeypatch.delenv("CM_TEST_TOKEN")
    assert "environment variable CM_TEST_TOKEN is not set" in await refused("env:CM_TEST_TOKEN")
    monkeypatch.setenv("CM_TEST_TOKEN", "  ")
    assert "env:CM_TEST_TOKEN is empty" in await refused("env:CM_TEST_TOKEN")
    monkeypatch.setenv("CM_TEST_TOKEN", f"{CANARY}\r\nHost: evil")
    assert "control character" in await refused("env:CM_TEST_TOKEN")
    monkeypatch.setenv("CM_TEST_TOKEN", "abc")
    assert "too short" in await refused("env:CM_TEST_TOKEN")


@pytest.mark.parametrize("token", [CANARY, f"ghp_{CANARY}", f"user:{CANARY}", f"https://{CANARY}", f" {CANARY}"])
async def test_a_token_in_the_config_is_refused_and_counts_as_known(token: str) -> None:
    words = await refused(token)
    assert "a secret stands in the config itself" in words
    assert "keyring:forum/token" in words
    assert "make a new one" in words
    assert not is_reference(token)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:", '"env:" needs the name'),
        ("env:A B", '"env:" needs the name'),
        (f"env:{CANARY}", '"env:" needs the name'),
        ("keyring:", '"keyring:" needs the name'),
        ("keyring:a\x1b[31m", '"keyring:" needs the name'),
        ("command:", '"command:" needs a command'),
        ("command:pass 'show", '"command:" needs a command'),
        ("command:pass \0", '"command:" needs a command'),
    ],
)
async def test_a_reference_that_leads_nowhere(reference: str, words: str) -> None:
    assert words in await refused(reference)


async def test_from_a_command_its_first_line() -> None:
    secret = await resolve(python(f"print({CANARY!r}); print('user: ann')"))
    assert secret.reveal() == CANARY


async def test_a_command_has_no_shell_no_input_and_no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CM_OTHER_TOKEN", CANARY)
    monkeypatch.setenv("FORUM_TOKEN", CANARY)
    monkeypatch.setenv("GPG_TTY", "/dev/tty")
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1")
    await resolve("env:FORUM_TOKEN")
    code = (
        "import os, sys; print('-'.join([sys.argv[1], repr(sys.stdin.read()), str(os.getsid(0) == os.getpid()), "
        "*[name for name in ('CM_OTHER_TOKEN', 'FORUM_TOKEN', 'GPG_TTY', 'VAULT_ADDR') if name in os.environ]]))"
    )
    secret = await resolve(python(code) + " '$HOME;id'")
    assert secret.reveal() == "$HOME;id-''-True-VAULT_ADDR"


def test_a_child_keeps_the_home_of_the_console() -> None:
    given = {"CM_CONSOLE_HOME": "/x", "CM_CONSOLE_TOKEN": "a", "CM_X": "b", "PATH": "/bin"}
    assert child_environment(given) == {"CM_CONSOLE_HOME": "/x", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('no such entry')", "failed with exit code 1: no such entry."),
        (f"import sys; print({CANARY!r}); sys.exit({CANARY!r})", "failed with exit code 1.\nRun it in a terminal."),
        ("import sys; sys.exit('\\x1b[31mred')", "failed with exit code 1: ␛[31mred."),
        ("pass", "is empty"),
        (f"print(); print({CANARY!r})", "is empty"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\xfd\\xfc\\xfb')", "printed something that is not text"),
        ("print('tab\\there')", "control character"),
    ],
)
async def test_a_command_that_fails(code: str, words: str) -> None:
    assert words in await refused(python(code))


async def test_a_command_that_is_not_there() -> None:
    words = await refused(f"command:no-such-program-here --token {CANARY}")
    assert words.startswith("command:no-such-program-here … cannot be run: No such file or directory.")


async def test_a_command_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    script = f"sleep 60 & echo $$ $! > {shlex.quote(str(note))}; echo {CANARY}; sleep 60"
    began = time.monotonic()
    words = await refused(f"command:sh -c {shlex.quote(script)}", seconds=1.0)
    assert "gave no answer within 1 s and was stopped.\nIf it wants a password" in words
    assert time.monotonic() - began < 20
    pids = note.read_text(encoding="utf-8").split()
    assert len(pids) == 2
    assert not any(map(is_running, pids))


async def test_a_command_that_never_stops_talking_is_stopped() -> None:
    assert "gave no answer" in await refused("command:yes", seconds=0.3)


async def test_a_cancelled_command_is_stopped(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    os.mkfifo(note)
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    task = asyncio.create_task(resolve(python(code)))
    pid = int(await asyncio.to_thread(note.read_text, encoding="utf-8"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_from_the_keyring_and_back(use: Use) -> None:
    vault = Vault()
    use(vault)
    await store("keyring:forum/token", Secret(CANARY))
    assert vault.entries == {("cm-console", "forum/token"): CANARY}
    assert (await resolve("keyring:forum/token")).reveal() == CANARY
    words = await refused("keyring:forum/other one")
    assert words == (
        "keyring:forum/other one is not in the keyring.\nPut it there with: keyring set cm-console 'forum/other one'"
    )
    assert backend_words() == "keyring: keyring.backends.SecretService"


@pytest.mark.parametrize("backend", [null.Keyring, fail.Keyring])
@pytest.mark.parametrize("insecure", [False, True])
async def test_without_a_keyring_the_words_say_what_to_do_instead(
    use: Use, backend: type[KeyringBackend], insecure: bool
) -> None:
    use(backend())
    words = await refused("keyring:forum/token", allow_insecure=insecure)
    assert words.startswith("there is no keyring on this machine or in this session.\nUse ")
    assert '"env:NAME" or "command:pass show forum/token"' in words
    assert backend_words() == "keyring: none used; there is no keyring on this machine or in this session."
    with pytest.raises(SecretError, match="there is no keyring"):
        await store("keyring:forum/token", Secret(CANARY), allow_insecure=insecure)


async def test_a_keyring_that_keeps_plain_files_needs_consent(use: Use) -> None:
    plain = PlainFile(forum__token=CANARY)
    use(plain)
    words = await refused("keyring:forum/token")
    assert words.startswith("the keyring here is keyrings.alt.file, which may keep tokens in a plain file")
    assert "allow_insecure_keyring = true" in words
    with pytest.raises(SecretError):
        await store("keyring:new", Secret(CANARY))
    assert ("cm-console", "new") not in plain.entries
    assert (await resolve("keyring:forum/token", allow_insecure=True)).reveal() == CANARY
    assert "keyrings.alt.file" in backend_words()


async def test_of_a_chain_only_the_safe_links_are_used(use: Use) -> None:
    plain, first, second = PlainFile(forum__token="stolen"), Vault(), Vault(forum__token=CANARY)
    use(Chain(plain, first, second))
    assert (await resolve("keyring:forum/token")).reveal() == CANARY
    await store("keyring:new", Secret(CANARY))
    assert ("cm-console", "new") in first.entries
    assert ("cm-console", "new") not in plain.entries | second.entries


async def test_a_locked_or_broken_keyring_is_words_and_not_a_traceback(use: Use) -> None:
    use(Locked())
    assert "did not give keyring:forum/token: it is locked or does not work (KeyringLocked)" in await refused(
        "keyring:forum/token"
    )
    with pytest.raises(SecretError, match=r"did not take .* \(ZeroDivisionError\)") as caught:
        await store("keyring:forum/token", Secret(CANARY))
    assert CANARY not in shown(caught.value)


async def test_a_keyring_that_waits_for_its_owner_blocks_nobody(use: Use) -> None:
    hanging = Hanging()
    use(hanging)
    words = await refused("keyring:forum/token", seconds=0.05)
    assert "gave no answer within 0.05 s: it may be waiting to be unlocked" in words
    waiting = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    assert waiting
    assert all(thread.daemon for thread in waiting)
    hanging.unlocked.set()
    for thread in waiting:
        thread.join(10)
        assert not thread.is_alive()


async def test_only_a_keyring_can_be_written_to(use: Use) -> None:
    use(Vault())
    with pytest.raises(SecretError, match="env:X cannot be written to"):
        await store("env:X", Secret(CANARY))
    with pytest.raises(SecretError, match="a secret stands in the config"):
        await store("token", Secret(CANARY))
    with pytest.raises(SecretError, match="control character"):
        await store("keyring:x", Secret(f"{CANARY}\n{CANARY}"))


def test_a_broken_choice_of_keyring_is_words() -> None:
    code = (
        "import asyncio; from cm_console.secrets import resolve, backend_words\n"
        "print(backend_words())\nasyncio.run(resolve('keyring:x'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "no.such.Keyring"},
        capture_output=True,
        text=True,
        check=False,
    )
    words = "the keyring did not answer: it is locked or does not work (ModuleNotFoundError)."
    assert done.stdout.strip() == f"keyring: none used; {words}"
    assert "SecretError: the keyring did not give keyring:x" in done.stderr


async def test_no_form_of_a_secret_shows_it() -> None:
    secret = Secret(CANARY)
    argv = parse(f"command:curl -H {CANARY}")
    assert isinstance(argv, Reference)
    assert argv.where is Where.COMMAND
    for thing in (secret, argv, [secret], {"a": secret}):
        assert "CANARY" not in f"{thing} {thing!r} {thing!s:>9}"
        with pytest.raises(TypeError):
            pickle.dumps(thing)


def test_importing_loads_no_keyring() -> None:
    code = "import sys; import cm_console.secrets; print({'keyring', 'httpx', 'jeepney'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
