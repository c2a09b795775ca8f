"""The tables of a config for engage-first and hand-over: what they mean, and what is said of a mistake in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cm_console.config import ConfigError, load, parse, write_new
from cm_console.model import handover
from cm_console.model.engaging import STARTERS, EngageRules, Starter
from cm_console.model.handover import OutsideTeam

PATH = Path("config.toml")
FULL = """\
community = "Bikes"

[engage]
greet_days = 30
years = [5, 1]

[templates]
greet = "Hi {member}"
anniversary = "{years}!"

[[starters]]
title = "Small wins"
text = "Ours."

[[starters]]
title = "Frost"
text = "How cold is it?"
months = [12, 1]

[handover.infra]
source = "issues"
place = "acme/infra"
body = "{note} {link}"

[sources.issues]
kind = "memory"
"""


def test_everything_is_read() -> None:
    config = parse(FULL, PATH)
    assert config.engage == EngageRules(greet_days=30, years=(1, 5))
    assert config.templates == {"greet": "Hi {member}", "anniversary": "{years}!"}
    assert config.starters[:2] == (Starter("Small wins", "Ours."), Starter("Frost", "How cold is it?", (), (12, 1)))
    assert len(config.starters) == len(STARTERS) + 1  # ours took the place of the built-in one of that title
    assert config.handover == (OutsideTeam("infra", "issues", "acme/infra", handover.TITLE, "{note} {link}"),)


WRONG = [
    ('greet = "Hi {member}"', 'greet = "Hi {years}"', "templates.greet", 8),
    ('greet = "Hi {member}"', 'greet = "Hi {membr}"', "did you mean member", 8),
    ('greet = "Hi {member}"', 'gret = "Hi"', "there is no setting templates.gret; did you mean greet", 8),
    ("greet_days = 30", "greet_days = 0", "engage.greet_days", 4),
    ("years = [5, 1]", "years = [0]", "engage.years", 5),
    ('title = "Frost"', 'title = "Small  wins"', "already given", 16),
    ("months = [12, 1]", "months = [13]", "starters[2].months", 18),
    ('source = "issues"', 'source = "isues"', "did you mean issues", 21),
    ('body = "{note} {link}"', 'body = "{nota}"', "did you mean note", 23),
    ("[handover.infra]", "[handover.Infra]", "handover.Infra", 20),
]


@pytest.mark.parametrize(("was", "now", "words", "line"), WRONG, ids=[case[1] for case in WRONG])
def test_a_mistake_is_told_with_its_line(was: str, now: str, words: str, line: int) -> None:
    with pytest.raises(ConfigError, match=r".") as caught:
        parse(FULL.replace(was, now), PATH)
    assert words in str(caught.value)
    assert caught.value.line == line


def test_the_commented_samples_of_a_new_config_are_right_when_the_signs_are_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_new(path, "Bikes")
    text = path.read_text()
    begin = text.index("# [engage]")
    rows = [
        row.removeprefix("# ")
        for row in text[begin : text.index("# ── Keys")].splitlines()
        if row.startswith("# [") or " = " in row
    ]
    path.write_text('community = "B"\n' + "\n".join(rows) + '\n[sources.forum]\nkind = "memory"\n')
    config = load(path)
    assert config.engage == EngageRules()
    assert config.starters[0].months == (11, 12)
    assert config.handover[0].source == "forum"
