"""A stateful stand-in for a WordPress site on loopback; also a program: `python -m tests.servers.wordpress --help`.

It answers what the source asks, the way WordPress 6.5 does where that matters: a wrong password makes us nobody (public
things are still answered), capabilities by role, parameters as the API describes them, X-WP-Total, articles planned for
less than a minute ahead published at once, slugs made unique, equal comments refused, the author's address of a comment
overwritten by whoever changes it, spam and bin that remember what was before.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from base64 import b64decode
from collections.abc import Callable, Sequence
from re import Match
from typing import Any

from cm_console.model.time import HOUR, SystemClock, parse_iso
from tests.servers.loopback import LoopbackServer, Now, Reply, Seen
from tests.servers.routes import Routes
from tests.servers.wordpress_world import Article, Comment, Refusal, User, World, at, chosen, cook

PASSWORD = "abcd EFGH 1234 ijkl MNOP 5678"
EVERY = ("publish", "future", "draft", "pending", "private", "trash")

route = Routes["WordPressServer"](r"\d+", type="(?P<type>posts|pages)")


class WordPressServer(LoopbackServer):
    """One site with one application password, which acts as `me`.

    Attributes:
        password: the password that works; change it to make ours worthless.
        readable: False for a site whose API is at `/?rest_route=` only.
        cron: whether somebody visits, so that what is due gets published.
        trash: False for a site whose bin is switched off.
        turned_back_at: when clocks are set back by an hour there; WordPress compares local times.
    """

    def __init__(self, clock: Now, *, me: str = "team", role: str = "administrator", delay: float = 0.0) -> None:
        super().__init__(self.handle, clock, delay=delay)
        self.clock = clock
        self.world = World(clock)
        self.me = self.world.add_user(me, role)
        self.password = PASSWORD
        self.readable = self.cron = self.trash = True
        self.turned_back_at = 0
        self._nobody = User(0, "", "subscriber", 0)
        self._who: User = self._nobody

    def handle(self, seen: Seen) -> Reply:
        """Answer one request."""
        if self.cron:
            self.world.run_cron()
        path = seen.one("rest_route") or seen.path.removeprefix("/wp-json")
        if not path.startswith("/wp/v2") or (not self.readable and not seen.one("rest_route")):
            return Reply(b"<html>Not here</html>", 404, {"Content-Type": "text/html"})
        self._who = self.me if self._is_us(seen) else self._nobody
        try:
            reply = route.answer(self, seen, path.removeprefix("/wp/v2"))
            if reply is None:
                raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
            return reply
        except Refusal as refusal:
            data: dict[str, object] = {"status": refusal.status}
            if refusal.code == "rest_forbidden_status":
                data = {"status": 400, "details": {"status": {"code": refusal.code, "data": data}}}
                body = {"code": "rest_invalid_param", "message": "Invalid parameter(s): status", "data": data}
                return Reply(body, 400)
            return Reply({"code": refusal.code, "message": str(refusal), "data": data}, refusal.status)

    def local(self, at: int) -> int:
        """A time as the site's own clock shows it."""
        return at + (HOUR if at >= self.turned_back_at else 2 * HOUR)

    def _is_us(self, seen: Seen) -> bool:
        said = b64decode(seen.headers.get("authorization", "").removeprefix("Basic ")).decode()
        return said == f"{self.me.name}:{self.password}"

    def need(self, capability: str, code: str = "rest_cannot_edit", *, ours: bool = False) -> None:
        """Refuse as WordPress does: 401 to nobody, 403 to somebody without the right."""
        if self._who.id == 0 or (capability not in self._who.can and not ours):
            message = "Sorry, you are not allowed to do that."
            raise Refusal(403 if self._who.id else 401, code, message)

    @property
    def can(self) -> frozenset[str]:
        return self._who.can if self._who.id else frozenset()

    @property
    def who(self) -> User:
        return self._who

    def article(self, id: str, type: str | None = None) -> Article:
        article = self.world.articles.get(int(id))
        if article is None or (type is not None and article.type != type):
            raise Refusal(404, "rest_post_invalid_id", "Invalid post ID.")
        return article

    def comment(self, id: str) -> Comment:
        comment = self.world.comments.get(int(id))
        if comment is None:
            raise Refusal(404, "rest_comment_invalid_id", "Invalid comment ID.")
        return comment

    def shown_comment(self, comment: Comment, *, edit: bool) -> dict[str, object]:
        article = self.world.articles[comment.post]
        data: dict[str, object] = {
            "id": comment.id,
            "post": comment.post,
            "parent": comment.parent,
            "author": comment.user,
            "author_name": comment.name,
            "author_url": "",
            "date": at(comment.date + 3_600_000),
            "date_gmt": at(comment.date),
            "content": {"rendered": cook(comment.content)},
            "link": f"{self.url}/{article.slug}/#comment-{comment.id}",
            "status": comment.status,
            "type": "comment",
            "meta": [],
            "_links": {"up": [{"href": f"{self.url}/wp-json/wp/v2/{article.type}/{article.id}", "embeddable": True}]},
        }
        if edit:
            data |= {"author_email": comment.email, "author_ip": comment.ip, "author_user_agent": comment.agent}
            data["content"] = {"rendered": cook(comment.content), "raw": comment.content}
        return data

    def shown_article(self, article: Article, *, edit: bool) -> dict[str, object]:
        raw = {"raw": article.content} if edit else {}
        data: dict[str, object] = {
            "id": article.id,
            "date": at(article.date + 3_600_000),
            "date_gmt": at(article.date),
            "modified_gmt": at(article.modified),
            "slug": article.slug,
            "status": article.status,
            "type": article.type.removesuffix("s"),
            "link": f"{self.url}/{article.slug}/",
            "title": {"rendered": article.title, **({"raw": article.title} if edit else {})},
            "content": {"rendered": article.content, "protected": False, **raw},
            "author": article.author,
            "comment_status": article.comment_status,
        }
        return data | ({"categories": article.categories} if article.type == "posts" else {})

    def shown_user(self, user: User, *, edit: bool) -> dict[str, object]:
        data: dict[str, object] = {"id": user.id, "name": user.name, "slug": user.name, "link": f"{self.url}/author/"}
        if edit:
            data |= {"registered_date": f"{at(user.registered)}+00:00", "roles": [user.role]}
            data["capabilities"] = dict.fromkeys(sorted(user.can | {user.role}), True)
        return data


