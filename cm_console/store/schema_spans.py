"""Tables of what is made from rows when there is time, and triggers that note what of it is out of date.

Triggers, so that no way of changing a row - a pull, a decision, its undo, another console - can forget the note.
"""

from __future__ import annotations

AROUND = 19
"""Bits of an instant that a note leaves away: some nine minutes, so that days of any zone are made of whole notes."""
LAST_INSTANT = (1 << 43) - 2
"""Members who say they joined later, or before 1970, are not noted."""

_SOLVED = "CASE WHEN {0}view = 4 THEN min({0}status_at, coalesce({0}solved_at, {0}status_at)) ELSE {0}solved_at END"
SOLVED_AT = _SOLVED.format("")
"""When a thread was solved: accepted there, or done here; done threads that were opened again are not."""

_TABLES = """
CREATE TABLE day_waits(                   -- what began in one source on a day, and how long it waited: see starts.py
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: whoever knows the ids knows what is in the rows
    source_id INTEGER NOT NULL, kind TEXT NOT NULL, day INTEGER NOT NULL,
    n INTEGER NOT NULL, in_week INTEGER NOT NULL, ends BLOB NOT NULL, waits BLOB NOT NULL, never BLOB NOT NULL,
    began BLOB NOT NULL);
CREATE INDEX day_waits_day ON day_waits(source_id, kind, day, n);
CREATE TABLE span(                        -- 2^scale days in one: see spans.py
    source_id INTEGER NOT NULL, kind TEXT NOT NULL, scale INTEGER NOT NULL, number INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY(source_id, scale, number, kind));
CREATE INDEX span_made ON span(source_id, scale, number) WHERE kind = '';
CREATE TABLE stale_thread(around INTEGER NOT NULL, source_id INTEGER NOT NULL, PRIMARY KEY(around, source_id))
    WITHOUT ROWID;
CREATE TABLE stale_member(around INTEGER NOT NULL, source_id INTEGER NOT NULL, PRIMARY KEY(around, source_id))
    WITHOUT ROWID;
CREATE TABLE stale_span(source_id INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(source_id, number))
    WITHOUT ROWID;
"""


def _note(table: str, row: str, began: str) -> str:
    return f"INSERT OR IGNORE INTO stale_{table} SELECT {row}.{began} >> {AROUND}, {row}.source_id"


def _differs(*values: str) -> str:
    return " OR ".join(f"{value.format('OLD.')} IS NOT {value.format('NEW.')}" for value in values)


_FACTS = ("created_at", "author_id", "deleted", "source_id", "solved_at")
_ANSWERS = ("first_response_at", "first_team_response_at", "by_member")

_THREADS = f"""
CREATE TRIGGER start_insert AFTER INSERT ON thread BEGIN {_note("thread", "NEW", "created_at")}; END;
CREATE TRIGGER start_delete AFTER DELETE ON thread BEGIN {_note("thread", "OLD", "created_at")}; END;
CREATE TRIGGER start_update AFTER UPDATE OF {", ".join(_FACTS)} ON thread
    WHEN {_differs(*("{0}" + fact for fact in _FACTS))}
    BEGIN {_note("thread", "OLD", "created_at")}; {_note("thread", "NEW", "created_at")}; END;
CREATE TRIGGER start_answered AFTER UPDATE OF {", ".join(_ANSWERS)} ON thread
    WHEN {_differs(*("{0}" + answer for answer in _ANSWERS))} BEGIN {_note("thread", "NEW", "created_at")}; END;
CREATE TRIGGER start_done AFTER UPDATE OF view, status_at ON thread
    WHEN (OLD.view = 4 OR NEW.view = 4) AND ({_differs(_SOLVED)}) BEGIN {_note("thread", "NEW", "created_at")}; END;
CREATE TRIGGER start_bot AFTER UPDATE OF role ON member WHEN (OLD.role = 2) != (NEW.role = 2) BEGIN
    INSERT OR IGNORE INTO stale_thread
        SELECT created_at >> {AROUND}, source_id FROM thread WHERE deleted = 0 AND author_id = NEW.id;
END;
"""
"""Apart, because most threads a page touches get no new answer: each compares only what the same statement writes."""


def _joined(row: str) -> str:
    return f"{_note('member', row, 'joined_at')} WHERE {row}.joined_at BETWEEN 0 AND {LAST_INSTANT};"


_MEMBERS = f"""
CREATE TRIGGER join_insert AFTER INSERT ON member WHEN NEW.joined_at IS NOT NULL BEGIN {_joined("NEW")} END;
CREATE TRIGGER join_delete AFTER DELETE ON member WHEN OLD.joined_at IS NOT NULL BEGIN {_joined("OLD")} END;
CREATE TRIGGER join_update AFTER UPDATE OF source_id, joined_at, role, posts, first_post_at ON member
    WHEN coalesce(OLD.joined_at, NEW.joined_at) IS NOT NULL AND (NEW.first_post_at < NEW.joined_at OR
        {_differs(*("{0}" + fact for fact in ("joined_at", "role", "first_post_at", "source_id")))})
    BEGIN {_joined("OLD")} {_joined("NEW")} END;
"""
"""Of who posted before joining any change of posts counts: the first one afterwards is not kept anywhere."""


def _day_triggers(table: str) -> str:
    """Notes for the four days of one whose row changed."""

    def note(row: str) -> str:
        return f"INSERT OR IGNORE INTO stale_span VALUES({row}.source_id, {row}.day >> 2);"

    return "".join(
        f"CREATE TRIGGER {table}_{event.lower()} AFTER {event} ON {table} BEGIN {words} END;\n"
        for event, words in (
            ("INSERT", note("NEW")),
            ("DELETE", note("OLD")),
            ("UPDATE", note("OLD") + note("NEW")),
        )
    )


NOTE_ALL = (
    f"INSERT OR IGNORE INTO stale_thread SELECT DISTINCT created_at >> {AROUND}, source_id FROM thread"
    " WHERE deleted = 0;",
    f"INSERT OR IGNORE INTO stale_member SELECT DISTINCT joined_at >> {AROUND}, source_id FROM member"
    f" WHERE joined_at BETWEEN 0 AND {LAST_INSTANT};",
)
"""Notes for everything there is."""

_OLDER = (
    *NOTE_ALL,
    "INSERT INTO meta SELECT 'zone of starts', value ->> 0 FROM meta WHERE key = 'community';",
    "INSERT INTO stale_span SELECT DISTINCT source_id, day >> 2 FROM day_bitmap;",
)

SPANS = "".join((_TABLES, _THREADS, _MEMBERS, _day_triggers("day_bitmap"), _day_triggers("day_waits"), *_OLDER))
"""The migration; what an older database already holds is noted as out of date."""
