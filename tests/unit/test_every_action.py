"""Every action of the inbox, the members, engage and feedback is reachable by key and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click
import pytest

from cm_console import keys
from cm_console.cli import COMMANDS

GROUPS = ("inbox", "members", "engage", "feedback")
SCOPES = ("inbox", "members", "person", "engage", "feedback", "batch")
BY_COMMAND: Mapping[str, str] = {
    "inbox.reply": "inbox reply",
    "inbox.saved_reply": "inbox reply --saved",
    "inbox.macro": "inbox macro",
    "inbox.drafts": "inbox drafts",
    "inbox.note": "inbox note",
    "inbox.assign": "inbox assign",
    "inbox.snooze": "inbox snooze",
    "inbox.done": "inbox done, inbox reopen",
    "inbox.wait": "inbox wait",
    "inbox.tag": "inbox tag",
    "inbox.priority": "inbox priority",
    "inbox.due": "inbox due",
    "inbox.moderate": "moderation flag",
    "inbox.tell": "inbox tell",
    "inbox.who": "members show",
    "inbox.follow_up": "members follow-up",
    "inbox.merge": "inbox merge, inbox split, inbox duplicates",
    "inbox.feedback": "feedback mark, feedback unmark",
    "inbox.themes": "feedback themes, feedback list",
    "inbox.similar": "inbox similar",
    "inbox.answerers": "inbox who",
    "inbox.hand_over": "inbox hand-over",
    "inbox.engage": "engage list",
    "inbox.views": "inbox views",
    "inbox.next_view": "inbox list --view",
    "members.person": "members show",
    "members.reply": "inbox reply",
    "members.message": "members message",
    "members.note": "members note",
    "members.tag": "members tag",
    "members.follow_up": "members follow-up --on",
    "members.done": "members follow-up --done",
    "members.sort": "members list --sort",
    "members.rules": "members segments",
    "members.suggestions": "members suggestions --accept",
    "members.import_file": "members import",
    "members.retention": "members retention --apply",
    "members.export": "members export",
    "members.next_list": "members list --segment, members follow-ups",
    "person.note": "members note",
    "person.tag": "members tag",
    "person.message": "members message",
    "person.follow_up": "members follow-up --on",
    "person.done": "members follow-up --done",
    "person.contact": "members contact",
    "person.suggestions": "members suggestions --never",
    "person.merge": "members merge",
    "person.unmerge": "members unmerge --link",
    "person.export": "members export-person",
    "person.forget": "members forget",
    "engage.reply": "engage greet, engage anniversary, engage unanswered, engage thank",
    "engage.message": "members message",
    "engage.pass_over": "engage pass",
    "engage.snooze": "engage pass --until",
    "engage.start": "engage start, engage starters",
    "engage.who": "members show",
    "engage.next_view": "engage list",
    "feedback.answer": "feedback answer",
    "feedback.export": "feedback export",
    "feedback.who": "members show",
    "feedback.rename": "feedback rename",
}
"""For each key what does the same on the command line."""
ONLY_A_KEY: Mapping[str, str] = {
    "inbox.quote": "in a reply on the command line one writes the > oneself",
    "inbox.passage": "the same",
    "inbox.open_link": "`inbox show` prints the address",
    "inbox.copy_link": "`inbox show` prints the address",
    "inbox.more": "`inbox show` prints posts in full",
    "inbox.previous_view": "the way back to the view before",
    "members.previous_list": "the way back to the list before",
    "person.open_link": "`members show` prints the addresses",
    "person.next_section": "`members show` prints the whole timeline",
    "person.previous_section": "the same",
    "engage.visit": "`engage list` prints the thread",
    "engage.previous_view": "the way back to the list before",
    "feedback.visit": "`feedback list` prints the thread",
    "batch.send": "a step of feedback.answer, as are the next",
    "batch.tick": "", "batch.edit": "", "batch.who": "", "batch.down": "", "batch.up": "", "batch.close": "",
}  # fmt: skip
ONLY_A_COMMAND: Mapping[str, str] = {
    "inbox list": "the list is the screen (1)",
    "inbox show": "the thread is beside the list (enter)",
    "inbox clocks": "each thread shows its clocks; the list is in their order",
    "members list": "the list is the screen (5)",
}


def commands() -> dict[str, click.Command]:
    """Every command of the four groups, and of those a key may lead to."""
    found = dict[str, click.Command]()
    for name in (*GROUPS, "moderation"):
        group = import_module(COMMANDS[name][0]).command
        found.update((f"{name} {each}", command) for each, command in group.commands.items())
    return found


def named() -> dict[str, list[str]]:
    """For each key the commands, with the option that is meant behind them."""
    return {id: [each.strip() for each in words.split(",")] for id, words in BY_COMMAND.items()}


def test_every_key_has_a_command_or_a_reason() -> None:
    here = {command.id for command in keys.COMMANDS if command.screen in SCOPES}
    assert here == BY_COMMAND.keys() | ONLY_A_KEY.keys(), "a new key: what does the same on the command line?"
    assert not BY_COMMAND.keys() & ONLY_A_KEY.keys()


def test_every_command_has_a_key_or_a_reason() -> None:
    reached = {words.partition(" --")[0] for found in named().values() for words in found}
    there = {name for name in commands() if name.split()[0] in GROUPS}
    assert there == {name for name in reached if name.split()[0] in GROUPS} | ONLY_A_COMMAND.keys(), (
        "a new command: which key does it?"
    )


@pytest.mark.parametrize("words", sorted({each for found in named().values() for each in found}))
def test_what_a_key_names_exists(words: str) -> None:
    name, dashes, option = words.partition(" --")
    command = commands()[name]
    assert not dashes or f"--{option}" in {opt for param in command.params for opt in param.opts}, words


def test_what_shows_something_can_be_read_by_programs() -> None:
    told = ("list", "show", "similar", "who", "themes", "segments", "suggestions", "retention", "views", "clocks")
    for name, command in commands().items():
        if name.split()[1] in told and name.split()[0] in GROUPS:
            assert "--json" in {opt for param in command.params for opt in param.opts}, name
