"""Public tools for testing sources and what is built on them; see SourceContract."""

from cm_console.testing.bench import CHANGES, FAULTS, Bench
from cm_console.testing.clock import START, FakeClock

__all__ = ["CHANGES", "FAULTS", "START", "Bench", "FakeClock"]
