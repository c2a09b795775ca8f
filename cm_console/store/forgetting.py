"""A person's texts and identity out of the database for good; the numbers stay, and a line that says it was done."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from cm_console.model.outbox import LIVE
from cm_console.model.work import Work
from cm_console.store import forgetting_views, persons
from cm_console.store.account_facts import hashed
from cm_console.store.forgetting_about import About, Bound
from cm_console.store.forgetting_quotes import Quotes
from cm_console.store.forgetting_rules import DELETE, RULES
from cm_console.store.members import GONE
from cm_console.store.rewording import forget_similar, reword, untitle
from cm_console.store.sqlite import Connection
from cm_console.store.withheld import HANDLE, LINE, LONG_LINE, MEMBER, REMOVED, TALK, Withheld

SHORTEST = 3
"""Letters a handle must have to be looked for in other people's words."""
KEPT_OF_A_LINE = ("group", "from", "actions", "again")
"""What of a journal line's payload says nothing of anybody."""

JSON_COLUMNS = ("payload", "before")
"""Columns that hold JSON, in which texts are escaped."""


class StillSending(Exception):
    """Something to or about the person is on its way; the words say what."""


def forget(conn: Connection, member_id: int, now: int, work: Work | None = None) -> tuple[Counter[str], str]:
    """Forget a person; returns how much of what, and a hash that proves whom to who knows their ids.

    Raises:
        StillSending: something to or about them is on its way.
        Stopped: by `work`, which is told how far it is; the transaction is not to be kept.
    """
    watched = work or Work()
    person = About(conn, persons.accounts(conn, member_id), now)
    _refuse_live(person)
    bound, needles = person.bound, _needles(person)
    theirs = _remember(person)
    quotes = Quotes(body for _, _, body in theirs)
    _special(person, bound, watched)
    for table, rule in RULES.items():
        if rule.about and rule.then and not rule.special:
            person.counts[table] += _apply(conn, table, rule.about, rule.then, bound)
    _in_words_of_others(person, theirs, watched)
    clean = _cleaner(person, needles, quotes)
    looked_in = [(table, column) for table, rule in RULES.items() for column in rule.names]
    for n, (table, column) in enumerate(looked_in):
        watched.step("Looking where the team names them", n, len(looked_in))
        person.counts["named"] += _scrub(person, table, column, clean)
    person.counts["named"] += forgetting_views.unname(conn, clean)
    (key,) = conn.execute("SELECT value FROM meta WHERE key = 'person_key'").fetchone()
    whom = " ".join(sorted(f"{source}:{remote}" for _, source, remote, *_ in person.accounts))
    return +person.counts, hashed(bytes.fromhex(key), whom).hex()


def _refuse_live(person: About) -> None:
    states = ",".join(f"'{state}'" for state in LIVE)
    row = person.conn.execute(
        f"SELECT verb, source, state FROM action WHERE state IN ({states}) AND seq IN (SELECT value FROM json_each(?))",
        (json.dumps(person.actions),),
    ).fetchone()
    if row:
        raise StillSending(f"a {row[0]} to {row[1]} is {row[2]}: wait for it or take it back in the outbox first")


def _needles(person: About) -> list[re.Pattern[str]]:
    """The names of a person as they may stand in other people's words."""
    words = set()
    for _, _, remote, handle, name, url in person.accounts:
        words |= {handle} if len(handle) >= SHORTEST and handle != GONE else set()
        words |= {name} if " " in name.strip() else set()
        words |= {remote} if len(remote) > SHORTEST and not remote.isdigit() else set()
        words |= {url} if url else set()
    return [
        re.compile(rf"(?<!\w)@?{re.escape(word)}(?!\w)", re.IGNORECASE) for word in sorted(words, key=len, reverse=True)
    ]


def _remember(person: About) -> list[tuple[int, int, str]]:
    """Note in hashes what must not come back; returns their posts: id, thread, words."""
    conn = person.conn
    theirs = conn.execute(
        "SELECT id, thread_id, body FROM post WHERE author_id IN (SELECT value FROM json_each(?))",
        (json.dumps(person.ids),),
    ).fetchall()
    (hex_key,) = conn.execute("SELECT value FROM meta WHERE key = 'person_key'").fetchone()
    key = bytes.fromhex(hex_key)
    rows = [(source, MEMBER, hashed(key, f"{source} {remote}")) for _, source, remote, *_ in person.accounts]
    rows += [(0, HANDLE, hashed(key, handle.lower())) for _, _, _, handle, *_ in person.accounts if handle != GONE]
    rows += [(0, LINE, hashed(key, line)) for line in _lines(body for _, _, body in theirs)]
    conn.executemany("INSERT OR IGNORE INTO forgotten VALUES(?,?,?)", rows)
    return theirs


