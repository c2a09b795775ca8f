"""Writes the generated pages: keys, sources, settings, metrics, commands, files; `--check` only compares."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parent.parent
START, END = "<!-- files: generated, do not edit -->", "<!-- end of files -->"


def pages() -> dict[str, str]:
    """Every generated page: path below the project's root, and its text."""
    from cm_console.config import markdown

    written = {
        "docs/keys.md": keys_page(),
        "docs/config.md": markdown(),
        "docs/metrics.md": metrics_page(),
        "docs/members.md": members_page(),
        "docs/commands.md": commands_page(),
        "docs/architecture.md": architecture_page(),
    }
    return written | dict(source_pages())


def keys_page() -> str:
    """All commands with their keys, by screen."""
    from cm_console import keys

    lines = [
        "# Keys\n",
        "Every action has a plain key, is in the palette (ctrl+p) and can be remapped by its id: see `[keys]` in "
        "[config.md](config.md).",
    ]
    screen = None
    for where, key, id, help in keys.docs():
        if where != screen:
            screen = where
            lines += [f"\n## {where.capitalize()}\n", "| key | does | id |", "|---|---|---|"]
        shown = ", ".join(f"`{part}`" for part in key.split(", "))
        lines.append(f"| {shown} | {cell(help)} | `{id}` |")
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """Every number with its definition."""
    from cm_console.model.metric_table import METRICS

    lines = [
        "# Metrics\n",
        "What each number means; W is the window. Shown by key `=` and `cm-console metrics formula ID`.",
    ]
    section = None
    for metric in METRICS:
        if metric.section != section:
            section = metric.section
            lines += [f"\n## {section}\n", "| id | definition | unit | good | origin |", "|---|---|---|---|---|"]
        parts = (metric.definition, metric.unit, metric.good, metric.origin)
        lines.append(f"| `{metric.id}` | {' | '.join(cell(str(part)) for part in parts)} |")
    return "\n".join(lines) + "\n"


