"""What a pull must not bring back: the words and names of people who were forgotten, texts kept only for some days.

Asked once for each page and costs nothing while nobody was forgotten and no source has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cm_console.model.records import EMPTY, Activity, Member, Post, Record, Report, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY
from cm_console.store.account_facts import hashed
from cm_console.store.sqlite import Connection

FORGOTTEN = "forgotten:"
"""How the ids of forgotten accounts begin, and of what only they did; then comes a hash."""
REMOVED = Untrusted("[removed]")
"""The title of a thread whose words are gone."""
NAMED = re.compile(r"@[\w.+-]*\w")
"""A name as people address it in a text."""
NOBODY = "@[deleted]"
LONG_LINE = 20
"""A quoted line of at least so many characters is known again."""
MEMBER, HANDLE, LINE, TALK = "member", "handle", "line", "talk"
"""Kinds of rows in the table `forgotten`; a talk is a private thread we wrote to somebody in."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of one source is not to be kept; `since`: texts from before it are not."""

    conn: Connection
    source_id: int
    key: bytes
    any_forgotten: bool
    since: int

    @classmethod
    def of(cls, conn: Connection, source_id: int, now: int) -> Withheld | None:
        """None while there is nothing to withhold, as in most communities."""
        days = conn.execute("SELECT keep_days FROM retention WHERE source_id = ?", (source_id,)).fetchone()
        any_forgotten = conn.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone() is not None
        if days is None and not any_forgotten:
            return None
        (key,) = conn.execute("SELECT value FROM meta WHERE key = 'person_key'").fetchone()
        since = now - days[0] * DAY if days else -(1 << 62)
        return cls(conn, source_id, bytes.fromhex(key), any_forgotten, since)

    def keep(self, records: Iterable[Record]) -> list[Record]:
        """The records as they may be kept."""
        return [kept for record in records if (kept := self._one(record)) is not None]

    def remote(self, id: str) -> str:
        """What stands for the id of a forgotten account."""
        return FORGOTTEN + hashed(self.key, f"{self.source_id} {id}").hex()

    def is_forgotten(self, member: str | None) -> bool:
        """Whether an account of this source was forgotten."""
        return member is not None and self.knows(MEMBER, member, self.source_id)

    def knows(self, kind: str, text: str, source_id: int = 0) -> bool:
        """Whether a text is one of those that were forgotten."""
        hash = hashed(self.key, f"{source_id} {text}" if source_id else text)
        found = self.conn.execute(
            "SELECT 1 FROM forgotten WHERE source_id = ? AND kind = ? AND hash = ?", (source_id, kind, hash)
        )
        return found.fetchone() is not None

    def scrubbed(self, text: str) -> str:
        """A text by another, without the names of the forgotten and without lines quoted from them."""
        if "@" in text:
            text = NAMED.sub(lambda found: NOBODY if self.knows(HANDLE, found[0][1:].lower()) else found[0], text)
        if ">" in text:
            text = "\n".join(self._line(line) for line in text.split("\n"))
        return text

    def _line(self, line: str) -> str:
        said = line.lstrip("> \t").strip()
        quoted = line.lstrip().startswith(">") and len(said) >= LONG_LINE
        return f"> {REMOVED}" if quoted and self.knows(LINE, said) else line

    def _one(self, record: Record) -> Record | None:
        match record:
            case Post():
                return self._post(record)
            case Thread():
                return self._thread(record)
            case Member():
                return None if self.any_forgotten and self.is_forgotten(record.id) else record
            case Report():
                return self._report(record)
            case Activity() if self.any_forgotten and self.is_forgotten(record.member):
                return replace(record, id=self.remote(record.id), member=self.remote(record.member or ""))
        return record

    def _post(self, post: Post) -> Post:
        if self.any_forgotten:
            if self.is_forgotten(post.author):
                author = self.remote(post.author or "")
                post = replace(post, author=author, text=EMPTY, url="", version="", edited_at=None)
            else:
                text = self.scrubbed(post.text)
                post = post if text == post.text else replace(post, text=Untrusted(text))
            if self.knows(TALK, post.thread, self.source_id):
                post = replace(post, text=EMPTY, url="", version="")
        return replace(post, text=EMPTY, url="") if post.created_at < self.since else post

    def _thread(self, thread: Thread) -> Thread:
        if self.any_forgotten:
            if self.is_forgotten(thread.author):
                author = self.remote(thread.author or "")
                place = EMPTY if thread.kind is ThreadKind.DIRECT else thread.place
                thread = replace(thread, author=author, title=REMOVED, url="", version="", place=place)
            else:
                title = self.scrubbed(thread.title)
                thread = thread if title == thread.title else replace(thread, title=Untrusted(title))
            if thread.kind is ThreadKind.DIRECT and self.knows(TALK, thread.id, self.source_id):
                thread = replace(thread, title=REMOVED, url="", version="", place=EMPTY)
            if thread.assigned_to is not None and self.knows(HANDLE, thread.assigned_to.lower()):
                thread = replace(thread, assigned_to=None)
        gone = thread.created_at < self.since and self._gone(thread.id)
        return replace(thread, title=REMOVED, url="") if gone else thread

    def _gone(self, thread: str) -> bool:
        """Whether the title of a thread was let go, and nobody wrote in it since."""
        found = self.conn.execute(
            "SELECT title = ? AND last_post_at < ? FROM thread WHERE source_id = ? AND remote = ?",
            (REMOVED, self.since, self.source_id, thread),
        ).fetchone()
        return found is not None and bool(found[0])

    def _report(self, report: Report) -> Report:
        if self.any_forgotten:
            if self.is_forgotten(report.reporter):
                report = replace(report, reporter=self.remote(report.reporter or ""), reason=EMPTY)
            if report.target.kind == "member" and self.is_forgotten(report.target.id):
                target = replace(report.target, id=self.remote(report.target.id))
                report = replace(report, target=target, reason=EMPTY)
            elif report.reason:
                report = replace(report, reason=Untrusted(self.scrubbed(report.reason)))
        return replace(report, reason=EMPTY) if report.created_at < self.since else report
