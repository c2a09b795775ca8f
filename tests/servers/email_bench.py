"""The stand-in mail servers as a bench for SourceContract: members write mails, a colleague throws one away."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, ClassVar, Self

from cm_console.model.action import Action, Verb
from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import SECOND, Instant
from cm_console.sources.email import Email, EmailSettings
from cm_console.sources.mail.bodies import text_of
from cm_console.testing.bench import Bench
from tests.servers.email_imap import ImapServer
from tests.servers.email_smtp import SmtpServer
from tests.servers.email_world import MailWorld
from tests.servers.loopback_bench import refuse_next_connection

US, PASSWORD = "help@bikes.test", "correct horse 🐴"
ANN = "ann@ann.test"
_READ = ("INBOX", "Sent")


def mail(
    id: str, sender: str, subject: str, text: str, at: Instant, *answers: str, to: str = US, more: str = ""
) -> bytes:
    """A mail as somebody's program would write it; `answers` are the ids it refers to, the oldest first."""
    lines = [f"Message-ID: <{id}>", f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    lines += [f"Date: {formatdate(at / SECOND)}", "MIME-Version: 1.0"]
    if answers:
        lines += [f"In-Reply-To: <{answers[-1]}>", "References: " + "\r\n ".join(f"<{id}>" for id in answers)]
    lines += [more] if more else []
    body = encodebytes(text.encode("utf-8", "surrogatepass")).replace(b"\n", b"\r\n")
    kind = "" if "content-type:" in more.lower() else "Content-Type: text/plain; charset=utf-8\r\n"
    head = "\r\n".join(lines) + f"\r\n{kind}Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + body


class EmailBench(Bench):
    """One mailbox on servers that file sent mail themselves."""

    kind: ClassVar[SourceKind] = Email
    cannot: ClassVar[Mapping[str, str]] = {
        "add_member": "a mailbox has no members but those who wrote to it",
        "edit_post": "mail is never edited",
        "add_report": "a mailbox has no reports",
        "colleague_acts": "a mailbox has no reports",
        "throttle_next": "mail servers do not say until when",
    }
    idle_cost: ClassVar[int] = 9
    news_cost: ClassVar[int] = 18
    stride: ClassVar[int] = 2
    secrets = (PASSWORD,)
    place = "ops@ops.test"
    settings: ClassVar[Mapping[str, Any]] = {"copies": "server"}

    def __init__(self) -> None:
        super().__init__()
        self.world = MailWorld(self.clock)
        self.imap = ImapServer(self.world, US, PASSWORD)
        self.smtp = SmtpServer(self.world, US, PASSWORD, files=self.settings.get("copies") == "server")
        self.threads: dict[str, list[str]] = {}
        self._restore_connections: Callable[[], None] = lambda: None

    async def start(self) -> Self:
        """Listen."""
        await self.imap.start()
        await self.smtp.start()
        return self

    def source(self, **changed: Any) -> Email:
        """A source on this mailbox."""
        places = {"imap": f"plain://127.0.0.1:{self.imap.port}", "smtp": f"plain://127.0.0.1:{self.smtp.port}"}
        values = {"address": US, "password": Secret(PASSWORD), "history": 0, **places, **self.settings, **changed}
        return Email(EmailSettings(**values), self.clock)

    async def close(self) -> None:
        """Stop listening."""
        self._restore_connections()
        await self.imap.stop()
        await self.smtp.stop()

    async def quiet(self) -> None:
        """What was begun is done."""
        await self.smtp.quiet()

    def speaks(self, text: str) -> bool:
        """Of longer mails only the beginning is read; see tests/unit/test_email_pulls.py."""
        return len(text) < 100_000

    @property
    def requests(self) -> int:
        """Commands, of both kinds."""
        return len(self.imap.seen) + len(self.smtp.seen)

    async def told(self, member: str) -> list[str]:
        """What was handed over for this address and nobody else, ourselves apart."""
        handed = [(set(recipients) - {US}, raw) for _, recipients, raw in self.world.handed]
        return [text_of(raw) for to, raw in handed if to == {member}]

    async def action(self, verb: Verb, *, target: Ref | None = None, report: str | None = None) -> Action:
        """Who is written to is whoever has an address."""
        if verb is Verb.MESSAGE and target is None:
            target = Ref(Kind.MEMBER, f"person{next(self.world.numbers)}@people.test")
        return await super().action(verb, target=target, report=report)

    async def truth(self) -> Mapping[Ref, Record]:
        """What stands in the inbox and in Sent."""
        found: dict[Ref, Record] = {}
        done: dict[str, list[bool]] = {}
        for box in _READ:
            for one in self.world.boxes[box].mails:
                sender = US if box == "Sent" else str(one.message["from"])
                thread = next((t for t, ids in self.threads.items() if one.id in ids), "")
                thread = thread or str(one.message.get("references", one.id)).split()[0].strip("<>")
                found[Ref(Kind.MEMBER, sender)] = Member(sender, Untrusted(sender))
                text = Untrusted(text_of(one.raw))
                held = "\\Draft" in one.flags and self.world.boxes["INBOX"].by_id(one.id) is None
                state = PostState.HELD if held else PostState.VISIBLE
                found[Ref(Kind.POST, one.id)] = Post(one.id, thread, sender, one.at, text, state=state)
                if box == "INBOX":
                    done.setdefault(thread, []).append("$CMDone" in one.flags)
                closed = all(done.get(thread, [False]))
                title = str(one.message["subject"]).removeprefix("Re: ")
                found[Ref(Kind.THREAD, thread)] = Thread(thread, Untrusted(title), sender, one.at, closed=closed)
        return found

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann writes to us, and goes on writing."""
        number = next(self.world.numbers)
        id = f"thread{number}@ann.test"
        self.threads[id] = [id]
        now = self.clock.now()
        self.world.put("INBOX", mail(id, ANN, f"A question {number}", text or self.fresh("Some words"), now), at=now)
        for _ in range(posts - 1):
            await self.add_post(id, self.fresh("Some more words"))
        return id

    async def add_post(self, thread: str, text: str) -> str:
        """Ann writes again in the same thread."""
        id = f"post{next(self.world.numbers)}@ann.test"
        subject = "Re: A question " + thread.removeprefix("thread").partition("@")[0]
        self.threads.setdefault(thread, []).append(id)
        now = self.clock.now()
        self.world.put("INBOX", mail(id, ANN, subject, text, now, thread), at=now)
        return id

    async def delete_post(self, post: str) -> None:
        """A colleague throws it away."""
        for box in _READ:
            if found := self.world.boxes[box].by_id(post):
                self.world.move(box, found, "Trash")

    async def drop_next(self) -> None:
        """No open connection is left, and the next attempt to make one is refused."""
        await self.imap.hang_up()
        self._restore_connections = refuse_next_connection()

    async def fail_next(self) -> None:
        """The server is in trouble."""
        self.imap.plan("fail", _is_work)

    async def refuse_next(self) -> None:
        """NO."""
        self.imap.plan("refuse", _is_work)

    async def lose_next_answer(self) -> None:
        """The message is taken, or the mail moved or marked, and nobody hears it."""
        self._at_first("lose", self._is_change)

    async def garble_next_answer(self) -> None:
        """The next look at a folder, or the answer to the next message, is garbage."""
        self._at_first("garble", lambda command: command.startswith("STATUS"))

    def _is_change(self, command: str) -> bool:
        return command.startswith(("UID MOVE", "UID STORE", "UID COPY"))

    def _at_first(self, fault: str, wanted: Callable[[str], bool]) -> None:
        """A fault at the first command of IMAP that is wanted or the end of the next message, whichever comes first."""
        spent: list[str] = []

        def first(command: str, *, wanted: bool) -> bool:
            if wanted and not spent:
                spent.append(command)
                return True
            return False

        self.imap.plan(fault, lambda command: first(command, wanted=wanted(command)))
        self.smtp.plan(fault, lambda command: first(command, wanted=command == "the final dot"))

    async def repeat_next_page(self) -> None:
        """Everything in the next answer twice."""
        self.imap.plan("repeat", lambda command: "BODY.PEEK[]" in command)
        self.imap.plan("repeat", lambda command: "HEADER.FIELDS" in command)

    async def unauthorized(self) -> None:
        """The password was changed, the sessions ended."""
        self.imap.password = "another one"
        await self.imap.hang_up()

    def asked(self, *parts: str) -> list[str]:
        """The commands that hold all of these."""
        return [command for command in self.imap.seen if all(part in command for part in parts)]


def _is_work(command: str) -> bool:
    return not command.startswith(("CAPABILITY", "AUTHENTICATE", "LOGIN", "ID"))
