"""A thread as lines: its head, the posts, colleagues' notes and our replies on their way; pure, easily tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len

from cm_console.model.inbox import Status
from cm_console.model.plural import counted
from cm_console.model.text import Safe
from cm_console.model.thread import Aside, Note, PendingReply, PersonCard, PostRow, ThreadCard
from cm_console.model.time import short_age
from cm_console.widgets.lines import Line, crop, cut, ends, hue, one_line, wrap
from cm_console.widgets.links import SHOWN, number_links

SHORT = 1_500
"""Characters of a post shown before `more`."""
LONGEST = 60_000
"""Characters of a post shown at all; nobody reads on in a terminal, and no text may cost seconds."""

STATUS = {Status.OPEN: "○ open", Status.WAITING: "◔ waiting", Status.SNOOZED: "☾ snoozed", Status.DONE: "✓ done"}
SENDING = {
    "queued": ("⇡", "accent"), "sending": ("⇡", "accent"), "sent": ("✓", "good"), "failed": ("✗", "bad"),
    "uncertain": ("?", "warn"), "cancelled": ("–", "dim"), "superseded": ("–", "dim"),
}  # fmt: skip
_STATES = {"held": ("◐ held back", "warn"), "hidden": ("◌ hidden", "warn"), "deleted": ("× deleted", "bad")}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader shows: a thread and when it was read (milliseconds).

    `folds`: how many posts are left out behind a post, by its id. What `thread_lines` fills: `links` in the order of
    their numbers, and in which line each post begins (`heads`) and each fold stands (`folded`), by the post's id.
    """

    card: ThreadCard
    posts: tuple[PostRow, ...]
    now: int
    notes: tuple[Note, ...] = ()
    pending: tuple[PendingReply, ...] = ()
    folds: Mapping[int, int] = field(default_factory=dict)
    asides: tuple[Aside, ...] = ()
    links: list[str] = field(default_factory=list, compare=False)
    heads: dict[int, int] = field(default_factory=dict, compare=False)
    folded: dict[int, int] = field(default_factory=dict, compare=False)


def thread_lines(reading: Reading, width: int, *, full: bool = False) -> list[Line]:
    """The whole reader in lines of `width` cells; fills what Reading says."""
    for found in (reading.links, reading.heads, reading.folded):
        found.clear()
    lines = head_lines(reading.card, reading.now, width)
    for aside in reading.asides:
        lines += [
            _rule(one_line(aside.title), width),
            *(cut([(f"  {number_links(line, reading.links)}", "")], width) for line in aside.lines),
        ]
    for post in reading.posts:
        reading.heads[post.id] = len(lines) + 1
        lines += [[], *post_lines(post, reading.now, width, reading.links, full=full)]
        if post.id in reading.folds:
            reading.folded[post.id] = len(lines) + 1
            lines += [[], _rule(f"{counted(reading.folds[post.id], 'post')} between", width)]
    if reading.notes:
        lines += [[], _rule("colleagues' notes, private", width)]
        for note in reading.notes:
            lines.append(ends([(one_line(note.author), "strong")], [(short_age(reading.now - note.at), "dim")], width))
            lines += [[(f"  {line}", "")] for line in wrap(note.body, width - 2)]
    if reading.pending:
        lines += [[], _rule("on its way", width)]
        for reply in reading.pending:
            lines += _pending(reply, reading.now, width)
    return [crop(line, width) if sum(cell_len(text) for text, _ in line) > width else line for line in lines]


def head_lines(card: ThreadCard, now: int, width: int) -> list[Line]:
    """Title and place, who asks, how it stands."""
    row = card.row
    where: Line = [(row.source, hue(row.source)), (f" · {one_line(row.place)}" if row.place else "", "dim")]
    title = wrap(one_line(row.title), width)
    room = width - cell_len(title[-1]) - sum(cell_len(text) for text, _ in where)
    lines: list[Line] = [[(line, "strong")] for line in title]
    if room > 2:
        lines[-1] = ends([(title[-1], "strong")], where, width)
    else:
        lines.append(where)
    if card.author is not None:
        lines += [[(line, "dim")] for line in wrap(person_words(card.author, now), width)]
    facts = [STATUS[row.status], "a newcomer's first post" if row.newcomer else "", card.why]
    facts += [f"@{row.assignee}" if row.assignee else "", *(f"#{tag}" for tag in row.tags)]
    lines += [[(line, "dim")] for line in wrap(" · ".join(one_line(fact) for fact in facts if fact), width)]
    return [*lines, [("─" * width, "rule")]]


