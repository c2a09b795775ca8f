"""Feedback in the inbox: mark what a member asks for with its theme, and go to the list of themes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_console.model.inbox import InquiryRow
from cm_console.screens.mode import Part
from cm_console.widgets.lines import one_line

if TYPE_CHECKING:
    from cm_console.model.thread import PostRow
    from cm_console.services.feedback import FeedbackService

SHOWN = 9
"""Posts that have a number in the question; of more one is found by typing."""


class InboxFeedback(Part):
    """The commands of the inbox that are about feedback."""

    async def action_feedback(self) -> None:
        """Mark a post as feedback, or change that."""
        await self.list.settled()
        chosen: list[InquiryRow] = self.list.chosen()
        if self.services.feedback is not None and chosen:
            self.perform(self._feedback(self.services.feedback, chosen), asks=True)

    async def _feedback(self, service: FeedbackService, chosen: list[InquiryRow]) -> str:
        from cm_console.screens.many import sure_of_many

        if len(chosen) == 1 and chosen[0].feedback and (said := await self._marked(service, chosen[0])) != "more":
            return said
        post = await self._which_post(chosen[0].id) if len(chosen) == 1 else None
        if post == "":
            return ""
        themes = await service.themes()
        theme = await self._ask_theme([str(each.name) for each in themes])
        if not theme or not await sure_of_many(self, len(chosen), "mark", "threads"):
            return ""
        area = await self._ask_area(theme, {str(each.name): str(each.area) for each in themes})
        if area is None:
            return ""
        await service.mark([row.id for row in chosen], theme, area, post=post)
        self.list.marks.clear()
        return f"Feedback: {theme}." if len(chosen) == 1 else f"Feedback: {theme}, {len(chosen)} threads."

    async def _ask_theme(self, known: list[str]) -> str | None:
        from cm_console.screens.suggesting import Suggest

        return await self.ask(Suggest("Feedback: which theme?", known, hint="offline maps, prices, …"))

    async def _ask_area(self, theme: str, areas: dict[str, str]) -> str | None:
        """The product area; a theme that has one keeps it."""
        from cm_console.screens.suggesting import Suggest

        usual = next((area for name, area in areas.items() if name.casefold() == theme.casefold()), "")
        if usual:
            return usual
        known = sorted({area for area in areas.values() if area})
        return await self.ask(Suggest("Product area? Enter alone for none", known, hint="app, shop, events, …"))

    async def _which_post(self, thread_id: int) -> str | None:
        """The platform's id of the post that is meant; "" for back, None where there is but one."""
        from cm_console.screens.dialogs import Choice, Choose
        from cm_console.screens.find import Find

        posts: Sequence[PostRow] = (await self.services.inbox.excerpt(thread_id)).posts
        theirs = [post for post in posts if post.role not in ("team", "bot") and post.state != "deleted"]
        if len(theirs) < 2:
            return theirs[0].remote if theirs else None
        answers = [
            Choice(str(n), f"{post.author}: {one_line(post.body)}", post.remote) for n, post in enumerate(theirs, 1)
        ]
        question = Choose if len(theirs) <= SHOWN else Find
        return await self.ask(question("Which post is feedback?", answers)) or ""

    async def _marked(self, service: FeedbackService, row: InquiryRow) -> str:
        """What is done with a thread that is marked: "more" to mark another post, else what happened."""
        from cm_console.screens.dialogs import Choice, Choose

        items = (await service.items(thread_id=row.id))[:SHOWN]
        answers = [Choice("f", "mark another post", ("more", ""))]
        for n, item in enumerate(items, 1):
            answers.append(Choice(str(n), f"another theme for “{item.theme}” of {item.author}", ("theme", item.id)))
        for letter, item in zip("abcdeghij", items, strict=False):
            answers.append(Choice(letter, f"no feedback after all: “{item.theme}” of {item.author}", ("none", item.id)))
        answer = await self.ask(Choose("It is feedback", answers))
        if answer is None:
            return ""
        what, id = answer
        if what == "theme":
            theme = await self._ask_theme([str(each.name) for each in await service.themes()])
            if theme:
                await service.retheme(id, theme)
            return f"Feedback: {theme}." if theme else ""
        if what == "none":
            await service.unmark(id)
            return "No feedback any more."
        return "more"

    def action_themes(self) -> None:
        """The list of themes."""
        from cm_console.screens.feedback import FeedbackScreen

        def go(thread_id: int | None) -> None:
            if thread_id is not None:
                self.run_worker(self.go_to(thread_id), group="commands")  # type: ignore[attr-defined]  # of the inbox

        screen = FeedbackScreen(self.services)
        screen.fit(self.app.size)
        self.app.push_screen(screen, go)
