"""How tags are written: words without spaces or commas, in lower case, wherever somebody types them."""

from __future__ import annotations

from cm_console.model.text import clean_line

LIMIT = 40


def tag_words(text: str) -> list[str]:
    """The tags in what somebody typed: `Bug, #later` is two of them."""
    words = (clean_line(word.lstrip("#").lower(), LIMIT) for word in text.replace(",", " ").split())
    return list(dict.fromkeys(word for word in words if word))
