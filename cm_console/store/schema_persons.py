"""Tables of persons: which accounts are the same, what the team keeps on them, and what must not come back."""

from __future__ import annotations

PERSONS = """
CREATE TABLE account_link(                -- append-only: what the team said of two accounts; ended ones stay
    id TEXT PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL,        -- a < b
    state TEXT NOT NULL,                  -- same, rejected (until there are other reasons), never
    reason TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL, actor TEXT NOT NULL, ended_at INTEGER) WITHOUT ROWID;
CREATE INDEX account_link_a ON account_link(a, state) WHERE ended_at IS NULL;
CREATE INDEX account_link_b ON account_link(b, state) WHERE ended_at IS NULL;
ALTER TABLE member ADD COLUMN person_id INTEGER;
CREATE INDEX member_person ON member(person_id) WHERE person_id IS NOT NULL;
DROP INDEX member_handle;
CREATE INDEX member_handle ON member(lower(handle)) WHERE length(handle) > 2;
CREATE INDEX member_full_name ON member(lower(name)) WHERE instr(name, ' ') > 1;
CREATE TABLE account_fact(                -- what a platform vouches for: kind mail (a hash, never the address), link
    member_id INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(member_id, kind, value))
    WITHOUT ROWID;
CREATE INDEX account_fact_value ON account_fact(kind, value);
CREATE TABLE member_tag(member_id INTEGER NOT NULL, tag TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,
    PRIMARY KEY(member_id, tag)) WITHOUT ROWID;
CREATE INDEX member_tag_name ON member_tag(tag, member_id);
CREATE TABLE follow_up(
    id TEXT PRIMARY KEY, member_id INTEGER NOT NULL, due_at INTEGER NOT NULL, body TEXT NOT NULL, author TEXT NOT NULL,
    at INTEGER NOT NULL, done_at INTEGER, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX follow_up_due ON follow_up(due_at, id) WHERE done_at IS NULL AND removed = 0;
CREATE INDEX follow_up_member ON follow_up(member_id, at);
CREATE TABLE contact(                     -- how the team was in touch outside the platforms: a call, a coffee, a letter
    id TEXT PRIMARY KEY, member_id INTEGER NOT NULL, at INTEGER NOT NULL, way TEXT NOT NULL, body TEXT NOT NULL,
    author TEXT NOT NULL, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX contact_member ON contact(member_id, at);
CREATE INDEX thread_author ON thread(author_id, created_at) WHERE author_id IS NOT NULL;
CREATE INDEX activity_came ON activity(member_id, at) WHERE kind <> 'reaction' AND member_id IS NOT NULL;
CREATE TABLE forgotten(                   -- keyed hashes of what must not come back; source 0: any
    source_id INTEGER NOT NULL, kind TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(source_id, kind, hash))
    WITHOUT ROWID;
CREATE TABLE retention(                   -- from the config; done_id: posts up to it have been looked at
    source_id INTEGER PRIMARY KEY, keep_days INTEGER NOT NULL, done_id INTEGER NOT NULL DEFAULT 0);
INSERT OR IGNORE INTO meta VALUES('person_key', lower(hex(randomblob(32))));
"""
"""`member.person_id` is kept: the smallest id of the accounts linked as the same; NULL, an account alone."""
