"""Pulling a mailbox: what was thrown away, what is new, what was flagged; the first time, the past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace

from cm_console.model.records import Kind, Record, Ref
from cm_console.model.source import Cursor, Page
from cm_console.sources.email.account import Account
from cm_console.sources.email.backwards import Backwards
from cm_console.sources.email.finding import fill, fill_subject
from cm_console.sources.email.folders import Folders
from cm_console.sources.email.heads import CHUNK, DONE, Head, Role, flags_of, heads
from cm_console.sources.email.imap import Imap, State
from cm_console.sources.email.imap_words import uid_set
from cm_console.sources.email.progress import Mark, marks_of
from cm_console.sources.email.records import is_certain, records_of, thread_of
from cm_console.sources.email.texts import read

EACH = 30
"""Messages on a page: each may bring its author and its thread."""
READ_ROLES = (Role.INBOX, Role.SENT)


class Pull:
    """One pull."""

    def __init__(self, account: Account, cursor: Cursor | None) -> None:
        self._account = account
        self._known = account.conversations
        self._before = marks_of(cursor)
        self._marks = marks_of(cursor)
        self._done, self._total = 0, 0
        self._note = ""
        self._imap: Imap
        self._folders: Folders

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield what is new until caught up."""
        held: Page | None = None
        async with self._account.session("pull") as self._imap:
            self._folders = await self._account.folders(self._imap)
            async with aclosing(self._all()) as pages:
                async for page in pages:
                    if held is not None:
                        yield held
                    held = page
            if held is None and self._marks != self._before:
                held = self._page(())
        if held is not None:
            yield replace(held, more=False, cursor=self._marks.encode())

    async def _all(self) -> AsyncGenerator[Page, None]:
        inbox = await self._imap.open(self._folders.get(Role.INBOX))
        changed = {Role.INBOX: inbox}
        for role in (Role.SENT, Role.JUNK, Role.TRASH):
            if name := self._folders.get(role):
                changed[role] = await self._imap.status(name)
        fresh = {role for role, state in changed.items() if self._begin(role, state)}
        for part in (self._thrown_away, self._arrived, self._flagged):
            async with aclosing(part(changed, fresh)) as pages:
                async for page in pages:
                    yield page
        for role, state in changed.items():
            self._marks.folders[role].modseq = state.modseq
        async with aclosing(self._back()) as pages:
            async for page in pages:
                yield page

    def _begin(self, role: Role, state: State) -> bool:
        """Start with a folder that is new, or whose ids mean nothing any more; tells whether it did."""
        name, mark = self._folders.get(role), self._marks.folders.get(role)
        since = self._account.since
        if mark is not None and self._marks.fits(role, name, state):
            if role in READ_ROLES and since + 86_400_000 < mark.since:
                mark.low, mark.since = mark.high + 1, since  # `history` was made longer
            return False
        if mark is not None and mark.name == name:
            self._note = f"{name} was made anew on the server: it is read again"
            self._known.forget(role)
        high = max(0, state.next - 1)
        low = high + 1 if role in READ_ROLES and high else 0
        self._marks.folders[role] = Mark(name, state.validity, high, low, since)
        return True

    async def _thrown_away(self, states: dict[Role, State], fresh: set[Role]) -> AsyncGenerator[Page, None]:
        """What came into Junk and Trash is gone from where it was, unless another copy still stands there."""
        for role in (Role.JUNK, Role.TRASH):
            if role not in states or role in fresh:
                continue
            for chunk in await self._uids_after(role, states[role]):
                there = await heads(self._imap, role, chunk, self._known.ours)
                gone = await self._gone(there)
                self._marks.folders[role].high = chunk[-1]
                for at in range(0, len(gone), EACH):
                    yield self._page((), gone[at : at + EACH])

    async def _gone(self, thrown: list[Head]) -> list[Ref]:
        complete, self._known.complete = self._known.complete, False  # what we remember may be what was thrown away
        roots = [self._known.root(head) for head in thrown]
        self._known.looked.difference_update(roots)
        for head in thrown:
            self._forget(head.id)
        await self._fill(roots)
        self._known.complete = complete
        left = {head.id for head in thrown if (copy := self._known.by_id(head.id)) is not None and not copy.deleted}
        gone = [Ref(Kind.POST, head.id) for head in thrown if head.id not in left]
        empty = [root for root in dict.fromkeys(roots) if not self._known.thread(root)]
        return [*dict.fromkeys(gone), *(Ref(Kind.THREAD, root) for root in empty)]

    def _forget(self, id: str) -> None:
        while (head := self._known.by_id(id)) is not None:
            self._known.drop((head.role, head.uid))

    async def _arrived(self, states: dict[Role, State], fresh: set[Role]) -> AsyncGenerator[Page, None]:
        """What is new, our own answers first: so nobody seems to wait who does not."""
        for role in (Role.SENT, Role.INBOX):
            if role not in states or role in fresh:
                continue
            for chunk in await self._uids_after(role, states[role]):
                new = await heads(self._imap, role, chunk, self._known.ours)
                new = await self._take_in(new)
                for at in range(0, len(new), EACH):
                    some = new[at : at + EACH]
                    records = await self._read(some)
                    last = some[-1].uid if at + EACH < len(new) else chunk[-1]
                    self._marks.folders[role].high = last
                    yield self._page(records)
                self._marks.folders[role].high = chunk[-1]

    async def _take_in(self, new: list[Head]) -> list[Head]:
        """Learn where they belong; gives them as they are known then."""
        for head in sorted(new, key=lambda head: head.date):
            await fill_subject(self._imap, self._folders, self._known, head)
            self._known.add([head])
        await self._fill(head.oldest for head in new if head.oldest)
        return [self._known.at((head.role, head.uid)) or head for head in new]

    async def _fill(self, roots: Iterable[str]) -> None:
        since = self._marks.folders[Role.INBOX].since
        await fill(self._imap, self._folders, self._known, roots, since=since, roles=READ_ROLES)

    async def _uids_after(self, role: Role, state: State) -> list[list[int]]:
        """The ids in a folder that are new, in chunks; one is in the folder afterwards."""
        high = self._marks.folders[role].high
        if state.next and state.next <= high + 1:
            return []
        await self._imap.enter(self._folders.get(role))
        found = [uid for uid in await self._imap.search(f"UID {high + 1}:*".encode()) if uid > high]
        return [found[at : at + CHUNK] for at in range(0, len(found), CHUNK)]

    async def _read(self, some: list[Head]) -> list[Record]:
        """The texts of messages of any folder, as records."""
        texts: list[tuple[Head, bytes]] = []
        for role in READ_ROLES:
            these = {head.uid: head for head in some if head.role is role and not head.deleted}
            if not these:
                continue
            await self._imap.enter(self._folders.get(role))
            found = await read(self._imap, these)
            texts += [(head, found[uid]) for uid, head in these.items() if uid in found]
            if role is Role.SENT and (drafts := {uid for uid, head in these.items() if head.draft}):
                self._marks.folders[role].held = sorted({*self._marks.folders[role].held, *drafts})[-50:]
        threads = [self._known.root(head) for head in some if is_certain(self._known.root(head), self._known, head)]
        return await asyncio.to_thread(records_of, texts, self._known, threads)

    async def _flagged(self, states: dict[Role, State], fresh: set[Role]) -> AsyncGenerator[Page, None]:
        """Flags that somebody set: a thread that is done now or again open, and sent mail that has really gone out."""
        held = self._marks.folders[Role.SENT].held if Role.SENT in states else []
        if held:
            await self._imap.enter(self._folders.get(Role.SENT))
            found = await self._imap.fetch(uid_set(held), b"FLAGS")
            clear = [uid for uid in held if "\\draft" not in flags_of(found.get(uid, {}))]
            sent = await heads(self._imap, Role.SENT, [uid for uid in clear if uid in found], self._known.ours)
            self._known.add(sent)
            self._marks.folders[Role.SENT].held = [uid for uid in held if uid not in clear]
            if sent:
                yield self._page(await self._read(sent))
        mark = self._marks.folders[Role.INBOX]
        if Role.INBOX in fresh or not 0 < mark.modseq < states[Role.INBOX].modseq:
            return
        await self._imap.enter(mark.name)
        changed = await self._imap.fetch(f"1:{max(1, mark.high)}".encode(), b"FLAGS", since=mark.modseq)
        moved = [uid for uid, facts in changed.items() if uid <= mark.high and self._matters(uid, flags_of(facts))]
        for at in range(0, len(moved), EACH):
            yield await self._anew(moved[at : at + EACH])

    def _matters(self, uid: int, flags: frozenset[str]) -> bool:
        head = self._known.at((Role.INBOX, uid))
        return head is None or head.done is not (DONE in flags) or head.deleted is not ("\\deleted" in flags)

    async def _anew(self, uids: list[int]) -> Page:
        """Threads whose flags have changed; messages that are marked as deleted now, or not any more."""
        await self._imap.enter(self._folders.get(Role.INBOX))
        before = [self._known.at((Role.INBOX, uid)) for uid in uids]
        some = await heads(self._imap, Role.INBOX, uids, self._known.ours)
        self._known.add(some)
        await self._fill(head.oldest or head.id for head in some)
        back = {head.uid for head in before if head is not None and head.deleted}
        again = await self._read([head for head in some if head.uid in back])
        roots = dict.fromkeys(self._known.root(head) for head in some)
        threads = [thread for root in roots if (thread := thread_of(root, self._known))]
        return self._page((*again, *threads), [Ref(Kind.POST, head.id) for head in some if head.deleted])

    async def _back(self) -> AsyncGenerator[Page, None]:
        """The way back into the past, the newest first."""
        back = Backwards(self._imap, self._folders, self._known, self._marks)
        if not back.wanted():
            return
        total = await back.prepare()
        yield self._page((), total=total)
        while some := back.take(EACH):
            records = await self._read(some)
            back.passed(some)
            self._done += len(some)
            yield self._page(records, total=total)
        back.finish()
        if self._done:
            yield self._page((), total=total)

    def _page(self, records: Iterable[Record], gone: Iterable[Ref] = (), *, total: int | None = None) -> Page:
        note, self._note = self._note, ""
        cursor = self._marks.encode()
        return Page(tuple(records), tuple(gone), cursor, True, self._done, total, note)