def person_words(person: PersonCard, now: int) -> str:
    """A person in one line: since when, how much, how judged, where else."""
    facts = [one_line(person.handle)]
    if person.role not in ("member", ""):
        facts.append(person.role)
    if person.joined_at is not None:
        facts.append(f"here {short_age(now - person.joined_at)}")
    facts.append("1 post" if person.posts == 1 else f"{person.posts:,} posts")
    if person.thanks:
        facts.append(f"{person.thanks:,} thanks")
    if person.strikes:
        facts.append(f"✗ {person.strikes} strike{'s' if person.strikes > 1 else ''}")
    facts += [f"also {one_line(also)}" for also in person.also]
    return " · ".join([*facts, *(f"perhaps also {one_line(perhaps)}" for perhaps in person.perhaps)])


def post_lines(post: PostRow, now: int, width: int, links: list[str], *, full: bool = False) -> list[Line]:
    """One post: author and age, then its text, indented if it is a remark on another."""
    indent = 4 if post.comment else 2
    left: Line = [("  " if post.comment else "", ""), (one_line(post.author), "strong")]
    if post.role not in ("member", "unknown", ""):
        left.append((f" {post.role}", "accent" if post.role == "team" else "dim"))
    if post.state in _STATES:
        words, tone = _STATES[post.state]
        left.append((f"  {words}", tone))
    right = [f"♥ {post.reactions}"] if post.reactions > 0 else []
    right += ["edited"] if post.edited_at else []
    age: Line = [("  ".join([*right, short_age(now - post.created_at)]), "dim")]
    return [ends(left, age, width), *body_lines(post.body, width, indent, links, full=full)]


def body_lines(text: str, width: int, indent: int, links: list[str], *, full: bool = False) -> list[Line]:
    """A text with its links numbered, quotes dim, cut at SHORT unless `full`."""
    limit = LONGEST if full else SHORT
    shown = number_links(text[:limit], links)
    lines = [_toned(line, indent) for line in wrap(Safe(shown.strip("\n")), width - indent)]
    if len(text) > limit:
        more = f"… {len(text) - limit:,} more characters" + ("" if full else ": v shows them")
        lines.append([(" " * indent + more, "dim")])
    return lines


def _toned(line: str, indent: int) -> Line:
    pad = " " * indent
    if line.startswith(">"):
        return [(pad + "│" + line[1:], "quote")]
    spans: Line = [(pad, "")]
    at = 0
    for found in SHOWN.finditer(line):
        spans += [(line[at : found.start()], ""), (found[0], "link")]
        at = found.end()
    return [*spans, (line[at:], "")]


def _pending(reply: PendingReply, now: int, width: int) -> list[Line]:
    glyph, tone = SENDING.get(reply.state, ("·", "dim"))
    words = reply.why or ""
    if reply.state == "queued" and reply.not_before > now:
        words = f"goes out in {short_age(reply.not_before - now)}, z takes it back"
    left: Line = [(f"{glyph} {reply.state}", tone), (f"  {one_line(words)}" if words else "", "dim")]
    right: Line = [(f"{one_line(reply.by)} {short_age(now - reply.created_at)}", "dim")]
    return [ends(left, right, width), *([(f"  {line}", "")] for line in wrap(reply.text[:SHORT], width - 2))]


def _rule(words: str, width: int) -> Line:
    return crop([("── ", "rule"), (words, "dim"), (" " + "─" * max(0, width - 4 - cell_len(words)), "rule")], width)
