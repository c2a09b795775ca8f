"""A team that does not work in the demo's console: the engineers, told in a place of the forum they read."""

from __future__ import annotations

from cm_console.config import Home

TEAMS = """
# Who is told outside this console: `h` in the inbox. Through a github, email or webhook source it works the same.
[handover.firmware]
source = "forum"
place = "Engineering"
title = "From the community: {title}"
"""


def write_teams(home: Home) -> None:
    """The teams outside, at the end of the config."""
    with home.config.open("a", encoding="utf-8") as config:
        config.write(TEAMS)
