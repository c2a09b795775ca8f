"""Indexes for what is asked of very many rows: nothing here holds anything that is not in a table too."""

from __future__ import annotations

MANY = """
CREATE INDEX post_thanked ON post(author_id, reactions) WHERE reactions <> 0 AND state < 3;
CREATE INDEX thread_assigned ON thread(assignee) WHERE assignee IS NOT NULL;
"""
"""The thanks of somebody who wrote much, without reading what they wrote; whatever a colleague was ever given."""
