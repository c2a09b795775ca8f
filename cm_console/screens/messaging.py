"""Writing to a member privately, from wherever a name is shown: choose the account, see the words, send them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from cm_console.model.inbox import InquiryRow, Priority, Status
from cm_console.model.messaging import Addressee, with_subject, without_subject
from cm_console.model.person import Happening, Moment, Person
from cm_console.model.text import Safe
from cm_console.model.thread import ThreadCard
from cm_console.model.time import Instant, day_age
from cm_console.screens.compose import ComposeScreen
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible
from cm_console.services.messaging import MessagingService, draft_key
from cm_console.widgets.addressed import SAID, addressed_lines
from cm_console.widgets.laid import Laid
from cm_console.widgets.lines import Line

if TYPE_CHECKING:
    from cm_console.screens.compose_tools import Writing

MOST = 8
"""Lines that are shown of whom one writes to."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote and wants sent: the words, the subject ("" for none), and when (None: now)."""

    text: str
    subject: str
    at: Instant | None


class MessageScreen(ComposeScreen):
    """The composer over what is known of the one who will read it, with a subject where the platform shows one."""

    def __init__(
        self,
        to: Addressee,
        person: Person,
        said: Sequence[Moment],
        draft: str,
        keep: Callable[[str], Awaitable[None]],
        *,
        now: int,
        writing: Writing,
        zone: ZoneInfo,
    ) -> None:
        subject, words = without_subject(draft)
        super().__init__("message", _card(to), (), words, keep, now=now, writing=writing, zone=zone)
        self.days = zone
        self.to, self.person, self.said, self.subject, self._all = to, person, said, subject, draft

    def context(self) -> Widget:
        """Who they are, and the subject."""
        return Vertical(*self._above(), id="about")

    def _above(self) -> ComposeResult:
        yield Laid(id="context")
        if self.to.has_subject:
            hint = "Subject (⇧tab); else the first words stand for it"
            yield Input(self.subject, id="subject", placeholder=hint, select_on_focus=False)

    def show_context(self) -> None:
        """Who they are."""
        side = self.query_one("#context", Laid)
        side.can_focus = False
        side.lay(self._lines)

    def _lines(self, width: int) -> list[Line]:
        lines = addressed_lines(self.person, self.said, self._now, self.days, width)
        self.query_one("#context", Laid).styles.height = min(len(lines), MOST)
        return lines

    def what(self) -> str:
        """See ComposeScreen."""
        if self.editing:
            return f"A planned private message · {self.leaves} · to {self.to.at}"
        return f"Private message · to {self.to.at} · nobody else reads it"

    def on_input_changed(self, event: Input.Changed) -> None:
        """The subject is kept as the words are."""
        self.subject = event.value.strip()
        self.on_text_area_changed()

    def on_input_submitted(self) -> None:
        """From the subject to the words."""
        self.set_focus(self.field)

    async def keep_now(self) -> None:
        """Keep the words with their subject."""
        whole = "" if self.skipped else with_subject(self.subject, self.field.text)
        if whole != self._all:
            self._all = whole
            await self.keep(whole)


def _card(to: Addressee) -> ThreadCard:
    """An account where the composer expects a thread: it asks for its platform alone."""
    where = (to.id, (0, 0), to.source, to.source_kind, Safe(""), to.handle, Safe(""), "direct")
    row = InquiryRow(*where, Status.OPEN, Priority.NORMAL, "", None, Instant(0), Instant(0), None, 0)
    return ThreadCard(row, to.remote, "", False, None, None, "")


async def choose_account(screen: ModeScreen, member_id: int) -> Addressee | None:
    """The account of a person that is written to: the only one that can be, or the one that is chosen.

    Raises:
        Impossible: none can be; the words say why of each.
    """
    from cm_console.screens.dialogs import Choice, Choose

    messaging, now = _service(screen), screen.services.clock.now()
    able = [each for each in await messaging.addressees(member_id) if not each.why_not]
    if len(able) < 2:
        return await messaging.addressee(member_id)
    zone = screen.services.zone
    seen = {each.id: f"  seen {day_age(each.seen_at, now, zone)} ago" if each.seen_at else "" for each in able}
    choices = [Choice(str(n), f"{each.at}{seen[each.id]}", each) for n, each in enumerate(able[:9], 1)]
    return await screen.ask(Choose("Write to which account?", choices))


async def compose_message(screen: ModeScreen, to: Addressee, begin: str, key: str) -> Written | None:
    """Open the composer with a draft, or with the words to begin with; what is typed is kept under `key`."""
    inbox = screen.services.inbox

    async def keep(text: str) -> None:
        await inbox.save_draft(key, "" if text == begin else text)

    composer = await composer_to(screen, to, await inbox.draft(key) or begin, keep)
    written = await screen.ask(composer)
    return Written(written[0], composer.subject, composer.at) if written else None


async def composer_to(
    screen: ModeScreen, to: Addressee, draft: str, keep: Callable[[str], Awaitable[None]]
) -> MessageScreen:
    """The composer of a message, with what is known of whom it is for.

    Raises:
        Impossible: there is no such account.
    """
    services, messaging = screen.services, _service(screen)
    assert services.persons is not None
    person = await services.persons.person(to.id)
    if person is None:
        raise Impossible("there is no such account any more")
    said = await services.persons.timeline(to.id, only=(Happening.POST,), limit=SAID)
    now, zone = services.clock.now(), services.zone
    return MessageScreen(to, person, said, draft, keep, now=now, writing=messaging, zone=zone)


async def write_privately(
    screen: ModeScreen,
    member_id: int,
    template: str = "",
    given: Mapping[str, str] | None = None,
    about: int | None = None,
    to_it: bool = False,
) -> str:
    """Write to a person; with a template its places are filled in first, and it is seen before it goes.

    `about` is the thread they are asked for help with: it gets a note. `to_it`: to just this account of theirs.

    Raises:
        Impossible: no account of theirs can be written to.
    """
    messaging = _service(screen)
    to = await (messaging.addressee(member_id, str(member_id)) if to_it else choose_account(screen, member_id))
    if to is None:
        return ""
    begin, missing = await messaging.filled(template, to.id, given)
    if missing:
        screen.say(f"Fill in {', '.join(f'{{{name}}}' for name in missing)}.")
    written = await compose_message(screen, to, begin, draft_key(to.id, about))
    if written is None:
        return ""
    await messaging.send(to.id, written.text, subject=written.subject, at=written.at, about=about)
    return on_its_way(screen, to, written.at)


def on_its_way(screen: ModeScreen, to: Addressee, at: Instant | None) -> str:
    """What is said once a message is queued."""
    from cm_console.model.wall import say

    if at is not None:
        return f"It goes out {say(at, screen.services.zone)}, to {to.at} privately; until then O shows it."
    return f"On its way to {to.at}, privately; z takes it back."


def _service(screen: ModeScreen) -> MessagingService:
    if screen.services.messaging is None:
        raise Impossible("nobody can be written to privately here")
    return screen.services.messaging
