"""Quotes in mails: long ones folded to their beginning, soft line ends (RFC 3676) joined. All of it in one pass."""

from __future__ import annotations

import re

LONGEST_QUOTE = 8
"""Quoted lines in a row that are kept whole; of more, the first three."""
KEPT = 3

_QUOTED = re.compile(r"[ ]{0,3}>")
_DEPTH = re.compile(r">*")
_FORWARDED = re.compile(
    r"\s*(-{3,}\s*(Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|"
    r"Oorspronkelijk bericht|Forwarded message)\s*-{3,}|_{20,})\s*",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """The text with long quotes folded: their first lines, then how many more there were.

    What follows a line like "-----Original Message-----" is a quote too, though nothing marks it.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if number and len(line) < 200 and _FORWARDED.fullmatch(line) and _announces(lines, number):
            lines[number:] = [f"> {quoted}".rstrip() for quoted in lines[number:]]
            break
    made: list[str] = []
    run: list[str] = []
    for line in lines:
        if _QUOTED.match(line) or (run and not line.strip()):
            run.append(line)
        else:
            made += [*_fold(run), line]
            run = []
    return "\n".join([*made, *_fold(run)]).rstrip("\n")


def _announces(lines: list[str], number: int) -> bool:
    """A row of underscores announces an old message only if its headers follow."""
    following = " ".join(lines[number + 1 : number + 4])
    return "_" not in lines[number] or ":" in following


def _fold(run: list[str]) -> list[str]:
    blank = 0
    while blank < len(run) and not run[-1 - blank].strip():
        blank += 1
    quote, rest = run[: len(run) - blank], run[len(run) - blank :]
    if len(quote) <= LONGEST_QUOTE:
        return run
    return [*quote[:KEPT], f"> [{len(quote) - KEPT:,} more quoted lines]", *rest]


def flowed(text: str, *, delete_space: bool) -> str:
    """Lines that end in a space joined with the next of the same quote depth; RFC 3676."""
    made: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(_DEPTH.match(line)[0])  # type: ignore[index]  # it matches the empty text too
        words = line[depth:].removeprefix(" ")
        soft = words.endswith(" ") and words != "-- "
        if depth == open_depth:
            made[-1].append(words)
        else:
            made.append([">" * depth + (" " if depth else "") + words])
        if soft and delete_space:
            made[-1][-1] = made[-1][-1][:-1]
        open_depth = depth if soft else -1
    return "\n".join("".join(parts) for parts in made)
