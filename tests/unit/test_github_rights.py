"""Rights and limits on GitHub: which is missing is told in words, and how long to wait is told in time."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Gone, Refused, SourceError, Throttled, Unauthorized, Unreachable
from cm_console.model.source import Feed, Identity
from cm_console.model.time import HOUR, MINUTE, SECOND, Instant
from cm_console.sources.github.answers import faults_of, refusal, right_in
from cm_console.sources.github.site import addresses
from cm_console.sources.github.wire_graphql import Fault
from cm_console.sources.http_answers import Answer, Request
from cm_console.testing import START
from tests.servers.github_bench import DiscussionsBench, GitHubBench

NOW = Instant(START)

BENCH = GitHubBench


async def check(bench: GitHubBench, repos: str = "octo/bikes") -> Identity:
    source = bench.source(repos=repos)
    try:
        return await source.check()
    finally:
        await source.close()


async def denied(bench: GitHubBench, verb: Verb) -> Unauthorized:
    action = await bench.action(verb)
    before = await bench.truth()
    source = bench.source()
    with pytest.raises(Unauthorized) as caught:
        await source.push(action)
    await source.close()
    assert await bench.truth() == before
    assert caught.value.landed is False
    return caught.value


def answer(status: int, words: str = "no", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(Request("GET", "/x"), status, named, json.dumps({"message": words}).encode())


def judged(made: Answer) -> SourceError | None:
    return refusal(made, "the usual words", NOW)


def left(remaining: int, resets_at: int) -> dict[str, str]:
    return {"x_ratelimit_remaining": str(remaining), "x_ratelimit_reset": str(resets_at // 1000)}


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("words", "headers", "wait"),
    [
        ("slow down", {"retry_after": "30"}, 30 * SECOND),
        ("API rate limit exceeded", left(0, NOW + 5 * MINUTE), 5 * MINUTE),
        ("You have exceeded a secondary rate limit", left(4000, NOW + HOUR), MINUTE),
        ("slow down", {"retry_after": "999999"}, HOUR),
        ("slow down", left(0, NOW - HOUR), SECOND),
    ],
)
def test_how_long_to_wait(status: int, words: str, headers: dict[str, str], wait: int) -> None:
    error = judged(answer(status, words, x_ratelimit_limit="5000", **headers))
    assert isinstance(error, Throttled)
    assert error.until == NOW + wait
    assert words in str(error)


def test_which_right_is_missing() -> None:
    fine = "issues=write,metadata=read; contents=read"
    assert right_in({"x-accepted-github-permissions": fine}) == (
        "the token's permission Issues: Read and write, Metadata: read"
    )
    classic = {"x-oauth-scopes": "gist", "x-accepted-oauth-scopes": "repo, public_repo"}
    assert right_in(classic) == "the token's scope public_repo or repo"
    assert right_in(classic | {"x-oauth-scopes": "gist, repo"}) == ""
    assert right_in({}) == ""


def test_what_refusals_mean() -> None:
    worthless = judged(answer(401, "Bad credentials"))
    assert isinstance(worthless, Unauthorized)
    assert "wrong, expired or revoked" in str(worthless)
    sso = judged(answer(403, "Resource protected", x_github_sso="required; url=https://github.test/sso?a=b"))
    assert isinstance(sso, Unauthorized)
    assert sso.right == "authorise it at https://github.test/sso?a=b"
    for words in ("Repository was archived so is read-only.", "issue is locked", "User is blocked"):
        assert isinstance(judged(answer(403, words)), Refused)
    assert isinstance(judged(answer(410)), Gone)
    assert isinstance(judged(answer(422, "Validation Failed")), Refused)
    assert judged(answer(418)) is None


@pytest.mark.parametrize(
    ("kind", "words", "meant"),
    [
        ("NOT_FOUND", "Could not resolve", Gone),
        ("FORBIDDEN", "Resource not accessible by personal access token", Unauthorized),
        ("FORBIDDEN", "the discussion is locked", Refused),
        ("INSUFFICIENT_SCOPES", "requires one of: ['repo']", Unauthorized),
        ("RATE_LIMITED", "API rate limit exceeded", Throttled),
        (None, "You have exceeded a secondary rate limit", Throttled),
        (None, "Something went wrong while executing your query", Unreachable),
        ("UNPROCESSABLE", "Body cannot be blank", Refused),
        (None, "Field 'x' doesn't exist on type 'Y'", Refused),
    ],
)
def test_what_faults_mean(kind: str | None, words: str, meant: type[SourceError]) -> None:
    made = Answer(Request("POST", "/graphql"), 200, {}, b"")
    error = faults_of([Fault(words, kind)], made, NOW, "the right to ask for")
    assert type(error) is meant
    assert error.landed is (None if meant is Unreachable else False)
    if isinstance(error, Unauthorized):
        assert error.right == "the right to ask for"


@pytest.mark.parametrize(
    ("api", "wanted"),
    [
        ("https://api.github.com", ("https://api.github.com", "")),
        ("https://api.github.com/", ("https://api.github.com", "")),
        ("github.com", ("https://api.github.com", "")),
        ("https://api.octo.ghe.com", ("https://api.octo.ghe.com", "")),
        ("https://git.example.org/api/v3", ("https://git.example.org/api", "/v3")),
        ("git.example.org", ("https://git.example.org/api", "/v3")),
        ("http://127.0.0.1:80", ("http://127.0.0.1:80", "")),
    ],
)
def test_where_the_api_is(api: str, wanted: tuple[str, str]) -> None:
    assert addresses(api) == wanted


async def test_an_admin_with_a_good_token_lacks_nothing(bench: GitHubBench) -> None:
    me = await check(bench)
    assert (me.member, me.name, dict(me.missing)) == (str(bench.server.me.id), "bikes-team", {})
    assert me.server_time == bench.clock.now()
    bench.server.scopes = "repo, admin:org"
    assert not (await check(bench)).missing


async def test_check_tells_what_a_role_does_not_allow(bench: GitHubBench) -> None:
    bench.repo.role = "read"
    me = await check(bench)
    assert (
        me.missing[Verb.CLOSE]
        == me.missing[Verb.HIDE]
        == ("the Triage role in octo/bikes (an admin gives it: Settings > Collaborators and teams)")
    )
    assert me.missing[Verb.LOCK].startswith("the Write role in octo/bikes")
    assert me.missing[Verb.BAN].startswith("an owner or moderator of octo")
    assert {Verb.REPLY, Verb.PUBLISH, Verb.EDIT, Verb.REMOVE} == set(me.verbs)
    assert me.feeds == {Feed.MEMBERS, Feed.THREADS}
    bench.repo.role = "triage"
    assert set((await check(bench)).missing) == {Verb.LOCK, Verb.UNLOCK, Verb.BAN, Verb.UNBAN}


async def test_check_tells_what_a_token_may_not_read(bench: GitHubBench) -> None:
    bench.server.lacks = {"issues=read", "discussions=read", "organization_user_blocking=write"}
    me = await check(bench)
    assert "Issues: Read (or the scope 'repo'" in me.missing[Feed.THREADS]
    assert "Discussions: read" in me.missing[Feed.THREADS]
    assert "Blocking users: Read and write" in me.missing[Verb.BAN]
    assert me.feeds == {Feed.MEMBERS}


async def test_check_tells_which_scope_a_classic_token_lacks(bench: GitHubBench) -> None:
    bench.server.scopes = "gist"
    assert (await check(bench)).missing[Verb.REPLY] == "the token's scope public_repo or repo"
    bench.server.scopes = "public_repo"
    assert Verb.REPLY not in (await check(bench)).missing
    bench.repo.private = True
    assert (await check(bench)).missing[Verb.REPLY] == "the token's scope repo"


async def test_check_tells_of_repositories_it_cannot_see_and_of_what_is_switched_off(bench: GitHubBench) -> None:
    bench.repo.has_discussions = False
    me = await check(bench, "octo/bikes octo/secret")
    assert me.missing[Feed.THREADS] == "read access to octo/secret"
    assert me.missing[Verb.SOLVE].startswith("Discussions switched on")
    bench.server.token = "another"
    with pytest.raises(Unauthorized, match="wrong, expired or revoked"):
        await check(bench)


async def test_a_token_without_a_permission_is_told_its_name(bench: GitHubBench, talk: DiscussionsBench) -> None:
    bench.server.lacks = {"issues=write"}
    for verb in (Verb.REPLY, Verb.CLOSE, Verb.LOCK, Verb.REMOVE, Verb.ASSIGN):
        assert (await denied(bench, verb)).right == "the token's permission Issues: Read and write"
    talk.server.lacks = {"discussions=write"}
    for verb in (Verb.REPLY, Verb.CLOSE, Verb.LOCK, Verb.REMOVE, Verb.SOLVE, Verb.HIDE):
        assert "the token's permission Discussions: Read and write" in (await denied(talk, verb)).right


@pytest.mark.parametrize("silent", [False, True])
async def test_an_account_without_a_role_is_told_which(bench: GitHubBench, silent: bool) -> None:
    bench.repo.role, bench.server.silent = "read", silent
    for verb, role in ((Verb.CLOSE, "Triage"), (Verb.LOCK, "Write"), (Verb.REMOVE, "Write"), (Verb.EDIT, "Write")):
        assert f"the {role} role in octo/bikes" in (await denied(bench, verb)).right
    assert "the Triage role" in (await denied(bench, Verb.HIDE)).right
    assert "an owner or moderator of octo" in (await denied(bench, Verb.BAN)).right


async def test_a_classic_token_that_may_only_read_is_told_the_scope(bench: GitHubBench, talk: DiscussionsBench) -> None:
    bench.server.scopes = talk.server.scopes = "read:org"
    assert "the scope 'repo'" in (await denied(bench, Verb.REPLY)).right
    error = await denied(talk, Verb.REPLY)
    assert "required scopes" in str(error)
    assert "the scope 'repo'" in error.right


async def test_an_answer_under_what_is_gone_is_gone(bench: GitHubBench, talk: DiscussionsBench) -> None:
    """404 to a write: the thread is looked at, and it is not there."""
    for world in (bench, talk):
        action = await world.action(Verb.REPLY)
        world.repo.issues.clear()
        world.repo.discussions.clear()
        source = world.source()
        with pytest.raises(Gone):
            await source.push(replace(action))
        await source.close()


async def test_no_secret_is_in_words(bench: GitHubBench) -> None:
    source = bench.source(token="github_pat_secret")
    made = answer(422, "what is github_pat_secret doing here?")
    error = source._site.gate._judge(made, "") if source._site.gate._judge else None
    assert str(error) == "what is *** doing here?"
    assert "github_pat_secret" not in repr(source._site.gate) + repr(source._settings)
    await source.close()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("octo/bikes", "octo/bikes"),
        ("https://github.com/octo/bikes", "octo/bikes"),
        ("https://github.com/octo/bikes/issues/12", "octo/bikes"),
        ("https://github.example.org:8443/octo/bikes.git", "octo/bikes"),
        ("git@github.com:octo/bikes.git", "octo/bikes"),
        ("octo/bikes/issues", "octo/bikes/issues"),
        ("octo", "octo"),
    ],
)
def test_a_repository_as_people_copy_it(typed: str, name: str) -> None:
    from cm_console.sources.github.site import named

    assert named(typed) == name


async def test_what_issues_and_what_discussions_know(bench: GitHubBench) -> None:
    """The patterns fit our ids: an issue cannot be solved, a discussion not assigned, an opening not hidden."""
    from fnmatch import fnmatchcase

    from cm_console.sources.github.ids import DISCUSSION, ISSUE, Spot

    some = (await check(bench)).some
    issue, discussion = str(Spot(12, ISSUE, 3)), str(Spot(12, DISCUSSION, 4))
    for verb in (Verb.SOLVE, Verb.UNSOLVE):
        assert fnmatchcase(discussion, some[verb]) and not fnmatchcase(issue, some[verb])
    for verb in (Verb.ASSIGN, Verb.UNASSIGN):
        assert fnmatchcase(issue, some[verb]) and not fnmatchcase(discussion, some[verb])
    for verb in (Verb.HIDE, Verb.SPAM):
        assert fnmatchcase(str(Spot(12, ISSUE, 3, "9")), some[verb]) and not fnmatchcase(issue, some[verb])
