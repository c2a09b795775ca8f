"""Cases on the stage: reported posts, threads and members, and the rules they may break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from cm_console.model.moderation import CaseView, Guideline
from cm_console.model.records import Kind, Member, Post, PostState, Ref, Report, Thread
from cm_console.model.source import Feed, Identity
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.model.verb import TIMED, Verb
from cm_console.screens.moderation import ModerationScreen
from cm_console.services.desk import Desk
from cm_console.services.moderation import ModerationService
from cm_console.store import sources
from cm_console.store.sqlite import Connection
from cm_console.widgets.laid import Laid
from tests.screens.stage import Stage

RULES = (
    Guideline(1, "Be kind", "Never insult people.", "Hello {member}: be kind.", 1, 90, "warn"),
    Guideline(2, "Private things", "No addresses of others.", strikes=2, expires_days=180),
    Guideline(3, "No advertising, no spam", "No spam.", "“{title}” was an advert, {member}.", 1, 90, "spam"),
    Guideline(12, "Stay on topic", strikes=0),
)


def rules(stage: Stage, guidelines: Sequence[Guideline] = RULES) -> None:
    """Give the community its guidelines."""
    desk: Desk = stage.services.moderation._desk
    stage.services = replace(stage.services, moderation=ModerationService(desk, guidelines))


def case(
    stage: Stage,
    text: str,
    *kinds: str,
    author: str = "spammer",
    hours_ago: float = 2,
    title: str = "Handlebars",
    state: PostState = PostState.VISIBLE,
    reason: str = "",
) -> int:
    """A post between two others, with one report for each kind; returns the case's id."""
    number = next(stage.numbers)
    at = Instant(stage.clock.now() - int(hours_ago * HOUR))
    members = [
        Member(f"m-{author}", Untrusted(author), joined_at=Instant(at - 400 * DAY)),
        Member("m-mia", Untrusted("mia"), joined_at=Instant(at - 900 * DAY)),
        Member("m-rep", Untrusted("rep"), joined_at=Instant(at - 900 * DAY)),
    ]
    thread = Thread(f"c{number}", Untrusted(title), "m-mia", at, url=f"https://forum.example/c/{number}")
    posts = [
        Post(f"c{number}-0", thread.id, "m-mia", at, Untrusted(f"asked before {number}")),
        Post(f"c{number}-1", thread.id, f"m-{author}", Instant(at + MINUTE), Untrusted(text), state=state, version="1"),
        Post(f"c{number}-2", thread.id, "m-mia", Instant(at + 2 * MINUTE), Untrusted(f"said after {number}")),
    ]
    target = Ref(Kind.POST, f"c{number}-1")
    reports = [
        Report(f"r{number}-{n}", target, "m-rep", kind, Instant(at + (3 + n) * MINUTE), Untrusted(reason))
        for n, kind in enumerate(kinds or ("spam",))
    ]
    stage.save(*members, thread, *posts, *reports)
    return int(sql(stage, "SELECT max(id) FROM cases")[0][0])


def identify(
    stage: Stage,
    *verbs: Any,
    missing: dict[str, str] | None = None,
    own: dict[str, str] | None = None,
    me: str = "1",
    timed: Iterable[Verb] = TIMED,
    on_reports: Iterable[Verb] = (),
    some: Mapping[Verb, str] | None = None,
) -> None:
    """What the token of the source may do."""

    def change(conn: Connection) -> None:
        source = sources.ensure(conn, "forum", "discourse")
        identity = Identity(
            me,
            "ann",
            verbs=frozenset(verbs),
            feeds=frozenset(Feed),
            missing=missing or {},
            own=own or {},
            timed=frozenset(timed),
            on_reports=frozenset(on_reports),
            some=some or {},
        )
        sources.save_identity(conn, source, identity)

    stage.store._run(change, True)


def sql(stage: Stage, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the store."""
    return stage.store.read_now(lambda conn: conn.execute(query, values).fetchall())


def screen(pilot: Pilot[None]) -> ModerationScreen:
    """The moderation screen, which must be in front."""
    assert isinstance(pilot.app.screen, ModerationScreen)
    return pilot.app.screen


def current(pilot: Pilot[None]) -> str:
    """The words of the case under the cursor."""
    row = screen(pilot).list.current
    return row.excerpt if row else ""


def side(pilot: Pilot[None]) -> str:
    """The side pane as text, scrolled out lines included."""
    lines = pilot.app.screen.query_one("#side", Laid).lines
    return "\n".join("".join(text for text, _tone in line).rstrip() for line in lines)


async def open_cases(stage: Stage) -> list[str]:
    """The words of the open cases, worst first."""
    return [row.excerpt for row in await stage.services.moderation.page(CaseView.OPEN)]


def greyed(pilot: Pilot[None]) -> set[str]:
    """The labels that are greyed in the key line."""
    from cm_console.widgets.footer import KeyLine, Off

    return {label for _key, label in pilot.app.screen.query_one(KeyLine).hints if isinstance(label, Off)}
