"""The calendar's forms: an entry, when and where it goes out, and its words for one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from cm_console.model.calendar import Entry, EntryKind, EntryState, Outlet, Variant
from cm_console.model.length import TextRules, counted, too_long
from cm_console.model.text import Safe
from cm_console.model.time import Instant
from cm_console.model.wall import say
from cm_console.screens.form import Form, field
from cm_console.screens.services import Services
from cm_console.services.desk import Impossible
from cm_console.widgets.lines import hue
from cm_console.widgets.ticks import Tick, Ticks
from cm_console.widgets.when import When

KINDS = (Tick(EntryKind.POST, "post"), Tick(EntryKind.EVENT, "event, a date to keep"))


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a form; a form leaves out what it does not ask for."""

    title: str = ""
    body: str = ""
    place: str = ""
    at: Instant | None = None
    kind: EntryKind = EntryKind.POST
    sources: tuple[str, ...] = ()


def going_out(entry: Entry, written: Written) -> Entry:
    """The entry as it would go out, for preflight."""
    chosen = tuple(replace(entry.variant(source), state="", due_at=written.at) for source in written.sources)
    at = written.at if entry.kind is EntryKind.POST else entry.at
    return replace(entry, at=at, variants=chosen)


class EntryForm(Form[Written]):
    """Write or change an entry; `id` "" is a new one."""

    TALL = SCHEDULES = True

    def __init__(self, entry: Entry, outlets: Sequence[Outlet], services: Services) -> None:
        super().__init__(f"Edit ─ {entry.name}" if entry.id else "New entry", services)
        self.entry, self.outlets = entry, outlets
        self.saved_id = entry.id

    def fields(self) -> ComposeResult:
        """Title, day and time, kind, sources, text."""
        yield field("Title", Input(self.entry.title, id="title-field", compact=True, select_on_focus=False))
        yield When(self.entry.at, self.services.clock, self.services.zone)
        yield field("Kind", Ticks(KINDS, [self.entry.kind], single=True, id="kind-field"))
        yield field("Where", source_ticks(self.outlets, self.entry.sources))
        yield TextArea(self.entry.body, id="body-field", compact=True, tab_behavior="focus", placeholder="The text")

    def written(self) -> Written:
        """See Form."""
        return Written(
            title=self.query_one("#title-field", Input).value,
            body=self.query_one("#body-field", TextArea).text,
            at=self.query_one(When).value,
            kind=EntryKind(self.query_one("#kind-field", Ticks).values[0]),
            sources=self.query_one("#source-field", Ticks).values,
        )

    async def doubts(self, written: Written, *, schedule: bool) -> Sequence[str]:
        """What preflight finds, if it is to go out."""
        if not schedule:
            return ()
        if written.kind is EntryKind.EVENT:
            raise Impossible("an event is kept by saving it; press s on it to announce it")
        _check(written)
        words = replace(self.entry, kind=written.kind, title=Safe(written.title), body=Safe(written.body))
        found: list[str] = await self.services.calendar.check(going_out(words, written))
        return found

    async def submit(self, written: Written, *, schedule: bool) -> str:
        """Save it, perhaps scheduled, as one decision."""
        calendar = self.services.calendar
        self.saved_id = await calendar.save(
            self.entry.id or None,
            kind=written.kind,
            title=written.title,
            body=written.body,
            at=written.at,
            sources=written.sources,
            rev=self.entry.rev if self.entry.id else None,
            schedule=schedule,
        )
        saved = await calendar.entry(self.saved_id)
        if schedule and written.at is not None:
            return f"Scheduled: it goes out {say(written.at, self.services.zone)}. z takes it back."
        if self.entry.state is not EntryState.DRAFT and saved.state is EntryState.DRAFT:
            return "Saved as a draft: its time has passed, s gives it a new one."
        return "Saved." if saved.state is not EntryState.DRAFT else "Saved as a draft; s lets it go out."


