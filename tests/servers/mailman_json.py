"""What Mailman core (API 3.1) and HyperKitty answer, shaped as Mailman 3.3.10 and HyperKitty 1.3.12 answer it."""

from __future__ import annotations

from typing import Any

from cm_console.model.time import Instant, iso
from tests.servers.mailman_world import Held, Mail, MailList, Member, Wish


def at(moment: Instant, *, fraction: bool = True) -> str:
    """Core's times: UTC without saying so."""
    text = (iso(moment) or "").removesuffix("Z")
    return f"{text}.{moment % 1000:03}000" if fraction else text


def tag(data: dict[str, Any]) -> dict[str, Any]:
    """Everything core says has a tag."""
    return {**data, "http_etag": '"0f3a"'}


def page(entries: list[dict[str, Any]], count: int, number: int) -> dict[str, Any]:
    """Some of a list; without any of it there is no `entries`."""
    start = (number - 1) * count if count else 0
    part = entries[start : start + count] if count else entries
    return tag({"start": start, "total_size": len(entries)} | ({"entries": list(map(tag, part))} if part else {}))


def mail_list(place: MailList, base: str) -> dict[str, Any]:
    """A list."""
    name, _, host = place.address.partition("@")
    return {
        "advertised": True,
        "display_name": name.title(),
        "fqdn_listname": place.address,
        "list_id": place.id,
        "list_name": name,
        "mail_host": host,
        "member_count": sum(one.role == "member" for one in place.members),
        "volume": 1,
        "description": "",
        "self_link": f"{base}/lists/{place.id}",
    }


def member(one: Member, base: str) -> dict[str, Any]:
    """A membership; what is not set is not there."""
    return {
        "address": f"{base}/addresses/{one.email}",
        "bounce_score": 0,
        "delivery_mode": "regular",
        "email": one.email,
        "list_id": one.list_id,
        "subscription_mode": "as_address",
        "role": one.role,
        "display_name": one.name,
        "self_link": f"{base}/members/{one.id}",
        "member_id": one.id,
    } | ({"moderation_action": one.action} if one.action else {})


def held(one: Held, place: MailList, base: str) -> dict[str, Any]:
    """A held message."""
    return {
        "request_id": one.request,
        "listid": place.id,
        "received_time": at(one.at),
        "rule_hits": ["nonmember-moderation"],
        "moderation_sender": one.sender,
        "moderation_reasons": one.reasons,
        "reason": "; ".join(str(reason) for reason in one.reasons),
        "msg": one.raw,
        "message_id": one.message_id,
        "sender": one.sender,
        "subject": one.subject,
        "original_subject": one.subject,
        "hold_date": at(one.at),
        "self_link": f"{base}/lists/{place.id}/held/{one.request}",
    }


def wish(one: Wish, place: MailList) -> dict[str, Any]:
    """A request to join or leave."""
    return {
        "token": one.token,
        "type": one.kind,
        "list_id": place.id,
        "email": one.email,
        "display_name": one.name,
        "when": at(one.at, fraction=False),
        "token_owner": one.owner,
    }


def short(mail: Mail, place: MailList, base: str) -> dict[str, Any]:
    """A mail as lists show it."""
    api = f"{base}/list/{place.address}"
    return {
        "url": f"{api}/email/{mail.hash}/",
        "mailinglist": f"{api}/",
        "message_id": mail.message_id,
        "message_id_hash": mail.hash,
        "thread": f"{api}/thread/{mail.thread}/",
        "sender": {"address": mail.sender.replace("@", " (a) "), "mailman_id": None, "emails": None},
        "sender_name": mail.name,
        "subject": mail.subject,
        "date": iso(mail.at),
        "parent": f"{api}/email/{mail.parent}/" if mail.parent else None,
        "children": [f"{api}/email/{hash}/" for hash in mail.children],
    }


def whole(mail: Mail, place: MailList, base: str) -> dict[str, Any]:
    """A mail with its words."""
    files = [
        {"counter": number, "name": name, "content_type": kind, "encoding": None, "size": size}
        for number, (name, kind, size) in enumerate(mail.files)
    ]
    votes = {"likes": 0, "dislikes": 0, "status": "neutral"}
    return {**short(mail, place, base), "votes": votes, "content": mail.text, "attachments": files}


def thread(id: str, place: MailList, base: str) -> dict[str, Any] | None:
    """A thread; None if none of its mails is left."""
    mails = [one for one in place.archive if one.thread == id]
    if not mails:
        return None
    api, first = f"{base}/list/{place.address}", next((one for one in mails if one.hash == id), mails[0])
    return {
        "url": f"{api}/thread/{id}/",
        "mailinglist": f"{api}/",
        "thread_id": id,
        "subject": first.subject,
        "date_active": iso(max(one.at for one in mails)),
        "starting_email": f"{api}/email/{first.hash}/",
        "emails": f"{api}/thread/{id}/emails/",
        "votes_total": 0,
        "replies_count": len(mails) - 1,
        "next_thread": None,
        "prev_thread": None,
    }
