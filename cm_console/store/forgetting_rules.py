"""What forgetting a person means for every table there is: the ONE place to name a new table.

A rule says which rows are about a person (`about`, also what an export of them holds), what becomes of these rows
(`then`: deleted, or columns emptied) and in which columns of all rows names and quotes are looked for (`names`).
Tables without any of these hold numbers and settings; `why` says so. tests/unit/test_forgetting.py fails for a table
that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DELETE: Mapping[str, str] = {"": "delete"}
"""The rows go."""
KEEP: Mapping[str, str] = {}
"""The rows stay: numbers."""
NUMBERS, SETTINGS = "numbers and ids only", "settings of the console, not of members"


def among(column: str, what: str) -> str:
    """A condition: a column holds one of the ids bound as a JSON array."""
    return f"{column} IN (SELECT value FROM json_each(:{what}))"


@dataclass(frozen=True, slots=True)
class Rule:
    """See the module; `special`: what `forgetting.py` does by itself."""

    about: str = ""
    then: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    special: bool = False
    why: str = ""


_MEMBER = among("member_id", "ids")

RULES: Mapping[str, Rule] = {
    "account_fact": Rule(_MEMBER, DELETE),
    "account_link": Rule(f"{among('a', 'ids')} OR {among('b', 'ids')}", {"reason": "''"}),
    "action": Rule(among("seq", "actions"), special=True, names=("payload", "why")),
    "activity": Rule(_MEMBER, special=True),
    "answered_fts": Rule(special=True),
    "attempt": Rule("action_id IN (SELECT id FROM action WHERE " + among("seq", "actions") + ")", {"words": "''"}),
    "badge": Rule(why=NUMBERS),
    "cases": Rule(among("id", "cases"), special=True),
    "clock": Rule(among("thread_id", "threads"), KEEP, why=NUMBERS),
    "contact": Rule(_MEMBER, DELETE, ("body",)),
    "day_bitmap": Rule(why=NUMBERS),
    "day_waits": Rule(why=NUMBERS),
    "decision": Rule(_MEMBER, {"note": "''"}, ("note",)),
    "draft": Rule(among("key", "drafts"), DELETE, ("body",)),
    "engaged": Rule(among("subject", "items"), DELETE),
    "entry": Rule(names=("title", "body")),
    "feed": Rule(names=("words",)),
    "feedback": Rule(
        f"{_MEMBER} OR {among('thread_id', 'threads')} AND member_id IS NULL",
        {"quote": "''"},
        ("quote", "theme", "area", "answer"),
    ),
    "follow_up": Rule(_MEMBER, DELETE, ("body",)),
    "forgotten": Rule(why="keyed hashes of what must not come back"),
    "goal": Rule(names=("purpose",)),
    "handover": Rule(among("thread_id", "threads"), KEEP, why=NUMBERS),
    "journal": Rule(among("item", "items"), special=True, names=("payload", "before")),
    "member": Rule(among("id", "ids"), special=True),
    "member_day": Rule(_MEMBER, KEEP, why=NUMBERS),
    "member_tag": Rule(_MEMBER, DELETE),
    "mention": Rule(why="colleagues who were mentioned in notes"),
    "meta": Rule(why=SETTINGS),
    "note": Rule(among("item", "items"), DELETE, ("body",)),
    "post": Rule(among("author_id", "ids"), special=True),
    "post_fts": Rule(special=True),
    "report": Rule(f"{among('reporter_id', 'ids')} OR {among('case_id', 'cases')}", {"reason": "''"}, ("reason",)),
    "retention": Rule(why=SETTINGS),
    "saved_view": Rule(names=("filter",), special=True),
    "highest_id": Rule(why="numbers only"),
    "view_place": Rule(special=True),
    "scheduled": Rule(names=("title", "body")),
    "source": Rule(why="the accounts the console itself uses"),
    "span": Rule(why=NUMBERS),
    "stale_answered": Rule(why=NUMBERS),
    "stale_member": Rule(why=NUMBERS),
    "stale_span": Rule(why=NUMBERS),
    "stale_thread": Rule(why=NUMBERS),
    "stale_standing": Rule(why=NUMBERS),
    "stale_words": Rule(why=NUMBERS),
    "standing": Rule(among("person_id", "ids"), DELETE),
    "standing_count": Rule(why=NUMBERS),
    "tag": Rule(among("thread_id", "threads"), KEEP, why="words of the team on threads"),
    "thread": Rule(among("id", "threads"), special=True),
    "thread_words": Rule(special=True),
    "variant": Rule(names=("title", "body")),
}
"""For every table: `ids` are the person's accounts, `threads` those they began, `cases` and `actions` those about them,
`items` all these as the journal and notes name them, `drafts` the keys of drafts on their threads."""
