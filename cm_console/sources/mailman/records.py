"""What Mailman and its archive tell, as records of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cm_console.model.records import Kind, Member, Post, PostState, Ref, Report, Thread
from cm_console.model.text import Untrusted
from cm_console.model.time import DAY, SECOND, Instant, instant
from cm_console.sources.mail.bodies import text_of
from cm_console.sources.mail.headers import Address, Head, head_of
from cm_console.sources.mail.quoting import folded
from cm_console.sources.mail.threads import title_of
from cm_console.sources.mailman import ids, wire
from cm_console.sources.mailman.ids import Pending
from cm_console.sources.mailman.wire_archive import Attachment, Mail, last_part

HELD_CHOICES = ("accept", "discard", "reject", "defer")
REQUEST_CHOICES = ("accept", "reject", "discard", "defer")


def person(known: wire.Address, name: str = "", *, staff: bool = False) -> Member:
    """Somebody; shown by the part before the @, never by the whole address."""
    address = known.email.strip().lower()
    shown = next((one for one in (known.display_name or "", name) if one.strip() and "@" not in one), "")
    handle = Untrusted(Address("", address).handle[:100])
    proved = address if known.verified_on else ""
    joined = moment(known.registered_on)
    return Member(address[:320], handle, Untrusted(shown.strip()[:200]), joined, staff, email=proved)


def moment(text: str | None) -> Instant | None:
    """A time as Mailman writes it: ISO 8601 in UTC without saying so; the year 1 stands for never."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant(found if found.tzinfo else found.replace(tzinfo=UTC)) if found.year > 1990 else None


def held_id(list_id: str, held: wire.Held) -> Pending:
    """The id of a held message: its number, which message it is, and when it was held."""
    return ids.held(list_id, held.request_id, held.message_id, (moment(held.hold_date) or 0) // SECOND)


def data_of(held: wire.Held) -> bytes:
    """The message as bytes: Mailman has packed whatever needs more than seven bits."""
    return held.msg.encode("utf-8", "replace")


def author_of(held: wire.Held, head: Head) -> str:
    """Whose message it is, as Mailman judges it."""
    return (held.moderation_sender or held.sender or head.author.address).strip().lower()[:320]


def held_report(
    list_id: str, held: wire.Held, *, closed_at: Instant | None = None, agreed: bool | None = None
) -> Report:
    """Why a message is held."""
    id = str(held_id(list_id, held))
    why = Untrusted("; ".join(filter(None, map(_reason, held.moderation_reasons))) or held.reason or "")
    at = moment(held.hold_date) or Instant(0)
    return Report(id, Ref(Kind.POST, id), None, "held", at, why, closed_at, agreed, HELD_CHOICES)


def held_post(list_id: str, held: wire.Held, thread: str, *, reply_to: str | None = None) -> Post:
    """A held message as a post nobody but moderators can see."""
    data = data_of(held)
    at, text = moment(held.hold_date) or Instant(0), Untrusted(text_of(data))
    id, author = str(held_id(list_id, held)), author_of(held, head_of(data)) or None
    return Post(id, thread, author, at, text, reply_to=reply_to, state=PostState.HELD)


def held_thread(place: wire.MailingList, held: wire.Held) -> Thread:
    """The thread that a held message would open. It is nobody's question as long as nobody may read it."""
    at, title = moment(held.hold_date) or Instant(0), Untrusted(title_of(held.subject))
    return Thread(str(held_id(place.list_id, held)), title, None, at, place=Untrusted(place.fqdn_listname))


def request_report(
    waiting: Pending,
    request: wire.Request,
    now: Instant,
    *,
    closed_at: Instant | None = None,
    agreed: bool | None = None,
) -> Report:
    """Somebody who waits to join a list, or to leave it."""
    wish = "join" if waiting.kind == ids.JOINING else "leave"
    why = Untrusted(f"wants to {wish} {waiting.list_id}")
    target, at = Ref(Kind.MEMBER, request.email.strip().lower()), moment(request.when) or now
    return Report(str(waiting), target, None, waiting.kind, at, why, closed_at, agreed, REQUEST_CHOICES)


def mail_post(list_id: str, mail: Mail, url: str, now: Instant) -> Post:
    """A mail in the archive."""
    files = "\n".join(map(_attached, mail.attachments))
    text = "\n\n".join(filter(None, (folded(mail.content or "").strip(), files)))
    return Post(
        id=ids.mail(list_id, mail.message_id_hash),
        thread=ids.mail(list_id, last_part(mail.thread)),
        author=mail.sender.plain or None,
        created_at=written_at(mail, now),
        text=Untrusted(text),
        reply_to=ids.mail(list_id, last_part(mail.parent)) if mail.parent else None,
        reactions=max(mail.votes.likes, 0),
        url=url,
    )


def mail_thread(place: wire.MailingList, id: str, first: Mail, url: str, now: Instant) -> Thread:
    """A thread in the archive, as its first mail names it."""
    title, where = Untrusted(title_of(first.subject or "")), Untrusted(place.fqdn_listname)
    at, author = written_at(first, now), first.sender.plain or None
    return Thread(ids.mail(place.list_id, id), title, author, at, place=where, url=url)


def written_at(mail: Mail, now: Instant) -> Instant:
    """When a mail says it was written; not in the future."""
    at = instant(mail.date)
    return at if at <= now + DAY else now


def _reason(reason: Any) -> str:
    """Mailman writes a reason as a text, or as a pattern with what belongs into it."""
    if isinstance(reason, str):
        return reason
    if isinstance(reason, list) and reason and isinstance(reason[0], str):
        text: str = reason[0]
        for value in reason[1:]:
            text = text.replace("{}", str(value), 1)
        return text
    return ""


def _attached(file: Attachment) -> str:
    kilobytes = "" if file.size is None else f", {max(1, round(file.size / 1000)):,} kB"
    name, kind = (" ".join(text.split())[:200] for text in (file.name or "no name", file.content_type or "a file"))
    return f"[attached: {name}, {kind}{kilobytes}]"
