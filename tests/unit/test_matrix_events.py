"""Reading Matrix events: texts, relations, edits, redactions, power; and content that is anything but a message."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from cm_console.sources.matrix import events
from cm_console.sources.matrix.power import power_of
from cm_console.sources.matrix.records import id_of, link, parts
from cm_console.sources.matrix.wire import Event

ME = "@team:cm.test"
NONSENSE: list[Any] = [None, 5, "text", [], {}, [1], {"x": 1}, True, 1.5]


def message(**content: Any) -> Event:
    return Event("m.room.message", "$1", "@ann:cm.test", 1_000, {"msgtype": "m.text", **content})


def html(formatted: str, **more: Any) -> Event:
    return message(body="plain", format="org.matrix.custom.html", formatted_body=formatted, **more)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (message(body="Hello\n  there"), "Hello\n  there"),
        (html("<p>See <a href='https://x.test/a'>here</a></p>"), "See here <https://x.test/a>"),
        (html('Thanks <a href="https://matrix.to/#/@bob:cm.test">Bob</a>!'), "Thanks Bob!"),
        (html("<mx-reply><blockquote>old words</blockquote></mx-reply>new words"), "new words"),
        (html("<del>no</del> closing <mx-reply>stays"), "no closing stays"),
        (message(body="waves", msgtype="m.emote"), "* waves"),
        (message(body="cat.jpg", msgtype="m.image"), "[image: cat.jpg]"),
        (message(body="My cat", filename="cat.jpg", msgtype="m.image"), "[image: cat.jpg]\nMy cat"),
        (message(body="", msgtype="m.video"), "[video]"),
        (message(body="", msgtype="m.key.verification.request"), "[m.key.verification.request]"),
        (message(body=5, msgtype=[]), "[nothing to read]"),
        (Event("m.sticker", content={"body": "wink"}), "[sticker: wink]"),
        (Event("m.poll.start", content={"m.poll": {"question": {"m.text": [{"body": "Tea?"}]}}}), "[poll] Tea?"),
        (Event("m.room.encrypted", content={"ciphertext": "x"}), events.ENCRYPTED),
    ],
)
def test_what_a_message_says(event: Event, text: str) -> None:
    assert events.text_of(event) == text


def test_the_quote_that_old_clients_put_before_an_answer_goes_and_a_quote_of_ones_own_stays() -> None:
    quoted = "> <@bob:cm.test> old words\n> more\n\nnew words"
    related = {"m.in_reply_to": {"event_id": "$0"}}
    answer = message(body=quoted, **{"m.relates_to": related})
    assert events.text_of(answer) == "new words"
    assert events.text_of(message(body=quoted)) == quoted
    mine = message(body="> a proverb\n\nI like it", **{"m.relates_to": related})
    assert events.text_of(mine) == "> a proverb\n\nI like it"


def test_what_it_relates_to() -> None:
    reply = {"m.in_reply_to": {"event_id": "$0"}}
    thread = {"rel_type": "m.thread", "event_id": "$9", "is_falling_back": True, **reply}
    assert events.relation(message(**{"m.relates_to": reply})) == (events.REPLY, "$0")
    assert events.relation(message(**{"m.relates_to": thread})) == (events.THREAD, "$9")
    assert events.answered(message(**{"m.relates_to": reply})) == "$0"
    assert events.answered(message(**{"m.relates_to": thread})) == "", "a thread's fallback is no answer"
    assert events.relation(message()) == ("", "")


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_content_of_any_shape_does_no_harm(nonsense: Any) -> None:
    shapes = [nonsense, dict.fromkeys(("body", "msgtype", "format", "formatted_body", "filename"), nonsense)]
    shapes += [{"body": "x", "m.relates_to": nonsense}, {"body": "x", "m.relates_to": {"m.in_reply_to": nonsense}}]
    shapes += [{"body": "x", "m.mentions": nonsense, "m.new_content": nonsense}, {"m.poll": nonsense}]
    for content in shapes:
        for type in (*events.MESSAGES, events.REACTION, events.REDACTION, "m.room.power_levels"):
            event = Event(type, "$1", "@a:b", 10**30, content, {"m.relations": nonsense, "prev_content": nonsense})
            events.text_of(event, event)
            events.relation(event)
            events.mentions(event, event, ME)
            events.redacted_id(event)
            events.last_edit(event)
            power_of(event, event).of(ME)
            assert 0 < events.at(event) <= 32_503_680_000_000
    bundle = Event(
        "m.room.message", "$1", "@a:b", 0, {"body": "x"}, {"m.relations": {"m.replace": {"sender": nonsense}}}
    )
    assert events.last_edit(bundle) is None


def test_the_newest_edit_by_the_author_counts() -> None:
    def edit(id: str, at: int, sender: str = "@ann:cm.test") -> Event:
        new = {"m.new_content": {"body": f"edit {id}", "msgtype": "m.text"}, "body": "* x"}
        return Event("m.room.message", id, sender, at, new)

    told = {"sender": "@ann:cm.test", "event_id": "$b", "origin_server_ts": 5, "content": edit("$b", 5).content}
    event = message(body="first")
    event.unsigned = {"m.relations": {"m.replace": told}}
    assert events.text_of(event, events.last_edit(event)) == "edit $b"
    assert events.text_of(event, events.last_edit(event, edit("$c", 9))) == "edit $c"
    assert events.text_of(event, events.last_edit(event, edit("$a", 1))) == "edit $b"
    assert events.text_of(event, events.last_edit(event, edit("$d", 9, "@eve:cm.test"))) == "edit $b"


def test_who_is_mentioned() -> None:
    assert events.mentions(message(body="x", **{"m.mentions": {"user_ids": [ME]}}), None, ME)
    assert not events.mentions(message(body=f"about {ME}", **{"m.mentions": {}}), None, ME), "told: nobody"
    assert events.mentions(message(body=f"hello {ME}"), None, ME), "an old client tells it in the text only"


def test_what_was_removed() -> None:
    assert events.is_redacted(Event("m.room.message", content={}))
    assert events.is_redacted(message(body="x")) is False
    assert events.redacted_id(Event(events.REDACTION, content={"redacts": "$1"})) == "$1"
    assert events.redacted_id(Event(events.REDACTION, content={}, redacts="$2")) == "$2", "before version 11"


def test_a_creator_of_version_12_has_power_that_no_list_shows() -> None:
    create = Event("m.room.create", "$1", ME, content={"room_version": "12", "additional_creators": ["@bob:x", 5]})
    levels = Event("m.room.power_levels", content={"users": {"@mod:x": 50, "@odd:x": "100"}, "ban": 60})
    power = power_of(create, levels)
    assert power.of(ME) == power.of("@bob:x") == inf and power.of("@ann:x") == 0
    assert power.may(ME, "ban", "@mod:x") and not power.may(ME, "ban", "@bob:x"), "creators are equals"
    assert power.may("@odd:x", "ban") and not power.may("@mod:x", "ban") and power.may("@mod:x", "redact")


def test_before_version_12_the_list_counts_and_without_one_the_creator() -> None:
    create = Event("m.room.create", "$1", ME, content={"room_version": "11"})
    assert power_of(create, Event("m.room.power_levels", content={"users": {}})).of(ME) == 0
    assert power_of(create, None).may(ME, "ban") and not power_of(create, None).may("@ann:x", "ban")
    assert power_of(None, None).of(ME) == 0
    assert (
        power_of(Event("m.room.create", "$1", ME, content={"room_version": "org.matrix.hydra.11"}), None).of(ME) == inf
    )


def test_ids_hold_room_and_event_also_without_a_server_part() -> None:
    for room, event in (("!x0", "$abc-_"), ("!x:cm.test", "$a/b:cm.test")):
        assert parts(id_of(room, event)) == (room, event)
    assert parts("!talk") == ("!talk", "")
    assert link("!x", "$e?#<") == "https://matrix.to/#/!x/$e%3F%23%3C"
