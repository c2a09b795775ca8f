"""The JSON of a Mastodon-like server, as its flavours shape it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from cm_console.model.time import moment
from tests.servers.mastodon_world import INVITE_USERS, Account, Notification, Plan, Report, Status, World, cook

UTC = ZoneInfo("UTC")
MASTODON, GOTOSOCIAL, PLEROMA = "mastodon", "gotosocial", "pleroma"


def at(when: int | None) -> str | None:
    """With milliseconds, as Mastodon writes it."""
    return None if when is None else moment(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when % 1000:03d}Z"


def account(world: World, one: Account) -> dict[str, Any]:
    staff = one.permissions != INVITE_USERS
    shown: dict[str, Any] = {
        "id": one.id,
        "username": one.username,
        "acct": one.acct,
        "display_name": one.username.title(),
        "locked": False,
        "bot": one.bot,
        "created_at": at(one.created_at - one.created_at % 86_400_000),
        "note": "",
        "url": f"https://{one.domain or 'social.test'}/@{one.username}",
        "emojis": [],
        "fields": [],
    }
    shown |= {"suspended": True} if one.suspended else {}
    if world.flavour == PLEROMA:
        return shown | {"pleroma": {"is_admin": staff, "is_moderator": staff}}
    return shown | {"roles": [{"id": "3", "name": "Owner", "color": ""}] if staff else []}


def me(world: World) -> dict[str, Any]:
    one = world.accounts[world.me]
    shown = account(world, one) | {"source": {"privacy": "public", "sensitive": False}}
    role = {"id": "3", "name": "Owner", "permissions": str(one.permissions), "highlighted": True}
    return shown if world.flavour == PLEROMA else shown | {"role": role}


def status(world: World, one: Status) -> dict[str, Any]:
    return {
        "id": one.id,
        "created_at": at(one.created_at),
        "in_reply_to_id": one.reply_to,
        "in_reply_to_account_id": world.statuses[one.reply_to].account if one.reply_to else None,
        "sensitive": one.sensitive,
        "spoiler_text": one.spoiler,
        "visibility": one.visibility,
        "language": one.language,
        "uri": f"https://social.test/statuses/{one.id}",
        "url": None if world.flavour == GOTOSOCIAL and one.visibility == "direct" else f"https://social.test/{one.id}",
        "replies_count": world.answers[one.id],
        "reblogs_count": 0,
        "favourites_count": 0,
        **({} if world.flavour == GOTOSOCIAL and not one.edited_at else {"edited_at": at(one.edited_at)}),
        "content": cook(one.text, flavour=world.flavour),
        "reblog": None,
        "account": account(world, world.accounts[one.account]),
        "media_attachments": one.media,
        "mentions": [
            {"id": id, "acct": world.accounts[id].acct, "username": world.accounts[id].username, "url": ""}
            for id in one.mentions
            if id in world.accounts
        ],
        "tags": [],
        "emojis": [],
        "poll": {"id": "1", "options": [{"title": title, "votes_count": 0} for title in one.poll]}
        if one.poll
        else None,
    }


def notification(world: World, one: Notification) -> dict[str, Any]:
    shown = status(world, world.statuses[one.status])
    return {
        "id": one.id,
        "type": one.type,
        "created_at": at(one.created_at),
        "account": shown["account"],
        "status": shown,
    }


def admin_account(world: World, one: Account) -> dict[str, Any]:
    return {
        "id": one.id,
        "username": one.username,
        "domain": one.domain or None,
        "created_at": at(one.created_at),
        "email": f"{one.username}@mail.test",
        "ip": None,
        "confirmed": True,
        "approved": one.approved,
        "suspended": one.suspended,
        "silenced": one.silenced,
        "sensitized": one.sensitized,
        "disabled": one.disabled,
        "locale": "en",
        "invite_request": one.invite_request,
        "ips": [],
        "account": account(world, one),
        "role": {"id": "-99", "name": "", "permissions": str(one.permissions)},
    }


def report(world: World, one: Report) -> dict[str, Any]:
    def staff(id: str | None) -> dict[str, Any] | None:
        return admin_account(world, world.accounts[id]) if id else None

    return {
        "id": one.id,
        "action_taken": one.action_taken_at is not None,
        "action_taken_at": at(one.action_taken_at),
        "category": one.category,
        "comment": one.comment,
        "forwarded": False,
        "created_at": at(one.created_at),
        "updated_at": at(one.updated_at),
        "account": staff(one.account),
        "target_account": staff(one.target),
        "assigned_account": staff(one.assigned),
        "action_taken_by_account": staff(one.by),
        "statuses": [status(world, world.statuses[id]) for id in one.statuses if id in world.statuses],
        "rules": [{"id": str(place), "text": text} for place, text in enumerate(one.rules)],
    }


def plan(one: Plan) -> dict[str, Any]:
    return {"id": one.id, "scheduled_at": at(one.at), "params": one.params, "media_attachments": []}


def instance(world: World, version: int) -> dict[str, Any]:
    names = {GOTOSOCIAL: "0.17.3+git-1a2b3c4", PLEROMA: "2.7.2 (compatible; Pleroma 2.6.0)"}
    shown: dict[str, Any] = {"title": "A server", "version": names.get(world.flavour, "4.6.4"), "rules": []}
    statuses = {"max_characters": 500, "characters_reserved_per_url": 23, "max_media_attachments": 4}
    if world.flavour == PLEROMA:
        return shown | {"uri": "https://social.test", "max_toot_chars": 5000}
    if world.flavour == GOTOSOCIAL:
        shown["source_url"] = "https://codeberg.org/superseriousbusiness/gotosocial"
        statuses["max_characters"] = 5000
    return shown | {"domain" if version == 2 else "uri": "social.test", "configuration": {"statuses": statuses}}
