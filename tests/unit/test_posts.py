"""A thread as lines: who, when, what; quotes, links, notes and replies on their way; long texts cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from cm_console.model.inbox import InquiryRow, Priority, Status
from cm_console.model.text import Safe, clean
from cm_console.model.thread import Note, PendingReply, PersonCard, PostRow, ThreadCard
from cm_console.model.time import DAY, HOUR, Instant
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from cm_console.widgets.lines import Line
from cm_console.widgets.posts import LONGEST, SHORT, Reading, thread_lines
from cm_console.widgets.safe import STEERING

NOW = Instant(1_800_000_000_000)


def post(text: str, **changes: Any) -> PostRow:
    body = clean(text)
    made = PostRow(1, "p1", Safe("mia"), 7, "member", Instant(NOW - 2 * HOUR), None, "visible", False, 0, body, "")
    return replace(made, **changes)


def reading(*posts: PostRow, title: str = "How do I reset 2FA?", **changes: Any) -> Reading:
    times = (Instant(NOW - DAY), Instant(NOW + HOUR), Instant(NOW - HOUR), None)
    row = InquiryRow(
        1, (1, 1), "forum", "discourse", clean(title.replace("\n", " ")), Safe("mia"), Safe("support"), "topic",
        Status.OPEN, Priority.HIGH, "ann", *times, 1, ("account",),
    )  # fmt: skip
    who = PersonCard(
        7, Safe("mia"), Safe(""), "forum", "member", Instant(NOW - 800 * DAY), 14, 3, 2, 0, (Safe("mia on chat"),)
    )
    card = ThreadCard(row, "t1", "https://forum.example/t/1", False, None, who, "nobody has answered yet")
    return replace(Reading(card, posts, NOW), **changes)


def shown(lines: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_the_head_says_what_where_who_and_how_it_stands() -> None:
    top = shown(thread_lines(reading(), 70)).split("\n")
    assert top[0].startswith("How do I reset 2FA?") and top[0].endswith("forum · support")
    assert top[1] == "mia · here 2y · 14 posts · 3 thanks · ✗ 2 strikes · also mia on chat"
    assert top[2] == "○ open · nobody has answered yet · @ann · #account"
    assert top[3] == "─" * 70


def test_a_post_shows_author_role_state_and_age() -> None:
    lines = thread_lines(reading(post("Hello.", role="team", state="hidden", reactions=4, edited_at=NOW)), 60)
    (header,) = [line for line in shown(lines).split("\n") if line.startswith("mia team  ◌ hidden")]
    assert header.endswith("♥ 4  edited  2h")


def test_quotes_are_set_apart_and_links_numbered_through_the_thread() -> None:
    first = post("> old words\nsee https://a.example/x")
    found = reading(first, post("and <https://b.example> too", id=2))
    lines = thread_lines(found, 60)
    assert ("  │ old words", "quote") in [span for line in lines for span in line]
    assert ("‹1\N{NO-BREAK SPACE}a.example/x›", "link") in [span for line in lines for span in line]
    assert found.links == ["https://a.example/x", "https://b.example"]
    assert thread_lines(found, 60) == lines, "numbers do not grow with every drawing"


def test_a_long_post_is_cut_until_it_is_wanted_in_full() -> None:
    text = "word " * 1000
    short, full = (shown(thread_lines(reading(post(text)), 60, full=wanted)) for wanted in (False, True))
    assert f"… {len(text) - SHORT:,} more characters: v shows them" in short
    assert full.count("word") == 1000 and "more characters" not in full
    monster = shown(thread_lines(reading(post("x" * (LONGEST + 500))), 60, full=True))
    assert "… 500 more characters" in monster


def test_notes_and_replies_on_their_way_stand_below() -> None:
    note = Note("n", "bob", Safe("ask the bank"), Instant(NOW - HOUR))
    reply = PendingReply("a", Safe("Try this."), "ann", "queued", "", NOW, Instant(NOW + 8_000))
    text = shown(thread_lines(reading(post("x"), notes=(note,), pending=(reply,)), 70))
    assert "colleagues' notes, private" in text and "  ask the bank" in text
    assert "⇡ queued  goes out in 8s, z takes it back" in text and "  Try this." in text
    failed = replace(reply, state="failed", why="the topic is closed")
    assert "✗ failed  the topic is closed" in shown(thread_lines(reading(pending=(failed,)), 70))


@pytest.mark.parametrize("width", [20, 38, 64, 110])
def test_no_line_is_wider_than_the_pane_or_steers_the_terminal(width: int) -> None:
    for text in HOSTILE_TEXTS:
        hostile = post(text[:3000], author=Safe(text[:200]))
        note = Note("n", text[:50], Safe(text[:200]), NOW)
        reply = PendingReply("a", Safe(text[:200]), text[:30], "failed", text[:80], NOW, NOW)
        found = reading(hostile, title=text[:300] or "-", notes=(note,), pending=(reply,))
        for line in thread_lines(found, width):
            joined = "".join(part for part, _ in line)
            assert cell_len(joined) <= width, (text[:40], joined)
            assert not STEERING.search(joined), (text[:40], joined)
