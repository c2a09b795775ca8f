"""From the inbox to the lists of engage-first, and how many wait there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_console.screens.inbox_views import InboxViews

if TYPE_CHECKING:
    from textual.worker import Worker


class InboxEngage(InboxViews):
    """The command of the inbox that opens them, and the hint in its head."""

    def action_engage(self) -> None:
        """Newcomers to greet, anniversaries, the unanswered, helpers to thank, conversation starters."""
        from cm_console.screens.engage import EngageScreen

        if self.services.engaging is None:
            return
        screen = EngageScreen(self.services)
        screen.fit(self.app.size)
        self.app.push_screen(screen, self._engaged)

    async def _engaged(self, thread_id: int | None) -> None:
        self.look_engage()
        if thread_id is not None:
            await self.go_to(thread_id)

    def _minute(self) -> None:
        super()._minute()
        if self.is_current:
            self.look_engage()

    def look_engage(self) -> None:
        """Look beside everything else: keys do not wait for it, and it ends with the screen."""
        _: Worker[None] = self.run_worker(self.tell_engage, group="engage", exclusive=True)

    async def tell_engage(self) -> None:
        """Say in the head how many newcomers wait for a greeting, or what else there is."""
        from cm_console.screens.engage_rows import HINTS

        if self.services.engaging is None:
            return
        waiting = ""
        for view, words in HINTS.items():
            if rows := await self.services.engaging.rows(view):
                waiting = f"{len(rows)} {words}"
                break
        self.engage_hint = f"E {waiting}" if waiting else ""
        if self.whole:
            self.head()

    async def go_to(self, thread_id: int) -> None:
        """Open a thread from elsewhere; the inbox knows how."""
        raise NotImplementedError
