"""The tables, as append-only migrations; each runs in its own transaction and is never edited once released.

Platform facts and team decisions never share a column: a pull rewrites facts and never touches a decision.
Columns marked *kept* are derived from other rows in the same transaction, so that lists need no counting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.store import fulltext
from cm_console.store.ids import IDS
from cm_console.store.schema_badges import BADGES
from cm_console.store.schema_clocks import CLOCKS
from cm_console.store.schema_directory import DIRECTORY
from cm_console.store.schema_engaging import ENGAGING
from cm_console.store.schema_feedback import FEEDBACK
from cm_console.store.schema_handover import HANDOVER
from cm_console.store.schema_joined import JOINED
from cm_console.store.schema_many import MANY, WORDS
from cm_console.store.schema_messages import MESSAGES
from cm_console.store.schema_number import NewerDatabase as NewerDatabase
from cm_console.store.schema_persons import PERSONS
from cm_console.store.schema_places import PLACES
from cm_console.store.schema_retention import RETENTION
from cm_console.store.schema_shown import SHOWN
from cm_console.store.schema_similar import SIMILAR
from cm_console.store.schema_spans import SPANS
from cm_console.store.schema_standing import COUNTED
from cm_console.store.sqlite import Connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

FACTS = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    me TEXT NOT NULL DEFAULT '', identity TEXT NOT NULL DEFAULT '{}');
CREATE TABLE feed(
    source_id INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE, feed TEXT NOT NULL, cursor TEXT,
    synced_at INTEGER, tried_at INTEGER, state TEXT NOT NULL DEFAULT 'new', words TEXT NOT NULL DEFAULT '',
    until INTEGER, PRIMARY KEY(source_id, feed)) WITHOUT ROWID;
CREATE TABLE member(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, remote TEXT NOT NULL, handle TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '', joined_at INTEGER, staff INTEGER NOT NULL DEFAULT 0, bot INTEGER NOT NULL DEFAULT 0,
    url TEXT NOT NULL DEFAULT '', known INTEGER NOT NULL DEFAULT 0,
    role INTEGER NOT NULL DEFAULT 0,      -- kept: 0 member, 1 team, 2 bot
    posts INTEGER NOT NULL DEFAULT 0,     -- kept: posts not deleted
    first_post_at INTEGER);               -- kept
CREATE UNIQUE INDEX member_remote ON member(source_id, remote);
CREATE INDEX member_handle ON member(handle);
CREATE INDEX member_joined ON member(role, joined_at, source_id, first_post_at) WHERE joined_at IS NOT NULL;
CREATE INDEX member_special ON member(role) WHERE role > 0;
CREATE TABLE thread(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, remote TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'topic', title TEXT NOT NULL, author_id INTEGER, created_at INTEGER NOT NULL,
    place TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0, solved_at INTEGER,
    solved_by TEXT, assigned_to TEXT, version TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0,
    posts INTEGER NOT NULL DEFAULT 0,     -- kept from its posts, as are the next six
    by_member INTEGER NOT NULL DEFAULT 0, -- 1 when its author is known, not team, not bot
    last_post_at INTEGER NOT NULL DEFAULT 0, first_response_at INTEGER, first_team_response_at INTEGER,
    answered_by_team INTEGER NOT NULL DEFAULT 0, waiting_since INTEGER,
    asked_at INTEGER NOT NULL DEFAULT 0,  -- kept: the last word addressed to us or unanswered
    status INTEGER NOT NULL DEFAULT 0,    -- decisions: 0 open, 1 waiting on the member, 2 snoozed, 3 done
    status_at INTEGER NOT NULL DEFAULT 0, seen_at INTEGER NOT NULL DEFAULT 0, -- seen_at: last post when it was decided
    snoozed_until INTEGER, assignee TEXT, priority INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL DEFAULT 0,
    view INTEGER NOT NULL DEFAULT 0,      -- kept from facts and decisions: 0 quiet, 1 needs reply, 2, 3, 4: status + 1
    due_at INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX thread_remote ON thread(source_id, remote);
CREATE INDEX thread_created ON thread(created_at, by_member, first_response_at, first_team_response_at, solved_at,
    view, status_at, author_id, source_id) WHERE deleted = 0;
CREATE INDEX thread_needs ON thread(due_at, id) WHERE view = 1;
CREATE INDEX thread_mine ON thread(assignee, due_at, id) WHERE view = 1 AND assignee IS NOT NULL;
CREATE INDEX thread_waiting ON thread(last_post_at, id) WHERE view = 2;
CREATE INDEX thread_snoozed ON thread(snoozed_until, id) WHERE view = 3;
CREATE INDEX thread_done ON thread(status_at, id) WHERE view = 4;
CREATE INDEX thread_all ON thread(last_post_at, id) WHERE deleted = 0;
CREATE TABLE post(
    id INTEGER PRIMARY KEY,               -- see post_ids.py: newest first by rowid
    source_id INTEGER NOT NULL, remote TEXT NOT NULL, thread_id INTEGER NOT NULL, author_id INTEGER,
    role INTEGER NOT NULL DEFAULT 0,      -- kept: the author's
    created_at INTEGER NOT NULL, edited_at INTEGER,
    state INTEGER NOT NULL DEFAULT 0,     -- 0 visible, 1 held, 2 hidden, 3 deleted
    comment INTEGER NOT NULL DEFAULT 0, mentions_us INTEGER NOT NULL DEFAULT 0, reply_to TEXT,
    reactions INTEGER NOT NULL DEFAULT 0, url TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',     -- the thread's title on its first post, for search
    body TEXT NOT NULL);
CREATE UNIQUE INDEX post_remote ON post(source_id, remote);
CREATE INDEX post_thread ON post(thread_id, created_at, author_id, role, state, mentions_us);
CREATE INDEX post_author ON post(author_id, created_at);
CREATE VIRTUAL TABLE post_fts USING fts5(body, subject, content='post', content_rowid='id',
    tokenize="unicode61 remove_diacritics 2");
CREATE TABLE activity(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, remote TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
    member_id INTEGER, post TEXT);
CREATE UNIQUE INDEX activity_remote ON activity(source_id, remote);
CREATE INDEX activity_at ON activity(at);
CREATE INDEX activity_post ON activity(source_id, post) WHERE post IS NOT NULL;
CREATE TABLE scheduled(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, remote TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
    at INTEGER NOT NULL, url TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX scheduled_remote ON scheduled(source_id, remote);
CREATE TABLE cases(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, target_kind TEXT NOT NULL, target TEXT NOT NULL,
    opened_at INTEGER NOT NULL,           -- kept from its reports, as are the next three
    reports INTEGER NOT NULL DEFAULT 0, open_reports INTEGER NOT NULL DEFAULT 0, closed_there_at INTEGER,
    agreed_there INTEGER,
    claimed_by TEXT, escalated INTEGER NOT NULL DEFAULT 0, decided_at INTEGER, upheld INTEGER, -- decisions
    rev INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,                     -- kept: decided here or there; NULL while open
    rank INTEGER NOT NULL DEFAULT 0);     -- kept: worst first
CREATE INDEX case_open ON cases(rank, id) WHERE ended_at IS NULL;
CREATE INDEX case_ended ON cases(ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX case_target ON cases(source_id, target_kind, target);
CREATE INDEX case_opened ON cases(opened_at, ended_at, source_id);
CREATE TABLE report(
    id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, remote TEXT NOT NULL, case_id INTEGER NOT NULL,
    reporter_id INTEGER, kind TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL,
    closed_at INTEGER, agreed INTEGER, choices TEXT NOT NULL DEFAULT '[]', version TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX report_remote ON report(source_id, remote);
CREATE INDEX report_case ON report(case_id);
CREATE INDEX report_created ON report(created_at, source_id);
CREATE INDEX report_reporter ON report(reporter_id) WHERE reporter_id IS NOT NULL;
"""

