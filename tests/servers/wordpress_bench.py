"""The WordPress stand-in as the contract's bench: a world to change, to read, and to break."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import count
from typing import ClassVar

from cm_console.model.records import Kind, Member, Post, PostState, Record, Ref, Report, Scheduled, Thread
from cm_console.model.settings import Secret
from cm_console.model.source import SourceKind
from cm_console.model.text import Untrusted
from cm_console.model.time import Instant
from cm_console.sources.markup import html_to_text
from cm_console.sources.wordpress import WordPress, WordPressSettings
from tests.servers import wordpress_world as world
from tests.servers.loopback_bench import LoopbackBench
from tests.servers.wordpress import PASSWORD, WordPressServer

STATES = {"approved": PostState.VISIBLE, "hold": PostState.HELD, "spam": PostState.HIDDEN}


class WordPressBench(LoopbackBench):
    """A site with team (us), bob (a colleague) and ann (who writes); whoever is flagged waits for approval."""

    kind: ClassVar[SourceKind] = WordPress
    cannot: ClassVar[Mapping[str, str]] = {}
    idle_cost: ClassVar[int] = 10
    news_cost: ClassVar[int] = 12
    secrets = (PASSWORD,)
    place = "News & more"
    role: ClassVar[str] = "administrator"
    server: WordPressServer

    def __init__(self) -> None:
        super().__init__()
        self.server = WordPressServer(self.clock, role=self.role)
        self.site = self.server.world
        self.ann = self.site.add_user("ann", "author").id
        self.bob = self.site.add_user("bob", "editor").id
        self.colleague = str(self.bob)
        self._titles = count(1)

    def source(self, *, history: int = 0, token: str = PASSWORD, url: str = "") -> WordPress:
        """A source with the password that works."""
        settings = WordPressSettings(url or self.server.url, self.server.me.name, Secret(token), history)
        return WordPress(settings, self.clock)

    async def truth(self) -> Mapping[Ref, Record]:
        """Accounts, public articles with their comments, what waits for approval, what is planned."""
        self.site.run_cron()
        found: dict[Ref, Record] = {}
        for user in self.site.users.values():
            found[Ref(Kind.MEMBER, str(user.id))] = Member(str(user.id), Untrusted(user.name))
        for article in self.site.articles.values():
            id, title, text = str(article.id), html_to_text(article.title), html_to_text(article.content)
            if article.status == "future":
                found[Ref(Kind.SCHEDULED, id)] = Scheduled(id, title, text, Instant(article.date))
            if article.status in ("publish", "private"):
                closed, author = article.comment_status == "closed", str(article.author)
                found[Ref(Kind.THREAD, id)] = Thread(id, title, author, Instant(article.date), closed=closed)
                found[Ref(Kind.POST, f"post-{id}")] = Post(f"post-{id}", id, author, Instant(article.date), text)
        for comment in self.site.comments.values():
            if Ref(Kind.THREAD, str(comment.post)) in found:
                found |= _comment(comment)
        return found

    async def add_member(self, handle: str) -> str:
        """Somebody gets an account."""
        return str(self.site.add_user(handle).id)

    async def add_thread(self, posts: int = 1, *, text: str = "") -> str:
        """Ann publishes, and is commented."""
        words = text or self.fresh("Some words to begin with")
        article = self.site.add_article(self.ann, f"A question {next(self._titles)}", f"<p>{escape(words)}</p>")
        for _ in range(posts - 1):
            self.site.add_comment(article.id, escape(self.fresh("Some more words")), user=self.ann)
        return str(article.id)

    async def add_post(self, thread: str, text: str) -> str:
        """Ann comments."""
        return str(self.site.add_comment(int(thread), escape(text, quote=False), user=self.ann).id)

    async def edit_post(self, post: str, text: str) -> None:
        """It is rewritten."""
        if post.startswith("post-"):
            article = self.site.articles[int(post.removeprefix("post-"))]
            article.content = f"<p>{escape(text)}</p>"
            self.site.touch(article)
        else:
            self.site.comments[int(post)].content = escape(text, quote=False)

    async def delete_post(self, post: str) -> None:
        """It is put into the bin."""
        if post.startswith("post-"):
            self.site.trash_article(self.site.articles[int(post.removeprefix("post-"))])
        else:
            self.site.set_status(self.site.comments[int(post)], "trash")

    async def add_report(self, post: str) -> str:
        """It is taken out of view until somebody approves it."""
        self.site.set_status(self.site.comments[int(post)], "hold")
        return f"held-{post}"

    async def colleague_acts(self, report: str, *, agree: bool) -> None:
        """Bob decides, before us."""
        comment = self.site.comments[int(report.removeprefix("held-"))]
        self.site.set_status(comment, "trash" if agree else "approved")

    async def repeat_next_page(self) -> None:
        """Everything twice in the next lists."""
        self.repeat_next(*(f"/wp-json/wp/v2/{kind}" for kind in ("comments", "posts", "users")))

    async def unauthorized(self) -> None:
        """The password was revoked."""
        self.server.password = "another password"


def _comment(comment: world.Comment) -> dict[Ref, Record]:
    id, state = str(comment.id), STATES.get(comment.status, PostState.DELETED)
    author = str(comment.user) if comment.user else f"guest {comment.name}"
    text = html_to_text(world.cook(comment.content))
    ref, at = Ref(Kind.POST, id), Instant(comment.date)
    found: dict[Ref, Record] = {ref: Post(id, str(comment.post), author, at, text, state=state)}
    if comment.status == "hold":
        found[Ref(Kind.REPORT, f"held-{id}")] = Report(f"held-{id}", ref, None, "held", at)
    return found
