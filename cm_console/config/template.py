"""The text of a new config file, and the page docs/config.md: both from the table of documented keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from textwrap import wrap

from cm_console.config.documented import DOCUMENTED, Option, option, section
from cm_console.config.shape import SourceConfig
from cm_console.model.guidelines import Guideline
from cm_console.model.templates import Macro, SavedReply

_HEAD = """\
# The config of one community for cm-console. Every setting is explained above its line; a line such as
# "# undo_seconds = 10" shows it with its default or an example: take the "# " away and change it.
# A mistake here is told at start with its line. Tokens never stand here, only where they are.
"""

_GRATITUDE = "# ── Thanks ── " + "─" * 60 + "\n"
_NEEDS = "# ── What needs a reply ── " + "─" * 48 + "\n"
_HOURS = "# ── Business hours ── " + "─" * 52 + "\n"
_CLOCKS = "# ── Clocks: one [[clocks]] table for each promise of the team ── " + "─" * 9 + "\n"
_PEOPLE = "# ── Members: segments and levels ── " + "─" * 40 + "\n"
_ENGAGE = "# ── Engage first: greetings, anniversaries, thanks, conversation starters ── " + "─" * 2 + "\n"
_REPLIES = "# ── Saved replies: one [replies.NAME] table for each ── " + "─" * 20 + "\n"
_MACROS = "# ── Macros: one [macros.NAME] table for each ── " + "─" * 28 + "\n"
_HANDOVER = "# ── Teams outside: one [handover.NAME] table for each ── " + "─" * 18 + "\n"
_KEYS = "# ── Keys ── " + "─" * 62 + "\n"
_GUIDELINES = "# ── Guidelines: one [[guidelines]] table for each clause ── " + "─" * 14 + "\n"
_SOURCES = "# ── Sources: one [sources.NAME] table for each, best made by `cm-console source add` ──\n"
_SETTINGS = '# url = "https://forum.example.org"\n# token = "keyring:forum/token"\n'


def plain(value: object) -> object:
    """A value as tomllib would have read it: lists, not tuples; plain text, not an enum."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value if isinstance(value, (bool, int, float)) else str(value)


def toml(value: object) -> str:
    """A value as TOML text; longer text over several lines where that reads back the same."""
    import tomlkit

    value = plain(value)
    if isinstance(value, str) and "\n" in value:
        block = tomlkit.string(value, multiline=True).as_string()
        try:
            if tomllib.loads(f"value = {block}")["value"] == value:
                return block
        except tomllib.TOMLDecodeError:
            pass
    return tomlkit.item(value).as_string()


