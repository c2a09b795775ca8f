"""How many migrations there are: an up-to-date file, as nearly always, is opened without reading what they are."""

from __future__ import annotations

KNOWN = 19
"""As many as `schema.MIGRATIONS`; a test tells whoever adds one."""


class NewerDatabase(Exception):
    """The file was written by a newer cm-console; it is left untouched."""
