"""Indexes for what is asked of very many rows: nothing here holds anything that is not in a table too."""

from __future__ import annotations

from cm_console.store.sqlite import VERSION

_CAN_FORGET = VERSION >= (3, 43)
"""Before that SQLite could not delete from an index that holds no text: there it keeps the words beside it."""
_CONTENT = ", content='', contentless_delete=1" if _CAN_FORGET else ""
_DIFFERS = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in ("title", "place", "author_id"))

MANY = """
CREATE INDEX post_thanked ON post(author_id, reactions) WHERE reactions <> 0 AND state < 3;
CREATE INDEX thread_assigned ON thread(assignee) WHERE assignee IS NOT NULL;
"""
"""The thanks of somebody who wrote much, without reading what they wrote; whatever a colleague was ever given."""

WORDS = f"""
CREATE VIRTUAL TABLE thread_words USING fts5(words{_CONTENT}, detail=none, tokenize='trigram');
CREATE TABLE stale_words(thread_id INTEGER PRIMARY KEY); -- see thread_words.py
INSERT INTO meta VALUES('words upto', '0');
CREATE TRIGGER words_changed AFTER UPDATE OF title, place, author_id ON thread WHEN {_DIFFERS} BEGIN
    DELETE FROM thread_words WHERE rowid = NEW.id;
    INSERT OR IGNORE INTO stale_words VALUES(NEW.id);
END;
CREATE TRIGGER words_gone AFTER DELETE ON thread BEGIN
    DELETE FROM thread_words WHERE rowid = OLD.id;
    INSERT OR IGNORE INTO stale_words VALUES(OLD.id);
END;
CREATE TRIGGER words_renamed AFTER UPDATE OF handle ON member WHEN OLD.handle <> NEW.handle BEGIN
    INSERT OR IGNORE INTO stale_words SELECT id FROM thread WHERE author_id = NEW.id;
    DELETE FROM thread_words WHERE rowid IN (SELECT id FROM thread WHERE author_id = NEW.id);
END;
"""
"""The letters of titles, authors and places: what a list is filtered by; see thread_words.py."""
