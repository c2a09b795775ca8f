"""The Mastodon stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from cm_console.model.action import Action, Verb
from cm_console.model.records import Kind, Member, Post, Record, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.mastodon import Mastodon, MastodonSettings
from cm_console.sources.mastodon.flavours import ON_ACCOUNTS, ON_REPORTS, ON_SIGN_UPS
from cm_console.sources.mastodon.wording import plain, title_of
from tests.servers import mastodon_world as world
from tests.servers.loopback_bench import LoopbackBench
from tests.servers.mastodon import TOKEN, MastodonServer
from tests.servers.mastodon_world import MODERATOR, cook

_THREADS = "the contract asks for it on a thread, Mastodon knows it of reports: see test_mastodon_pushes.py"
_ADMIN = "only Mastodon offers it to apps"


class MastodonBench(LoopbackBench):
    """A server with team (us), bob (a colleague, who also flags) and ann (who writes, always naming us)."""

    kind: ClassVar[SourceKind] = Mastodon
    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys((Verb.ASSIGN, Verb.UNASSIGN, Verb.REOPEN), _THREADS)
    flavour: ClassVar[str] = "mastodon"
    idle_cost: ClassVar[int] = 10
    news_cost: ClassVar[int] = 18
    stride: ClassVar[int] = 3
    secrets = (TOKEN,)
    server: MastodonServer

    def __init__(self) -> None:
        super().__init__()
        self.server = MastodonServer(self.clock, flavour=self.flavour)
        self.site = self.server.world
        self.ann = self.site.add_account("ann").id
        self.bob = self.site.add_account("bob", permissions=MODERATOR).id
        self.colleague = self.bob

    def source(
        self, *, history: int = 0, token: str = TOKEN, hashtags: str = "", visibility: str = "public"
    ) -> Mastodon:
        """A source with the token that works."""
        settings = MastodonSettings(self.server.url, Secret(token), history, hashtags, visibility)
        return Mastodon(settings, self.clock)

    async def standing(self, member: str) -> str:
        """Banned, silenced or ok."""
        account = self.site.accounts[member]
        return "banned" if account.suspended else "silenced" if account.silenced else "ok"

    async def truth(self) -> Mapping[Ref, Record]:
        """Accounts of this server, the statuses (all name us or are ours), reports, sign-ups, plans."""
        self.site.run_plans()
        found: dict[Ref, Record] = {}
        for status in self.site.statuses.values():
            root = (self.site.above(status.id) or [status])[0]
            text = self.text_of(status)
            found[Ref(Kind.POST, status.id)] = Post(
                status.id, root.id, status.account, Instant(status.created_at), text
            )
            if root is status:
                title = title_of(text, status.spoiler)
                thread = Thread(status.id, title, status.account, Instant(status.created_at))
                found[Ref(Kind.THREAD, status.id)] = thread
        for plan in self.site.plans.values():
            words = Untrusted(str(plan.params["text"]))
            found[Ref(Kind.SCHEDULED, plan.id)] = Scheduled(plan.id, title_of(words), words, Instant(plan.at))
        return found | self._members() | self._reports()

    async def told(self, member: str) -> list[str]:
        """Our direct posts that name this member and nobody else."""
        ours = [one for one in self.site.statuses.values() if one.account == self.server.me.id]
        return [one.text for one in ours if one.visibility == "direct" and one.mentions == [member]]

    def text_of(self, status: world.Status) -> Untrusted:
        """What a status says, as the source reads it."""
        return plain(cook(status.text, flavour=self.flavour))

    def _members(self) -> dict[Ref, Record]:
        local = [account for account in self.site.accounts.values() if not account.domain]
        return {Ref(Kind.MEMBER, one.id): Member(one.id, Untrusted(one.acct)) for one in local}

    def _reports(self) -> dict[Ref, Record]:
        found: list[Report] = []
        for one in self.site.reports.values():
            closed = None if one.action_taken_at is None else Instant(one.action_taken_at)
            targets = [(f"{one.id}-{id}", Ref(Kind.POST, id)) for id in one.statuses if id in self.site.statuses]
            for id, target in targets or [(one.id, Ref(Kind.MEMBER, one.target))]:
                found.append(Report(id, target, one.account, one.category, Instant(one.created_at), closed_at=closed))
        for account in self.site.accounts.values():
            if not account.approved:
                target = Ref(Kind.MEMBER, account.id)
                found.append(Report(f"sign-up-{account.id}", target, None, "sign-up", Instant(account.created_at)))
        return {Ref(Kind.REPORT, report.id): report for report in found}

    async def add_member(self, handle: str) -> str:
        """Somebody joins."""
        return self.site.add_account(handle).id

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann asks us something."""
        first = self.site.add_status(self.ann, f"@team {text or self.fresh('A question to begin with')}")
        for _ in range(posts - 1):
            await self.add_post(first.id, self.fresh("Some more words"))
        return first.id

    async def add_post(self, thread: str, text: str) -> str:
        """Ann answers, naming us."""
        return self.site.add_status(self.ann, f"@team {text}", reply_to=thread).id

    async def edit_post(self, post: str, text: str) -> None:
        """Its author rewrites it."""
        self.site.edit(post, text)

    async def delete_post(self, post: str) -> None:
        """It is deleted."""
        self.site.delete(post)

    async def add_report(self, post: str) -> str:
        """Bob flags it."""
        return f"{self.site.flag(post, self.bob).id}-{post}"

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Bob decides, before us; posts are deleted on the site."""
        id, _, post = report.partition("-")
        if agree:
            self.site.delete(post)
        self.site.resolve(self.site.reports[id], self.bob)

    async def action(self, verb: Verb, *, target: Ref | None = None, report: str | None = None) -> Action:
        """Ours are what we edit and delete; sign-ups are approved and rejected; what has no title is its words."""
        thread = None
        if target is None and verb in (Verb.EDIT, Verb.REMOVE):
            thread = await self.add_thread(1)
            target = Ref(Kind.POST, self.site.add_status(self.server.me.id, self.fresh("Ours"), reply_to=thread).id)
        if target is None and verb in ON_SIGN_UPS:
            account = self.site.add_account(self.fresh("newcomer").replace(" ", ""), approved=False, why="I like bikes")
            target = Ref(Kind.REPORT, f"sign-up-{account.id}")
        action = await super().action(verb, target=target, report=report)
        return replace(action, title=action.text if action.title else "", thread=thread or action.thread)

    async def garble_next_answer(self) -> None:
        """Done, but nobody can read the answer; an answer to us needs reads before it is written, these pass."""
        self.server.plan("garble", lambda seen: seen.write or seen.path == "/api/v1/notifications")

    async def repeat_next_page(self) -> None:
        """Everything twice in the next lists."""
        self.repeat_next("/api/v1/notifications", "/api/v2/admin/accounts", "/api/v1/admin/reports")

    async def unauthorized(self) -> None:
        """The token was revoked."""
        self.server.token = "another token"


class GoToSocialBench(MastodonBench):
    """GoToSocial: keys are not known, few things can be told."""

    flavour = "gotosocial"
    cannot: ClassVar[Mapping[str, str]] = {
        **MastodonBench.cannot,
        **dict.fromkeys((Verb.WARN, Verb.SILENCE, Verb.UNSILENCE, Verb.UNBAN), _ADMIN),
        **dict.fromkeys((Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.RESCHEDULE), "this version of GoToSocial plans nothing"),
    }


class PleromaBench(MastodonBench):
    """Pleroma: no admin API, so neither reports nor a list of members."""

    flavour = "pleroma"
    cannot: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys((*ON_REPORTS, *ON_ACCOUNTS, *ON_SIGN_UPS, "add_report", "colleague_acts"), _ADMIN),
        "add_member": "members are seen when they write",
    }

    def _members(self) -> dict[Ref, Record]:
        wrote = {status.account for status in self.site.statuses.values()}
        return {ref: record for ref, record in super()._members().items() if ref.id in wrote}

    def _reports(self) -> dict[Ref, Record]:
        return {}
