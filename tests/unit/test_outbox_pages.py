"""The outbox in pages: what is stuck first, then newest first, the same whichever way and however it is paged."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.action import Action, Verb
from cm_console.model.outbox import LIVE, OutboxRow, State
from cm_console.store import outbox, schema
from cm_console.store.sqlite import connect

ROW = st.tuples(st.sampled_from(State), st.booleans(), st.booleans())


def walk(conn: object, *, live: bool, forward: bool, limit: int) -> list[OutboxRow]:
    """Page after page from one end to the other."""
    found: list[OutboxRow] = []
    while page := outbox.page(
        conn,  # type: ignore[arg-type]  # a connection
        live=live,
        key=found[-1].key if found else None,
        forward=forward,
        limit=limit,
    ):
        found += page
    return found


@given(rows=st.lists(ROW, max_size=12), limit=st.integers(1, 5), live=st.booleans())
def test_every_action_once_in_its_order(rows: list[tuple[State, bool, bool]], limit: int, live: bool) -> None:
    conn = connect(Path(":memory:"))
    schema.migrate(conn)
    expected = []
    for n, (state, asks, planned) in enumerate(rows, 1):
        asking = asks and state in (State.QUEUED, State.UNCERTAIN, State.FAILED)
        at = 99 if planned else None
        outbox.enqueue(conn, outbox.Queued(Action(f"a{n}", Verb.KEEP), "forum", "mo", "j", 0, planned_at=at), 0)
        conn.execute("UPDATE action SET state=?, asks=? WHERE seq=?", (state, asking, n))
        stuck = asking or state in (State.FAILED, State.UNCERTAIN)
        if not live or state in LIVE:
            expected.append((not (live and stuck), -n))
    ids = [-seq for _, seq in sorted(expected)]
    assert [row.seq for row in walk(conn, live=live, forward=True, limit=limit)] == ids
    assert [row.seq for row in walk(conn, live=live, forward=False, limit=limit)] == ids[::-1]
    assert outbox.count(conn, live=live) == len(ids)
    conn.close()
