"""Events as records. A post's id is `room/event`: to read or answer an event one has to know its room."""

from __future__ import annotations

from cm_console.model.errors import Gone
from cm_console.model.records import Activity, Post, PostState, Thread, ThreadKind
from cm_console.model.text import Untrusted, clean_line
from cm_console.sources.matrix import events
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.wire import Event

REMOVED = Untrusted("(removed)")
DIRECT = Untrusted("direct messages")


def id_of(room: str, event: str) -> str:
    """The id of a post or thread."""
    return f"{room}/{event}"


def parts(id: str) -> tuple[str, str]:
    """Room and event of an id; the event is "" for a private talk. Gone if it cannot be one."""
    room, _, event = id.partition("/$")
    if not room.startswith("!"):
        raise Gone(f"{clean_line(id, 60)} is not on the server")
    return room, f"${event}" if event else ""


def link(room: str, event: str = "") -> str:
    """The address of an event that any Matrix client opens."""
    from urllib.parse import quote

    return f"https://matrix.to/#/{quote(room, safe='!:')}" + (f"/{quote(event, safe='$')}" if event else "")


def post(room: Room, event: Event, root: str, me: str, seen: Event | None = None) -> Post:
    """A message as a post of the thread that `root` began; of a private talk there is only one thread."""
    edit = events.last_edit(event, seen)
    answered = events.answered(event)
    return Post(
        id=id_of(room.id, event.event_id),
        thread=room.id if room.direct else id_of(room.id, root),
        author=event.sender or None,
        created_at=events.at(event),
        text=events.text_of(event, edit),
        edited_at=events.at(edit) if edit else None,
        reply_to=id_of(room.id, answered) if answered else None,
        state=PostState.VISIBLE,
        mentions_us=event.sender != me and events.mentions(event, edit, me),
        url=link(room.id, event.event_id),
        version=version_of(event, edit),
    )


def thread(room: Room, root: Event, seen: Event | None = None) -> Thread:
    """The thread that a message began: closed if that message was removed, or is one that machines write."""
    if room.direct:
        return talk(room)
    edit = events.last_edit(root, seen)
    removed = events.is_redacted(root)
    title = REMOVED if removed else events.title_of(events.text_of(root, edit))
    return Thread(
        id=id_of(room.id, root.event_id),
        title=title,
        author=root.sender or None,
        created_at=events.at(root),
        place=Untrusted(room.name),
        url=link(room.id, root.event_id),
        closed=removed or events.said(root).get("msgtype") == "m.notice",
        version=version_of(root, edit),
    )


def talk(room: Room) -> Thread:
    """A private talk with us, from its beginning to its end."""
    return Thread(
        id=room.id,
        title=Untrusted(room.name),
        author=room.with_whom,
        created_at=room.created_at,
        kind=ThreadKind.DIRECT,
        place=DIRECT,
        url=link(room.id),
    )


def unseen(room: Room, root: str, first: Post) -> Thread:
    """A thread whose beginning nobody lets us read."""
    title = Untrusted("(begins with a message that cannot be read here)")
    id = id_of(room.id, root)
    return Thread(id, title, None, first.created_at, place=Untrusted(room.name), url=link(room.id, root))


def reaction(room: Room, event: Event) -> Activity | None:
    """Somebody's reaction to a message."""
    kind, target = events.relation(event)
    if kind != events.ANNOTATION or events.is_redacted(event):
        return None
    id = id_of(room.id, event.event_id)
    return Activity(id, "reaction", events.at(event), event.sender or None, id_of(room.id, target))


def version_of(event: Event, edit: Event | None) -> str:
    """What changes when a message is edited or removed: the event that holds its words."""
    words = (edit or event).event_id
    return f"{words} removed" if events.is_redacted(event) else words
