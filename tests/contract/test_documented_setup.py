"""The set-up commands of docs/sources/ are run as they stand there, and then ask a stand-in who we are."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cm_console.cli import run
from cm_console.cli.session import PARTLY
from tests.contract.test_rss import FeedBench
from tests.servers.discourse_bench import DiscourseBench
from tests.servers.email_bench import US, EmailBench
from tests.servers.github_bench import GitHubBench
from tests.servers.mailman_bench import MailmanBench
from tests.servers.mastodon_bench import MastodonBench
from tests.servers.matrix_bench import MatrixBench
from tests.servers.wordpress_bench import WordPressBench

PAGES = Path(__file__).parents[2] / "docs" / "sources"
COMMAND = re.compile(r"^cm-console (source .+)$", re.MULTILINE)


class Setup(NamedTuple):
    """Where the examples of a page stand for: a stand-in, what its examples become, what only a stand-in needs."""

    bench: Callable[[], Any]
    examples: Callable[[Any], Mapping[str, str]]
    besides: Callable[[Any], Mapping[str, str]] = lambda bench: {}


def url(bench: Any) -> dict[str, str]:
    return {"url": bench.server.url}


def plain(port: int) -> str:
    return f"plain://127.0.0.1:{port}"


SETUPS = {
    "discourse": Setup(DiscourseBench, lambda b: {**url(b), "username": b.server.me.username}),
    "matrix": Setup(MatrixBench, url),
    "mastodon": Setup(MastodonBench, url),
    "github": Setup(GitHubBench, lambda b: {"repos": "octo/bikes"}, lambda b: {"api": b.server.url}),
    "mailman": Setup(MailmanBench, url),
    "wordpress": Setup(WordPressBench, lambda b: {**url(b), "username": b.server.me.name}),
    "email": Setup(
        EmailBench,
        lambda b: {"address": US, "imap": plain(b.imap.port)},
        lambda b: {"smtp": plain(b.smtp.port)},
    ),
    "rss": Setup(FeedBench, lambda b: {"urls": f"{b.server.url}/feed"}, lambda b: {"private": "true"}),
}
BEGUN = {"mbox": 0, "table": PARTLY}
"""How adding ends: for a table a mapping is begun, to be looked at."""
FILES = {
    "mbox": "From ann@ann.test Mon Nov 16 10:00:00 2026\nFrom: ann@ann.test\nSubject: Hi\nMessage-ID: <1@a>\n"
    "Date: Mon, 16 Nov 2026 10:00:00 +0000\n\nHello\n",
    "table": "id,name,joined\n1,ann,2026-11-16\n",
}


def commands(kind: str) -> list[list[str]]:
    """The words of each set-up command of a page, without the program's name."""
    found = COMMAND.findall((PAGES / f"{kind}.md").read_text(encoding="utf-8"))
    return [shlex.split(words) for words in found]


def with_examples(
    words: list[str], examples: Mapping[str, str], secret: str, set_env: Callable[[str, str], None]
) -> list[str]:
    """The command with each example replaced; a secret goes where the page says it is read from."""
    made = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and value.startswith("env:"):
            set_env(value.removeprefix("env:"), secret)
        elif equals:
            word = f"{key}={examples[key]}"
        made.append("mine" if word == "NAME" else word)
    return made


@pytest.mark.parametrize("kind", SETUPS)
async def test_the_commands_of_the_page_set_the_source_up(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = await SETUPS[kind].bench().start()
    secret = bench.secrets[0] if bench.secrets else ""
    try:
        adding, *others = (
            with_examples(words, SETUPS[kind].examples(bench), secret, monkeypatch.setenv) for words in commands(kind)
        )
        assert adding[:3] == ["source", "add", kind] and others == [["source", "check", "mine"]]
        adding += [f"{key}={value}" for key, value in SETUPS[kind].besides(bench).items()]
        for words in (adding, *others):
            ended = await asyncio.to_thread(run, ["--home", str(tmp_path / "home"), *words])
            shown = capsys.readouterr()
            assert ended == 0, f"{words}: {shown.err}{shown.out}"
            assert not secret or secret not in shown.out + shown.err
    finally:
        await bench.close()
    if secret:
        assert secret not in (tmp_path / "home" / "config.toml").read_text()


@pytest.mark.parametrize("kind", FILES)
def test_the_commands_of_a_page_about_files(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adding, *others = commands(kind)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = Path(dict(word.split("=", 1) for word in adding if "=" in word)["path"]).expanduser()
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(FILES[kind])
    filled = [["mine" if word == "NAME" else word for word in words] for words in (adding, *others)]
    ends = [run(["--home", str(tmp_path / "home"), *words]) for words in filled]
    assert ends == [BEGUN[kind], 0]


def test_every_page_is_run() -> None:
    """But those of what needs no set-up, or has its own tests."""
    pages = {page.stem for page in PAGES.glob("*.md")}
    assert pages - set(SETUPS) - set(FILES) == {"memory", "stackexchange-dump", "webhook"}
