"""The 120 days before the start: questions, weekly threads, releases, introductions, chatter, articles."""

from __future__ import annotations

from datetime import date, timedelta

from cm_console.demo.rhythm import spread
from cm_console.demo.talk import PACE, Questions, converse, direct, gather, remark_for, settled, unheard
from cm_console.demo.waiting import still_waiting
from cm_console.demo.world import Draft, World
from cm_console.model.records import Activity, PostState
from cm_console.model.time import DAY, HOUR, MINUTE, Instant

THREADS = 420
POSTS = 2_000

WEEKLY = (
    "It's Friday! What did you sow, solder, measure or lose this week? One line is fine, a photo is better, and"
    " questions are welcome in their own thread.",
    "Another week in the garden (or on the windowsill). What worked, what didn't, what surprised you? Houseplants"
    " count, of course.",
    "Your turn: one thing that grew, one that broke. Newcomers first, old hands may brag from tomorrow on.",
    "The log is open. Rain totals, strange readings, proud harvests, quiet weeks: all of it, please. 🌿",
)
_PHOTO = (
    "One photo per member, taken this month, with or without a sensor in it. The one with the most hearts becomes the"
    " banner of the forum."
)
_PHOTO_THEMES = ("mist", "hands at work", "small animals", "rain")
_RELEASE = (
    "Spore {ver} is out. Highlights: quieter radio, better sleep on v2 boards, and the usual pile of small fixes."
    " Full notes are on the releases page; v1 boards are supported as before.\n\nPlease read the part on breaking"
    " changes if you use MQTT, and tell us here how it went."
)
_HELLO = (
    "New here? Tell us where you garden, what you measure and what you'd like to learn. Nobody has to, everybody"
    " is welcome. Old hands: be kind, say hello back."
)


def write_history(world: World) -> Questions:
    """Fill the world with everything but cases, up to the number of threads; gives the deck of questions back."""
    questions = Questions(world)
    still_waiting(world, questions)
    _weekly(world)
    _releases(world)
    _hellos(world)
    _photos(world)
    _articles(world)
    _directs(world)
    _chatter(world)
    return questions


def fill_threads(world: World, questions: Questions) -> None:
    """Ordinary questions until the number of threads is right; some of the old ones were never answered."""
    for _ in range(16):
        unheard(world, questions, world.rhythm.moment(Instant(world.now - 37 * DAY)))
    while len(world.threads) < THREADS:
        source = "forum" if world.rng.random() < 0.42 else "chat"
        at = world.rhythm.moment(Instant(world.now - int(1.5 * HOUR)))
        converse(world, questions, source, at, questions.next(source, at))


def fill_posts(world: World) -> None:
    """Remarks of bystanders in ordinary threads until the number of posts is right."""
    rng = world.rng
    ordinary = [d for d in world.threads if remark_for(world, d)]
    for _ in range(POSTS - sum(len(draft.posts) for draft in world.threads)):
        draft = rng.choice(ordinary)
        last = max(said.at for said in draft.posts)
        at = world.answered(draft, last, PACE[draft.source] * 3)
        who = world.people.unheard(draft.source, at, {said.author.id for said in draft.posts})
        world.say(draft, who, at, world.deal(remark_for(world, draft)))


def finish(world: World) -> None:
    """Edits, deletions, reactions and visits."""
    _edit_and_delete(world)
    _react(world)
    _visit(world)


def _weekly(world: World) -> None:
    day = world.rhythm.back_to(4, 0)
    for week in range(17):
        at = world.rhythm.at(day - timedelta(weeks=week), 16)
        if at > world.now - HOUR:
            continue
        title = weekly_title(day - timedelta(weeks=week))
        draft = _announce(world, "forum", "Lounge", title, WEEKLY[week % len(WEEKLY)], at, "mira")
        end = min(world.now - MINUTE, at + 6 * DAY)
        times = spread(world.rng, at, Instant(end), world.rng.randint(9, 19), 1.7)
        gather(world, draft, [_log(world) for _ in times], times)


def weekly_title(day: date) -> str:
    """The title of the weekly thread of a day."""
    return f"Friday garden log · {day.day} {day:%b}"


def _log(world: World) -> str:
    """One or two lines of somebody's week."""
    lines = [world.deal("weekly") for _ in range(1 if world.rng.random() < 0.6 else 2)]
    return world.rng.choice(("\n", " ", "\n\n")).join(lines)


def _releases(world: World) -> None:
    for version, at in world.rhythm.releases:
        title = f"Spore {version} released"
        forum = _announce(world, "forum", "Announcements", title, _RELEASE, Instant(at + MINUTE), "joaoc")
        times = spread(world.rng, at + 20 * MINUTE, min(Instant(at + 5 * DAY), world.now), 12, 2.6)
        gather(world, forum, [world.deal("release") for _ in times], times)
        chat = _announce(
            world, "chat", "#announcements", "", f"Spore {version} is out 🎉 notes in the forum", at, "joaoc"
        )
        times = spread(world.rng, at + MINUTE, Instant(at + DAY), 4, 2.6)
        gather(world, chat, [world.deal("release") for _ in times], times)