def listing(rows: Sequence[Any], seen: Seen, show: Callable[[Any], dict[str, object]]) -> Reply:
    """A part of a list, as `offset` or `page` and `per_page` say."""
    size = int(seen.one("per_page", "10"))
    if not 1 <= size <= 100:
        raise Refusal(400, "rest_invalid_param", "Invalid parameter(s): per_page")
    start = int(seen.one("offset", "0")) or (int(seen.one("page", "1")) - 1) * size
    made = [chosen(show(row), fields(seen)) for row in rows[start : start + size]]
    pages = -(-len(rows) // size)
    return Reply(made, 200, {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)})


def fields(seen: Seen) -> list[str]:
    return seen.one("_fields").split(",")


def edits(seen: Seen) -> bool:
    return seen.one("context", "view") == "edit"


def ordered(rows: Sequence[Any], seen: Seen, key: str) -> list[Any]:
    names = {"id": "id", "date": "date", "date_gmt": "date", "modified": "modified", "name": "name"}
    attribute = names[seen.one("orderby", key)]
    return sorted(rows, key=lambda row: (getattr(row, attribute), row.id), reverse=seen.one("order", "desc") == "desc")


def included(rows: Sequence[Any], seen: Seen) -> list[Any]:
    wanted = {int(id) for id in seen.one("include").split(",") if id}
    return [row for row in rows if not wanted or row.id in wanted]


@route("GET", "/users/me")
def me(site: WordPressServer, seen: Seen, _: Match[str]) -> object:
    if site.who.id == 0:
        raise Refusal(401, "rest_not_logged_in", "You are not currently logged in.")
    return chosen(site.shown_user(site.who, edit=edits(seen)), fields(seen))