class ScheduleForm(Form[Written]):
    """Choose when and where an entry goes out; of an event, its announcement."""

    SAVE = "schedule"

    def __init__(self, entry: Entry, outlets: Sequence[Outlet], services: Services) -> None:
        what = "Announce" if entry.kind is EntryKind.EVENT else "Schedule"
        super().__init__(f"{what} ─ {entry.name}", services)
        self.entry, self.outlets = entry, outlets

    def fields(self) -> ComposeResult:
        """Day and time, sources."""
        due = [variant.due_at for variant in self.entry.variants if variant.due_at is not None]
        at = min(due, default=None) if self.entry.kind is EntryKind.EVENT else self.entry.at
        chosen = self.entry.sources or [outlet.source for outlet in self.outlets if not outlet.why_not][:1]
        yield When(at, self.services.clock, self.services.zone)
        yield field("Where", source_ticks(self.outlets, chosen))

    def written(self) -> Written:
        """See Form."""
        return Written(at=self.query_one(When).value, sources=self.query_one("#source-field", Ticks).values)

    async def doubts(self, written: Written, *, schedule: bool) -> Sequence[str]:
        """What preflight finds, once the form itself is right."""
        _check(written)
        found: list[str] = await self.services.calendar.check(going_out(self.entry, written))
        return found

    async def submit(self, written: Written, *, schedule: bool) -> str:
        """Queue it."""
        assert written.at is not None
        await self.services.calendar.schedule(self.entry.id, written.at, written.sources)
        return f"Scheduled: it goes out {say(written.at, self.services.zone)}. z takes it back."


class VariantForm(Form[Written]):
    """The words for one source; what is left empty is as in the entry itself."""

    TALL = True

    def __init__(self, entry: Entry, variant: Variant, rules: TextRules, services: Services) -> None:
        super().__init__(f"For {variant.source} ─ {entry.name}", services)
        self.entry, self.variant = entry, variant
        self.rules = rules

    def fields(self) -> ComposeResult:
        """Title, place, text and how long it is."""
        own = self.variant
        hints = (self.entry.title or "no title", "category, channel or list; empty is the usual one")
        yield field("Title", Input(own.title, id="title-field", compact=True, placeholder=hints[0]))
        yield field("Place", Input(own.place, id="place-field", compact=True, placeholder=hints[1]))
        hint = Content(self.entry.body or "The text")
        yield TextArea(own.body, id="body-field", compact=True, tab_behavior="focus", placeholder=hint)
        yield Static(id="length")

    def on_mount(self) -> None:
        """Count at once; Textual calls the form's own handlers too."""
        self._count()

    def on_text_area_changed(self) -> None:
        """Count as it is typed."""
        self._count()

    def _count(self) -> None:
        text = self.query_one(TextArea).text or self.entry.body
        line = self.query_one("#length", Static)
        line.update(Content(counted(text, self.rules)))
        line.set_class(bool(too_long(text, self.rules)), "-wrong")

    def written(self) -> Written:
        """See Form."""
        return Written(
            title=self.query_one("#title-field", Input).value,
            place=self.query_one("#place-field", Input).value,
            body=self.query_one("#body-field", TextArea).text,
        )

    async def submit(self, written: Written, *, schedule: bool) -> str:
        """Keep the words; what waits to go out there is queued anew with them."""
        words = {"title": written.title, "body": written.body, "place": written.place}
        await self.services.calendar.variant(self.entry.id, self.variant.source, **words)
        return f"Saved for {self.variant.source}."


def _check(written: Written) -> None:
    if written.at is None:
        raise Impossible("choose a day and a time")
    if not written.sources:
        raise Impossible("choose at least one source")


def source_ticks(outlets: Sequence[Outlet], chosen: Sequence[str]) -> Ticks:
    """The sources as boxes; those that cannot publish come last and say why."""
    able = sorted(outlets, key=lambda outlet: bool(outlet.why_not))
    ticks = [Tick(outlet.source, outlet.source, hue(outlet.source), outlet.why_not) for outlet in able]
    boxes = Ticks(ticks, chosen, id="source-field")
    boxes.styles.height = max(1, min(5, len(ticks)))
    return boxes
