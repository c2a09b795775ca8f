"""The demo: a believable community on platforms in RAM, the same for the same seed, alive while it is open."""

from cm_console.demo.community import build, build_again
from cm_console.demo.shape import Demo, Entry, Goal, Guideline, SourceSpec, Variant

__all__ = ["Demo", "Entry", "Goal", "Guideline", "SourceSpec", "Variant", "build", "build_again"]
