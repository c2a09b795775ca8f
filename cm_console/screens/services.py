"""What the screens know of the product: its services and who sits here; made once, outside, and handed down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cm_console.model.time import Clock

if TYPE_CHECKING:
    from cm_console.services.changes import Changes
    from cm_console.services.clocks import ClocksService
    from cm_console.services.directory import DirectoryService
    from cm_console.services.engaging import EngagingService
    from cm_console.services.feedback import FeedbackService
    from cm_console.services.handover import HandoverService
    from cm_console.services.inbox import InboxService
    from cm_console.services.joined import JoinedService
    from cm_console.services.journal import JournalService
    from cm_console.services.messaging import MessagingService
    from cm_console.services.moderation import ModerationService
    from cm_console.services.outbox import OutboxService
    from cm_console.services.people_files import PeopleFiles
    from cm_console.services.persons import PersonsService
    from cm_console.services.privacy import PrivacyService
    from cm_console.services.saved_views import SavedViewsService
    from cm_console.services.similar import SimilarService
    from cm_console.services.status import StatusService
    from cm_console.services.writing import WritingService


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Services:
    """Everything a screen may use.

    Attributes:
        community: its name, for the top line.
        actor: who sits here; `team` everybody who may get work, the actor among them.
        keymap: from `keys.validate`.
        sync: ask the engine to pull everything now; returns at once.
        changes: what became dirty; the app is its listener.
        status: sources, queue and badges, for the top line.
        journal: undo.
        inbox, moderation, calendar, metrics, outbox, telling: the services of the columns.
    """

    community: str
    actor: str
    clock: Clock
    zone: ZoneInfo
    sync: Callable[[], None]
    changes: Changes
    status: StatusService
    inbox: InboxService
    moderation: ModerationService
    outbox: OutboxService
    journal: JournalService
    team: tuple[str, ...] = ()
    keymap: Mapping[str, str] = field(default_factory=dict)
    calendar: Any = None
    metrics: Any = None
    telling: Any = None
    similar: SimilarService | None = None
    joined: JoinedService | None = None
    feedback: FeedbackService | None = None
    persons: PersonsService | None = None
    directory: DirectoryService | None = None
    people_files: PeopleFiles | None = None
    privacy: PrivacyService | None = None
    clocks: ClocksService | None = None
    saved_views: SavedViewsService | None = None
    engaging: EngagingService | None = None
    writing: WritingService | None = None
    messaging: MessagingService | None = None
    handover: HandoverService | None = None