@route("GET", "/users")
def users(site: WordPressServer, seen: Seen, _: Match[str]) -> object:
    if edits(seen):
        site.need("list_users", "rest_forbidden_context")
    everybody = list(site.world.users.values())
    if "list_users" not in site.can:
        writers = {article.author for article in site.world.articles.values() if article.status == "publish"}
        everybody = [user for user in everybody if user.id in writers]
    rows = ordered(included(everybody, seen), seen, "name")
    return listing(rows, seen, lambda user: site.shown_user(user, edit=edits(seen)))


@route("GET", "/categories")
def categories(site: WordPressServer, seen: Seen, _: Match[str]) -> object:
    words, wanted = seen.one("search").casefold(), {int(id) for id in seen.one("include").split(",") if id}
    found = [
        {"id": id, "name": name.replace("&", "&amp;"), "slug": name.lower()}
        for id, name in site.world.categories.items()
        if (not wanted or id in wanted) and words in name.casefold()
    ]
    return Reply([chosen(one, fields(seen)) for one in found], 200, {"X-WP-Total": str(len(found))})


@route("GET", "/{type}")
def articles(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    kind = found["type"]
    states = seen.one("status", "publish").split(",")
    if set(states) - {"publish"} and f"edit_{kind}" not in site.can:
        raise Refusal(403 if site.who.id else 401, "rest_forbidden_status", "Status is forbidden.")
    rows = [article for article in site.world.articles.values() if article.type == kind and article.status in states]
    if seen.one("modified_after"):
        after = parse_iso(seen.one("modified_after"))
        rows = [article for article in rows if site.local(article.modified) > site.local(after)]
    if seen.one("slug"):
        rows = [article for article in rows if article.slug in seen.one("slug").split(",")]
    rows = ordered(included(rows, seen), seen, "date")
    return listing(rows, seen, lambda article: site.shown_article(article, edit=edits(seen)))


@route("GET", "/{type}/{id}")
def one_article(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    article = site.article(found["id"], found["type"])
    if edits(seen):
        site.need(f"edit_others_{article.type}", "rest_forbidden_context", ours=article.author == site.who.id)
    return chosen(site.shown_article(article, edit=edits(seen)), fields(seen))


@route("POST", "/{type}")
def create_article(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    body, kind = seen.json(), found["type"]
    site.need(f"edit_{kind}", "rest_cannot_create")
    if body.get("status") in ("publish", "future"):
        site.need(f"publish_{kind}", "rest_cannot_publish")
    when = parse_iso(body["date_gmt"]) if "date_gmt" in body else None
    article = site.world.add_article(
        site.who.id,
        body.get("title", ""),
        body.get("content", ""),
        type=kind,
        status=body.get("status", "draft"),
        at=when,
    )
    if "slug" in body:
        site.world.set_slug(article, body["slug"])
    article.categories = body.get("categories", [1])
    return Reply(site.shown_article(article, edit=True), 201)


@route("POST", "/{type}/{id}")
def change_article(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    article, body = site.article(found["id"], found["type"]), seen.json()
    site.need(f"edit_others_{article.type}", ours=article.author == site.who.id and "edit_posts" in site.can)
    if article.status == "trash" and "status" in body:
        article.slug = article.slug.removesuffix("__trashed")
    for name in ("title", "content", "status", "comment_status"):
        setattr(article, name, body.get(name, getattr(article, name)))
    if "date_gmt" in body:
        article.date = parse_iso(body["date_gmt"])
    site.world.touch(article)
    return site.shown_article(article, edit=True)


@route("DELETE", "/{type}/{id}")
def delete_article(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    article = site.article(found["id"], found["type"])
    site.need(f"delete_others_{article.type}", "rest_user_cannot_delete_post", ours=article.author == site.who.id)
    if not site.trash:
        raise Refusal(501, "rest_trash_not_supported", "The post does not support trashing.")
    if article.status == "trash":
        raise Refusal(410, "rest_already_trashed", "The post has already been deleted.")
    site.world.trash_article(article)
    return site.shown_article(article, edit=True)


@route("GET", "/comments")
def comments(site: WordPressServer, seen: Seen, _: Match[str]) -> object:
    status = seen.one("status", "approve")
    if edits(seen):
        site.need("moderate_comments", "rest_forbidden_context")
    if status != "approve":
        site.need("edit_posts", "rest_forbidden_param")
    rows = [comment for comment in site.world.comments.values() if status == "any" or _is(comment, status)]
    if seen.one("post"):
        rows = [comment for comment in rows if comment.post == int(seen.one("post"))]
    if seen.one("after"):
        after = parse_iso(seen.one("after"))
        rows = [comment for comment in rows if site.local(comment.date) > site.local(after)]
    rows = ordered(included(rows, seen), seen, "date_gmt")
    return listing(rows, seen, lambda comment: site.shown_comment(comment, edit=edits(seen)))


def _is(comment: Comment, status: str) -> bool:
    return comment.status == {"approve": "approved"}.get(status, status)


@route("GET", "/comments/{id}")
def one_comment(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    comment = site.comment(found["id"])
    if edits(seen):
        site.need("moderate_comments", "rest_forbidden_context")
    return site.shown_comment(comment, edit=edits(seen))


@route("POST", "/comments")
def create_comment(site: WordPressServer, seen: Seen, _: Match[str]) -> object:
    if site.who.id == 0:
        raise Refusal(401, "rest_comment_login_required", "Sorry, you must be logged in to comment.")
    body, world = seen.json(), site.world
    article = world.articles.get(int(body.get("post", 0)))
    if article is None:
        raise Refusal(403, "rest_comment_invalid_post_id", "Sorry, you are not allowed to create this comment.")
    if article.comment_status != "open":
        raise Refusal(403, "rest_comment_closed", "Sorry, comments are closed for this item.")
    if not body.get("content", "").strip():
        raise Refusal(400, "rest_comment_content_invalid", "Invalid comment content.")
    moderates = "moderate_comments" in site.can
    last = max((comment.date for comment in world.comments.values() if comment.user == site.who.id), default=0)
    made = world.add_comment(article.id, body["content"].strip(), user=site.who.id, parent=int(body.get("parent", 0)))
    if world.same(made):
        del world.comments[made.id]
        said = "Duplicate comment detected; it looks as though you&#8217;ve already said that!"
        raise Refusal(409, "comment_duplicate", said)
    if not moderates and world.now - last < 15_000:
        del world.comments[made.id]
        raise Refusal(400, "comment_flood", "You are posting comments too quickly. Slow down.")
    made.status = "approved" if moderates else "hold"
    made.ip, made.agent = "127.0.0.1", seen.headers.get("user-agent", "")
    return Reply(site.shown_comment(made, edit=moderates), 201)


@route("POST", "/comments/{id}")
def change_comment(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    comment, body = site.comment(found["id"]), seen.json()
    site.need("moderate_comments")
    comment.ip = body.get("author_ip", "127.0.0.1")
    comment.agent = body.get("author_user_agent", seen.headers.get("user-agent", ""))
    comment.content = body.get("content", comment.content)
    if "status" in body:
        site.world.set_status(comment, body["status"])
    return site.shown_comment(comment, edit=True)


@route("DELETE", "/comments/{id}")
def delete_comment(site: WordPressServer, seen: Seen, found: Match[str]) -> object:
    comment = site.comment(found["id"])
    site.need("moderate_comments", "rest_cannot_delete")
    if not site.trash:
        raise Refusal(501, "rest_trash_not_supported", "The comment does not support trashing.")
    if comment.status == "trash":
        raise Refusal(410, "rest_already_trashed", "The comment has already been trashed.")
    site.world.set_status(comment, "trash")
    return site.shown_comment(comment, edit=True)


async def serve(arguments: argparse.Namespace) -> None:
    """Run a site until the program is ended; prints its address first."""
    clock = SystemClock()
    server = WordPressServer(clock, role=arguments.role, delay=arguments.delay_ms / 1000)
    server.world.seed(arguments.articles, arguments.comments, members=arguments.members)
    await server.start(arguments.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> None:
    """`python -m tests.servers.wordpress --port 0 --comments 5000`; username team, the password is PASSWORD."""
    parser = argparse.ArgumentParser(description=f"A WordPress stand-in; username team, password {PASSWORD!r}.")
    for name, kind, default in (
        ("--port", int, 0),
        ("--delay-ms", float, 0.0),
        ("--articles", int, 20),
        ("--comments", int, 200),
        ("--members", int, 20),
        ("--role", str, "administrator"),
    ):
        parser.add_argument(name, type=kind, default=default)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