def members_page() -> str:
    """How segments and levels are made."""
    from cm_console.model.segments import FIELDS, LEVELS, SEGMENTS, TEXTS

    lines = [
        "# Members\n",
        "A person is one or more accounts. Bots are nowhere in the directory; the team is a list of its own and in no "
        "segment. Today is part of every window; days are those of the community's time zone. Attendance (sign-in "
        "sheets, meetups) counts as activity. The rules are data: `[segments.NAME]` and `[levels]` in the config "
        "replace, add or switch them off ([config.md](config.md)); key `=` and `cm-console members segments` show "
        "them with how many persons are in each, and every row of a list says why it is there.\n",
        "Where a segment names a metric the two agree for a window that ends today; metrics count accounts, segments "
        "persons, so they differ by accounts that were linked.",
        "\n## Segments\n", "| segment | rule | what it is |", "|---|---|---|",
        *(f"| {each.title} (`{each.name}`) | `{each.rule}` | {cell(each.help)} |" for each in SEGMENTS),
        "\n`top` is among members alone; with the last of them come all who have as many.",
        "\n## Levels\n", "The last whose conditions all hold.\n", "| level | rule |", "|---|---|",
        *(f"| {each.name} | `{each.rule}` |" for each in LEVELS),
        "\n## What a condition can ask for\n",
        "`FIELD OP NUMBER` with `>=`, `<=`, `>`, `<`, `=` or `!=`; a text only with `=` or `!=`. What nobody knows - "
        "the day somebody joined, where no source tells - fulfils no condition.\n",
        "| field | is |", "|---|---|",
        *(f"| `{name}` | {cell(words)} |" for name, (_, words) in FIELDS.items()),
        *(f"| `{name}` | {cell(words)} |" for name, words in TEXTS.items()),
        "\n## When they are counted\n",
        "Whoever posted, reacted or came is noted while pulling; an open console looks at them again within seconds, "
        "and at those of whom time alone changes something - a post leaves a window, somebody falls quiet - once a "
        "day. The commands count what is outstanding first.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The help of every plain command."""
    import click

    from cm_console.cli.group import main

    context = click.Context(main, info_name="cm-console")
    lines = [
        "# Commands\n",
        "Everything the console knows and does as a plain command; `--json` for programs. "
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly (some source failed).",
    ]
    for path, command in _commands(main, context, ()):
        inner = click.Context(
            command, info_name=" ".join(("cm-console", *path)), terminal_width=100, max_content_width=100
        )
        lines += [f"\n## cm-console {' '.join(path)}\n", "```", command.get_help(inner), "```"]
    return "\n".join(lines) + "\n"


def _commands(group: object, context: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    import click

    assert isinstance(group, click.Group)
    assert isinstance(context, click.Context)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, context, (*path, name))


def source_pages() -> Iterator[tuple[str, str]]:
    """One page per kind of source: what it reads and writes, how safe a repeat is, what it asks for."""
    from cm_console.model.settings import settings_of
    from cm_console.sources import builtin, load, names

    for name in names():
        if not builtin(name):
            continue
        kind = load(name)
        lines = [f"# {name}\n", (_module_words(kind) or "").strip(), "\n## Settings\n"]
        lines += ["| setting | what | where to get it | example |", "|---|---|---|---|"]
        lines += [
            f"| `{s.name}`{'' if s.required else ' (optional)'} | {' | '.join(map(cell, words))} |"
            for s in settings_of(kind.settings)
            for words in ((s.help, s.where, s.example),)
        ]
        asked = " ".join(f"{s.name}={s.example or '...'}" for s in settings_of(kind.settings) if s.required)
        lines += ["\n```", f"cm-console source add {name} NAME {asked}".rstrip(), "cm-console source check NAME", "```"]
        lines += ["\n## Reads\n", f"{', '.join(sorted(kind.feeds))}." if kind.feeds else "Nothing."]
        lines += ["\n## Writes\n"]
        if kind.verbs:
            lines += ["| verb | if the answer is lost |", "|---|---|"]
            lines += [f"| {verb} | {REPLAYS[replay.kind]} |" for verb, replay in sorted(kind.verbs.items())]
        else:
            lines.append("Nothing: decisions on what it brings are kept in the console only.")
        yield f"docs/sources/{name}.md", "\n".join(lines) + "\n"


REPLAYS = {
    "safe": "sent again: it sets a state, a repeat changes nothing",
    "keyed": "sent again with the same key while the platform remembers it; later looked up",
    "find": "looked up there, and sent again only if it is not",
    "ask": "you are asked: nobody else can know",
}


def _module_words(kind: object) -> str:
    module = sys.modules[kind.__module__]
    return module.__doc__ or ""


def architecture_page() -> str:
    """The hand-written page with its table of files made anew from the modules' first lines."""
    path = ROOT / "docs" / "architecture.md"
    before, rest = path.read_text().split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{file_table()}{END}{after}"


def file_table() -> str:
    """Every module with the first line of its docstring."""
    rows = ["| file | is |", "|---|---|"]
    for path in sorted((ROOT / "cm_console").rglob("*.py"), key=lambda p: (p.parent.as_posix(), p.name)):
        words = ast.get_docstring(ast.parse(path.read_text())) or ""
        first = words.splitlines()[0] if words else ""
        rows.append(f"| `{path.relative_to(ROOT).as_posix()}` | {cell(first)} |")
    return "\n".join(rows) + "\n"


def cell(words: str) -> str:
    """Text fit for a cell of a Markdown table."""
    return words.replace("|", "\\|").replace("\n", " ")


def stale() -> list[str]:
    """The generated pages whose files say something else."""
    return [name for name, text in pages().items() if not (ROOT / name).exists() or (ROOT / name).read_text() != text]


def main() -> int:
    """Write what is stale, or with --check only tell."""
    behind = stale()
    if "--check" not in sys.argv:
        for name in behind:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(pages()[name])
    sys.stdout.write("".join(f"{name}\n" for name in behind))
    return 1 if behind and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
