"""What one does with a person: note, tag, follow up, note a contact, merge, take apart, decide suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.model.person import Named, Person
from cm_console.model.plural import counted
from cm_console.screens.dialogs import Ask, Choice, Choose
from cm_console.screens.mode import ModeScreen
from cm_console.services.desk import Impossible
from cm_console.services.persons import WAYS

if TYPE_CHECKING:
    from cm_console.services.persons import PersonsService


class PersonCommands(ModeScreen):
    """The commands of the person screen."""

    persons: PersonsService
    member_id: int
    known: Person | None = None

    @property
    def person(self) -> Person:
        """Who is shown.

        Raises:
            Impossible: not read yet, or gone.
        """
        if self.known is None:
            raise Impossible("nobody is shown yet")
        return self.known

    # What the team keeps

    def action_note(self) -> None:
        """For colleagues only."""
        self.perform(self._note(), asks=True)

    async def _note(self) -> str:
        from cm_console.screens.kept_words import ask_words

        about = f"note {self.member_id}"
        words = await ask_words(self, about, "Private note on this person", "only the team reads it")
        if not words:
            return ""
        await self.persons.note(self.member_id, words)
        return "Noted, for colleagues only."

    def action_contact(self) -> None:
        """A call, a coffee: how one was in touch outside the console."""
        self.perform(self._contact(), asks=True)

    async def _contact(self) -> str:
        way = await self.ask(Choose("In touch how?", _ways()))
        if not way:
            return ""
        from cm_console.screens.kept_words import ask_words

        words = await ask_words(self, f"contact {self.member_id}", "What was it about?", "only the team reads it")
        if not words:
            return ""
        await self.persons.contact(self.member_id, words, way)
        return "Noted."

    def action_message(self) -> None:
        """Write to them privately."""
        from cm_console.screens.messaging import write_privately

        self.perform(write_privately(self, self.member_id), asks=True)

    def action_tag(self) -> None:
        """Tags in one line."""
        self.perform(self._tag(), asks=True)

    async def _tag(self) -> str:
        from cm_console.screens.inbox_questions import retagged, tags

        have = list(self.person.tags)
        line = await self.ask(tags(have, 1))
        if line is None:
            return ""
        changes = retagged(line, have)
        for word, remove in changes:
            await self.persons.tag(self.member_id, word, remove=remove)
        return "Tagged." if changes else "The tags are as they were."

    def action_follow_up(self) -> None:
        """Come back to them on a day."""
        self.perform(ask_follow_up(self, self.persons, self.member_id), asks=True)

    def action_done(self) -> None:
        """A follow-up is done."""
        self.perform(self._done(), asks=True)

    async def _done(self) -> str:
        waiting = [each for each in self.person.follow_ups if each.done_at is None]
        if not waiting:
            return "No follow-up is open."
        chosen: str | None = waiting[0].id
        if len(waiting) > 1:
            choices = [Choice(str(n), str(each.body), each.id) for n, each in enumerate(waiting[:9], 1)]
            chosen = await self.ask(Choose("Which one is done?", choices))
        if chosen is None:
            return ""
        await self.persons.follow_up_done(chosen)
        return "Done."

    # Accounts

    def action_suggestions(self) -> None:
        """Decide who else they may be."""
        self.perform(self._suggestions(), asks=True)

    async def _suggestions(self) -> str:
        from cm_console.screens.same import decide_same

        return await decide_same(self, self.persons, self.person.suggestions)

    def action_merge(self) -> None:
        """Another account is theirs."""
        self.perform(self._merge(), asks=True)

    async def _merge(self) -> str:
        words = await self.ask(Ask("Which account is theirs too?", hint="handle, source:handle, full name or id"))
        if not words:
            return ""
        mine = {account.id for account in self.person.accounts}
        found = [each for each in await self.persons.find(words) if each.id not in mine][:9]
        if not found:
            raise Impossible("nobody else is called so")
        other = await self.ask(Choose("Which one?", _named(found)))
        if other is None:
            return ""
        from cm_console.screens.same import merge

        merged = await merge(self, self.persons, self.member_id, other)
        return "" if merged is None else f"One person now: {', '.join(merged.accounts)}. z takes it back."

    def action_unmerge(self) -> None:
        """An account is not theirs, or a merge was wrong."""
        self.perform(self._unmerge(), asks=True)

    async def _unmerge(self) -> str:
        person = self.person
        if len(person.accounts) < 2:
            return "This account is linked with no other."
        at = {account.id: account.at for account in person.accounts}
        choices: list[Choice[int | str]] = [
            Choice(str(n), f"take out {words}", id) for n, (id, words) in enumerate(list(at.items())[:9], 1)
        ]
        if len(at) > 2:
            links = zip("abcdefgh", person.links, strict=False)
            choices += [Choice(key, f"take back: {at[link.one]} = {at[link.other]}", link.id) for key, link in links]
        chosen: int | str | None = await self.ask(Choose[int | str]("Take apart", choices))
        if chosen is None:
            return ""
        if isinstance(chosen, str):
            await self.persons.unlink(chosen)
        else:
            await self.persons.unmerge(chosen)
            if chosen == self.member_id:
                self.member_id = next(id for id in at if id != chosen)
        return "Taken apart; z takes it back."

    def action_open_link(self) -> None:
        """One of their profiles in the browser."""
        self.perform(self._open_link(), asks=True)

    async def _open_link(self) -> str:
        pages = [account for account in self.person.accounts if account.url]
        if not pages:
            return "No page of theirs is known."
        url: str | None = pages[0].url
        if len(pages) > 1:
            choices = [Choice(str(n), each.at, each.url) for n, each in enumerate(pages[:9], 1)]
            url = await self.ask(Choose("Open which profile?", choices))
        if url:
            self.app.open_url(url)
        return ""

    def action_forget(self) -> None:
        """Remove their texts and identity for good; asks by typing the handle."""
        self.perform(self._forget(), asks=True)

    async def _forget(self) -> str:
        from cm_console.screens.privacy import forget

        receipt = await forget(self, self.person)
        if receipt:
            self.dismiss()
        return receipt

    def action_export(self) -> None:
        """Everything known of them into a file."""
        self.perform(self._export(), asks=True)

    async def _export(self) -> str:
        from cm_console.screens.privacy import export

        return await export(self, self.person)


def _ways() -> list[Choice[str]]:
    """Ways to have been in touch, each with the first letter no other has taken."""
    taken, choices = {"j", "k"}, list[Choice[str]]()
    for way in WAYS:
        if way != "message":
            key = next(letter for letter in way if letter not in taken)
            taken.add(key)
            choices.append(Choice(key, way, way))
    return choices


def _named(found: list[Named]) -> list[Choice[int]]:
    return [
        Choice(str(n), f"{each.at}  {each.name}  {counted(each.posts, 'post')}", each.id)
        for n, each in enumerate(found, 1)
    ]


async def ask_follow_up(screen: ModeScreen, persons: PersonsService, member_id: int) -> str:
    """Ask when and why one comes back to a person; what was said of it."""
    from cm_console.screens.following import ask_day, ask_what

    due = await ask_day(screen)
    words = await ask_what(screen, f"{member_id}") if due else None
    if not due or not words:
        return ""
    await persons.follow_up(member_id, due, words)
    return "It is listed when it is due: in the members (5) under Due, and on their page."