def _lines(bodies: Iterable[str]) -> Iterator[str]:
    for body in bodies:
        yield from (said for line in body.split("\n") if len(said := line.lstrip("> \t").strip()) >= LONG_LINE)


def _special(person: About, bound: Bound, work: Work) -> None:
    """Posts, threads, accounts, cases, activity, actions and the journal: what one rule cannot say."""
    conn, counts = person.conn, person.counts
    about = {table: rule.about for table, rule in RULES.items()}
    posts = conn.execute(f"SELECT id, subject FROM post WHERE {about['post']}", bound).fetchall()
    for n, (id, subject) in enumerate(posts):
        work.step("Removing their posts", n, len(posts))
        reword(conn, id, "", subject)
    conn.execute(f"UPDATE post SET url = '', version = '', edited_at = NULL WHERE {about['post']}", bound)
    counts["post"] = len(posts)
    for thread in person.threads:
        untitle(conn, thread)
    where = f"WHERE {about['thread']}"
    blank = "title = :removed, url = '', version = '', place = CASE kind WHEN 'direct' THEN '' ELSE place END"
    counts["thread"] = conn.execute(f"UPDATE thread SET {blank} {where}", {**bound, "removed": REMOVED}).rowcount
    _actions(person)
    lines = conn.execute(f"SELECT seq, payload FROM journal WHERE ({about['journal']}) AND op <> 'forget'", bound)
    for seq, payload in lines.fetchall():
        kept = {name: value for name, value in json.loads(payload).items() if name in KEPT_OF_A_LINE}
        conn.execute("UPDATE journal SET payload = ?, before = '[]' WHERE seq = ?", (json.dumps(kept), seq))
    _accounts(person)


def _actions(person: About) -> None:
    """What was said to or of them goes out of the outbox; that something was said, and when, stays."""
    for seq in person.actions:
        query = "SELECT payload, lane, source, remote_id FROM action WHERE seq = ?"
        said, lane, source, remote = person.conn.execute(query, (seq,)).fetchone()
        payload = {**json.loads(said), "text": "", "title": "", "reason": "", "place": ""}
        target = payload.get("target")
        if target and target.get("kind") == "member":
            payload["target"] = {**target, "id": "forgotten"}
            lane = f"action:{seq}"
            _talk(person, source, remote)
        person.conn.execute(
            "UPDATE action SET payload = ?, lane = ?, why = '' WHERE seq = ?", (json.dumps(payload), lane, seq)
        )
    person.counts["action"] = len(person.actions)


def _talk(person: About, source: str, remote: str | None) -> None:
    """The private thread a message or a warning of ours became, also if it is pulled again."""
    conn = person.conn
    found = conn.execute(
        "SELECT t.id, t.remote, t.source_id FROM thread t JOIN source s ON s.id = t.source_id WHERE s.name = ?1"
        " AND t.kind = 'direct' AND (t.remote = ?2 OR t.id = (SELECT thread_id FROM post WHERE source_id = s.id"
        " AND remote = ?2))",
        (source, remote),
    ).fetchone()
    if found is None:
        return
    id, thread, source_id = found
    (key,) = conn.execute("SELECT value FROM meta WHERE key = 'person_key'").fetchone()
    hash = hashed(bytes.fromhex(key), f"{source_id} {thread}")
    conn.execute("INSERT OR IGNORE INTO forgotten VALUES(?,?,?)", (source_id, TALK, hash))
    untitle(conn, id)
    conn.execute("UPDATE thread SET version = '', place = '' WHERE id = ?", (id,))
    for post, subject in conn.execute("SELECT id, subject FROM post WHERE thread_id = ?", (id,)).fetchall():
        reword(conn, post, "", subject)
        conn.execute("UPDATE post SET url = '', version = '' WHERE id = ?", (post,))
    person.counts["others"] += 1


