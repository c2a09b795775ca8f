"""Saved replies and macros in the config: checked with their line, written with comments kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from cm_console.config import ConfigError, add_reply, load, parse, remove_reply, write_new
from cm_console.model.templates import Macro, SavedReply

TEXT = '''# ours
community = "Bikes"

[replies.reset]  # often
title = "Reset"
text = """
Hello {member},
press it for {seconds} s."""
tags = ["hardware"]

# the macros
[macros.dup]
key = "d"
title = "Duplicate"
reply = "reset"
status = "done"

[keys]
"inbox.reply" = "R"  # mine
'''


def test_they_are_read() -> None:
    config = parse(TEXT, Path("config.toml"))
    reset = SavedReply("reset", "Reset", "Hello {member},\npress it for {seconds} s.", ("hardware",))
    assert config.replies == (reset,)
    assert config.macros == (Macro("dup", "d", "Duplicate", "reset", status="done"),)


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (
            'reply = "reset"',
            'reply = "rest"',
            "line 15: macros.dup.reply names the saved reply 'rest', which is not there",
        ),
        ('key = "d"', 'key = "dd"', "line 13: macros.dup.key must be one letter or digit, not 'dd'"),
        ('status = "done"', 'status = "dnoe"', "line 16: macros.dup.status must be one of open, waiting, done"),
        ('status = "done"', 'snooze = "soon"', "line 16: macros.dup.snooze must be a time such as"),
        ('title = "Reset"', 'titel = "Reset"', "line 5: there is no setting replies.reset.titel; did you mean title?"),
        ("[replies.reset]", "[replies.Reset]", "replies.Reset: such a name is lower case letters, digits and dashes"),
        (
            "# the macros",
            '[macros.other]\nkey = "d"\ntitle = "x"',
            "line 15: macros.dup.key d is the key of other already",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(was: str, now: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(TEXT.replace(was, now), Path("config.toml"))
    assert words in str(error.value)


def test_one_is_added_and_taken_out_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    thanks = SavedReply("thanks", "Thanks", 'Thank you, {member}!\n\n> "so" \\o/', ("thanks", "ok"))
    assert add_reply(path, thanks).replies[1] == thanks == load(path).replies[1]
    text = path.read_text()
    assert all(line in text for line in TEXT.splitlines())
    assert text.index("[replies.thanks]") < text.index("# the macros")
    with pytest.raises(ConfigError, match="there is a saved reply thanks already"):
        add_reply(path, thanks)
    assert [reply.name for reply in remove_reply(path, "thanks").replies] == ["reset"]
    assert "thanks" not in path.read_text()


def test_what_a_macro_sends_cannot_be_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    with pytest.raises(ConfigError, match=r"macros\.dup\.reply names the saved reply 'reset', which is not there"):
        remove_reply(path, "reset")
    with pytest.raises(ConfigError, match="there is no saved reply rest; there are: reset"):
        remove_reply(path, "rest")
    assert path.read_text() == TEXT


def test_the_first_one_goes_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('community = "Bikes"\n# end\n')
    add_reply(path, SavedReply("a", "A", "Hi"))
    assert path.read_text() == 'community = "Bikes"\n# end\n\n[replies.a]\ntitle = "A"\ntext = "Hi"\n'


def test_a_new_config_holds_them(tmp_path: Path) -> None:
    replies, macros = [SavedReply("a", "A", "Hi\n\nyou")], [Macro("b", "1", "B", "a", tags=("x",), snooze="3d")]
    config = write_new(tmp_path / "config.toml", "Bikes", replies=replies, macros=macros)
    assert (list(config.replies), list(config.macros)) == (replies, macros)
    assert load(tmp_path / "config.toml").macros == config.macros
