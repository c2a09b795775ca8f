"""The composer names whom the reply is for, and the platform is told the same."""

from __future__ import annotations

from cm_console.model.records import Member, Post, Thread, ThreadKind
from cm_console.model.text import Untrusted
from cm_console.model.time import HOUR, MINUTE, Instant
from tests.screens.cases import case, rules
from tests.screens.stage import Stage, press, text_of
from tests.screens.test_moderation import payload


def two_who_ask(stage: Stage) -> None:
    """A public thread of mia's in which zed asks us too, later."""
    at = Instant(stage.clock.now() - HOUR)
    stage.save(
        Member("m-mia", Untrusted("mia")),
        Member("m-zed", Untrusted("zed")),
        Thread("t", Untrusted("Brakes"), "m-mia", at, ThreadKind.TOPIC),
        Post("first", "t", "m-mia", at, Untrusted("They squeal")),
        Post("second", "t", "m-zed", Instant(at + MINUTE), Untrusted("@us mine too"), mentions_us=True),
    )


async def test_the_reply_is_for_the_one_who_asked_last_also_if_another_asks_while_it_is_written(stage: Stage) -> None:
    two_who_ask(stage)
    async with stage.open("80x24") as pilot:
        await press(pilot, "r", *"Oil")
        assert "Public reply · to zed on forum · Brakes" in text_of(pilot)
        late = Instant(stage.clock.now() - MINUTE)
        stage.save(Post("third", "t", "m-mia", late, Untrusted("Still squeals")))
        await press(pilot, "ctrl+s")
        assert "mia wrote meanwhile" in text_of(pilot)
        await press(pilot, "s")
        assert (payload(stage)["text"], payload(stage)["reply_to"]) == ("Oil", "second")


async def test_in_moderation_the_reply_is_for_whose_post_is_judged(stage: Stage) -> None:
    rules(stage)
    case(stage, "Buy this", "spam")
    async with stage.open("120x40") as pilot:
        await press(pilot, "2", "r", *"No")
        assert "to spammer on forum" in text_of(pilot)
        await press(pilot, "ctrl+s")
        assert payload(stage)["reply_to"] == "c1-1"
