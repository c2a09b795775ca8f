"""The Discourse source passes the contract against a stateful stand-in on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.discourse_bench import DiscourseBench


class TestDiscourse(SourceContract):
    """A forum with a moderator's key."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[DiscourseBench]:
        """A fresh site per test."""
        bench = await DiscourseBench().start()
        yield bench
        await bench.close()
