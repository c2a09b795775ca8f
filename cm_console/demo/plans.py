"""The demo's calendar: what was published, what goes out today, and the next four weeks."""

from __future__ import annotations

from datetime import timedelta

from cm_console.demo.history import WEEKLY, weekly_title
from cm_console.demo.people import SITES
from cm_console.demo.rhythm import ZONE, Rhythm
from cm_console.demo.shape import Entry, Variant
from cm_console.demo.world import Draft, World
from cm_console.model.calendar import EntryKind, EntryState
from cm_console.model.records import Scheduled
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, HOUR, Instant

_AMA = (
    "Joao and Tam answer everything about the radio: range, repeaters, duty cycle, why hedges are evil. Post your"
    " questions in this thread beforehand, they start at 19:00 and stay for an hour."
)
_MEETUP = (
    "Our meetup in the community garden hall, 18:30. Three short talks (cold air maps, a bee hive scale, five"
    " repairs anyone can do), two soldering tables, soup. Bring a lamp and a dish. Please sign up so that there is soup"
    " for all."
)
_NOTES = (
    "Spore 3.3.0 is out.\n\n- The new scheduler: nodes wake up 40 % less often\n"
    "- Repeater mode is no longer experimental\n- Notes on the time line, with a button\n- Umlauts in alert mails\n\n"
    "Nothing breaks this time. Update the gateway first, then the nodes, the far ones last."
)
_TIPS = (
    (
        "Tip of the week: the angle of your panel",
        "65 to 70 degrees in winter, and wipe it. It gains more than a bigger panel.",
    ),
    (
        "Tip of the week: look at the pot, then at the app",
        "A probe tells you about ten centimetres of soil. Your plant knows the rest.",
    ),
)


_PROBES = (
    "Five winters in a Norwegian clay soil, and what is left of forty probes: which coatings held, which cables the"
    " voles like, and why the cheap ones lived longest.\n\nThe numbers are in the forum: https://forum.fernwerk.example/t/probes"
)
_SEEDS = (
    "What do you have to spare, what are you looking for? One post per member, please say where you are. Mira brings"
    " the envelopes to the garden hall."
)


