"""Verbs that write words: reply, publish, edit. The ones where "never twice" is at stake.

WordPress refuses the same words of the same author under the same parent, in whatever state they are (409), but for
those in the bin. A post carries the beginning of our action's id in its slug, which is unique on the site: it is looked
for by that, because a second one with the same slug would be taken, under another.
"""

from __future__ import annotations

import re
import unicodedata

from cm_console.model.action import Action, Receipt
from cm_console.model.errors import Conflict, Gone, Refused
from cm_console.model.records import Kind
from cm_console.model.text import clean_line
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import records, wire
from cm_console.sources.wordpress.decisions import article_id, article_version, compare, kept, needed_comment
from cm_console.sources.wordpress.records import ARTICLE
from cm_console.sources.wordpress.site import Site, number
from cm_console.sources.wordpress.writing import LONGEST_COMMENT, article_html, comment_html, normal, title_html

OURS = re.compile(r"</?(p|br|blockquote|code|pre|a|strong|em|b|i)\b|<!-- /?wp:(paragraph|quote|code)\b", re.IGNORECASE)
"""The markup that an edit here keeps or can do without."""
FILTERED = {"hold": "it waits for approval there", "spam": "the site took it for spam", "trash": "the site binned it"}


async def reply(site: Site, action: Action) -> Receipt:
    """Comment on an article, under another comment if one is named."""
    content = fitting(action.text)
    parent = action.reply_to if action.reply_to and not action.reply_to.startswith(ARTICLE) else "0"
    body = {"post": thread_of(action), "parent": number(parent), "content": content}
    try:
        made = (await site.write("POST", "/comments", body)).decode(wire.Comment)
    except Conflict as conflict:
        return await _said_before(site, action, conflict)
    return await commented(site, made)


async def _said_before(site: Site, action: Action, conflict: Conflict) -> Receipt:
    """The words stand there: from an earlier try of ours, or because we said the same before."""
    from cm_console.sources.wordpress.looking import find

    if action.tried_at is not None and (receipt := await find(site, action)) is not None:
        return receipt
    words = "the same words of ours stand there already: nothing was posted; say it in other words"
    raise Refused(words, status=conflict.status) from None


async def commented(site: Site, made: wire.Comment) -> Receipt:
    """The proof that a comment is there."""
    rights = await site.rights()
    site.note_ours([made])
    return Receipt(str(made.id), (records.post(made, site, rights.me),), FILTERED.get(made.status, ""))


async def publish(site: Site, action: Action) -> Receipt:
    """Publish a post."""
    body = {**await new_article(site, action), "status": "publish"}
    made = (await site.write("POST", f"/{site.types[0]}", body)).decode(wire.Article)
    return await published(site, made)


async def new_article(site: Site, action: Action) -> dict[str, object]:
    """A post to be: our words as blocks, a slug to find it by, its category."""
    body: dict[str, object] = {
        "title": title_html(action.title),
        "content": article_html(action.text),
        "slug": slug_of(action),
    }
    if action.place:
        body["categories"] = [await site.category(action.place)]
    return body


async def published(site: Site, made: wire.Article) -> Receipt:
    """The proof that a post is there."""
    await site.name_categories(made.categories)
    if not records.is_public(made):
        return Receipt(str(made.id), note=f"it is there, but not public: {clean_line(made.status, 20)}")
    return Receipt(str(made.id), (records.thread(made, site), records.first_post(made)))


async def edit_comment(site: Site, action: Action) -> Receipt:
    """Replace a comment's words; nothing is written if they stand there already."""
    comment = await site.comment(needed_comment(action))
    if comment.status in ("trash", "post-trashed"):
        raise Gone("it was put into the bin meanwhile")
    content = fitting(action.text)
    if normal(comment.content.raw or "") != normal(content):
        compare(action, records.version_of(comment), clean_line(html_to_text(comment.content.rendered or ""), 120))
        answer = await site.write("POST", f"/comments/{comment.id}", {"content": content, **kept(comment)})
        comment = answer.decode(wire.Comment)
    return await commented(site, comment)


async def edit_article(site: Site, action: Action) -> Receipt:
    """Replace title and words of a post, unless that would lose pictures and the like."""
    kind, article = await site.article(article_id(action))
    if article.status == "trash":
        raise Gone("it was put into the bin meanwhile")
    body: dict[str, object] = {}
    if action.title and normal(article.title.raw or "") != normal(title_html(action.title)):
        body["title"] = title_html(action.title)
    content = article_html(action.text)
    if action.text and normal(article.content.raw or "") != normal(content):
        _refuse_if_lossy(article)
        body["content"] = content
    if body:
        title = clean_line(html_to_text(article.title.rendered or ""), 120)
        compare(action, article_version(action, article, site), title)
        article = (await site.write("POST", f"/{kind}/{article.id}", body)).decode(wire.Article)
    return await published(site, article)


def fitting(text: str) -> str:
    """Words as a comment; Refused if they are too long for one."""
    content = comment_html(text)
    size = len(content.encode("utf-8", "surrogatepass"))
    if size > LONGEST_COMMENT:
        raise Refused(f"{size:,} bytes are too long for a comment: WordPress takes {LONGEST_COMMENT:,}")
    return content


def thread_of(action: Action) -> int:
    """The article a reply belongs under."""
    id = action.target.id if action.target and action.target.kind is Kind.THREAD else action.thread
    if id is None:
        raise Refused("a reply needs a post to stand under")
    return number(id)


def slug_of(action: Action) -> str:
    """A readable address that is ours alone: the title's letters and the beginning of the action's id."""
    plain = unicodedata.normalize("NFKD", action.title).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall("[a-z0-9]+", plain))[:60].strip("-")
    return "-".join(filter(None, (words, re.sub("[^0-9a-z]", "", action.id.lower())[-16:])))


def _refuse_if_lossy(article: wire.Article) -> None:
    raw = article.content.raw or ""
    if len(OURS.findall(raw)) < len(re.findall(r"</?[a-zA-Z]|<!--", raw)) or re.search(r"\[[a-z][\w-]*[ \]]", raw):
        raise Refused("this post has pictures or a layout that would be lost: edit it in WordPress")
