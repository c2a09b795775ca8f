"""The demo's texts: files of scenes (questions with the answers that fit) and pools, read once per process.

A line `@mark` or `@mark words` begins a part, everything up to the next one is its text. Marks: @group PLACE | CHANNEL;
@scene KEY (a case's name, or the language where it is not English); @q TITLE a question, @c the same as a chat message;
@a answer, @b another answer, @f the author comes back with more, @t the author's thanks; @g a remark that fits any
question of the group; @r KIND a report's words; @pool NAME with @i items; @slot, @names, @handles, @words: plain lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

GROUPS = (
    "soil",
    "rain",
    "power",
    "radio",
    "firmware",
    "canopy",
    "integration",
    "hardware",
    "garden",
    "ideas",
    "world",
    "show",
    "quick",
)
"""Files of questions anyone may ask, in the order of the forum's index."""

_MARK = re.compile(r"^@(group|scene|pool|slot|names|handles|words|q|c|a|b|f|t|g|r|i)(?: +(.*))?$\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a file: its mark, the words behind the mark, the text below."""

    mark: str
    head: str
    text: str


@dataclass(slots=True)
class Scene:
    """One problem: the ways to ask it, the answers to it, how its author comes back."""

    key: str
    place: str
    channel: str
    parts: list[Part] = field(default_factory=list)

    def texts(self, mark: str) -> list[str]:
        """The texts of all parts with a mark, in order."""
        return [part.text for part in self.parts if part.mark == mark]

    @property
    def before_follow(self) -> list[str]:
        """The answers that the author's @f comes back to; empty if they do not."""
        marks = [part.mark for part in self.parts]
        return [part.text for part in self.parts[: marks.index("f")] if part.mark == "a"] if "f" in marks else []


@dataclass(slots=True)
class Group:
    """Scenes that share a place, and remarks that fit any of them."""

    place: str
    channel: str
    scenes: list[Scene] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Corpus:
    """Everything the members can say, and who they can be."""

    groups: list[Group] = field(default_factory=list)
    blog: list[Scene] = field(default_factory=list)
    direct: list[Scene] = field(default_factory=list)
    cases: list[Scene] = field(default_factory=list)
    pools: dict[str, list[str]] = field(default_factory=dict)
    slots: dict[str, list[str]] = field(default_factory=dict)
    handles: list[tuple[str, str]] = field(default_factory=list)
    names: list[tuple[list[str], list[str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def scene(self, key: str) -> Scene:
        """The case with this key."""
        return next(scene for scene in self.cases if scene.key == key)


@lru_cache(maxsize=1)
def load() -> Corpus:
    """Read all texts; callers share the result and change nothing in it."""
    corpus = Corpus()
    for name in GROUPS:
        corpus.groups += _groups(_parts(name))
    for name, scenes in (("blog", corpus.blog), ("dm", corpus.direct), ("cases", corpus.cases)):
        scenes += [scene for group in _groups(_parts(name)) for scene in group.scenes]
    for name in ("pools", "cases", "slots"):
        _pools(corpus, _parts(name))
    _people(corpus, _parts("people"))
    return corpus


def _parts(name: str) -> Iterator[Part]:
    text = (files("cm_console.demo") / "texts" / f"{name}.txt").read_text("utf-8")
    pieces = _MARK.split(text)
    for mark, head, body in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        yield Part(mark, head or "", body.strip("\n"))


def _groups(parts: Iterator[Part]) -> list[Group]:
    groups = [Group("Lounge", "#general")]
    scene = Scene("", "", "")
    for part in parts:
        if part.mark == "group":
            place, _, channel = part.head.partition(" | ")
            groups.append(Group(place, channel))
        elif part.mark == "scene":
            scene = Scene(part.head, groups[-1].place, groups[-1].channel)
            groups[-1].scenes.append(scene)
        elif part.mark == "g":
            groups[-1].remarks.append(part.text)
        elif part.mark in "qcabftr":
            scene.parts.append(part)
    return [group for group in groups if group.scenes]


def _pools(corpus: Corpus, parts: Iterator[Part]) -> None:
    name = ""
    for part in parts:
        if part.mark == "pool":
            name = part.head
            corpus.pools[name] = []
        elif part.mark == "i":
            corpus.pools[name].append(part.text)
        elif part.mark == "slot":
            corpus.slots[part.head] = part.text.splitlines()


def _people(corpus: Corpus, parts: Iterator[Part]) -> None:
    for part in parts:
        if part.mark == "handles":
            pairs = (line.partition(" | ") for line in part.text.splitlines())
            corpus.handles += [(handle.strip(), name.strip()) for handle, _, name in pairs]
        elif part.mark == "names":
            first, _, last = part.text.partition(" | ")
            corpus.names.append((first.split(), last.split()))
        elif part.mark == "words":
            corpus.words += part.text.split()
