"""A stateful stand-in for Mailman 3 with HyperKitty; also a program: `python -m tests.servers.mailman --help`.

It answers what the source asks, as the real ones do where that matters: forms, `count` and `page`, no `entries` where
there are none, 404 for what was decided, numbers of held messages given again, requests that a list makes of an
unsubscription nobody approved, bans that refuse a second time, an archive with masked addresses and no bodies in lists.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Sequence
from re import Match
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from cm_console.model.time import SystemClock
from tests.servers import mailman_json as shown
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen
from tests.servers.mailman_smtp import SmtpServer
from tests.servers.mailman_world import MailList, Member, World, letter
from tests.servers.routes import Routes

USER, PASSWORD = "restadmin", "rest-pass-0f-mailman"
TEAM = "team@ex.test"
CORE, ARCHIVE = "/3.1", "/archives/api"
T = TypeVar("T")
route = Routes["MailmanServer"]()


class Refusal(Exception):
    """A refusal as core words it."""

    def __init__(self, status: int, words: str = "") -> None:
        super().__init__(words)
        self.status = status


class MailmanServer(LoopbackServer):
    """Mailman core and HyperKitty on one port, and a mail server on another that brings lists their mail.

    Attributes:
        password: the one that works; change it to make ours worthless.
        bare: HyperKitty gives whole arrays whatever limit is asked for.
        doubles: say everything twice in so many of the next lists.
    """

    def __init__(self, clock: Now, *, delay: float = 0.0) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock, self.world = clock, World(clock)
        self.password, self.bare, self.doubles = PASSWORD, False, 0
        self.smtp = SmtpServer(self.deliver)
        self.private: list[tuple[str, bytes]] = []

    async def start(self, port: int = 0) -> None:
        """Open both ports."""
        await super().start(port)
        await self.smtp.start()

    async def stop(self) -> None:
        """Close both."""
        await super().stop()
        await self.smtp.stop()

    async def quiet(self) -> None:
        """Let what was begun be done."""
        await super().quiet()
        await self.smtp.quiet()

    def deliver(self, recipient: str, raw: bytes) -> None:
        """A mail to a list goes there, any other into `private`."""
        for place in self.world.lists.values():
            if place.address == recipient.lower():
                self.world.receive(place, raw)
                return
        self.private.append((recipient, raw))

    def handle(self, seen: Seen) -> Reply:
        """Answer one request."""
        try:
            if seen.path.startswith(CORE):
                self._admit(seen)
            reply = route.answer(self, seen, seen.path)
            if reply is None:
                raise Refusal(404)
            return reply
        except Refusal as refusal:
            problem = {"title": f"{refusal.status} No"} | ({"description": str(refusal)} if str(refusal) else {})
            return Reply(problem, refusal.status)

    def _admit(self, seen: Seen) -> None:
        scheme, _, packed = seen.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(packed).decode() != f"{USER}:{self.password}":
            raise Refusal(401, "REST API authorization failed")

    def page(self, seen: Seen, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Some of a list of core's."""
        made = shown.page(entries, int(seen.one("count", "0")), int(seen.one("page", "1")))
        if self.doubles and "entries" in made:
            self.doubles -= 1
            made["entries"] = made["entries"] + made["entries"]
        return made

    def slice(self, seen: Seen, items: Sequence[T], show: Callable[[T], dict[str, Any]]) -> object:
        """Some of a list of the archive's."""
        if self.bare or "limit" not in seen.query:
            return [show(item) for item in items]
        start, size = int(seen.one("offset", "0")), int(seen.one("limit"))
        results = [show(item) for item in items[start : start + size]]
        if self.doubles:
            self.doubles -= 1
            results = results + results
        return {"count": len(items), "next": None, "previous": None, "results": results}


def form(seen: Seen) -> dict[str, str]:
    """The fields of a form; core reads nothing else."""
    if seen.headers.get("content-type") != "application/x-www-form-urlencoded":
        raise Refusal(400, "a form is expected")
    return dict(parse_qsl(seen.body.decode(), keep_blank_values=True))


def place_of(server: MailmanServer, match: Match[str]) -> MailList:
    found = server.world.lists.get(match["list"])
    if found is None:
        raise Refusal(404)
    return found


