"""Private messages: which of them became the thread one reads."""

from __future__ import annotations

MESSAGES = """
CREATE INDEX action_message ON action(source, remote_id) WHERE verb = 'message';
"""
"""The migration."""
