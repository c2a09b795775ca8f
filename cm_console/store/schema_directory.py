"""Tables of the directory: how every person stands, kept when there is time, and who has to be looked at again.

Posts and activities note their members in one statement of the pull's transaction (standings.note); what else changes
a person's standing is noted by triggers, so that no way of changing it can forget the note.
"""

from __future__ import annotations

DIRECTORY = """
CREATE TABLE standing(                    -- a row for each person who is no bot; kept: see standings.py
    person_id INTEGER PRIMARY KEY, role INTEGER NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL,
    fold TEXT NOT NULL,                   -- the handle as it is sorted
    words TEXT NOT NULL,                  -- all handles and names, to search in
    sources TEXT NOT NULL, accounts INTEGER NOT NULL,
    since_day INTEGER NOT NULL, seen_day INTEGER NOT NULL, -- joined, last active; -1: nobody knows, never
    posts INTEGER NOT NULL, posts_30 INTEGER NOT NULL, posts_90 INTEGER NOT NULL, posts_365 INTEGER NOT NULL,
    posts_before INTEGER NOT NULL, posts_earlier INTEGER NOT NULL, answers_90 INTEGER NOT NULL,
    answers_365 INTEGER NOT NULL, thanks_90 INTEGER NOT NULL, thanks_365 INTEGER NOT NULL, came_365 INTEGER NOT NULL,
    score_90 INTEGER NOT NULL, level INTEGER NOT NULL, segments INTEGER NOT NULL, -- segments: bits
    due_day INTEGER NOT NULL);            -- the day on which time alone changes something of it
CREATE INDEX standing_seen ON standing(role, seen_day, person_id, segments, level);
CREATE INDEX standing_posts ON standing(role, posts_90, person_id, segments, level);
CREATE INDEX standing_answers ON standing(role, answers_90, person_id, segments, level);
CREATE INDEX standing_since ON standing(role, since_day, person_id, segments, level);
CREATE INDEX standing_fold ON standing(role, fold, person_id, segments, level);
CREATE INDEX standing_score ON standing(role, score_90) WHERE score_90 > 0;
CREATE INDEX standing_due ON standing(due_day);
CREATE TABLE stale_standing(              -- seen: their last day of activity, once it has been looked up
    member_id INTEGER PRIMARY KEY, seen INTEGER);
CREATE INDEX stale_unseen ON stale_standing(member_id) WHERE seen IS NULL;
CREATE TRIGGER standing_member AFTER INSERT ON member BEGIN
    INSERT OR REPLACE INTO stale_standing VALUES(NEW.id, NULL);
END;
CREATE TRIGGER standing_changed AFTER UPDATE OF handle, name, role, joined_at, person_id, source_id ON member
    WHEN OLD.role <> NEW.role OR OLD.joined_at IS NOT NEW.joined_at OR OLD.person_id IS NOT NEW.person_id
        OR OLD.source_id <> NEW.source_id OR OLD.handle <> NEW.handle OR OLD.name <> NEW.name BEGIN
    INSERT OR REPLACE INTO stale_standing SELECT NEW.id, NULL
        UNION SELECT NEW.person_id, NULL WHERE NEW.person_id IS NOT NULL
        UNION SELECT OLD.person_id, NULL WHERE OLD.person_id IS NOT NULL;
END;
CREATE TRIGGER standing_renamed AFTER UPDATE OF handle, name ON member
    WHEN OLD.handle <> NEW.handle OR OLD.name <> NEW.name BEGIN
    DELETE FROM standing WHERE person_id IN (NEW.id, NEW.person_id, OLD.person_id);
END;
CREATE TRIGGER standing_gone AFTER DELETE ON member BEGIN
    DELETE FROM standing WHERE person_id IN (OLD.id, OLD.person_id);
    INSERT OR REPLACE INTO stale_standing VALUES(coalesce(OLD.person_id, OLD.id), NULL);
    INSERT OR REPLACE INTO stale_standing SELECT min(id), NULL FROM member WHERE person_id = OLD.person_id
        HAVING min(id) IS NOT NULL;
END;
CREATE TRIGGER standing_began AFTER UPDATE OF author_id ON thread WHEN OLD.author_id IS NOT NEW.author_id BEGIN
    INSERT OR REPLACE INTO stale_standing SELECT DISTINCT author_id, NULL FROM post
        WHERE thread_id = NEW.id AND author_id IS NOT NULL;
END;
CREATE TRIGGER standing_tagged AFTER INSERT ON member_tag BEGIN
    INSERT OR REPLACE INTO stale_standing VALUES(NEW.member_id, NULL);
END;
CREATE TRIGGER standing_untagged AFTER DELETE ON member_tag BEGIN
    INSERT OR REPLACE INTO stale_standing VALUES(OLD.member_id, NULL);
END;
"""
"""A name that changed is gone from here at once, not only when there is time: whoever is forgotten is."""
