"""Privacy: forget a person for good, export all that is known of one, let texts go after their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from cm_console.model.plural import counts_told
from cm_console.model.privacy import ABOUT, LetGo, Receipt, Retention
from cm_console.model.text import clean
from cm_console.model.time import DAY, Instant, iso
from cm_console.model.work import Stopped, Work
from cm_console.services.desk import Desk, Impossible
from cm_console.store import (
    forgetting,
    forgetting_about,
    person_reading,
    persons,
    retention,
    retention_said,
    rewording,
    suggestions,
)  # fmt: skip
from cm_console.store.members import GONE
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics", "members", "outbox", "status")
SWEEPING = "Writing the file anew"
"""What is said while it can no longer be stopped."""
Rows = list[dict[str, object]]


class PrivacyService:
    """What `cm-console members` and the person screen may ask and command about what is kept of people."""

    def __init__(self, desk: Desk, keep_days: Mapping[str, int] | None = None) -> None:
        self._desk = desk
        self._store = desk.store
        self.keep_days = dict(keep_days or {})
        self._unswept, self._words_left, self._words_forgotten_at = False, False, Instant(0)

    async def foresee(self, member_id: int) -> str:
        """What forgetting a person would remove, in words.

        Raises:
            Impossible: there is no such account, or it was forgotten already.
        """

        def query(conn: Connection) -> str:
            _whole(conn, member_id)
            what = counts_told(forgetting_about.foresee(conn, member_id), ABOUT)
            others = suggestions.of(conn, persons.accounts(conn, member_id))
            perhaps = ", ".join(dict.fromkeys(f"{each.one.at} = {each.other.at}" for each in others))
            first = f" Perhaps they are one person: {perhaps}. Only linked accounts are forgotten." if perhaps else ""
            gone = "Texts and names go from the database for good"
            return f"{gone}: {what}. The numbers stay. z does not bring it back, and it may take a minute.{first}"

        return await self._store.read(query)

    async def forget(self, member_id: int, work: Work | None = None) -> Receipt:
        """Remove a person's texts and identity everywhere; not undoable. Ask by typing the handle before this.

        `work` is told how far it is, and may stop it until the file is written anew.

        Raises:
            Impossible: no such account, our own one, or something to them is on its way.
            Stopped: by `work`; nothing was forgotten.
        """
        from cm_console.store.journal import Operation

        watched = work or Work()

        def change(conn: Connection) -> Receipt:
            _whole(conn, member_id)
            try:
                counts, hash = forgetting.forget(conn, member_id, self._desk.clock.now(), watched)
            except forgetting.StillSending as error:
                raise Impossible(str(error)) from error
            person = persons.leader(conn, member_id)
            payload: dict[str, object] = {"forgotten": dict(counts), "hash": hash}
            now, me = self._desk.clock.now(), self._desk.me
            operation = Operation(conn, self._desk.new_id(), now, me, "forget", f"member:{person}", payload)
            operation.close()
            watched.step(SWEEPING)
            return Receipt(operation.id, counts, hash, swept=False)

        receipt = await self._store.write_erasing(change)
        swept = await self._store.maintain(rewording.sweep)
        self._desk.changes.add(TOPICS)
        return Receipt(receipt.journal_id, receipt.counts, receipt.hash, swept)

    async def export(self, member_id: int) -> dict[str, object]:
        """Everything known of a person, table by table, with the times also in words.

        Raises:
            Impossible: there is no such account.
        """
        now = self._desk.clock.now()

        def query(conn: Connection) -> dict[str, object]:
            ids = persons.accounts(conn, member_id)
            if not ids:
                raise Impossible(f"there is no account {member_id}")
            accounts = [each.at for each in person_reading.accounts(conn, ids)]
            tables = {table: _told(rows) for table, rows in forgetting_about.known(conn, member_id).items()}
            return {"accounts": accounts, "exported_at": iso(now), "tables": tables}

        return await self._store.read(query)

    async def write(self, member_id: int, path: Path, *, over: bool = False) -> int:
        """Write everything known of a person to a .json or .csv file only its owner may read; how many rows.

        Raises:
            Impossible: no such account, the name ends otherwise, or the file is there or cannot be written.
        """
        import asyncio

        from cm_console.model.privacy_file import known_as_csv, known_as_json
        from cm_console.services.private_file import is_json_file, write_private

        form = known_as_json if is_json_file(path) else known_as_csv
        known = await self.export(member_id)
        await asyncio.to_thread(write_private, path, form(known), over=over)
        tables = known["tables"]
        assert isinstance(tables, dict)
        return sum(len(rows) for rows in tables.values())

    async def settle(self) -> None:
        """Take over how long each source keeps its texts, as the config says now.

        Where one has a limit, whatever is deleted from now on is overwritten in the file too.
        """
        await self._store.write(lambda conn: retention.settle(conn, self.keep_days))
        if self.keep_days:
            await self._store.maintain(lambda conn: rewording.overwrite(conn, on=True))

    async def retained(self) -> list[Retention]:
        """The sources that keep texts for some days only, and how many of what are due."""
        now = self._desk.clock.now()
        return await self._store.read(lambda conn: retention.due(conn, self.keep_days, now))

    async def let_go(self, work: Work | None = None) -> LetGo:
        """Let everything go now whose time is over, and write the file anew; `work` may stop it between two steps."""
        counts, watched = Counter[str](), work or Work()
        total = sum(each.due for each in await self.retained())
        try:
            while await self._step(counts, watched, quickly=True):
                watched.step("Removing old texts", min(counts.total(), total), total)
            watched.step(SWEEPING)
        except Stopped:
            return LetGo(+counts, more=True)
        self._unswept = self._words_left = False
        return LetGo(+counts, more=False, swept=await self._store.maintain(rewording.sweep))

    async def expire(self) -> bool:
        """Let some texts go whose time is over; tells whether there are more. In the end the log holds none of them."""
        more = await self._step(Counter[str](), Work(), quickly=False)
        now = self._desk.clock.now()
        if self._words_left and not more and now - self._words_forgotten_at >= DAY:
            await self._store.write(rewording.forget_words)
            self._words_left, self._words_forgotten_at, self._unswept = False, now, True
        if self._unswept and not more:
            self._unswept = not await self._store.maintain(rewording.empty_log)
        return more

    async def _step(self, counts: Counter[str], work: Work, *, quickly: bool) -> bool:
        """Some posts; if none is left, what stands beside them. `quickly`: the file is written anew afterwards."""

        async def write(change: Callable[[Connection], Counter[str]]) -> Counter[str]:
            def erase(conn: Connection) -> Counter[str]:
                with rewording.erasing(conn, on=not quickly):
                    return change(conn)

            return await self._store.write(erase)

        step = retention.AT_ONCE if quickly else retention.STEP
        now = self._desk.clock.now()
        if await self._store.read(lambda conn: retention.is_due(conn, now)):
            counts += await write(lambda conn: retention.expire(conn, now, step))
            self._unswept = self._words_left = True
            self._desk.changes.add(("inbox", "moderation"))
            return True
        found = await self._store.read(lambda conn: retention_said.next_due(conn, now))
        if found is None:
            return False
        source, rows, until = found
        for n in range(0, len(rows), retention_said.STEP):
            some = rows[n : n + retention_said.STEP]
            counts += await write(partial(retention_said.let_go, some=some, until=until))
            self._unswept = True
            work.step("Removing old texts", counts.total(), max(work.total, counts.total()))
        await self._store.write(lambda conn: retention_said.done(conn, source, until))
        self._desk.changes.add(("inbox", "moderation", "members", "outbox") if rows else ())
        return True


def _whole(conn: Connection, member_id: int) -> None:
    ids = persons.accounts(conn, member_id)
    if not ids:
        raise Impossible(f"there is no account {member_id}")
    handles = {named.handle for named in persons.named(conn, ids).values()}
    if handles == {GONE}:
        raise Impossible("this person was forgotten already")
    ours = conn.execute(
        "SELECT m.handle, s.name FROM member m JOIN source s ON s.id = m.source_id AND s.me = m.remote"
        f" WHERE m.id {person_reading.IDS}",
        (f"[{','.join(map(str, ids))}]",),
    ).fetchone()
    if ours:
        raise Impossible(f"{ours[0]} is the account the console itself uses on {ours[1]}")


def _told(rows: Rows) -> Rows:
    """Rows with texts made safe and times in words."""
    return [{name: _value(name, value) for name, value in row.items()} for row in rows]


def _value(name: str, value: object) -> object:
    if isinstance(value, int) and (name == "at" or name.endswith("_at")):
        return iso(value)
    return clean(value) if isinstance(value, str) else value
