"""Blocking people: an organisation blocks for all its repositories, a person for their own. For good, or not at all.

https://docs.github.com/rest/orgs/blocking and https://docs.github.com/rest/users/blocking
"""

from __future__ import annotations

from urllib.parse import quote

from cm_console.model.action import Action, Receipt, Verb
from cm_console.model.errors import Gone, Refused, Unauthorized
from cm_console.model.records import Kind
from cm_console.sources.github import wire
from cm_console.sources.github.ids import spot_of
from cm_console.sources.github.site import Repo, Site


async def set_member(site: Site, action: Action) -> Receipt:
    """Block or unblock a member where the thread at hand stands, or everywhere if none is named."""
    if action.target is None or action.target.kind is not Kind.MEMBER or not action.target.id.isdigit():
        raise Refused(f"{action.verb} needs a member")
    if action.verb is Verb.BAN and action.until is not None:
        raise Refused("GitHub's programs can block for good only: choose no end, or block on github.com for some days")
    repos = [await site.repo(spot_of(action.thread))] if action.thread else await site.repos()
    user = await site.read(f"/user/{action.target.id}", wire.User)
    for path, right in {await _blocks(site, repo): block_right(repo) for repo in repos}.items():
        await _set(site, f"{path}/{quote(user.login, safe='')}", right, blocked=action.verb is Verb.BAN)
    return Receipt(action.target.id)


async def _blocks(site: Site, repo: Repo) -> str:
    path = await blocks_path(site, repo)
    if path is None:
        raise Unauthorized(f"only {repo.facts.owner.login} can block people in {repo.name}", right=block_right(repo))
    return path


async def blocks_path(site: Site, repo: Repo) -> str | None:
    """Where the blocks are kept that count in a repository; None if they are another person's."""
    owner = repo.facts.owner
    if owner.type == "Organization":
        return f"/orgs/{quote(owner.login, safe='')}/blocks"
    return "/user/blocks" if owner.id == (await site.me()).id else None


def block_right(repo: Repo) -> str:
    """The right that blocking takes."""
    owner = repo.facts.owner
    if owner.type == "Organization":
        scope = "Blocking users: Read and write (or the scope 'admin:org')"
        return f"an owner or moderator of {owner.login}, with the token's organisation permission {scope}"
    return f"the token of {owner.login}, with its permission Block another user: Read and write (or the scope 'user')"


async def _set(site: Site, path: str, right: str, *, blocked: bool) -> None:
    try:
        await site.get(path)
        is_blocked = True
    except Gone:
        is_blocked = False
    except Unauthorized as error:
        raise Unauthorized(str(error), right=error.right or right, status=error.status) from None
    if is_blocked != blocked:
        try:
            await site.write("PUT" if blocked else "DELETE", path, role=right)
        except Gone:
            raise Unauthorized("GitHub does not let this account block anybody", right=right) from None
