"""Choosing which words of a thread to quote: by sentences, by letters as in any editor, or with the mouse."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from cm_console import keys
from cm_console.model.quoting import quoted, sentences
from cm_console.model.thread import PostRow
from cm_console.model.time import short_age
from cm_console.screens.typed_ahead import Answered
from cm_console.widgets.footer import KeyLine
from cm_console.widgets.lines import one_line

if TYPE_CHECKING:
    from rich.text import Text

    from cm_console.widgets.reader import Reader

LONGEST, MOST = 20_000, 400_000
"""Characters of a post, and of all posts, one can choose from."""
Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words somebody said in a post."""

    post: PostRow
    text: str


def quotes(passages: Sequence[Passage], kind: str, zone: ZoneInfo) -> str:
    """Passages as quotes in an answer on a kind of source."""
    return "".join(
        quoted(each.text, each.post.author, each.post.created_at, kind, zone, each.post.url) for each in passages
    )


def quotable(posts: Sequence[PostRow]) -> list[PostRow]:
    """The posts with words that everybody can read; of very many the newest."""
    kept, room = [], MOST
    for post in reversed(posts):
        if post.state == "visible" and post.body.strip() and room > 0:
            kept.append(post)
            room -= min(len(post.body), LONGEST)
    return kept[::-1]


def on_top(reader: Reader) -> int | None:
    """The id of the first post that begins on the screen, or else fills it; None at the beginning of a thread."""
    reading, top = reader.reading, reader.top
    if reading is None or not top:
        return None
    begun = [id for id, line in reading.heads.items() if line <= top]
    visible = (id for id, line in reading.heads.items() if top < line <= top + reader.size.height)
    return next(visible, begun[-1] if begun else None)


class Page(TextArea):
    """The posts, each under a head that looks like no text of a member; `heads` are the rows of these."""

    heads: frozenset[int] = frozenset()

    def get_line(self, line_index: int) -> Text:
        """See TextArea."""
        line = super().get_line(line_index)
        if line_index in self.heads:
            line.stylize(self.app.get_component_styles("tone--mark").partial_rich_style)
        return line


