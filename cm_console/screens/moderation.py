"""Moderation: cases worst first; see what is judged, by whom it was written and reported, and decide with a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from cm_console.model.moderation import CaseRow
from cm_console.model.verb import TIMED, Verb
from cm_console.screens import verdicts
from cm_console.screens.cases import CasesScreen
from cm_console.screens.dialogs import Ask, confirm
from cm_console.services.desk import Impossible


class ModerationScreen(CasesScreen, scope="moderation"):
    """What decides cases, and what one does on the way there."""

    # Deciding

    async def action_keep(self) -> None:
        """The reports were wrong."""
        await self._judge(Verb.KEEP)

    async def action_remove(self) -> None:
        """It breaks a guideline."""
        await self._judge(Verb.REMOVE)

    async def action_spam(self) -> None:
        """It is spam; the guideline whose verb is spam goes with it."""
        await self._judge(Verb.SPAM)

    async def action_ignore(self) -> None:
        """Nobody was right or wrong."""
        await self._judge(Verb.IGNORE)

    async def action_warn(self) -> None:
        """Tell the author."""
        await self._judge(Verb.WARN)

    async def action_ban(self) -> None:
        """The author has to leave."""
        await self._judge(Verb.BAN)

    async def action_kick(self) -> None:
        """The author has to go, and may come back."""
        await self._judge(Verb.KICK)

    async def action_silence(self) -> None:
        """The author may only read."""
        await self._judge(Verb.SILENCE)

    async def action_hide(self) -> None:
        """Nobody shall see it."""
        await self._judge(Verb.HIDE)

    async def _judge(self, verb: Verb) -> None:
        await self.list.settled()
        rows = cast("list[CaseRow]", self.list.chosen())
        if rows:
            self.perform(self._end(rows, verb), asks=True)

    async def _end(self, rows: Sequence[CaseRow], verb: Verb) -> str:
        """Look whether it can be done, ask what must be asked, decide, go on to the next case."""
        moderation, ids = self.services.moderation, [row.id for row in rows]
        prospects = await moderation.foresee(ids, verb)
        refused = [each.why_not for each in prospects if each.why_not]
        if refused:
            raise Impossible(f"{len(refused)} of {len(rows)}: {refused[0]}" if len(rows) > 1 else refused[0])
        local = sum(each.local for each in prospects)
        if not await verdicts.is_sure(self, rows, verb):
            return ""
        endless = sorted({row.source for row, each in zip(rows, prospects, strict=True) if not each.timed})
        days = await verdicts.ask_days(self, verb, endless) if verb in TIMED else None
        if verb in TIMED and days is None:
            return ""
        answer = await verdicts.ask_breach(self, rows, verb, tells=local < len(rows))
        if answer is None:
            return ""
        clause, message = answer
        number = clause.number if clause else None
        until = verdicts.until(days, self.services.clock.now())
        await moderation.decide_each(ids, verb, guideline=number, message=message, until=until)
        self._passed(ids)
        return verdicts.said(verb, len(ids), number, days, local)

    def _passed(self, ids: Sequence[int]) -> None:
        self.list.marks.clear()
        self.list.pass_over(set(ids))

    # Beside deciding

    async def action_claim(self) -> None:
        """Take it, or give it back."""
        await self.list.settled()
        rows = cast("list[CaseRow]", self.list.chosen())
        if rows:
            self.perform(self._claim(rows), asks=True)

    async def _claim(self, rows: Sequence[CaseRow]) -> str:
        me, ids = self.services.actor, [row.id for row in rows]
        if all(row.claimed_by == me for row in rows):
            await self.services.moderation.claim_each(ids, release=True)
            self.list.marks.clear()
            return "Given back."
        others = sorted({row.claimed_by for row in rows} - {"", me})
        if others:
            sure = await self.ask(confirm("Take it over?", f"{', '.join(others)} is at it.", "take it over"))
            if not sure:
                return ""
        await self.services.moderation.claim_each(ids, take_over=bool(others))
        self.list.marks.clear()
        return "Yours: colleagues see that you are at it."

    async def action_escalate(self) -> None:
        """Somebody else shall look at it too."""
        await self._ask_words("Escalate: what should they know?", "enter alone escalates without a note", "escalate")

    async def action_note(self) -> None:
        """For colleagues only."""
        await self._ask_words("Private note on the case", "only the team reads it", "note")

    async def _ask_words(self, title: str, hint: str, what: str) -> None:
        await self.list.settled()
        ids = [row.id for row in self.list.chosen()]
        if ids:
            self.perform(self._with_words(ids, title, hint, what), asks=True)

    async def _with_words(self, ids: Sequence[int], title: str, hint: str, what: str) -> str:
        words = await self.ask(Ask(title, hint=hint))
        if words is None or (what == "note" and not words):
            return ""
        if what == "note":
            for id in ids:
                await self.services.moderation.note(id, words)
            return "Noted, for colleagues only."
        await self.services.moderation.escalate_each(ids, words)
        self._passed(ids)
        return "Escalated: it stands on top for the team."
