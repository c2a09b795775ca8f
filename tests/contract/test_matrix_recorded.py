"""Every event of the official examples is read without harm, and messages say something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cm_console.sources.matrix import events, power, records
from cm_console.sources.matrix.rooms import Room
from cm_console.sources.matrix.wire import Event

FOLDER = Path(__file__).parents[2].parent / "shared" / "recorded" / "matrix"
FILES = sorted(FOLDER.glob("m.*.yaml"))
SAYS = {
    "m.room.message$m.text": "This is an example text message",
    "m.room.message$m.emote": "* thinks this is an example emote",
    "m.room.message$m.image": "[image: filename.jpg]",
    "m.room.message$m.file": "[file: something-important.doc]",
    "m.room.message$m.location": "[place: Big Ben, London, UK]",
    "m.room.encrypted$megolm": events.ENCRYPTED,
    "m.sticker": "[sticker: Landing]",
}


def recorded(path: Path) -> dict[str, Any]:
    """An example with the parts it refers to."""
    import yaml

    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    base: dict[str, Any] = {}
    if ref := told.pop("$ref", ""):
        base = recorded(path.parent / ref)
    return base | told


@pytest.mark.skipif(not FILES, reason="the official examples are not at ../shared/recorded/matrix")
def test_every_example_is_read() -> None:
    room, me, said = Room("!r:cm.test", "General"), "@team:cm.test", {}
    for path in FILES:
        event = msgspec.json.decode(json.dumps(recorded(path)), type=Event)
        power.power_of(event, event)
        records.reaction(room, event)
        records.thread(room, event)
        said[path.stem] = str(records.post(room, event, event.event_id, me).text)
    assert len(said) > 60
    assert {name: said[name] for name in SAYS} == SAYS
    assert all(text for name, text in said.items() if name.startswith(("m.room.message", "m.sticker")))
