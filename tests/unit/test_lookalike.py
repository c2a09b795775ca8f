"""Names that read as another's: other scripts, characters nobody sees; and names that only look odd."""

from __future__ import annotations

import pytest

from cm_console.model.lookalike import disguised, looks_like, reads_as
from cm_console.model.text import clean_line


@pytest.mark.parametrize(
    "name", ["r\u043ebin", "rob\u200bin", "rob\u200din", "\uff52obin", "R\u041eBIN", "rob\u00adin"]
)
def test_a_name_in_disguise_reads_as_the_one_it_imitates(name: str) -> None:
    assert disguised(name) and reads_as(name) == "robin" and looks_like(name, "robin")
    assert reads_as(clean_line(name)) == "robin"


@pytest.mark.parametrize(
    "name", ["robin", "jo\u00e3o", "\u041e\u043b\u044c\u0433\u0430", "\u0430\u043d\u043d\u0430", "k\u0131z\u0131l",
             "Stra\u00dfe", "mia \U0001f469\u200d\U0001f4bb", "[deleted]"]
)  # fmt: skip
def test_names_as_people_bear_them_are_no_disguise(name: str) -> None:
    assert not disguised(name) and not looks_like(name, f"{name}{name}")


def test_whole_words_of_another_script_look_like_a_latin_name_only_where_there_is_one() -> None:
    assert looks_like("\u0441\u043e\u0441\u043e", "coco") and not disguised("\u0441\u043e\u0441\u043e")
    assert not looks_like("robin", "Robin") and not looks_like("robin", "robyn")