def _hellos(world: World) -> None:
    for month in range(4):
        at = world.rhythm.at(world.rhythm.today - timedelta(days=116 - 29 * month), 9)
        draft = _announce(world, "forum", "Lounge", f"Introduce yourself · round {22 + month}", _HELLO, at, "robin")
        for when in spread(world.rng, at, min(Instant(at + 29 * DAY), world.now), 8, 1.2):
            world.say(draft, world.people.asker("forum", when), when, world.deal("hello"))


def _photos(world: World) -> None:
    for month, theme in enumerate(_PHOTO_THEMES):
        at = world.rhythm.at(world.rhythm.today - timedelta(days=104 - 28 * month), 11)
        draft = _announce(world, "forum", "Show & tell", f"Photo of the month: {theme}", _PHOTO, at, "tam")
        draft.charm = 6.0
        times = spread(world.rng, at + HOUR, min(at + 20 * DAY, world.now), 8, 1.3)
        gather(world, draft, [world.deal("photo") for _ in times], times)


def _articles(world: World) -> None:
    for n, scene in enumerate(world.corpus.blog):
        at = world.rhythm.at(world.rhythm.back_to(2, 3 + 9 * n), 10)
        part = scene.parts[0]
        draft = _announce(world, "blog", "Blog", part.head, part.text, at, world.rng.choice(("robin", "mira")))
        texts = scene.texts("a")
        for _ in range(world.rng.randint(1, 4)):
            texts.insert(world.rng.randint(0, len(texts)), world.deal("published"))
        gather(world, draft, texts, spread(world.rng, at + HOUR, min(Instant(at + 12 * DAY), world.now), len(texts)))


def _directs(world: World) -> None:
    for n, scene in enumerate(world.corpus.direct[9:]):
        source = "chat" if n % 3 == 2 else "forum"
        at = world.rhythm.moment(Instant(world.now - 3 * DAY))
        answer = world.rhythm.later(at, 4 * HOUR, Instant(world.now - HOUR))
        direct(world, scene, source, at, world.people.anyone(source, at), answer)


def _chatter(world: World) -> None:
    """Small talk in the chat: each text of the pool is one exchange, a message a line."""
    for exchange in world.corpus.pools["chatter"]:
        first, *texts = exchange.splitlines()
        at = world.rhythm.moment(Instant(world.now - 2 * HOUR))
        draft = world.open(world.people.pick("chat", at), at, "#general", "", first)
        draft.keep = True
        gather(
            world, draft, texts, spread(world.rng, at + MINUTE // 2, Instant(at + HOUR), len(texts), 1.3), author=0.25
        )
        settled(world, draft, draft.posts[-1].id)


def _announce(world: World, source: str, place: str, title: str, text: str, at: Instant, who: str) -> Draft:
    draft = world.open(world.people.team[source, who], at, place, title, text)
    draft.charm = 2.5
    return draft


def _edit_and_delete(world: World) -> None:
    for _, said in world.posts():
        if world.rng.random() < 0.05:
            edited = said.at + int(world.rng.uniform(1, 40) * MINUTE)
            said.edited_at = Instant(edited) if edited < world.now else None
    candidates = [d for d in world.threads if len(d.posts) > 4 and not d.waits and d.kind.value == "topic"]
    for draft in world.rng.sample(candidates, 14):
        said = draft.posts[-1]
        if said.id != draft.solved_by and said.state is PostState.VISIBLE and not said.author.staff:
            said.state = PostState.DELETED
            if draft.waits:
                said.state = PostState.VISIBLE


def _react(world: World) -> None:
    rng = world.rng
    for draft, said in world.posts():
        if said.state is not PostState.VISIBLE:
            continue
        chance = 0.5 * draft.charm * (1.8 if said.id == draft.solved_by or said is draft.posts[0] else 0.8)
        seen = {said.author.id}
        while rng.random() < chance / (1 + chance):
            at = world.rhythm.later(said.at, 5 * HOUR, Instant(world.now))
            member = world.people.pick(draft.source, at, said.author.id).id
            if member not in seen:
                seen.add(member)
                world.activity.append(
                    (draft.source, Activity(f"r-{said.id}-{member}", "reaction", at, member, said.id))
                )
        said.reactions = len(seen) - 1


def _visit(world: World) -> None:
    seen = set()
    for source, count in (("forum", 19), ("chat", 13), ("blog", 4)):
        for at in world.rhythm.visits(count):
            member = world.people.pick(source, at).id
            id = f"v-{(at + HOUR) // DAY}-{member}"
            if (source, id) not in seen:
                seen.add((source, id))
                world.activity.append((source, Activity(id, "visit", at, member)))