class PassageScreen(Answered, ModalScreen["list[Passage] | None"]):
    """Gives what was chosen, post by post; None for back.

    Args:
        posts: of the thread, in the order of time; see `quotable`.
        begin: the id of the post to begin at; the last one if it is not among them.
        now: for the ages.
    """

    scope = "passage"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("passage")]
    DEFAULT_CLASSES = "compose"

    def __init__(self, posts: Sequence[PostRow], begin: int | None, now: int) -> None:
        super().__init__()
        self.posts, self.begin, self.now = posts, begin, now
        self.said: list[tuple[PostRow, int, int]] = []
        self.units: list[tuple[Place, Place]] = []
        self.at = self.mark = 0
        self.extending = False

    def compose(self) -> ComposeResult:
        """One page with all of them, the keys."""
        with Vertical(classes="reply") as box:
            box.border_title = Content("Quote which words?")
            page = Page(read_only=True, id="editor", compact=True, highlight_cursor_line=False)
            page.cursor_blink = False
            yield page
            yield KeyLine(keys.hints("passage"))

    def on_mount(self) -> None:
        """At the first sentence of the post one answers."""
        rows: list[str] = []
        heads = []
        for post in self.posts:
            heads.append(len(rows))
            role = " team" if post.role == "team" else ""
            only = " · only its beginning" if len(post.body) > LONGEST else ""
            rows.append(f"── {one_line(post.author)}{role} · {short_age(self.now - post.created_at)}{only}")
            body = post.body.strip("\n")[:LONGEST].split("\n")
            self.said.append((post, len(rows), len(rows) + len(body) - 1))
            for line in body:
                self.units += [((len(rows), first), (len(rows), last)) for first, last in sentences(line)]
                rows.append(line)
            rows.append("")
        page = self.query_one(Page)
        page.heads = frozenset(heads)
        page.text = "\n".join(rows)
        self.set_focus(page)
        start = next((first for post, first, _ in self.said if post.id == self.begin), self.said[-1][1])
        self._go(self._unit((start, -1)) + 1)
        self.call_after_refresh(self._to_head)

    # Moving: a unit is a sentence, or a line that holds none

    def _unit(self, place: Place) -> int:
        """The last unit that begins at a place or before it; -1 before the first."""
        return bisect_right(self.units, place, key=lambda unit: unit[0]) - 1

    def _go(self, unit: int, *, extend: bool = False) -> None:
        self.at = max(0, min(len(self.units) - 1, unit))
        if not (extend or self.extending):
            self.mark = self.at
        self._show()

    def _show(self) -> None:
        """The chosen words light up; the end one moves is where the cursor is."""
        low, high = sorted((self.mark, self.at))
        start, end = self.units[low][0], self.units[high][1]
        page = self.query_one(Page)
        page.selection = Selection(end, start) if self.at < self.mark else Selection(start, end)

    def _to_head(self) -> None:
        """The head of the post stands at the top, as far as there are words below."""
        page, row = self.query_one(Page), self.units[self.at][0][0]
        head = max((head for head in page.heads if head < row), default=0)
        page.scroll_to(y=page.wrapped_document.location_to_offset((head, 0)).y, animate=False)

    def _follow(self) -> None:
        """Go on from where the mouse or the arrows have left the cursor."""
        page = self.query_one(Page)
        start, end = self.units[min(self.mark, self.at)][0], self.units[max(self.mark, self.at)][1]
        if sorted((page.selection.start, page.selection.end)) != [start, end]:
            self.at = max(0, self._unit(page.selection.end))
            self.mark = max(0, self._unit(page.selection.start)) if self.extending else self.at

    def action_down(self) -> None:
        """The next sentence."""
        self._follow()
        self._go(self.at + 1)

    def action_up(self) -> None:
        """The sentence before."""
        self._follow()
        self._go(self.at - 1)

    def action_extend(self) -> None:
        """From here to the next sentence."""
        self._follow()
        self._go(self.at + 1, extend=True)

    def action_extend_back(self) -> None:
        """From here to the sentence before."""
        self._follow()
        self._go(self.at - 1, extend=True)

    def action_range(self) -> None:
        """Moving extends from now on; again, and it does not."""
        self._follow()
        self.extending = not self.extending

    def action_paragraph(self) -> None:
        """All of the paragraph."""
        self._follow()
        rows = {self.units[self.mark][0][0], self.units[self.at][0][0]}
        self.mark = self._unit((min(rows), -1)) + 1
        self.at = self._unit((max(rows), 1 << 30))
        self._show()

    def action_next_post(self) -> None:
        """The next post."""
        self._follow()
        row = self.units[self.at][0][0]
        self._go(next((self._unit((first, -1)) + 1 for _, first, _ in self.said if first > row), self.at))
        self._to_head()

    def action_previous_post(self) -> None:
        """This post's beginning, then the post before."""
        self._follow()
        row, column = self.units[self.at][0]
        begins = [first for _, first, _ in self.said if self.units[self._unit((first, -1)) + 1][0] < (row, column)]
        self._go(self._unit((begins[-1], -1)) + 1 if begins else 0)
        self._to_head()

    def action_take(self) -> None:
        """Quote what is chosen."""
        page = self.query_one(Page)
        low, high = sorted((page.selection.start, page.selection.end))
        taken = []
        for post, first, last in self.said:
            start, end = max(low, (first, 0)), min(high, (last, len(page.document.get_line(last))))
            if start < end and (words := page.get_text_range(start, end)).strip():
                taken.append(Passage(post, words))
        if taken:
            self.going()
            self.dismiss(taken)
        else:
            self.notify("Nothing is chosen yet.", severity="warning", markup=False)

    def action_close(self) -> None:
        """None of it."""
        self.going()
        self.dismiss(None)
