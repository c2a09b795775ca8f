"""Numbers on the command line that stand for something: what is none of them is refused in plain words."""

from __future__ import annotations

from typing import Any

import click

LARGEST = 2**63 - 1
"""No database has a higher number."""


class Number(click.ParamType[int]):
    """The number of a thread, a case or the like, and the command that lists them."""

    name = "integer"

    def __init__(self, of: str, listed: str) -> None:
        self._of, self._listed = of, listed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See click.ParamType."""
        words = str(value).removeprefix("#")
        if not (words.isascii() and words.isdigit() and int(words) <= LARGEST):
            self.fail(f"{str(value)[:40]!r} is no {self._of}: write its number, see {self._listed}", param, ctx)
        return int(words)


THREAD = Number("thread", "cm-console inbox list")
POST = Number("post", "cm-console inbox show THREAD --json")
CASE = Number("case", "cm-console moderation list")
GUIDELINE = Number("guideline", "cm-console moderation guidelines")
ACCOUNT = Number("account", "cm-console members suggestions")
