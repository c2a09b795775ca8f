"""A stateful stand-in for Synapse on loopback; also a program: `python -m tests.servers.matrix --help`.

It answers what the source asks, the way Synapse 1.163 does where that matters (seen on a real one, see tests/live): the
same transaction id answers with the first event whatever the body says; creators of version 12 rooms have power that no
list shows; `to` of /messages, filters and `limited`; reports vanish when decided; delayed events; admin rights.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
from collections.abc import Callable
from re import Match
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from cm_console.model.time import SystemClock
from tests.servers import matrix_json as shown
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen
from tests.servers.matrix_world import MEMBER, MESSAGE, Refusal, World
from tests.servers.routes import Routes

KEY = "syt_token_of_the_team"
LONGEST_DELAY = 86_400_000
DELAY = "org.matrix.msc4140.delay"
CLIENT, ADMIN = "/_matrix/client/v3", "/_synapse/admin/v1"
LATER = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"
FAR = 10**9

route = Routes["MatrixServer"]()


class MatrixServer(LoopbackServer):
    """One homeserver and one token, which acts as `me`.

    Attributes:
        key: the token that works; change it to make ours worthless.
        synapse: False for a homeserver without Synapse's admin API.
        later: False for one without delayed events.
        bundles: False for one that tells no edits and threads with an event.
        doubles: the next list of events says everything twice.
        encrypts: True for one that encrypts every private room by itself.
        blocking: the members who take no invitations.
    """

    def __init__(self, clock: Now, *, admin: bool = True, delay: float = 0.0) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock = clock
        self.world = World(clock)
        self.me = self.world.account("team", admin=admin)
        self.key, self.synapse, self.later, self.bundles, self.doubles = KEY, True, True, True, False
        self.encrypts, self.blocking = False, set[str]()
        self._transactions: dict[str, object] = {}

    def handle(self, seen: Seen) -> Reply:
        self.world.send_due()
        try:
            return self._answer_to(seen)
        except Refusal as no:
            return Reply({"errcode": no.code, "error": no.words}, no.status)

    def _answer_to(self, seen: Seen) -> Reply:
        path = urlsplit(seen.target).path
        public = path.endswith(("/versions", "/server_version", "/matrix/client"))
        if not public and seen.headers.get("authorization") != f"Bearer {self.key}":
            raise Refusal(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        if path.startswith("/_synapse/") and not self.synapse:
            raise Refusal(404, "M_UNRECOGNIZED", "Unrecognized request")
        if path.startswith("/_synapse/") and not self.world.accounts[self.me].admin and "server_version" not in path:
            raise Refusal(403, "M_FORBIDDEN", "You are not a server admin")
        reply = route.answer(self, seen, path)
        if reply is None:
            raise Refusal(404, "M_UNRECOGNIZED", "Unrecognized request")
        return reply

    def once(self, seen: Seen, do: Callable[[], object]) -> object:
        """The same transaction is done once, whatever its body says."""
        path = urlsplit(seen.target).path
        if path not in self._transactions:
            self._transactions[path] = do()
        return self._transactions[path]

    def inside(self, match: Match[str]) -> str:
        """The room of a path, if we are in it."""
        room = unquote(match["room"])
        if self.world.stands(room, self.me) != "join":
            raise Refusal(403, "M_FORBIDDEN", f"User {self.me} not in room {room}")
        return room

    def may(self, room: str, act: str, on: str = "") -> None:
        """403 unless we have the power."""
        mine = self.world.power(room, self.me)
        if mine < 50 or (on and mine <= self.world.power(room, on)):
            raise Refusal(403, "M_FORBIDDEN", f"You don't have permission to {act}")


def _token(text: str, default: int) -> int:
    if not text:
        return default
    if not re.fullmatch(r"s\d+", text):
        raise Refusal(400, "M_UNKNOWN", "Invalid stream token")
    return int(text[1:])


def _filter(seen: Seen) -> dict[str, Any]:
    made = msgspec.json.decode(seen.one("filter", "{}"))
    assert isinstance(made, dict)
    return made


@route("GET", "/_matrix/client/versions")
def versions(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"versions": ["v1.1", "v1.15"], "unstable_features": {"org.matrix.msc4140": server.later}}


@route("GET", f"{CLIENT}/capabilities")
def capabilities(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"capabilities": {"org.matrix.msc4140.delayed_events": {"max_delay_ms": LONGEST_DELAY}}}


@route("GET", f"{CLIENT}/account/whoami")
def whoami(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"user_id": server.me, "device_id": "CONSOLE", "is_guest": False}


@route("GET", f"{CLIENT}/directory/room/{{alias}}")
def alias(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    name = unquote(match["alias"])
    for room, state in server.world.state.items():
        named = state.get(("m.room.canonical_alias", ""))
        if named and named.content["alias"] == name:
            return {"room_id": room, "servers": ["cm.test"]}
    raise Refusal(404, "M_NOT_FOUND", f"Room alias {name} not found")


@route("GET", f"{CLIENT}/sync")
def sync(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    since = seen.one("since")
    start = _token(since, 0) if since else None
    return shown.sync(server.world, server.me, _filter(seen), start, bundles=server.bundles)


@route("POST", f"{CLIENT}/createRoom")
def create_room(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room = server.world.room(server.me, more=seen.json().get("creation_content"))
    if server.encrypts:
        sealed = {"algorithm": "m.megolm.v1.aes-sha2"}
        server.world.add(room, "m.room.encryption", server.me, sealed, state_key="")
    return {"room_id": room}


@route("GET", f"{CLIENT}/profile/{{user}}")
def profile(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    if unquote(match["user"]) not in server.world.accounts:
        raise Refusal(404, "M_NOT_FOUND", "Profile was not found")
    return {"displayname": unquote(match["user"])[1:]}


@route("GET", f"{CLIENT}/user/{{user}}/account_data/m.direct")
def told_direct(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    if not server.world.direct:
        raise Refusal(404, "M_NOT_FOUND", "Account data not found")
    return server.world.direct


@route("PUT", f"{CLIENT}/user/{{user}}/account_data/m.direct")
def tell_direct(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    assert unquote(match["user"]) == server.me
    server.world.direct = seen.json()
    return {}


@route("GET", f"{CLIENT}/rooms/{{room}}/messages")
def messages(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room = server.inside(match)
    start, stop = _token(seen.one("from"), FAR), _token(seen.one("to"), 0)
    limit = int(seen.one("limit", "10"))
    answer = shown.messages(server.world, room, _filter(seen), start, stop, limit, bundles=server.bundles)
    if server.doubles:
        answer["chunk"] *= 2
        server.doubles = False
    return answer


@route("GET", f"{CLIENT}/rooms/{{room}}/event/{{event}}")
def one_event(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, stored = server.inside(match), server.world.event(unquote(match["event"]))
    if stored.room != room:
        raise Refusal(404, "M_NOT_FOUND", "Event not found.")
    return shown.event(server.world, stored, bundles=server.bundles)


@route("GET", f"{CLIENT}/rooms/{{room}}/context/{{event}}")
def context(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, stored = server.inside(match), server.world.event(unquote(match["event"]))
    wants, half = shown.matcher(_filter(seen)), int(seen.one("limit", "10")) // 2
    later = [e for e in server.world.events[stored.index + 1 :] if e.room == room and wants(e)]
    return {
        "event": shown.event(server.world, stored),
        "events_before": [],
        "events_after": [shown.event(server.world, e, bundles=server.bundles) for e in later[:half]],
    }


@route("GET", f"{CLIENT}/rooms/{{room}}/members")
def members(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, wanted = server.inside(match), seen.one("membership")
    found = [e for (type, _), e in server.world.state[room].items() if type == MEMBER]
    chunk = [shown.event(server.world, e, told=False) for e in found if not wanted or e.content["membership"] == wanted]
    return {"chunk": chunk}


@route("GET", f"{CLIENT}/rooms/{{room}}/state/{{type}}/{{key}}")
def state(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    stored = server.world.state[server.inside(match)].get((match["type"], unquote(match["key"])))
    if stored is None:
        raise Refusal(404, "M_NOT_FOUND", "Event not found.")
    return shown.event(server.world, stored, told=False) if seen.one("format") == "event" else stored.content


@route("PUT", f"{CLIENT}/rooms/{{room}}/state/m.room.member/{{user}}")
def invite(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, user, body = server.inside(match), unquote(match["user"]), seen.json()
    assert body.pop("membership") == "invite"
    if user in server.blocking:
        raise Refusal(403, "M_INVITE_BLOCKED", f"{user} has blocked invites")
    if server.world.stands(room, user) in ("join", "ban"):
        raise Refusal(403, "M_FORBIDDEN", f"{user} is already in the room or banned.")
    server.world.member(room, user, "invite", server.me, **body)
    return {"event_id": server.world.state[room]["m.room.member", user].id}


@route("POST", f"{CLIENT}/rooms/{{room}}/leave")
def leave(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    server.world.member(server.inside(match), server.me, "leave", server.me)
    return {}


@route("PUT", f"{CLIENT}/rooms/{{room}}/send/{{type}}/{{txn}}")
def send(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, delay = server.inside(match), int(seen.one(DELAY, "0"))
    if len(seen.body) > 64_000:
        raise Refusal(413, "M_TOO_LARGE", "event too large")
    if delay > LONGEST_DELAY:
        words = f"The requested delay ({delay}ms) exceeds the allowed maximum ({LONGEST_DELAY}ms)"
        raise Refusal(400, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE", words)

    def do() -> object:
        if delay:
            return {"delay_id": server.world.later(room, server.me, seen.json(), delay)}
        return {"event_id": server.world.add(room, unquote(match["type"]), server.me, seen.json()).id}

    return server.once(seen, do)


@route("PUT", f"{CLIENT}/rooms/{{room}}/redact/{{event}}/{{txn}}")
def redact(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, stored = server.inside(match), server.world.event(unquote(match["event"]))
    if stored.sender != server.me:
        server.may(room, "redact events")
    return server.once(seen, lambda: {"event_id": server.world.redact(stored.id, server.me).id})


@route("POST", f"{CLIENT}/rooms/{{room}}/{{act}}")
def membership(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, act, body = server.inside(match), match["act"], seen.json()
    user = body["user_id"]
    stands = server.world.stands(room, user)
    server.may(room, act, on=user if act != "unban" else "")
    if act == "kick" and stands not in ("join", "invite"):
        raise Refusal(403, "M_FORBIDDEN", "The target user is not in the room")
    if act == "unban" and stands != "ban":
        raise Refusal(403, "M_BAD_STATE", f"Cannot unban user who was not banned (membership={stands})")
    server.world.member(room, user, "ban" if act == "ban" else "leave", server.me)
    return {}


@route("GET", LATER)
def planned(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    if not server.later:
        raise Refusal(404, "M_UNRECOGNIZED", "Unrecognized request")
    mine = [one for one in server.world.delayed.values() if one.sender == server.me]
    return {"delayed_events": [shown.delayed(one) for one in mine]}


@route("POST", f"{LATER}/{{id}}")
def cancel(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    assert seen.json() == {"action": "cancel"}
    if server.world.delayed.pop(match["id"], None) is None:
        raise Refusal(404, "M_NOT_FOUND", "Delayed event not found")
    return {}


@route("GET", f"{ADMIN}/server_version")
def version(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"server_version": "1.163.2"}


@route("GET", f"{ADMIN}/users/{{user}}/admin")
def is_admin(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"admin": server.world.accounts[unquote(match["user"])].admin}


@route("GET", "/_synapse/admin/v2/users/{user}")
def account(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    found = _account(server, match)
    return {"name": found.id, "suspended": found.suspended, "deactivated": found.deactivated}


@route("PUT", f"{ADMIN}/suspend/{{user}}")
def suspend(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    _account(server, match).suspended = seen.json()["suspend"]
    return {}


@route("PUT", f"{ADMIN}/send_server_notice/{{txn}}")
def notice(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    body = seen.json()
    if body["user_id"] not in server.world.accounts:
        raise Refusal(404, "M_NOT_FOUND", "User not found")

    def do() -> object:
        server.world.notices.append((body["user_id"], body["content"]["body"]))
        return {"event_id": f"$notice{len(server.world.notices)}"}

    return server.once(seen, do)


@route("GET", f"{ADMIN}/fetch_event/{{event}}")
def fetch_event(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    return {"event": shown.event(server.world, server.world.event(unquote(match["event"])), bundles=False)}


@route("GET", f"{ADMIN}/event_reports")
def event_reports(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    room, sender = seen.one("room_id"), seen.one("event_sender_user_id")
    found = [f for f in server.world.event_flags.values() if room in f.room and sender in ("", f.user)]
    start, limit = int(seen.one("from", "0")), int(seen.one("limit", "100"))
    return shown.flags(found, start, limit, "event_reports", lambda flag: shown.event_flag(server.world, flag))


@route("GET", f"{ADMIN}/user_reports")
def user_reports(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    wanted = seen.one("target_user_id")
    found = [flag for flag in server.world.user_flags.values() if wanted in flag.user]
    start, limit = int(seen.one("from", "0")), int(seen.one("limit", "100"))
    return shown.flags(found, start, limit, "user_reports", shown.user_flag)


@route("GET", f"{ADMIN}/event_reports/{{id}}")
def event_report(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    flag = server.world.event_flags.get(int(match["id"]))
    if flag is None:
        raise Refusal(404, "M_NOT_FOUND", "Event report not found")
    return shown.event_flag(server.world, flag, full=True)


@route("GET", f"{ADMIN}/user_reports/{{id}}")
def user_report(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    flag = server.world.user_flags.get(int(match["id"]))
    if flag is None:
        raise Refusal(404, "M_NOT_FOUND", "User report not found")
    return shown.user_flag(flag)


@route("DELETE", f"{ADMIN}/{{what}}_reports/{{id}}")
def delete_report(server: MatrixServer, seen: Seen, match: Match[str]) -> object:
    flags = server.world.event_flags if match["what"] == "event" else server.world.user_flags
    if flags.pop(int(match["id"]), None) is None:
        raise Refusal(404, "M_NOT_FOUND", "Report not found")
    return {}


def _account(server: MatrixServer, match: Match[str]) -> Any:
    found = server.world.accounts.get(unquote(match["user"]))
    if found is None:
        raise Refusal(404, "M_NOT_FOUND", "User not found")
    return found


def furnish(server: MatrixServer, messages: int) -> None:
    """A small community to try things on by hand."""
    world = server.world
    people = [world.account(name) for name in ("ann", "bob", "cleo")]
    room, quiet = world.room(server.me, "General"), world.room(server.me, "Staff")
    for user in people:
        world.join(room, user)
    for number in range(messages):
        asked = world.say(room, people[number % 3], f"Question {number}: how do I get started?")
        world.say(room, people[(number + 1) % 3], "Read the first page of the manual.", to=asked)
    world.flag(world.say(room, people[1], "Buy followers at evil.test"), people[0], "spam")
    talk = world.room(people[0], more={"is_direct": True})
    world.join(talk, server.me)
    world.direct = {people[0]: [talk]}
    world.say(talk, people[0], "Hello, I cannot log in.")
    world.say(quiet, server.me, "Notes of our meeting")
    assert MESSAGE in {event.type for event in world.events}


async def serve(arguments: argparse.Namespace) -> None:
    """Until interrupted."""
    server = MatrixServer(SystemClock(), admin=not arguments.no_admin, delay=arguments.delay_ms / 1000)
    server.synapse, server.later = not arguments.no_synapse, not arguments.no_later
    furnish(server, arguments.messages)
    await server.start(arguments.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.matrix --port 0 --messages 20`; the token is KEY."""
    parser = argparse.ArgumentParser(description=f"A homeserver stand-in; token {KEY}.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--messages", type=int, default=20)
    for name in ("--no-admin", "--no-synapse", "--no-later"):
        parser.add_argument(name, action="store_true")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
