"""WordPress's facts as records: articles as threads with their first post, comments, held comments as reports."""

from __future__ import annotations

import re
from hashlib import blake2b
from zlib import crc32

from cm_console.model import records
from cm_console.model.records import EMPTY, Kind, PostState, Ref
from cm_console.model.text import Untrusted, clean_line
from cm_console.model.time import MINUTE, Instant, parse_iso
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import wire
from cm_console.sources.wordpress.site import Site

ARTICLE, HELD, GUEST = "post-", "held-", "guest-"
"""How the ids of first posts, reports and people without an account begin: articles and comments are counted apart."""
STATES = {
    "approved": PostState.VISIBLE,
    "hold": PostState.HELD,
    "spam": PostState.HIDDEN,
    "trash": PostState.DELETED,
    "post-trashed": PostState.DELETED,
}
WRITERS = frozenset({"publish_posts", "moderate_comments"})
"""Capabilities of those who run the site: authors, editors, administrators."""


def at(text: str | None) -> Instant:
    """A time as WordPress writes it: UTC without saying so; 1970 if it tells none."""
    try:
        return parse_iso(text or "")
    except (ValueError, OverflowError):
        return Instant(0)


def comment_id(ref: Ref | None) -> str:
    """The comment a target or report is about, "" if it is none."""
    if ref is None or ref.kind not in (Kind.POST, Kind.REPORT) or ref.id.startswith(ARTICLE):
        return ""
    return ref.id.removeprefix(HELD) if ref.kind is Kind.REPORT else ref.id


def version_of(comment: wire.Comment) -> str:
    """Changes with every edit and every decision."""
    words = comment.content.raw if comment.content.raw is not None else comment.content.rendered or ""
    return f"{comment.status}.{crc32(words.encode('utf-8', 'surrogatepass')):x}"


def author_of(comment: wire.Comment, site: Site) -> str | None:
    """The member who wrote a comment: an account, or a name and address typed in."""
    if comment.author:
        return str(comment.author)
    name, mail = (comment.author_name or "").strip().casefold(), (comment.author_email or "").strip().lower()
    if not name and not mail:
        return None
    typed = f"{site.url}\0{mail}\0{name}".encode("utf-8", "surrogatepass")
    return GUEST + blake2b(typed, digest_size=10).hexdigest()


def writer(comment: wire.Comment, site: Site) -> records.Member | None:
    """The author of a comment as a member, where the members feed does not bring them."""
    id, name = author_of(comment, site), html_to_text(comment.author_name or "")
    if id is None:
        return None
    if not comment.author:
        return records.Member(id, name or Untrusted("somebody"))
    if site.authors is None:
        return None
    known = site.authors.get(comment.author)
    return records.Member(id, name or Untrusted(id)) if known is None else member(known, site, staff=True)


def post(comment: wire.Comment, site: Site, me: wire.User) -> records.Post:
    """A comment. It is addressed to us if it answers an article or a comment of ours, or calls us by name."""
    text = html_to_text(comment.content.rendered or "")
    return records.Post(
        id=str(comment.id),
        thread=str(comment.post),
        author=author_of(comment, site),
        created_at=at(comment.date_gmt),
        text=text,
        reply_to=str(comment.parent) if comment.parent else None,
        state=STATES.get(comment.status, PostState.HIDDEN),
        mentions_us=not comment.parent or comment.parent in site.ours or _names(text, me),
        url=comment.link or "",
        version=version_of(comment),
    )


def report(comment: wire.Comment, closed_at: Instant | None = None) -> records.Report:
    """A comment that waits for approval, or did until somebody decided."""
    link = clean_line(comment.author_url or "", 200)
    return records.Report(
        id=f"{HELD}{comment.id}",
        target=Ref(Kind.POST, str(comment.id)),
        reporter=None,
        kind="held",
        created_at=at(comment.date_gmt),
        reason=Untrusted(f"waits for approval; the author's link: {link}" if link else "waits for approval"),
        closed_at=closed_at,
        agreed=comment.status != "approved" if closed_at is not None else None,
        choices=("approve", "spam", "trash") if closed_at is None else (),
        version=version_of(comment),
    )


def is_public(article: wire.Article) -> bool:
    """Can it be read and commented (by some, if it is private)?"""
    return article.status in ("publish", "private")


def thread(article: wire.Article, site: Site) -> records.Thread:
    """A post or page as a thread; closed if nobody may comment."""
    names = [site.categories.get(id, "") for id in article.categories]
    title = html_to_text(article.title.rendered or "")
    closed = article.comment_status == "closed"
    return records.Thread(
        id=str(article.id),
        title=title or Untrusted(article.slug or f"post {article.id}"),
        author=str(article.author) if article.author else None,
        created_at=at(article.date_gmt),
        place=Untrusted(", ".join(filter(None, names))) if names else EMPTY,
        url=article.link or "",
        closed=closed,
        version=f"{int(closed)}:{article.modified_gmt}",
    )


def first_post(article: wire.Article) -> records.Post:
    """What a post or page says."""
    written, changed = at(article.date_gmt), at(article.modified_gmt)
    return records.Post(
        id=f"{ARTICLE}{article.id}",
        thread=str(article.id),
        author=str(article.author) if article.author else None,
        created_at=written,
        text=html_to_text(article.content.rendered or ""),
        edited_at=changed if changed > written + MINUTE else None,
        url=article.link or "",
        version=article.modified_gmt or "",
    )


def planned(article: wire.Article) -> records.Scheduled:
    """A post that WordPress will publish by itself."""
    title, text = html_to_text(article.title.rendered or ""), html_to_text(article.content.rendered or "")
    return records.Scheduled(str(article.id), title, text, at(article.date_gmt), article.link or "")


def member(user: wire.User, site: Site, *, staff: bool | None = None) -> records.Member:
    """An account."""
    if staff is None:
        can = user.capabilities if isinstance(user.capabilities, dict) else {}
        staff = any(can.get(name) for name in WRITERS)
    name = html_to_text(user.name or "")
    return records.Member(
        id=str(user.id),
        handle=Untrusted(user.slug or "") or name or Untrusted(str(user.id)),
        name=name,
        joined_at=at(user.registered_date) if user.registered_date else None,
        staff=staff,
        url=f"{site.url}/?author={user.id}",
        email=user.email or "",
        links=(user.url,) if user.url else (),
    )


def _names(text: str, me: wire.User) -> bool:
    """Is one of our names called in it? WordPress itself knows no mentions."""
    names = "|".join(re.escape(name) for name in (me.slug, me.name) if name)
    return bool(names) and "@" in text and re.search(rf"@(?:{names})(?!\w)", text, re.IGNORECASE) is not None
