"""Reading a config: values, and for everything wrong an error with file, line and key."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.config import DOCUMENTED, Config, ConfigError, Guideline, NoConfig, SourceConfig, complaint, load, parse
from cm_console.config.documented import REQUIRED, section
from cm_console.config.lines import statement
from cm_console.config.values import nearest

PATH = Path("config.toml")

FULL = """\
community = "Bikes"
timezone = "Europe/Berlin"
me = "ann"
team = [
  "forum:ann",  # the founder
  "@leo:chat.example",
]
bots = ["robo"]
undo_seconds = 5
first_reply_hours = 2
muted_places = ["Off-topic: fun"]
plugins = ["my-platform"]
allow_insecure_keyring = true

[gratitude]
en = ["cheers"]
fr = []

[keys]
"inbox.reply" = "R"
inbox.done = "e,f2"

[[guidelines]]
number = 3
title = "No ads"
message = '''
Dear {member},
rule {guideline} forbids {title}.'''
strikes = 2
verb = "hide"

[sources.forum]
kind = "discourse"
url = "https://forum.example"
token = "env:FORUM_TOKEN"
every = 60
limit = 3

[sources.ram]
kind = "memory"
enabled = false
"""


def error_of(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    return caught.value


def test_everything_is_read() -> None:
    config = parse(FULL, PATH)
    assert config.community == "Bikes"
    assert config.timezone == ZoneInfo("Europe/Berlin")
    assert (config.me, config.bots, config.undo_seconds, config.first_reply_hours) == ("ann", ("robo",), 5, 2.0)
    assert isinstance(config.first_reply_hours, float)
    assert config.team == ("forum:ann", "@leo:chat.example")
    assert config.muted_places == ("Off-topic: fun",)
    assert config.plugins == ("my-platform",)
    assert config.allow_insecure_keyring
    assert config.gratitude["en"] == ("cheers",)
    assert config.gratitude["fr"] == ()
    assert config.gratitude["de"][0] == "danke"
    assert config.keys == {"inbox.reply": "R", "inbox.done": "e,f2"}
    message = "Dear {member},\nrule {guideline} forbids {title}."
    assert config.guidelines == (Guideline(3, "No ads", message=message, strikes=2, verb="hide"),)
    settings = {"url": "https://forum.example", "token": "env:FORUM_TOKEN", "limit": 3}
    assert config.sources == (
        SourceConfig("forum", "discourse", settings, every=60),
        SourceConfig("ram", "memory", {}, every=5, enabled=False),
    )


def test_team_by_handle_or_by_source_and_handle() -> None:
    config = parse(FULL, PATH)
    assert config.is_team("forum", "Ann")
    assert not config.is_team("other", "ann")
    assert config.is_team("chat", "@leo:chat.example")
    assert config.is_bot("any", "robo")
    assert not config.is_bot("any", "ann")


def test_member_text_is_not_read_as_a_place_in_a_message() -> None:
    guideline = Guideline(1, "Be kind", message="{member}: {title} / {guideline}")
    assert guideline.message_to("{title}", "{member.x}") == "{title}: {member.x} / 1 (Be kind)"
    odd = Guideline(1, "Be kind", message="{member.__class__} {0} { {member}")
    assert odd.message_to("ann", "") == "{member.__class__} {0} { ann"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("every = 60", 'every = "often"', "line 36: sources.forum.every must be a whole number of seconds, not 'oft"),
        ("every = 60", "every = 0", "line 36: sources.forum.every must be a whole number of seconds, not 0; it goes"),
        ("every = 60", "every = true", "line 36: sources.forum.every must be a whole number of seconds, not true"),
        ('kind = "memory"\n', "", "line 39: sources.ram.kind is missing: Which platform it is"),
        ("limit = 3", "limit = [3]", "line 37: sources.forum.limit must be text, a number or true/false, not a list"),
        ("limit = 3", "limit = nan", "line 37: sources.forum.limit must be text, a number or true/false, not nan"),
        ("limit = 3", "limit = 9223372036854775808", "line 37: sources.forum.limit must be text, a number"),
        ("[sources.ram]", '[sources."R A"]', 'line 39: sources."R A": a source\'s name is lower case letters'),
        ("[sources.ram]", "[sources.forum]", "line 39: is not TOML: this key or table was already given above"),
        ("undo_seconds", "undo_second", "line 9: there is no setting undo_second; did you mean undo_seconds?"),
        ("undo_seconds = 5", "bots = []", "line 9: is not TOML: this key or table was already given above"),
        ("strikes = 2", "strike = 2", "line 29: there is no setting guidelines[1].strike; did you mean strikes?"),
        ("strikes = 2", "number = 3", "line 29: is not TOML"),
        ('title = "No ads"\n', "", "line 23: guidelines[1].title is missing: The clause in a few words."),
        ('"hide"', '"publish"', "line 30: guidelines[1].verb must be one of remove, hide"),
        ('"hide"', '"hid"', "not 'hid'; did you mean hide?"),
        ("{guideline}", "{guidline}", "line 26: guidelines[1].message must be text with no other places"),
        ("{guideline}", "{guidline}", "{guidline} is not a place; did you mean guideline?"),
        ("[[guidelines]]", "[guidelines]", "line 23: guidelines must be tables with two brackets: [[guidelines]]"),
        ("Europe/Berlin", "Berlin", "line 2: timezone must be the name of a time zone such as Europe/Berlin"),
        ("Europe/Berlin", "Berlin", "; did you mean Europe/Berlin?"),
        ("Europe/Berlin", "../../../etc/passwd", "line 2: timezone must be the name of a time zone"),
        ("Europe/Berlin", "Europe", "line 2: timezone must be the name of a time zone"),
        ("Europe/Berlin", "", "line 2: timezone must be the name of a time zone"),
        ("forum:ann", "forun:ann", "line 4: team names the source 'forun', which is not there; did you mean forum?"),
        ('"robo"', '["robo"]', "line 8: bots must be a list of texts, not a list"),
        ('["robo"]', '"robo"', "line 8: bots must be a list of texts, not 'robo'"),
        ("first_reply_hours = 2", "first_reply_hours = inf", "line 10: first_reply_hours must be a number of hours"),
        ("allow_insecure_keyring = true", "allow_insecure_keyring = 1", "line 13: allow_insecure_keyring must be true"),
        ('fr = []', 'fr = "merci"', "line 17: gratitude.fr must be a list of texts, not 'merci'"),
        ('"inbox.reply" = "R"', '"inbox.reply" = 5', "line 20: keys.inbox.reply must be text on one line"),
        ("inbox.done", "inbox.reply", "line 19: keys gives inbox.reply twice, with and without quotes"),
        ('"Bikes"', '""', "line 1: community must be text on one line"),
        ('"Bikes"', '"Bi\\u001b[31mkes"', "line 1: community must be text on one line"),
        ('"Bikes"', '"Bi\\u202ekes"', "it holds a line break or characters that cannot be seen"),
        ("Dear {member}", "Dear \u202e{member}", "it holds characters that cannot be seen"),
        ('"Bikes"', "1979-05-27", "line 1: community must be text on one line, at most 200 characters, not 1979-05-27"),
        ('community = "Bikes"\n', "", "config.toml: community is missing: The name of the community"),
        ('"Bikes"', '"Bikes', "line 1: is not TOML: Illegal character '\\n' (column 19)"),
        ("limit = 3", "limit =", "line 37: is not TOML: Invalid value"),
        ("limit = 3", "limit = " + "9" * 5000, "config.toml: holds a number that is too large"),
        ("limit = 3", "limit = " + "[" * 5000, "config.toml: is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_key(old: str, new: str, words: str) -> None:
    assert FULL.count(old) >= 1
    message = str(error_of(FULL.replace(old, new, 1)))
    assert words in message
    assert message.startswith("config.toml")
    assert "\n" not in message
    assert "\x1b" not in message


def test_keys_nested_beyond_reason_are_an_error() -> None:
    assert "must be text on one line" in str(error_of('community = "x"\nkeys.' + "a." * 3000 + "b = 'x'"))


def test_guideline_numbers_are_unique() -> None:
    second = '\n[[guidelines]]\nnumber = 3\ntitle = "Again"\n'
    error = error_of(FULL + second)
    assert str(error) == "config.toml line 44: guidelines[2].number 3 was already given above"


def test_crlf_and_byte_order_mark_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load(path) == dataclasses.replace(parse(FULL, PATH), path=path)
    path.write_bytes(FULL.replace("every = 60", "every = 0").replace("\n", "\r\n").encode())
    with pytest.raises(ConfigError, match="line 36"):
        load(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NoConfig, match="run cm-console to make one"):
        load(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="is not a file"):
        load(pipe)
    bad = tmp_path / "config.toml"
    bad.write_bytes(b'community = "x"\nme = "\xff"\n')
    with pytest.raises(ConfigError, match=r"^config.toml line 2: is not UTF-8 text"):
        load(bad)
    bad.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than"):
        load(bad)


def test_others_can_complain_about_a_key_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL, encoding="utf-8")
    config = load(path)
    assert str(complaint(config, ("sources", "forum", "url"), "no such host")) == "config.toml line 34: no such host"
    assert complaint(config, ("keys", "inbox", "done"), "clash").line == 21
    assert complaint(config, ("sources", "forum", "absent"), "is missing").line == 32
    path.unlink()
    assert str(complaint(config, ("me",), "odd")) == "config.toml: odd"


def test_statements_over_several_lines_are_found_whole() -> None:
    assert statement(FULL, ("team",)) == (4, 7)
    assert statement(FULL, ("guidelines", 0, "message")) == (26, 28)
    assert statement(FULL, ("guidelines", 0)) == (23, 23)
    assert statement(FULL, ("sources", "ram", "enabled")) == (41, 41)
    assert statement(FULL, ("nowhere",)) is None


def test_every_key_is_documented_once_and_its_default_is_true() -> None:
    def fields(kind: type) -> dict[str, dataclasses.Field[object]]:
        return {field.name: field for field in dataclasses.fields(kind)}

    tables = {"gratitude", "keys", "guidelines", "sources", "clocks", "office", "reply_within_hours", "needs_reply"}
    tables |= {"people", "engage", "templates", "starters", "handover", "replies", "macros"}
    assert {*section(""), *tables, "path", "stamp"} == set(fields(Config))
    assert set(section("guidelines")) == set(fields(Guideline))
    assert {*section("sources.NAME"), "name", "settings"} == set(fields(SourceConfig))
    assert len({entry.key for entry in DOCUMENTED}) == len(DOCUMENTED)
    bare = parse('community = "x"\n[[guidelines]]\nnumber = 1\ntitle = "t"\n[sources.s]\nkind = "k"', PATH)
    for table, made in (("", bare), ("guidelines", bare.guidelines[0]), ("sources.NAME", bare.sources[0])):
        for name, entry in section(table).items():
            if entry.default not in (REQUIRED, None):
                value = getattr(made, name)
                assert (value.key if isinstance(value, ZoneInfo) else value) == entry.default, entry.key
    for entry in DOCUMENTED:
        assert entry.help.endswith(".")
        assert entry.type


def test_a_config_made_in_code_has_the_defaults_of_a_file() -> None:
    assert Config(path=PATH, community="x") == parse('community = "x"', PATH)


def test_reading_loads_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL, encoding="utf-8")
    code = (
        "import sys, pathlib; from cm_console.config import load, home\n"
        "load(home(sys.argv[1], {}).config)\n"
        "heavy = {'tomlkit', 'keyring', 'httpx', 'platformdirs', 'asyncio', 'difflib', 'sqlite_utils', 'textual'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_advice_needs_likeness() -> None:
    assert nearest("zzz", ("community", "team")) == ""
    assert nearest("comunity", ("community", "team")) == "; did you mean community?"


LINES = FULL.splitlines()
PIECES = st.sampled_from(
    [*LINES, "[", "]", "[[sources]]", "[keys.a.b]", "a." * 300 + "b = 1", "keys." + "a." * 300 + "b = 'x'",
     '"""', "'''", "x = 1e400", "x = -inf", "sources = 3", "[sources]", "sources.a.kind = 'b'", "timezone = '\\u0000'",
     "timezone = \"\\u0000\"", "x = 07:32:00", "= ", "\r", "keys = []", "gratitude = 1", "[[gratitude]]", "\x00"]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=12).map("\n".join).map(str.encode)))
def test_any_bytes_give_a_config_or_a_config_error_on_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_bytes(content)
    try:
        config = load(path)
    except ConfigError as error:
        assert str(error).isprintable()
        assert error.line is None or 1 <= error.line <= content.count(b"\n") + 1
    else:
        assert config.community
