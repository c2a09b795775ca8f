"""What each column's service is: made, and its module imported, when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cm_console.services.inbox import InboxService

if TYPE_CHECKING:
    from cm_console.config import Config
    from cm_console.services.calendar import CalendarService
    from cm_console.services.clocks import ClocksService
    from cm_console.services.desk import Desk
    from cm_console.services.directory import DirectoryService
    from cm_console.services.engaging import EngagingService
    from cm_console.services.feedback import FeedbackService
    from cm_console.services.handover import HandoverService
    from cm_console.services.joined import JoinedService
    from cm_console.services.journal import JournalService
    from cm_console.services.messaging import MessagingService
    from cm_console.services.metrics import MetricsService
    from cm_console.services.moderation import ModerationService
    from cm_console.services.outbox import OutboxService
    from cm_console.services.people_files import PeopleFiles
    from cm_console.services.persons import PersonsService
    from cm_console.services.privacy import PrivacyService
    from cm_console.services.saved_views import SavedViewsService
    from cm_console.services.similar import SimilarService
    from cm_console.services.status import StatusService
    from cm_console.services.telling import TellingService
    from cm_console.services.writing import WritingService
    from cm_console.store import Store


class Columns:
    """The services of one community, over its desk; the console is one, with sources and engine."""

    config: Config
    store: Store
    desk: Desk

    @cached_property
    def inbox(self) -> InboxService:
        """Who waits for an answer; the first frame asks for it."""
        return InboxService(self.desk)

    @cached_property
    def clocks(self) -> ClocksService:
        """What is promised to whom, and until when."""
        from cm_console.services.clocks import ClocksService

        return ClocksService(self.desk, self.config.triage, self.config.business_hours)

    @cached_property
    def saved_views(self) -> SavedViewsService:
        """Lists of the inbox under a name."""
        from cm_console.services.saved_views import SavedViewsService

        return SavedViewsService(self.desk)

    @cached_property
    def status(self) -> StatusService:
        """How the sources and the queue are."""
        from cm_console.services.status import StatusService

        return StatusService(self.store, frozenset(source.name for source in self.config.sources))

    @cached_property
    def moderation(self) -> ModerationService:
        """Cases and what was decided."""
        from cm_console.services.moderation import ModerationService

        return ModerationService(self.desk, self.config.guidelines)

    @cached_property
    def calendar(self) -> CalendarService:
        """Planned content."""
        from cm_console.services.calendar import CalendarService

        return CalendarService(self.desk, self.config.timezone)

    @cached_property
    def telling(self) -> TellingService:
        """What platforms are told of threads beside answers."""
        from cm_console.services.telling import TellingService

        return TellingService(self.desk)

    @cached_property
    def similar(self) -> SimilarService:
        """Similar questions that were answered, and who could answer."""
        from cm_console.services.similar import SimilarService

        service = SimilarService(self.desk)
        service.template = self.config.templates.get("ask", service.template)
        return service

    @cached_property
    def handover(self) -> HandoverService:
        """To colleagues, and to teams outside."""
        from cm_console.services.handover import HandoverService

        return HandoverService(self.desk, self.config.handover, self.config.community)

    @cached_property
    def engaging(self) -> EngagingService:
        """Whom to greet, congratulate, answer and thank."""
        from cm_console.model.engaging import STARTERS
        from cm_console.services.engaging import EngagingService

        config = self.config
        service = EngagingService(self.desk, config.timezone, config.engage, config.starters or STARTERS)
        service.community, service.templates = config.community, {**service.templates, **config.templates}
        return service

    @cached_property
    def joined(self) -> JoinedService:
        """Several threads as one inquiry."""
        from cm_console.services.joined import JoinedService

        return JoinedService(self.desk)

    @cached_property
    def feedback(self) -> FeedbackService:
        """What members ask for, by theme."""
        from cm_console.services.feedback import FeedbackService

        return FeedbackService(self.desk, self.config.community)

    @cached_property
    def metrics(self) -> MetricsService:
        """Numbers and goals."""
        from cm_console.services.metrics import MetricsService

        return MetricsService(self.desk, self.config.timezone)

    @cached_property
    def directory(self) -> DirectoryService:
        """Persons by segment and level."""
        from cm_console.services.directory import DirectoryService

        return DirectoryService(self.desk, self.config.timezone, self.config.people)

    @cached_property
    def people_files(self) -> PeopleFiles:
        """Persons into a file and back."""
        from cm_console.services.people_files import PeopleFiles

        return PeopleFiles(self.desk, self.directory)

    @cached_property
    def persons(self) -> PersonsService:
        """Who is behind the names."""
        from cm_console.services.persons import PersonsService

        return PersonsService(self.desk)

    @cached_property
    def privacy(self) -> PrivacyService:
        """What is kept of people, and for how long."""
        from cm_console.services.privacy import PrivacyService

        days = {source.name: source.keep_days for source in self.config.sources if source.keep_days is not None}
        return PrivacyService(self.desk, days)

    @cached_property
    def writing(self) -> WritingService:
        """What helps to write answers."""
        from cm_console.config.book import ReplyBook
        from cm_console.services.writing import WritingService

        return WritingService(self.desk, ReplyBook(self.config), self.config.community, self.config.team)

    @cached_property
    def messaging(self) -> MessagingService:
        """Writing to members privately."""
        from cm_console.services.messaging import MessagingService

        return MessagingService(self.desk, self.writing, self.config.timezone, self.config.community, self.config.team)

    @cached_property
    def outbox(self) -> OutboxService:
        """What is on its way to the platforms."""
        from cm_console.services.outbox import OutboxService

        return OutboxService(self.desk)

    @cached_property
    def journal(self) -> JournalService:
        """Who decided what, and the way back."""
        from cm_console.services.journal import JournalService

        return JournalService(self.desk)
