"""Privacy: forget a person for good, export all that is known of one, let texts go after their time."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.model.privacy import Receipt, Retention
from cm_console.model.text import clean
from cm_console.model.time import iso
from cm_console.services.desk import Desk, Impossible
from cm_console.store import forgetting, forgetting_about, person_reading, persons, retention, rewording, suggestions
from cm_console.store.members import GONE
from cm_console.store.sqlite import Connection

TOPICS = ("inbox", "moderation", "calendar", "metrics", "members", "outbox", "status")
TOLD = {
    "member": "accounts", "post": "posts", "thread": "titles", "report": "reports", "note": "notes",
    "contact": "contacts", "follow_up": "follow-ups", "draft": "drafts", "action": "messages of ours",
    "decision": "decisions", "journal": "lines of the journal",
}  # fmt: skip
"""What forgetting looks at, in words."""
Rows = list[dict[str, object]]


class PrivacyService:
    """What `cm-console members` and the person screen may ask and command about what is kept of people."""

    def __init__(self, desk: Desk, keep_days: Mapping[str, int] | None = None) -> None:
        self._desk = desk
        self._store = desk.store
        self.keep_days = dict(keep_days or {})

    async def foresee(self, member_id: int) -> str:
        """What forgetting a person would remove, in words.

        Raises:
            Impossible: there is no such account, or it was forgotten already.
        """

        def query(conn: Connection) -> str:
            _whole(conn, member_id)
            counts = forgetting_about.foresee(conn, member_id)
            what = ", ".join(f"{counts[table]} {word}" for table, word in TOLD.items() if counts[table])
            others = suggestions.of(conn, persons.accounts(conn, member_id))
            perhaps = ", ".join(dict.fromkeys(f"{each.one.at} = {each.other.at}" for each in others))
            first = f" Perhaps they are one person: {perhaps}. Only linked accounts are forgotten." if perhaps else ""
            gone = "Texts and names go from the database for good"
            return f"{gone}: {what}. The numbers stay. z does not bring it back, and it may take a minute.{first}"

        return await self._store.read(query)

    async def forget(self, member_id: int) -> Receipt:
        """Remove a person's texts and identity everywhere; not undoable. Ask by typing the handle before this.

        Raises:
            Impossible: no such account, our own one, or something to them is on its way.
        """
        from cm_console.store.journal import Operation

        def change(conn: Connection) -> Receipt:
            _whole(conn, member_id)
            try:
                counts, hash = forgetting.forget(conn, member_id, self._desk.clock.now())
            except forgetting.StillSending as error:
                raise Impossible(str(error)) from error
            person = persons.leader(conn, member_id)
            payload: dict[str, object] = {"forgotten": dict(counts), "hash": hash}
            now, me = self._desk.clock.now(), self._desk.me
            operation = Operation(conn, self._desk.new_id(), now, me, "forget", f"member:{person}", payload)
            operation.close()
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

    async def settle(self) -> None:
        """Take over how long each source keeps its texts, as the config says now."""
        await self._store.write(lambda conn: retention.settle(conn, self.keep_days))

    async def retained(self) -> list[Retention]:
        """The sources that keep texts for some days only, and how many posts are due."""
        now = self._desk.clock.now()
        return await self._store.read(lambda conn: retention.due(conn, self.keep_days, now))

    async def expire(self) -> bool:
        """Let some texts go whose time is over; tells whether there are more."""
        now = self._desk.clock.now()
        if not await self._store.read(lambda conn: retention.is_due(conn, now)):
            return False
        blanked, more = await self._store.write_erasing(lambda conn: retention.expire(conn, now))
        if blanked:
            self._desk.changes.add(("inbox", "moderation"))
        return more


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
