"""What WordPress's REST API sends, as far as the source reads it; unknown fields are passed over.

https://developer.wordpress.org/rest-api/reference/. Plugins add, drop and null fields, so little is demanded.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Text(Struct):
    """A text as it is shown, and to those who may edit it also as it was written."""

    rendered: str | None = ""
    raw: str | None = None


class Row(Struct):
    """Anything in a list: lists are walked by id."""

    id: int


class Link(Struct):
    """An address in the API."""

    href: str = ""


class Links(Struct):
    """The addresses in the API of what something belongs to."""

    up: list[Link] = field(default_factory=list)


class Comment(Row):
    """A comment; e-mail address, IP address and browser are told to moderators only."""

    post: int = 0
    parent: int = 0
    author: int = 0
    author_name: str | None = ""
    author_email: str | None = ""
    author_url: str | None = ""
    author_ip: str | None = ""
    author_user_agent: str | None = ""
    date_gmt: str | None = ""
    content: Text = field(default_factory=Text)
    link: str | None = ""
    status: str = "approved"
    links: Links = field(default_factory=Links, name="_links")


class Article(Row):
    """A post or a page, or an item of another type that can be commented."""

    date_gmt: str | None = None
    modified_gmt: str | None = None
    status: str = "publish"
    slug: str | None = ""
    link: str | None = ""
    title: Text = field(default_factory=Text)
    content: Text = field(default_factory=Text)
    author: int = 0
    comment_status: str | None = "open"
    categories: list[int] = field(default_factory=list)


class User(Row):
    """An account; roles, capabilities, address and the date only with the right to list users."""

    name: str | None = ""
    slug: str | None = ""
    email: str | None = ""
    url: str | None = ""
    registered_date: str | None = None
    roles: Any = None
    capabilities: Any = None


class Term(Row):
    """A category."""

    name: str = ""


COMMENT = (
    "id,post,parent,author,author_name,author_email,author_url,author_ip,author_user_agent,date_gmt,content,link,status,"
    "_links.up"
)
"""Fields asked for in lists of comments: the others are large or of no use."""
ARTICLE = "id,date_gmt,modified_gmt,status,slug,link,title,content,author,comment_status,categories"
LOOK = "id,status,date_gmt,modified_gmt"
"""Enough of an article to see whether it changed."""
USER = "id,name,slug,email,url,registered_date,roles,capabilities"
