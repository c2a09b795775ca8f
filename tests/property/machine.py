"""The machine: people here and there, two consoles, bad weather, crashes, and a clock that jumps, in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cm_console.console import Console
from cm_console.model.action import Action, Verb, find, keyed
from cm_console.model.outbox import Answer, OutboxRow, State
from cm_console.model.records import Kind, Post, Ref, Report, Thread, ref_of
from cm_console.model.text import Untrusted
from cm_console.services.desk import Impossible
from cm_console.services.journal import TooLate
from cm_console.sources.memory import MemorySource
from cm_console.store import outbox
from cm_console.testing import RandomFaults, faulty
from tests.property import storm
from tests.property.storm import Weather
from tests.unit import kept_naive
from tests.worlds import Lab, make_lab, queue, rows

SETTLE = 20.0
VERBS = {
    **MemorySource.verbs,
    Verb.REPLY: find(settle=SETTLE),
    Verb.PUBLISH: keyed(3600.0, findable=True, settle=SETTLE),
}
FAST_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None

number = st.integers(0, 30)
step = st.integers(1, 16)
once = st.sampled_from([Verb.REPLY, Verb.PUBLISH])
which = st.integers(0, 1)
how = st.sampled_from(["plain", "crash", "crash", "both"])
waits = st.sampled_from([1, 11, 11, 31, 31, 120, 1_000, 4_000, 90_000])
fates = st.lists(st.sampled_from(storm.FATES), max_size=4)

THERE = ("writes", "asks", "edits", "deletes", "flags", "decides", "closes")
DECISIONS = [Verb.REPLY] * 5 + [Verb.PUBLISH] * 4 + [Verb.WARN, Verb.HIDE, Verb.REMOVE, Verb.CLOSE, Verb.REOPEN]


class StormMachine(RuleBasedStateMachine):
    """A community of one platform and up to two consoles on one database."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        # What a killed console had begun ends unheard. The default handler formats its traceback whenever the collector
        # comes by: inside ast.parse, which hypothesis uses, that is a SystemError of CPython 3.11.
        self.loop.set_exception_handler(lambda loop, context: None)
        self.folder = mkdtemp(dir=FAST_FOLDER)
        self.lab: Lab = make_lab(Path(self.folder))
        self.platform = self.lab.bench.platform
        self.clock = self.lab.clock
        self.weather = Weather(self.platform)
        self.faults = RandomFaults(1, self.clock, share=0.0)
        self.lab.wrap = lambda source: self.weather.over(faulty(source, self.faults))
        self.verbs = MemorySource.verbs
        MemorySource.verbs = VERBS
        self.consoles: list[Console] = []
        self.actions: dict[str, Action] = {}
        self.said = 0
        self.run(self._open_two())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On this machine's own loop."""
        return self.loop.run_until_complete(work)

    async def _open_two(self) -> None:
        await self.lab.bench.add_thread(1)
        await self.lab.bench.add_thread(1)
        self.consoles = [self.lab.console(), self.lab.console()]
        for console in self.consoles:
            await console.prepare()
            await console.engines["forum"].pull()

    @initialize(seed=st.integers(0, 100), share=st.sampled_from([0.0, 0.0, 0.15]))
    def begin(self, seed: int, share: float) -> None:
        self.faults.random.seed(seed)
        self.faults.share = share

    @rule(what=st.sampled_from(THERE), n=number)
    def somebody_there(self, what: str, n: int) -> None:
        """A member, or a colleague on the platform, does something."""
        getattr(self, f"_{what}")(n)

    def _writes(self, n: int) -> None:
        self.run(self.lab.bench.add_post(self._thread(n), self._words(False)))

    def _asks(self, n: int) -> None:
        self.run(self.lab.bench.add_thread(1))

    def _edits(self, n: int) -> None:
        if post := self._post(n):
            self.run(self.lab.bench.edit_post(post.id, self._words(False)))

    def _deletes(self, n: int) -> None:
        if post := self._post(n):
            self.platform.erase(ref_of(post))

    def _flags(self, n: int) -> None:
        if post := self._post(n):
            self.run(self.lab.bench.add_report(post.id))

    def _decides(self, n: int) -> None:
        reports = [r for r in self.platform.records(Kind.REPORT) if isinstance(r, Report) and r.closed_at is None]
        if reports:
            self.platform.put(replace(reports[n % len(reports)], closed_at=self.clock.now(), agreed=False))

    def _closes(self, n: int) -> None:
        thread = self.platform.get(Ref(Kind.THREAD, self._thread(n)))
        if isinstance(thread, Thread) and thread.author != self.platform.me:  # or nobody could find our own again
            self.platform.put(replace(thread, closed=n % 3 == 0, title=Untrusted(f"Renamed {n}")))

    def _post(self, n: int) -> Post | None:
        posts = [post for post in self.platform.records(Kind.POST) if isinstance(post, Post) and post.author == "ann"]
        return posts[n % len(posts)] if posts else None

    def _thread(self, n: int) -> str:
        threads = self.platform.records(Kind.THREAD)
        return ref_of(threads[n % len(threads)]).id

    def _words(self, same: bool) -> str:
        self.said += 1
        return "Thanks!" if same else f"Words {self.said}"

    def _decision(self, verb: Verb, n: int, same: bool) -> Action:
        thread, post, words = self._thread(n), self._post(n), self._words(same)
        if verb is Verb.PUBLISH:
            return Action("", verb, None, text=words, title=words)
        if verb is Verb.WARN:
            return Action("", verb, Ref(Kind.MEMBER, "ann"), text=words)
        if verb in (Verb.HIDE, Verb.REMOVE) and post is not None:
            return Action("", verb, ref_of(post), post.thread, seen=post.version)
        verb = verb if verb in (Verb.CLOSE, Verb.REOPEN) else Verb.REPLY
        return Action("", verb, Ref(Kind.THREAD, thread), thread, text=words)

    @rule(c=which, verb=st.sampled_from(DECISIONS), n=number, same=st.booleans())
    def decide(self, c: int, verb: Verb, n: int, same: bool) -> None:
        """Somebody here presses a key."""
        action = self._decision(verb, n, same)
        id = self.run(queue(self.consoles[c], action))
        self.actions[id] = replace(action, id=id)

    @rule(c=which, n=number, at=st.integers(1, 3))
    def decide_and_crash(self, c: int, n: int, at: int) -> None:
        """The console dies while it writes a decision down."""
        self._crash(c, queue(self.consoles[c], self._decision(Verb.REPLY, n, False)), at)
        self._learn()

    @rule(c=which, again=st.booleans(), fates=fates)
    def undo(self, c: int, again: bool, fates: list[str]) -> None:
        """Take the last decision back, perhaps while it leaves; if that comes too late, perhaps do the opposite."""
        if fates:
            self.deliver(c, "plain", 1, 11, fates)
        try:
            self.run(self.consoles[c].journal.undo())
        except TooLate as late:
            if again and late.opposites:
                self.run(self.consoles[c].journal.take_back(late.journal_id))
                self._learn()
        except Impossible:
            pass

    @rule(c=which, n=number)
    def answer(self, c: int, n: int) -> None:
        """The person looks at the platform and says what is true."""
        asking = [row for row in self._rows() if row.asks or row.state == State.FAILED]
        if asking:
            row = asking[n % len(asking)]
            self._wait(storm.LATE + 1)
            group = storm.group_of(self.actions[row.id])
            there = sum(storm.group_of(action) == group for action in self.platform.pushed)
            there -= sum(storm.group_of(self.actions[r.id]) == group for r in self._rows() if r.state == State.SENT)
            answer = Answer.THERE if there > 0 else (Answer.AGAIN, Answer.FORGET)[n % 2]
            with suppress(Impossible):
                self.run(self.consoles[c].outbox.resolve(answer, row.id))

    def _learn(self) -> None:
        """What was queued by the console itself, or by one that died."""
        for id in [row.id for row in self._rows() if row.id not in self.actions]:
            self.actions[id] = self.consoles[0].store.read_now(partial(outbox.load, id=id))

    @rule(c=which, how=how, n=step, wait=waits, fates=fates)
    def deliver(self, c: int, how: str, n: int, wait: int, fates: list[str]) -> None:
        """The outbox is delivered, in some weather, perhaps by two at once, perhaps by one that dies."""
        self._wait(wait)
        self.weather.fates = fates
        engine, other = self.consoles[c].engines["forum"], self.consoles[1 - c].engines["forum"]
        if how == "crash":
            self._crash(c, engine.deliver(), n)
        elif how == "both":
            self.run(storm.interleave(engine.deliver(), n, other.deliver()))
        else:
            self.run(engine.deliver())

    @rule(c=which, verb=once, same=st.booleans(), how=how, n=step, fates=fates)
    def decide_and_deliver(self, c: int, verb: Verb, same: bool, how: str, n: int, fates: list[str]) -> None:
        """The whole way at once: where the most can go wrong."""
        self.decide(c, verb, n, same)
        self.deliver(c, how, n, 11, fates)

    @rule(c=which, verb=once, same=st.booleans(), n=step, fates=fates, wait=waits)
    def lose_and_deliver(self, c: int, verb: Verb, same: bool, n: int, fates: list[str], wait: int) -> None:
        """In doubt, and a while later delivered again."""
        self.decide_and_deliver(c, verb, same, "plain", n, ["lost"])
        self.deliver(c, "plain", n, 31, fates)
        self.deliver(c, "plain", n, wait, [])

    @rule(c=which, how=how, n=st.integers(1, 16), news=st.booleans())
    def pull(self, c: int, how: str, n: int, news: bool) -> None:
        """A pull, perhaps beside a delivery, perhaps by one that dies."""
        if news:
            self._writes(n)
        engine, other = self.consoles[c].engines["forum"], self.consoles[1 - c].engines["forum"]
        if how == "crash":
            self._crash(c, engine.pull(), n)
        elif how == "both":
            self.run(storm.interleave(engine.pull_guarded(), n, other.deliver()))
        else:
            self.run(engine.pull_guarded())

    @rule(c=which, how=how, n=st.integers(1, 16))
    def pull_news(self, c: int, how: str, n: int) -> None:
        """Twice as often as other things, and always with something new."""
        self.pull(c, how, n, True)

    @rule(c=which)
    def look_for_dead(self, c: int) -> None:
        """What a living console does every half minute."""
        self.run(self.consoles[c].housekeeping.look_for_dead())

    @rule(c=which)
    def restart(self, c: int) -> None:
        """A console is closed and opened again."""
        self.run(self._restart(c))

    @rule(offline=st.booleans(), seconds=waits)
    def time_passes(self, offline: bool, seconds: int) -> None:
        """On a train, or back from it."""
        self._wait(seconds)
        self.weather.offline = offline

    def _wait(self, seconds: float) -> None:
        """Time passes; what is late there is done when its time has come, not when somebody asks next."""
        for part in (min(seconds, storm.LATE), max(seconds - storm.LATE, 0)):
            self.clock.advance(part)
            self.platform.catch_up()

    def _crash(self, c: int, work: Coroutine[Any, Any, Any], n: int) -> None:
        if self.run(storm.crash(self.consoles[c], work, n)):
            self.consoles[c] = self.lab.console()
            self.run(self.consoles[c].prepare())

    async def _restart(self, c: int) -> None:
        await self.consoles[c].stop()
        self.consoles[c] = self.lab.console()
        await self.consoles[c].prepare()

    # What must be true

    def _rows(self) -> list[OutboxRow]:
        found: list[OutboxRow] = self.run(rows(self.consoles[0]))
        return found

    @invariant()
    def every_promise_holds(self) -> None:
        self.platform.catch_up()
        held = self._rows()
        read = self.consoles[0].store.read_now
        read(lambda conn: storm.check_outbox(conn, self.actions, self.platform, held))
        read(storm.check_journal)
        storm.check_order(self.platform, self.actions)

    def teardown(self) -> None:
        """Fair weather, one console, enough time: then everything is where it belongs."""
        try:
            self.run(self._calm())
            self.every_promise_holds()
            self._check_rest()
        finally:
            MemorySource.verbs = self.verbs
            self.run(self.lab.close())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            rmtree(self.folder)

    async def _calm(self) -> None:
        self.weather.offline, self.weather.fates, self.faults.share = False, [], 0.0
        await self._restart(0)
        await self.consoles[1].stop()
        engine = self.consoles[0].engines["forum"]
        await self.consoles[0].housekeeping.look_for_dead()
        for wait in (60, 60, 1_000, 1_000, 1_000, 4_000, 4_000):
            self._wait(wait)
            await engine.pull_guarded()
            await engine.deliver()
        await engine.pull_guarded()

    def _check_rest(self) -> None:
        for row in self._rows():
            resting = row.state in (State.SENT, State.FAILED, State.CANCELLED, State.SUPERSEDED)
            waits = row.asks or row.blocked_by is not None
            assert resting or waits, f"{row.verb} is {row.state} for ever: {row.why}"
        read = self.consoles[0].store.read_now
        read(lambda conn: storm.check_mirror(conn, self.platform))
        read(lambda conn: kept_naive.check(conn, self.lab.config.timezone, self.clock.now()))
