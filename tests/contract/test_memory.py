"""The memory source, the executable specification, passes the contract; so does its hostile twin."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import Bench, HostileMemoryBench, MemoryBench, SourceContract


class TestMemory(SourceContract):
    """A platform in RAM, with the faults a test asks for."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        """A fresh world per test."""
        bench = MemoryBench()
        yield bench
        await bench.close()


@pytest.mark.parametrize("seed", range(6))
class TestHostileMemory(SourceContract):
    """The same platform behind lost answers, refused connections, throttling, repeats and shuffled pages."""

    @pytest.fixture
    async def bench(self, seed: int) -> AsyncIterator[Bench]:
        """A fresh world per test and seed."""
        bench = HostileMemoryBench(seed)
        yield bench
        await bench.close()
