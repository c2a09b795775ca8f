"""Public tools for testing sources and what is built on them; start at SourceContract and Bench."""

from cm_console.testing.bench import CHANGES, FAULTS, Bench
from cm_console.testing.cancel import cut
from cm_console.testing.clock import START, FakeClock
from cm_console.testing.contract import SourceContract, violations
from cm_console.testing.faults import RandomFaults, ScriptedFaults, faulty, hostile
from cm_console.testing.hostile_texts import HOSTILE_TEXTS
from cm_console.testing.memory import HostileMemoryBench, MemoryBench
from cm_console.testing.replay import ReplayTransport

__all__ = [
    "CHANGES",
    "FAULTS",
    "HOSTILE_TEXTS",
    "START",
    "Bench",
    "FakeClock",
    "HostileMemoryBench",
    "MemoryBench",
    "RandomFaults",
    "ReplayTransport",
    "ScriptedFaults",
    "SourceContract",
    "cut",
    "faulty",
    "hostile",
    "violations",
]
