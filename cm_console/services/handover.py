"""Hand over: to a colleague with a note in one step, or to a team outside, linked both ways.

What leaves is shown before: `preview` makes it, `hand_over` queues just those words, and only after a yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cm_console.model.handover import Handed, OutsideTeam, Parcel, quoted
from cm_console.model.inbox import Status
from cm_console.model.templates import fill
from cm_console.model.text import clean, clean_line
from cm_console.services.desk import Decision, Desk, Impossible
from cm_console.store import handover

if TYPE_CHECKING:
    from cm_console.model.send_checks import Doubt
    from cm_console.store.sqlite import Connection

TITLE_LIMIT = 200
WORDS_SHOWN = 300
"""Characters of an answer from outside that the note repeats."""


class HandoverService:
    """What the inbox and `cm-console inbox hand-over` may ask and command."""

    def __init__(self, desk: Desk, teams: Sequence[OutsideTeam] = (), community: str = "") -> None:
        self._desk, self._community = desk, community
        self.teams = {team.name: team for team in teams}

    async def to_colleague(self, thread_ids: Sequence[int], colleague: str, note: str) -> None:
        """Assign inquiries and leave a note that names the colleague, who finds them among the mentions.

        Raises:
            Impossible: there is no such thread.
        """
        from cm_console.store import mentions

        words = clean(note.strip())
        named = words if f"@{colleague}".casefold() in words.casefold() else f"@{colleague} {words}".strip()

        def change(decision: Decision, thread_id: int) -> None:
            decision.head(thread_id)
            decision.thread(thread_id, assignee=colleague)
            _note(decision, thread_id, decision.operation.actor, named)
            mentions.note(decision.operation, thread_id, named)

        changes = [(f"thread:{id}", lambda decision, id=id: change(decision, id)) for id in thread_ids]
        await self._desk.decide_each("hand over", changes)

    async def preview(self, thread_id: int, name: str, note: str) -> Parcel:
        """What a team outside would be told.

        Raises:
            Impossible: no such team or thread, or its source cannot publish.
        """
        from cm_console.model.verb import Verb
        from cm_console.store import sources

        team = self._team(name)

        def query(conn: Connection) -> tuple[tuple[str, str, str, str, str] | None, str, str]:
            why_not = sources.why_not(conn, team.source, Verb.PUBLISH)
            return handover.facts(conn, thread_id), handover.last_words(conn, thread_id), why_not

        facts, words, why_not = await self._desk.store.read(query)
        if facts is None:
            raise Impossible(f"there is no thread {thread_id}")
        if why_not:
            raise Impossible(f"{name} cannot be told: {why_not}")
        title, link, place, source, member = facts
        places = {"title": title, "link": link, "place": place, "source": source, "member": member}
        places |= {"note": clean(note.strip()), "words": quoted(words), "me": self._desk.me}
        places |= {"community": self._community, "ref": f"thread:{thread_id}"}
        return Parcel(name, team.source, team.place, _line(team.title, places), _body(team.body, places))

    async def doubts(self, thread_id: int, parcel: Parcel, note: str) -> list[Doubt]:
        """What should be looked at before a parcel leaves; nothing for an ordinary one.

        Raises:
            Impossible: there is no such thread.
        """
        from cm_console.model.send_checks import check_parcel
        from cm_console.store import sources, writing

        def query(conn: Connection) -> list[Doubt]:
            scene = writing.scene(conn, thread_id, self._desk.me, None)
            if scene is None:
                raise Impossible(f"there is no thread {thread_id}")
            rules = sources.text_rules(conn, parcel.source)
            return check_parcel(parcel.title, parcel.body, note, rules, notes=scene.notes, known=scene.known)

        return await self._desk.store.read(query)

    async def hand_over(self, thread_id: int, parcel: Parcel) -> str:
        """Tell the team outside just what was shown, through the outbox; returns the hand-over's id.

        Raises:
            Impossible: nothing to say, no such thread, or the source cannot publish.
        """
        from cm_console.model.action import Action, Verb

        if not parcel.body.strip() or not parcel.title.strip():
            raise Impossible("an empty hand-over says nothing")
        id = self._desk.new_id()

        def change(decision: Decision) -> str:
            decision.head(thread_id)
            action = Action("", Verb.PUBLISH, title=parcel.title, text=parcel.body, place=parcel.place)
            action_id = decision.queue(action, parcel.source, thread_id=thread_id)
            row: dict[str, object] = {"thread_id": thread_id, "team": parcel.team, "action_id": action_id}
            row |= {"at": decision.now, "by": decision.operation.actor}
            decision.operation.change("handover", {"id": id}, row)
            return id

        return await self._desk.decide("hand over", f"thread:{thread_id}", change)

    async def of_thread(self, thread_id: int) -> list[Handed]:
        """To whom it was handed over, newest first."""
        return await self._desk.store.read(lambda conn: handover.of_thread(conn, thread_id))

    async def origin(self, thread_id: int) -> Handed | None:
        """The hand-over that became this thread, if it is one."""
        return await self._desk.store.read(lambda conn: handover.origin(conn, thread_id))

    async def bring_back(self) -> int:
        """What a team outside answered or closed: a note on the inquiry, which is open again; returns how many."""
        found = await self._desk.store.read(handover.came_back)
        for back in found:
            theirs = replace(self._desk, me=back.team)

            def change(decision: Decision, back: handover.Back = back) -> None:
                if back not in handover.came_back(decision.conn):
                    raise Impossible("another console was faster")
                facts = decision.head(back.thread_id)
                row: dict[str, object] = {"back_at": back.at, "closed": int(back.closed)}
                decision.operation.change("handover", {"id": back.id}, row)
                _note(decision, back.thread_id, back.team, _told(back))
                if Status(int(str(facts["status"]))) is not Status.OPEN:
                    decision.thread(back.thread_id, status=int(Status.OPEN), status_at=decision.now, snoozed_until=None)

            with suppress(Impossible):
                await theirs.decide("came back", f"thread:{back.thread_id}", change)
        return len(found)

    def _team(self, name: str) -> OutsideTeam:
        if name not in self.teams:
            known = ", ".join(self.teams) or "none: [handover.NAME] in the config makes one"
            raise Impossible(f"there is no team {name!r} outside; there are: {known}")
        return self.teams[name]


def _note(decision: Decision, thread_id: int, author: str, words: str) -> None:
    row: dict[str, object] = {"item": f"thread:{thread_id}", "author": author, "body": words, "at": decision.now}
    decision.operation.change("note", {"id": decision.desk.new_id()}, row)


def _told(back: handover.Back) -> str:
    what = "closed it" if back.closed else "answered"
    if not back.words:
        return clean(f"{back.team} {what}: {back.what}")
    words = back.words.strip()
    short = words if len(words) <= WORDS_SHOWN else words[:WORDS_SHOWN].rstrip() + " …"
    return clean(f"{back.team} ({back.who}) {what}: {back.what}\n{short}")


def _line(template: str, places: dict[str, str]) -> str:
    return clean_line(fill(template, places)[0], TITLE_LIMIT).strip()


def _body(template: str, places: dict[str, str]) -> str:
    """Filled in; what there is nothing to say for leaves no trace."""
    text, missing = fill(template, places)
    for name in missing:
        text = text.replace(f"{{{name}}}", "")
    paragraphs = [part.strip("\n") for part in text.split("\n\n")]
    return str(clean("\n\n".join(part for part in paragraphs if part.strip())))
