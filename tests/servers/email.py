"""Mail servers to try the email source by hand: `python -m tests.servers.email --imap 1143 --smtp 1587`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

from cm_console.model.time import HOUR, Instant, SystemClock
from tests.servers.email_bench import PASSWORD, US, mail
from tests.servers.email_imap import ImapServer
from tests.servers.email_smtp import SmtpServer
from tests.servers.email_world import MailWorld


def furnished(threads: int) -> MailWorld:
    """A mailbox with some conversations, a newsletter and an automatic answer."""
    clock = SystemClock()
    world = MailWorld(clock)
    now = clock.now()
    for number in range(threads):
        at = Instant(now - (threads - number) * 3 * HOUR)
        id = f"q{number}@members.test"
        who = f"Member {number % 7} <member{number % 7}@members.test>"
        text = f"Hello,\n\nmy bike number {number} makes a noise.\nWhat can I do?\n\n-- \nMember {number % 7}"
        world.put("INBOX", mail(id, who, f"Noise of bike {number}", text, at), at=at)
        if number % 3 == 0:
            later = Instant(at + HOUR)
            raw = mail(f"a{number}@bikes.test", US, f"Re: Noise of bike {number}", "Oil it.", later, id, to=who)
            world.put("Sent", raw, "\\Seen", at=later)
    bulk = "List-Unsubscribe: <mailto:off@shop.test>\r\nPrecedence: bulk"
    world.put("INBOX", mail("n@shop.test", "Shop <news@shop.test>", "10 % off!", "Buy now", now, more=bulk))
    away = "Auto-Submitted: auto-replied"
    raw = mail("v@members.test", "member0@members.test", "Away", "I am away", now, "q0@members.test", more=away)
    world.put("INBOX", raw)
    return world


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until interrupted."""
    world = furnished(arguments.threads)
    imap = ImapServer(world, US, arguments.password)
    smtp = SmtpServer(world, US, arguments.password, files=arguments.files)
    await imap.start(arguments.imap)
    await smtp.start(arguments.smtp)
    print(f"imap=plain://127.0.0.1:{imap.port} smtp=plain://127.0.0.1:{smtp.port} address={US}", flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """Both servers on one mailbox."""
    parser = argparse.ArgumentParser(description="An IMAP and an SMTP stand-in on loopback.")
    parser.add_argument("--imap", type=int, default=0)
    parser.add_argument("--smtp", type=int, default=0)
    parser.add_argument("--threads", type=int, default=30)
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("--files", action="store_true", help="file sent mail as Gmail does")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
