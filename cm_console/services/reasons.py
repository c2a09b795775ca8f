"""Why a thread needs a reply, or does not, in a few words a person can check against the rules of the config."""

from __future__ import annotations

from typing import Any

from cm_console.model.inbox import UNTIL_NEWS, UNTIL_REPLY, Status

BY_RULE = {
    1: "a direct message to the team",
    2: "the team was mentioned",
    3: "nobody has answered yet",
    4: "the member wrote again after the team answered",
    5: "the team owes a reply",
}
"""By store.keeping.Needs; the first four are switched on and off in [needs_reply]."""
_AWAY = {
    Status.SNOOZED: "put away until later",
    UNTIL_REPLY: "put away until they write again",
    UNTIL_NEWS: "put away until they write more than thanks",
}


def why(facts: dict[str, Any], clock: str = "") -> str:
    """Why it is in the list or not; `clock` is the promise that is due next, if one is."""
    if facts["closed"]:
        return "closed on the platform"
    if facts["solved_at"] is not None:
        return "solved"
    if facts["status"] == Status.SNOOZED and facts["view"] == 3:
        return _AWAY.get(facts["snoozed_until"], _AWAY[Status.SNOOZED])
    if not facts["needs"]:
        return "answered" if facts["first_response_at"] else "nobody waits for us here"
    if facts["status"] not in (Status.OPEN, Status.SNOOZED) and facts["asked_at"] <= facts["seen_at"]:
        return "put away by the team; a new message brings it back"
    words = BY_RULE[facts["needs"]]
    if facts["muted"]:
        words += ", but the place is muted"
    return f"{words}; the clock “{clock}” runs" if clock else words
