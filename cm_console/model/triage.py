"""What of the config decides which threads need a reply, in which order, and what is promised: read by the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cm_console.model import business_hours
from cm_console.model.inbox import REPLY_WITHIN, Priority
from cm_console.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """Which threads need us; one that is switched off leaves its threads to the others.

    Attributes:
        direct: a direct message whose last word is not the team's.
        mention: a member mentioned us and the team has not written since.
        unanswered: a member's thread to which nobody else has written.
        follow_up: a member's thread in which the team wrote, and the member has the last word.
    """

    direct: bool = True
    mention: bool = True
    unanswered: bool = True
    follow_up: bool = True


@dataclass(frozen=True, slots=True)
class Triage:
    """The inbox as the config wants it.

    Attributes:
        within: milliseconds in which a waiting member should have an answer, by priority from none to urgent.
        policies: the first that covers a thread gives it its clocks; without any there are none.
        thanks: words that thank: a message of nothing else need not end a snooze.
    """

    within: tuple[int, ...] = tuple(REPLY_WITHIN[priority] for priority in Priority)
    rules: Rules = field(default_factory=Rules)
    policies: tuple[Policy, ...] = ()
    thanks: tuple[str, ...] = ()

    def seen(self, known: Mapping[str, int], now: int) -> Triage:
        """The same, each policy judging from the moment it was first seen in this database."""
        return replace(self, policies=tuple(replace(one, since=known.get(one.name, now)) for one in self.policies))


DEFAULT = Triage()


def to_json(triage: Triage) -> str:
    """As the database keeps it, so that decisions and pulls of any console follow the same rules."""
    import json

    policies = [
        {
            **{name: getattr(one, name) for name in _PLAIN},
            "priorities": sorted(one.priorities),
            "hours": business_hours.to_json(one.hours),
        }
        for one in triage.policies
    ]
    whole = {"within": triage.within, "rules": asdict(triage.rules), "policies": policies, "thanks": triage.thanks}
    return json.dumps(whole, sort_keys=True)


def from_json(text: str) -> Triage:
    """What `to_json` gave."""
    import json

    data = json.loads(text)
    return Triage(
        tuple(data["within"]),
        Rules(**data["rules"]),
        tuple(_policy(each) for each in data["policies"]),
        tuple(data["thanks"]),
    )


_PLAIN = ("name", "first", "next", "resolution", "source", "tag", "by_team", "in_hours", "since")


def _policy(data: Mapping[str, Any]) -> Policy:
    priorities = frozenset(Priority(number) for number in data["priorities"])
    plain = {name: data[name] for name in _PLAIN}
    return Policy(**plain, priorities=priorities, hours=business_hours.from_json(data["hours"]))
