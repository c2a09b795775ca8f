"""How a member who could answer is asked: by itself, because the config knows these words and little else of it."""

from __future__ import annotations

ASK = "Hi {member}, you helped with something like “{title}” before. Could you have a look? {link}"
"""What a member who could answer is asked with privately, unless the config says otherwise."""
ASK_PLACES = ("member", "title", "link", "source", "me", "community")
"""The places it may hold."""
