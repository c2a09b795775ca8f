"""The words of the answered threads, to find similar ones: an index without texts, and notes of what of it is old.

An index of words alone, without places (`detail=none`) and without the texts (`content=''`), takes some 25 MB for
100,000 threads. Triggers note a thread whenever what is kept of its posts is made anew, so that no way of changing one
can forget it; the words themselves are read when there is time, never within a pull.
"""

from __future__ import annotations

from cm_console.store.sqlite import VERSION

_CAN_FORGET = VERSION >= (3, 43)
"""Before that SQLite could not delete from an index that holds no text: there it keeps the words beside it."""
_CONTENT = ", content='', contentless_delete=1" if _CAN_FORGET else ""

_HAD = "(NEW.first_response_at IS NOT NULL OR OLD.first_response_at IS NOT NULL)"
_DIFFERS = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in ("title", "deleted", "solved_by"))

SIMILAR = f"""
CREATE VIRTUAL TABLE answered_fts USING fts5(words{_CONTENT}, detail=none, tokenize="unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE answered_vocab USING fts5vocab(answered_fts, row);
CREATE TABLE stale_answered(thread_id INTEGER PRIMARY KEY);
CREATE TRIGGER answered_kept AFTER UPDATE OF first_response_at ON thread WHEN {_HAD} BEGIN
    INSERT OR IGNORE INTO stale_answered VALUES(NEW.id);
END;
CREATE TRIGGER answered_facts AFTER UPDATE OF title, deleted, solved_by ON thread WHEN {_HAD} AND ({_DIFFERS}) BEGIN
    INSERT OR IGNORE INTO stale_answered VALUES(NEW.id);
END;
CREATE TRIGGER answered_gone AFTER DELETE ON thread WHEN OLD.first_response_at IS NOT NULL BEGIN
    INSERT OR IGNORE INTO stale_answered VALUES(OLD.id);
END;
INSERT INTO stale_answered SELECT id FROM thread WHERE deleted = 0 AND first_response_at IS NOT NULL;
"""
"""The migration; `first_response_at` is written for every thread a page touches, so editing a post is noted too."""