def toml_key(name: str) -> str:
    """A key as TOML text, quoted where it must be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml(name)


def assignment(name: str, value: object) -> str:
    """One `name = value` as TOML text, without a line end."""
    return f"{toml_key(name)} = {toml(value)}"


def source_rows(source: SourceConfig) -> dict[str, object]:
    """What the table of one source holds."""
    settings = {name: plain(value) for name, value in source.settings.items()}
    rest: dict[str, object] = {} if source.enabled else {"enabled": False}
    return {"kind": source.kind, **settings, "every": source.every, **rest}


def source_table(source: SourceConfig) -> str:
    """The [sources.NAME] table of one source."""
    rows = (assignment(*row) for row in source_rows(source).items())
    return "\n".join((f"[sources.{source.name}]", *rows, ""))


def guideline_table(guideline: Guideline) -> str:
    """The [[guidelines]] table of one clause."""
    rows = (assignment(name, getattr(guideline, name)) for name in section("guidelines"))
    return "\n".join(("[[guidelines]]", *rows, ""))


def reply_table(reply: SavedReply) -> str:
    """The [replies.NAME] table of one saved reply."""
    rows = (assignment(*row) for row in given_rows(reply).items())
    return "\n".join((f"[replies.{reply.name}]", *rows, ""))


def macro_table(macro: Macro) -> str:
    """The [macros.NAME] table of one macro."""
    rows = (assignment(*row) for row in given_rows(macro).items())
    return "\n".join((f"[macros.{macro.name}]", *rows, ""))


def given_rows(of: SavedReply | Macro) -> dict[str, object]:
    """What the table of a saved reply or a macro holds: all that says something."""
    return {name: plain(value) for name, value in asdict(of).items() if name != "name" and value}


def new_config(
    values: Mapping[str, object],
    guidelines: Sequence[Guideline] = (),
    sources: Sequence[SourceConfig] = (),
    replies: Sequence[SavedReply] = (),
    macros: Sequence[Macro] = (),
) -> str:
    """The text of a new config: what is given is set, everything else stands there as a comment."""
    top = "\n".join(_explained(entry, name, values) for name, entry in section("").items())
    blocks = [
        _HEAD,
        top,
        _GRATITUDE + _sample("gratitude.LANGUAGE", "[gratitude]", "pl"),
        _NEEDS + _table_sample("needs_reply", "[needs_reply]"),
        _table_sample("reply_within_hours", "[reply_within_hours]"),
        _HOURS + _table_sample("business_hours", "[business_hours]"),
        _CLOCKS + _table_sample("clocks", "[[clocks]]"),
        _PEOPLE + _table_sample("segments.NAME", "[segments.vip]"),
        _sample("levels.NAME", "[levels]", "Visitor"),
        _ENGAGE + _table_sample("engage", "[engage]"),
        _table_sample("templates", "[templates]"),
        _table_sample("starters", "[[starters]]"),
        _HANDOVER + _table_sample("handover.NAME", "[handover.infra]"),
        _REPLIES + _table_sample("replies.NAME", "[replies.reset]"),
        *(reply_table(reply) for reply in replies),
        _MACROS + _table_sample("macros.NAME", "[macros.duplicate]"),
        *(macro_table(macro) for macro in macros),
        _KEYS + _sample("keys.COMMAND", "[keys]", '"inbox.reply"'),
        _GUIDELINES + _table_sample("guidelines", "[[guidelines]]"),
        *(guideline_table(guideline) for guideline in guidelines),
        _SOURCES
        + _comment(option("sources.NAME.SETTING"))
        + _table_sample("sources.NAME", "[sources.forum]")
        + _SETTINGS,
        *(source_table(source) for source in sources),
    ]
    return "\n".join(blocks)


def _comment(entry: Option) -> str:
    rule = f"{entry.type[:1].upper()}{entry.type[1:]}; default: {default_words(entry)}."
    rows = (line for words in (entry.help, rule) for line in wrap(words, 98, break_on_hyphens=False))
    return "".join(f"# {line}\n" for line in rows)


def default_words(entry: Option) -> str:
    """The default as the docs say it."""
    if entry.unset:
        return entry.unset
    return "none, it must be given" if entry.required else "none" if entry.default == () else toml(entry.default)


def _example(entry: Option) -> object:
    return entry.default if entry.example is None else entry.example


def _explained(entry: Option, name: str, values: Mapping[str, object]) -> str:
    line = assignment(name, values[name]) if name in values else f"# {assignment(name, _example(entry))}"
    return f"{_comment(entry)}{line}\n"


def _sample(key: str, header: str, name: str) -> str:
    entry = option(key)
    return f"{_comment(entry)}# {header}\n# {name} = {toml(entry.example)}\n"


def _table_sample(table: str, header: str) -> str:
    rows = section(table).items()
    notes = "".join(_comment(entry).replace("# ", f"# {name}: ", 1) for name, entry in rows)
    return notes + f"# {header}\n" + "".join(f"# {assignment(name, _example(entry))}\n" for name, entry in rows)


def markdown() -> str:
    """The text of docs/config.md."""
    rows = "".join(
        f"| `{entry.key}` | {_cell(entry.type)} | {_cell(default_words(entry))} | {_cell(entry.help)} |\n"
        for entry in DOCUMENTED
    )
    return (
        "# Settings\n\nThe file `config.toml` in the home folder (`--home`, `CM_CONSOLE_HOME`). A part in capitals "
        "stands for a name you choose.\n\n| key | must be | default | what it does |\n|---|---|---|---|\n" + rows
    )


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")
