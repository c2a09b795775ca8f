"""A homeserver's world as Synapse writes it in JSON: events, /sync, /messages, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.servers.matrix_world import MEMBER, Delayed, Flag, Stored, World


def event(world: World, stored: Stored, *, bundles: bool = True, told: bool = True) -> dict[str, Any]:
    """One event, with what Synapse tells beside it; `told`: the content it replaces too, as only /sync does."""
    shown: dict[str, Any] = {
        "type": stored.type,
        "event_id": stored.id,
        "room_id": stored.room,
        "sender": stored.sender,
        "origin_server_ts": stored.at,
        "content": stored.content,
        "unsigned": {"age": 1},
    }
    if stored.state_key is not None:
        shown["state_key"] = stored.state_key
        if stored.before is not None:
            shown["unsigned"] |= {"replaces_state": stored.replaces} | ({"prev_content": stored.before} if told else {})
    if stored.redacted_by:
        shown["unsigned"]["redacted_because"] = {"event_id": stored.redacted_by, "type": "m.room.redaction"}
    elif bundles and stored.state_key is None and (relations := _bundled(world, stored)):
        shown["unsigned"]["m.relations"] = relations
    return shown


def _bundled(world: World, stored: Stored) -> dict[str, Any]:
    relations: dict[str, Any] = {}
    if edits := world.edits(stored.id):
        relations["m.replace"] = event(world, edits[-1], bundles=False)
    inside = world.relating(stored.id, "m.thread")
    if inside:
        relations["m.thread"] = {"count": len(inside), "latest_event": event(world, inside[-1], bundles=False)}
    return relations


def sync(world: World, me: str, only: dict[str, Any], since: int | None, *, bundles: bool = True) -> dict[str, Any]:
    """What happened since a place in the stream."""
    part = only.get("room", {})
    rooms = [room for room in world.joined(me) if room in part.get("rooms", [room])]
    join = {room: shown for room in rooms if (shown := _room(world, me, room, part, since, bundles=bundles))}
    answer: dict[str, Any] = {"next_batch": f"s{len(world.events)}", "rooms": {"join": join}}
    if since is None and "types" in only.get("account_data", {}):
        answer["account_data"] = {"events": [{"type": "m.direct", "content": world.direct}]}
    left = [room for room in world.state if world.stands(room, me) in ("leave", "ban")]
    moved = [room for room in left if since is not None and world.state[room][MEMBER, me].index >= since]
    answer["rooms"]["leave"] = {room: {} for room in moved}
    answer["rooms"]["invite"] = {room: {} for room in world.state if world.stands(room, me) == "invite"}
    return answer


def _room(
    world: World, me: str, room: str, part: dict[str, Any], since: int | None, *, bundles: bool
) -> dict[str, Any]:
    came = world.state[room][MEMBER, me]
    is_new = since is not None and came.index >= since and (came.before or {}).get("membership") != "join"
    start = 0 if since is None or is_new else since
    wants, limit = matcher(part.get("timeline", {})), part.get("timeline", {}).get("limit", 10)
    found = [stored for stored in world.events[start:] if stored.room == room and wants(stored)]
    shown, limited = found[-limit:], len(found) > limit
    cut = shown[0].index if shown else len(world.events)
    states = _states(world, room, part.get("state", {}), since, cut, whole=since is None or is_new, limited=limited)
    if since is not None and not shown and not states:
        return {}
    return {
        "timeline": {
            "events": [event(world, stored, bundles=bundles) for stored in shown],
            "limited": limited,
            "prev_batch": f"s{cut}",
        },
        "state": {"events": [event(world, stored) for stored in states]},
        "summary": _summary(world, me, room),
    }


def _states(
    world: World, room: str, wanted: dict[str, Any], since: int | None, cut: int, *, whole: bool, limited: bool
) -> list[Stored]:
    wants = matcher(wanted)
    states = [stored for stored in world.state[room].values() if wants(stored)]
    if whole:
        return [stored for stored in states if stored.type != MEMBER or not wanted.get("lazy_load_members")]
    return [stored for stored in states if limited and since is not None and since <= stored.index < cut]


def _summary(world: World, me: str, room: str) -> dict[str, Any]:
    people = [key for type, key in world.state[room] if type == MEMBER]
    inside = [user for user in people if world.stands(room, user) == "join"]
    asked = [user for user in people if world.stands(room, user) == "invite"]
    others = [user for user in (*inside, *asked) if user != me][:5]
    named = ("m.room.name", "") in world.state[room]
    counts = {"m.joined_member_count": len(inside), "m.invited_member_count": len(asked)}
    return counts | ({} if named else {"m.heroes": others})


def matcher(only: dict[str, Any]) -> Callable[[Stored], bool]:
    """Does an event pass a filter of types and senders?"""
    types, senders, without = only.get("types"), only.get("senders"), only.get("not_types", [])
    return lambda stored: (
        (types is None or stored.type in types)
        and (senders is None or stored.sender in senders)
        and not ("*" in without or stored.type in without)
    )


def messages(
    world: World, room: str, only: dict[str, Any], start: int, stop: int, limit: int, *, bundles: bool = True
) -> dict[str, Any]:
    """A room backwards from a place in the stream."""
    wants = matcher(only)
    found = [e for e in reversed(world.events[stop:start]) if e.room == room and wants(e)]
    answer: dict[str, Any] = {"chunk": [event(world, stored, bundles=bundles) for stored in found[:limit]]}
    answer["start"] = f"s{start}"
    if len(found) > limit:
        answer["end"] = f"s{found[limit - 1].index}"
    return answer


def flags(listed: Iterable[Flag], start: int, limit: int, key: str, show: Callable[[Flag], Any]) -> dict[str, Any]:
    """A page of reports, newest first."""
    ordered = sorted(listed, key=lambda flag: (-flag.at, -flag.id))
    answer: dict[str, Any] = {key: [show(flag) for flag in ordered[start : start + limit]], "total": len(ordered)}
    if start + limit < len(ordered):
        answer["next_token"] = start + limit
    return answer


def event_flag(world: World, flag: Flag, *, full: bool = False) -> dict[str, Any]:
    """A report on a message."""
    name = world.state[flag.room].get(("m.room.name", ""))
    shown: dict[str, Any] = {
        "id": flag.id,
        "received_ts": flag.at,
        "room_id": flag.room,
        "event_id": flag.event,
        "user_id": flag.by,
        "sender": flag.user,
        "reason": flag.reason,
        "score": None,
        "name": name.content["name"] if name else None,
        "canonical_alias": None,
    }
    if full:
        raw = event(world, world.event(flag.event), bundles=False)
        del raw["event_id"]
        shown["event_json"] = raw
    return shown


def user_flag(flag: Flag) -> dict[str, Any]:
    """A report on a member."""
    return {
        "id": flag.id,
        "received_ts": flag.at,
        "target_user_id": flag.user,
        "user_id": flag.by,
        "reason": flag.reason,
    }


def delayed(one: Delayed) -> dict[str, Any]:
    """A message to be sent later."""
    return {
        "delay_id": one.id,
        "room_id": one.room,
        "type": "m.room.message",
        "content": one.content,
        "delay": one.delay,
        "running_since": one.since,
    }
