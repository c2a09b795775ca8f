"""The WordPress source passes the contract against a stateful stand-in on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.wordpress_bench import WordPressBench


class TestWordPress(SourceContract):
    """A site with an administrator's application password."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[WordPressBench]:
        """A fresh site per test."""
        bench = await WordPressBench().start()
        yield bench
        await bench.close()
