"""A community whose every field is hostile, and the program that opens it; `--naked` takes the defences off."""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle
from pathlib import Path

from cm_console.config import Home, SourceConfig, load, write_new
from cm_console.console import Console
from cm_console.model.calendar import EntryKind
from cm_console.model.records import Kind, Member, Post, Ref, Report, Thread
from cm_console.model.text import Safe, Untrusted
from cm_console.model.time import DAY, HOUR, MINUTE, Instant
from cm_console.sources.memory import PLATFORMS, Platform
from cm_console.testing import HOSTILE_TEXTS, FakeClock

SHORT = [text for text in HOSTILE_TEXTS if len(text) < 400]
THREADS = 30


def platform(clock: FakeClock) -> Platform:
    """A platform on which everybody means harm."""
    evil = Platform("evil", me="me", clock=clock)
    texts = cycle(SHORT)
    now = clock.now()
    evil.put(Member("me", Untrusted("team"), staff=True))
    for number in range(THREADS):
        at = Instant(now - number * HOUR - DAY)
        member, thread, post = f"m{number}", f"t{number}", f"p{number}"
        evil.put(Member(member, Untrusted(next(texts)), Untrusted(next(texts)), Instant(at - DAY), url=next(texts)))
        place = Untrusted(next(texts))
        evil.put(Thread(thread, Untrusted(next(texts)), member, at, place=place, url="https://x/" + next(texts)))
        body = "\n".join(next(texts) for _ in range(20))
        evil.put(Post(post, thread, member, at, Untrusted(body), url=next(texts)))
        if number % 3 == 0:
            why = Untrusted(next(texts))
            evil.put(Report(f"r{number}", Ref(Kind.POST, post), member, "spam", Instant(at + MINUTE), why))
    return evil


async def furnish(root: Path) -> None:
    """Write the home, pull everything once, plan an entry and queue a reply with hostile words."""
    clock, home = FakeClock(), Home(root)
    PLATFORMS["evil"] = platform(clock)
    home.prepare()
    sources = [SourceConfig("evil", "memory", {"platform": "evil"})]
    write_new(home.config, "Hostile", values={"me": "me", "undo_seconds": 120}, sources=sources)
    console = Console.open(load(home.config), home, clock=clock)
    await console.sync()
    await console.inbox.reply(1, "our own \x1b]52;c;UFdORUQ=\x07 words [/] [@click=app.quit]x[/]")
    await console.inbox.note(2, SHORT[5] + "\x1b[2J a note")
    await console.inbox.tag([2], "tag[/b]")
    hostile = "\n".join(SHORT[:60])
    await console.calendar.save(kind=EntryKind.POST, title="x" + hostile[:200], body=hostile, at=Instant(clock.now()))
    await console.stop()


def main() -> None:
    """`python -m tests.safety.hostile_home HOME [--naked]`: open the console on that home."""
    from cm_console.cli.start import start

    if "--naked" in sys.argv:
        _undress()
    sys.exit(start(sys.argv[1]))


def _undress() -> None:
    """What careless changes would do: nothing cleaned where it is shown, and no filter. The tests must see it."""
    from cm_console.model import text as texts

    texts.clean = lambda text: Safe(text)
    from cm_console.widgets.safe import SafeFilter

    SafeFilter.apply = lambda self, segments, background: segments  # type: ignore[method-assign]  # a mutant


if __name__ == "__main__":
    main()


def furnish_now(root: Path) -> None:
    """The same for tests without a loop of their own."""
    asyncio.run(furnish(root))
