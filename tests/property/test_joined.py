"""Whatever is joined, split, deleted, decided and undone: each thread that is there stands in exactly one row."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cm_console.model.inbox import Filter, View
from cm_console.model.records import Kind, Member, Post, Record, Ref, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, Instant
from cm_console.services.changes import Changes
from cm_console.services.desk import Desk, Impossible
from cm_console.services.inbox import InboxService
from cm_console.services.joined import JoinedService
from cm_console.services.journal import JournalService
from cm_console.store import Store, inbox, ingest, joined, sources, threads
from cm_console.store.batch import Community
from cm_console.store.sqlite import Connection
from cm_console.testing import FakeClock
from tests.property.machine import FAST_FOLDER
from tests.unit import kept_naive

RUN = settings(
    settings.get_profile("fast"), max_examples=40, stateful_step_count=25, phases=[Phase.explicit, Phase.generate]
)
HUNT = settings(RUN, max_examples=300, phases=[Phase.generate], print_blob=False)
THREADS, PLACES = 7, ("forum", "tracker", "list")
VIEWS = {1: View.NEEDS_REPLY, 2: View.WAITING, 3: View.SNOOZED, 4: View.DONE}

number = st.integers(0, THREADS - 1)
some = st.lists(number, min_size=2, max_size=4, unique=True)
verb = st.sampled_from(["done", "wait", "reopen", "snooze"])


class JoinedMachine(RuleBasedStateMachine):
    """Seven threads on three sources, and a team that joins, parts and puts them away."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = mkdtemp(dir=FAST_FOLDER)
        self.store, self.clock = Store.open(Path(self.folder) / "community.db"), FakeClock()
        self.said, ids = count(), (f"id-{n}" for n in count(1))
        desk = Desk(self.store, self.clock, lambda: next(ids), Changes(pace=0, after_a_key=0), "ann")
        self.inbox, self.service, self.journal = InboxService(desk), JoinedService(desk), JournalService(desk)
        self.zone = Community(ZoneInfo("UTC"))

    @initialize()
    def begin(self) -> None:
        for n in range(THREADS):
            self.there(n)

    def teardown(self) -> None:
        self.store.close()
        self.loop.close()
        rmtree(self.folder)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On this machine's own loop."""
        return self.loop.run_until_complete(work)

    def write(self, change: Callable[[Connection], object]) -> None:
        """Change the database as a pull does."""
        self.store._run(change, True)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database."""
        found: list[tuple[Any, ...]] = self.store.read_now(lambda conn: conn.execute(query, values).fetchall())
        return found

    def id(self, n: int) -> int:
        """A thread's id here, 0 while it is not here."""
        found = self.sql("SELECT id FROM thread WHERE remote = ?", f"t{n}")
        return int(found[0][0]) if found else 0

    def pulled(self, n: int, *records: Record, gone: bool = False) -> None:
        """What the source of a thread brings."""

        def change(conn: Connection) -> None:
            source = sources.ensure(conn, PLACES[n % 3], "memory")
            refs = [Ref(Kind.THREAD, f"t{n}")] if gone else []
            ingest.save(conn, source, self.zone, self.clock.now(), records, refs)

        self.write(change)

    @rule(n=number)
    def there(self, n: int) -> None:
        """A thread is new here, or the platform brought it back."""
        at = Instant(FakeClock().now() - (9 + n * 5 % 7) * HOUR)
        post = Post(f"p{n}", f"t{n}", f"m{n % 2}", at, Untrusted("why?"))
        self.pulled(n, Member(f"m{n % 2}", Untrusted("mia")), Thread(f"t{n}", Untrusted("Why"), f"m{n % 2}", at), post)

    @rule(n=number)
    def deleted_there(self, n: int) -> None:
        """The platform deleted a thread."""
        self.pulled(n, gone=True)

    @rule(n=number)
    def said_there(self, n: int) -> None:
        """The member writes again."""
        self.clock.advance(60)
        if self.id(n):
            self.pulled(n, Post(f"s{next(self.said)}", f"t{n}", f"m{n % 2}", self.clock.now(), Untrusted("and?")))

    @rule(n=number)
    def source_removed(self, n: int) -> None:
        """All that came from a source is forgotten."""
        self.write(lambda conn: sources.remove(conn, [PLACES[n % 3]], self.clock.now()))

    @rule(hours=st.integers(1, 5))
    def time_passes(self, hours: int) -> None:
        """What sleeps wakes up."""
        self.clock.advance(hours * 3600)
        self.write(lambda conn: threads.wake(conn, self.clock.now()))

    @rule(numbers=some, back=st.booleans())
    def merge(self, numbers: list[int], back: bool) -> None:
        """Join some."""
        ids = [id for n in numbers if (id := self.id(n))]
        if len(ids) > 1:
            self._decide(lambda: self.service.merge(ids[0], ids[1:]), back)
            assert back or not ids or len({self._shown(id) for id in ids}) == 1

    @rule(n=number, back=st.booleans())
    def split(self, n: int, back: bool) -> None:
        """Take one, or all, out."""
        if id := self.id(n):
            self._decide(lambda: self.service.split(id), back)

    @rule(n=number, verb=verb, back=st.booleans())
    def put_away(self, n: int, verb: str, back: bool) -> None:
        """Decide on an inquiry."""
        until = Instant(self.clock.now() + 2 * HOUR)
        act = {"done": self.inbox.done, "wait": self.inbox.wait, "reopen": self.inbox.reopen}
        if id := self.id(n):
            self._decide(lambda: act[verb]([id]) if verb in act else self.inbox.snooze([id], until), back)

    def _decide(self, deed: Callable[[], Coroutine[Any, Any, Any]], back: bool) -> None:
        before = self._everything()
        try:
            self.run(deed())
        except Impossible:
            assert self._everything() == before
            return
        if back:
            self.run(self.journal.undo())
            assert self._everything() == before, "undo is not exact"

    @rule()
    def undo(self) -> None:
        """Take the last decision back that can be, however long ago."""
        with suppress(Impossible):
            self.run(self.journal.undo())

    def _everything(self) -> list[tuple[Any, ...]]:
        return self.sql("SELECT * FROM thread ORDER BY id") + self.sql("SELECT * FROM badge WHERE n <> 0 ORDER BY name")

    def _shown(self, id: int) -> int:
        return self.store.read_now(lambda conn: joined.shown(conn, id))

    @invariant()
    def each_is_in_one_row(self) -> None:
        """All that is not deleted is listed once, in the list it belongs to, and counted once."""
        self.store.read_now(self._listed)
        self.store.read_now(self._waiting)

    def _listed(self, conn: Connection) -> None:
        rows = inbox.page(conn, View.ALL, Filter(), me="ann", key=None, forward=True, limit=100)
        groups = [joined.together(conn, row.id) for row in rows]
        there = Counter(id for (id,) in conn.execute("SELECT id FROM thread WHERE deleted = 0"))
        assert Counter(id for group in groups for id in group) == there, "in one row"
        assert [row.joined + 1 for row in rows] == [len(group) for group in groups], "how many they are"
        assert inbox.count(conn, View.ALL, Filter(), me="ann") == len(groups), "how many there are"

    def _waiting(self, conn: Connection) -> None:
        """Every list, its count and its due times are what plain Python makes of the bare rows."""
        naive = kept_naive.threads(conn, self.clock.now())
        groups: dict[int, list[tuple[bool, int, int]]] = defaultdict(list)
        for id, lead, at in conn.execute("SELECT id, coalesce(lead_id, id), created_at FROM thread WHERE deleted = 0"):
            groups[lead].append((id != lead, at, id))
        lists: dict[int, list[int]] = defaultdict(list)
        for group in groups.values():
            _, _, shown = min(group)
            waits = [id for _, _, id in group if naive[id]["view"] == 1]
            lists[1 if waits else naive[shown]["view"]].append(shown)
            due = min(naive[id]["due_at"] for id in waits or [shown])
            assert conn.execute("SELECT due_at FROM thread WHERE id = ?", (shown,)).fetchone() == (due,), "due"
        for kept, view in VIEWS.items():
            rows = inbox.page(conn, view, Filter(), me="ann", key=None, forward=True, limit=100)
            assert sorted(row.id for row in rows) == sorted(lists[kept]), f"who is in {view}"
            assert inbox.count(conn, view, Filter(), me="ann") == len(lists[kept]), f"how many are in {view}"


def test_each_thread_stands_in_exactly_one_row() -> None:
    run_state_machine_as_test(JoinedMachine, settings=RUN)


def _dead_leads(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(joined, "_SHOW", joined._SHOW.replace("ORDER BY f.deleted, ", "ORDER BY "))


def _only_the_touched(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(joined, "with_groups", lambda conn, ids: ids)


def _astray(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(joined, "_STRAY", joined._STRAY.replace("NOT EXISTS", "EXISTS"))


@pytest.mark.parametrize("mutant", [_dead_leads, _only_the_touched, _astray])
def test_a_broken_group_is_noticed(
    mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(JoinedMachine, settings=HUNT)