class Plan:
    """Builds the entries one by one, with ids in their order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.entries: list[Entry] = []

    def add(
        self, title: str, body: str, at: Instant | None, *variants: Variant, kind: EntryKind = EntryKind.POST
    ) -> None:
        """Something still to come; without a time it is a draft."""
        state = EntryState.DRAFT if at is None or not variants else EntryState.SCHEDULED
        self.entries.append(Entry(self._id(), kind, title, body, at, ZONE.key, state, variants))

    def published(self, draft: Draft, title: str, body: str, *others: Draft) -> None:
        """Something that went out: each thread it became is a variant."""
        threads = (draft, *others)
        variants = tuple(
            Variant(
                d.source,
                d.title if d.title != title else "",
                d.posts[0].text if d.posts[0].text != body else "",
                d.place,
                d.id,
            )
            for d in threads
        )
        entry = Entry(
            self._id(), EntryKind.POST, title, body, draft.at, ZONE.key, EntryState.PUBLISHED, variants, draft.at
        )
        self.entries.append(entry)

    def _id(self) -> str:
        return f"entry-{len(self.entries) + 1:03}"


def entries(world: World) -> tuple[Entry, ...]:
    """The whole calendar, in the order of time, drafts without a date last."""
    plan = Plan(world)
    _past(plan, world)
    _coming(plan, world)
    return tuple(sorted(plan.entries, key=lambda entry: (entry.at is None, entry.at or 0)))


def planned_there(world: World) -> tuple[tuple[str, Scheduled, str], ...]:
    """What the platforms will publish by themselves, planned there by colleagues: source, what, where it goes."""
    at, forward = world.rhythm.at, world.rhythm.forward_to
    probes = ("plan-1", "What five winters do to a probe", _PROBES, at(forward(0, 2), 9), "/?p=412&preview=true")
    seeds = ("plan-2", "Seed swap: what do you have to spare?", _SEEDS, at(forward(5, 5), 10), "/t/plan-2")
    return tuple(
        (source, Scheduled(id, Untrusted(title), Untrusted(text), when, f"{SITES[source]}{page}"), place)
        for source, place, (id, title, text, when, page) in (("blog", "Blog", probes), ("forum", "Lounge", seeds))
    )


def _past(plan: Plan, world: World) -> None:
    since = world.now - 63 * DAY
    for draft in world.threads:
        if not draft.author.staff or draft.at < since or draft.kind.value == "direct" or draft.source == "chat":
            continue
        also = [d for d in world.threads if d.source == "chat" and d.author.staff and abs(d.at - draft.at) < HOUR]
        plan.published(draft, draft.title, draft.posts[0].text, *also)


def _coming(plan: Plan, world: World) -> None:
    _threads(plan, world)
    _release(plan, world.rhythm)
    _events(plan, world.rhythm)
    _articles(plan, world.rhythm)


def _threads(plan: Plan, world: World) -> None:
    """The photo thread of today and the weekly ones."""
    plan.add(
        "Photo of the month: drops",
        "Show us dew, fog or rain. One photo per member, the winner becomes the banner.",
        Instant((world.now + 2 * HOUR) // (HOUR // 2) * (HOUR // 2)),
        Variant("forum", place="Show & tell"),
        Variant("chat", body="Photo of the month: drops 💧 thread is open in the forum", place="#show-and-tell"),
    )
    chat = Variant("chat", body="Friday log is open in the forum. What grew, broke or rained?", place="#general")
    for week in range(4):
        day = world.rhythm.forward_to(4, 1) + timedelta(weeks=week)
        variants = (Variant("forum", place="Lounge"), chat)[: 1 + week % 2]
        plan.add(weekly_title(day), WEEKLY[week], world.rhythm.at(day, 16), *variants)


def _release(plan: Plan, rhythm: Rhythm) -> None:
    plan.add(
        "Spore 3.3.0 released",
        _NOTES,
        rhythm.at(rhythm.forward_to(1, 6), 14),
        Variant("forum", place="Announcements"),
        Variant("chat", body="Spore 3.3.0 is out 🎉 notes in the forum", place="#announcements"),
        Variant("blog", "Spore 3.3: quieter, and further", place="Blog"),
    )


def _events(plan: Plan, rhythm: Rhythm) -> None:
    """Two events, each announced some days before."""
    ama = rhythm.at(rhythm.forward_to(3, 9), 19)
    plan.add(
        "Ask us anything: radio",
        _AMA,
        Instant(ama - 2 * DAY),
        Variant("forum", place="Gateway & radio"),
        Variant("chat", body="Thursday 19:00: ask us anything about radio, thread is in the forum", place="#general"),
    )
    plan.add("Ask us anything: radio (live)", _AMA, ama, kind=EntryKind.EVENT)
    meetup = rhythm.at(rhythm.forward_to(5, 15), 18.5)
    plan.add(
        "Garden hall meetup: sign up",
        _MEETUP,
        Instant(meetup - 10 * DAY),
        Variant("forum", place="Meetups"),
        Variant("chat", body="Garden hall meetup: the sign-up is open, soup included 🍲", place="#meetups"),
    )
    tonight = Variant("forum", "See you tonight: garden hall meetup", place="Meetups")
    plan.add("Garden hall meetup", _MEETUP, meetup, tonight, kind=EntryKind.EVENT)


def _articles(plan: Plan, rhythm: Rhythm) -> None:
    """Tips every other week, and two drafts, one of them without a date."""
    places = (Variant("forum", place="Hardware"), Variant("chat", place="#general"))
    for n, (title, body) in enumerate(_TIPS):
        plan.add(title, body, rhythm.at(rhythm.forward_to(2, 2 + 14 * n), 12), *places)
    interview = rhythm.at(rhythm.forward_to(2, 20), 10)
    plan.add("Meet the community: the librarian with the probes", "Interview is done, photos are missing.", interview)
    plan.add("Survey: what should we build next?", "Ten questions, five minutes. To be agreed with Joao first.", None)