ROLLUPS = """
CREATE TABLE member_day(                  -- days are counted from 1970-01-01 in the community's time zone
    source_id INTEGER NOT NULL, day INTEGER NOT NULL, member_id INTEGER NOT NULL, -- 0: unknown author
    posts INTEGER NOT NULL DEFAULT 0, others INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY(source_id, day, member_id)) WITHOUT ROWID;
CREATE TABLE day_bitmap(                  -- roaring bitmaps of ids; kind: active, posters, threads
    source_id INTEGER NOT NULL, day INTEGER NOT NULL, kind TEXT NOT NULL, ids BLOB NOT NULL,
    PRIMARY KEY(source_id, day, kind));
CREATE TABLE badge(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""

DECISIONS = """
CREATE TABLE journal(                     -- append-only; before: the rows as they were, for undo
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, actor TEXT NOT NULL,
    op TEXT NOT NULL, item TEXT NOT NULL, base_rev INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL DEFAULT '{}',
    before TEXT NOT NULL DEFAULT '[]', undoes TEXT);
CREATE INDEX journal_item ON journal(item, seq);
CREATE INDEX journal_actor ON journal(actor, seq);
CREATE INDEX journal_undoes ON journal(undoes) WHERE undoes IS NOT NULL;
CREATE TABLE note(
    id TEXT PRIMARY KEY, item TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX note_item ON note(item, at);
CREATE TABLE tag(thread_id INTEGER NOT NULL, tag TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(thread_id, tag))
    WITHOUT ROWID;
CREATE INDEX tag_name ON tag(tag, thread_id);
CREATE TABLE draft(key TEXT PRIMARY KEY, body TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decision(
    id TEXT PRIMARY KEY, case_id INTEGER NOT NULL, member_id INTEGER, at INTEGER NOT NULL, actor TEXT NOT NULL,
    verb TEXT NOT NULL, guideline INTEGER, upheld INTEGER, strikes INTEGER NOT NULL DEFAULT 0, expires_at INTEGER,
    note TEXT NOT NULL DEFAULT '', undone INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX decision_case ON decision(case_id);
CREATE INDEX decision_member ON decision(member_id, at);
CREATE INDEX decision_at ON decision(at);
CREATE TABLE entry(
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, at INTEGER, zone TEXT NOT NULL,
    state TEXT NOT NULL, rev INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0)
    WITHOUT ROWID;
CREATE INDEX entry_at ON entry(at, id) WHERE removed = 0;
CREATE TABLE variant(
    entry_id TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '', action_id TEXT, PRIMARY KEY(entry_id, source)) WITHOUT ROWID;
CREATE INDEX variant_action ON variant(action_id) WHERE action_id IS NOT NULL;
CREATE TABLE goal(
    id TEXT PRIMARY KEY, metric TEXT NOT NULL, target REAL NOT NULL, by TEXT NOT NULL, purpose TEXT NOT NULL,
    set_at INTEGER NOT NULL, start REAL, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"""

OUTBOX = """
CREATE TABLE action(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, lane TEXT NOT NULL,
    verb TEXT NOT NULL, payload TEXT NOT NULL, thread_id INTEGER, case_id INTEGER, journal_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued', asks INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL, created_by TEXT NOT NULL, not_before INTEGER NOT NULL, planned_at INTEGER,
    depends_on TEXT, attempts INTEGER NOT NULL DEFAULT 0, looks INTEGER NOT NULL DEFAULT 0, tried_at INTEGER,
    owner TEXT, claim TEXT, remote_id TEXT, ended_at INTEGER);
CREATE INDEX action_live ON action(source, lane, seq) WHERE state IN ('queued', 'sending', 'uncertain', 'failed');
CREATE INDEX action_first ON action((asks = 1 OR state IN ('failed', 'uncertain')), seq)
    WHERE state IN ('queued', 'sending', 'uncertain', 'failed');
CREATE INDEX action_thread ON action(thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX action_case ON action(case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX action_journal ON action(journal_id);
CREATE INDEX action_planned ON action(planned_at) WHERE planned_at IS NOT NULL;
CREATE UNIQUE INDEX action_landed ON action(source, remote_id, verb)
    WHERE remote_id IS NOT NULL AND verb IN ('reply', 'publish');
CREATE TABLE attempt(
    id INTEGER PRIMARY KEY, action_id TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
    ended_at INTEGER, outcome TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '');
CREATE INDEX attempt_action ON attempt(action_id, id);
"""


PLANS = """
CREATE INDEX scheduled_at ON scheduled(at);
CREATE INDEX action_plan ON action(source, lane, seq) WHERE verb IN ('unschedule', 'reschedule');
CREATE INDEX action_scheduled ON action(source, remote_id) WHERE verb = 'schedule';
"""


def facts_decisions_outbox(db: Database) -> None:
    """The first schema: platform facts, rollups, decisions, outbox and the badges kept by triggers."""
    for statement in _statements(FACTS + ROLLUPS + DECISIONS + OUTBOX + BADGES):
        db.conn.execute(statement)
    fulltext.set_up(db.conn)


def _script(name: str, script: str) -> Callable[[Database], None]:
    """A migration that only runs statements; its name is kept in the database."""

    def run(db: Database) -> None:
        for statement in _statements(script):
            db.conn.execute(statement)

    run.__name__ = name
    return run


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    facts_decisions_outbox,
    _script("spans_of_days", SPANS),
    _script("plans_there", PLANS),
    _script("persons", PERSONS),
    _script("urgency_and_clocks", CLOCKS),
    _script("answered", SIMILAR),
    _script("directory", DIRECTORY),
    _script("engage_first", ENGAGING),
    _script("joined", JOINED),
    _script("feedback", FEEDBACK),
    _script("handed_over", HANDOVER),
    _script("shown", SHOWN),
    _script("texts_beside_posts", RETENTION),
    _script("as_fast_with_many", MANY),
    _script("persons_counted", COUNTED),
    _script("thread_words", WORDS),
    _script("view_places", PLACES),
    _script("messages", MESSAGES),
    _script("ids", IDS),
)
"""In order; a database's `user_version` is how many of them it has. `schema_number.KNOWN` counts them."""


def pending(conn: Connection) -> int:
    """How many migrations this file still needs.

    Raises:
        NewerDatabase: it already has more than this program knows.
    """
    has: int = conn.execute("PRAGMA user_version").fetchone()[0]
    if has > len(MIGRATIONS):
        raise NewerDatabase(f"it has schema {has}, this cm-console knows {len(MIGRATIONS)}: update cm-console")
    return len(MIGRATIONS) - has


def migrate(conn: Connection) -> None:
    """Bring the file up to date; killed at any moment it is at the old or the new schema, never between.

    Two consoles may start at once: whoever comes second finds it done.
    """
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("cm-console")
    for number, step in enumerate(MIGRATIONS, start=1):
        steps(name=step.__name__)(_numbered(step, number))
    names = [step.__name__ for step in MIGRATIONS]
    with transaction(conn):
        for number in range(len(MIGRATIONS) - pending(conn) + 1, len(MIGRATIONS) + 1):
            steps.apply(Database(conn), stop_before=names[number:])


def _numbered(step: Callable[[Database], None], number: int) -> Callable[[Database], None]:
    def run(db: Database) -> None:
        step(db)
        db.conn.execute(f"PRAGMA user_version = {number}")

    run.__name__ = step.__name__
    return run


def _statements(script: str) -> list[str]:
    """Split a script into statements without `executescript`, which would commit the open transaction."""
    import sqlite3

    found, rest = [], ""
    for piece in script.split(";"):
        rest += piece + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
