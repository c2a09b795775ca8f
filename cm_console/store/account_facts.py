"""What a platform vouches for of an account: a hash of its mail address, and the profiles it links to."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import cast

from cm_console.model.records import Member
from cm_console.store.batch import Batch
from cm_console.store.sound import sound
from cm_console.store.sqlite import Connection

MOST_LINKS = 20
"""Links of one account that are kept."""


def keyed(conn: Connection, text: str) -> bytes:
    """A hash that says nothing outside this database: its key was made with the file."""
    (key,) = conn.execute("SELECT value FROM meta WHERE key = 'person_key'").fetchone()
    return hashed(bytes.fromhex(key), text)


def hashed(key: bytes, text: str) -> bytes:
    """The same for whoever has the key at hand."""
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16, key=key).digest()


def plain_url(url: str) -> str:
    """An address as two that mean the same page are written: without scheme, www, a last slash, in lower case."""
    _, _, rest = url.strip().partition("://")
    return rest.split("#")[0].split("?")[0].rstrip("/").removeprefix("www.").lower()


def save(batch: Batch, new: Iterable[Member]) -> None:
    """Keep what members vouch for; who says nothing of it leaves what was known."""
    for member in new:
        if not (member.email or member.links):
            continue
        id = batch.member_ids[member.id]
        wanted = {("link", sound(plain)) for url in member.links[:MOST_LINKS] if "." in (plain := plain_url(url))}
        if member.email:
            wanted.add(("mail", keyed(batch.conn, member.email.strip().lower()).hex()))
        held = batch.conn.execute("SELECT kind, value FROM account_fact WHERE member_id = ?", (id,)).fetchall()
        known = {cast("tuple[str, str]", tuple(row)) for row in held}
        batch.conn.executemany(
            "DELETE FROM account_fact WHERE member_id = ? AND kind = ? AND value = ?",
            [(id, *fact) for fact in known - wanted],
        )
        batch.conn.executemany("INSERT INTO account_fact VALUES(?,?,?)", [(id, *fact) for fact in wanted - known])
