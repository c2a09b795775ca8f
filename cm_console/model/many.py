"""How many are many: what is done to more at once is asked first, and how many can be chosen at all."""

from __future__ import annotations

MANY = 20
"""What is done to more than so many at once is asked first."""
MOST = 10_000
"""So many can be chosen at once, and taken back by one undo."""
