"""What GitHub's refusals mean: limits, missing rights, locked and archived places, and the faults of GraphQL answers.

Limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api . A limit is told with 403 as well
as 429; which right is missing is told by headers, differently for the two kinds of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from cm_console.model.errors import Gone, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.text import clean_line
from cm_console.model.time import HOUR, MINUTE, SECOND, Instant
from cm_console.sources.github.wire import Problem, Trouble
from cm_console.sources.github.wire_graphql import Fault
from cm_console.sources.http_answers import X_RATELIMIT, Answer, budget_of

CLASSIC = "x-oauth-scopes"
"""A header that only answers to classic tokens carry: the scopes the token has."""
_LIMITED = re.compile(r"secondary rate limit|abuse detection|rate limit exceeded|submitted too quickly", re.I)
_SHUT = re.compile(r"\b(is|was|been) (locked|archived|blocked)|read-only|disabled", re.I)
_STUMBLED = re.compile(r"something went wrong|timed? ?out|timeout", re.I)
_PERMISSIONS = {
    "issues": "Issues",
    "pull_requests": "Pull requests",
    "discussions": "Discussions",
    "metadata": "Metadata",
    "organization_user_blocking": "Blocking users (of the organisation)",
    "blocking": "Block another user (of the account)",
}


def refusal(answer: Answer, words: str, now: Instant, redact: Callable[[str], str] = str) -> SourceError | None:
    """GitHub's own reading of a 4xx, its words without secrets; None where the usual one is right."""
    words = redact(_words(answer.body)) or words
    limited = limit(answer.headers, words, now) if answer.status in (403, 429) else None
    if limited is not None:
        return Throttled(f"GitHub asks to wait: {words}", until=limited, status=answer.status)
    if answer.status == 401:
        return Unauthorized("GitHub does not know this token: it is wrong, expired or revoked", status=401)
    if answer.status == 403:
        return forbidden(answer, words)
    if answer.status in (404, 410):
        return Gone("it is not there, or this token may not see it", status=answer.status)
    return Refused(words, status=answer.status) if answer.status in (400, 409, 422) else None


def limit(headers: Mapping[str, str], words: str, now: Instant) -> Instant | None:
    """Until when we are asked to wait; None if this is no limit. An hour at most, a minute where nothing is told."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", told):
        return Instant(now + min(int(told) * SECOND, HOUR))
    budget = budget_of(headers, X_RATELIMIT, now)
    if budget is not None and budget.remaining <= 0:
        return Instant(min(max(budget.resets_at, now + SECOND), now + HOUR))
    return Instant(now + MINUTE) if _LIMITED.search(words) else None


def forbidden(answer: Answer, words: str) -> SourceError:
    """403 without a limit: single sign-on, a place where nobody may write, or a right that is missing."""
    headers = answer.headers
    if sso := re.search(r"url=(https://\S+)", headers.get("x-github-sso", "")):
        told = "the organisation wants the token authorised for its single sign-on"
        return Unauthorized(told, right=f"authorise it at {clean_line(sso[1], 200)}", status=403)
    if _SHUT.search(words):
        return Refused(words, status=403)
    return Unauthorized(words, right=right_in(headers), status=403)


def right_in(headers: Mapping[str, str]) -> str:
    """Which right GitHub says it wants, in words; empty if the token has it and only the account lacks a role."""
    wanted = headers.get("x-accepted-github-permissions", "").partition(";")[0]
    parts = [part.strip().partition("=") for part in wanted.split(",") if "=" in part]
    if parts:
        told = [
            f"{_PERMISSIONS.get(name, name)}: {'Read and write' if level == 'write' else level}"
            for name, _, level in parts
        ]
        return f"the token's permission {clean_line(', '.join(told), 200)}"
    has = _scopes(headers.get(CLASSIC, ""))
    accepted = _scopes(headers.get("x-accepted-oauth-scopes", ""))
    if CLASSIC in headers and accepted and not accepted & has:
        return f"the token's scope {clean_line(' or '.join(sorted(accepted)), 100)}"
    return ""


def faults_of(faults: Sequence[Fault], answer: Answer, now: Instant, right: str = "") -> SourceError:
    """The error that the faults of a GraphQL answer stand for; `right` is what the document needs."""
    fault = faults[0]
    words, kind = clean_line(fault.message, 300) or "GitHub gave no reason", (fault.type or "").upper()
    if kind.startswith("RATE_LIMIT") or (not kind and _LIMITED.search(words)):
        until = limit(answer.headers, "rate limit exceeded", now)
        return Throttled(f"GitHub asks to wait: {words}", until=until or now + MINUTE, status=answer.status)
    if kind == "NOT_FOUND":
        return Gone("it is not there, or this token may not see it", status=answer.status)
    if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
        return Refused(words) if _SHUT.search(words) else Unauthorized(words, right=right, status=answer.status)
    if kind in ("SERVICE_UNAVAILABLE", "INTERNAL", "SOMETHING_WENT_WRONG") or (not kind and _STUMBLED.search(words)):
        return Unreachable(f"GitHub stumbled: {words}", landed=None if answer.request.write else False)
    return Refused(words, status=answer.status)


def _scopes(header: str) -> frozenset[str]:
    return frozenset(part.strip() for part in header.split(",") if part.strip())


def scopes(answer: Answer) -> frozenset[str] | None:
    """The scopes of a classic token; None for a fine-grained one, which does not tell what it may."""
    return _scopes(answer.headers[CLASSIC]) if CLASSIC in answer.headers else None


def _words(body: bytes) -> str:
    """GitHub's message with what it says of each field; empty if this is not GitHub's form."""
    try:
        trouble = msgspec.json.decode(body, type=Trouble)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
    parts = [trouble.message or "", *(_told(problem) for problem in trouble.errors or [])]
    return clean_line("; ".join(dict.fromkeys(part for part in parts if part)), 300)


def _told(problem: Problem | str) -> str:
    if isinstance(problem, str):
        return problem
    return problem.message or " ".join(part for part in (problem.field, problem.code) if part)
