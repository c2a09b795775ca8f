"""What a Mastodon-like server holds: accounts, statuses, reports, plans; and how it changes, as far as one can tell."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from tests.servers.loopback import Now

INVITE_USERS = 65_536
OWNER = 1
MODERATOR = INVITE_USERS | 1 << 4 | 1 << 10


@dataclass
class Account:
    """An account; `domain` if it is on another server."""

    id: str
    username: str
    created_at: int
    domain: str = ""
    permissions: int = INVITE_USERS
    bot: bool = False
    approved: bool = True
    suspended: bool = False
    silenced: bool = False
    sensitized: bool = False
    disabled: bool = False
    invite_request: str | None = None

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username


@dataclass
class Status:
    """A status."""

    id: str
    account: str
    text: str
    created_at: int
    reply_to: str | None = None
    visibility: str = "public"
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = "en"
    edited_at: int | None = None
    mentions: list[str] = field(default_factory=list)
    media: list[dict[str, object]] = field(default_factory=list)
    poll: list[str] = field(default_factory=list)


@dataclass
class Notification:
    """Something that happened to us."""

    id: str
    type: str
    status: str
    created_at: int


@dataclass
class Report:
    """A report."""

    id: str
    account: str
    target: str
    statuses: list[str]
    created_at: int
    updated_at: int
    comment: str = ""
    category: str = "spam"
    rules: list[str] = field(default_factory=list)
    action_taken_at: int | None = None
    by: str | None = None
    assigned: str | None = None


@dataclass
class Plan:
    """A scheduled status."""

    id: str
    at: int
    params: dict[str, object]


class Refusal(Exception):
    """The server says no."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class World:
    """The server's data and what people do to it; `me` is the account of the token."""

    def __init__(self, clock: Now, flavour: str) -> None:
        self.clock, self.flavour = clock, flavour
        self._ids = count(1)
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        self.notifications: dict[str, Notification] = {}
        self.reports: dict[str, Report] = {}
        self.plans: dict[str, Plan] = {}
        self.answers: Counter[str] = Counter()
        self.strikes: list[tuple[str, str, str]] = []
        self.me = ""

    def new_id(self) -> str:
        """Opaque, and in the order of time as text: numbers, ULIDs or flakes."""
        number = next(self._ids)
        forms = {"gotosocial": f"01JD{number:022d}", "pleroma": f"Ao{number:016d}"}
        return forms.get(self.flavour, f"1170205{number:011d}")

    def add_account(
        self, username: str, *, domain: str = "", permissions: int = INVITE_USERS, approved: bool = True, why: str = ""
    ) -> Account:
        made = Account(self.new_id(), username, self.clock.now(), domain, permissions, approved=approved)
        made.invite_request = why or None
        self.accounts[made.id] = made
        return made

    def find_account(self, name: str) -> Account | None:
        wanted = name.lower()
        return next((one for one in self.accounts.values() if one.acct.lower() == wanted), None)

    def add_status(
        self, account: str, text: str, *, reply_to: str | None = None, visibility: str = "public", spoiler: str = ""
    ) -> Status:
        made = Status(self.new_id(), account, text, self.clock.now(), reply_to, visibility, spoiler)
        made.mentions = self.named(text)
        self.statuses[made.id] = made
        if reply_to is not None:
            self.answers[reply_to] += 1
        if self.me in made.mentions and account != self.me:
            notification = Notification(self.new_id(), "mention", made.id, made.created_at)
            self.notifications[notification.id] = notification
        return made

    def named(self, text: str) -> list[str]:
        names = dict.fromkeys(re.findall(r"(?<![\w/])@(\w+(?:@[\w.-]*\w)?)", text[:2000]))
        accounts = [found for name in names if (found := self.find_account(name))]
        return list(dict.fromkeys(one.id for one in accounts if not one.suspended))

    def edit(self, id: str, text: str) -> None:
        status = self.statuses[id]
        status.text, status.edited_at = text, self.clock.now()

    def delete(self, id: str) -> None:
        """Its notifications go with it, and what answered it stands alone."""
        parent = self.statuses.pop(id).reply_to
        if parent is not None:
            self.answers[parent] -= 1
        self.notifications = {key: one for key, one in self.notifications.items() if one.status != id}
        for status in self.statuses.values():
            if status.reply_to == id:
                status.reply_to = None

    def below(self, id: str) -> list[Status]:
        """All that answers a status, directly or not, in the order of time."""
        answers: dict[str, list[Status]] = {}
        for status in self.statuses.values():
            if status.reply_to is not None:
                answers.setdefault(status.reply_to, []).append(status)
        found, open = [], [id]
        while open:
            for status in answers.get(open.pop(), []):
                found.append(status)
                open.append(status.id)
        return sorted(found, key=lambda status: status.id)

    def above(self, id: str) -> list[Status]:
        """What a status answers, the first one first."""
        found: list[Status] = []
        parent = self.statuses[id].reply_to
        while parent is not None:
            found.append(self.statuses[parent])
            parent = found[-1].reply_to
        return found[::-1]

    def flag(self, status: str, by: str, *, comment: str = "", category: str = "spam") -> Report:
        return self.report(self.statuses[status].account, by, [status], comment=comment, category=category)

    def report(self, target: str, by: str, statuses: list[str], *, comment: str = "", category: str = "spam") -> Report:
        now = self.clock.now()
        made = Report(self.new_id(), by, target, statuses, now, now, comment, category)
        self.reports[made.id] = made
        return made

    def resolve(self, report: Report, by: str) -> None:
        report.action_taken_at = report.updated_at = self.clock.now()
        report.by = by

    def run_plans(self) -> None:
        """Publish what is due."""
        for plan in [plan for plan in self.plans.values() if plan.at <= self.clock.now()]:
            del self.plans[plan.id]
            self.add_status(self.me, str(plan.params["text"]), visibility=str(plan.params["visibility"] or "public"))

    def seed(self, threads: int, answers: int) -> None:
        """Questions to us, by a few people."""
        people = [self.add_account(f"member{number}").id for number in range(10)]
        for number in range(threads):
            first = self.add_status(people[number % 10], f"@{self.accounts[self.me].acct} Question {number}: how?")
            for answer in range(answers):
                name = self.accounts[first.account].acct
                self.add_status(people[answer % 10], f"@{name} Answer {answer} to {number}", reply_to=first.id)


