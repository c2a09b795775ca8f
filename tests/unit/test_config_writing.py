"""Writing a config: what was there stays, what is written reads back, nobody's change is lost."""

from __future__ import annotations

import os
import stat
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cm_console.config import (
    DOCUMENTED,
    Config,
    ConfigError,
    Guideline,
    SourceConfig,
    add_source,
    files,
    home,
    load,
    markdown,
    remove_source,
    set_value,
    write_new,
)
from cm_console.config.edits import reads_as

FORUM = SourceConfig("forum", "discourse", {"url": "https://forum.example", "token": "keyring:forum/token"})
RAM = SourceConfig("ram", "memory", {"seed": 7, "ratio": 0.5, "fast": True}, every=5, enabled=False)

ODD = """\
# my config
community   =   "Bikes"   # the name

  undo_seconds = 5  # short
team = [
  "forum:ann", # founder
  "leo",
]

# about the forum
[sources.forum]   # first
kind = "discourse"
# where it is
url = '''
https://forum.example'''

# about keys
[keys]
inbox.done = "e"

# the second
[sources.ram]
kind = "memory"
# the end
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def odd(path: Path) -> Path:
    path.write_text(ODD, encoding="utf-8")
    return path


def test_a_new_config_explains_every_key_and_reads_back(path: Path) -> None:
    clause = Guideline(3, "No ads", 'Not "here"\nnor there', strikes=2)
    made = write_new(
        path, "Bikes", values={"timezone": "Europe/Berlin", "me": "ann"}, guidelines=[clause], sources=[FORUM, RAM]
    )
    assert load(path) == made
    assert made.stamp == load(path).stamp
    assert (made.community, made.timezone.key, made.me) == ("Bikes", "Europe/Berlin", "ann")
    assert made.guidelines == (clause,)
    assert made.sources == (FORUM, RAM)
    text = " ".join(path.read_text(encoding="utf-8").replace("\n# ", " ").split())
    for entry in DOCUMENTED:
        assert entry.help in text, entry.key
        assert entry.help in markdown()
        assert f"`{entry.key}`" in markdown()


def test_every_example_in_a_new_config_is_valid(path: Path) -> None:
    write_new(path, "Bikes")
    text = path.read_text(encoding="utf-8")
    shown = [line for line in text.splitlines() if not line.startswith("# ") or "= " in line or line.startswith("# [")]
    prose = [line for line in shown if line.startswith('# "# undo')]
    path.write_text("\n".join(line.removeprefix("# ") for line in shown if line not in prose), encoding="utf-8")
    config = load(path)
    assert [source.name for source in config.sources] == ["forum"]
    assert config.keys
    assert config.guidelines[0].title == "No advertising"
    assert config.gratitude["pl"]


def test_a_new_config_never_replaces_one(odd: Path) -> None:
    with pytest.raises(ConfigError, match="there is a config already"):
        write_new(odd, "Other")
    assert odd.read_text(encoding="utf-8") == ODD
    link = odd.with_name("link.toml")
    link.symlink_to(odd.with_name("nowhere"))
    with pytest.raises(ConfigError, match="there is a config already"):
        write_new(link, "Other")


def test_a_new_config_is_checked_before_it_is_written(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^undo_seconds must be a whole number"):
        write_new(path, "Bikes", values={"undo_seconds": "soon"})
    with pytest.raises(ConfigError, match=r"^there is no setting undo_second; did you mean undo_seconds\?$"):
        write_new(path, "Bikes", values={"undo_second": 5})
    with pytest.raises(ConfigError, match="already given"):
        write_new(path, "Bikes", guidelines=[Guideline(1, "a"), Guideline(1, "b")])
    assert not path.exists()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_are_0600_and_folders_0700_under_any_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        place = home(str(tmp_path / "a" / "b"), {})
        place.prepare()
        write_new(place.config, "Bikes")
        place.config.chmod(0o644)
        set_value(place.config, "undo_seconds", 3)
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.config.stat().st_mode) == 0o600
    for folder in (place.root.parent, place.root, place.backups, place.locks):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {entry.name for entry in place.root.iterdir()} == {"config.toml", "backups", "locks"}


def test_set_uncomments_the_example_in_a_new_config(path: Path) -> None:
    write_new(path, "Bikes")
    before = path.read_text(encoding="utf-8")
    assert set_value(path, "undo_seconds", 20).undo_seconds == 20
    assert path.read_text(encoding="utf-8") == before.replace("\n# undo_seconds = 10", "\nundo_seconds = 20")
    set_value(path, "keys.inbox.reply", "R")
    assert set_value(path, "keys.inbox.done", "E,f2").keys == {"inbox.reply": "R", "inbox.done": "E,f2"}
    assert '\n[keys]\n"inbox.reply" = "R"\n"inbox.done" = "E,f2"\n' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("undo_seconds", 9, "undo_seconds = 5  # short", "undo_seconds = 9  # short"),
        ("undo_seconds", None, "  undo_seconds = 5  # short\n", ""),
        ("community", "Trains", '"Bikes"   # the name', '"Trains"   # the name'),
        ("keys.inbox.done", "x", 'inbox.done = "e"', 'inbox.done = "x"'),
        ("keys.inbox.reply", "R", 'inbox.done = "e"', 'inbox.done = "e"\n"inbox.reply" = "R"'),
        ("keys.inbox.done", None, 'inbox.done = "e"\n', ""),
        ("keys.inbox.none", None, "", ""),
        ("sources.forum.url", "x", "'''\nhttps://forum.example'''", '"x"'),
        ("sources.forum.every", 60, "example'''\n", "example'''\nevery = 60\n"),
        ("sources.ram.enabled", False, 'kind = "memory"\n', 'kind = "memory"\nenabled = false\n'),
        ("gratitude.pl", ("dzięki",), "# the end\n", '# the end\n\n[gratitude]\npl = ["dzięki"]\n'),
        ("team", ["leo"], '[\n  "forum:ann", # founder\n  "leo",\n]', '["leo"]'),
    ],
)
def test_set_changes_one_place_and_nothing_else(odd: Path, key: str, value: object, old: str, new: str) -> None:
    config = set_value(odd, key, value)
    assert odd.read_text(encoding="utf-8") == ODD.replace(old, new, 1)
    assert config == load(odd)
    assert config.stamp == load(odd).stamp


def test_a_top_level_key_lands_before_the_tables(odd: Path) -> None:
    assert set_value(odd, "theme", "nord").theme == "nord"
    text = odd.read_text(encoding="utf-8")
    assert text.replace('theme = "nord"\n', "") == ODD
    assert text.index("theme") < text.index("[sources.forum]")


def test_line_ends_stay_as_they_are(odd: Path) -> None:
    odd.write_bytes(ODD.replace("\n", "\r\n").encode())
    set_value(odd, "undo_seconds", 9)
    set_value(odd, "keys.inbox.reply", "R")
    add_source(odd, replace(FORUM, name="two"))
    content = odd.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 30


def test_sources_come_and_go_without_a_trace(odd: Path) -> None:
    config = add_source(odd, replace(RAM, name="third"))
    assert config.sources[-1] == replace(RAM, name="third")
    assert odd.read_text(encoding="utf-8").startswith(ODD)
    remove_source(odd, "third")
    assert odd.read_text(encoding="utf-8").rstrip() == ODD.rstrip()


def test_removing_a_source_keeps_comments_and_drops_its_team_entries(odd: Path) -> None:
    config = remove_source(odd, "forum")
    assert config.team == ("leo",)
    assert [source.name for source in config.sources] == ["ram"]
    text = odd.read_text(encoding="utf-8")
    for comment in ("# my config", "# the name", "# about the forum", "# where it is", "# about keys", "# the end"):
        assert comment in text
    assert remove_source(odd, "ram").sources == ()
    with pytest.raises(ConfigError, match="there is no source ram; there are: none"):
        remove_source(odd, "ram")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: set_value(path, "undo_seconds", "soon"), r"^undo_seconds must be a whole number of seconds"),
        (lambda path: set_value(path, "first_reply_hours", float("nan")), "^first_reply_hours must be a number"),
        (lambda path: set_value(path, "undo_secs", 5), r"^there is no setting undo_secs; did you mean undo_seconds\?"),
        (lambda path: set_value(path, "undo_seconds.x", 5), r"^there is no setting undo_seconds.x$"),
        (lambda path: set_value(path, "community", None), "^community is missing"),
        (lambda path: set_value(path, "sources.none.every", 5), "^sources.none.kind is missing"),
        (lambda path: add_source(path, FORUM), "there is a source forum already"),
        (lambda path: add_source(path, replace(FORUM, name="A B")), "a source's name is lower case"),
        (lambda path: add_source(path, replace(FORUM, name="x", settings={"kind": 5})), "kind must be the name"),
        (lambda path: remove_source(path, "none"), "there is no source none; there are: forum, ram"),
    ],
)  # fmt: skip
def test_a_wrong_change_leaves_the_file_as_it_was(odd: Path, change: object, words: str) -> None:
    assert callable(change)
    with pytest.raises(ConfigError, match=words):
        change(odd)
    assert odd.read_text(encoding="utf-8") == ODD


def test_a_file_that_cannot_be_edited_by_machine_says_so(path: Path) -> None:
    text = 'community = "x"\nsources = { ram = { kind = "memory" } }\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"keeps sources\.forum from being changed; do it by hand"):
        add_source(path, FORUM)
    assert path.read_text(encoding="utf-8") == text
    assert set_value(path, "sources.ram.every", 9).sources[0].every == 9


def test_a_config_that_is_wrong_already_is_told_with_its_line(path: Path) -> None:
    path.write_text('community = "x"\nundo_secs = 5\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^config\.toml line 2: there is no setting undo_secs"):
        set_value(path, "me", "ann")


def test_a_link_stays_a_link_and_its_target_changes(odd: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(odd)
    seen = load(link)
    config = set_value(link, "undo_seconds", 9, since=seen)
    assert config.path == link
    assert link.is_symlink()
    assert load(odd).undo_seconds == 9
    assert [entry.name for entry in link.parent.iterdir()] == ["config.toml"]


def test_a_change_since_it_was_read_is_an_error(odd: Path) -> None:
    seen = load(odd)
    newer = set_value(odd, "undo_seconds", 6, since=seen)
    with pytest.raises(ConfigError, match="was changed since it was read"):
        set_value(odd, "undo_seconds", 7, since=seen)
    assert load(odd).undo_seconds == 6
    assert set_value(odd, "undo_seconds", 7, since=newer).undo_seconds == 7


def test_a_change_while_we_write_is_an_error_and_not_lost(odd: Path) -> None:
    with pytest.raises(ConfigError, match="was changed while we changed it"):
        files.replace_file(odd, "community = 'ours'", ODD + "# what we think was there")
    assert odd.read_text(encoding="utf-8") == ODD
    assert list(odd.parent.iterdir()) == [odd]


def test_several_writers_at_once_lose_nothing(odd: Path) -> None:
    def write(number: int) -> None:
        set_value(odd, f"keys.c{number}", "k")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(load(odd).keys) == {"inbox.done", *(f"c{number}" for number in range(12))}


def test_a_full_or_read_only_disk_is_told_and_nothing_is_half_written(
    odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device; it is as it was"):
        set_value(odd, "undo_seconds", 9)
    assert odd.read_text(encoding="utf-8") == ODD
    assert list(odd.parent.iterdir()) == [odd]


def test_true_one_and_one_point_nothing_are_three_things() -> None:
    assert reads_as("x = 1", {"x": 1})
    assert not reads_as("x = 1", {"x": True})
    assert not reads_as("x = [1]", {"x": [1.0]})
    assert not reads_as("x = ", {})
    assert reads_as("[keys]", {})


def test_home_by_option_by_environment_and_by_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert home("here", {"CM_CONSOLE_HOME": "/there"}).root == tmp_path / "here"
    place = home(None, {"CM_CONSOLE_HOME": "/there"})
    assert place.config == Path("/there/config.toml")
    assert place.database == Path("/there/community.db")
    assert home(None, {"CM_CONSOLE_HOME": ""}).root.name == "cm-console"
    with pytest.raises(ConfigError, match="--home needs a folder"):
        home(" ", {})
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot make the folder .*/file: File exists$"):
        home("file/x", {}).prepare()


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn"))
WORDS = st.text(LETTERS, min_size=1, max_size=40).filter(str.strip).map(str.strip)
TEXTS = st.lists(WORDS, max_size=3).map("\n".join)
NAMES = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
NUMBERS = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
SETTINGS = st.dictionaries(
    WORDS.filter(lambda name: name not in ("kind", "every", "enabled")),
    st.one_of(TEXTS, st.booleans(), NUMBERS),
    max_size=4,
)
SOURCES = st.builds(SourceConfig, NAMES, NAMES, SETTINGS, st.integers(1, 604_800), st.booleans())
MESSAGES = WORDS.filter(lambda text: "{" not in text)
GUIDELINES = st.builds(Guideline, st.integers(1, 9999), WORDS, TEXTS, MESSAGES, st.integers(0, 100))
ENTRIES = st.lists(WORDS.filter(lambda text: ":" not in text), max_size=3).map(tuple)


@given(
    community=WORDS,
    team=ENTRIES,
    keys=st.dictionaries(st.from_regex(r"[a-z]{1,6}\.[a-z_]{1,6}", fullmatch=True), WORDS, max_size=3),
    guidelines=st.lists(GUIDELINES, max_size=3, unique_by=lambda guideline: guideline.number),
    sources=st.lists(SOURCES, max_size=3, unique_by=lambda source: source.name),
    late=SOURCES,
    seconds=st.integers(0, 3600),
)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50, deadline=None, derandomize=True)
def test_what_is_written_is_what_is_read_and_comments_stay(
    tmp_path_factory: pytest.TempPathFactory,
    community: str,
    team: tuple[str, ...],
    keys: dict[str, str],
    guidelines: list[Guideline],
    sources: list[SourceConfig],
    late: SourceConfig,
    seconds: int,
) -> None:
    path = tmp_path_factory.mktemp("written") / "config.toml"
    wanted = Config(path, community, team=team, bots=team, keys=keys, undo_seconds=seconds)
    wanted = replace(wanted, guidelines=tuple(guidelines), sources=tuple(sources))
    write_new(path, community, values={"team": team}, guidelines=guidelines, sources=sources)
    comments = {line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")}
    set_value(path, "bots", team)
    set_value(path, "undo_seconds", seconds)
    for command, key in keys.items():
        set_value(path, f"keys.{command}", key)
    assert load(path) == wanted
    if late.name not in {source.name for source in sources}:
        assert add_source(path, late).sources == (*sources, late)
        assert remove_source(path, late.name) == wanted
    now = set(path.read_text(encoding="utf-8").splitlines())
    changed = {line for line in comments - now if " = " not in line and not line.startswith("# [")}
    assert not changed
    assert tomllib.loads(path.read_text(encoding="utf-8"))["community"] == community
