"""Rows as records: members, events, who came, threads, posts and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cm_console.model.records import Activity, Kind, Member, Post, Record, Ref, Report, Scheduled, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.table.mapping import Spec
from cm_console.sources.table.values import BadCell, Cells, fit, hashed

RECORDS_EACH = 3
TARGETS = {kind.value: kind for kind in (Kind.POST, Kind.THREAD, Kind.MEMBER)}


@dataclass
class Known:
    """What other tables of the mapping say: members and threads that have rows of their own, and when events were."""

    members: set[str] = field(default_factory=set)
    threads: set[str] = field(default_factory=set)
    events: dict[str, Instant] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    """Threads that a post of this reading has opened."""


def member(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of members."""
    id = fit(cells.need("id"))
    name = cells.text("name")
    handle = cells.text("handle") or (name if "@" in id else "") or _shown(id)
    joined, staff, bot = cells.date("joined_at"), cells.yes("staff"), cells.yes("bot")
    url, address = cells.text("url"), next((word for word in (id, cells.text("handle")) if "@" in word[1:]), "")
    return [Member(id, Untrusted(handle[:100]), Untrusted(name[:200]), joined, staff, bot, url, email=address)]


def event(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of events."""
    title, at = cells.need("title"), cells.when("at")
    text, url = Untrusted(cells.text("text")), cells.text("url")
    return [Scheduled(cells.id(), Untrusted(title), text, at, url)]


def attendance(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of attendance. A visit is never changed, only another one: its content is in its id."""
    who = fit(cells.need("member"))
    author = _author(who, cells.text("name"), known)
    if spec.columns.get("came") and not cells.yes("came"):
        return author
    at = cells.date("at")
    event = cells.key("event")
    if at is None:
        at = known.events.get(event)
    if at is None:
        column = spec.columns.get("event" if event else "at", "")
        raise BadCell(
            column, f"there is no event {event[:60]!r}, and no date" if event else "nobody knows when that was"
        )
    content = hashed("\0".join((who, event, str(at))))
    visit = Activity(f"{cells.key('id') or event}/{content}", "visit", at, who)
    return [*author, visit]


def thread(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of threads, with its first post if it has a text."""
    id, title, at = cells.id(), cells.need("title"), cells.when("at")
    author, url = cells.key("author") or None, cells.text("url")
    place, closed = Untrusted(cells.text("place") or spec.place), cells.yes("closed")
    records = _author(author, cells.text("author_name"), known)
    records.append(Thread(id, Untrusted(title), author, at, place=place, url=url, closed=closed))
    if text := cells.text("text"):
        records.append(Post(id, id, author, at, Untrusted(text), url=url))
    return records


def post(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of posts; the first of a thread that no table of threads has opens it."""
    id, text, at = cells.id(), cells.need("text"), cells.when("at")
    root, author = cells.key("thread") or id, cells.key("author") or None
    edited, url, reply = cells.date("edited_at"), cells.text("url"), cells.key("reply_to") or None
    records = _author(author, cells.text("author_name"), known)
    if root not in known.threads and root not in known.opened:
        known.opened.add(root)
        title = cells.text("title") or _excerpt(text)
        place = Untrusted(cells.text("place") or spec.place)
        records.append(Thread(root, Untrusted(title), author, at, place=place, url=url))
    records.append(Post(id, root, author, at, Untrusted(text), edited, reply, url=url))
    return records


def report(cells: Cells, spec: Spec, known: Known) -> list[Record]:
    """A row of reports."""
    said = cells.text("target_kind").lower() or Kind.POST.value
    if said not in TARGETS:
        raise BadCell(spec.columns["target_kind"], f"{said[:40]!r} is none of {', '.join(TARGETS)}")
    closed = cells.date("closed_at")
    agreed = cells.yes("agreed") if cells.text("agreed") else None
    target, reporter = Ref(TARGETS[said], fit(cells.need("target"))), cells.key("reporter") or None
    kind, reason = " ".join(cells.text("kind").lower().split())[:40] or "report", Untrusted(cells.text("reason"))
    records = _author(reporter, "", known)
    return [*records, Report(cells.id(), target, reporter, kind, cells.when("at"), reason, closed, agreed)]


TRANSLATE: dict[str, Callable[[Cells, Spec, Known], list[Record]]] = {
    "members": member,
    "events": event,
    "attendance": attendance,
    "threads": thread,
    "posts": post,
    "reports": report,
}


def _author(id: str | None, name: str, known: Known) -> list[Record]:
    """Somebody whom no table of members has."""
    if not id or id in known.members:
        return []
    handle = name if name and "@" in id else _shown(id)
    return [Member(id, Untrusted(handle[:100]), Untrusted(name[:200]))]


def _shown(id: str) -> str:
    """An id as it is shown: of a mail address only the part before the @."""
    return id.partition("@")[0] or id


def _excerpt(text: str) -> str:
    line = " ".join(text[:320].split())
    return line if len(line) <= 80 else line[:79] + "…"
