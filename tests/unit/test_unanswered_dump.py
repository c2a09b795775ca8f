"""The list of unanswered threads of a real community, against a count from its XML files by the words of metrics.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cm_console.model.inbox import Filter, View
from cm_console.store import Store, inbox
from cm_console.store.sqlite import Connection
from tests.unit.test_metrics_dump import DUMP, NOW, _pull

pytestmark = pytest.mark.skipif(not DUMP.is_dir(), reason="the real dump in ../shared is not here")
BOT = "-1"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The dump, pulled through its source."""
    import asyncio

    opened = Store.open(tmp_path_factory.mktemp("dump") / "c.db")
    asyncio.run(_pull(opened))
    yield opened
    opened.close()


def _rows(file: str, folder: Path = DUMP) -> list[dict[str, str]]:
    return [row.attrib for row in ElementTree.parse(folder / f"{file}.xml").getroot()]


def unanswered() -> set[str]:
    """Questions of members to which nobody else but bots has written: no answer, no comment on either."""
    posts = {row["Id"]: row for row in _rows("Posts") if row["PostTypeId"] in ("1", "2")}
    questions = {id: row.get("OwnerUserId") for id, row in posts.items() if row["PostTypeId"] == "1"}
    written = [(row["ParentId"], row.get("OwnerUserId")) for row in posts.values() if row["PostTypeId"] == "2"]
    for comment in _rows("Comments"):
        if comment["PostId"] in posts:
            on = posts[comment["PostId"]]
            written.append((on.get("ParentId", on["Id"]), comment.get("UserId")))
    heard = {thread for thread, by in written if by != BOT and (by is None or by != questions.get(thread))}
    return {id for id, owner in questions.items() if owner not in (None, BOT)} - heard


def listed(conn: Connection) -> list[str]:
    """The view, page by page, as the platform's ids."""
    found, key = [], None
    while page := inbox.page(conn, View.UNANSWERED, Filter(), me="mo", key=key, forward=True, limit=7, now=NOW):
        found += [row.id for row in page]
        key = page[-1].key
    remotes = dict(conn.execute("SELECT id, remote FROM thread").fetchall())
    return [str(remotes[id]) for id in found]


def test_the_list_equals_the_definition(store: Store) -> None:
    found = store.read_now(listed)
    assert len(found) == len(set(found)) >= 10
    assert set(found) == unanswered()
    assert store.read_now(lambda conn: inbox.count(conn, View.UNANSWERED, Filter(), me="mo")) == len(found)
