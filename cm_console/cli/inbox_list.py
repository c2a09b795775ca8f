"""`cm-console inbox list`: the inquiries of a view, and how one reads in a line or for programs."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from cm_console.cli.session import json_option, say_json, say_table, tell, with_console
from cm_console.console import Console
from cm_console.model.inbox import UNTIL_NEWS, UNTIL_REPLY, InquiryRow, Priority, Status, View
from cm_console.model.narrowing import odd, parse_filter, shown_filter
from cm_console.model.time import Instant, iso, moment, short_age
from cm_console.services.desk import Impossible

VIEW_HELP = f"One of {', '.join(view.value for view in View)}, or a saved view."


@click.command("list")
@click.option("--view", default=View.NEEDS_REPLY.value, show_default=True, metavar="VIEW", help=VIEW_HELP)
@click.option(
    "--words",
    default="",
    help="Only where title, author or place holds these words; also a whole filter, with -word for without.",
)
@click.option("--source", default="", help="Only of this source.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--assignee", default="", help="Only of this colleague, `me` or `none`.")
@click.option("--older", default="", metavar="AGE", help="Only waiting or silent for longer: 12h, 3d.")
@click.option("--newer", default="", metavar="AGE", help="Only waiting or silent for less: 12h, 3d.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_command(context: click.Context, /, view: str, limit: int, as_json: bool, **narrow: str) -> None:
    """The inquiries of a view, in the order in which they want an answer."""

    async def read(console: Console) -> None:
        rows, now, zone = await _page(console, view, narrow, limit), console.clock.now(), console.config.timezone
        if as_json:
            say_json([inquiry_json(row) for row in rows])
        else:
            say_table([_line(row, now, zone) for row in rows], right=(0, 1), empty="nobody waits here")

    with_console(context, read)


def inquiry_json(row: InquiryRow) -> dict[str, object]:
    """A row for programs, times as ISO 8601."""
    facts = row._asdict()
    del facts["key"]
    for name in ("waiting_since", "due_at", "last_post_at", "snoozed_until", "due_by", "risk_at"):
        facts[name] = iso(facts[name])
    return {**facts, "status": row.status.name.lower(), "priority": row.priority.name.lower()}


async def _page(console: Console, view: str, narrow: dict[str, str], limit: int) -> list[InquiryRow]:
    words = narrow.pop("words")
    asked = parse_filter(" ".join(f"{name}:{value}" for name, value in narrow.items() if value))
    if asked.words:
        ages = narrow["older"] or narrow["newer"]
        raise Impossible(f"{asked.words!r} is {'no age; write 12h or 3d' if ages else 'one word too many'}")
    typed = parse_filter(words)
    asked, words = parse_filter(f"{shown_filter(asked)} {shown_filter(typed._replace(words=''))}"), typed.words
    views = console.saved_views
    asked = await views.as_written(asked)
    if why := await views.not_there(asked):
        raise Impossible(why)
    if view not in list(View):
        saved = await views.named(view, list(View))
        view, known = saved.base, shown_filter(saved.narrow)
        asked = parse_filter(f"{known} {shown_filter(asked)}")
        words = " ".join(filter(None, (asked.words, words)))
    rows = await console.inbox.page(View(view), asked._replace(words=words), limit=limit)
    if not rows and (why := odd(words)):
        tell(why)
    return rows


def _line(row: InquiryRow, now: int, zone: ZoneInfo) -> list[str]:
    left = row.due_at - now
    risk = "risk" if row.clock and row.risk_at is not None and now >= row.risk_at else "left"
    waits = row.waiting_since is not None or row.clock
    due = away(row, zone) or (f"{short_age(left)} {risk if left > 0 else 'late'}" if waits else "")
    mark = {Priority.URGENT: "!!", Priority.HIGH: "!"}.get(row.priority, "")
    return [str(row.id), due, mark, row.source, row.author, row.assignee or "-", row.title]


def away(row: InquiryRow, zone: ZoneInfo) -> str:
    """Until when a snoozed inquiry is put away; "" for any other."""
    if row.status is not Status.SNOOZED or row.snoozed_until is None:
        return ""
    return put_away(row.snoozed_until, zone)


def put_away(until: Instant, zone: ZoneInfo) -> str:
    """Until when, in words; `UNTIL_REPLY` and `UNTIL_NEWS` are no times."""
    if until >= UNTIL_NEWS:
        return "until they write" if until == UNTIL_REPLY else "until more than thanks"
    return f"until {moment(until, zone):%Y-%m-%d %H:%M}"
