"""What WordPress means when it refuses: its status codes are the usual ones, its error codes say more."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from cm_console.model.errors import Conflict, Gone, Refused, SourceError, Throttled, Unauthorized
from cm_console.model.text import clean_line
from cm_console.model.time import SECOND, Clock, Instant
from cm_console.sources.http_answers import Answer, Judge
from cm_console.sources.markup import html_to_text

FLOOD = 15 * SECOND
"""Between two comments of somebody who may not moderate, by WordPress's own rule."""

MODERATE = "moderate_comments (role Editor or Administrator)"
LIST_USERS = "list_users (role Administrator)"
PUBLISH = "publish_posts (role Author, Editor or Administrator)"
EDIT_POSTS = "edit_posts (role Author, Editor or Administrator)"
EDIT_OTHERS = "edit_others_posts (role Editor or Administrator)"

NOT_US = (
    "the site does not take this username and application password; if they are right, its server may keep the"
    " Authorization header from PHP, or its address is another one (https, with or without www)"
)
_REFUSED = frozenset(
    {
        "rest_comment_closed",
        "rest_comment_draft_post",
        "rest_comment_trash_post",
        "rest_post_incorrect_password",
        "rest_no_route",
    }
)
"""Not for want of rights, and not because the target is gone: nobody may."""
_GONE = frozenset({"rest_comment_invalid_post_id", "rest_post_invalid_id", "rest_comment_invalid_id"})


class NoApi(Gone):
    """There is no REST API at this address; perhaps at the other one WordPress has."""


class Problem(Struct):
    """A refusal in WordPress's own form; `data` may hold in `details` what was wrong with which parameter."""

    code: str = ""
    data: Any = None


def judge(clock: Clock) -> Judge:
    """How a gateway reads a refusal."""

    def read(answer: Answer, words: str) -> SourceError | None:
        problem, status = _problem(answer.body), answer.status
        said, inner = clean_line(html_to_text(words), 300), _inner(problem)
        if 401 in (status, inner):
            return Unauthorized(NOT_US, status=401)
        if status == 404 and not problem.code:
            return NoApi(said, status=404)
        if problem.code == "comment_flood":
            return Throttled(said, until=Instant(clock.now() + FLOOD), status=status)
        if problem.code in _GONE:
            return Gone("it is no longer on the site", status=status)
        if problem.code == "rest_already_trashed":
            return Conflict("it is in the bin already", current="in the bin", settled=True, status=status)
        if problem.code in _REFUSED:
            return Refused(said, status=status)
        if status == 409:
            return Conflict(said, current=said, status=409)
        return _forbidden(answer, problem, said) if 403 in (status, inner) else None

    return read


def _forbidden(answer: Answer, problem: Problem, words: str) -> SourceError:
    if problem.code:
        return Unauthorized(words, right=_right(answer, problem), status=403)
    words = "something in front of WordPress (a firewall, a security plugin) refuses this request"
    return Refused(words, status=403) if answer.request.write else Unauthorized(words, status=403)


def _problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Problem()


def _inner(problem: Problem) -> int | None:
    """A post status that may not be asked for is answered 400, with the real status inside."""
    details = problem.data.get("details") if isinstance(problem.data, dict) else None
    for detail in details.values() if isinstance(details, dict) else ():
        data = detail.get("data") if isinstance(detail, dict) else None
        if isinstance(data, dict) and data.get("status") in (401, 403):
            return int(data["status"])
    return None


def _right(answer: Answer, problem: Problem) -> str:
    path = answer.request.path
    if "/wp/" not in path:
        return ""  # a site without readable addresses: the path is in the query
    if "/comments" in path:
        return MODERATE
    if "/users" in path:
        return LIST_USERS
    if problem.code in ("rest_cannot_publish", "rest_cannot_create"):
        return PUBLISH
    return EDIT_OTHERS if answer.request.write or path[-1:].isdigit() else EDIT_POSTS
