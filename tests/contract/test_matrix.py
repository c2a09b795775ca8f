"""The Matrix source passes the contract against a stateful stand-in on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.matrix_bench import MatrixBench


class TestMatrix(SourceContract):
    """A homeserver whose administrator we are."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[MatrixBench]:
        """A fresh homeserver per test."""
        bench = await MatrixBench().start()
        yield bench
        await bench.close()