def _accounts(person: About) -> None:
    """The accounts themselves, and what bears their ids."""
    conn = person.conn
    for id, source, remote, handle, *_ in person.accounts:
        withheld = Withheld.of(conn, source, person.now)
        assert withheld is not None
        new = withheld.remote(remote)
        conn.execute("UPDATE member SET handle = ?, name = '', url = '', remote = ? WHERE id = ?", (GONE, new, id))
        conn.execute(
            "UPDATE cases SET target = ? WHERE source_id = ? AND target_kind = 'member' AND target = ?",
            (new, source, remote),
        )
        conn.execute(
            "UPDATE thread SET assigned_to = NULL WHERE source_id = ? AND lower(assigned_to) = ?",
            (source, handle.lower()),
        )
        acts = conn.execute("SELECT id, remote FROM activity WHERE member_id = ?", (id,)).fetchall()
        conn.executemany(
            "UPDATE activity SET remote = ? WHERE id = ?", [(withheld.remote(known), act) for act, known in acts]
        )
    person.counts["member"] = len(person.accounts)


def _apply(conn: Connection, table: str, about: str, then: object, bound: Bound) -> int:
    if then is DELETE:
        return int(conn.execute(f"DELETE FROM {table} WHERE {about}", bound).rowcount)
    assert isinstance(then, dict)
    blank = ", ".join(f"{column} = {value}" for column, value in then.items())
    return int(conn.execute(f"UPDATE {table} SET {blank} WHERE {about}", bound).rowcount)


def _in_words_of_others(person: About, theirs: Sequence[tuple[int, int, str]], work: Work) -> None:
    """Names and quotes out of posts by others: as `Withheld` does with what a pull brings, so that both agree."""
    conn = person.conn
    threads = {thread for _, thread, _ in theirs} | set(person.threads)
    found = {
        id
        for thread in threads
        for (id,) in conn.execute("SELECT id FROM post WHERE thread_id = ? AND instr(body, '>')", (thread,))
    }
    for _, _, _, handle, *_ in person.accounts:
        words = " ".join(re.findall(r"\w+", handle))
        if len(words) >= SHORTEST:
            asked = '"' + words + '"'
            found |= {id for (id,) in conn.execute("SELECT rowid FROM post_fts WHERE post_fts MATCH ?", (asked,))}
    withheld = Withheld.of(conn, person.accounts[0][1], person.now)
    assert withheld is not None
    for n, id in enumerate(sorted(found)):
        work.step("Looking where others name them", n, len(found))
        thread, body, subject = conn.execute("SELECT thread_id, body, subject FROM post WHERE id = ?", (id,)).fetchone()
        new, title = withheld.scrubbed(body), withheld.scrubbed(subject)
        if (new, title) != (body, subject):
            person.counts["others"] += 1
            threads.add(thread)
            reword(conn, id, new, title)
            if title != subject:
                conn.execute("UPDATE thread SET title = ? WHERE id = ?", (title, thread))
    forget_similar(conn, sorted(threads))


def _cleaner(person: About, needles: Sequence[re.Pattern[str]], quotes: Quotes) -> Callable[[str], str]:
    """What takes their names and quotes out of a text of the team."""
    withheld = Withheld.of(person.conn, person.accounts[0][1], person.now)
    assert withheld is not None

    def clean(text: str) -> str:
        text = quotes.removed(withheld.scrubbed(text))
        for needle in needles:
            text = needle.sub(GONE, text)
        return text

    return clean


def _scrub(person: About, table: str, column: str, clean: Callable[[str], str]) -> int:
    """Names and quotes out of one column of a table the team writes; returns in how many rows."""
    conn = person.conn
    keys = [row[1] for row in conn.execute(f"PRAGMA table_info({table})") if row[5]]
    rows = conn.execute(f"SELECT {', '.join(keys)}, {column} FROM {table} WHERE {column} NOT IN ('', '{{}}', '[]')")
    changed = 0
    for *key, text in rows.fetchall():
        new = json.dumps(_each_text(json.loads(text), clean)) if column in JSON_COLUMNS else clean(text)
        if new != text and (column not in JSON_COLUMNS or json.loads(new) != json.loads(text)):
            changed += 1
            where = " AND ".join(f"{name} = ?" for name in keys)
            if table == "action" and conn.execute(f"SELECT state FROM action WHERE {where}", key).fetchone()[0] in LIVE:
                raise StillSending("something that names them is on its way: wait for it or take it back first")
            conn.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (new, *key))
    return changed


def _each_text(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        return {name: _each_text(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    return change(value) if isinstance(value, str) else value
