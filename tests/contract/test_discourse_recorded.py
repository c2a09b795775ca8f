"""Every recorded answer of a real Discourse is parsed by our structs, or excused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cm_console.model.records import ThreadKind
from cm_console.sources.discourse import records, wire
from cm_console.sources.discourse.records import Place

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "discourse"
PLACE = Place("https://forum.test", "discourse1", {1: "General"})

API_DOCS = "api_docs/responses/"
GEM = "discourse_api_gem/spec/fixtures/"
PARSED: dict[str, Any] = {
    "api_docs/definitions/posts/posts.json": wire.LatestPosts,
    f"{API_DOCS}admin/get_user.json": wire.User,
    f"{API_DOCS}posts/get_post_response.json": wire.Post,
    f"{API_DOCS}posts/update_post_response.json": wire.Edited,
    f"{API_DOCS}topics/latest_topics_response.json": wire.Topics,
    f"{API_DOCS}topics/new_topic_response.json": wire.Created,
    f"{API_DOCS}topics/private-messages-sent.json": wire.Topics,
    f"{API_DOCS}topics/private-messages.json": wire.Topics,
    f"{API_DOCS}topics/top.json": wire.Topics,
    f"{API_DOCS}topics/topic_response.json": wire.Topic,
    f"{API_DOCS}users/active_list.json": list[wire.User],
    f"{API_DOCS}users/directory_items.json": wire.Directory,
    f"{API_DOCS}users/get_user_response.json": wire.OneUser,
    f"{API_DOCS}users/new_list.json": list[wire.User],
    f"{API_DOCS}users/staff_list.json": list[wire.User],
    f"{GEM}admin_user.json": wire.User,
    f"{GEM}category_latest_topics.json": wire.Topics,
    f"{GEM}category_topics.json": wire.Topics,
    f"{GEM}create_topic_with_tags.json": wire.Created,
    f"{GEM}hot.json": wire.Topics,
    f"{GEM}latest.json": wire.Topics,
    f"{GEM}new.json": wire.Topics,
    f"{GEM}post.json": wire.Post,
    f"{GEM}posts_before.json": wire.LatestPosts,
    f"{GEM}posts_latest.json": wire.LatestPosts,
    f"{GEM}private_messages.json": wire.Topics,
    f"{GEM}top.json": wire.Topics,
    f"{GEM}topic.json": wire.Topic,
    f"{GEM}topic_posts.json": wire.SomePosts,
    f"{GEM}topics_created_by.json": wire.Topics,
    f"{GEM}user.json": wire.OneUser,
    f"{GEM}user_list.json": list[wire.User],
}
"""Recorded answer -> the struct that reads it."""

_KEYS = "API keys are made by the admin, not by us"
_BADGES = "badges are not read"
_GROUPS = "groups are not read"
_POLLS = "polls are not read"
_WRITTEN = "accounts are not made or changed by us"
_NOTES = "notifications are not read: the threads feed sees what they tell of"
EXCUSED: dict[str, str] = {
    f"{API_DOCS}admin/generate_api_key.json": _KEYS,
    f"{API_DOCS}admin/get_badges.json": _BADGES,
    f"{API_DOCS}categories/update_category_response.json": "categories are not changed by us",
    f"{API_DOCS}groups/get_groups_response.json": _GROUPS,
    f"{API_DOCS}groups/group_members_response.json": _GROUPS,
    f"{API_DOCS}groups/new_group_response.json": _GROUPS,
    f"{API_DOCS}notifications/get.json": _NOTES,
    f"{API_DOCS}search/query_response.json": "we search our own store",
    f"{API_DOCS}topics/invite.json": "nobody is invited by us",
    f"{API_DOCS}topics/update_topic_response.json": "only that it is a success matters",
    f"{API_DOCS}users/new_user_response.json": _WRITTEN,
    f"{GEM}api_key.json": _KEYS,
    f"{GEM}backups.json": "backups of the site are the admin's",
    f"{GEM}badges.json": _BADGES,
    f"{GEM}categories.json": "names of categories come from /site.json",
    f"{GEM}email_list_all.json": "e-mail addresses are not read",
    f"{GEM}email_settings.json": "settings of the site are not read",
    f"{GEM}group.json": _GROUPS,
    f"{GEM}groups.json": _GROUPS,
    f"{GEM}list_api_keys.json": _KEYS,
    f"{GEM}members_0.json": _GROUPS,
    f"{GEM}members_1.json": _GROUPS,
    f"{GEM}members_2.json": _GROUPS,
    f"{GEM}notification_success.json": _NOTES,
    f"{GEM}notifications.json": _NOTES,
    f"{GEM}polls_toggle_status.json": _POLLS,
    f"{GEM}polls_vote.json": _POLLS,
    f"{GEM}polls_voters.json": _POLLS,
    f"{GEM}post_action_users.json": "who liked is not read, only how many",
    f"{GEM}regenerate_api_key.json": _KEYS,
    f"{GEM}replies.json": "a list of one user's actions: not read",
    f"{GEM}replies_and_topics.json": "a list of one user's actions: not read",
    f"{GEM}retrieve_invite.json": "nobody is invited by us",
    f"{GEM}search.json": "we search our own store",
    f"{GEM}topic_invite_user.json": "nobody is invited by us",
    f"{GEM}update_trust_level.json": _WRITTEN,
    f"{GEM}upload_avatar.json": _WRITTEN,
    f"{GEM}upload_file.json": "no files are sent",
    f"{GEM}user_activate_success.json": _WRITTEN,
    f"{GEM}user_badges.json": _BADGES,
    f"{GEM}user_create_success.json": _WRITTEN,
    f"{GEM}user_grant_admin.json": _WRITTEN,
    f"{GEM}user_grant_moderator.json": _WRITTEN,
    f"{GEM}user_log_out_success.json": _WRITTEN,
    f"{GEM}user_update_avatar_success.json": _WRITTEN,
    f"{GEM}user_update_user.json": _WRITTEN,
    f"{GEM}user_update_username.json": _WRITTEN,
}
"""Recorded answers to requests the source never makes."""

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers at ../shared/recorded/discourse")


def parse(name: str) -> Any:
    return msgspec.json.decode((RECORDED / name).read_bytes(), type=PARSED[name])


def test_every_recorded_answer_is_parsed_or_excused() -> None:
    there = {str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*.json")}
    assert there == set(PARSED) | set(EXCUSED)
    assert not set(PARSED) & set(EXCUSED)


@pytest.mark.parametrize("name", PARSED)
def test_it_becomes_records(name: str) -> None:
    answer = parse(name)
    match answer:
        case wire.LatestPosts():
            made: list[object] = [records.post(post, PLACE) for post in answer.latest_posts]
        case wire.Topics():
            made = [records.listed_thread(topic, PLACE) for topic in answer.topic_list.topics]
        case wire.Topic():
            made = [records.thread(answer, PLACE), *(records.post(p, PLACE) for p in answer.post_stream.posts)]
        case wire.SomePosts():
            made = [records.post(post, PLACE) for post in answer.post_stream.posts]
        case wire.Directory():
            made = [records.member(item.user, PLACE) for item in answer.directory_items]
        case wire.OneUser():
            made = [records.member(answer.user, PLACE)]
        case wire.User():
            made = [records.member(answer, PLACE)]
        case wire.Post():
            made = [records.post(answer, PLACE)]
        case wire.Edited():
            made = [records.post(answer.post, PLACE)]
        case wire.Created():
            made = [answer.id]
        case _:
            made = [records.member(user, PLACE) for user in answer]
    assert made or name.endswith("private-messages.json")


def test_what_they_say() -> None:
    first = records.post(parse("api_docs/definitions/posts/posts.json").latest_posts[0], PLACE)
    assert (first.id, first.thread, first.author, first.text) == ("29", "8", "20", "isbghvlcoekamtypuwfxdqjznr")
    assert first.created_at == 1_527_196_562_287
    topic = records.thread(parse(f"{GEM}topic.json"), PLACE)
    assert topic.title == "THIS SITE IS A SANDBOX -- it is reset every day"
    message = records.listed_thread(parse(f"{GEM}private_messages.json").topic_list.topics[0], PLACE)
    assert message.kind is ThreadKind.DIRECT
    system = next(user for user in parse(f"{API_DOCS}users/active_list.json") if user.id == -1)
    assert records.member(system, PLACE).bot
    assert records.member(system, PLACE).staff
    assert parse(f"{API_DOCS}admin/get_user.json").suspended_till is not None
    assert parse(f"{API_DOCS}topics/new_topic_response.json").topic_id == 17
