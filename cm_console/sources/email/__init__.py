"""One mailbox as an inbox: IMAP to read it, SMTP to answer; TLS always.

Threads come from References and In-Reply-To; an answer that names nothing joins the newest conversation of its subject
with the same person within 60 days. Read are one folder (INBOX) and Sent, so that answers written elsewhere count; the
same Message-ID twice is one message. What appears in Junk or Trash goes here too; what is archived or filed in another
folder stays as it was; what is expunged without going through Trash is not noticed. `$CMDone` on all messages of a
thread closes it, also when a colleague's console set it, where the server numbers changes (CONDSTORE). Automatic
answers, newsletters and bounces are read as written by machines, so nobody has to answer them; but a bounce of an
answer of ours brings its thread back. Mail through a list is public, all other mail is direct. Attachments are listed
by name and never opened; of quotes longer than 8 lines the first 3 stay, of a message at most the first 256 kB. Spam is
moved to Junk and what is removed to Trash: one mail, or all that others wrote in a thread.

A new mail is published to the address in `place`, or written to a member, who is known by the address; the thread it
begins is the conversation. Neither goes to a machine, and what is for one member never to a list the mailbox knows.
An answer goes to Reply-To or From, never to a no-reply or bounce address. Its Message-ID comes from the action, and its
copy stands in Sent, marked as a draft, before it is sent; the mark goes when the server has taken it. If the connection
breaks after the last byte, it has surely gone out when Sent shows it unmarked or anything in the mailbox names it, and
surely not when there is no copy; in between you are asked, unless the server files sent mail itself (`copies`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cm_console.model.action import SAFE, Action, Receipt, Replay, Verb, find
from cm_console.model.errors import Refused
from cm_console.model.settings import Secret, setting
from cm_console.model.source import Budget, Cursor, Feed, Identity, Page
from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.sources.email.account import Account

__all__ = ["Email", "EmailSettings"]


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """What `source add email` asks for."""

    address: str = setting("The mailbox's address: answers come from it.", example="help@example.org")
    imap: str = setting(
        "The IMAP server: NAME means TLS on port 993, starttls://NAME port 143 and STARTTLS, which must succeed.",
        where="your provider's help page on mail programs",
        example="imap.example.org",
    )
    password: Secret = setting(  # noqa: RUF009  a Secret cannot change
        "The mailbox's password; where the provider has two-step login, an app password made for this program.",
        where="Gmail: Google Account > Security > App passwords. Fastmail: Settings > Privacy & Security > App"
        " passwords (IMAP and SMTP). iCloud: account.apple.com > App-Specific Passwords. Own server: its password",
        example="env:HELP_PASSWORD",
    )
    smtp: str = setting(
        "The SMTP server for answers: NAME means TLS on port 465, NAME:587 STARTTLS. Without it nothing is sent.",
        where="the same page, under outgoing mail",
        example="smtp.example.org:587",
        default="",
    )
    login: str = setting("The login, where it is not the address.", example="help", default="")
    name: str = setting("The name beside the address in answers.", example="Example Bikes", default="")
    aliases: str = setting(
        "Other addresses of this mailbox, with spaces between: what they write is ours too.",
        example="info@example.org sales@example.org",
        default="",
    )
    history: int = setting("Days to go back on the first sync; 0 is everything.", example="365", default=365)
    folder: str = setting("The folder that is the inbox.", example="INBOX", default="INBOX")
    sent: str = setting("The folder of sent mail, where the server does not mark one.", example="Sent", default="")
    junk: str = setting("The folder of spam, where the server does not mark one.", example="Junk", default="")
    trash: str = setting(
        "Where removed mail goes, where the server marks no Trash; Archive is possible too.",
        example="Trash",
        default="",
    )
    copies: str = setting(
        "Who puts an answer into Sent: us, the server, or auto (the server at Gmail, Outlook and Exchange Online).",
        example="auto",
        default="auto",
    )
    self_copy: bool = setting(
        "Send a hidden copy of each answer to the mailbox itself: its arrival proves that an answer went out whose"
        " confirmation was lost.",
        example="false",
        default=False,
    )
    quote: bool = setting("Quote the message below the answer.", example="true", default=True)
    ca: str = setting(
        "A file with the certificate of the authority, for a server of your own.", example="~/ca.pem", default=""
    )
    insecure: bool = setting(
        "Allow plain:// servers outside this machine: password and mail can be read on the way.",
        example="false",
        default=False,
    )


class Email:
    """One mailbox by IMAP and SMTP."""

    name: ClassVar[str] = "email"
    settings: ClassVar[type] = EmailSettings
    feeds: ClassVar[frozenset[Feed]] = frozenset({Feed.THREADS})
    verbs: ClassVar[Mapping[Verb, Replay]] = {
        **dict.fromkeys((Verb.REPLY, Verb.PUBLISH, Verb.MESSAGE), find(settle=300.0)),
        **dict.fromkeys((Verb.SPAM, Verb.REMOVE, Verb.RESTORE, Verb.CLOSE, Verb.REOPEN), SAFE),
    }

    def __init__(self, settings: EmailSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._made: Account | None = None

    @property
    def budget(self) -> Budget | None:
        """Mail servers tell none."""
        return None

    async def check(self) -> Identity:
        """Log in to both servers and look which folders and rights there are."""
        from cm_console.sources.email.identity import identity

        return await identity(self._account, self.feeds, frozenset(self.verbs))

    def pull(self, feed: Feed, cursor: Cursor | None) -> AsyncGenerator[Page, None]:
        """Yield what is new, then, the first time, what is older, the newest first."""
        from cm_console.sources.email.pulling import Pull

        if feed is not Feed.THREADS:
            raise Refused(f"a mailbox has no {feed}")
        return Pull(self._account, cursor).pages()

    async def push(self, action: Action) -> Receipt:
        """Answer by SMTP, or move and flag what is in the mailbox."""
        from cm_console.sources.email.carrying import carry_out

        return await carry_out(self._account, action)

    async def find(self, action: Action) -> Receipt | None:
        """Look whether an answer went out; Refused where nobody can know."""
        from cm_console.sources.email import looking

        return await looking.find(self._account, action)

    async def close(self) -> None:
        """End the sessions."""
        if self._made is not None:
            self._made.close()
            await asyncio.sleep(0)  # the loop lets go of what is closed

    @property
    def _account(self) -> Account:
        if self._made is None:
            from cm_console.sources.email.account import Account

            self._made = Account(self._settings, self._clock)
        return self._made