_TOKEN = re.compile(r"https?://[^\s<>\"]{1,5000}|(?<![\w/])@\w+(?:@[\w.-]*\w)?|(?<![\w&#])#\w+")


@lru_cache(maxsize=4096)
def cook(text: str, host: str = "http://127.0.0.1", flavour: str = "mastodon") -> str:
    """Text as the server shows it: links shortened by invisible parts, mentions without their domain."""

    def shown(found: re.Match[str]) -> str:
        token = found[0]
        if token.startswith("@"):
            name, _, domain = token[1:].partition("@")
            href = f"https://{domain}/@{name}" if domain else f"{host}/@{name}"
            return f'<span class="h-card"><a href="{href}" class="u-url mention">@<span>{name}</span></a></span>'
        if token.startswith("#"):
            kind = "hashtag" if flavour == "pleroma" else "mention hashtag"
            return f'<a href="{host}/tags/{token[1:]}" class="{kind}" rel="tag">#<span>{token[1:]}</span></a>'
        scheme, rest = token.split("://", 1)
        visible, hidden = html.escape(rest[:30]), html.escape(rest[30:])
        parts = f'<span class="invisible">{scheme}://</span><span class="ellipsis">{visible}</span>'
        return f'<a href="{html.escape(token)}">{parts}<span class="invisible">{hidden}</span></a>'

    out, last = [], 0
    for found in _TOKEN.finditer(text):
        out += [html.escape(text[last : found.start()], quote=False), shown(found)]
        last = found.end()
    whole = "".join([*out, html.escape(text[last:], quote=False)])
    paragraphs = re.split(r"\n\n+", whole.strip("\n"))
    return "".join(f"<p>{part.replace(chr(10), '<br />')}</p>" for part in paragraphs)