@route("GET", f"{CORE}/system/versions")
def versions(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    return shown.tag({"mailman_version": "GNU Mailman 3.3.10 (Tom Sawyer)", "api_version": "3.1"})


@route("GET", f"{CORE}/lists")
def lists(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    return server.page(seen, [shown.mail_list(place, server.url) for place in server.world.lists.values()])


@route("GET", f"{CORE}/lists/{{list}}")
def one_list(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    """By its id or, as everywhere, by its address."""
    for place in server.world.lists.values():
        if match["list"] in (place.id, place.address):
            return shown.tag(shown.mail_list(place, server.url))
    raise Refusal(404)


@route("GET", f"{CORE}/lists/{{list}}/roster/{{role}}")
def roster(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    found = [one for one in place_of(server, match).members if one.role == match["role"]]
    return server.page(seen, [shown.member(one, server.url) for one in sorted(found, key=lambda one: one.email)])


@route("GET", f"{CORE}/lists/{{list}}/(?P<role>member|nonmember|owner|moderator)/{{email}}")
def on_list(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    found = place_of(server, match).on(match["email"], match["role"])
    if found is None:
        raise Refusal(404)
    return shown.tag(shown.member(found, server.url))


@route("GET", f"{CORE}/addresses/{{email}}")
def address(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    known = server.world.known.get(match["email"])
    if known is None:
        raise Refusal(404)
    return shown.tag({"email": match["email"], "display_name": known[0], "registered_on": shown.at(known[1])})


@route("GET", f"{CORE}/lists/{{list}}/held")
def held(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = place_of(server, match)
    return server.page(seen, [shown.held(one, place, server.url) for _, one in sorted(place.held.items())])


@route("GET", f"{CORE}/lists/{{list}}/held/count")
def held_count(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    return shown.tag({"count": len(place_of(server, match).held)})


@route("GET", f"{CORE}/lists/{{list}}/held/{{request}}")
def held_message(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = place_of(server, match)
    found = place.held.get(int(match["request"]))
    if found is None:
        raise Refusal(404, "404 Not Found")
    return shown.tag(shown.held(found, place, server.url))


@route("POST", f"{CORE}/lists/{{list}}/held/{{request}}")
def handle_held(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place, fields = place_of(server, match), form(seen)
    if fields.get("action") not in ("accept", "reject", "discard", "defer", "hold") or fields.keys() - {
        "action",
        "comment",
        "forward",
    }:
        raise Refusal(400, "Invalid Parameter")
    found = place.held.get(int(match["request"]))
    if found is None:
        raise Refusal(404, "404 Not Found")
    server.world.handle(place, found, fields["action"], fields.get("comment", ""))
    return Reply(None, 204)


@route("GET", f"{CORE}/lists/{{list}}/requests")
def requests(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place, kind, owner = place_of(server, match), seen.one("request_type", "subscription"), seen.one("token_owner")
    found = [one for one in place.wishes.values() if one.kind == kind and owner in ("", one.owner)]
    return server.page(seen, [shown.wish(one, place) for one in found])


@route("GET", f"{CORE}/lists/{{list}}/requests/{{token}}")
def request(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = place_of(server, match)
    if match["token"] not in place.wishes:
        raise Refusal(404, "404 Not Found")
    return shown.tag(shown.wish(place.wishes[match["token"]], place))


@route("POST", f"{CORE}/lists/{{list}}/requests/{{token}}")
def handle_request(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place, fields = place_of(server, match), form(seen)
    wish = place.wishes.get(match["token"])
    if wish is None:
        raise Refusal(404, "404 Not Found")
    if fields["action"] == "defer":
        return Reply(None, 204)
    if fields["action"] == "accept" and wish.kind == "subscription":
        if place.on(wish.email, "member"):
            raise Refusal(409, "Already subscribed")
        server.world.add_member(place, wish.email, wish.name)
    elif fields["action"] == "accept" and (leaver := place.on(wish.email, "member")):
        server.world.remove(leaver)
    elif fields["action"] == "reject":
        server.world.sent.append((wish.email, "Subscription request rejected", fields.get("reason", "")))
    del place.wishes[wish.token]
    return Reply(None, 204)


@route("GET", f"{CORE}(?:/lists/(?P<list>[^/]+))?/bans/{{email}}")
def banned(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    if not _is_banned(server, match, match["email"]):
        raise Refusal(404, f"Email is not banned: {match['email']}")
    return shown.tag({"email": match["email"]})


@route("POST", f"{CORE}(?:/lists/(?P<list>[^/]+))?/bans")
def ban(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    address = form(seen)["email"]
    if _is_banned(server, match, address):
        raise Refusal(400, "Address is already banned")
    _bans(server, match).add(address)
    return Reply(None, 201)


@route("DELETE", f"{CORE}(?:/lists/(?P<list>[^/]+))?/bans/{{email}}")
def unban(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    if not _is_banned(server, match, match["email"]):
        raise Refusal(404, f"Email is not banned: {match['email']}")
    _bans(server, match).discard(match["email"])
    return Reply(None, 204)


@route("PATCH", f"{CORE}/members/{{id}}")
def moderate(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    _member(server, match).action = form(seen)["moderation_action"]
    return Reply(None, 204)


@route("DELETE", f"{CORE}/members/{{id}}")
def remove(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    member, fields = _member(server, match), form(seen)
    if fields.get("pre_approved") != "True":
        wish = server.world.wish(server.world.lists[member.list_id], member.email, kind="unsubscription")
        return Reply({"token": wish.token, "token_owner": "moderator"}, 202)
    server.world.remove(member)
    return Reply(None, 204)


@route("GET", f"{ARCHIVE}/lists/")
def archives(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    found = [place for place in server.world.lists.values() if place.public and place.archive]
    return server.slice(seen, found, lambda place: {"name": place.address, "display_name": place.id})


@route("GET", f"{ARCHIVE}/list/{{address}}/emails/")
def mails(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = _archive(server, match, 500)
    return server.slice(seen, place.archive[::-1], lambda one: shown.short(one, place, _base(server)))


@route("GET", f"{ARCHIVE}/list/{{address}}/email/{{hash}}/")
def mail(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = _archive(server, match)
    found = place.mail(match["hash"])
    if found is None:
        raise Refusal(404, "Not found.")
    return shown.whole(found, place, _base(server))


@route("GET", f"{ARCHIVE}/list/{{address}}/thread/{{thread}}/")
def thread(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    found = shown.thread(match["thread"], _archive(server, match), _base(server))
    if found is None:
        raise Refusal(404, "Not found.")
    return found


@route("GET", f"{ARCHIVE}/list/{{address}}/thread/{{thread}}/emails/")
def thread_mails(server: MailmanServer, seen: Seen, match: Match[str]) -> object:
    place = _archive(server, match, 500)
    found = [one for one in place.archive if one.thread == match["thread"]]
    return server.slice(seen, found, lambda one: shown.short(one, place, _base(server)))


def _base(server: MailmanServer) -> str:
    return f"{server.url}{ARCHIVE}"


def _archive(server: MailmanServer, match: Match[str], status: int = 404) -> MailList:
    place = next((one for one in server.world.lists.values() if one.address == match["address"]), None)
    if place is None or not place.archive:
        raise Refusal(status)  # HyperKitty's lists of mails fail where there is none yet
    if not place.public:
        raise Refusal(403, "You do not have permission to perform this action.")
    return place


def _bans(server: MailmanServer, match: Match[str]) -> set[str]:
    return server.world.bans if match["list"] is None else place_of(server, match).bans


def _is_banned(server: MailmanServer, match: Match[str], address: str) -> bool:
    bans = _bans(server, match) | server.world.bans
    return address in bans or any(re.match(one, address) for one in bans if one.startswith("^"))


def _member(server: MailmanServer, match: Match[str]) -> Member:
    found = server.world.member(match["id"])
    if found is None:
        raise Refusal(404, "404 Not Found")
    return found


def furnish(server: MailmanServer, mails: int) -> MailList:
    """A small community to try things on by hand."""
    world = server.world
    place = world.add_list("talk@lists.ex.test")
    for name in ("ann", "bob", "cleo"):
        world.add_member(place, f"{name}@ex.test", name.title())
    world.add_member(place, TEAM, "Team")
    world.add_member(place, "mod@ex.test", "Mo", role="moderator")
    for number in range(mails):
        asked = world.add_mail(place, "ann@ex.test", "Ann", f"Question {number}", "How do I get started?")
        text = "> How do I get started?\n\nRead the first page of the manual."
        world.add_mail(place, "bob@ex.test", "Bob", f"Re: Question {number}", text, parent=asked)
    for number in range(3):
        words = f"Buy followers at evil{number}.test"
        world.hold(
            place, letter(f"s{number}@evil.test", place.address, f"Offer {number}", words, f"s{number}@evil.test")
        )
    world.wish(place, "dora@ex.test", "Dora")
    return place


async def serve(arguments: argparse.Namespace) -> None:
    """Until interrupted."""
    server = MailmanServer(SystemClock(), delay=arguments.delay_ms / 1000)
    furnish(server, arguments.mails)
    await server.start(arguments.port)
    archive, smtp = f"{server.url}/archives", f"plain://127.0.0.1:{server.smtp.port}"
    print(f"url={server.url} archive={archive} smtp={smtp} sender={TEAM}", flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.mailman --port 0 --mails 20`; the account is USER with PASSWORD."""
    parser = argparse.ArgumentParser(description=f"A Mailman stand-in; account {USER}, password {PASSWORD}.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--mails", type=int, default=20)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
