"""A Mailman in memory: lists with members, what they hold, who wants in, bans, and the archive of each list."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count

from cm_console.model.time import Instant
from cm_console.sources.mailman.ids import bare, hash_of
from tests.servers.loopback import Now

HOLD, ACCEPT = "hold", "accept"


@dataclass
class Member:
    """Somebody on a list."""

    id: str
    email: str
    list_id: str
    role: str = "member"
    name: str = ""
    action: str = ""


@dataclass
class Held:
    """A message that waits for a moderator."""

    request: int
    sender: str
    subject: str
    message_id: str
    raw: str
    at: Instant
    reasons: list[object] = field(default_factory=lambda: ["The message is not from a list member"])


@dataclass
class Wish:
    """Somebody wants in, or out."""

    token: str
    email: str
    name: str
    at: Instant
    kind: str = "subscription"
    owner: str = "moderator"


@dataclass
class Mail:
    """A mail in the archive; `parent` and `thread` are hashes."""

    hash: str
    message_id: str
    sender: str
    name: str
    subject: str
    text: str
    at: Instant
    thread: str
    parent: str | None = None
    files: list[tuple[str, str, int]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)


@dataclass
class MailList:
    """One list; `public` says whether its archive is."""

    id: str
    address: str
    members: list[Member] = field(default_factory=list)
    held: dict[int, Held] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    bans: set[str] = field(default_factory=set)
    archive: list[Mail] = field(default_factory=list)
    public: bool = True
    _by_hash: dict[str, Mail] = field(default_factory=dict)

    def on(self, address: str, role: str) -> Member | None:
        """Somebody by address and role."""
        return next((one for one in self.members if one.email == address and one.role == role), None)

    def add(self, mail: Mail) -> None:
        """A mail comes into the archive."""
        self.archive.append(mail)
        self._by_hash[mail.hash] = mail
        if (parent := self._by_hash.get(mail.parent or "")) is not None:
            parent.children.append(mail.hash)

    def delete(self, hash: str) -> None:
        """Somebody deletes a mail from the archive."""
        self.archive.remove(self._by_hash.pop(hash))

    def mail(self, hash: str) -> Mail | None:
        """A mail in the archive."""
        return self._by_hash.get(hash)


class World:
    """Everything on one server. `sent` is the mail Mailman sent by itself: (to, subject, words)."""

    def __init__(self, clock: Now) -> None:
        self.clock = clock
        self.lists: dict[str, MailList] = {}
        self.known: dict[str, tuple[str, Instant]] = {}
        self.bans: set[str] = set()
        self.sent: list[tuple[str, str, str]] = []
        self._numbers = count(1)

    def add_list(self, address: str) -> MailList:
        """A new list."""
        address = address.lower()
        made = self.lists[address.replace("@", ".")] = MailList(address.replace("@", "."), address)
        return made

    def add_member(self, place: MailList, address: str, name: str = "", *, role: str = "member") -> Member:
        """Somebody joins."""
        self.known.setdefault(address, (name, self.clock.now()))
        made = Member(f"{next(self._numbers):032x}", address, place.id, role, name)
        place.members.append(made)
        return made

    def member(self, id: str) -> Member | None:
        """Somebody on a list, by id."""
        return next((one for place in self.lists.values() for one in place.members if one.id == id), None)

    def remove(self, member: Member) -> None:
        """Somebody leaves; a list says goodbye."""
        self.lists[member.list_id].members.remove(member)
        self.sent.append((member.email, f"You have been unsubscribed from {member.list_id}", ""))

    def wish(self, place: MailList, address: str, name: str = "", *, kind: str = "subscription") -> Wish:
        """Somebody asks the moderators."""
        self.known.setdefault(address, (name, self.clock.now()))
        made = Wish(f"{next(self._numbers):040x}", address, name, self.clock.now(), kind)
        place.wishes[made.token] = made
        return made

    def receive(self, place: MailList, raw: bytes) -> None:
        """A mail comes in: it is thrown away, held, or goes out."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        sender = str(message["From"].addresses[0].addr_spec).lower()
        self.known.setdefault(sender, ("", self.clock.now()))
        if sender in place.bans | self.bans:
            return
        member = place.on(sender, "member") or place.on(sender, "nonmember")
        if member is None:
            member = self.add_member(place, sender, role="nonmember")
        if member.action == HOLD or (member.role == "nonmember" and member.action != ACCEPT):
            self.hold(place, message)
        else:
            self.archive(place, message)

    def hold(self, place: MailList, message: EmailMessage) -> Held:
        """Like Mailman on SQLite: the highest number is given again once it is free."""
        request = max(place.held, default=0) + 1
        sender = str(message["From"].addresses[0].addr_spec).lower()
        subject, id = str(message["Subject"]), str(message["Message-ID"])
        made = Held(request, sender, subject, id, message.as_string(), self.clock.now())
        place.held[request] = made
        return made

    def handle(self, place: MailList, held: Held, action: str, comment: str) -> None:
        """What a moderator decides about a held message."""
        if action in ("defer", "hold"):
            return
        del place.held[held.request]
        if action == "accept":
            self.archive(place, _message(held.raw))
        elif action == "reject":
            self.sent.append((held.sender, f'Request to mailing list "{place.id}" rejected', comment))

    def archive(self, place: MailList, message: EmailMessage) -> Mail | None:
        """It goes out to everybody, and into the archive unless it stands there already."""
        id = bare(str(message["Message-ID"]))
        if place.mail(hash_of(id)) is not None:
            return None
        answered = [hash_of(one) for one in str(message.get("References", message.get("In-Reply-To", ""))).split()]
        parent = next((mail for hash in reversed(answered) if (mail := place.mail(hash))), None)
        who, date = message["From"].addresses[0], message["Date"]
        at = Instant(int(date.datetime.timestamp() * 1000)) if date else self.clock.now()
        body = message.get_body(("plain",))
        text = str(body.get_content()).rstrip("\n") if body is not None else ""
        subject, sender = str(message["Subject"]), str(who.addr_spec).lower()
        return self.add_mail(place, sender, who.display_name, subject, text, parent=parent, id=id, at=at)

    def add_mail(
        self,
        place: MailList,
        sender: str,
        name: str,
        subject: str,
        text: str,
        *,
        parent: Mail | None = None,
        id: str = "",
        at: Instant | None = None,
    ) -> Mail:
        """A mail straight into the archive."""
        self.known.setdefault(sender, ("", self.clock.now()))
        id = id or f"m{next(self._numbers)}@ex.test"
        hash, written = hash_of(id), self.clock.now() if at is None else at
        thread, above = (parent.thread, parent.hash) if parent else (hash, None)
        made = Mail(hash, id, sender, name, subject, text, written, thread, above)
        place.add(made)
        return made


def _message(raw: str) -> EmailMessage:
    made = email.message_from_string(raw, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def letter(
    sender: str, to: str, subject: str, text: str, id: str, *, answers: str = "", name: str = ""
) -> EmailMessage:
    """A mail as people write them."""
    made = EmailMessage()
    made["From"] = f"{name} <{sender}>" if name else sender
    made["To"], made["Subject"], made["Message-ID"] = to, subject, f"<{id}>"
    if answers:
        made["In-Reply-To"] = f"<{answers}>"
    made.set_content(text)
    return made
