"""A stateful stand-in for a Mastodon-like server; also a program: `python -m tests.servers.mastodon --help`.

It answers what the source asks, as Mastodon does where that matters: lists cut by `max_id` and `min_id` with Link
headers (conversations by their last status), repeats known by their key for an hour, scopes and roles refused with
different words, no Retry-After. `flavour` makes it GoToSocial or Pleroma: other ids, no keys, fewer things to tell.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from re import Match
from typing import Any, TypeVar
from urllib.parse import urlencode

from cm_console.model.time import HOUR, MINUTE, Instant, SystemClock, parse_iso
from tests.servers import mastodon_json as shown
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen
from tests.servers.mastodon_json import GOTOSOCIAL, MASTODON, PLEROMA
from tests.servers.mastodon_world import OWNER, Account, Plan, Refusal, Report, Status, World
from tests.servers.routes import Routes

T = TypeVar("T")
TOKEN = "t0ken-0f-the-moderator"
WINDOW = 5 * MINUTE
ALL_SCOPES = ("read", "write", "admin:read", "admin:write")
NOT_FOUND = "Record not found"
NOT_ALLOWED = "This action is not allowed"
EVERYWHERE = frozenset({MASTODON, GOTOSOCIAL, PLEROMA})
ADMINS = frozenset({MASTODON, GOTOSOCIAL})
ONLY = frozenset({MASTODON})

route = Routes["MastodonServer"]()


class MastodonServer(LoopbackServer):
    """One server with one token, which acts as `world.me`.

    Attributes:
        token: the token that works; change it to make ours worthless.
        scopes: what the token may do.
        tells_scopes: whether the app tells them (since 4.3).
        per_window: requests allowed in five minutes, 0 for any number.
    """

    def __init__(
        self, clock: Now, *, flavour: str = MASTODON, permissions: int = OWNER, me: str = "team", delay: float = 0.0
    ) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock, self.flavour = clock, flavour
        self.world = World(clock, flavour)
        self.me = self.world.add_account(me, permissions=permissions)
        self.world.me = self.me.id
        self.token, self.scopes, self.tells_scopes = TOKEN, list(ALL_SCOPES), flavour == MASTODON
        self.keys: dict[str, tuple[int, str]] = {}
        self.per_window, self._used = 0, (0, 0)

    def handle(self, seen: Seen) -> Reply:
        """Answer one request, telling how many are left."""
        try:
            self._admit(seen)
            self.world.run_plans()
            reply = self._answered(seen)
        except Refusal as refusal:
            reply = Reply({"error": str(refusal)}, refusal.status)
        limit = self.per_window or 300
        left = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(limit - self._used[1], 0))}
        reset = shown.at(Instant((self._used[0] + 1) * WINDOW)) or ""
        return Reply(reply.data, reply.status, {**left, "X-RateLimit-Reset": reset, **reply.headers})

    def throttled(self, until: Instant) -> Reply:
        """Mastodon says when the count starts anew, and nothing else."""
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
        return Reply({"error": "Too many requests"}, 429, headers | {"X-RateLimit-Reset": shown.at(until) or ""})

    def _answered(self, seen: Seen) -> Reply:
        reply = route.answer(self, seen, seen.path, self.flavour)
        if reply is None:
            raise Refusal(404, "The page you are looking for isn't here.")
        return reply

    def _admit(self, seen: Seen) -> None:
        window = self.clock.now() // WINDOW
        self._used = (window, self._used[1] + 1 if self._used[0] == window else 1)
        if self.per_window and self._used[1] > self.per_window:
            raise Refusal(429, "Too many requests")
        if seen.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "The access token is invalid")
        scope = self._scope(seen)
        parts = scope.split(":")
        enough = {":".join(parts[:end]) for end in range(1, len(parts) + 1)}
        enough |= {"profile"} if seen.path.endswith("/accounts/verify_credentials") else set()
        if scope and not enough & set(self.scopes):
            raise Refusal(403, "This action is outside the authorized scopes")
        wanted = 1 << 4 if "/admin/reports" in seen.path else 1 << 10 if "/admin/" in seen.path else 0
        if wanted and not self.me.permissions & (wanted | OWNER):
            raise Refusal(403, NOT_ALLOWED)

    def _scope(self, seen: Seen) -> str:
        way = "write" if seen.write else "read"
        for part, scope in (
            ("/admin/reports", f"admin:{way}:reports"),
            ("/admin/accounts", f"admin:{way}:accounts"),
            ("/notifications", f"{way}:notifications"),
            ("verify_credentials", "" if "/apps/" in seen.path else "read:accounts"),
            ("/instance", ""),
            ("/statuses", f"{way}:statuses"),
            ("/accounts/", f"{way}:accounts"),
        ):
            if part in seen.path:
                return scope
        return f"{way}:statuses"

    def status(self, id: str, *, own: bool = False) -> Status:
        status = self.world.statuses.get(id)
        if status is None or (own and status.account != self.me.id):
            raise Refusal(404, NOT_FOUND)
        return status

    def account(self, id: str) -> Account:
        if id not in self.world.accounts:
            raise Refusal(404, NOT_FOUND)
        return self.world.accounts[id]

    def report(self, id: str) -> Report:
        if id not in self.world.reports:
            raise Refusal(404, NOT_FOUND)
        return self.world.reports[id]

    def listed(self, seen: Seen, items: Sequence[tuple[str, T]], make: Callable[[T], object], most: int) -> Reply:
        """A page of items, given in the order of their keys; newest first, with links to its neighbours."""
        limit = min(int(seen.one("limit") or 20), most)
        under, over = seen.one("max_id"), seen.one("min_id")
        inside = [item for item in items if (not under or item[0] < under) and (not over or item[0] > over)]
        page = (inside[:limit] if over else inside[-limit:])[::-1]
        links = []
        if page:
            kept = [(name, value) for name, values in seen.query.items() for value in values]
            kept = [pair for pair in kept if pair[0] not in ("max_id", "min_id")]
            if len(page) == limit:
                links.append(f'<{self.url}{seen.path}?{urlencode([*kept, ("max_id", page[-1][0])])}>; rel="next"')
            links.append(f'<{self.url}{seen.path}?{urlencode([*kept, ("min_id", page[0][0])])}>; rel="prev"')
        return Reply([make(item) for _, item in page], 200, {"Link": ", ".join(links)} if links else {})


@route("GET", "/api/v1/accounts/verify_credentials")
def credentials(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    return shown.me(server.world)


@route("GET", "/api/v1/apps/verify_credentials")
def app(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    told = {"scopes": server.scopes} if server.tells_scopes else {}
    return {"id": "1", "name": "cm-console", "website": None, **told}


@route("GET", "/api/v{version}/instance")
def instance(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    if found["version"] == "2" and server.flavour == PLEROMA:
        raise Refusal(404, "Not found")
    return shown.instance(server.world, int(found["version"]))


@route("GET", "/api/v1/notifications")
def notifications(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    types = seen.query.get("types[]", [])
    wanted = [(one.id, one) for one in server.world.notifications.values() if not types or one.type in types]
    return server.listed(seen, wanted, lambda one: shown.notification(server.world, one), 80)


@route("GET", "/api/v1/conversations")
def conversations(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    world, last = server.world, dict[str, Status]()
    for status in world.statuses.values():
        if status.visibility == "direct" and server.me.id in (status.account, *status.mentions):
            last[(world.above(status.id) or [status])[0].id] = status
    talks = sorted((status.id, (root, status)) for root, status in last.items())
    return server.listed(
        seen,
        talks,
        lambda talk: {"id": talk[0][-4:], "unread": True, "accounts": [], "last_status": shown.status(world, talk[1])},
        40,
    )


@route("GET", "/api/v1/accounts/{id}")
def shown_account(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    return shown.account(server.world, server.account(found["id"]))


@route("GET", "/api/v1/accounts/{id}/statuses")
def statuses_of(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    mine = [(one.id, one) for one in server.world.statuses.values() if one.account == found["id"]]
    return server.listed(seen, mine, lambda one: shown.status(server.world, one), 40)


@route("GET", "/api/v1/timelines/tag/{tag}")
def tagged(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    tag = f"#{found['tag']}".lower()
    wanted = [one for one in server.world.statuses.values() if tag in one.text.lower() and one.visibility == "public"]
    return server.listed(seen, [(one.id, one) for one in wanted], lambda one: shown.status(server.world, one), 40)


@route("GET", "/api/v1/statuses/{id}")
def one_status(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    return shown.status(server.world, server.status(found["id"]))


@route("GET", "/api/v1/statuses/{id}/context")
def context(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    world, id = server.world, server.status(found["id"]).id
    ancestors = [shown.status(world, one) for one in world.above(id)]
    return {"ancestors": ancestors, "descendants": [shown.status(world, one) for one in world.below(id)]}


@route("POST", "/api/v1/statuses")
def create(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    body, world = seen.json(), server.world
    key = seen.headers.get("idempotency-key", "")
    known = server.keys.get(key)
    if key and known and server.flavour == MASTODON and known[0] > server.clock.now() - HOUR:
        if known[1] in world.plans:
            return shown.plan(world.plans[known[1]])
        return shown.status(world, server.status(known[1]))
    text = str(body["status"])
    if not text.strip():
        raise Refusal(422, "Validation failed: Text can't be blank")
    if "scheduled_at" in body:
        made: Plan | Status = _plan(server, body, text)
    else:
        if body.get("in_reply_to_id"):
            server.status(str(body["in_reply_to_id"]))
        visibility, spoiler = str(body.get("visibility", "public")), str(body.get("spoiler_text", ""))
        made = world.add_status(
            server.me.id, text, reply_to=body.get("in_reply_to_id"), visibility=visibility, spoiler=spoiler
        )
    server.keys[key] = (server.clock.now(), made.id)
    return shown.plan(made) if isinstance(made, Plan) else shown.status(world, made)


def _plan(server: MastodonServer, body: dict[str, Any], text: str) -> Plan:
    if server.flavour == GOTOSOCIAL:
        raise Refusal(501, "Not Implemented: scheduled statuses are not yet supported")
    at = parse_iso(str(body["scheduled_at"]))
    if at < server.clock.now() + 5 * MINUTE:
        raise Refusal(422, "Validation failed: Scheduled at The scheduled date must be in the future")
    params = {"text": text, "visibility": body.get("visibility"), "in_reply_to_id": None, "spoiler_text": None}
    plan = Plan(server.world.new_id(), at, params)
    server.world.plans[plan.id] = plan
    return plan


@route("PUT", "/api/v1/statuses/{id}")
def edit(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    status, body = server.status(found["id"], own=True), seen.json()
    server.world.edit(status.id, str(body["status"]))
    status.spoiler, status.sensitive = str(body.get("spoiler_text", "")), bool(body.get("sensitive"))
    kept = body.get("media_ids", [])
    status.media = [media for media in status.media if media["id"] in kept]
    status.mentions = server.world.named(status.text)
    return shown.status(server.world, status)


@route("DELETE", "/api/v1/statuses/{id}")
def delete(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    status = server.status(found["id"], own=server.flavour != PLEROMA)
    told = shown.status(server.world, status)
    server.world.delete(status.id)
    return {**{name: value for name, value in told.items() if name != "content"}, "text": status.text}


@route("GET", "/api/v1/scheduled_statuses")
def plans(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    return server.listed(seen, [(one.id, one) for one in server.world.plans.values()], shown.plan, 40)


@route("GET", "/api/v1/scheduled_statuses/{id}")
def one_plan(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    if found["id"] not in server.world.plans:
        raise Refusal(404, NOT_FOUND)
    return shown.plan(server.world.plans[found["id"]])


@route("PUT", "/api/v1/scheduled_statuses/{id}")
def move_plan(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    one_plan(server, seen, found)
    server.world.plans[found["id"]].at = parse_iso(str(seen.json()["scheduled_at"]))
    return one_plan(server, seen, found)


@route("DELETE", "/api/v1/scheduled_statuses/{id}")
def cancel_plan(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    one_plan(server, seen, found)
    del server.world.plans[found["id"]]
    return {}


@route("GET", "/api/v1/admin/reports", ADMINS)
def reports(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    closed = seen.one("resolved") == "true"
    wanted = [(one.id, one) for one in server.world.reports.values() if (one.action_taken_at is not None) is closed]
    return server.listed(seen, wanted, lambda one: shown.report(server.world, one), 200)


@route("GET", "/api/v1/admin/reports/{id}", ADMINS)
def one_report(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    return shown.report(server.world, server.report(found["id"]))


@route("POST", "/api/v1/admin/reports/{id}/resolve", ADMINS)
def resolve(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    server.world.resolve(server.report(found["id"]), server.me.id)
    return one_report(server, seen, found)


@route("POST", "/api/v1/admin/reports/{id}/{what}", ONLY)
def set_report(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    report = server.report(found["id"])
    report.updated_at = server.clock.now()
    if found["what"] == "reopen":
        report.action_taken_at = report.by = None
    else:
        report.assigned = server.me.id if found["what"] == "assign_to_self" else None
    return one_report(server, seen, found)


@route("GET", "/api/v2/admin/accounts", ADMINS)
def accounts(server: MastodonServer, seen: Seen, _: Match[str]) -> object:
    local = [one for one in server.world.accounts.values() if not one.domain]
    if seen.one("status") == "pending":
        local = [one for one in local if not one.approved]
    return server.listed(
        seen, [(one.id, one) for one in local], lambda one: shown.admin_account(server.world, one), 200
    )


@route("GET", "/api/v1/admin/accounts/{id}", ADMINS)
def one_account(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    return shown.admin_account(server.world, server.account(found["id"]))


@route("POST", "/api/v1/admin/accounts/{id}/action", ADMINS)
def act(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    account, body = server.account(found["id"]), seen.json()
    kind = str(body.get("type"))
    allowed = ("suspend",) if server.flavour == GOTOSOCIAL else ("none", "sensitive", "disable", "silence", "suspend")
    if kind not in allowed:
        raise Refusal(422, "Record invalid")
    if account.permissions & OWNER:
        raise Refusal(403, NOT_ALLOWED)
    server.world.strikes.append((account.id, kind, str(body.get("text", ""))))
    account.silenced, account.suspended = account.silenced or kind == "silence", account.suspended or kind == "suspend"
    for report in server.world.reports.values():
        about = report.id == body.get("report_id") or (kind != "none" and report.target == account.id)
        if about and report.action_taken_at is None:
            server.world.resolve(report, server.me.id)
    return {}


@route("POST", "/api/v1/admin/accounts/{id}/{what}", ADMINS)
def set_account(server: MastodonServer, seen: Seen, found: Match[str]) -> object:
    account, what = server.account(found["id"]), found["what"]
    if what not in ("approve", "reject", "unsilence", "unsuspend") or (
        server.flavour == GOTOSOCIAL and what.startswith("un")
    ):
        raise Refusal(404, "The page you are looking for isn't here.")
    if (what in ("approve", "reject") and account.approved) or (what == "unsuspend" and not account.suspended):
        raise Refusal(403, NOT_ALLOWED)
    told = shown.admin_account(server.world, account)
    if what == "reject":
        del server.world.accounts[account.id]
        return told
    account.approved, account.silenced = account.approved or what == "approve", account.silenced and what != "unsilence"
    account.suspended = account.suspended and what != "unsuspend"
    return shown.admin_account(server.world, account)


async def serve(arguments: argparse.Namespace) -> None:
    """Run a server until the program is ended; prints its address first."""
    server = MastodonServer(
        SystemClock(), flavour=arguments.flavour, permissions=arguments.permissions, delay=arguments.delay_ms / 1000
    )
    server.world.seed(arguments.threads, arguments.answers)
    bob = server.world.add_account("bob")
    first = next(iter(server.world.statuses.values()))
    server.world.flag(first.id, bob.id, comment="That is not nice").rules.append("Be kind")
    server.world.add_account("newcomer", approved=False, why="I like bikes")
    server.world.add_status(bob.id, "@team can you help me, privately?", visibility="direct")
    server.per_window = arguments.per_window
    await server.start(arguments.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.mastodon --port 0 --flavour gotosocial`; the token is TOKEN."""
    parser = argparse.ArgumentParser(description=f"A Mastodon stand-in; token {TOKEN}.")
    parser.add_argument("--flavour", choices=sorted(EVERYWHERE), default=MASTODON)
    parser.add_argument("--permissions", type=int, default=OWNER, help="bits of our role; 65536 is nobody special")
    for name, kind, default in (
        ("--port", int, 0),
        ("--delay-ms", float, 0.0),
        ("--threads", int, 30),
        ("--answers", int, 3),
        ("--per-window", int, 0),
    ):
        parser.add_argument(name, type=kind, default=default)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
