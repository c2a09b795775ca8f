"""How large and how often: the real sizes, and small ones that only show that a benchmark works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes in threads or posts; `rounds` interleaved ones of each measurement, each `commands`-th command."""

    tiny: int = 1_000
    little: int = 10_000
    large: int = 1_000_000
    ingested: int = 50_000
    synced: int = 12_000
    dumped: int = 200_000
    rounds: int = 7
    keys: int = 40
    windows: int = 8
    commands: int = 1


SMALL = Scale(
    tiny=400, little=450, large=600, ingested=400, synced=60, dumped=20_000, rounds=1, keys=4, windows=1, commands=40
)
