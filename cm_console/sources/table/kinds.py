"""What a row can be, and the columns each kind has: one table for the mapping's checks, its example and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from cm_console.model.source import Feed


@dataclass(frozen=True, slots=True)
class Column:
    """One thing a row can say; `words` are header names it usually has, in lower case."""

    name: str
    help: str
    words: tuple[str, ...] = ()
    required: bool = False
    date: bool = False


ID = Column(
    "id", "what tells this row from others; without it, its content does", ("id", "nr", "no", "number", "ticket")
)
AT = ("when", "date", "time", "timestamp", "created", "created at", "datum", "day", "zeitpunkt")
WHO = ("email", "e-mail", "mail", "user", "username", "author", "member", "mitglied", "from", "handle", "account")
NAMES = ("name", "full name", "display name", "vorname", "real name")
WORDS = ("text", "message", "body", "comment", "content", "answer", "question", "nachricht", "kommentar", "feedback")
TITLES = ("title", "subject", "topic", "titel", "betreff", "thread title")
URLS = ("url", "link", "permalink")
PLACES = ("place", "channel", "category", "room", "forum", "kanal", "kategorie", "location", "venue", "ort")
CAME = ("attended", "attendance", "present", "was there", "showed up", "anwesend", "erschienen", "gekommen", "da")
BEGINS = ("start", "starts", "starts at", "start date", "begin", "beginn")
JOINED = ("joined", "joined at", "member since", "registered", "signed up", "beitritt", "created", "date", "datum")

KINDS: dict[str, tuple[Column, ...]] = {
    "members": (
        Column(
            "id",
            "what tells members apart, as other tables name them: an address, a number, a name",
            ("id", *WHO),
            True,
        ),
        Column(
            "handle",
            "the short name shown; without it the name, or what stands before the @",
            ("handle", "username", "nick"),
        ),
        Column("name", "their full name", NAMES),
        Column("joined_at", "when they joined", JOINED, date=True),
        Column("staff", "yes for people of the team", ("staff", "team", "admin", "moderator")),
        Column("bot", "yes for programs", ("bot",)),
        Column("url", "where their profile is", URLS),
    ),
    "events": (
        Column("title", "what it is called", ("event", "name", *TITLES), True),
        Column("at", "when it begins", (*BEGINS, *AT), True, True),
        ID,
        Column("text", "what it is about", ("description", "beschreibung", *WORDS)),
        Column("url", "its page", URLS),
    ),
    "attendance": (
        Column("member", "who came, as the table of members tells them apart", (*WHO, *NAMES), True),
        Column("at", "when; without it, when the event was", (*AT, *BEGINS), date=True),
        Column(
            "event",
            "the event's id or title, as the table of events has it",
            ("event", "event id", "meetup", "session", "veranstaltung"),
        ),
        Column("name", "their full name", NAMES),
        Column("came", "for lists of all who signed up: yes, or a mark, for those who came", CAME),
        ID,
    ),
    "threads": (
        Column("title", "what it is about", TITLES, True),
        Column("at", "when it was opened", AT, True, True),
        ID,
        Column("author", "who opened it, as the table of members tells them apart", WHO),
        Column("author_name", "their full name", NAMES),
        Column("text", "its first post", WORDS),
        Column("place", "where it stands: a category, a channel, a list", PLACES),
        Column("url", "its page", URLS),
        Column("closed", "yes if nobody can answer any more", ("closed", "locked", "geschlossen")),
    ),
    "posts": (
        Column("text", "what was written", WORDS, True),
        Column("at", "when", AT, True, True),
        ID,
        Column(
            "thread",
            "the id of the thread it stands in; a row without one opens its own",
            ("thread", "thread id", "topic id"),
        ),
        Column("title", "the thread's title, if no table of threads has it", TITLES),
        Column("author", "who wrote it, as the table of members tells them apart", WHO),
        Column("author_name", "their full name", NAMES),
        Column("place", "where the thread stands: a category, a channel, a list", PLACES),
        Column("reply_to", "the id of the post it answers", ("reply to", "in reply to", "parent", "parent id")),
        Column("edited_at", "when it was last changed", ("edited", "edited at", "updated", "updated at"), date=True),
        Column("url", "its page", URLS),
    ),
    "reports": (
        Column("target", "the id of what is reported", ("target", "post", "post id", "reported", "item"), True),
        Column("at", "when", AT, True, True),
        ID,
        Column("target_kind", "post, thread or member; without it post", ("target kind", "target type")),
        Column("kind", "in one word: spam, rude ...", ("kind", "type", "category", "art")),
        Column("reason", "what was said about it", ("reason", "grund", *WORDS)),
        Column("reporter", "who reported it", ("reporter", "reported by", *WHO)),
        Column("closed_at", "when it was decided", ("closed", "closed at", "resolved", "resolved at"), date=True),
        Column("agreed", "yes if it was found right", ("agreed", "upheld", "valid")),
    ),
}

FEED_OF = {
    "members": Feed.MEMBERS,
    "events": Feed.SCHEDULED,
    "attendance": Feed.ACTIVITY,
    "threads": Feed.THREADS,
    "posts": Feed.THREADS,
    "reports": Feed.REPORTS,
}
