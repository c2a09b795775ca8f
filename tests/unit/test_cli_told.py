"""What the command line says of what stands already: replies on their way, ends, times."""

from __future__ import annotations

from tests.unit.test_cli import Shell, forum, shell

__all__ = ["forum", "shell"]


def waiting(forum: Shell) -> str:
    """The id of the first inquiry."""
    return str(forum.json("inbox", "list")[0]["id"])


def undo_window(forum: Shell, seconds: int) -> None:
    """So long an action waits before it leaves."""
    config = forum.home / "config.toml"
    config.write_text(config.read_text().replace("undo_seconds = 0", f"undo_seconds = {seconds}"))


def test_another_reply_that_is_planned_is_a_doubt_with_its_id_time_and_way_to_edit_it(forum: Shell) -> None:
    id = waiting(forum)
    forum("inbox", "reply", id, "Hi", "--at", "2030-01-02 10:00")
    (row,) = forum.json("outbox", "list")
    said = forum("inbox", "reply", id, "Hello", code=1)
    assert said == (
        f"cm-console: your reply waits already, for Wed 2 Jan 2030 10:00: cm-console outbox edit {row['id'][:8]}."
        " Add --yes to send it all the same\n"
    )
    assert [each["id"] for each in forum.json("outbox", "list")] == [row["id"]]
    forum("inbox", "reply", id, "Hello", "--yes")
    assert len(forum.json("outbox", "list")) == 2


def test_another_reply_on_its_way_is_a_doubt_and_one_that_is_sent_is_none(forum: Shell) -> None:
    undo_window(forum, 3600)
    id = waiting(forum)
    forum("inbox", "reply", id, "Hi", "--then", "wait")
    (row,) = forum.json("outbox", "list")
    said = forum("inbox", "reply", id, "Hello", code=1)
    assert f"your reply {row['id'][:8]} is on its way already, leaves in 59m. Add --yes" in said
    forum("outbox", "send", row["id"])
    forum("inbox", "reply", id, "Hello")


def test_who_has_a_thread_that_is_not_there_is_nobody_to_tell(forum: Shell) -> None:
    assert forum("inbox", "hand-over", "99999", code=1) == "cm-console: there is no thread 99999\n"
    id = waiting(forum)
    assert forum("inbox", "hand-over", id) == f"{id} is with nobody outside\n"
    assert forum.json("inbox", "hand-over", id) == []


def test_what_has_ended_is_not_sent_and_says_so(forum: Shell) -> None:
    id = waiting(forum)
    forum("inbox", "reply", id, "Hi")
    (row,) = forum.json("outbox", "list")
    named = row["id"][:8]
    assert forum("outbox", "send", named) == f"{named}: sent\n"
    assert forum("outbox", "send", named, code=1) == f"cm-console: {named} cannot be sent now: it is sent already\n"
    forum("inbox", "reply", id, "Hi", "--at", "2030-01-02 10:00")
    (row,) = forum.json("outbox", "list")
    refused = forum("outbox", "send", row["id"], code=1)
    assert "it is planned for Wed 2 Jan 2030 10:00; another time: cm-console outbox edit" in refused
    forum("outbox", "cancel", row["id"])
    assert "it is cancelled already" in forum("outbox", "send", row["id"], code=1)


def test_what_failed_is_told_how_it_is_tried_again(forum: Shell) -> None:
    from cm_console.store.sqlite import connect

    forum("inbox", "reply", waiting(forum), "Hi")
    (row,) = forum.json("outbox", "list")
    with connect(forum.home / "community.db") as conn:
        conn.execute("UPDATE action SET state = 'failed'")
    named = row["id"][:8]
    said = forum("outbox", "send", named, code=1)
    assert f"{named} cannot be sent now: it failed; to try once more: cm-console outbox resolve {named} again" in said


def test_the_outbox_says_what_is_planned_and_when_and_what_leaves_soon(forum: Shell) -> None:
    undo_window(forum, 3600)
    first, second = (str(row["id"]) for row in forum.json("inbox", "list"))
    forum("inbox", "reply", first, "Hi", "--at", "2030-01-02 10:00")
    forum("inbox", "reply", second, "Hi")
    soon, planned = forum("outbox", "list").splitlines()
    assert "queued" in soon and "leaves in 59m" in soon
    assert "planned" in planned and "Wed 2 Jan 2030 10:00" in planned and "queued" not in planned
    assert {row["state"] for row in forum.json("outbox", "list")} == {"queued"}
    assert "reply on forum: planned, Wed 2 Jan 2030 10:00" in forum("outbox", "show", planned.split()[0])


def test_what_is_snoozed_says_until_when(forum: Shell) -> None:
    first, second = (str(row["id"]) for row in forum.json("inbox", "list"))
    forum("inbox", "snooze", first, "--until", "2030-01-02 10:00")
    forum("inbox", "snooze", second, "--until", "reply")
    lines = {line.split()[0]: line for line in forum("inbox", "list", "--view", "snoozed").splitlines()}
    assert "until 2030-01-02 10:00" in lines[first] and "until they write" in lines[second]
    assert "late" not in lines[first] + lines[second]
    assert "snoozed until they write" in forum("inbox", "show", second)
    forum("inbox", "snooze", second, "--until", "news")
    assert "until more than thanks" in forum("inbox", "list", "--view", "snoozed")


def test_what_could_not_be_sent_at_once_says_when_it_is_tried_again_and_why(forum: Shell) -> None:
    from cm_console.sources.memory import PLATFORMS

    forum("inbox", "reply", waiting(forum), "Hi")
    (row,) = forum.json("outbox", "list")
    platform = PLATFORMS.pop("cli")
    said = forum("outbox", "send", row["id"])
    PLATFORMS["cli"] = platform
    assert said.startswith(f"{row['id'][:8]}: queued, leaves in ") and " - the community 'cli' lives only" in said
