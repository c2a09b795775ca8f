"""A case as lines, in the order in which one decides: what, context, who, reports, rule, what was decided; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from cm_console.model.action import Verb
from cm_console.model.moderation import CaseCard, Guideline, ReportRow
from cm_console.model.text import excerpt
from cm_console.model.thread import PersonCard, PostRow
from cm_console.model.time import DAY, short_age
from cm_console.widgets.clauses import fitting, weight
from cm_console.widgets.decided import decision_lines
from cm_console.widgets.lines import LABEL, Line, ends, fit, hue, labelled, one_line, wrap
from cm_console.widgets.posts import body_lines

KEPT = "\N{NO-BREAK SPACE}"
"""Stands for a space where a line must not break, while it is wrapped."""
WHAT, NEAR = 700, 140
"""Characters shown of the post and of its neighbours, before `more`."""
SHOWN = (Verb.KEEP, Verb.REMOVE, Verb.SPAM, Verb.HIDE, Verb.WARN, Verb.BAN, Verb.IGNORE)
"""The verbs one is told of when they cannot be done."""
_STATES = {"held": ("◐ held back", "warn"), "hidden": ("◌ hidden", "warn"), "deleted": ("× deleted", "bad")}


@dataclass(frozen=True, slots=True)
class Judging:
    """What the pane shows: a case, the guidelines, who looks at it and when; `links` are filled by laying it out."""

    card: CaseCard
    guidelines: Sequence[Guideline]
    me: str
    now: int
    full: bool = False
    links: list[str] = field(default_factory=list)


def case_lines(judging: Judging, width: int) -> list[Line]:
    """The whole pane in lines of `width` cells."""
    judging.links.clear()
    card, now, room = judging.card, judging.now, max(8, width - LABEL)
    lines = [*_head(card, now, width)]
    lines += labelled("WHAT", _what(judging, room))
    lines += labelled("CONTEXT", _context(judging, room))
    lines += labelled("WHO", who_lines(card.who, now, room))
    lines += labelled("REPORTS", [line for report in card.reports for line in _report(report, now, room)])
    lines += labelled("RULE", _rule(judging, room))
    decided = [
        line for each in card.decisions for line in decision_lines(each, judging.guidelines, judging.me, now, room)
    ]
    lines += labelled("DECIDED", decided)
    for note in card.notes:
        said: Line = [(one_line(note.author), "strong"), (f" {short_age(now - note.at)}", "dim")]
        lines += labelled("NOTE", [said, *([(line, "")] for line in wrap(note.body, room))])
    return lines[:-1] if lines and not lines[-1] else lines


def _head(card: CaseCard, now: int, width: int) -> list[Line]:
    row = card.row
    title = one_line(card.thread_title) or ("a member" if row.target_kind == "member" else "")
    left: Line = [(title, "strong")]
    where: Line = [(row.source, hue(row.source))]
    room = max(0, width - cell_len(row.source) - 2)
    lines: list[Line] = [[(fit(left[0][0], room), "strong"), ("  ", ""), *where]]
    facts: Line = []
    if row.escalated and row.ended_at is None:
        facts.append(("▲ escalated  ", "warn"))
    if row.claimed_by and row.ended_at is None:
        facts.append((f"@ {one_line(row.claimed_by)} is at it  ", "accent"))
    when = f"opened {short_age(now - row.opened_at)} ago"
    if row.ended_at is not None:
        when = f"ended {short_age(now - row.ended_at)} ago: {one_line(row.verdict) or 'without a verdict'}"
    lines.append([*facts, (when, "dim")])
    if card.local:
        words = f"{row.source} only reads: what you decide is recorded here, nothing is sent."
        lines += [[(line, "warn")] for line in wrap(words, width)]
    return [*lines, [("─" * width, "rule")]]


def _what(judging: Judging, room: int) -> list[Line]:
    card = judging.card
    if card.what is None:
        if card.row.target_kind == "member":
            who = one_line(card.who.handle) if card.who else one_line(card.row.accused)
            return [[("the member ", ""), (who, "strong")]]
        return [[(line, "")] for line in wrap(f"{card.row.target_kind} {card.row.excerpt}", room)]
    post, whole = card.what, card.row.target_kind == "thread"
    line = _by(post, judging.now, room, f"post {card.position} of {card.of}" if card.of and not whole else "")
    whole_words: list[Line] = [[("the whole thread, beginning with", "dim")]] if whole else []
    return [*whole_words, line, *_body(post.body, WHAT, room, judging, "more characters: v shows them")]


def _by(post: PostRow, now: int, room: int, place: str = "") -> Line:
    """Author, role, state; its place and age at the right end."""
    left: Line = [(one_line(post.author), "strong")]
    if post.role not in ("member", "unknown", ""):
        left.append((f" {post.role}", "accent" if post.role == "team" else "dim"))
    if post.edited_at:
        left.append((f"  edited {short_age(now - post.edited_at)} ago", "warn"))
    if post.state in _STATES:
        words, tone = _STATES[post.state]
        left.append((f"  {words}", tone))
    return ends(left, [(f"{place}  {short_age(now - post.created_at)}".strip(), "dim")], room)


def _body(text: str, limit: int, room: int, judging: Judging, more: str) -> list[Line]:
    if judging.full or len(text) <= limit:
        return body_lines(text, room, 0, judging.links, full=judging.full)
    rest: Line = [(f"… {len(text) - limit:,} {more}", "dim")] if more else [("…", "dim")]
    return [*body_lines(text[:limit], room, 0, judging.links), rest]


def _context(judging: Judging, room: int) -> list[Line]:
    card = judging.card
    lines: list[Line] = []
    for words, post in (("before: ", card.before), ("after: ", card.after)):
        if post is not None:
            lines.append([(words, "dim"), *_by(post, judging.now, room - len(words))])
            text = post.body if judging.full else post.body.strip().replace("\n", " ")
            lines += _body(text, NEAR, room, judging, "")
    if card.what is not None and not lines:
        lines.append([("nothing before it and nothing after it", "dim")])
    for post in card.recent:
        lines.append([("wrote: ", "dim"), *_by(post, judging.now, room - 7)])
        lines += _body(excerpt(post.body, 10 * NEAR) if judging.full else post.body, NEAR, room, judging, "")
    return lines


def who_lines(who: PersonCard | None, now: int, room: int) -> list[Line]:
    """Who it is, how they were judged before, their other accounts, and what may be one."""
    if who is None:
        return [[("nobody knows: the author is unknown", "dim")]]
    first: Line = [(one_line(who.handle), "strong")]
    if who.name and who.name != who.handle:
        first.append((f" {one_line(who.name)}", ""))
    if who.role not in ("member", ""):
        first.append((f" {who.role}", "accent"))
    facts = []
    if who.joined_at is not None:
        age = now - who.joined_at
        facts.append((f"joined {short_age(age)} ago", "warn" if age < DAY else ""))
    facts.append(("1 post" if who.posts == 1 else f"{who.posts:,} posts", "warn" if who.posts <= 1 else ""))
    facts += [(f"{who.thanks:,} thanks", "")] if who.thanks else []
    strikes = f"✗ {who.strikes} strike{'s' if who.strikes > 1 else ''}" if who.strikes else "no strikes"
    facts.append((strikes, "bad" if who.strikes else ""))
    if who.decisions:
        facts.append((f"{who.decisions} decision{'s' if who.decisions > 1 else ''}: u", "warn"))
    lines = [*_flow(first, facts, room)]
    for words, accounts, tone in (("same person: ", who.also, ""), ("perhaps also: ", who.perhaps, "warn")):
        if accounts:
            lines.append([(words, "dim"), (fit(one_line(", ".join(accounts)), room - len(words)), tone)])
    return lines


def _flow(line: Line, facts: Sequence[tuple[str, str]], room: int) -> list[Line]:
    """Facts after each other with dots between them, broken where a line is full."""
    lines = [line]
    for words, tone in facts:
        used = sum(cell_len(text) for text, _ in lines[-1])
        if used + cell_len(words) + 3 > room:
            lines.append([(words, tone)])
        else:
            lines[-1] = [*lines[-1], (" · ", "dim"), (words, tone)]
    return lines


def _report(report: ReportRow, now: int, room: int) -> list[Line]:
    """Who raised it and how often they were right, what they call it, their words."""
    share = report.agreed / report.judged if report.judged else None
    right = "no record yet" if share is None else f"right {report.agreed} of {report.judged}"
    tone = "dim" if share is None else "good" if share >= 0.7 else "warn" if share < 0.5 else ""
    line: Line = [(one_line(report.reporter), "strong")]
    if report.reporter not in ("the team", "the platform"):
        line.append((f" ({right})", tone))
    line.append((f": {one_line(report.kind).replace('_', ' ')}", ""))
    age = short_age(now - report.created_at)
    lines = [ends(line, [(f"closed  {age}" if report.closed_at is not None else age, "dim")], room)]
    said = excerpt(report.reason.strip(), 300)
    return lines + [[(text, "quote")] for text in wrap(f"“{said}”", room)] if said else lines


def _rule(judging: Judging, room: int) -> list[Line]:
    """The guidelines the reports speak of, with what they would do; the others by number and name."""
    first = fitting(judging.guidelines, judging.card.row.kinds)
    others = [clause for clause in judging.guidelines if clause not in first]
    lines: list[Line] = []
    if not judging.guidelines:
        lines += [[(line, "dim")] for line in wrap("no guidelines yet: they are [[guidelines]] in the config", room)]
    for clause in first:
        what = f" → {clause.verb}, {weight(clause)}"
        name = f"{clause.number} {one_line(clause.title)}"
        lines.append([(fit(name, max(4, min(cell_len(name), room - cell_len(what)))), ""), (what, "dim")])
    rest = f"{KEPT}· ".join(f"{each.number} {one_line(each.title)}".replace(" ", KEPT) for each in others)
    said = wrap(("else " if first else "d picks ") + rest, room) if others else []
    lines += [[(line.replace(KEPT, " "), "dim")] for line in said]
    cannot = [verb for verb in SHOWN if verb in judging.card.why_not]
    words = f"cannot be done here: {', '.join(cannot)} (its key says why)"
    return lines + [[(line, "warn")] for line in wrap(words, room)] if cannot else lines
